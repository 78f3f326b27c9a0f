/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Test cases, for --junit and --tap. */
#ifndef PGMAPREF_RUN_CASES_H
#define PGMAPREF_RUN_CASES_H

#include "model/finding.h"
#include "run/run_state.h"

/* For --junit and --tap, whose files are made now. 0, or a negative errno with *what: which. */
int run__open_cases(struct run_outputs *out, const struct options *o, const char **what);
/* What the report of a finding looks like in text; the caller frees it. NULL: no cases wanted. */
char *run__render(const struct run_outputs *out, struct run_outcome *end, const struct finding *f);
/* Adds the case of a finding that is for good. */
void run__case_finding(const struct run_outputs *out, struct run_outcome *end,
		       const struct finding *f);
/* The same for all of the run: that nothing leaks, by the worst judgement. */
void run__case_no_leak(const struct run_outputs *out, struct run_outcome *end);
/* The same for an assertion. */
void run__case_assertion(const struct run_outputs *out, struct run_outcome *end,
			 const struct assertion *a);
/* Writes them where --junit, --tap and -o say. 0, or a negative errno with *what: where to. */
int run__write_cases(struct run_outputs *out, const struct options *o, const char **what);
void run__close_cases(struct run_outputs *out);

#endif /* PGMAPREF_RUN_CASES_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes the test cases of a run, for --junit and --tap. */
#ifndef PGMAPREF_RUN_CASES_H
#define PGMAPREF_RUN_CASES_H

#include "model/finding.h"
#include "run/run_state.h"

/* Creates the files of --junit and --tap. Returns 0 or a negative errno; *what: the file. */
int run__open_cases(struct run_outputs *out, const struct options *o, const char **what);
/* The report of a finding as text. The caller frees it. NULL: the run has no test cases. */
char *run__render(const struct run_outputs *out, struct run_outcome *end, const struct finding *f);
/* Adds the test case of a final finding. */
void run__case_finding(const struct run_outputs *out, struct run_outcome *end,
		       const struct finding *f);
/* Adds the case "no leak" of the whole run, from the worst judgement. */
void run__case_no_leak(const struct run_outputs *out, struct run_outcome *end);
/* Adds the test case of an assertion. */
void run__case_assertion(const struct run_outputs *out, struct run_outcome *end,
			 const struct assertion *a);
/* Writes them to --junit, --tap and -o. Returns 0 or a negative errno; *what: the file. */
int run__write_cases(struct run_outputs *out, const struct options *o, const char **what);
void run__close_cases(struct run_outputs *out);

#endif /* PGMAPREF_RUN_CASES_H */

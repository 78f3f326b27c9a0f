/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Test cases, for --junit and --tap. */
#ifndef PGMAPREF_RUN_CASES_H
#define PGMAPREF_RUN_CASES_H

#include "run/run_state.h"

/* For --junit and --tap, whose files are made now. 0, or a negative errno with *what: which. */
int run__open_cases(struct run *run, const char **what);
/* What a report looks like in text, for a case of it; the caller frees it. NULL: no cases wanted. */
typedef void (*run_report_fn)(struct report *r, void *ctx);
char *run__render(struct run *run, run_report_fn fn, void *ctx);
/* Adds a case for a judgement; text: its report, or NULL. */
void run__case(struct run *run, const char *class_name, const char *name, const struct judgement *j,
	       const char *text, uint64_t ns);
/* The same for an assertion. */
void run__case_assertion(struct run *run, const struct assertion *a);
/* Writes them where --junit, --tap and -o say. 0, or a negative errno with *what: where to. */
int run__write_cases(struct run *run, const char **what);
void run__close_cases(struct run *run);

#endif /* PGMAPREF_RUN_CASES_H */

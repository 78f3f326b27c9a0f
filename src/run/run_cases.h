/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes the test cases of a run, for --junit and --tap. */
#ifndef PGMAPREF_RUN_CASES_H
#define PGMAPREF_RUN_CASES_H

#include "model/finding.h"
#include "run/run_state.h"

/* Creates the files of --junit and --tap. Returns 0 or a negative errno; *what: the file. */
int run__open_cases(struct run_outputs *out, const struct options *o, const char **what);
/*
 * The report of a finding as text, behind a line for lists of failures. The caller frees it. NULL:
 * the run has no test cases.
 */
char *run__render(const struct run_outputs *out, struct run_outcome *end, const struct finding *f);
/* Adds the test case of a final finding. */
void run__case_finding(const struct run_outputs *out, struct run_outcome *end,
		       const struct finding *f);
/*
 * Adds the case of the whole run, which took ns. It is inconclusive if the run is, and no other case
 * is; each leak has a case of its own. Call this after all others.
 */
void run__case_whole(const struct run_outputs *out, struct run_outcome *end, uint64_t ns);
/* --marks: a test of the suite, while it is judged. */
struct mark_case {
	const char *name; /* NULL: no test ran */
	uint64_t ns; /* how long it took */
	bool unknown; /* a pgmap could not be read */
	unsigned int kinds; /* LEAK_* that are not allowed */
	bool allowed; /* something was left, and --allow allows it */
	char message[256]; /* about the first leak */
	char *text; /* the reports; owned */
};

/* Adds what the test left on a pgmap to its case. */
void run__case_mark_leak(const struct run_outputs *out, struct run_outcome *end,
			 struct mark_case *c, const struct finding *f);
/* Adds the case of a test, counts it, and frees what c owns. */
void run__case_mark(const struct run_outputs *out, struct run_outcome *end, struct mark_case *c);
/* Adds the test case of an assertion. ns: how long it took to judge it. */
void run__case_assertion(const struct run_outputs *out, struct run_outcome *end,
			 const struct assertion *a, uint64_t ns);
/* Writes them to --junit, --tap and -o. Returns 0 or a negative errno; *what: the file. */
int run__write_cases(struct run_outputs *out, const struct options *o, const char **what);
void run__close_cases(struct run_outputs *out);

#endif /* PGMAPREF_RUN_CASES_H */

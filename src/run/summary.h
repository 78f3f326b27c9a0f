/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a run: what was lost on the way, what the verdict comes to, and the last line. */
#ifndef PGMAPREF_SUMMARY_H
#define PGMAPREF_SUMMARY_H

#include "run/run_state.h"

struct summary {
	struct tracer_loss loss;
	const char *stopped[PGR_HOOKS];
	bool missing[PGR_HOOKS];
	struct loss_facts facts; /* points to the above */
	uint64_t lost; /* all of it */
};

/* Asks what was lost, and lowers the run's verdict by that, and by names that were never met. */
void summary__judge(struct run *run, struct summary *s);
/* Ends the test cases, and writes them where --junit, --tap and -o say. */
void summary__write_cases(struct run *run);
/* What was suppressed, what was lost, and the line SUMMARY. */
void summary__report(struct run *run, const struct summary *s);
/* The exit status of the verdict. */
int summary__status(const struct run *run);

#endif /* PGMAPREF_SUMMARY_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a run: the losses, the verdict of the run, and the last line. */
#ifndef PGMAPREF_SUMMARY_H
#define PGMAPREF_SUMMARY_H

#include "run/run_state.h"

struct summary {
	struct tracer_loss loss;
	const char *stopped[PGR_HOOKS];
	bool missing[PGR_HOOKS];
	struct loss_facts facts; /* has pointers to the members above */
	uint64_t lost; /* sum of all losses */
};

/* Reads the losses. Losses, and names without a pgmap, can make a clean verdict inconclusive. */
void summary__judge(struct run *run, struct summary *s);
/* Adds the last test case, and writes all of them to --junit, --tap and -o. */
void summary__write_cases(struct run *run);
/* Reports suppressions, losses, and the line SUMMARY. */
void summary__report(struct run *run, const struct summary *s);
/* The exit status for the verdict and the assertions. */
int summary__status(const struct run_outcome *end);

#endif /* PGMAPREF_SUMMARY_H */

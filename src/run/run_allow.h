/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Leaks that --allow allows. */
#ifndef PGMAPREF_RUN_ALLOW_H
#define PGMAPREF_RUN_ALLOW_H

#include "run/run_state.h"

/* A leak as --allow sees it. */
struct leak {
	const struct pgmap *p;
	const struct judgement *j;
	const struct ledger *l; /* or NULL */
	const struct pgr_sweep *pages; /* or NULL */
	int64_t excess; /* references that leak */
};

/*
 * Does --allow allow it? Each of its holders, and a leak of nobody in particular where not all of it
 * is accounted for. Counted as a use of the patterns.
 */
bool run__allowed(struct run *run, const struct leak *leak);
/* Says the patterns that would allow it, for --gen-suppressions. */
void run__suggest(struct run *run, const struct leak *leak);
/* What --allow was used for. */
void run__say_allowed(struct run *run);

#endif /* PGMAPREF_RUN_ALLOW_H */

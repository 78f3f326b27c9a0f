/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exact accounts of a run: which pgmaps have one, and whether it is whole. */
#ifndef PGMAPREF_RUN_EXACT_H
#define PGMAPREF_RUN_EXACT_H

#include "run/run_state.h"

/* Do the options ask for an exact account of p, if it can be had? */
bool run__wants_exact(const struct options *o, const struct pgmap *p);
/*
 * Begins an exact account of p, once. If there can be none, p->exact.why_not says why; everything
 * else works without it.
 */
void run__begin_exact(struct run_kernel *k, struct pgmap *p);
/* p is gone: another pgmap can have its breakpoints. */
void run__end_exact(struct run_kernel *k, struct run_outcome *end, const struct options *o,
		    struct pgmap *p);
/*
 * At each tick, after a sample of p: begins the account if the options want it, and checks it. If
 * nobody asked for it and it cannot be had, nothing is said.
 */
void run__check_exact(struct run_kernel *k, struct run_outcome *end, const struct options *o,
		      struct pgmap *p);

#endif /* PGMAPREF_RUN_EXACT_H */

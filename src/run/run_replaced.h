/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: what is left of the start, and what the run put in its place. */
#ifndef PGMAPREF_RUN_REPLACED_H
#define PGMAPREF_RUN_REPLACED_H

#include "model/start.h"
#include "run/run_state.h"

/* Sees to it that what may replace something of the start is seen. True: to be looked at again. */
bool run__guard_start(struct run *run, struct pgmap *p, const struct look *l);
/*
 * Looks for what is not there any more of what the start had; p was sampled just now. To be called on
 * the timer: w is the sweep that went with it, or NULL.
 */
void run__see_less(struct tracer *tracer, struct pgmap *p, const struct pgr_sweep *w);
/*
 * What events say of the run beside what was read: fills in f from `pages` on. change: where
 * f->pages leads to.
 */
void run__see_events(struct run *run, struct pgmap *p, const struct look *l, struct end_facts *f,
		     struct busy_change *change);

#endif /* PGMAPREF_RUN_REPLACED_H */

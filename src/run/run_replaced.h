/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: how much of the start is left, and what the run may have put in its place. */
#ifndef PGMAPREF_RUN_REPLACED_H
#define PGMAPREF_RUN_REPLACED_H

#include "model/start.h"
#include "run/run_state.h"

/*
 * Keeps the unpin hooks attached if pages are busy at the start: the tool then sees pins that
 * replace others. Returns true if the caller has to read p again.
 */
bool run__guard_start(struct run *run, struct pgmap *p, const struct reading *r);
/*
 * Finds what is gone of the state at the start. Call this at each tick, directly after a sample of
 * p. w: the sweep of this tick, or NULL.
 */
void run__see_less(struct tracer *tracer, struct pgmap *p, const struct pgr_sweep *w);
/*
 * Fills the members of *f from has_low on: what was read in between, and what events tell about the
 * run. f->pages will point to *change.
 */
void run__see_events(struct run_kernel *k, const struct options *o, struct pgmap *p,
		     const struct reading *r, struct end_facts *f, struct busy_change *change);

#endif /* PGMAPREF_RUN_REPLACED_H */

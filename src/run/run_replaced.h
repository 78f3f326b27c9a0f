/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: what is left of the start, and what the run put in its place. */
#ifndef PGMAPREF_RUN_REPLACED_H
#define PGMAPREF_RUN_REPLACED_H

#include "run/run_state.h"

/* What was read of p at one time: excess and pages as in state_facts, and every busy page. */
struct look {
	struct state_facts state;
	struct pgr_sweep *sweep; /* state.pages; NULL: not to be had */
	struct busy_set busy;
};

/* Notes the start. Pins are forgotten: of what was there at the start nobody asks for more. -ENOMEM. */
int run__note_start(struct pgmap *p, struct look *l);
/* Sees to it that what may replace something of the start is seen. True: to be looked at again. */
bool run__guard_start(struct run *run, struct pgmap *p, const struct look *l);
/*
 * Looks for what is not there any more of what the start had; p was sampled just now. To be called on
 * the timer: w is the sweep that went with it, or NULL.
 */
void run__see_less(struct tracer *tracer, struct pgmap *p, const struct pgr_sweep *w);
/* The same by a look, for a judgement that follows. */
void run__see_look(struct pgmap *p, const struct look *l);
/*
 * What events say of the run beside what was read: fills in f from `pages` on. change: where
 * f->pages leads to.
 */
void run__see_events(struct run *run, struct pgmap *p, const struct look *l, struct end_facts *f,
		     struct busy_change *change);

#endif /* PGMAPREF_RUN_REPLACED_H */

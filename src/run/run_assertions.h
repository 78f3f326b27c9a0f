/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Assertions of check: what they are told in a run, and how they end. */
#ifndef PGMAPREF_RUN_ASSERTIONS_H
#define PGMAPREF_RUN_ASSERTIONS_H

#include "run/run_state.h"

/* Events of p since the start of the run. */
uint64_t run__events_of(const struct pgmap *p);
/* The same of all pgmaps of the run, also of those that are gone. */
uint64_t run__events(const struct run *run);
/* Tells the assertions the last sample of a live pgmap, and w, its sweep (NULL: not swept). */
void run__see_state(struct run *run, struct pgmap *p, const struct pgr_sweep *w);
/* Tells the assertions a sweep, also one during a teardown. */
void run__see_busy(struct run *run, const struct pgmap *p, const struct pgr_sweep *w);
/* Tells the assertions an event. */
void run__see_event(struct run *run, const struct pgmap *p, const struct pgr_rec_event *e);
/* Tells the assertions a teardown with a final judgement. */
void run__see_teardown(struct run *run, const struct pgmap *p);
/* Tells the assertions the references in l, which are still held. */
void run__see_held(struct run *run, const struct pgmap *p, const struct ledger *l);
/* The promises (PROMISE_*) of a run with this verb. tracer: NULL before it is opened. */
unsigned int run__promises(const struct options *o, const struct tracer *tracer);
/* Do this verb and these assertions need a record of every event? */
bool run__wants_events(const struct options *o);
/* Ends the assertions, with the losses *f that may have hidden figures, and reports them. */
void run__end_assertions(struct run *run, struct loss_facts *f);

#endif /* PGMAPREF_RUN_ASSERTIONS_H */

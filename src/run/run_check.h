/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: the state at the start and at the end, and the assertions. */
#ifndef PGMAPREF_RUN_CHECK_H
#define PGMAPREF_RUN_CHECK_H

#include "run/run_state.h"

/* Takes down what there is before COMMAND is started. -ENOMEM. */
int run__start_state(struct run *run);
/* Tells the assertions what was read of a live pgmap; w: NULL when its pages were not looked at. */
void run__see_state(struct run *run, struct pgmap *p, const struct pgr_sweep *w);
/* The same of a look at pages, of a teardown too. */
void run__see_busy(struct run *run, const struct pgmap *p, const struct pgr_sweep *w);
/* The same of an event, and of a teardown that was judged for good. */
void run__see_event(struct run *run, const struct pgmap *p, const struct pgr_rec_event *e);
void run__see_teardown(struct run *run, const struct pgmap *p);
/* The same of references that are still held. */
void run__see_held(struct run *run, const struct pgmap *p, const struct ledger *l);
/* Is no teardown open, and no pgmap with more than it had at the start? */
bool run__at_rest(struct run *run);
/* Judges and reports the end of every pgmap that lives. */
void run__end_state(struct run *run);
/* What a run of this verb and these assertions promises, PROMISE_*. tracer: NULL before it is there. */
unsigned int run__promises(const struct options *o, const struct tracer *tracer);
/* Must every event have a record, for this verb and these assertions? */
bool run__wants_events(const struct options *o);
/* Ends the assertions by what may have been missed, and reports them. */
void run__end_assertions(struct run *run, struct loss_facts *f);

#endif /* PGMAPREF_RUN_CHECK_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Teardowns: their facts, and when each is judged. */
#ifndef PGMAPREF_RUN_TEARDOWN_H
#define PGMAPREF_RUN_TEARDOWN_H

#include "model/finding.h"
#include "run/run_state.h"

/*
 * Judges and reports p's teardown as it stands; last: for good. pages: the look at them that the
 * report shows, or NULL.
 */
void run__report_teardown(struct run *run, struct pgmap *p, enum finding_phase phase,
			  const struct pgr_sweep *pages, bool last);
/* The same of one that has not drained in time, if it still waits. */
void run__report_stuck(struct run *run, struct pgmap *p, uint64_t now);
/* Ends one that was reported while it was stuck, and still is. */
void run__close_stuck(struct run *run, struct pgmap *p);
/*
 * Ends one that has ended, as reading shows at two looks, while no record of it has come: its last
 * steps went before their hooks were there. Returns true if it has.
 */
bool run__close_over(struct run *run, struct pgmap *p);
/* Ends one that was adopted in the middle of its teardown, once it has drained. */
void run__close_adopted(struct run *run, struct pgmap *p);

#endif /* PGMAPREF_RUN_TEARDOWN_H */

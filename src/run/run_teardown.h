/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Collects the facts of teardowns, and judges them when they are stuck or have ended. */
#ifndef PGMAPREF_RUN_TEARDOWN_H
#define PGMAPREF_RUN_TEARDOWN_H

#include "model/finding.h"
#include "run/run_state.h"

/*
 * Judges and reports the teardown of p in its present state. last: the judgement is final. pages:
 * the sweep that the report shows, or NULL.
 */
void run__report_teardown(struct run *run, struct pgmap *p, enum finding_phase phase,
			  const struct pgr_sweep *pages, bool last);
/* Judges and reports a teardown that has not drained in time, if p still waits. */
void run__report_stuck(struct run *run, struct pgmap *p, uint64_t now);
/*
 * Says from time to time, in one line of text, that a stuck teardown is still stuck: after a minute,
 * and each time that the wait has become twice as long. JSON has each stuck teardown once.
 */
void run__say_again(struct run *run, struct pgmap *p, uint64_t now);
/* Ends a teardown that was reported as stuck, and is still stuck. */
void run__close_stuck(struct run *run, struct pgmap *p);
/*
 * Closes a teardown if two samples show that it has ended and no record of the end came: its last
 * steps happened before their hooks were attached. Returns true if it is closed.
 */
bool run__close_over(struct run *run, struct pgmap *p);
/* Closes a teardown that was adopted while it was in progress, after it has drained. */
void run__close_adopted(struct run *run, struct pgmap *p);

#endif /* PGMAPREF_RUN_TEARDOWN_H */

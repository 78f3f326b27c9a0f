/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Of a run's teardowns, for run.c. */
#ifndef PGMAPREF_RUN_IMPL_H
#define PGMAPREF_RUN_IMPL_H

#include "run/run.h"

/*
 * Judges and reports p's teardown as it stands; last: for good. pages: the look at them that the
 * report shows, or NULL.
 */
void run__report_teardown(struct run *s, struct pgmap *p, const char *phase,
			  const struct pgr_sweep *pages, bool last);
/* The same of one that has not drained in time, if it still waits. */
void run__report_stuck(struct run *s, struct pgmap *p, const char *phase, uint64_t now);
/* Ends one that was reported while it was stuck, and still is. */
void run__close_stuck(struct run *s, struct pgmap *p);
/*
 * Ends one that has ended, as reading shows at two looks, while no record of it has come: its last
 * steps went before their hooks were there. Returns true if it has.
 */
bool run__close_over(struct run *s, struct pgmap *p);
/* Ends one that was adopted in the middle of its teardown, once it has drained. */
void run__close_adopted(struct run *s, struct pgmap *p);

#endif /* PGMAPREF_RUN_IMPL_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: the state at the start and at the end. */
#ifndef PGMAPREF_RUN_CHECK_H
#define PGMAPREF_RUN_CHECK_H

#include "model/start.h"
#include "run/run_state.h"

/* Records the state before COMMAND starts. Returns 0 or -ENOMEM. */
int run__start_state(struct run *run);
/* Reads p: samples and a sweep. The caller calls run__free_reading(). */
void run__read_state(struct run_kernel *k, const struct options *o, struct pgmap *p,
		     struct reading *r);
void run__free_reading(struct reading *r);
/* Is the run at rest? No teardown is open, and no pgmap has more than at the start. */
bool run__at_rest(struct run *run);
/* Judges and reports the end state of every live pgmap. */
void run__end_state(struct run *run);

#endif /* PGMAPREF_RUN_CHECK_H */

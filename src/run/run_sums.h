/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* trace -c: sums of the events of a run. */
#ifndef PGMAPREF_RUN_SUMS_H
#define PGMAPREF_RUN_SUMS_H

#include "model/sums.h"
#include "run/run_state.h"

/* Begins the sums that the options want. They refer to the run. Returns 0 or -ENOMEM. */
int run__begin_sums(struct run *run);
/* Adds an event of p. Returns 0 or -ENOMEM. */
int run__sum_event(struct run *run, const struct pgmap *p, const struct pgr_rec_event *e);
/* What p still holds at the end. l may be NULL. */
void run__sum_holders(struct sums *s, const struct pgmap *p, const struct ledger *l);
/* Prints and frees them. */
void run__report_sums(struct run *run);

#endif /* PGMAPREF_RUN_SUMS_H */

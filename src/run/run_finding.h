/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What happens to a finding that was judged, of a teardown or of the end. */
#ifndef PGMAPREF_RUN_FINDING_H
#define PGMAPREF_RUN_FINDING_H

#include "model/finding.h"
#include "run/run_state.h"

/*
 * Asks --allow and looks for holders, adds the judgement to that of the run, counts and reports it,
 * and makes a test case of it; f->ledger is there, and freed with the rest of *f.
 */
void run__publish(struct run *run, struct finding *f);
/* Of one that was published before, when it was not the last: counts it, and makes the test case. */
void run__settle(struct run *run, const struct finding *f);

#endif /* PGMAPREF_RUN_FINDING_H */

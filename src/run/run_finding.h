/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handles a finding after it was judged: of a teardown, or of the end of a check. */
#ifndef PGMAPREF_RUN_FINDING_H
#define PGMAPREF_RUN_FINDING_H

#include "model/finding.h"
#include "run/run_state.h"

/*
 * Applies --allow, finds holders, adds the judgement to the one of the run, counts and reports the
 * finding, and makes its test case. The caller sets f->ledger. Frees everything that *f owns.
 */
void run__publish(struct run *run, struct finding *f);
/* Counts a finding that was published before as not final, and makes its test case. */
void run__settle(struct run_outputs *out, struct run_outcome *end, const struct finding *f);

#endif /* PGMAPREF_RUN_FINDING_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --metrics FILE: keeps figures of the run fresh in a file, for node_exporter's textfile collector. */
#ifndef PGMAPREF_RUN_METRICS_H
#define PGMAPREF_RUN_METRICS_H

#include "run/run_state.h"

/*
 * Writes the file if it is due: every five seconds, and when something was judged. A reader sees
 * the old file or the new one, whole. An error is said once, until a write succeeds again.
 */
void run__write_metrics(struct run *run);
/* When that will be; 0: never. */
uint64_t run__metrics_due(const struct run *run);
/* Writes it now; the last one of a run. Returns 0 or a negative errno, which was said. */
int run__write_metrics_now(struct run *run, bool last);
/* Counts a final finding. */
void run__tally(struct run_outcome *end, const struct finding *f);
/* Counts the events of a generation that the run is about to forget. */
void run__tally_gone(struct run_outcome *end, const struct pgmap *p);

#endif /* PGMAPREF_RUN_METRICS_H */

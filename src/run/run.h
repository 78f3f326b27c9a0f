/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine of a run: turns records and timer ticks into pgmaps, histories, teardowns and
 * judgements. The verbs (cmd_*.c) open a run and end it.
 */
#ifndef PGMAPREF_RUN_H
#define PGMAPREF_RUN_H

#include "run/run_state.h"

/* A tracer_record_fn: handles a record of either ring. */
void run__record(void *run, const struct pgr_header *h, size_t size);
/* Checks whether the hooks run, and says which do not. */
void run__look_alive(const struct run_kernel *k, const struct options *o);
/* The work of every --interval: samples, sweeps, teardowns that do not drain. */
void run__tick(struct run *run);
/* trace: reports the summary of a pgmap when no more events of it can come. */
void run__summarise(struct run *run, struct pgmap *p);
/* Judges the teardowns that are still open at the end of the run, in their present state. */
void run__finish(struct run *run);

#endif /* PGMAPREF_RUN_H */

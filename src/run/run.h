/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A run: records and timer ticks become generations of pgmaps, their histories and teardowns, and
 * judgements. The commands (cmd_*.c) open and end it.
 */
#ifndef PGMAPREF_RUN_H
#define PGMAPREF_RUN_H

#include "run/run_state.h"

/* A record of either ring; has the shape of a tracer_record_fn. */
void run__record(void *run, const struct pgr_header *h, size_t size);
/* Looks whether the hooks run, and says if one does not. */
void run__look_alive(struct run *run);
/* What is due every --interval: counters, pages, teardowns that do not drain. */
void run__tick(struct run *run);
/* The end of a generation of which nothing more can come, in a trace. */
void run__summarise(struct run *run, struct pgmap *p);
/* Judges the teardowns that are still open, as they stand. */
void run__finish(struct run *run);

#endif /* PGMAPREF_RUN_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads that help the sweep of a teardown, which runs in the unbinding task, from other CPUs: see
 * src/bpf/ahead.bpf.h. They sleep until a sweep wakes them.
 */
#ifndef PGMAPREF_SWEEP_HELPERS_H
#define PGMAPREF_SWEEP_HELPERS_H

struct sweep_helpers;

/* Number of threads for this machine; 0: there is only one CPU. */
unsigned int sweep_helpers__number(void);
/*
 * prog: program sweep_ahead; ring: map ahead_ring; borrowed descriptors. NULL if threads cannot be
 * started: sweeps then take longer, and find the same.
 */
struct sweep_helpers *sweep_helpers__start(int prog, int ring);
/* Ends the threads. Call it before the programs are unloaded. NULL is allowed. */
void sweep_helpers__stop(struct sweep_helpers *s);

#endif /* PGMAPREF_SWEEP_HELPERS_H */

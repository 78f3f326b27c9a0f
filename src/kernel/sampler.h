/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where in the kernel a thread that runs is. /proc/PID/stack is empty while it does, so that
 * samples are taken with perf events, for some milliseconds.
 */
#ifndef PGMAPREF_SAMPLER_H
#define PGMAPREF_SAMPLER_H

#include "kernel/blocked.h"

struct symbols;

/*
 * What all samples of thread tid share: the call chain down to the function in which it has stayed.
 * Returns 0; -EAGAIN: too few samples to tell; or what perf_event_open(2) and mmap(2) say. *s is
 * set only on success. Takes 10 to 50 ms.
 */
int sampler__stack(struct symbols *symbols, uint32_t tid, struct blocked_sample *s);

#endif /* PGMAPREF_SAMPLER_H */

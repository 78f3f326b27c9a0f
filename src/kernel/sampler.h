/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds where in the kernel a running thread is. /proc/PID/stack is empty while a thread runs. The
 * sampler therefore uses perf events for some milliseconds.
 */
#ifndef PGMAPREF_SAMPLER_H
#define PGMAPREF_SAMPLER_H

#include "kernel/blocked.h"

struct symbols;

/*
 * Finds what all samples of thread tid have in common: the call chain down to the function in which
 * the thread stayed. Returns 0, -EAGAIN (too few samples), or the error of perf_event_open(2) or
 * mmap(2). *s is set only on success. Takes 10 to 50 ms.
 */
int sampler__stack(struct symbols *symbols, uint32_t tid, struct blocked_sample *s);

#endif /* PGMAPREF_SAMPLER_H */

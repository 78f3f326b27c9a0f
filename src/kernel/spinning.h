/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds threads that run in the kernel all the time and never leave it, by their state and times in
 * /proc, scan by scan. Whether a thread spins on some way to a pgmap teardown, only samples of its
 * stack tell.
 */
#ifndef PGMAPREF_SPINNING_H
#define PGMAPREF_SPINNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPINNING_THREADS 256 /* running threads followed at the same time */

struct spinning_thread {
	uint32_t tid;
	uint64_t start; /* clock ticks since boot; tells threads with the same tid apart */
	uint64_t user, system; /* run time in clock ticks */
	uint64_t seen_ns; /* last scan that found it running; CLOCK_MONOTONIC */
	uint64_t since_ns; /* it runs in the kernel at least since then */
	uint64_t look;
	uint64_t next_look; /* for the caller: take no samples before this scan */
	unsigned int samples; /* number of times that samples led nowhere */
};

struct spinning { /* all zero at the start */
	struct spinning_thread thread[SPINNING_THREADS];
	size_t nr;
	uint64_t look;
};

void spinning__begin_look(struct spinning *s);
/*
 * Updates a thread that is running now. Only tid, start, user and system of t are read. Returns the
 * time since when the thread has been in the kernel, as far as the scans tell. Returns 0 if it was
 * not seen before, or if it did not spend its time in the kernel since the last scan. It must spend
 * at least a fifth of the time there, because other threads may run too, and eight times as much as
 * in user space.
 */
uint64_t spinning__see(struct spinning *s, const struct spinning_thread *t, uint64_t now);
/*
 * Is it time to sample this thread? A thread whose samples led nowhere is sampled more and more
 * rarely, because some threads run in the kernel all the time and have nothing to do with a pgmap.
 */
bool spinning__is_due(struct spinning *s, const struct spinning_thread *t);
/* Notes that samples of the thread led nowhere. */
void spinning__put_off(struct spinning *s, const struct spinning_thread *t);
/* Forgets threads that this scan did not see. */
void spinning__end_look(struct spinning *s);

#endif /* PGMAPREF_SPINNING_H */

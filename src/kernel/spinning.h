/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads that run in the kernel all the time, and never come back from it: by their state and
 * their times in /proc, look by look. Which of them spin on some way to a pgmap's end, only samples
 * of their stacks tell.
 */
#ifndef PGMAPREF_SPINNING_H
#define PGMAPREF_SPINNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPINNING_THREADS 256 /* that run at once, as far as they are followed */

struct spinning_thread {
	uint32_t tid;
	uint64_t start; /* clock ticks since boot: numbers of threads are used again */
	uint64_t user, system; /* time that it has run, in clock ticks */
	uint64_t seen_ns; /* the last look that found it running; CLOCK_MONOTONIC */
	uint64_t since_ns; /* it runs in the kernel at least since then */
	uint64_t look;
	uint64_t next_look; /* for the caller: samples are due then, and not before */
	unsigned int samples; /* that were taken, and led nowhere */
};

struct spinning { /* zeroed: none yet */
	struct spinning_thread thread[SPINNING_THREADS];
	size_t nr;
	uint64_t look;
};

void spinning__begin_look(struct spinning *s);
/*
 * A thread that is running now. Only tid, start, user and system of t are read. Returns since when
 * it has been in the kernel, as far as looks tell; 0: it was not seen before, or did not spend its
 * time there since (a fifth of that at least, for others may run, too, and eight times as much as in
 * user space).
 */
uint64_t spinning__see(struct spinning *s, const struct spinning_thread *t, uint64_t now);
/*
 * Is it the turn of a thread that was seen for samples? Those of which they led nowhere come ever
 * more seldom, for there are threads that run in the kernel all the time and are none of ours.
 */
bool spinning__is_due(struct spinning *s, const struct spinning_thread *t);
/* Samples of it were taken, and led nowhere. */
void spinning__put_off(struct spinning *s, const struct spinning_thread *t);
/* Forgets those that this look did not see. */
void spinning__end_look(struct spinning *s);

#endif /* PGMAPREF_SPINNING_H */

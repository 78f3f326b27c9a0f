/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Threads that sleep until a descriptor becomes readable, and then all work at the same time. */
#ifndef PGMAPREF_HELPERS_H
#define PGMAPREF_HELPERS_H

#include <stdbool.h>

struct helpers;

struct helpers_work {
	int fd; /* readable: there is work; owned by the caller */
	void (*drain)(void *ctx); /* makes fd unreadable; called by one thread */
	/*
	 * A piece of the work, by the thread of this number (0 and up); false: there is no more.
	 * Called by all threads at the same time.
	 */
	bool (*step)(void *ctx, unsigned int number);
	void *ctx;
};

/* Number of threads that fit this machine: one less than its CPUs, at most `most`. */
unsigned int helpers__number(unsigned int most);
/*
 * Starts up to `nr` threads; fewer if the system gives no more. They get no signals. NULL: none
 * could be started.
 */
struct helpers *helpers__start(const struct helpers_work *work, unsigned int nr);
/* Waits until each thread has finished its step, and ends them. NULL is allowed. */
void helpers__stop(struct helpers *h);

#endif /* PGMAPREF_HELPERS_H */

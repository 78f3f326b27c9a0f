/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks that look as if a pgmap blocks them, but have not reached memunmap_pages(). They are in D
 * state and wait for something else on the way there, or, since 6.15, for the last user of a page
 * of a file that they remove. Or they keep running in the kernel and make no progress. This file
 * reads their kernel stacks, and how long they are there.
 *
 * root is a prefix for every path ("" or NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_BLOCKED_H
#define PGMAPREF_BLOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"
#include "kernel/spinning.h"

#define BLOCKED_FRAMES 64 /* MAX_STACK_TRACE_DEPTH of fs/proc/base.c, 6.1 to 7.3 */
#define BLOCKED_TASKS 64 /* tasks followed at the same time */

struct blocked_frame {
	char function[64]; /* without a suffix like .isra.0 */
	char module[32]; /* "": the kernel itself */
};

struct blocked_stack { /* innermost first */
	unsigned int nr;
	struct blocked_frame frame[BLOCKED_FRAMES]; /* unused frames are 0 */
};

enum blocked_way {
	BLOCKED_NO_WAY, /* on no way to a pgmap teardown */
	BLOCKED_THERE, /* in memunmap_pages() itself: a real teardown */
	BLOCKED_REMOVAL, /* removes a device, or its driver; the stack does not say which one */
	BLOCKED_LAYOUT, /* waits until the pages of a DAX file are idle */
};

struct blocked_judgement {
	enum blocked_way way;
	const char *waits; /* the function that waits; "" if the stack is empty */
	const char *by; /* the outermost frame that decided `way`; "" for BLOCKED_NO_WAY */
};

/* Parses the text of /proc/PID/stack. */
void blocked__parse(const char *text, struct blocked_stack *s);
/* Judges a stack. The strings in *j belong to *s. */
void blocked__judge(const struct blocked_stack *s, struct blocked_judgement *j);
/* Keeps in *s only the outer frames that *other has too, up to the last equal function. */
void blocked__common(struct blocked_stack *s, const struct blocked_stack *other);

/* Samples of a running thread. */
struct blocked_sample {
	struct blocked_stack stack; /* the frames that all samples have in common */
	bool has_args;
	uint64_t arg[3]; /* arguments of its system call; meaningless outside of a call */
};

/*
 * Takes samples of a thread. Returns 0, -EAGAIN (too few samples), or another negative errno if no
 * samples can be taken.
 */
typedef int (*blocked_sample_fn)(void *ctx, uint32_t tid, struct blocked_sample *s);

struct blocked_task {
	struct pgr_task task;
	uint64_t start; /* clock ticks since boot; tells tasks with the same tid apart */
	struct blocked_stack stack;
	bool runs; /* it runs and is not in D state: the stack is common to all samples */
	bool has_args; /* if it runs: as in struct blocked_sample */
	uint64_t arg[3];
	/* Set by blocked__look(). Times are CLOCK_MONOTONIC. */
	uint64_t since_ns; /* first seen at this place, or running; it may be there for longer */
	uint64_t look; /* number of the last scan that found it there */
	bool reported; /* for the caller: this wait was reported */
};

/* All tasks that wait on some way to a pgmap teardown. All zero at the start. */
struct blocked {
	struct blocked_task *task[BLOCKED_TASKS];
	size_t nr;
	uint64_t look; /* number of the last scan */
	size_t threads; /* number of threads that the last scan visited */
	struct spinning spinning;
	blocked_sample_fn sample; /* NULL: running threads are ignored */
	void *sample_ctx;
};

/*
 * Scans all threads in /proc. Reads the stacks of threads in D state, and samples threads that have
 * run in the kernel since the last scan. A task seen at the same place before keeps its since_ns. A
 * task that left its place is forgotten. Tasks in memunmap_pages(), tasks on no way to a teardown,
 * and tasks beyond BLOCKED_TASKS are not kept. Returns 0, -ENOMEM (some tasks may be missing), or
 * the error of opening /proc; b is then unchanged.
 */
int blocked__look(struct blocked *b, const char *root, uint64_t now);
void blocked__free(struct blocked *b);

/*
 * Finds the tasks that are in this kernel function, running or not, by the stacks of all threads.
 * Needs root. Returns the number found; `tasks` has room for n.
 */
size_t blocked__in_function(const char *root, const char *function, struct pgr_task *tasks,
			    size_t n);

#endif /* PGMAPREF_BLOCKED_H */

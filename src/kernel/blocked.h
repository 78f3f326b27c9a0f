/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks in D state that look as if a pgmap kept them, and are not that far: on their way to
 * memunmap_pages() they wait for something else, or, since 6.15, for the last user of a page of the
 * file that they remove. Or they run there, and get no further. What their kernel stacks say, and
 * for how long.
 *
 * @root is put before every path ("" and NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_BLOCKED_H
#define PGMAPREF_BLOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"
#include "kernel/spinning.h"

#define BLOCKED_FRAMES 64 /* MAX_STACK_TRACE_DEPTH of fs/proc/base.c, 6.1 to 7.3 */
#define BLOCKED_TASKS 64 /* in D state at once, as far as they are followed */

struct blocked_frame {
	char function[64]; /* without a suffix such as .isra.0 */
	char module[32]; /* "": the kernel itself */
};

struct blocked_stack { /* innermost first */
	unsigned int nr;
	struct blocked_frame frame[BLOCKED_FRAMES]; /* what is not used is 0 */
};

enum blocked_way {
	BLOCKED_NO_WAY, /* nothing that leads to a pgmap's end */
	BLOCKED_THERE, /* in memunmap_pages() itself: no look-alike, a teardown like any */
	BLOCKED_REMOVAL, /* of a device, or of its driver: whose, the stack does not say */
	BLOCKED_LAYOUT, /* of a DAX file, until its pages are idle */
};

struct blocked_judgement {
	enum blocked_way way;
	const char *waits; /* the function that waits; "" when the stack is empty */
	const char *by; /* the frame that made it so, the outermost; "" for no way */
};

/* The text of /proc/PID/stack. */
void blocked__parse(const char *text, struct blocked_stack *s);
/* What *j points to belongs to *s. */
void blocked__judge(const struct blocked_stack *s, struct blocked_judgement *j);
/* Of *s, leaves what *other has, too: the outer frames up to the last of the same function. */
void blocked__common(struct blocked_stack *s, const struct blocked_stack *other);

/* A thread that runs, by samples. */
struct blocked_sample {
	struct blocked_stack stack; /* what the samples have in common */
	bool has_args;
	uint64_t arg[3]; /* of the system call that it is in; meaningless where it is in none */
};

/* Takes samples of a thread. 0; -EAGAIN: too few; or another negative errno: none are to be had. */
typedef int (*blocked_sample_fn)(void *ctx, uint32_t tid, struct blocked_sample *s);

struct blocked_task {
	struct pgr_task task;
	uint64_t start; /* of the task, in clock ticks since boot: numbers of tasks are used again */
	struct blocked_stack stack;
	bool runs; /* it is not in D state, but running: the stack is what samples have in common */
	bool has_args; /* then: as in a sample */
	uint64_t arg[3];
	/* Kept by blocked__look(). CLOCK_MONOTONIC */
	uint64_t since_ns; /* when it was first seen so, or running: it may be there for longer */
	uint64_t look; /* the last that found it there */
	bool reported; /* for the caller: this wait was reported */
};

/* Those that wait on some way to a pgmap's end. Zeroed: none yet. */
struct blocked {
	struct blocked_task *task[BLOCKED_TASKS];
	size_t nr;
	uint64_t look; /* number of the last one */
	size_t threads; /* that the last one looked at */
	struct spinning spinning;
	blocked_sample_fn sample; /* NULL: those that run are not looked at */
	void *sample_ctx;
};

/*
 * Looks through all threads of /proc, reads the stacks of those in D state, and takes samples of
 * those that have been running in the kernel since the last look. One that was seen
 * at the same place before keeps its since_ns; one that is there no more is forgotten. None is kept
 * that is in memunmap_pages() or on no way at all, or for which there is no room.
 * Returns 0; -ENOMEM: some may be left out; or what opening /proc says: then b is as it was.
 */
int blocked__look(struct blocked *b, const char *root, uint64_t now);
void blocked__free(struct blocked *b);

/*
 * Who sits in this function of the kernel, running or not? By the stacks of all threads; root only.
 * Returns the number found, at most n, in tasks.
 */
size_t blocked__in_function(const char *root, const char *function, struct pgr_task *tasks,
			    size_t n);

#endif /* PGMAPREF_BLOCKED_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads that wait: all in D state, and those that wait for the pages of a DAX file, which sleep in
 * S state in some calls (truncate(2)). Two looks tell a wait from a short sleep. Reads kernel stacks
 * in /proc; judges by blocked.h.
 *
 * root is a prefix for every path ("" or NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_WAITING_H
#define PGMAPREF_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/blocked.h"

#define WAITING_TASKS 128

struct waiting_task {
	struct pgr_task task;
	uint64_t start; /* clock ticks since boot */
	char state; /* a letter, of /proc/PID/stat */
	struct blocked_stack stack;
	bool asked; /* it is there because it was asked for; it may run */
	bool stayed; /* the second look found it at the same place */
	/* For the caller. */
	uint64_t slept_ns; /* 0: not known */
	uint64_t switches; /* context switches, at the last reading */
	struct pgr_task owner; /* of the lock that it waits for; tgid 0: not known */
};

struct waiting {
	struct waiting_task task[WAITING_TASKS];
	size_t nr;
	size_t threads; /* visited by the first look */
	bool cut; /* more than WAITING_TASKS waited */
	bool no_stacks; /* no stack could be read: not root, or a kernel without them */
};

/*
 * The first look. pids: n processes or threads that are kept whatever they do. Returns 0 or the
 * error of opening /proc.
 */
int waiting__look(struct waiting *w, const char *root, const uint32_t *pids, size_t n);
/* The second look: sets `stayed`, and forgets those that do not wait there any more. */
void waiting__look_again(struct waiting *w, const char *root);

/* Does the stack contain this function? */
bool waiting__is_in(const struct waiting_task *t, const char *function);
/* The thread with this number, or NULL. */
const struct waiting_task *waiting__find(const struct waiting *w, uint32_t tid);

#endif /* PGMAPREF_WAITING_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The system call that a sleeping thread is in, and the file that it is about: "unlink of FILE".
 * From /proc/PID/syscall, the thread's memory and its descriptors. The file is not touched, because
 * a look at it may wait for the same thing as the thread. x86-64 only.
 *
 * root is a prefix for every path ("" or NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_TASK_CALL_H
#define PGMAPREF_TASK_CALL_H

#include <stdint.h>

#define TASK_CALL_PATH 256

struct task_call {
	/*
	 * "unlink", "truncate", "write", "exit"; "": not in a system call, or in one without a name
	 * here. Never NULL.
	 */
	const char *name;
	char path[TASK_CALL_PATH]; /* absolute, or of no file ("socket:[1]"); "": not known */
};

/* Always sets *call. */
void task_call__read(const char *root, uint32_t tgid, uint32_t tid, struct task_call *call);

#endif /* PGMAPREF_TASK_CALL_H */

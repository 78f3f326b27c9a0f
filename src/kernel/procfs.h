/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What /proc has of processes and their threads. */
#ifndef PGMAPREF_PROCFS_H
#define PGMAPREF_PROCFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/records.h"

/* A line of /proc/PID/stat or /proc/PID/task/TID/stat, as far as it is used: proc(5). */
struct procfs_stat {
	char comm[PGR_COMM];
	char state; /* a letter */
	pid_t parent;
	uint64_t user, system; /* ticks of the clock; of a process: those of all its threads */
	unsigned long threads;
	uint64_t start; /* ticks since boot */
};

/* False: it is no such line, or one that is cut off. */
bool procfs__parse_stat(const char *text, struct procfs_stat *s);
/* That of a process. False: there is none. */
bool procfs__read_stat(pid_t pid, struct procfs_stat *s);

struct procfs_thread {
	int proc; /* /proc, open */
	uint32_t tgid, tid;
	struct procfs_stat stat;
};

/* False: no more of them. */
typedef bool (*procfs_fn)(void *ctx, const struct procfs_thread *t);

/*
 * Calls fn for every process (tid is tgid then, and the times are of all its threads), or for every
 * thread of all processes. root is put before the path, for tests; NULL: the running system. Returns
 * 0, or what opening /proc says.
 */
int procfs__each_process(const char *root, procfs_fn fn, void *ctx);
int procfs__each_thread(const char *root, procfs_fn fn, void *ctx);

#endif /* PGMAPREF_PROCFS_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads processes and their threads from /proc. */
#ifndef PGMAPREF_PROCFS_H
#define PGMAPREF_PROCFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/records.h"

/* The used fields of a line of /proc/PID/stat or /proc/PID/task/TID/stat: proc(5). */
struct procfs_stat {
	char comm[PGR_COMM];
	char state; /* a letter */
	pid_t parent;
	uint64_t user, system; /* clock ticks; for a process the sum over its threads */
	unsigned long threads;
	uint64_t start; /* clock ticks since boot */
};

/* False: not a stat line, or a truncated one. */
bool procfs__parse_stat(const char *text, struct procfs_stat *s);
/* Reads the stat line of a process. False: there is no such process. */
bool procfs__read_stat(pid_t pid, struct procfs_stat *s);

struct procfs_thread {
	int proc; /* file descriptor of /proc */
	uint32_t tgid, tid;
	struct procfs_stat stat;
};

/* Returns false to stop. */
typedef bool (*procfs_fn)(void *ctx, const struct procfs_thread *t);

/*
 * Calls fn for every process (tid is then tgid, and the times are sums over all its threads), or
 * for every thread of all processes. root is a prefix for the path, for tests; NULL: the running
 * system. Returns 0, or the error of opening /proc.
 */
int procfs__each_process(const char *root, procfs_fn fn, void *ctx);
int procfs__each_thread(const char *root, procfs_fn fn, void *ctx);

#endif /* PGMAPREF_PROCFS_H */

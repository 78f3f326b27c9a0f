/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What /proc says about this process and about processes that the tool follows. */
#ifndef PGMAPREF_PROCESS_H
#define PGMAPREF_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Names of the capabilities that this process lacks, "CAP_BPF, CAP_SYSLOG". CAP_SYS_ADMIN includes
 * CAP_BPF and CAP_PERFMON, as in the kernel. Returns buf; "" if none is missing.
 */
const char *process__missing_caps(char *buf, size_t len);

/* Does this process see the same PIDs as BPF programs? Not in a PID namespace. */
bool process__pids_are_global(void);

/* True while the process exists and a thread of it lives, maybe not its first one. */
bool process__alive(pid_t pid);

/*
 * The processes that descend from one of `of`: children, their children, and so on. root: as of
 * procfs__each_process(). The caller frees *out. Returns 0 or a negative errno.
 */
int process__descendants(const char *root, const uint32_t *of, size_t nr, uint32_t **out,
			 size_t *nr_out);

#endif /* PGMAPREF_PROCESS_H */

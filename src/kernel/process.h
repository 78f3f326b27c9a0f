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

/* True while the process exists and is not a zombie. */
bool process__alive(pid_t pid);

/*
 * Has the process ended that existed at since_ns (CLOCK_MONOTONIC)? A later process may have its
 * PID. A zombie has ended. False if this process does not see the same PIDs as BPF programs.
 */
bool process__ended(pid_t pid, uint64_t since_ns);

#endif /* PGMAPREF_PROCESS_H */

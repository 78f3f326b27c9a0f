/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What /proc says of processes: of this one, and of those that are followed. */
#ifndef PGMAPREF_PROCESS_H
#define PGMAPREF_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Names of the capabilities that this process lacks, "CAP_BPF, CAP_SYSLOG";
 * CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, as in the kernel. Returns
 * buf, "" when none is missing.
 */
const char *process__missing_caps(char *buf, size_t len);

/* Are PIDs here those that the kernel's programs see? Not in a PID namespace. */
bool process__pids_are_global(void);

/* True while the process exists and is no zombie. */
bool process__alive(pid_t pid);

/*
 * Has the process ended that was there at since_ns (CLOCK_MONOTONIC)? A later one may have its PID.
 * One that is a zombie has. False where PIDs are not those that the kernel's programs see.
 */
bool process__ended(pid_t pid, uint64_t since_ns);

#endif /* PGMAPREF_PROCESS_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What /proc says of processes: of this one, of those that are followed, of those that hang. */
#ifndef PGMAPREF_PROCESS_H
#define PGMAPREF_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/records.h"

/*
 * State (a letter), parent and name of the process whose number is the text pid, by
 * /proc/PID/stat. False: there is none, or its line cannot be read.
 */
bool process__read_stat(const char *pid, char *state, pid_t *parent, struct pgr_task *task);

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

/*
 * Who sits in memunmap_pages()? Looks through the kernel stacks in /proc; root
 * only. Returns the number found, at most n, in tasks.
 */
size_t process__in_function(const char *function, struct pgr_task *tasks, size_t n);

#endif /* PGMAPREF_PROCESS_H */

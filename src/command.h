/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes: the COMMAND that is run, those that are followed, those that hang. */
#ifndef PGMAPREF_COMMAND_H
#define PGMAPREF_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pgmapref.h"

struct command {
	pid_t pid;
	int go; /* write end: closed to let it start */
	int failed; /* read end: an errno when exec failed */
};

/*
 * Forks; the child waits until command__start(), so that its first event is
 * seen. to_stderr: its standard output goes where its standard error goes. -errno when there is no such program (checked before the fork) or no
 * process to be had.
 */
int command__prepare(char *const argv[], bool to_stderr, struct command *c);
/* Lets it run. Returns 0 or the negative errno of a failed exec. */
int command__start(struct command *c);
/* Does not wait: has it ended? Then *status is its exit status, 128+n for a signal. */
bool command__ended(struct command *c, int *status);
/* Ends it, if it still waits or runs. */
void command__kill(struct command *c);

/* From here on processes whose parent ended are ours: then COMMAND's can all be found. */
void command__adopt_orphans(void);
/* Sends a signal to all that COMMAND started and that runs. Returns how many there are. */
size_t command__signal_all(int signal);
/* The same without a signal: the first n of them, in tasks. */
size_t command__running(struct pgr_task *tasks, size_t n);

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

#endif /* PGMAPREF_COMMAND_H */

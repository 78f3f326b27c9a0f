/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs COMMAND, and finds the processes that it leaves. */
#ifndef PGMAPREF_COMMAND_H
#define PGMAPREF_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/records.h"

struct command {
	pid_t pid;
	int go; /* pipe, write end: one byte lets the child start */
	int failed; /* pipe, read end: the errno if exec failed */
};

/*
 * Forks. The child waits until command__start(): the tool then sees the first event of COMMAND.
 * to_stderr: standard output of COMMAND goes to standard error. Returns 0 or a negative errno: the
 * program does not exist (checked before the fork), or no process could be made.
 */
int command__prepare(char *const argv[], bool to_stderr, struct command *c);
/* Lets the child execute COMMAND. Returns 0 or the negative errno of a failed exec. */
int command__start(struct command *c);
/* Has COMMAND ended? Does not wait. If so, *status is its exit status, or 128+n for signal n. */
bool command__ended(struct command *c, int *status);
/* Ends COMMAND if it waits or runs. */
void command__kill(struct command *c);

/* Makes the tool the parent of orphans: it can then find all processes that COMMAND started. */
void command__adopt_orphans(void);
/* Sends a signal to all running processes that COMMAND started. Returns their number. */
size_t command__signal_all(int signal);
/* Sends no signal, but writes the first n of these processes to tasks. Returns their number. */
size_t command__running(struct pgr_task *tasks, size_t n);

#endif /* PGMAPREF_COMMAND_H */

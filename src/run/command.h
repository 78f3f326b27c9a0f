/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The COMMAND that is run, and the processes that it leaves. */
#ifndef PGMAPREF_COMMAND_H
#define PGMAPREF_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/records.h"

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

#endif /* PGMAPREF_COMMAND_H */

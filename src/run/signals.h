/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signals that ask the tool to end. The main loop gets them from a descriptor, ends the run and
 * writes the summary. But the tool may be stuck in a write to a pipe that nobody reads: a second
 * signal ends it after five seconds, a third at once.
 */
#ifndef PGMAPREF_SIGNALS_H
#define PGMAPREF_SIGNALS_H

#include <sys/types.h>

/*
 * Returns a descriptor for signals__next(), or a negative errno. From now on SIGINT, SIGTERM,
 * SIGHUP and SIGCHLD make it readable. SIGPIPE is ignored; SIGHUP stays ignored if it was (nohup).
 * Call this once in a process.
 */
int signals__open(void);

/*
 * Returns the next signal from the descriptor that asks for the end; 0: none is left. Drops
 * SIGCHLD, which only has to wake up poll().
 */
int signals__next(int fd);

/* The first signal that asked for the end; 0: none. It stays in the descriptor. */
int signals__asked(void);

/* In a child before exec: restores the signals as the tool inherited them, ignored or not. */
void signals__restore(void);

/* The process that gets SIGTERM if the tool ends without a summary; 0: none. */
void signals__set_command(pid_t pid);

#endif /* PGMAPREF_SIGNALS_H */

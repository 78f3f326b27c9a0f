/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signals that ask for the end. They come by a descriptor, so that a run ends where it stands and
 * sums up; but not only by that, for the tool may be stuck in the write to a pipe that nobody
 * reads: a second one gives it five seconds, a third none.
 */
#ifndef PGMAPREF_SIGNALS_H
#define PGMAPREF_SIGNALS_H

#include <sys/types.h>

/*
 * From here on SIGINT, SIGTERM, SIGHUP and SIGCHLD make the descriptor that is returned readable, for
 * signals__next(). SIGPIPE is ignored, and SIGHUP if it was (nohup).
 * Once in a process. Negative: an errno.
 */
int signals__open(void);

/*
 * The next signal that asks for the end, from that descriptor; 0: none is left. SIGCHLD is dropped:
 * it has done its work when it wakes who waits.
 */
int signals__next(int fd);

/* Has a signal asked for the end? The descriptor has it all the same. It is returned; 0: none. */
int signals__asked(void);

/* In a child, before its exec: as they were. What the tool was told to ignore is for it, too. */
void signals__restore(void);

/* Who is sent SIGTERM if the tool ends without having summed up; 0: nobody. */
void signals__set_command(pid_t pid);

#endif /* PGMAPREF_SIGNALS_H */

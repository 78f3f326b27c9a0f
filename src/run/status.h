/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line at the end of a terminal that says what the tool does, and is rewritten in place. It goes
 * to standard error, and is there only if that is a terminal. Who writes something else to the
 * terminal calls status__clear() before. Not thread-safe: there is one terminal.
 */
#ifndef PGMAPREF_STATUS_H
#define PGMAPREF_STATUS_H

#include <stdbool.h>

/* Is there to be a line? Not before this call, not with quiet, and not after status__off(). */
void status__on(bool quiet);
/* Removes the line for good. */
void status__off(void);
/* Would status__show() show something now? It does so a few times a second at most. */
bool status__is_due(void);
/* Shows the line, without a newline, and cut to the width of the terminal. */
void status__show(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Removes the line, if there is one. errno stays. */
void status__clear(void);
/* The same line for a step of a long start; of: 0 if it is not known how many steps there are. */
void status__progress(const char *what, unsigned int done, unsigned int of);

#endif /* PGMAPREF_STATUS_H */

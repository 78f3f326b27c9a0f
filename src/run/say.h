/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines on standard error. */
#ifndef PGMAPREF_SAY_H
#define PGMAPREF_SAY_H

#include <stdarg.h>

#define SAY_MAX 2048 /* bytes of a line; what is longer is cut */

/*
 * Writes "pgmapref: ", the text and a newline by one write(2), so that no line of another process,
 * or of COMMAND, comes between its parts.
 */
void say__line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say__vline(const char *fmt, va_list args);
/* The same without "pgmapref: ". */
void say__plain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* PGMAPREF_SAY_H */

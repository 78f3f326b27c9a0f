/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes lines to standard error. */
#ifndef PGMAPREF_SAY_H
#define PGMAPREF_SAY_H

#include <stdarg.h>

#define SAY_MAX 2048 /* maximum length of a line in bytes; longer lines are cut */

/*
 * Writes "pgmapref: ", the text and a newline with one write(2): output of COMMAND or of another
 * process cannot come in between.
 */
void say__line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say__vline(const char *fmt, va_list args);
/* The same, without "pgmapref: ". */
void say__plain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Writes text of any length as it is, for example a log of the verifier: others may write into it. */
void say__vtext(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

#endif /* PGMAPREF_SAY_H */

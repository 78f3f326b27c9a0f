/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text that is put together from parts. */
#ifndef PGMAPREF_TEXT_H
#define PGMAPREF_TEXT_H

#include <stddef.h>

/*
 * Adds formatted text at the end of the text in buf, which has len bytes. What does not fit is cut
 * off.
 */
void text__add(char *buf, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif /* PGMAPREF_TEXT_H */

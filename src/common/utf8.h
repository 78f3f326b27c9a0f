/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decodes and encodes UTF-8, for files that must be UTF-8 in every locale. Names come from the
 * kernel and from users, and may contain any byte.
 */
#ifndef PGMAPREF_UTF8_H
#define PGMAPREF_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD 0xfffd /* replaces bytes and characters that cannot be shown */

/*
 * Decodes the first character of s into *c; returns its length in bytes, 1 to 4. s must not be
 * empty. If s does not begin with a complete, shortest and valid sequence, *c is UTF8_BAD and the
 * result is 1. Reads no byte behind a NUL.
 */
size_t utf8__decode(const char *s, uint32_t *c);
/* Encodes c into buf, without a NUL; returns the number of bytes. */
size_t utf8__encode(uint32_t c, char buf[4]);
/*
 * False for control characters, and for characters that some readers take for the end of a line or
 * for no character.
 */
bool utf8__shown(uint32_t c);

#endif /* PGMAPREF_UTF8_H */

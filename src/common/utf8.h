/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Text for files that have to be UTF-8 whatever the locale. Names come from the
 * kernel and from users, and may hold any byte.
 */
#ifndef PGMAPREF_UTF8_H
#define PGMAPREF_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD 0xfffd /* what stands for bytes and characters that cannot be shown */

/*
 * The first character of s, which is not empty, into *c; returns its bytes, 1 to
 * 4. Where s begins with no whole, shortest and valid sequence *c is UTF8_BAD and
 * the result is 1. Reads no byte beyond a NUL.
 */
size_t utf8__decode(const char *s, uint32_t *c);
/* The bytes of c into buf, without a NUL; returns how many. */
size_t utf8__encode(uint32_t c, char buf[4]);
/* Not control characters, nor what some reader takes for the end of a line or for no character. */
bool utf8__shown(uint32_t c);

#endif /* PGMAPREF_UTF8_H */

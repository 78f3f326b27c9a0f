/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Durations as text for people. */
#ifndef PGMAPREF_SPAN_H
#define PGMAPREF_SPAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * ns as text with the unit that fits: "2.01 s", "13.2 ms". A buf of 32 bytes is enough. Returns
 * buf.
 */
const char *span__text(uint64_t ns, char *buf, size_t len);

/*
 * How long something has lasted, as people say it: "2.3 s", "41 s", "3 min 12 s", "5 h 2 min", "3 d
 * 4 h". A buf of 32 bytes is enough. Returns buf.
 */
const char *span__age(uint64_t ns, char *buf, size_t len);

/*
 * Converts "5", "1.5s", "200ms", "10us", "3m", "1h" (no unit: seconds) to ns. Returns 0, -EINVAL or
 * -ERANGE.
 */
int span__parse(const char *text, uint64_t *ns);

#endif /* PGMAPREF_SPAN_H */

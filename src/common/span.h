/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lengths of time for people. */
#ifndef PGMAPREF_SPAN_H
#define PGMAPREF_SPAN_H

#include <stddef.h>
#include <stdint.h>

/* "2.01 s", "13.2 ms": ns with the unit that fits; a buf of 32 bytes is enough. Returns buf. */
const char *span__text(uint64_t ns, char *buf, size_t len);

#endif /* PGMAPREF_SPAN_H */

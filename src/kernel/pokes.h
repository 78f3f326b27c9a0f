/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changes of the kernel's code as they happen, from perf's records of them (PERF_RECORD_TEXT_POKE,
 * since 5.9): a hook that is switched off and on again between two looks leaves no other trace.
 */
#ifndef PGMAPREF_POKES_H
#define PGMAPREF_POKES_H

#include <stddef.h>
#include <stdint.h>

struct pokes;

/* code: `len` bytes that are at `addr` now; NULL: changes found no room, and nobody knows which. */
typedef void (*poke_fn)(void *ctx, uint64_t addr, const uint8_t *code, size_t len);

/* From now on, on every CPU that is online. Returns 0, or a negative errno: the kernel does not say. */
int pokes__open(struct pokes **out);
/* NULL is fine. */
void pokes__close(struct pokes *p);

/*
 * Hands over those since the last time, of one CPU after the other; begins with CPUs that have come
 * since. NULL is fine, and has none.
 */
void pokes__read(struct pokes *p, poke_fn fn, void *ctx);

/*
 * The same from a ring's data, of `size` bytes (a power of two), between `tail` and `head`, which
 * count on and on. Returns how far it got: head, or less where the data is no record.
 */
uint64_t pokes__parse(const uint8_t *data, uint64_t size, uint64_t tail, uint64_t head, poke_fn fn,
		      void *ctx);

#endif /* PGMAPREF_POKES_H */

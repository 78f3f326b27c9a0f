/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records changes of the kernel's code as they happen, from perf (PERF_RECORD_TEXT_POKE, since
 * 5.9). A hook that is switched off and on again between two checks leaves no other trace.
 */
#ifndef PGMAPREF_POKES_H
#define PGMAPREF_POKES_H

#include <stddef.h>
#include <stdint.h>

struct pokes;

/*
 * code: the `len` bytes at addr after the change. NULL: there was no room for some changes, and
 * their addresses are unknown.
 */
typedef void (*poke_fn)(void *ctx, uint64_t addr, const uint8_t *code, size_t len);

/* Starts recording on every online CPU. Returns 0 or a negative errno: the kernel cannot record. */
int pokes__open(struct pokes **out);
/* p may be NULL. */
void pokes__close(struct pokes *p);

/*
 * Calls fn for all changes since the last call, one CPU after another. Also starts recording on
 * CPUs that came online since then. p may be NULL: no changes.
 */
void pokes__read(struct pokes *p, poke_fn fn, void *ctx);

/*
 * The same for the data of one ring: `size` bytes (a power of two), from position `tail` to `head`.
 * Positions never wrap: they only grow. Returns the position reached: head, or less if the data
 * there is no record.
 */
uint64_t pokes__parse(const uint8_t *data, uint64_t size, uint64_t tail, uint64_t head, poke_fn fn,
		      void *ctx);

#endif /* PGMAPREF_POKES_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records in the ring buffer of a perf event (include/uapi/linux/perf_event.h, struct
 * perf_event_mmap_page): `size` bytes of data, a power of two, in which positions count on and on.
 */
#ifndef PGMAPREF_PERF_RING_H
#define PGMAPREF_PERF_RING_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the n bytes from position `at` on. */
void perf_ring__copy(const uint8_t *data, uint64_t size, uint64_t at, void *to, size_t n);

/* Reads the header of the record at `tail`. False: there is none up to `head`, or not all of one. */
bool perf_ring__next(const uint8_t *data, uint64_t size, uint64_t tail, uint64_t head,
		     struct perf_event_header *h);

#endif /* PGMAPREF_PERF_RING_H */

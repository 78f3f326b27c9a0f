/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads records from the ring buffer of a perf event (include/uapi/linux/perf_event.h, struct
 * perf_event_mmap_page). The ring has `size` bytes of data, a power of two. Positions never wrap:
 * they only grow.
 */
#ifndef PGMAPREF_PERF_RING_H
#define PGMAPREF_PERF_RING_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies n bytes that start at position `at`. */
void perf_ring__copy(const uint8_t *data, uint64_t size, uint64_t at, void *to, size_t n);

/* Reads the header of the record at `tail`. False: there is no complete record before `head`. */
bool perf_ring__next(const uint8_t *data, uint64_t size, uint64_t tail, uint64_t head,
		     struct perf_event_header *h);

#endif /* PGMAPREF_PERF_RING_H */

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "kernel/perf_ring.h"

void perf_ring__copy(const uint8_t *data, uint64_t size, uint64_t at, void *to, size_t n)
{
	size_t off = at & (size - 1), first = n < size - off ? n : size - off;

	memcpy(to, data + off, first);
	memcpy((uint8_t *)to + first, data, n - first);
}

bool perf_ring__next(const uint8_t *data, uint64_t size, uint64_t tail, uint64_t head,
		     struct perf_event_header *h)
{
	if (head - tail < sizeof(*h))
		return false;
	perf_ring__copy(data, size, tail, h, sizeof(*h));
	return h->size >= sizeof(*h) && h->size <= head - tail;
}

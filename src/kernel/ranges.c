// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel/ranges.h"

int ranges__read(const struct pgr_pgmap *k, ranges_take_fn take, void *ctx, struct pgr_range **out)
{
	uint32_t nr = k->nr_range < PGR_RANGES_MAX ? k->nr_range : PGR_RANGES_MAX;
	uint32_t chunks = (nr + PGR_RANGE_CHUNK - 1) / PGR_RANGE_CHUNK;
	struct pgr_range_chunk *v = calloc(chunks + 1, sizeof(*v));
	int err = v ? 0 : -ENOMEM;

	for (uint32_t i = 0; v && i < chunks; i++) {
		struct pgr_range_key key = { .id = k->id, .chunk = i };
		int one = take(ctx, &key, &v[i]);

		err = err ? err : one;
	}
	if (err) {
		free(v);
		return err;
	}
	*out = v->range;
	return 0;
}

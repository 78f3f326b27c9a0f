/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts the ranges of a pgmap together from the chunks of map ranges. */
#ifndef PGMAPREF_RANGES_H
#define PGMAPREF_RANGES_H

#include "common/records.h"

/* Takes a chunk out of the map. Returns 0, or a negative errno: it is not there. */
typedef int (*ranges_take_fn)(void *ctx, const struct pgr_range_key *key,
			      struct pgr_range_chunk *out);

/*
 * All ranges of pgmap k, in the order of the kernel: k->nr_range, or the first PGR_RANGES_MAX of
 * them. The caller frees them. Takes all chunks of k, also if one is missing: the map then has room
 * for the pgmaps to come. Returns 0, the error of `take`, or -ENOMEM; *out is set only on success.
 */
int ranges__read(const struct pgr_pgmap *k, ranges_take_fn take, void *ctx, struct pgr_range **out);

#endif /* PGMAPREF_RANGES_H */

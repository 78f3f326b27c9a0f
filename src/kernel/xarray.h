/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Walking a kernel xarray from outside, node by node. */
#ifndef PGMAPREF_XARRAY_H
#define PGMAPREF_XARRAY_H

#include <stdint.h>

/*
 * Reads the slots of the xa_node at `node`, or, when node is 0, the head of the
 * struct xarray at `xarray` as one slot. slots has room for 64. Returns 0 or a
 * negative errno.
 */
typedef int (*xarray_read_fn)(void *ctx, uint64_t node, uint64_t xarray, uint64_t *slots,
			      unsigned int *nr);
/* Called for each pointer entry; one that spans several slots may come again. */
typedef void (*xarray_entry_fn)(void *ctx, uint64_t entry);

/* Returns 0, the reader's error, or -ELOOP for a tree too deep to be one. */
int xarray__walk(uint64_t xarray, xarray_read_fn read, void *read_ctx, xarray_entry_fn entry,
		 void *entry_ctx);

#endif /* PGMAPREF_XARRAY_H */

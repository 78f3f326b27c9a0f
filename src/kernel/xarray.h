/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Walks an xarray of the kernel from user space, node by node. */
#ifndef PGMAPREF_XARRAY_H
#define PGMAPREF_XARRAY_H

#include <stdint.h>

/*
 * Reads the slots of the xa_node at `node`. If node is 0, reads the head of the struct xarray at
 * `xarray` as one slot. slots has room for 64. Returns 0 or a negative errno.
 */
typedef int (*xarray_read_fn)(void *ctx, uint64_t node, uint64_t xarray, uint64_t *slots,
			      unsigned int *nr);
/* Called for each pointer entry. An entry that spans several slots may come several times. */
typedef void (*xarray_entry_fn)(void *ctx, uint64_t entry);

/* Returns 0, the error of read(), or -ELOOP if the tree is too deep to be an xarray. */
int xarray__walk(uint64_t xarray, xarray_read_fn read, void *read_ctx, xarray_entry_fn entry,
		 void *entry_ctx);

#endif /* PGMAPREF_XARRAY_H */

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "kernel/xarray.h"

/* 64-bit indices, 4 bits per level with CONFIG_BASE_SMALL. */
#define MAX_DEPTH 17

/*
 * include/linux/xarray.h: an entry whose low two bits are 2 is internal. Above 4096 it is the
 * address of a node plus 2, below 4096 a sibling or a mark of the xarray itself. Values (bit 0 is
 * set) do not occur in an array of pointers.
 */
static int walk(uint64_t node, uint64_t xarray, int depth, xarray_read_fn read, void *read_ctx,
		xarray_entry_fn entry, void *entry_ctx)
{
	uint64_t slots[64];
	unsigned int nr;
	int err;

	if (depth > MAX_DEPTH)
		return -ELOOP;
	err = read(read_ctx, node, xarray, slots, &nr);
	if (err)
		return err;
	for (unsigned int i = 0; i < nr; i++) {
		if ((slots[i] & 3) == 2 && slots[i] > 4096) {
			err = walk(slots[i] - 2, xarray, depth + 1, read, read_ctx, entry,
				   entry_ctx);
			if (err)
				return err;
		} else if (slots[i] && !(slots[i] & 3)) {
			entry(entry_ctx, slots[i]);
		}
	}
	return 0;
}

int xarray__walk(uint64_t xarray, xarray_read_fn read, void *read_ctx, xarray_entry_fn entry,
		 void *entry_ctx)
{
	return walk(0, xarray, 0, read, read_ctx, entry, entry_ctx);
}

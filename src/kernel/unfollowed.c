// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>

#include "kernel/symbols.h"
#include "kernel/unfollowed.h"

const struct unfollowed unfollowed[UNFOLLOWED_MOST + 1] = {
	/* Posted for mm/memremap.c (v5, 2026), in no release yet: 7.3 does not have it. */
	{ "memremap_device_private_pagemap", "private memory outside of the array of struct pages",
	  "its pgmaps are made and end in functions without a hook", true },
	/* drivers/pci/p2pdma.c, 6.19 and later */
	{ "pcim_p2pdma_provider", "peer-to-peer memory without struct pages", "it has no pgmap",
	  false },
	/* drivers/dax/kmem.c, 6.1 to 7.3; there while the module kmem is loaded */
	{ "dev_dax_kmem_probe", "memory of a device-dax that kmem gives to the system",
	  "it has no pgmap", false },
	{ 0 },
};

bool unfollowed__is_there(const struct unfollowed *row, struct symbols *symbols)
{
	return symbols__has(symbols, row->function);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PGMAPREF_FAULT_LOOKUP_H
#define PGMAPREF_FAULT_LOOKUP_H

#include <linux/memremap.h>

/* 6.18 removed the second argument, a pgmap that the function tried first. */
static __always_inline struct dev_pagemap *lookup(unsigned long pfn)
{
#ifdef GET_DEV_PAGEMAP_1ARG
	return get_dev_pagemap(pfn);
#else
	return get_dev_pagemap(pfn, NULL);
#endif
}

#endif

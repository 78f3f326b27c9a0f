/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Device numbers in the kernel's own form: dev_t with MINORBITS of include/linux/kdev_t.h. stat(2)
 * uses another form.
 */
#ifndef PGMAPREF_DEVNUM_H
#define PGMAPREF_DEVNUM_H

#include <stdint.h>

#define DEVNUM_MINOR_BITS 20

static inline uint32_t devnum__make(uint32_t major, uint32_t minor)
{
	return major << DEVNUM_MINOR_BITS | minor;
}

static inline uint32_t devnum__major(uint32_t dev)
{
	return dev >> DEVNUM_MINOR_BITS;
}

static inline uint32_t devnum__minor(uint32_t dev)
{
	return dev & ((1u << DEVNUM_MINOR_BITS) - 1);
}

#endif /* PGMAPREF_DEVNUM_H */

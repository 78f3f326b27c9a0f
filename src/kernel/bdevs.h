/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of block devices by number, remembered for reports that are made when the device is gone:
 * a disk goes before its pgmap does (drivers/nvdimm/pmem.c, pmem_release_disk()), and a file keeps
 * the number.
 */
#ifndef PGMAPREF_BDEVS_H
#define PGMAPREF_BDEVS_H

#include <stddef.h>
#include <stdint.h>

#define BDEVS_MAX 512 /* names kept; those that are gone for longest make room */

struct bdevs;

struct bdevs *bdevs__new(void); /* NULL: no memory */
void bdevs__free(struct bdevs *b);

/* Remembers those that there are now. Links are read, no attributes. root: as in devices.h. */
void bdevs__scan(struct bdevs *b, const char *root);

/*
 * devices__bdev_name(), or else the name that a device of this number had when it was last seen.
 * b may be NULL in all of these: nothing is remembered then.
 */
int bdevs__name(struct bdevs *b, const char *root, uint32_t major, uint32_t minor, char *buf,
		size_t len);

/*
 * The numbers (the kernel's dev_t, major << 20 | minor) of the disk of that name, its partitions,
 * and the dm and md devices that are made of any of these, as scans have met them, those that are
 * gone included. Returns how many, max at most.
 */
size_t bdevs__stacked_on(const struct bdevs *b, const char *disk, uint32_t *dev, size_t max);

#endif /* PGMAPREF_BDEVS_H */

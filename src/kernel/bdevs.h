/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Remembers the names of block devices by device number, for reports made after the device is gone.
 * A disk goes away before its pgmap (drivers/nvdimm/pmem.c, pmem_release_disk()), but a file keeps
 * the number.
 */
#ifndef PGMAPREF_BDEVS_H
#define PGMAPREF_BDEVS_H

#include <stddef.h>
#include <stdint.h>

#define BDEVS_MAX 512 /* names kept; the one not seen for the longest time is replaced */

struct bdevs;

struct bdevs *bdevs__new(void); /* NULL: no memory */
void bdevs__free(struct bdevs *b);

/*
 * Remembers all block devices that exist now. Reads links only, no sysfs attributes. root: as in
 * devices.h. b may be NULL: nothing is remembered then.
 */
void bdevs__scan(struct bdevs *b, const char *root);

/*
 * Like devices__bdev_name(). If the device is gone, buf gets the name that the device with this
 * number last had. b may be NULL: nothing is remembered then.
 */
int bdevs__name(struct bdevs *b, const char *root, uint32_t major, uint32_t minor, char *buf,
		size_t len);

/*
 * The device numbers (the kernel's dev_t, major << 20 | minor) of the disk with this name, of its
 * partitions, and of dm and md devices built on any of them, all as seen by the scans. Devices that
 * are gone are included. b may be NULL. Returns how many, at most max.
 */
size_t bdevs__stacked_on(const struct bdevs *b, const char *disk, uint32_t *dev, size_t max);

#endif /* PGMAPREF_BDEVS_H */

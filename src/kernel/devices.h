/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names for the device behind a pgmap, in the spelling of ndctl, daxctl and lspci, found by the
 * pgmap's physical range in /proc/iomem and by links in sysfs.
 *
 * No sysfs attribute is ever read here. Those of nd and dax devices that tell a range (resource,
 * size, namespace, holder: drivers/nvdimm/pfn_devs.c, drivers/dax/bus.c) take the device's lock,
 * which an unbind that hangs in memunmap_pages() holds: the reader would hang with it, in D state
 * [seen on 6.1 and 7.3]. Links, folders and /proc/iomem take no such lock.
 *
 * @root is put before every path ("" and NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_DEVICES_H
#define PGMAPREF_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for every name that devices__name() and devices__bdev_name() find in practice. */
#define DEVICES_NAME_MAX 64

/* One line of /proc/iomem. */
struct devices_range {
	uint64_t start; /* physical address */
	uint64_t end; /* inclusive */
	unsigned int depth; /* 0 at the left margin; the kernel caps it (MAX_IORES_LEVEL) */
	const char *name;
};

/*
 * Reads /proc/iomem, in the file's order (a line is inside the nearest line above it that covers
 * it). *@out is one block with all names in it: the caller gives it to free(). *@n may be 0, then
 * *@out still is to be freed.
 * Returns 0, -EACCES (all addresses read 0: the reader lacks CAP_SYS_ADMIN, kernel/resource.c,
 * r_show()), -ENOMEM, or what open() and read() say.
 */
int devices__iomem(const char *root, struct devices_range **out, size_t *n);

/*
 * The name of the device whose memory a pgmap's range @start..@end (physical, @end inclusive)
 * describes. @dev is the driver-core name of the device given to devm_memremap_pages(), or NULL.
 * The first that holds:
 *  1. @dev is a dax device, "dax0.0", or a PCI address, "0000:01:00.0": @dev;
 *  2. @dev is the parent of a pmem disk (it is a namespace, or a pfn device on one): the disk's
 *     name, "pmem0", "pmem0.1";
 *  3. @dev is "namespaceR.N": the name that its disk has when it is there, pmemR or pmemR.N, for
 *     the disk goes before the pgmap does (drivers/nvdimm/pmem.c, pmem_release_disk(); the name:
 *     namespace_devs.c, nvdimm_namespace_disk_name());
 *  4. a line of /proc/iomem in the range has the name of a dax device: that;
 *  5. a line of /proc/iomem in the range has the name of a namespace: as 3. (A pfn device's number
 *     is its own, not the namespace's: "pfn3.0" may sit on "namespace3.1");
 *  6. the innermost line of /proc/iomem around the range that is a PCI address;
 *  7. @dev;
 *  8. the innermost line of /proc/iomem around the range that names something ("hmm_dmirror"),
 *     not a kind of memory ("System RAM", "Persistent Memory").
 * The range of a pgmap begins before the device's data area (info block, altmap), so 4 and 5 ask
 * for an overlap; two namespaces never overlap. A btt disk ("pmem0s") has no pgmap.
 * Returns 0; -ENOENT: nothing has a name for it; -ERANGE: @buf of @len bytes is too small;
 * -EINVAL: @end before @start. @buf is set only on success.
 */
int devices__name(const char *root, uint64_t start, uint64_t end, const char *dev, char *buf,
		  size_t len);

/*
 * The selector "-g PATTERN": does it mean the pgmap with this @name and driver-core name @dev
 * (each may be NULL) and these @nr_range ranges (@starts[i]..@ends[i], inclusive)? It does when
 *  - PATTERN is "0x" and hex digits, and this physical address lies in one of the ranges; or
 *  - @name or @dev is PATTERN, or matches it as a shell glob (fnmatch(3)); or
 *  - @name or @dev is a PCI address that PATTERN matches with or without its "0000:", in upper
 *    or lower case.
 */
bool devices__match(const char *pattern, const char *name, const char *dev, const uint64_t *starts,
		    const uint64_t *ends, int nr_range);

/*
 * The name of the block device @major:@minor (of a file system's st_dev, say): "pmem0", "dm-0";
 * "0:45" when there is no such block device.
 * Returns 0 or -ERANGE: @buf of @len bytes is too small.
 */
int devices__bdev_name(const char *root, uint32_t major, uint32_t minor, char *buf, size_t len);
/* The same for a character device: "dax0.0". */
int devices__cdev_name(const char *root, uint32_t major, uint32_t minor, char *buf, size_t len);
/* The other way: *dev is major << 20 | minor, as in the kernel. -ENOENT: no such device. */
int devices__cdev_number(const char *root, const char *name, uint32_t *dev);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the name of the device behind a pgmap, spelled as in ndctl, daxctl and lspci. It uses the
 * physical range of the pgmap in /proc/iomem, and links in sysfs.
 *
 * Never read a sysfs attribute here. Attributes of nd and dax devices that tell a range (resource,
 * size, namespace, holder: drivers/nvdimm/pfn_devs.c, drivers/dax/bus.c) take the lock of the
 * device. An unbind that hangs in memunmap_pages() holds this lock: the reader would hang too, in D
 * state [seen on 6.1 and 7.3]. Links, folders and /proc/iomem do not take this lock.
 *
 * root is a prefix for every path ("" or NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_DEVICES_H
#define PGMAPREF_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

/* Large enough for every name that devices__name() and devices__bdev_name() find in practice. */
#define DEVICES_NAME_MAX 64

/* One line of /proc/iomem. */
struct devices_range {
	uint64_t start; /* physical address */
	uint64_t end; /* inclusive */
	unsigned int depth; /* 0 at the left margin; the kernel limits it (MAX_IORES_LEVEL) */
	const char *name;
};

/*
 * Reads /proc/iomem, in the order of the file. (A line lies inside the nearest earlier line that
 * covers its range.) *out is one block of memory that includes all names. The caller frees it with
 * free(), also if *n is 0. Returns 0, -EACCES (all addresses read as 0, because the reader lacks
 * CAP_SYS_ADMIN: kernel/resource.c, r_show()), -ENOMEM, or the error of open() or read().
 */
int devices__iomem(const char *root, struct devices_range **out, size_t *n);

/*
 * The name of the device whose memory the pgmap range start..end describes (physical addresses, end
 * is inclusive). dev is the driver-core name of the device passed to devm_memremap_pages(), or
 * NULL. The first rule that applies:
 *  1. dev is a dax device, "dax0.0", or a PCI address, "0000:01:00.0": the name is dev.
 *  2. dev is the parent of a pmem disk (dev is a namespace, or a pfn device on a namespace): the
 *     name of the disk, "pmem0" or "pmem0.1".
 *  3. dev is "namespaceR.N": the name that its disk has while it exists, pmemR or pmemR.N. The disk
 *     goes away before the pgmap (drivers/nvdimm/pmem.c, pmem_release_disk(); the name:
 *     namespace_devs.c, nvdimm_namespace_disk_name()).
 *  4. A line of /proc/iomem in the range has the name of a dax device: this name.
 *  5. A line of /proc/iomem in the range has the name of a namespace: as in rule 3. (A pfn device
 *     has a number of its own, not the number of the namespace: "pfn3.0" may lie on
 *     "namespace3.1".)
 *  6. The innermost line of /proc/iomem around the range that is a PCI address.
 *  7. dev.
 *  8. The innermost line of /proc/iomem around the range that names something ("hmm_dmirror") and
 *     not a kind of memory ("System RAM", "Persistent Memory").
 * The range of a pgmap begins before the data area of the device (info block, altmap). Rules 4 and
 * 5 therefore ask for an overlap; two namespaces never overlap. A btt disk ("pmem0s") has no pgmap.
 *
 * Returns 0, -ENOENT (nothing names the range), -ERANGE (len is too small) or -EINVAL (end is
 * before start). buf is set only on success.
 */
int devices__name(const char *root, uint64_t start, uint64_t end, const char *dev, char *buf,
		  size_t len);

/*
 * The selector "-g PATTERN": does it match the pgmap with this name and this driver-core name dev
 * (each may be NULL) and these nr ranges? It matches if
 *  - PATTERN is "0x" and hex digits, and one of the ranges contains this physical address; or
 *  - name or dev is PATTERN, or matches PATTERN as a shell glob (fnmatch(3)); or
 *  - name or dev is a PCI address, and PATTERN matches the address with or without "0000:", in
 *    upper or lower case.
 */
bool devices__match(const char *pattern, const char *name, const char *dev,
		    const struct pgr_range *ranges, uint32_t nr);

/*
 * The name of the block device major:minor (from st_dev of a file system, for example): "pmem0",
 * "dm-0"; or "0:45" if this block device does not exist. Returns 0 or -ERANGE (len is too small).
 */
int devices__bdev_name(const char *root, uint32_t major, uint32_t minor, char *buf, size_t len);
/* The same for a character device: "dax0.0". */
int devices__cdev_name(const char *root, uint32_t major, uint32_t minor, char *buf, size_t len);
/* The reverse: sets *dev to the kernel's number, major << 20 | minor. -ENOENT: no such device. */
int devices__cdev_number(const char *root, const char *name, uint32_t *dev);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names a pgmap by its device in sysfs and /proc/iomem. root is a prefix for every path ("" or
 * NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_NAMING_H
#define PGMAPREF_NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/records.h"
#include "kernel/devices.h"

/*
 * Sets name to the device that has the pgmap's range. *named is true if this device is final
 * (pmem0), and false if it is only the device that the driver is bound to (pfn0.1), until a final
 * one appears. Without a device, name is the driver's ops symbol (ops, may be NULL) or else the
 * address, and *named is unchanged. Call it again while *named is false, because devices appear
 * after their pgmap. Returns false if there is no device; only then ops matters.
 */
bool naming__find(const char *root, const struct pgr_pgmap *k, const char *ops,
		  char name[DEVICES_NAME_MAX], bool *named);
/*
 * For a pgmap older than the tool: searches /proc/iomem for the driver-core name of its device.
 * Sets dev if found.
 */
void naming__find_dev(const char *root, const struct pgr_pgmap *k, char dev[DEVICES_NAME_MAX]);

#endif /* PGMAPREF_NAMING_H */

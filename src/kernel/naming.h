/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a pgmap is called, by its device in sysfs and /proc/iomem. @root is put before every path
 * ("" and NULL: the running system), for tests on made-up trees.
 */
#ifndef PGMAPREF_NAMING_H
#define PGMAPREF_NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/records.h"
#include "kernel/devices.h"

/*
 * Sets name by the device that has the pgmap's range; *named: that is a device of its own (pmem0),
 * and not just what the driver is bound to (pfn0.1) until there is one. Else by the driver's
 * ops symbol (may be NULL), else by the address, and leaves *named. To be called again while it is
 * not named: devices appear after their pgmap. False: no device, so that ops matters.
 */
bool naming__find(const char *root, const struct pgr_pgmap *k, const char *ops,
		  char name[DEVICES_NAME_MAX], bool *named);
/* Looks in /proc/iomem for the driver-core name of one that is older than the tool; sets dev if found. */
void naming__find_dev(const char *root, const struct pgr_pgmap *k, char dev[DEVICES_NAME_MAX]);

#endif /* PGMAPREF_NAMING_H */

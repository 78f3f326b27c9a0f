/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the device that a person means by a path: a device node, a mount point, a file on a DAX
 * filesystem, a device in sysfs.
 *
 * root is a prefix for the paths of /proc and /sys ("" or NULL: the running system), for tests on
 * made-up trees. The path that was typed has no prefix.
 */
#ifndef PGMAPREF_TYPED_H
#define PGMAPREF_TYPED_H

#include <stdbool.h>

#include "kernel/devices.h"

/*
 * Sets name to that of a device as ndctl, daxctl and lspci have it. The first rule that applies:
 *  1. A path in /sys: its last part, "namespace0.0".
 *  2. A path below the mount point of a disk: the disk, "pmem0"; of a partition or a dm device, the
 *     disk below it. Only the table of mounts is read, because the filesystem may hang.
 *  3. A node of a block or character device, by its number.
 *  4. A path in /dev that is not there (any more): its last part.
 * Returns 0, -ENOENT (no path, or none of a device; name is not set) or -ERANGE (name too long).
 */
int typed__device(const char *root, const char *path, char name[DEVICES_NAME_MAX]);

/* Is there a device with this name on some bus, or a disk? */
bool typed__is_device(const char *root, const char *name);

#endif /* PGMAPREF_TYPED_H */

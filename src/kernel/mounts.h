/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where filesystems are mounted, by device number, and whether one is still alive that is mounted
 * nowhere any more. @root is put before every path, as in devices.h.
 */
#ifndef PGMAPREF_MOUNTS_H
#define PGMAPREF_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOUNTS_PATH 256

/*
 * The first mount point of the filesystem with this device number (the kernel's dev_t, major << 20 |
 * minor), as this process sees it, else as process 1 does: whole filesystems before parts of them.
 * Returns 0, -ENOENT (it is mounted nowhere that is seen from here), or what open() and read() say.
 */
int mounts__at(const char *root, uint32_t dev, char *buf, size_t len);

/* Does an XFS of this disk's name live? fs/xfs/xfs_super.c: a folder in /sys/fs/xfs until it goes. */
bool mounts__xfs_lives(const char *root, const char *disk);

#endif /* PGMAPREF_MOUNTS_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds where a filesystem is mounted, by device number, and whether an unmounted filesystem is
 * still alive. root is a prefix for every path, as in devices.h.
 */
#ifndef PGMAPREF_MOUNTS_H
#define PGMAPREF_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOUNTS_PATH 256

/*
 * The first mount point of the filesystem with this device number (the kernel's dev_t, major << 20
 * | minor), as seen by this process, or else by process 1. Mounts of the whole filesystem come
 * before mounts of a part of it. Returns 0, -ENOENT (not mounted anywhere visible), or the error of
 * open() or read().
 */
int mounts__at(const char *root, uint32_t dev, char *buf, size_t len);

/*
 * The path of a file of that filesystem: `in` is its path there, "/dir/file". Below a mount that
 * shows it: of the whole filesystem, or else of a folder above the file. Returns 0, -ENOENT (no mount
 * shows it), -ENAMETOOLONG, or the error of open() or read().
 */
int mounts__path(const char *root, uint32_t dev, const char *in, char *buf, size_t len);

/* A mounted filesystem. */
struct mount_info {
	uint32_t dev; /* the kernel's dev_t */
	char type[24]; /* "ext4" */
	char at[MOUNTS_PATH]; /* mount point */
};

/*
 * The filesystem of an absolute path, as process pid sees it (0: as this process does). Only the
 * table of mounts is read: the path is not touched, because that might wait for the filesystem. A
 * symbolic link in the path is therefore not followed. Returns 0, -ENOENT, or the error of open().
 * *out is set only on success.
 */
int mounts__of_path(const char *root, uint32_t pid, const char *path, struct mount_info *out);

/*
 * Is an XFS on this disk alive? Its folder in /sys/fs/xfs exists until it goes away
 * (fs/xfs/xfs_super.c).
 */
bool mounts__xfs_lives(const char *root, const char *disk);

#endif /* PGMAPREF_MOUNTS_H */

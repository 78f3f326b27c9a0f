/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which device a blocked task removes, or unbinds from its driver, as its system call says; and
 * which device it is whose unbind ends a pgmap. The kernel stack alone says neither.
 *
 * As in devices.h no attribute in sysfs is read, since that could wait for the very lock that the
 * blocked task has: only links, and whether they are there. @root is put before every path ("" and
 * NULL: the running system), for tests on made-up trees; it has no symbolic link in it.
 *
 * Paths begin with /sys/devices, as "/sys/devices/pci0000:00/0000:00:03.0" does.
 */
#ifndef PGMAPREF_UNBINDING_H
#define PGMAPREF_UNBINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNBINDING_PATH 256

/*
 * The device that thread @tid of @tgid writes to a driver's "unbind", or to whose attribute
 * ("remove", say) it writes. x86-64 only. Returns 0; -ENOENT: it does no such thing (it may be a
 * kernel thread, or unload a module); or what reading its /proc files says. @path, UNBINDING_PATH
 * bytes, is set only on success.
 */
int unbinding__target(const char *root, uint32_t tgid, uint32_t tid, char *path);
/*
 * The same of a thread that runs, of which /proc does not say in what call it is: arg are the first
 * three arguments of that, which is taken for a write().
 */
int unbinding__target_of(const char *root, uint32_t tgid, uint32_t tid, const uint64_t arg[3],
			 char *path);

/*
 * The device behind a pgmap called @name ("pmem0") with driver-core name @dev ("namespace0.0",
 * "dax0.0", a PCI address; may be ""): the parent of its disk, or @dev or @name as they stand on
 * some bus. Asked while it is alive: the disk goes first. Returns 0 or -ENOENT. @path: as above.
 */
int unbinding__device(const char *root, const char *name, const char *dev, char *path);

/* Has it a driver? The link goes as the unbind begins (drivers/base/dd.c, 6.1 to 7.3). */
bool unbinding__has_driver(const char *root, const char *path);

/*
 * Does the removal of @target take the device @path with it: is it that one, or above it? Where the
 * disk was gone already, @path is a pmem namespace, and @target may be the pfn or dax device on it;
 * they stand side by side in one region, and nothing that can be read tells which is on which, so
 * that *sure is false then.
 */
bool unbinding__affects(const char *target, const char *path, bool *sure);

#endif /* PGMAPREF_UNBINDING_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the device that a blocked task removes, or unbinds from its driver, from the task's system
 * call. Also finds the device whose unbind ends a pgmap. The kernel stack alone tells neither.
 *
 * As in devices.h, no sysfs attribute is read, because the read could wait for the lock that the
 * blocked task holds. Only links are read, or tested for existence. root is a prefix for every path
 * ("" or NULL: the running system), for tests on made-up trees. root must not contain a symbolic
 * link.
 *
 * Paths begin with /sys/devices, for example "/sys/devices/pci0000:00/0000:00:03.0".
 */
#ifndef PGMAPREF_UNBINDING_H
#define PGMAPREF_UNBINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNBINDING_PATH 256

/*
 * The device that thread tid of process tgid writes to the "unbind" file of a driver, or the device
 * whose attribute ("remove", for example) the thread writes. x86-64 only. Returns 0, -ENOENT (the
 * thread does neither; it may be a kernel thread, or unload a module), or the error of reading its
 * /proc files. path has UNBINDING_PATH bytes, and is set only on success.
 */
int unbinding__target(const char *root, uint32_t tgid, uint32_t tid, char *path);
/*
 * The same for a running thread. /proc does not tell the system call of a running thread. arg are
 * the first three arguments of the call, which is assumed to be a write().
 */
int unbinding__target_of(const char *root, uint32_t tgid, uint32_t tid, const uint64_t arg[3],
			 char *path);

/*
 * The device behind the pgmap with this name ("pmem0") and driver-core name dev ("namespace0.0",
 * "dax0.0", a PCI address; may be ""): the parent of its disk, or else dev or name as a device on
 * some bus. Call it while the pgmap is alive, because the disk goes away first. Returns 0 or
 * -ENOENT. path: as above.
 */
int unbinding__device(const char *root, const char *name, const char *dev, char *path);

/*
 * Does the device have a driver? Its link goes when the unbind begins (drivers/base/dd.c, 6.1 to
 * 7.3).
 */
bool unbinding__has_driver(const char *root, const char *path);

/*
 * Does removing the device `target` also remove the device `path`, because it is the same device or
 * a child of it? If the disk was already gone, path is a pmem namespace, and target may be the pfn
 * or dax device on it. These devices are siblings in one region, and no readable file tells which
 * device is on which namespace. *sure is then false.
 */
bool unbinding__affects(const char *target, const char *path, bool *sure);

#endif /* PGMAPREF_UNBINDING_H */

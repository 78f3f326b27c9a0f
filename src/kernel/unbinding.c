// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/unbinding.h"

#define DEVICES "/sys/devices/"

/* Resolves a link to the path of a device. Returns 0, or -ENOENT: no such link, or not a device. */
static int device_at(const char *root, const char *link, char *path)
{
	char full[PATH_MAX], real[PATH_MAX];
	size_t skip = strlen(root);

	if (snprintf(full, sizeof(full), "%s%s", root, link) >= (int)sizeof(full) ||
	    !realpath(full, real) || strncmp(real, root, skip) ||
	    strncmp(real + skip, DEVICES, strlen(DEVICES)) || strlen(real + skip) >= UNBINDING_PATH)
		return -ENOENT;
	strcpy(path, real + skip);
	return 0;
}

static bool is_name(const char *s)
{
	return *s && !strchr(s, '/') && strcmp(s, ".") && strcmp(s, "..");
}

/* Reads the system call of a sleeping thread. 0 or a negative errno; -ENOENT: it does not write. */
static int read_call(const char *root, uint32_t tgid, uint32_t tid, long *nr, uint64_t arg[3])
{
	char path[PATH_MAX];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "%s/proc/%u/task/%u/syscall", root, tgid, tid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fscanf(f, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64, nr, &arg[0], &arg[1], &arg[2]);
	fclose(f);
	return n == 4 && (*nr == SYS_write || *nr == SYS_pwrite64 || *nr == SYS_writev) ? 0 :
											  -ENOENT;
}

/* Reads the data that the call writes, up to len - 1 bytes. Returns 0 or a negative errno. */
static int read_written(const char *root, uint32_t tgid, uint32_t tid, long nr, uint64_t arg[3],
			char *buf, size_t len)
{
	char path[PATH_MAX];
	struct iovec iov;
	int mem, n;

	snprintf(path, sizeof(path), "%s/proc/%u/task/%u/mem", root, tgid, tid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return -errno;
	if (nr == SYS_writev) {
		if (pread(mem, &iov, sizeof(iov), arg[1]) == sizeof(iov)) {
			arg[1] = (uintptr_t)iov.iov_base;
			arg[2] = iov.iov_len;
		} else {
			arg[2] = 0;
		}
	}
	n = pread(mem, buf, arg[2] < len - 1 ? arg[2] : len - 1, arg[1]);
	close(mem);
	if (n <= 0)
		return -ENOENT;
	buf[n] = '\0';
	buf[strcspn(buf, " \n")] = '\0';
	return 0;
}

static int target(const char *root, uint32_t tgid, uint32_t tid, long nr, uint64_t arg[3],
		  char *path)
{
	static const char gone[] = " (deleted)";
	char link[PATH_MAX], file[PATH_MAX], written[64], *end, *drivers;
	ssize_t n;
	int err;

	err = read_written(root, tgid, tid, nr, arg, written, sizeof(written));
	if (err)
		return err;
	snprintf(link, sizeof(link), "%s/proc/%u/task/%u/fd/%u", root, tgid, tid,
		 (unsigned int)arg[0]);
	n = readlink(link, file, sizeof(file) - 1);
	if (n < 0)
		return -errno;
	file[n] = '\0';
	/* An attribute like "remove" deletes itself. */
	if ((size_t)n > strlen(gone) && !strcmp(file + n - strlen(gone), gone))
		file[n - strlen(gone)] = '\0';
	end = strrchr(file, '/');
	if (!end)
		return -ENOENT;
	if (!strncmp(file, DEVICES, strlen(DEVICES))) {
		*end = '\0';
		if (strlen(file) >= UNBINDING_PATH)
			return -ENOENT;
		strcpy(path, file);
		return 0;
	}
	/* /sys/bus/BUS/drivers/DRIVER/unbind: the driver's link is gone, the bus's link is not */
	drivers = strstr(file, "/drivers/");
	if (strncmp(file, "/sys/bus/", 9) || strcmp(end, "/unbind") || !drivers || !is_name(written))
		return -ENOENT;
	snprintf(drivers, sizeof(file) - (drivers - file), "/devices/%s", written);
	return device_at(root, file, path);
}

int unbinding__target(const char *root, uint32_t tgid, uint32_t tid, char *path)
{
	uint64_t arg[3] = { 0 };
	long nr = -1;
	int err;

	root = root ? root : "";
	err = read_call(root, tgid, tid, &nr, arg);
	return err ? err : target(root, tgid, tid, nr, arg, path);
}

int unbinding__target_of(const char *root, uint32_t tgid, uint32_t tid, const uint64_t arg[3],
			 char *path)
{
	uint64_t copy[3] = { arg[0], arg[1], arg[2] };

	return target(root ? root : "", tgid, tid, SYS_write, copy, path);
}

static int on_some_bus(const char *root, const char *device, char *path)
{
	char buses[PATH_MAX], link[PATH_MAX];
	struct dirent *d;
	int err = -ENOENT;
	DIR *dir;

	snprintf(buses, sizeof(buses), "%s/sys/bus", root);
	dir = opendir(buses);
	while (dir && err && (d = readdir(dir))) {
		if (*d->d_name == '.')
			continue;
		snprintf(link, sizeof(link), "/sys/bus/%s/devices/%s", d->d_name, device);
		err = device_at(root, link, path);
	}
	if (dir)
		closedir(dir);
	return err;
}

int unbinding__device(const char *root, const char *name, const char *dev, char *path)
{
	char link[PATH_MAX];
	int err = -ENOENT;

	root = root ? root : "";
	if (is_name(name)) {
		snprintf(link, sizeof(link), "/sys/block/%s/device", name);
		err = device_at(root, link, path);
	}
	if (err && is_name(dev))
		err = on_some_bus(root, dev, path);
	if (err && is_name(name))
		err = on_some_bus(root, name, path);
	return err;
}

bool unbinding__has_driver(const char *root, const char *path)
{
	char link[PATH_MAX];

	snprintf(link, sizeof(link), "%s%s/driver", root ? root : "", path);
	return !access(link, F_OK);
}

bool unbinding__affects(const char *target, const char *path, bool *sure)
{
	size_t n = strlen(target), dir;
	const char *a = strrchr(target, '/'), *b = strrchr(path, '/');

	*sure = true;
	if (!strncmp(target, path, n) && (!path[n] || path[n] == '/'))
		return true;
	if (!a || !b || strncmp(b, "/namespace", 10) ||
	    (strncmp(a, "/pfn", 4) && strncmp(a, "/dax", 4)))
		return false;
	*sure = false;
	dir = a - target;
	return dir == (size_t)(b - path) && !strncmp(target, path, dir);
}

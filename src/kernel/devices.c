// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* FNM_CASEFOLD */
#endif
#include "kernel/devices.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/devnum.h"
#include "common/file.h"

struct span {
	uint64_t start, end; /* inclusive */
};

static bool overlap(const struct span *a, const struct span *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static bool covers(const struct span *outer, const struct span *inner)
{
	return outer->start <= inner->start && inner->end <= outer->end;
}

static int set_name(char *buf, size_t len, const char *name)
{
	size_t n = strlen(name) + 1;

	if (n > len)
		return -ERANGE;
	memcpy(buf, name, n);
	return 0;
}

/* False if the path is too long. Callers treat this like a missing file. */
__attribute__((format(printf, 2, 3))) static bool path_set(char path[PATH_MAX], const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(path, PATH_MAX, fmt, args);
	va_end(args);
	return n > 0 && n < PATH_MAX;
}

static bool link_base(const char *path, char *buf, size_t len)
{
	char target[PATH_MAX];
	const char *base;
	ssize_t n;

	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	base = strrchr(target, '/');
	return !set_name(buf, len, base ? base + 1 : target);
}

/* True if name is exactly "<prefix>N.N": "dax0.0", "namespace1.2". */
static bool numbered(const char *name, const char *prefix, unsigned int *major, unsigned int *minor)
{
	size_t len = strlen(prefix);
	int used = 0;

	if (strncmp(name, prefix, len) || !isdigit((unsigned char)name[len]))
		return false;
	if (sscanf(name + len, "%9u.%n", major, &used) != 1 || !used)
		return false;
	name += len + (size_t)used;
	used = 0;
	return isdigit((unsigned char)*name) && sscanf(name, "%9u%n", minor, &used) == 1 && used &&
	       !name[used];
}

static bool is_dax(const char *name)
{
	unsigned int a, b;

	return numbered(name, "dax", &a, &b);
}

/* "0000:01:00.0"; the domain is longer for devices behind a VMD. */
static bool is_pci(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef");

	if (n < 4 || n > 8 || name[n] != ':')
		return false;
	name += n + 1;
	return isxdigit((unsigned char)name[0]) && isxdigit((unsigned char)name[1]) &&
	       name[2] == ':' && isxdigit((unsigned char)name[3]) &&
	       isxdigit((unsigned char)name[4]) && name[5] == '.' && name[6] >= '0' &&
	       name[6] <= '7' && !name[7];
}

/* The pmem disk whose parent is the device dev. "device" is a link: reading it takes no lock. */
static bool disk_of_parent(const char *root, const char *dev, char *buf, size_t len)
{
	char path[PATH_MAX], parent[NAME_MAX + 1];
	const struct dirent *ent;
	bool found = false;
	DIR *d;

	if (!path_set(path, "%s/sys/block", root))
		return false;
	d = opendir(path);
	if (!d)
		return false;
	while (!found && (ent = readdir(d))) {
		if (strncmp(ent->d_name, "pmem", 4))
			continue;
		found = path_set(path, "%s/sys/block/%s/device", root, ent->d_name) &&
			link_base(path, parent, sizeof(parent)) && !strcmp(parent, dev) &&
			!set_name(buf, len, ent->d_name);
	}
	closedir(d);
	return found;
}

/* The name that the kernel gives to the disk of a namespace, even if the disk is gone. */
static bool disk_of_namespace(const char *ns, char *buf, size_t len)
{
	unsigned int region, id;
	int n;

	if (!numbered(ns, "namespace", &region, &id))
		return false;
	if (id)
		n = snprintf(buf, len, "pmem%u.%u", region, id);
	else
		n = snprintf(buf, len, "pmem%u", region);
	return n > 0 && (size_t)n < len;
}

/* True for a kind of memory or a bridge: not a device. */
static bool is_generic(const char *name)
{
	static const char *const kinds[] = {
		"System RAM*", "Persistent Memory*", "Soft Reserved*",	   "Reserved*",
		"reserved*",   "RAM buffer*",	     "Unknown E820 type*", "Unusable memory*",
		"System ROM*", "Video ROM*",	     "Adapter ROM*",	   "ACPI *",
		"PCI Bus *",   "PCI ECAM *",	     "PCI MMCONFIG *",	   "PCI mem*",
		"PCI IO*",     "CXL Window *",	     "Kernel *",	   "Crash kernel*",
		"<BAD>",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!fnmatch(kinds[i], name, 0))
			return true;
	}
	return !*name;
}

static bool is_namespace(const char *name)
{
	unsigned int region, id;

	return numbered(name, "namespace", &region, &id);
}

static bool any_device(const char *name)
{
	return !is_generic(name);
}

/* The innermost line around span whose name satisfies pleases(); of equal ones the last. */
static const char *iomem_around(const struct devices_range *iomem, size_t n,
				const struct span *span, bool (*pleases)(const char *name))
{
	const struct devices_range *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct devices_range *r = &iomem[i];

		if (!covers(&(struct span){ r->start, r->end }, span) || !pleases(r->name))
			continue;
		if (!best || r->end - r->start <= best->end - best->start)
			best = r;
	}
	return best ? best->name : NULL;
}

static const char *iomem_overlap(const struct devices_range *iomem, size_t n,
				 const struct span *span, bool (*pleases)(const char *name))
{
	for (size_t i = 0; i < n; i++) {
		if (overlap(&(struct span){ iomem[i].start, iomem[i].end }, span) &&
		    pleases(iomem[i].name))
			return iomem[i].name;
	}
	return NULL;
}

/* The name that dev alone gives; NULL if there is no better name than dev. disk: buffer for it. */
static const char *name_by_dev(const char *root, const char *dev, char *disk, size_t len)
{
	if (is_dax(dev) || is_pci(dev))
		return dev;
	if (disk_of_parent(root, dev, disk, len) || disk_of_namespace(dev, disk, len))
		return disk;
	return NULL;
}

static const char *name_by_iomem(const struct devices_range *iomem, size_t n,
				 const struct span *span, const char *dev, char *disk, size_t len)
{
	const char *line = iomem_overlap(iomem, n, span, is_dax);

	if (line)
		return line;
	line = iomem_overlap(iomem, n, span, is_namespace);
	if (line && disk_of_namespace(line, disk, len))
		return disk;
	line = iomem_around(iomem, n, span, is_pci);
	if (line)
		return line;
	return dev ? dev : iomem_around(iomem, n, span, any_device);
}

int devices__name(const char *root, uint64_t start, uint64_t end, const char *dev, char *buf,
		  size_t len)
{
	const struct span span = { start, end };
	struct devices_range *iomem = NULL;
	char disk[NAME_MAX + 1];
	const char *name = NULL;
	size_t n = 0;
	int err;

	if (end < start)
		return -EINVAL;
	if (!root)
		root = "";
	if (dev && !*dev)
		dev = NULL;
	if (dev)
		name = name_by_dev(root, dev, disk, sizeof(disk));
	if (!name) {
		/* unreadable: use only what the caller knows */
		if (devices__iomem(root, &iomem, &n))
			n = 0;
		name = name_by_iomem(iomem, n, &span, dev, disk, sizeof(disk));
	}
	err = name ? set_name(buf, len, name) : -ENOENT;
	free(iomem);
	return err;
}

/* Parses "  40000000-5fffffff : name", with two spaces per level. */
static bool parse_iomem_line(char *line, struct devices_range *out)
{
	size_t indent = strspn(line, " ");
	char *p = line + indent, *end;

	if (!isxdigit((unsigned char)*p))
		return false;
	errno = 0;
	out->start = strtoull(p, &end, 16);
	if (errno || *end != '-' || !isxdigit((unsigned char)end[1]))
		return false;
	out->end = strtoull(end + 1, &end, 16);
	if (errno || strncmp(end, " : ", 3) || out->end < out->start)
		return false;
	out->depth = (unsigned int)(indent / 2);
	out->name = end + 3;
	return true;
}

int devices__iomem(const char *root, struct devices_range **out, size_t *n)
{
	struct devices_range *ranges;
	size_t len = 0, lines = 1, nr = 0;
	char path[PATH_MAX], *text, *names;
	bool hidden = true;
	int err;

	if (!path_set(path, "%s/proc/iomem", root ? root : ""))
		return -ENAMETOOLONG;
	err = file__read(path, SIZE_MAX, &text, &len);
	if (err)
		return err;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	ranges = malloc(lines * sizeof(*ranges) + len + 1);
	if (!ranges) {
		free(text);
		return -ENOMEM;
	}
	names = (char *)(ranges + lines);
	memcpy(names, text, len + 1);
	free(text);
	for (char *line = names, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!parse_iomem_line(line, &ranges[nr]))
			continue;
		if (ranges[nr].start || ranges[nr].end)
			hidden = false;
		nr++;
	}
	if (nr && hidden) {
		free(ranges);
		return -EACCES;
	}
	*out = ranges;
	*n = nr;
	return 0;
}

static bool match_name(const char *pattern, const char *name)
{
	if (!name || !*name)
		return false;
	if (!strcmp(pattern, name) || !fnmatch(pattern, name, 0))
		return true;
	if (!is_pci(name))
		return false;
	if (!fnmatch(pattern, name, FNM_CASEFOLD))
		return true;
	return !strncmp(name, "0000:", 5) && !fnmatch(pattern, name + 5, FNM_CASEFOLD);
}

bool devices__match(const char *pattern, const char *name, const char *dev,
		    const struct pgr_range *ranges, uint32_t nr)
{
	if (pattern[0] == '0' && (pattern[1] == 'x' || pattern[1] == 'X') &&
	    isxdigit((unsigned char)pattern[2])) {
		uint64_t addr;
		char *end;

		errno = 0;
		addr = strtoull(pattern, &end, 16);
		for (uint32_t i = 0; !errno && !*end && i < nr; i++) {
			if (ranges[i].start <= addr && addr <= ranges[i].end)
				return true;
		}
	}
	return match_name(pattern, name) || match_name(pattern, dev);
}

static int devt_name(const char *root, const char *kind, uint32_t major, uint32_t minor, char *buf,
		     size_t len)
{
	char path[PATH_MAX], base[NAME_MAX + 1];

	if (path_set(path, "%s/sys/dev/%s/%" PRIu32 ":%" PRIu32, root ? root : "", kind, major,
		     minor) &&
	    link_base(path, base, sizeof(base)))
		return set_name(buf, len, base);
	snprintf(base, sizeof(base), "%" PRIu32 ":%" PRIu32, major, minor);
	return set_name(buf, len, base);
}

int devices__bdev_name(const char *root, uint32_t major, uint32_t minor, char *buf, size_t len)
{
	return devt_name(root, "block", major, minor, buf, len);
}

int devices__cdev_name(const char *root, uint32_t major, uint32_t minor, char *buf, size_t len)
{
	return devt_name(root, "char", major, minor, buf, len);
}

int devices__cdev_number(const char *root, const char *name, uint32_t *dev)
{
	char path[PATH_MAX], base[NAME_MAX + 1];
	const struct dirent *ent;
	uint32_t major, minor;
	int err = -ENOENT;
	DIR *d;

	if (!path_set(path, "%s/sys/dev/char", root ? root : ""))
		return -ENAMETOOLONG;
	d = opendir(path);
	if (!d)
		return -errno;
	while (err && (ent = readdir(d))) {
		if (sscanf(ent->d_name, "%" SCNu32 ":%" SCNu32, &major, &minor) != 2 ||
		    !path_set(path, "%s/sys/dev/char/%s", root ? root : "", ent->d_name) ||
		    !link_base(path, base, sizeof(base)) || strcmp(base, name))
			continue;
		*dev = devnum__make(major, minor);
		err = 0;
	}
	closedir(d);
	return err;
}

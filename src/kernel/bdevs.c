// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/devnum.h"
#include "kernel/bdevs.h"
#include "kernel/devices.h"

#define BDEV_NAME 32 /* DISK_NAME_LEN, include/linux/blkdev.h */
#define BDEV_BELOW 4

struct bdev {
	uint32_t major, minor;
	uint64_t seen; /* number of the last scan that saw it */
	char name[BDEV_NAME];
	char below[BDEV_BELOW][BDEV_NAME]; /* the slaves of a dm or md device */
};

struct bdevs {
	uint64_t scans;
	size_t nr;
	struct bdev known[BDEVS_MAX];
};

struct bdevs *bdevs__new(void)
{
	return calloc(1, sizeof(struct bdevs));
}

void bdevs__free(struct bdevs *b)
{
	free(b);
}

static struct bdev *find(struct bdevs *b, uint32_t major, uint32_t minor)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->known[i].major == major && b->known[i].minor == minor)
			return &b->known[i];
	return NULL;
}

/* A free entry, or the oldest one. NULL if the last complete scan saw all known devices. */
static struct bdev *make_room(struct bdevs *b)
{
	struct bdev *oldest = &b->known[0];

	if (b->nr < BDEVS_MAX)
		return &b->known[b->nr++];
	for (size_t i = 1; i < b->nr; i++)
		if (b->known[i].seen < oldest->seen)
			oldest = &b->known[i];
	return oldest->seen + 1 < b->scans ? oldest : NULL;
}

static void remember(struct bdevs *b, uint32_t major, uint32_t minor, const char *name)
{
	struct bdev *d = find(b, major, minor);

	if (strlen(name) >= sizeof(d->name))
		return;
	if (!d)
		d = make_room(b);
	if (!d)
		return;
	if (strcmp(d->name, name))
		memset(d->below, 0, sizeof(d->below));
	d->major = major;
	d->minor = minor;
	d->seen = b->scans;
	strcpy(d->name, name);
}

/* Disks built on other disks have links to them in sysfs. */
static void remember_below(struct bdevs *b, const char *root, uint32_t major, uint32_t minor)
{
	struct bdev *d = find(b, major, minor);
	char path[PATH_MAX];
	struct dirent *ent;
	unsigned int n = 0;
	DIR *dir;

	if (!d || (strncmp(d->name, "dm-", 3) && strncmp(d->name, "md", 2)) ||
	    (size_t)snprintf(path, sizeof(path), "%s/sys/dev/block/%" PRIu32 ":%" PRIu32 "/slaves",
			     root ? root : "", major, minor) >= sizeof(path))
		return;
	dir = opendir(path);
	if (!dir)
		return;
	memset(d->below, 0, sizeof(d->below));
	while (n < BDEV_BELOW && (ent = readdir(dir)))
		if (ent->d_name[0] != '.' && strlen(ent->d_name) < BDEV_NAME)
			strcpy(d->below[n++], ent->d_name);
	closedir(dir);
}

/* Sets *there if the device exists. Otherwise buf has its number, or was too small for the name. */
static int name_now(const char *root, uint32_t major, uint32_t minor, char *buf, size_t len,
		    bool *there)
{
	char number[32];
	int err = devices__bdev_name(root, major, minor, buf, len);

	snprintf(number, sizeof(number), "%" PRIu32 ":%" PRIu32, major, minor);
	*there = !err && strcmp(buf, number);
	return err;
}

void bdevs__scan(struct bdevs *b, const char *root)
{
	char path[PATH_MAX], name[DEVICES_NAME_MAX];
	struct dirent *ent;
	DIR *d;

	if (!b || (size_t)snprintf(path, sizeof(path), "%s/sys/dev/block", root ? root : "") >=
			  sizeof(path))
		return;
	d = opendir(path);
	if (!d)
		return;
	b->scans++;
	while ((ent = readdir(d))) {
		uint32_t major, minor;
		bool there;

		if (sscanf(ent->d_name, "%" SCNu32 ":%" SCNu32, &major, &minor) != 2)
			continue;
		name_now(root, major, minor, name, sizeof(name), &there);
		if (!there)
			continue;
		remember(b, major, minor, name);
		remember_below(b, root, major, minor);
	}
	closedir(d);
}

int bdevs__name(struct bdevs *b, const char *root, uint32_t major, uint32_t minor, char *buf,
		size_t len)
{
	const struct bdev *d;
	bool there;
	int err = name_now(root, major, minor, buf, len, &there);

	if (err || !b)
		return err;
	if (there) {
		remember(b, major, minor, buf);
		return 0;
	}
	d = find(b, major, minor);
	if (!d)
		return 0;
	if (strlen(d->name) >= len)
		return -ERANGE;
	strcpy(buf, d->name);
	return 0;
}

/* Partitions: "pmem0p1" of "pmem0", and "sda1" of "sda". */
static bool is_part(const char *name, const char *disk)
{
	size_t n = strlen(disk);

	if (!n || strncmp(name, disk, n))
		return false;
	name += n;
	if (isdigit((unsigned char)disk[n - 1]) && *name++ != 'p')
		return false;
	return *name && strspn(name, "0123456789") == strlen(name);
}

static bool is_over(const struct bdevs *b, const struct bdev *d, const char *disk, const bool *taken)
{
	if (!strcmp(d->name, disk) || is_part(d->name, disk))
		return true;
	for (size_t i = 0; i < b->nr; i++)
		for (int k = 0; taken[i] && k < BDEV_BELOW; k++)
			if (!strcmp(d->below[k], b->known[i].name))
				return true;
	return false;
}

size_t bdevs__stacked_on(const struct bdevs *b, const char *disk, uint32_t *dev, size_t max)
{
	bool taken[BDEVS_MAX] = { false }, more = true;
	size_t nr = 0;

	/* Repeat, because a device may be built on a device found in the last round. */
	while (b && more) {
		more = false;
		for (size_t i = 0; i < b->nr && nr < max; i++) {
			const struct bdev *d = &b->known[i];

			if (taken[i] || !is_over(b, d, disk, taken))
				continue;
			taken[i] = more = true;
			dev[nr++] = devnum__make(d->major, d->minor);
		}
	}
	return nr;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bdevs.h"
#include "devices.h"

struct bdev {
	uint32_t major, minor;
	uint64_t seen; /* the scan that met it last */
	char name[32]; /* DISK_NAME_LEN, include/linux/blkdev.h */
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

/* Room for one more; NULL if all that are known were there by the last scan that is whole. */
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
	d->major = major;
	d->minor = minor;
	d->seen = b->scans;
	strcpy(d->name, name);
}

/* Is there a device? False: buf has its number, or did not hold the name. */
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
		if (there)
			remember(b, major, minor, name);
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

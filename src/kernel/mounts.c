// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/devnum.h"
#include "kernel/mounts.h"

/* Works in place. fs/proc_namespace.c writes spaces and other separators of fields as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* How long is the part of path that is the mount point? 0: path is not below it. */
static size_t covers(const char *point, const char *path)
{
	size_t n = strlen(point);

	if (!strcmp(point, "/"))
		return 1;
	return !strncmp(point, path, n) && (!path[n] || path[n] == '/') ? n : 0;
}

/* The path of the file `in` of a filesystem, of which the folder `part` is mounted at `at`. */
static int join(const char *at, const char *part, const char *in, char *buf, size_t len)
{
	size_t skip = strcmp(part, "/") ? strlen(part) : 0;
	int n = snprintf(buf, len, "%s%s", strcmp(at, "/") ? at : "", in + skip);

	return n < 0 || (size_t)n >= len ? -ENAMETOOLONG : 0;
}

/* in: a path in the filesystem, which the mount must show; NULL: its mount point is wanted. */
static int look_in(const char *root, const char *file, uint32_t dev, const char *in, char *buf,
		   size_t len)
{
	char path[512], *line = NULL;
	int err = -ENOENT;
	size_t room = 0;
	bool whole;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", root ? root : "", file);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	/* Documentation/filesystems/proc.rst: id, parent, major:minor, root, mount point, ... */
	while (getline(&line, &room, f) > 0) {
		unsigned int major, minor;
		char *save, *field[5];
		int n = 0;

		for (char *s = line; n < 5 && (field[n] = strtok_r(s, " ", &save)); s = NULL)
			n++;
		if (n < 5 || sscanf(field[2], "%u:%u", &major, &minor) != 2 ||
		    dev != devnum__make(major, minor))
			continue;
		unescape(field[3]);
		whole = !strcmp(field[3], "/");
		if ((!err && !whole) || (in && !covers(field[3], in)))
			continue;
		unescape(field[4]);
		err = 0;
		if (in)
			err = join(field[4], field[3], in, buf, len);
		else
			snprintf(buf, len, "%s", field[4]);
		if (whole || err)
			break;
	}
	free(line);
	fclose(f);
	return err;
}

int mounts__at(const char *root, uint32_t dev, char *buf, size_t len)
{
	return mounts__path(root, dev, NULL, buf, len);
}

int mounts__path(const char *root, uint32_t dev, const char *in, char *buf, size_t len)
{
	int err = look_in(root, "/proc/self/mountinfo", dev, in, buf, len);

	if (!err || err == -ENAMETOOLONG)
		return err;
	return look_in(root, "/proc/1/mountinfo", dev, in, buf, len);
}

/*
 * A line is "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [OPTIONAL...] - TYPE SOURCE OPTIONS". Returns
 * how much of path the mount covers; 0: nothing, or not such a line.
 */
static size_t parse_mount(char *line, const char *path, struct mount_info *m)
{
	char *type = strstr(line, " - "), *save, *field[5];
	unsigned int major, minor;
	size_t n = 0;

	for (char *s = line; n < 5 && (field[n] = strtok_r(s, " ", &save)); s = NULL)
		n++;
	if (n < 5 || !type || sscanf(field[2], "%u:%u", &major, &minor) != 2)
		return 0;
	unescape(field[4]);
	n = covers(field[4], path);
	if (!n || sscanf(type + 3, "%23s", m->type) != 1)
		return 0;
	m->dev = devnum__make(major, minor);
	snprintf(m->at, sizeof(m->at), "%s", field[4]);
	return n;
}

int mounts__of_path(const char *root, uint32_t pid, const char *path, struct mount_info *out)
{
	char file[512], *line = NULL;
	size_t best = 0, room = 0;
	FILE *f;

	snprintf(file, sizeof(file), "%s/proc/self/mountinfo", root ? root : "");
	if (pid)
		snprintf(file, sizeof(file), "%s/proc/%u/mountinfo", root ? root : "", pid);
	f = fopen(file, "re");
	if (!f)
		return -errno;
	/* Of two mounts at one point, the later one hides the other. */
	while (getline(&line, &room, f) > 0) {
		struct mount_info m;
		size_t n = parse_mount(line, path, &m);

		if (n < best || !n)
			continue;
		best = n;
		*out = m;
	}
	free(line);
	fclose(f);
	return best ? 0 : -ENOENT;
}

bool mounts__xfs_lives(const char *root, const char *disk)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/sys/fs/xfs/%s", root ? root : "", disk);
	return !access(path, F_OK);
}

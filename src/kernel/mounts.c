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

static int look_in(const char *root, const char *file, uint32_t dev, char *buf, size_t len)
{
	char path[512], *line = NULL;
	int err = -ENOENT;
	size_t room = 0;
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
		if (!err && strcmp(field[3], "/"))
			continue;
		unescape(field[4]);
		snprintf(buf, len, "%s", field[4]);
		err = 0;
		if (!strcmp(field[3], "/"))
			break;
	}
	free(line);
	fclose(f);
	return err;
}

int mounts__at(const char *root, uint32_t dev, char *buf, size_t len)
{
	int err = look_in(root, "/proc/self/mountinfo", dev, buf, len);

	return err ? look_in(root, "/proc/1/mountinfo", dev, buf, len) : 0;
}

bool mounts__xfs_lives(const char *root, const char *disk)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/sys/fs/xfs/%s", root ? root : "", disk);
	return !access(path, F_OK);
}

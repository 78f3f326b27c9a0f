// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/param.h>

#include "kernel/kmsg.h"

#define LINE 900

int kmsg__open(const char *root)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/dev/kmsg", root ? root : "");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int kmsg__write(int fd, const char *text)
{
	char line[LINE];
	int len = snprintf(line, sizeof(line), "<4>pgmapref: %s\n", text);

	if (write(fd, line, MIN((size_t)len, sizeof(line) - 1)) < 0)
		return -errno;
	return 0;
}

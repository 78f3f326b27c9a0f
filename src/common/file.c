// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"

#define FIRST_ROOM (64u << 10)

static ssize_t read_some(int fd, char *buf, size_t room)
{
	ssize_t n;

	do
		n = read(fd, buf, room);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Reads until the end of the file into a new *data. The buffer always has room for the final 0. */
static int read_all(int fd, size_t most, char **data, size_t *len)
{
	size_t room = FIRST_ROOM, have = 0;
	ssize_t n;

	*data = malloc(room);
	if (!*data)
		return -ENOMEM;
	while ((n = read_some(fd, *data + have, room - 1 - have)) > 0) {
		char *more;

		have += n;
		if (have > most)
			break;
		if (have < room - 1)
			continue;
		more = realloc(*data, room *= 2);
		if (!more)
			return -ENOMEM;
		*data = more;
	}
	if (n < 0)
		return n;
	(*data)[have] = '\0';
	*len = have;
	return 0;
}

int file__read(const char *path, size_t most, char **data, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char *buf;

	if (fd < 0)
		return -errno;
	err = read_all(fd, most, &buf, len);
	close(fd);
	if (err)
		free(buf);
	else
		*data = buf;
	return err;
}

ssize_t file__read_head(int dir, const char *path, char *buf, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return -errno;
	n = read_some(fd, buf, size - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

int file__append(const char *path, FILE **f)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666), err;
	char last = '\n';
	off_t size;

	if (fd < 0)
		return -errno;
	/* A pipe has no size. */
	size = lseek(fd, 0, SEEK_END);
	if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n' &&
	    write(fd, "\n", 1) != 1) {
		err = -errno;
	} else {
		*f = fdopen(fd, "a");
		err = *f ? 0 : -ENOMEM;
	}
	if (err)
		close(fd);
	return err;
}

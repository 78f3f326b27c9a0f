// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/marks.h"
#include "run/mark_source.h"

#define RECORD_MAX 8192 /* a record of /dev/kmsg is shorter (CONSOLE_EXT_LOG_MAX) */

struct mark_source {
	int fd;
	bool own, kmsg;
	bool grows; /* a file: its end is not the end of it */
	bool ended; /* nobody writes any more */
	size_t lost;
	char text[RECORD_MAX + 1]; /* bytes of lines that are not complete */
	size_t n;
};

static bool is_number(const char *s)
{
	const char *at = s;

	while (isdigit((unsigned char)*at))
		at++;
	return at > s && !*at && at - s < 10;
}

/* A FIFO that the tool can write to, too, has no end, and poll() waits for the next writer. */
static int open_path(const char *path)
{
	struct stat st;
	bool fifo = !stat(path, &st) && S_ISFIFO(st.st_mode);

	return open(path, (fifo ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
}

static int open_it(struct mark_source *s, const char *where)
{
	struct stat st;

	if (is_number(where)) {
		s->fd = atoi(where);
		if (fcntl(s->fd, F_SETFD, FD_CLOEXEC))
			return -errno;
	} else {
		s->own = true;
		s->kmsg = !strcmp(where, "kmsg");
		s->fd = open_path(s->kmsg ? "/dev/kmsg" : where);
		if (s->fd < 0)
			return -errno;
	}
	if (fstat(s->fd, &st))
		return -errno;
	s->grows = S_ISREG(st.st_mode);
	if (s->kmsg || (s->own && s->grows))
		lseek(s->fd, 0, SEEK_END);
	return 0;
}

int mark_source__open(const char *where, struct mark_source **out)
{
	struct mark_source *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->fd = -1;
	err = open_it(s, where);
	if (err) {
		mark_source__close(s);
		return err;
	}
	*out = s;
	return 0;
}

void mark_source__close(struct mark_source *s)
{
	if (!s)
		return;
	if (s->own && s->fd >= 0)
		close(s->fd);
	free(s);
}

int mark_source__fd(const struct mark_source *s)
{
	return s->grows || s->ended ? -1 : s->fd;
}

size_t mark_source__lost(const struct mark_source *s)
{
	return s->lost;
}

/* Reads more. Returns false if there is nothing now. A descriptor of the user may block. */
static bool fill(struct mark_source *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	ssize_t got;

	if (s->n == RECORD_MAX)
		s->n = 0; /* no line is as long as this */
	if (s->ended || (!s->grows && poll(&p, 1, 0) <= 0))
		return false;
	got = read(s->fd, s->text + s->n, RECORD_MAX - s->n);
	if (got < 0 && errno == EPIPE && s->kmsg) {
		s->lost++;
		return true;
	}
	if (got <= 0) {
		s->ended = !s->grows && !s->own && !(got < 0 && (errno == EAGAIN || errno == EINTR));
		return false;
	}
	s->n += got;
	s->text[s->n] = '\0';
	return true;
}

/* The text of the first line, which ends at `end`; of a record of /dev/kmsg, its message. */
static const char *line_of(struct mark_source *s, char *end)
{
	const char *message;

	*end = '\0';
	if (!s->kmsg)
		return s->text;
	message = strchr(s->text, ';');
	return message && s->text[0] != ' ' ? message + 1 : "";
}

bool mark_source__next(struct mark_source *s, char *buf, size_t len)
{
	do {
		char *end;

		while ((end = memchr(s->text, '\n', s->n))) {
			bool begins = marks__parse(line_of(s, end), s->kmsg, buf, len);

			s->n -= end + 1 - s->text;
			memmove(s->text, end + 1, s->n);
			if (begins)
				return true;
		}
	} while (fill(s));
	return false;
}

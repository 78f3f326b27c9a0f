// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run/say.h"
#include "run/status.h"

static void write_line(const char *prefix, const char *fmt, va_list args)
{
	char line[SAY_MAX];
	size_t n = strlen(prefix), done = 0;

	status__clear();
	memcpy(line, prefix, n);
	vsnprintf(line + n, sizeof(line) - n - 1, fmt, args); /* with room for the newline */
	n = strlen(line);
	line[n++] = '\n';
	/* One write(2) is enough, unless a pipe is nearly full or a signal comes. */
	while (done < n) {
		ssize_t written = write(STDERR_FILENO, line + done, n - done);

		if (written > 0)
			done += written;
		else if (errno != EINTR)
			return; /* no place left to report the error */
	}
}

void say__vline(const char *fmt, va_list args)
{
	write_line("pgmapref: ", fmt, args);
}

void say__line(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say__vline(fmt, args);
	va_end(args);
}

void say__plain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line("", fmt, args);
	va_end(args);
}

void say__vtext(const char *fmt, va_list args)
{
	status__clear();
	vdprintf(STDERR_FILENO, fmt, args);
}

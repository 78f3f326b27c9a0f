// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "run/terminal.h"

#define MOST 10000 /* columns; more is a mistake */

static bool is_set(const char *name)
{
	const char *v = getenv(name);

	return v && *v;
}

bool terminal__colors(const struct options *o)
{
	const char *term = getenv("TERM");

	if (o->output || o->color == COLOR_NEVER)
		return false;
	if (o->color == COLOR_ALWAYS)
		return true;
	return isatty(STDOUT_FILENO) && !is_set("NO_COLOR") && !(term && !strcmp(term, "dumb"));
}

unsigned int terminal__columns(int fd)
{
	const char *said = getenv("COLUMNS");
	unsigned long columns = said ? strtoul(said, NULL, 10) : 0;
	struct winsize w;

	if ((!columns || columns > MOST) && !ioctl(fd, TIOCGWINSZ, &w))
		columns = w.ws_col ? w.ws_col : 80;
	if (!columns || columns > MOST)
		return 0;
	return columns < TERMINAL_LEAST ? TERMINAL_LEAST : columns;
}

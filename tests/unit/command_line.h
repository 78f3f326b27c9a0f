/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Command lines, parsed in a child: a mistake ends it. */
#ifndef PGMAPREF_TEST_COMMAND_LINE_H
#define PGMAPREF_TEST_COMMAND_LINE_H

#include "run/options.h"

typedef void (*check_fn)(const struct options *o);

#define COMMAND_LINE_ARGS 256 /* with the name of the program, and NULL after the last one */

/* Options and arguments, as parse() and parse_saying() take them. */
#define ARGS(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/*
 * Returns the exit status of the child: what options__parse() exits with, or 100 if it returns. The
 * child then calls check (NULL is fine), which can exit with a status of its own.
 */
int parse(const char *const *args, check_fn check);
/* The same. said: gets the first line on standard error, without the name of the program. */
int parse_saying(const char *const *args, check_fn check, char said[256]);

#endif /* PGMAPREF_TEST_COMMAND_LINE_H */

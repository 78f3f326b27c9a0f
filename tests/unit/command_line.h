/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parses command lines in a child process, because a mistake ends the process. */
#ifndef PGMAPREF_TEST_COMMAND_LINE_H
#define PGMAPREF_TEST_COMMAND_LINE_H

#include "run/options.h"

typedef void (*check_fn)(const struct options *o);

#define COMMAND_LINE_ARGS 256 /* includes the name of the program and the NULL at the end */

/* Options and arguments for parse() and parse_saying(). */
#define ARGS(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/*
 * Returns the exit status of the child: the status with which options__parse() exits, or 100 if it
 * returns. If it returns, the child calls check (NULL: nothing), which can exit with another
 * status.
 */
int parse(const char *const *args, check_fn check);
/* The same. Copies the first line on standard error to `said`, without the name of the program. */
int parse_saying(const char *const *args, check_fn check, char said[256]);

#endif /* PGMAPREF_TEST_COMMAND_LINE_H */

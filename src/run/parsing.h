/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of the parser of the command line, and the end of a run whose command line is wrong. */
#ifndef PGMAPREF_PARSING_H
#define PGMAPREF_PARSING_H

#include "run/options.h"

#define OPTIONS_VARIABLE "PGMAPREF_OPTIONS" /* the environment variable with default options */

/* What a command line asks for. */
enum parsing_wants { WANTS_RUN, WANTS_HELP, WANTS_OPTIONS, WANTS_USAGE, WANTS_VERSION };

/* The state of the parser. Bit i of given and defaults: the option of row i */
struct parsing {
	struct options *o;
	const struct verb *table;
	uint64_t given; /* on the command line */
	uint64_t defaults; /* in OPTIONS_VARIABLE, and not ignored */
	bool in_defaults; /* OPTIONS_VARIABLE is parsed now */
	bool verb_given;
	enum parsing_wants wants;
	size_t nr_args; /* arguments seen */
};

/*
 * Prints "pgmapref: ", the message, and a line on how to get help, and exits with STATUS_USAGE. The
 * message of a mistake in OPTIONS_VARIABLE begins with its name.
 */
void parsing__fail(const struct parsing *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif /* PGMAPREF_PARSING_H */

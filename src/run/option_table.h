/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of options: name, help, group and action of each option. Used by options.c. */
#ifndef PGMAPREF_OPTION_TABLE_H
#define PGMAPREF_OPTION_TABLE_H

#include "run/parsing.h"

struct option_row {
	const char *name; /* NULL: the row is a heading with the text `help` */
	char letter; /* 0: none */
	enum option_group group; /* a verb takes or refuses all options of a group */
	const char *arg; /* name of the argument in --help; NULL: no argument */
	const char *help;
	void (*take)(struct parsing *p, const struct option_row *row, char *arg);
	size_t at; /* offset in struct options of the member that it sets */
	unsigned long max; /* maximum of a number */
	const char *const *choices; /* what the argument may be; NULL ends them */
	int kind; /* enum assertion_kind of an assertion */
	const char *refusal; /* added to the message if a verb refuses the option; or NULL */
	const char *preset; /* what it is without the option, also in --help; or NULL */
	bool may_lack_arg; /* the argument is optional */
};

#define HISTORY_DURATION "2s" /* how long list -H watches without -d */

#define OPTION_ROWS 60 /* options and headings */
_Static_assert(OPTION_ROWS <= 64, "each option has a bit in struct parsing");

/* The order is that of "pgmapref help options". */
extern const struct option_row option_rows[]; /* OPTION_ROWS of them */

/* Writes the name for messages, "-p" or "--stuck", into buf. Returns the name. */
const char *option_row__name(const struct option_row *row, char buf[32]);

/* Adds a name of -g NAME, or of a NAME argument. On a mistake, exits. */
void option_table__add_pgmap(struct parsing *p, const char *name);
/* Adds a PID argument. On a mistake, exits. */
void option_table__add_pid(struct parsing *p, const char *pid);

#endif /* PGMAPREF_OPTION_TABLE_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of options: the name, help and group of each, and what it does. For options.c. */
#ifndef PGMAPREF_OPTION_TABLE_H
#define PGMAPREF_OPTION_TABLE_H

#include <argp.h>

#include "run/options.h"

/* The input of the parser. */
struct parsing {
	struct options *o;
	const struct verb *table;
	uint64_t given; /* bit i: the option of row i was */
};

struct option_row {
	const char *name; /* NULL: a heading, which `help` is */
	char letter; /* 0: none */
	int section; /* of --help */
	enum option_group group; /* a verb takes the options of a group, or refuses them */
	const char *arg; /* NULL: the option has none */
	const char *help;
	void (*take)(struct argp_state *state, const struct option_row *row, char *arg);
	size_t at; /* what it sets: an offset in struct options */
	unsigned long max; /* of a number */
	int kind; /* of an assertion, enum assertion_kind */
	const char *refusal; /* what is said besides to a verb that does not take it */
};

#define OPTION_ROWS 42 /* with the headings */
_Static_assert(OPTION_ROWS <= 64, "each option has a bit in struct parsing");

/* In the order of the manual page; in each section --help goes by the alphabet. */
extern const struct option_row option_rows[OPTION_ROWS];

/* "-p" or "--stuck", as messages call it; in buf. */
const char *option_row__name(const struct option_row *row, char buf[32]);

/* -g NAME, and a NAME argument: one more pgmap. A mistake exits. */
void option_table__add_pgmap(struct argp_state *state, const char *name);

#endif /* PGMAPREF_OPTION_TABLE_H */

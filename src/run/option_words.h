/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes the words of a command line apart, by the table of options and getopt_long(). */
#ifndef PGMAPREF_OPTION_WORDS_H
#define PGMAPREF_OPTION_WORDS_H

#include "run/option_table.h"

/* What a word is that is no row of the table */
enum {
	KEY_ARGUMENT = 1,
	KEY_HELP = 'h', /* also -? */
	KEY_VERSION = 'V',
	KEY_USAGE = 0x100,
};

/* row: NULL: see key */
typedef void (*visit_word)(struct parsing *p, int key, const struct option_row *row, char *arg);

/*
 * Calls visit() for each option and each argument, in their order. Exits at an option that is not
 * known, lacks its argument, or has one too many, and says which option is near it.
 */
void option_words__walk(struct parsing *p, int argc, char **argv, visit_word visit);

#endif /* PGMAPREF_OPTION_WORDS_H */

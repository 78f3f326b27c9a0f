/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Prints what the tool, a verb, or an option does. */
#ifndef PGMAPREF_HELP_H
#define PGMAPREF_HELP_H

#include <stdio.h>

struct verb;

/* All verbs, and how to learn more. */
void help__print(FILE *f, const struct verb *table);

/* One verb: its options, the frequent ones with an explanation, and an example. */
void help__print_verb(FILE *f, const struct verb *v);

/* All options of all verbs. */
void help__print_options(FILE *f);

/* One line. v: NULL: of the tool */
void help__print_usage(FILE *f, const struct verb *v);

#endif /* PGMAPREF_HELP_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What reports look like, against files that a reader can look at: golden_reports/NAME.text and
 * NAME.json have a section for each report of the test NAME. A record of JSON, which is one line, stands
 * there in several, without commas at their ends. UPDATE_GOLDEN=1 writes the files anew: look at
 * the diff.
 */
#ifndef PGMAPREF_TEST_GOLDEN_TEXT_H
#define PGMAPREF_TEST_GOLDEN_TEXT_H

#include <stdbool.h>

#include "report/report.h"

typedef void (*golden_fn)(struct report *r);

/* Returns what fn reports, for the caller to free. r: what it needs besides its out. */
char *golden__render(const struct report *r, golden_fn fn, bool json);

/* Begins the files NAME.*. */
void golden__begin(const char *name);
/* Adds what fn reports, in text and in JSON, under a title. */
void golden__add(const char *title, const struct report *r, golden_fn fn);
/* Adds lines of text to the text alone. */
void golden__add_text(const char *title, const char *text);
/* Fails the test, and shows a diff, if they are not what the files have. */
void golden__end(void);

#endif /* PGMAPREF_TEST_GOLDEN_TEXT_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Compares reports with files that are easy to read. golden_reports/NAME.text and NAME.json have a
 * section for each report of test NAME. A JSON record is one line; in the files it has several
 * lines, without commas at their ends. UPDATE_GOLDEN=1 writes the files again: check the diff.
 */
#ifndef PGMAPREF_TEST_GOLDEN_TEXT_H
#define PGMAPREF_TEST_GOLDEN_TEXT_H

#include <stdbool.h>

#include "report/report.h"

typedef void (*golden_fn)(struct report *r);

/* Returns the report that fn writes; the caller frees it. r: what fn needs except r->out. */
char *golden__render(const struct report *r, golden_fn fn, bool json);

/* Begins the section files NAME.text and NAME.json. */
void golden__begin(const char *name);
/* Adds the report that fn writes, as text and as JSON, under a title. */
void golden__add(const char *title, const struct report *r, golden_fn fn);
/* The same as text alone, in lines of `columns`. Fails if a line is longer. Returns the lines. */
size_t golden__add_width(const char *title, const struct report *r, golden_fn fn,
			 unsigned int columns);
/*
 * The same with colours, in lines of 80 columns; the file shows ESC as ^[. Fails if colours change
 * anything else.
 */
void golden__add_color(const char *title, const struct report *r, golden_fn fn);
/* Adds lines to the text file only. */
void golden__add_text(const char *title, const char *text);
/* If the reports differ from the files: shows a diff and fails the test. */
void golden__end(void);

#endif /* PGMAPREF_TEST_GOLDEN_TEXT_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Marks: which test of a suite ran when. A mark names the test from its time on. */
#ifndef PGMAPREF_MARKS_H
#define PGMAPREF_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_NAME 128 /* bytes; longer names are cut */

struct mark {
	char *name;
	uint64_t ns; /* CLOCK_MONOTONIC */
};

struct marks {
	struct mark *v; /* in the order of their times */
	size_t nr, room;
};

/* Adds a copy of the name. ns: not before that of the last mark. Returns 0 or -ENOMEM. */
int marks__add(struct marks *m, const char *name, uint64_t ns);
void marks__clear(struct marks *m);
/* The test that ran at this time; NULL: none. */
const char *marks__at(const struct marks *m, uint64_t ns);
/*
 * Writes the name of the test that a line begins into buf. Knows the lines of xfstests, blktests
 * and kselftest. known: other lines begin none; otherwise a line is the name. Returns false if the
 * line begins no test.
 */
bool marks__parse(const char *line, bool known, char *buf, size_t len);

#endif /* PGMAPREF_MARKS_H */

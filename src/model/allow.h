/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Suppressions: known leaks that the user allows. The file has one pattern on each line:
 *
 *	KIND[,KIND...][:FRAME] [pgmap=NAME] [type=TYPE] [comm=COMM] [frame=FRAME]...
 *		[name=WORD] [until=YYYY-MM-DD] [# REASON]
 *
 * "#" starts a comment at the begin of a line or after a blank. Behind a pattern it is the reason
 * for it. name= is what the pattern is called. After the day of until= it matches nothing. KIND is a kind of leak
 * (verdict.h) or `leak`, which means any kind. The other fields are globs (wildcard.h).
 * All fields of a line must match. Each frame= must match some frame, either its whole
 * text or its function name ("get_dev_pagemap" also matches "get_dev_pagemap+0x36 [mod]").
 */
#ifndef PGMAPREF_ALLOW_H
#define PGMAPREF_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOW_LINE 4096 /* maximum length of a line in bytes, without the newline */
#define ALLOW_PATTERNS 100000
#define ALLOW_BYTES (16u << 20) /* maximum size of a file */

struct allow;

/* A leak. A NULL field is not known: only patterns without this field can match. */
struct allow_subject {
	const char *kind; /* one or more, with commas (verdict__kinds()): all must be allowed */
	const char *pgmap, *type, *comm;
	const char *const
		*frames; /* from all stacks of the leak: "func", "func+0x36", "func+0x36 [mod]" */
	size_t nr_frames;
};

void allow__free(struct allow *a); /* NULL is fine */

/* Is this subject allowed? A leak can have several subjects; it is allowed if each of them is. */
bool allow__match(struct allow *a, const struct allow_subject *s);
/*
 * Call this after the last subject of a leak. If the leak is allowed, each pattern that was the
 * first to match one of its subjects counts one use. If not, no pattern counts a use.
 */
void allow__count(struct allow *a, bool allowed);

size_t allow__nr(const struct allow *a);
/* A pattern, for reports. The texts live as long as the struct allow. */
struct allow_row {
	const char *text; /* without the reason */
	unsigned int line; /* in the file */
	uint64_t used; /* how many leaks it allowed */
	const char *name, *reason; /* NULL: it has none */
	unsigned int until; /* the last day on which it matches, 20270131; 0: always */
	bool expired; /* that day is over */
};

/* Which day it is (20261128): patterns whose until= is before it match nothing. 0: not known. */
void allow__set_today(struct allow *a, unsigned int today);
/* Pattern i. */
void allow__pattern(const struct allow *a, size_t i, struct allow_row *row);

/*
 * Writes the pattern for a leak into buf: its known fields, and the function names of its call site
 * and of the frames of modules behind it, up to the first one of the kernel itself: how the call
 * came there changes with the next compiler. allow__match() matches this pattern with the same *s. Returns 0; -EINVAL: the
 * kind does not exist; -ENOSPC: buf is too small. ALLOW_LINE + 1 bytes are always enough for
 * names of less than 256 bytes and functions of less than 512 bytes.
 */
int allow__generate(const struct allow_subject *s, char *buf, size_t len);

#endif /* PGMAPREF_ALLOW_H */

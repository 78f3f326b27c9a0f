/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Suppressions: known leaks that the user allows. The file has one pattern on each line:
 *
 *	KIND[,KIND...][:FRAME] [pgmap=NAME] [type=TYPE] [comm=COMM] [frame=FRAME]...
 *
 * "#" starts a comment at the begin of a line or after a blank. KIND is a kind of leak
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
/* Pattern i: its text (lives as long as *a), its line in the file, how many leaks it allowed. */
void allow__pattern(const struct allow *a, size_t i, const char **text, unsigned int *line,
		    uint64_t *used);

/*
 * Writes the pattern for a leak into buf: its known fields, and the function names of its
 * first frames. allow__match() matches this pattern with the same *s. Returns 0; -EINVAL: the
 * kind does not exist; -ENOSPC: buf is too small. ALLOW_LINE + 1 bytes are always enough for
 * names of less than 256 bytes and functions of less than 512 bytes.
 */
int allow__generate(const struct allow_subject *s, char *buf, size_t len);

#endif /* PGMAPREF_ALLOW_H */

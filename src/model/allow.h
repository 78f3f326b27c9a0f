/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Suppressions: leaks that are known and allowed. A file of patterns, one a line,
 *
 *	KIND[,KIND...][:FRAME] [pgmap=NAME] [type=TYPE] [comm=COMM] [frame=FRAME]...
 *
 * with "#" for comments, at the begin of a line or after a blank. KIND is a kind of
 * leak (verdict.h) or `leak`, which is any. The rest are globs as in wildcard.h. All
 * that a line gives must match; each frame= some frame, by its whole text or by the
 * function alone ("get_dev_pagemap" also matches "get_dev_pagemap+0x36 [mod]").
 */
#ifndef PGMAPREF_ALLOW_H
#define PGMAPREF_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOW_LINE 4096 /* bytes of a line at most, without its end */
#define ALLOW_PATTERNS 100000
#define ALLOW_BYTES (16u << 20) /* of a file at most */

struct allow;

/* A leak. Any NULL is not known: it matches only patterns that do not ask for it. */
struct allow_subject {
	const char *kind; /* several with commas (verdict__kinds()): all must be allowed */
	const char *pgmap, *type, *comm;
	const char *const
		*frames; /* of all stacks of the leak; "func", "func+0x36", "func+0x36 [mod]" */
	size_t nr_frames;
};

/*
 * Returns 0, and the caller frees *out; -EINVAL: not a suppression file, and why (of
 * len bytes) is "FILE:LINE: reason", printable ASCII but for FILE; another errno: the
 * file cannot be read, or -ENOMEM; why is then empty.
 */
int allow__read(const char *path, struct allow **out, char *why, size_t len);
/* The same of what was read: size bytes at data, called name. */
int allow__parse(const char *name, const char *data, size_t size, struct allow **out, char *why,
		 size_t len);
void allow__free(struct allow *a); /* NULL is fine */

/* Is this allowed? A leak may be several subjects, each of which has to be. */
bool allow__match(struct allow *a, const struct allow_subject *s);
/*
 * After all of a leak: allowed, it counts as one use of each pattern that was the first to match
 * one of its subjects; not allowed, of none.
 */
void allow__count(struct allow *a, bool allowed);

size_t allow__nr(const struct allow *a);
/* Pattern i: its line in the file, and how many leaks it has allowed. text lives as long as *a. */
void allow__pattern(const struct allow *a, size_t i, const char **text, unsigned int *line,
		    uint64_t *used);

/*
 * The pattern for a leak, into buf: what is known of it and its first frames, by
 * function. allow__match() matches it with the same *s. Returns 0; -EINVAL: a kind
 * that does not exist; -ENOSPC: buf (ALLOW_LINE + 1 always does, for names of less
 * than 256 bytes and functions of less than 512) is too small.
 */
int allow__generate(const struct allow_subject *s, char *buf, size_t len);

#endif /* PGMAPREF_ALLOW_H */

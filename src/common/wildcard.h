/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Patterns of any length over any bytes: '*' stands for any number of bytes, '?' for one byte. \xHH
 * is the byte with that number; \*, \? and \\ are the characters themselves. (kernel/glob.h has
 * short patterns for command names, which BPF programs can match.)
 */
#ifndef PGMAPREF_WILDCARD_H
#define PGMAPREF_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wildcard {
	uint16_t *letters; /* bytes, or ANY and STAR of wildcard.c */
	size_t nr;
};

/*
 * Compiles `len` bytes of text. Returns 0; -EINVAL: text is empty, or a backslash does not begin
 * one of the sequences above (\x00 is not valid either: no name contains it); -ENOMEM. After 0 the
 * caller calls wildcard__free().
 */
int wildcard__compile(const char *text, size_t len, struct wildcard *w);
void wildcard__free(struct wildcard *w); /* also accepts a zeroed struct */
/* Does the pattern match all of the first len bytes of name? At most nr * len steps. */
bool wildcard__matches(const struct wildcard *w, const char *name, size_t len);

/*
 * Appends a pattern to the string in buf, a buffer of len bytes. The pattern matches these n bytes
 * of name and nothing else, and is printable ASCII without blanks. Returns 0, or -ENOSPC with buf
 * unchanged.
 */
int wildcard__quote(const char *name, size_t n, char *buf, size_t len);

#endif /* PGMAPREF_WILDCARD_H */

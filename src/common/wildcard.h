/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Patterns of any length over any bytes: '*' stands for any number of them, '?' for
 * one. glob.h is for command names in the kernel, which has no room for more. Here
 * \xHH is the byte with that number, and \* \? \\ are these characters themselves.
 */
#ifndef PGMAPREF_WILDCARD_H
#define PGMAPREF_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wildcard {
	uint16_t *letters; /* bytes, or WILDCARD_* */
	size_t nr;
};

/*
 * text: len bytes. Returns 0; -EINVAL: empty, or a backslash that begins none of the
 * above (\x00 neither: no name holds it); -ENOMEM. On 0 wildcard__free() is due.
 */
int wildcard__compile(const char *text, size_t len, struct wildcard *w);
void wildcard__free(struct wildcard *w); /* a zeroed one is fine */
/* The first len bytes of name, all of them. At worst nr * len steps. */
bool wildcard__matches(const struct wildcard *w, const char *name, size_t len);

/*
 * Appends to buf, of size len with a string in it, the pattern that matches these
 * n bytes of name and nothing else: printable ASCII without blanks. Returns 0, or
 * -ENOSPC with buf as it was.
 */
int wildcard__quote(const char *name, size_t n, char *buf, size_t len);

#endif /* PGMAPREF_WILDCARD_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where marks come from (--marks): a descriptor, the kernel's log, or a file. */
#ifndef PGMAPREF_MARK_SOURCE_H
#define PGMAPREF_MARK_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct mark_source;

/*
 * where: the number of an open descriptor, "kmsg", or the path of a file that grows or of a FIFO.
 * Lines that are there already are left out. COMMAND does not inherit it. Returns 0 or a negative
 * errno.
 */
int mark_source__open(const char *where, struct mark_source **out);
void mark_source__close(
	struct mark_source *s); /* NULL is fine; does not close a descriptor of the user */
/* A descriptor for poll(); -1: none, look from time to time. */
int mark_source__fd(const struct mark_source *s);
/*
 * Writes the name of the next test into buf. Returns false if no test has begun since the last call.
 */
bool mark_source__next(struct mark_source *s, char *buf, size_t len);
/* How many times lines of the kernel's log were overwritten before they were read. */
size_t mark_source__lost(const struct mark_source *s);

#endif /* PGMAPREF_MARK_SOURCE_H */

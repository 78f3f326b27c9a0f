/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Device memory that the tool does not follow. Where the kernel has the functions that make it, the
 * tool says so: nobody shall take its silence about such memory for a verdict.
 */
#ifndef PGMAPREF_UNFOLLOWED_H
#define PGMAPREF_UNFOLLOWED_H

#include <stdbool.h>

struct symbols;

struct unfollowed {
	const char *function; /* makes the memory; NULL ends the table */
	const char *memory;
	const char *why; /* it is not followed */
	bool counts; /* its users have references, and a teardown waits for them */
};

#define UNFOLLOWED_MOST 3 /* rows before the last */

extern const struct unfollowed unfollowed[UNFOLLOWED_MOST + 1];

/* Has the running kernel, or a module that is loaded, the function of this row? */
bool unfollowed__is_there(const struct unfollowed *row, struct symbols *symbols);

#endif /* PGMAPREF_UNFOLLOWED_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiles a glob (* and ?) over a command name into the tables that globmatch() uses. */
#ifndef PGMAPREF_GLOB_H
#define PGMAPREF_GLOB_H

#include <stdint.h>

struct glob {
	uint32_t match[256], star, accept;
};

/* Returns 0, or -E2BIG: more characters than a command name can have. */
int glob__compile(const char *pattern, struct glob *g);

#endif /* PGMAPREF_GLOB_H */

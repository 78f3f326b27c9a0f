/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A glob (* and ?) over a command name, compiled to the tables with which the
 * BPF side matches without a branch: filter.bpf.h.
 */
#ifndef PGMAPREF_GLOB_H
#define PGMAPREF_GLOB_H

#include <stdbool.h>
#include <stdint.h>

struct glob {
	uint32_t match[256]; /* by character: bit i: letter i of the pattern takes it */
	uint32_t star; /* bit i: a star stands before letter i (or at the end) */
	uint32_t accept; /* the bit that stands when the whole name has matched */
};

/* Returns 0, or -E2BIG: more letters than a command name can have. */
int glob__compile(const char *pattern, struct glob *g);
/* What the BPF side computes. */
bool glob__matches(const struct glob *g, const char *name);

#endif /* PGMAPREF_GLOB_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does a command name match a glob (* and ?)? Used by the BPF programs and, as plain C, by the unit
 * tests; kernel/glob.c compiles the pattern.
 *
 * A bit-parallel automaton: bit i of the state says that the pattern's first i letters have matched.
 * No branch depends on the pattern, which is what a verifier likes best.
 */
#ifndef PGMAPREF_GLOBMATCH_H
#define PGMAPREF_GLOBMATCH_H

#include "common/records.h"

/*
 * match: by character: bit i: letter i of the pattern takes it. star: bit i: a star stands before
 * letter i, or at the end. accept: the bit that is set when the whole name has matched. name: PGR_COMM
 * bytes at most, up to its NUL. volatile: as BPF programs have what is set before they are loaded.
 */
static inline __attribute__((always_inline)) _Bool globmatch(const volatile __u32 match[256],
							     __u32 star, __u32 accept,
							     const char *name)
{
	__u32 state = 1;

	for (int i = 0; i < PGR_COMM; i++) {
		unsigned char c = name[i];

		if (!c)
			break;
		state = ((state & match[c]) << 1) | (state & star);
	}
	return state & accept;
}

#endif /* PGMAPREF_GLOBMATCH_H */

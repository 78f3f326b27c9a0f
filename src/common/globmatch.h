/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Matches a command name with a glob (* and ?). The BPF programs use it and, as plain C, the unit
 * tests; kernel/glob.c compiles the pattern.
 *
 * A bit-parallel automaton: bit i of the state means that the first i letters of the pattern have
 * matched. No branch depends on the pattern, which is easy for the verifier.
 */
#ifndef PGMAPREF_GLOBMATCH_H
#define PGMAPREF_GLOBMATCH_H

#include "common/records.h"

/*
 * match[c]: bit i is set if letter i of the pattern accepts character c. star: bit i is set if a
 * star stands before letter i, or at the end. accept: the bit that is set when the whole name has
 * matched. name: at most PGR_COMM bytes, or up to its NUL. volatile: in BPF programs these are
 * constants that are set before the load.
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

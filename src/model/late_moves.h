/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * References of a pgmap that moved while it was dying, as people want them: a
 * line for each task, call site and taker, not one for each of thousands of puts.
 */
#ifndef PGMAPREF_LATE_MOVES_H
#define PGMAPREF_LATE_MOVES_H

#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

#define LATE_MOVES_KEPT 64 /* groups; what comes after them is counted */

struct late_move {
	struct pgr_task task; /* who moved them */
	struct pgr_task taker; /* of puts: who had taken them; tgid 0: not known */
	uint64_t stack; /* key; 0: not known */
	uint64_t calls;
	int64_t n; /* references, positive */
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC */
	uint64_t first_pfn, last_pfn; /* 0: not known */
	uint64_t held_ns; /* of puts: the longest that one was held; 0: not known */
	int64_t value; /* of the counter after the last of them */
	uint32_t ref_flags; /* of value */
};

struct late_moves {
	size_t nr; /* groups, in the order of their first moves */
	struct late_move group[LATE_MOVES_KEPT];
	uint64_t calls; /* all of them, in groups or not */
	int64_t n;
};

void late_moves__add(struct late_moves *m, const struct pgr_rec_move *r);

#endif /* PGMAPREF_LATE_MOVES_H */

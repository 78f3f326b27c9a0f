/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * References taken or put while a pgmap was dying, in groups for reports: one group per task, call
 * site and taker, instead of one line for each of thousands of puts.
 */
#ifndef PGMAPREF_LATE_MOVES_H
#define PGMAPREF_LATE_MOVES_H

#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

#define LATE_MOVES_KEPT 64 /* groups; later groups are only counted in the totals */

struct late_move {
	struct pgr_task task; /* who took or put the references */
	struct pgr_task taker; /* puts: who had taken the references; tgid 0: not known */
	uint64_t stack; /* stack key; 0: not known */
	uint64_t calls;
	int64_t n; /* references, positive */
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC */
	uint64_t first_pfn, last_pfn; /* 0: not known */
	uint64_t held_ns; /* puts: longest time that a reference was held; 0: not known */
	int64_t value; /* counter after the last of the moves */
	uint32_t ref_flags; /* state of the counter at `value` */
};

struct late_moves {
	size_t nr; /* groups, in the order of their first moves */
	struct late_move group[LATE_MOVES_KEPT];
	uint64_t calls; /* all calls, also those without a group */
	int64_t n;
};

/*
 * Adds a get or a put to its group, or makes the group if there is room; the totals count it in any
 * case. r->n does not tell a get from a put: keep a struct late_moves for each kind. A struct of
 * zeroes is empty.
 */
void late_moves__add(struct late_moves *m, const struct pgr_rec_move *r);

#endif /* PGMAPREF_LATE_MOVES_H */

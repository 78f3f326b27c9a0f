/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How sure it is that what the walks found holds something of the pgmap. Pure functions of what was
 * found and what was read.
 */
#ifndef PGMAPREF_GRADE_H
#define PGMAPREF_GRADE_H

#include "kernel/walked.h"

struct grade_facts {
	const struct pgr_sweep *pages; /* which were busy; NULL: not looked at */
	const bool *traced; /* [PGR_BUSY]: a traced pin is on that page of pages->list; NULL: none */
	uint64_t traced_pages; /* pages with traced pins in all, those not in the list included */
	int32_t idle; /* refcount of an idle page; < 0: not known */
	bool ascending; /* its ranges are, and so is the list of pages->list */
	bool live; /* its teardown has not begun */
	bool gone; /* its struct pages have gone: what pages says is all there is to know */
	bool private; /* its pages cannot be pinned through a mapping of a process */
};

/*
 * Grades all of a finished set, orders it by grade, and counts what is explained. Those of which no
 * more is known than that they could pin anything are left out where there is nothing left to
 * explain.
 */
void grade__set(struct walked_set *s, const struct grade_facts *f);

/* "holds", "could-hold", "has-open", "stale": it never changes. */
const char *grade__name(enum walked_grade g);

#endif /* PGMAPREF_GRADE_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Grades how certain it is that an object which the walks found holds pages of the pgmap. Pure
 * functions: they use only the walks and the sweep.
 */
#ifndef PGMAPREF_GRADE_H
#define PGMAPREF_GRADE_H

#include "kernel/walked.h"

struct grade_facts {
	const struct pgr_sweep *pages; /* the sweep with busy pages; NULL: not swept */
	const bool *traced; /* [PGR_BUSY]: page i of pages->list has a traced pin; NULL: none has */
	uint64_t traced_pages; /* all pages with traced pins, in the list or not */
	int32_t idle; /* refcount of an idle page; < 0: not known */
	bool ascending; /* the ranges of the pgmap ascend, and therefore the pfns of pages->list */
	bool live; /* the teardown has not begun */
	bool gone; /* the struct pages are gone: `pages` cannot be read again */
	uint32_t unbinder; /* tgid of the task that unbinds, which waits for the others; 0: not known */
	bool private; /* pages cannot be pinned through a mapping of a process */
};

/*
 * Grades each entry of a finished set, sorts the set by grade, and counts explained pages. Entries
 * that may pin any memory, of this pgmap or another, are removed if no busy page is unexplained. What
 * the task that unbinds only has open is removed, too.
 */
void grade__set(struct walked_set *s, const struct grade_facts *f);

/* "holds", "could-hold", "has-open", "stale". These names never change. */
const char *grade__name(enum walked_grade g);

#endif /* PGMAPREF_GRADE_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* refs --follow: who takes and drops references of busy pages, until the pages are idle. */
#ifndef PGMAPREF_RUN_FOLLOWED_H
#define PGMAPREF_RUN_FOLLOWED_H

#include "kernel/followed.h"
#include "model/followed_page.h"
#include "run/run_state.h"

/* The pages to follow. All 0: none yet. */
struct following {
	struct followed_page page[PGR_FOLLOWED];
	unsigned int nr;
	struct followed *followed; /* NULL: not open */
};

/* Is p wanted, and has it pages that --follow may choose? */
bool following__may_choose(const struct options *o, const struct pgmap *p);
/*
 * Does each PFN of --follow belong to a pgmap that is wanted? Returns 0, or STATUS_USAGE after a
 * message.
 */
int following__check(const struct options *o, const struct pgmaps *pgmaps);
/*
 * Chooses pages of p: those of --follow=PFN, or else the first busy pages of the sweep (NULL: none)
 * while there is room.
 */
void following__choose(struct following *f, const struct options *o, struct pgmap *p,
		       const struct pgr_sweep *pages);
/*
 * Follows the pages until all of them are idle or gone, or until -d, a signal, or the end of the
 * output's reader. signals: of open__signals(). Returns STATUS_CLEAN, STATUS_INCONCLUSIVE (a page
 * was still busy), or STATUS_CANNOT after a message.
 */
int following__run(struct following *f, struct run *run, int signals);

#endif /* PGMAPREF_RUN_FOLLOWED_H */

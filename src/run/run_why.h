/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `why`: finds out what each waiting task waits for, who has it, and what those wait for. */
#ifndef PGMAPREF_RUN_WHY_H
#define PGMAPREF_RUN_WHY_H

#include "kernel/waiting.h"
#include "report/report_why.h"
#include "run/run_state.h"

/* The answers, one for each task in w, in its order. */
struct whys {
	struct why *v;
	size_t nr;
	/* What was read of each pgmap. Owned. */
	struct why_read {
		struct pgmap *p;
		struct pgr_sweep *pages;
		struct walked_set *found;
	} * read;
	size_t nr_read;
	bool search_failed; /* a search for holders could not run */
};

/*
 * Fills *y for all tasks in w, which must be those of the second look. Returns 0 or -ENOMEM. The
 * caller calls whys__free() in any case.
 */
int whys__find(struct whys *y, struct run *run, const struct waiting *w);
void whys__free(struct whys *y);

#endif /* PGMAPREF_RUN_WHY_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reports of tasks that are blocked before memunmap_pages(). */
#ifndef PGMAPREF_REPORT_BLOCKED_H
#define PGMAPREF_REPORT_BLOCKED_H

#include "report/report.h"

struct blocked_task;
struct walked_set;

/* A pgmap that a blocked task may wait for. */
struct blocked_pgmap {
	const struct pgmap *p;
	/* If the task waits for pages: read now. Otherwise NULL. The caller owns all three. */
	struct pgr_sweep *pages;
	struct ledger *ledger;
	struct walked_set *found;
};

#define BLOCKED_PGMAPS 8

/* A task that is blocked on its way to a teardown, before memunmap_pages(): no leak. */
struct blocked_report {
	const struct blocked_task *task;
	const char *device; /* path (unbinding.h) that it unbinds or removes; "": not known */
	bool sure; /* true: the task waits for all of pgmap[]; false: for one of them */
	size_t nr;
	struct blocked_pgmap pgmap[BLOCKED_PGMAPS];
};

void report__blocked(struct report *r, const struct blocked_report *b, uint64_t now);

#endif /* PGMAPREF_REPORT_BLOCKED_H */

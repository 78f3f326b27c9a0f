// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs the walks (tasks, files, mappings) for the holders of a pgmap. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "kernel/bdevs.h"
#include "kernel/pinners.h"
#include "kernel/symbols.h"
#include "kernel/walker.h"
#include "model/grade.h"
#include "run/run_find.h"

/* A process that sleeps with its mmap_lock held may delay a report by this time at most. */
#define WALK_NS (10 * NSEC_PER_SEC)

void run__see_cdevs(struct pgmaps *pgmaps)
{
	for (struct pgmap *p = pgmaps->first; p; p = p->next)
		if (p->k.type == PGR_TYPE_GENERIC && p->state == PGMAP_LIVE && p->named && !p->cdev)
			devices__cdev_number(NULL, p->name, &p->cdev);
}

/* Refcount of an idle page of p; -1: not known. */
static int32_t idle_of(const struct run_kernel *k, const struct pgmap *p)
{
	return p->k.type < PGR_TYPES ? tracer__plan(k->tracer)->idle[p->k.type] : -1;
}

/* Are the struct pages of p gone? Another generation may have pages at their addresses now. */
static bool is_gone(const struct pgmap *p)
{
	return p->state == PGMAP_GONE;
}

/* Returns the ranges for walker__walk(), or NULL: no memory. */
static struct pgr_pfn_range *ask(const struct run_kernel *k, const struct pgmap *p,
				 const struct pgr_sweep *pages, struct pgr_walk_query *q)
{
	uint32_t nr;
	const struct pgr_range *ranges = pgmap__ranges(p, &nr);

	walk_query__set(q, pages);
	/* With a part of the ranges, a search for pages would look complete and not be it. */
	q->vmemmap_base = nr == p->k.nr_range ? tracer__vmemmap(k->tracer) : 0;
	q->uring_release = symbols__addr(k->symbols, FINDER_RING);
	/* During an unbind the device is already gone. Then walk_query__set() asks a busy page. */
	if (p->cdev)
		q->chr = p->cdev;
	q->nr_dev = bdevs__stacked_on(k->bdevs, p->name, q->dev, PGR_WALK_DEVS);
	if (p->k.type == PGR_TYPE_P2PDMA)
		snprintf(q->p2pmem, sizeof(q->p2pmem), "%.31s", p->name);
	for (unsigned int i = 0; pinners[i].release; i++)
		q->pinner[i] = symbols__addr(k->symbols, pinners[i].release);
	q->idle = is_gone(p) ? -1 : idle_of(k, p);
	q->maps_hold = p->k.type < PGR_TYPES && tracer__plan(k->tracer)->maps_hold[p->k.type];
	return walk_query__ranges(q, ranges, nr);
}

/* DAX entries keep no page in use, and transient references have no holder after the call. */
static bool has_holders(const struct ledger *l)
{
	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if (h->holding != PGR_HOLD_ENTRY && !h->transient)
			return true;
	}
	return false;
}

static void grade(const struct run_kernel *k, const struct pgmap *p, const struct pgr_sweep *pages,
		  const struct ledger *l, struct walked_set *set)
{
	struct grade_facts f = {
		.pages = pages,
		.traced = l ? ledger__traced(l) : NULL,
		.idle = idle_of(k, p),
		.ascending = pgmap__ranges_ascend(p),
		.live = p->state == PGMAP_LIVE && !(p->ref_flags & PGR_REF_DYING),
		.gone = is_gone(p),
		.private = p->k.type == PGR_TYPE_PRIVATE,
		.unbinder = p->td.task.tgid,
	};

	set->others = has_holders(l);
	for (size_t i = 0; l && i < ledger__nr(l); i++)
		if (ledger__holder(l, i)->holding == PGR_HOLD_PIN ||
		    ledger__holder(l, i)->holding == PGR_HOLD_PAGE)
			f.traced_pages += ledger__holder(l, i)->pages;
	grade__set(set, &f);
}

struct walked_set *run__find(struct run_kernel *k, struct run_outcome *end, const struct pgmap *p,
			     const struct pgr_sweep *pages, const struct ledger *l)
{
	struct walked_set *set = calloc(1, sizeof(*set));
	struct pgr_walk_query q = { 0 };
	struct pgr_pfn_range *ranges;

	if (!set) {
		end->failed = true;
		return NULL;
	}
	if (!k->walker)
		set->err = walker__open(&k->walker, set->why, sizeof(set->why));
	if (set->err)
		return set;
	ranges = ask(k, p, pages, &q);
	set->err = ranges ? walker__walk(k->walker, &q, ranges, WALK_NS, set) : -ENOMEM;
	free(ranges);
	if (set->err)
		snprintf(set->why, sizeof(set->why), "%s", strerror(-set->err));
	else
		grade(k, p, pages, l, set);
	return set;
}

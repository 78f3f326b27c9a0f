// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/process.h"
#include "kernel/tracer.h"
#include "kernel/walked.h"
#include "run/run_find.h"
#include "run/run_ledger.h"
#include "run/run_waiting.h"
#include "run/run_why.h"

/* ---- pages and their holders --------------------------------------------------------------- */

/* Sweeps and searches each pgmap once, however many tasks wait on it. NULL: no memory. */
static struct why_read *read_pgmap(struct whys *ys, struct run *run, struct pgmap *p, bool search)
{
	struct why_read *r = NULL, *more;

	for (size_t i = 0; i < ys->nr_read && !r; i++)
		if (ys->read[i].p == p)
			r = &ys->read[i];
	if (!r) {
		more = realloc(ys->read, (ys->nr_read + 1) * sizeof(*more));
		if (!more)
			return NULL;
		ys->read = more;
		r = &ys->read[ys->nr_read++];
		*r = (struct why_read){ .p = p };
		run__sample(run->k.tracer, p);
		r->pages = run__sweep(run->k.tracer, p);
	}
	if (search && !r->found) {
		r->found = run__find(&run->k, &run->end, p, r->pages, NULL);
		ys->search_failed = ys->search_failed || !r->found || r->found->err;
	}
	return r;
}

static bool is_waited_for(const struct why *y, const struct pgr_busy_page *b)
{
	bool any = false;

	for (unsigned int i = 0; i < y->pages->listed && i < PGR_BUSY; i++)
		any = any || y->pages->list[i].inode_going_away;
	return b->ino && (b->inode_going_away || !any);
}

static bool has_page(const struct walked *f, const struct pgr_busy_page *b)
{
	uint64_t end = b->pfn + (1ULL << (b->order & 31));

	for (unsigned int i = 0; i < f->nr_ranges; i++)
		if (f->range[i].pfn < end && b->pfn < f->range[i].pfn + f->range[i].nr)
			return true;
	return false;
}

/*
 * Has the process pages that the task waits for, or could it have them? If all pages are accounted
 * for, those that only could are not needed.
 */
static bool concerns(const struct why *y, const struct walked *f)
{
	if (f->grade < GRADE_COULD || (f->grade == GRADE_COULD && !y->found->open_question))
		return false;
	if (y->way == WHY_REFERENCES)
		return y->pages_hold;
	if (!f->nr_ranges)
		return true;
	for (unsigned int i = 0; i < y->pages->listed && i < PGR_BUSY; i++)
		if (is_waited_for(y, &y->pages->list[i]) && has_page(f, &y->pages->list[i]))
			return true;
	return false;
}

static const struct waiting_task *thread_of(const struct waiting *w, uint32_t tgid,
					    const struct waiting_task *but)
{
	for (size_t i = 0; i < w->nr; i++)
		if (w->task[i].task.tgid == tgid && &w->task[i] != but && w->task[i].stayed)
			return &w->task[i];
	return NULL;
}

static void add_holders(struct why *y, const struct run *run, const struct waiting *w)
{
	for (size_t i = 0; i < y->found->nr; i++) {
		const struct walked *f = &y->found->v[i];
		const struct identity_key key = { .tgid = f->task.tgid };
		struct why_holder *h = &y->holder[y->nr_holders];

		if (!concerns(y, f))
			continue;
		if (y->nr_holders == WHY_HOLDERS) {
			y->more_holders++;
			continue;
		}
		y->nr_holders++;
		h->f = f;
		identity__find(run->k.root, &key, &h->who);
		h->waits = thread_of(w, f->task.tgid, y->t);
	}
}

static void count_pages(struct why *y)
{
	for (unsigned int i = 0; y->pages && i < y->pages->listed && i < PGR_BUSY; i++)
		y->waited_for += is_waited_for(y, &y->pages->list[i]);
}

/*
 * umount(2), or a path that does not tell: the pgmaps of filesystems with busy pages, of files that
 * go away if there are some.
 */
static void match_pages(struct whys *ys, struct run *run, struct why *y)
{
	struct pgmap *busy[BLOCKED_PGMAPS];
	bool going[BLOCKED_PGMAPS] = { false }, any = false;
	size_t n = 0;

	for (struct pgmap *p = run->model.pgmaps.first; p && n < BLOCKED_PGMAPS; p = p->next) {
		struct why_read *r = p->k.type == PGR_TYPE_FSDAX ? read_pgmap(ys, run, p, false) :
								   NULL;

		if (!r || !r->pages || !r->pages->busy)
			continue;
		for (unsigned int i = 0; i < r->pages->listed && i < PGR_BUSY; i++)
			going[n] = going[n] || r->pages->list[i].inode_going_away;
		any = any || going[n];
		busy[n++] = p;
	}
	for (size_t i = 0; i < n; i++)
		if (!any || going[i])
			y->pgmap[y->nr++] = busy[i];
	y->sure = y->nr == 1;
}

static int find_holders(struct whys *ys, struct run *run, const struct waiting *w, struct why *y)
{
	bool search = y->way == WHY_REFERENCES || y->way == WHY_PAGES;
	struct why_read *r;

	if (y->way == WHY_PAGES && !y->nr)
		match_pages(ys, run, y);
	if (y->nr != 1)
		return 0;
	r = read_pgmap(ys, run, y->pgmap[0], search);
	if (!r)
		return -ENOMEM;
	y->pages = r->pages;
	y->found = search ? r->found : NULL;
	y->pages_hold = run__pages_hold(run->k.tracer, y->pgmap[0]);
	if (y->way == WHY_PAGES)
		count_pages(y);
	if (y->found && !y->found->err && y->pages)
		add_holders(y, run, w);
	return 0;
}

/* ---- tasks that wait for tasks ------------------------------------------------------------- */

static struct why *why_of(struct whys *ys, const struct waiting_task *t)
{
	for (size_t i = 0; i < ys->nr; i++)
		if (ys->v[i].t == t)
			return &ys->v[i];
	return NULL;
}

static void set_behind(struct why *y, const struct why *of)
{
	y->way = WHY_LOCK;
	y->behind = of->t;
	y->behind_sure = true;
	y->sure = of->sure;
	y->nr = of->nr;
	memcpy(y->pgmap, of->pgmap, sizeof(y->pgmap));
}

/* A lock that the kernel shows the owner of. */
static void follow_lock(struct whys *ys, const struct waiting *w, struct why *y)
{
	const struct waiting_task *owner = waiting__find(w, y->t->owner.tid);
	const struct why *of = y->t->owner.tgid && owner ? why_of(ys, owner) : NULL;

	if ((y->way == WHY_NOTHING || y->way == WHY_REMOVAL) && of && of != y &&
	    of->way != WHY_NOTHING && of->nr)
		set_behind(y, of);
}

/*
 * Two tasks remove one device: the lock of the device lets one of them go on, and the other one
 * wait, closer to the system call.
 */
static void follow_device(struct whys *ys, struct why *y)
{
	if (y->way != WHY_REMOVAL || !*y->device)
		return;
	for (size_t i = 0; i < ys->nr; i++) {
		const struct why *of = &ys->v[i];

		if (of == y || !of->nr || of->way == WHY_LOCK || strcmp(of->device, y->device) ||
		    of->t->stack.nr <= y->t->stack.nr)
			continue;
		set_behind(y, of);
		return;
	}
}

/* The only task that freezes the queue of the same disk. */
static void follow_queue(struct whys *ys, struct why *y)
{
	const struct why *freezer = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ys->nr; i++) {
		const struct why *f = &ys->v[i];

		if (f == y || f->way != WHY_FREEZE || f->nr != 1 ||
		    (y->nr && f->pgmap[0] != y->pgmap[0]))
			continue;
		freezer = f;
		n++;
	}
	if (n != 1)
		return;
	y->behind = freezer->t;
	y->behind_sure = y->nr == 1 && y->sure;
	if (y->nr)
		return;
	y->pgmap[y->nr++] = freezer->pgmap[0];
	y->sure = false;
}

static void follow(struct whys *ys, const struct waiting *w)
{
	for (size_t i = 0; i < ys->nr; i++)
		if (ys->v[i].way == WHY_QUEUE)
			follow_queue(ys, &ys->v[i]);
	for (size_t i = 0; i < ys->nr; i++)
		follow_device(ys, &ys->v[i]);
	/* One may wait for a lock of a task that waits for a lock: as long as this finds any. */
	for (size_t round = 0; round < ys->nr; round++)
		for (size_t i = 0; i < ys->nr; i++)
			follow_lock(ys, w, &ys->v[i]);
}

/* memunmap_pages() is only there for device memory, even if it is not known which. */
static bool is_hang(const struct why *y)
{
	return y->t->stayed && y->way != WHY_NOTHING && (y->nr || y->way == WHY_REFERENCES);
}

int whys__find(struct whys *y, struct run *run, const struct waiting *w)
{
	y->v = calloc(w->nr + 1, sizeof(*y->v));
	if (!y->v)
		return -ENOMEM;
	for (y->nr = 0; y->nr < w->nr; y->nr++)
		run__place(run, w, &w->task[y->nr], &y->v[y->nr]);
	follow(y, w);
	for (size_t i = 0; i < y->nr; i++) {
		const struct identity_key key = {
			.tgid = y->v[i].t->task.tgid,
			.start = y->v[i].t->task.tgid == y->v[i].t->task.tid ? y->v[i].t->start : 0,
			.of_proc = true,
		};
		int err = find_holders(y, run, w, &y->v[i]);

		if (err)
			return err;
		y->v[i].hangs = is_hang(&y->v[i]);
		identity__find(run->k.root, &key, &y->v[i].who);
	}
	return 0;
}

void whys__free(struct whys *y)
{
	for (size_t i = 0; i < y->nr_read; i++) {
		free(y->read[i].pages);
		walked__free(y->read[i].found);
	}
	free(y->read);
	free(y->v);
	memset(y, 0, sizeof(*y));
}

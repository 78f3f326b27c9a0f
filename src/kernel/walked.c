// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/walked.h"

#define LATELY 16 /* a walk visits a process once, and then all its things */

static int order_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Returns 0 if a and b are the same thing of the same process. */
static int compare_thing(const struct walked *a, const struct walked *b)
{
	int c = order_u64(a->task.tgid, b->task.tgid);

	if (!c)
		c = order_u64(a->how, b->how);
	if (!c)
		c = order_u64(a->object, b->object);
	if (!c)
		c = order_u64(a->kind, b->kind);
	if (!c && !a->object)
		c = order_u64(a->certain, b->certain);
	if (!c && a->certain && !a->object) {
		c = order_u64(a->dev, b->dev);
		if (!c)
			c = order_u64(a->ino, b->ino);
	}
	return c;
}

static void add_fd(struct walked *f, uint32_t fd)
{
	unsigned int i = 0;

	while (i < f->nr_fds && f->fds[i] < fd)
		i++;
	if (i == WALKED_FDS || (i < f->nr_fds && f->fds[i] == fd))
		return;
	if (f->nr_fds < WALKED_FDS)
		f->nr_fds++;
	memmove(&f->fds[i + 1], &f->fds[i], (f->nr_fds - 1 - i) * sizeof(f->fds[0]));
	f->fds[i] = fd;
}

/* Merges b into a, which is the same thing. Memory that b owns moves to a or is freed. */
static void merge(struct walked *a, struct walked *b)
{
	a->items += b->items;
	a->bytes += b->bytes;
	if (b->end && (!a->end || b->start < a->start))
		a->start = b->start;
	if (b->end > a->end)
		a->end = b->end;
	for (unsigned int i = 0; i < b->nr_fds; i++)
		add_fd(a, b->fds[i]);
	/* The same pipe or ring was found again: do not add its pages. */
	if (b->pages > a->pages) {
		a->idle = b->idle;
		a->certain = b->certain;
		free(a->range);
		a->range = b->range;
		a->nr_ranges = b->nr_ranges;
		a->pages = b->pages;
		b->range = NULL;
	}
	free(b->range);
	a->cut = a->cut || b->cut;
	a->ranges_cut = a->ranges_cut || b->ranges_cut;
	if (!a->path[0])
		memcpy(a->path, b->path, sizeof(a->path));
}

int walked__add(struct walked_set *s, const struct pgr_walked *r, const char *path)
{
	unsigned int nr = r->nr_ranges < PGR_WALK_RANGES ? r->nr_ranges : PGR_WALK_RANGES;
	struct walked f = {
		.how = r->how,
		.task = r->task,
		.certain = r->flags & PGR_WALKED_STRONG || (r->object && r->pages),
		.cut = r->flags & PGR_WALKED_CUT,
		.ranges_cut = r->flags & PGR_WALKED_RANGES,
		.p2pmem = r->flags & PGR_WALKED_P2PMEM,
		.kind = r->kind,
		.object = r->object,
		.ino = r->ino,
		.dev = r->dev,
		.mode = r->mode,
		.items = 1,
		.start = r->start,
		.end = r->end,
		.bytes = r->end - r->start,
		.pages = r->pages,
		.idle = r->idle,
		.nr_ranges = nr,
	};

	f.task.comm[PGR_COMM - 1] = '\0';
	snprintf(f.path, sizeof(f.path), "%s", path);
	if (r->fd != PGR_NO_FD)
		add_fd(&f, r->fd);
	if (nr) {
		f.range = malloc(nr * sizeof(*f.range));
		if (!f.range)
			return -ENOMEM;
		memcpy(f.range, r->range, nr * sizeof(*f.range));
	}
	for (size_t i = s->nr; i > 0 && s->nr - i < LATELY; i--) {
		if (!compare_thing(&s->v[i - 1], &f)) {
			merge(&s->v[i - 1], &f);
			return 0;
		}
	}
	if (s->nr == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct walked *v = realloc(s->v, room * sizeof(*v));

		if (!v) {
			free(f.range);
			return -ENOMEM;
		}
		s->v = v;
		s->room = room;
	}
	s->v[s->nr++] = f;
	return 0;
}

static int by_thing(const void *a, const void *b)
{
	return compare_thing(a, b);
}

static int by_weight(const void *a, const void *b)
{
	const struct walked *x = a, *y = b;
	int c = order_u64(y->pages, x->pages);

	if (!c)
		c = order_u64(y->certain, x->certain);
	if (!c)
		c = order_u64(x->how, y->how);
	return c ? c : compare_thing(a, b);
}

void walked__finish(struct walked_set *s)
{
	size_t kept = 0;

	if (!s->nr)
		return;
	qsort(s->v, s->nr, sizeof(*s->v), by_thing);
	for (size_t i = 1; i < s->nr; i++) {
		if (!compare_thing(&s->v[kept], &s->v[i]))
			merge(&s->v[kept], &s->v[i]);
		else
			s->v[++kept] = s->v[i];
	}
	s->nr = kept + 1;
	qsort(s->v, s->nr, sizeof(*s->v), by_weight);
}

void walked__free(struct walked_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++)
		free(s->v[i].range);
	free(s->v);
	free(s);
}

bool walked__complete(const struct walked_set *s)
{
	return !s->err && s->done == (1u << WALKS) - 1 && s->pages && s->rings && !s->seen.faults &&
	       !s->seen.cut && !s->seen.strange && !s->seen.pid_level;
}

void walk_query__inode(struct pgr_walk_query *q, uint64_t ino, uint32_t dev)
{
	for (uint32_t i = 0; i < q->nr_inode; i++)
		if (q->inode[i].ino == ino && q->inode[i].dev == dev)
			return;
	if (q->nr_inode < PGR_WALK_INODES)
		q->inode[q->nr_inode++] = (struct pgr_file_id){ .ino = ino, .dev = dev };
}

static int by_start(const void *x, const void *y)
{
	const struct pgr_pfn_range *a = x, *b = y;

	return a->pfn < b->pfn ? -1 : a->pfn > b->pfn;
}

struct pgr_pfn_range *walk_query__ranges(struct pgr_walk_query *q, const struct pgr_range *ranges,
					 uint32_t nr)
{
	uint32_t kept = 0;
	struct pgr_pfn_range *v;

	nr = nr < PGR_RANGES_MAX ? nr : PGR_RANGES_MAX;
	v = malloc((nr + 1) * sizeof(*v));
	if (!v)
		return NULL;
	for (uint32_t i = 0; i < nr; i++) {
		v[i].pfn = ranges[i].start >> PAGE_SHIFT;
		v[i].nr = (ranges[i].end >> PAGE_SHIFT) + 1 - v[i].pfn;
	}
	qsort(v, nr, sizeof(*v), by_start);
	for (uint32_t i = 0; i < nr; i++) {
		if (kept && v[kept - 1].pfn + v[kept - 1].nr == v[i].pfn)
			v[kept - 1].nr += v[i].nr;
		else
			v[kept++] = v[i];
	}
	q->nr_range = kept;
	return v;
}

void walk_query__set(struct pgr_walk_query *q, const struct pgr_sweep *sweep)
{
	for (unsigned int i = 0; sweep && i < sweep->listed && i < PGR_BUSY; i++) {
		const struct pgr_busy_page *b = &sweep->list[i];

		if (b->chr)
			q->chr = b->dev;
		else if (b->ino)
			walk_query__inode(q, b->ino, b->dev);
	}
	for (unsigned int i = 0; sweep && i < sweep->nr_files && i < PGR_ENTRY_FILES; i++)
		walk_query__inode(q, sweep->file[i].ino, sweep->file[i].dev);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <sys/stat.h>

#include "model/grade.h"

static bool has_pages(const struct walked *f)
{
	return f->nr_ranges > 0;
}

/* Number of its pages among the 1 << order pages from pfn on. A page that it has twice counts 2. */
static uint64_t overlap(const struct walked *f, uint64_t pfn, unsigned int order)
{
	uint64_t n = 0, end = pfn + (1ULL << order);

	for (unsigned int i = 0; i < f->nr_ranges; i++) {
		uint64_t from = f->range[i].pfn, to = from + f->range[i].nr;

		from = from > pfn ? from : pfn;
		to = to < end ? to : end;
		n += from < to ? to - from : 0;
	}
	return n;
}

/* The sweep's list has every busy page below this pfn. */
static uint64_t listed_below(const struct grade_facts *f)
{
	const struct pgr_sweep *w = f->pages;

	if (!w || !(w->flags & PGR_SWEEP_DONE) || w->faults)
		return 0;
	if (w->busy <= w->listed)
		return UINT64_MAX;
	return f->ascending && w->listed ? w->list[w->listed - 1].pfn : 0;
}

/*
 * If the struct pages are gone, the last sweep tells which pages were in use. Nobody held the other
 * pages, even if an old pipe still points to them.
 */
static void count_idle(struct walked *f, const struct grade_facts *facts)
{
	const struct pgr_sweep *w = facts->pages;
	uint64_t limit = listed_below(facts), known = 0, busy = 0;

	for (unsigned int i = 0; i < f->nr_ranges; i++) {
		uint64_t end = f->range[i].pfn + f->range[i].nr;

		end = end < limit ? end : limit;
		known += end > f->range[i].pfn ? end - f->range[i].pfn : 0;
	}
	for (unsigned int i = 0; w && i < w->listed && i < PGR_BUSY; i++)
		if (w->list[i].pfn < limit)
			busy += overlap(f, w->list[i].pfn, w->list[i].order & 31);
	f->idle = known > busy ? known - busy : 0;
}

/* How many references to page b the pipe or ring *f claims, if all are of this generation. */
static uint64_t claim(const struct walked *f, const struct pgr_busy_page *b)
{
	uint64_t n = overlap(f, b->pfn, b->order & 31);

	if (f->how == PGR_WALK_PIPE)
		return n;
	/* 6.12 and later pin a large folio once for all pages of a buffer: the pin counts as 1. */
	return b->order ? n > 0 : n * GUP_PIN_BIAS;
}

/* If several processes have the same pipe, count its claim once. */
static bool is_again(const struct walked_set *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (s->v[k].object == s->v[i].object && has_pages(&s->v[k]))
			return true;
	return false;
}

/*
 * If a page has more claims than references, some claims are of an older generation of the device,
 * whose struct pages had the same addresses. Nothing tells which claims these are.
 */
static void find_contested(struct walked_set *s, const struct grade_facts *f)
{
	if (!f->pages || f->idle < 0)
		return;
	for (unsigned int i = 0; i < f->pages->listed && i < PGR_BUSY; i++) {
		const struct pgr_busy_page *b = &f->pages->list[i];
		int64_t extra = (int64_t)b->refcount - f->idle - b->mapcount;
		uint64_t claims = 0;

		for (size_t k = 0; k < s->nr; k++)
			if (has_pages(&s->v[k]) && !s->v[k].idle && !is_again(s, k))
				claims += claim(&s->v[k], b);
		if (extra >= 0 && claims <= (uint64_t)extra)
			continue;
		for (size_t k = 0; k < s->nr; k++)
			if (!s->v[k].idle && overlap(&s->v[k], b->pfn, b->order & 31))
				s->v[k].contested = true;
	}
}

/* Is the file of each busy page known? */
static bool all_have_files(const struct pgr_sweep *w)
{
	if (!w || !(w->flags & PGR_SWEEP_DONE) || w->busy > w->listed || !w->busy)
		return false;
	for (unsigned int i = 0; i < w->listed && i < PGR_BUSY; i++)
		if (!w->list[i].ino && !w->list[i].chr)
			return false;
	return true;
}

/*
 * Does the file, or the device, have a busy page? The walks also find files that only have DAX
 * entries, because a process that has the file open or mapped keeps its entries.
 */
static bool is_busy(const struct walked *v, const struct pgr_sweep *w)
{
	bool chr = S_ISCHR(v->mode);

	for (unsigned int i = 0; w && i < w->listed && i < PGR_BUSY; i++) {
		const struct pgr_busy_page *b = &w->list[i];

		if (b->dev == v->dev && (chr ? b->chr : b->ino == v->ino))
			return true;
	}
	return false;
}

static enum walked_grade grade_of(const struct walked *v, const struct grade_facts *f)
{
	if (has_pages(v)) {
		if (v->idle >= v->pages)
			return GRADE_STALE;
		return v->idle || v->contested ? GRADE_COULD : GRADE_HOLDS;
	}
	switch (v->how) {
	case PGR_WALK_MAP:
		/* It has one reference for each page, until the unbind takes the pages away. */
		if (v->p2pmem && f->live)
			return GRADE_HOLDS;
		/* If not certain, it stands for several files, none in the query. */
		return (v->certain && is_busy(v, f->pages)) || !all_have_files(f->pages) ?
			       GRADE_COULD :
			       GRADE_OPEN;
	case PGR_WALK_FD:
		return GRADE_OPEN;
	default:
		return GRADE_COULD;
	}
}

static bool explains(const struct walked_set *s, const struct pgr_busy_page *b)
{
	for (size_t k = 0; k < s->nr; k++)
		if (has_pages(&s->v[k]) && !s->v[k].idle && overlap(&s->v[k], b->pfn, b->order & 31))
			return true;
	return false;
}

static void count_explained(struct walked_set *s, const struct grade_facts *f)
{
	const struct pgr_sweep *w = f->pages;
	uint64_t held = f->traced_pages;

	s->explained = s->unexplained = 0;
	for (unsigned int i = 0; w && i < w->listed && i < PGR_BUSY; i++) {
		if (explains(s, &w->list[i]))
			s->explained++;
		else if (!f->traced || !f->traced[i])
			s->unexplained++;
	}
	s->open_question = !w || !(w->flags & PGR_SWEEP_DONE) || s->unexplained;
	if (s->open_question || w->busy <= w->listed)
		return;
	for (size_t k = 0; k < s->nr; k++)
		if (!s->v[k].idle && !is_again(s, k))
			held += s->v[k].pages;
	s->open_question = held < w->busy;
}

static bool pins_at_large(const struct walked *v)
{
	return !has_pages(v) && (v->how == PGR_WALK_PINNER || v->how == PGR_WALK_URING);
}

/* Who unbinds the device often has it open. It waits for others: that tells nothing. */
static bool is_victim(const struct walked *v, const struct grade_facts *f)
{
	return f->unbinder && v->task.tgid == f->unbinder && v->grade <= GRADE_OPEN;
}

static int by_grade(const void *a, const void *b)
{
	const struct walked *x = a, *y = b;

	if (x->grade != y->grade)
		return x->grade < y->grade ? 1 : -1;
	return x->place < y->place ? -1 : x->place > y->place;
}

void grade__set(struct walked_set *s, const struct grade_facts *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nr; i++)
		if (f->gone && has_pages(&s->v[i]))
			count_idle(&s->v[i], f);
	find_contested(s, f);
	count_explained(s, f);
	for (size_t i = 0; i < s->nr; i++) {
		s->v[i].grade = grade_of(&s->v[i], f);
		if ((pins_at_large(&s->v[i]) && (!s->open_question || f->private)) ||
		    is_victim(&s->v[i], f)) {
			free(s->v[i].range);
			continue;
		}
		s->v[i].place = i;
		s->v[kept++] = s->v[i];
	}
	s->nr = kept;
	if (kept)
		qsort(s->v, kept, sizeof(*s->v), by_grade);
}

const char *grade__name(enum walked_grade g)
{
	static const char *const names[] = {
		[GRADE_STALE] = "stale",
		[GRADE_OPEN] = "has-open",
		[GRADE_COULD] = "could-hold",
		[GRADE_HOLDS] = "holds",
	};

	return names[g];
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "kernel/walked.h"
#include "model/culprits.h"

#define OF_REFERENCES (LEAK_HANG | LEAK_EXCESS_AT_END | LEAK_UNDERFLOW)
#define OF_PAGES (LEAK_PINNED | LEAK_BUSY_AT_END)
#define GATHERED 64

static enum culprit_what what_of(const struct holder *h)
{
	switch (h->holding) {
	case PGR_HOLD_PIN:
		return CULPRIT_PIN;
	case PGR_HOLD_PAGE:
		return CULPRIT_DEVICE_PAGE;
	case PGR_HOLD_FOLIO:
		return CULPRIT_FOLIO;
	case PGR_HOLD_ENTRY:
		return CULPRIT_ENTRY;
	default:
		return CULPRIT_REFERENCE;
	}
}

static void add_traced(struct culprits *c, const struct finding *f)
{
	for (size_t i = 0; f->ledger && i < ledger__nr(f->ledger); i++) {
		const struct holder *h = ledger__holder(f->ledger, i);

		/* What was there before the test is not of the test. */
		if (f->since_ns && h->last_ns < f->since_ns)
			continue;
		/* Busy pages explain why references are left. */
		if (!finding__can_be(f, h) &&
		    !(h->holding == PGR_HOLD_PIN && f->pages && f->pages->busy))
			continue;
		c->v[c->nr++] = (struct culprit_row){
			.what = what_of(h),
			.task = h->task,
			.n = h->n,
			.pages = h->pages,
			.certain = true,
			.stack = h->stack,
			.first_ns = h->first_ns,
			.first_pfn = h->first_pfn,
			.last_pfn = h->last_pfn,
			.mapped = h->mapped,
			.holder = h,
		};
	}
}

static void add_late(struct culprits *c, const struct late_moves *late)
{
	for (size_t i = 0; i < late->nr; i++) {
		const struct late_move *m = &late->group[i];

		c->v[c->nr++] = (struct culprit_row){
			.what = CULPRIT_LATE,
			.task = m->task,
			.n = m->n,
			.certain = true,
			.stack = m->stack,
			.first_ns = m->first_ns,
		};
	}
}

static bool overlap(const struct culprit_row *row, const struct walked *w)
{
	for (unsigned int i = 0; i < w->nr_ranges; i++)
		if (w->range[i].pfn <= row->last_pfn &&
		    w->range[i].pfn + w->range[i].nr > row->first_pfn)
			return true;
	return false;
}

/* The traced pins of the same process on the same pages; NULL: there are none. */
static struct culprit_row *traced_twin(const struct culprits *c, const struct walked *w)
{
	for (size_t i = 0; i < c->nr; i++)
		if (c->v[i].what == CULPRIT_PIN && !c->v[i].walked &&
		    c->v[i].task.tgid == w->task.tgid && overlap(&c->v[i], w))
			return &c->v[i];
	return NULL;
}

static void add_found(struct culprits *c, const struct walked_set *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct walked *w = &s->v[i];
		struct culprit_row *twin;

		/* Who could hold pages is of interest only if the holder of some page is not known. */
		if (w->grade < GRADE_COULD || (w->grade == GRADE_COULD && !s->unexplained))
			continue;
		twin = w->grade == GRADE_HOLDS ? traced_twin(c, w) : NULL;
		if (twin) {
			twin->walked = w;
			continue;
		}
		c->v[c->nr++] = (struct culprit_row){
			.what = CULPRIT_OBJECT,
			.task = w->task,
			.n = w->pages,
			.pages = w->pages,
			.certain = w->grade == GRADE_HOLDS,
			.first_pfn = w->nr_ranges ? w->range[0].pfn : 0,
			.last_pfn = w->nr_ranges ? w->range[w->nr_ranges - 1].pfn +
							   w->range[w->nr_ranges - 1].nr - 1 :
						   0,
			.walked = w,
		};
	}
}

static int by_weight(const void *a, const void *b)
{
	const struct culprit_row *x = a, *y = b;

	if (x->certain != y->certain)
		return y->certain - x->certain;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

/* Puts rows of one stack together, at the place of the first one. Only the first rows are shown. */
static void gather(struct culprits *c)
{
	size_t end;

	for (size_t i = 0; i < MIN(c->nr, GATHERED); i = end) {
		end = i + 1;
		for (size_t k = end; c->v[i].stack && k < c->nr; k++) {
			struct culprit_row row = c->v[k];

			if (row.stack != c->v[i].stack || row.what != c->v[i].what)
				continue;
			memmove(&c->v[end + 1], &c->v[end], (k - end) * sizeof(row));
			c->v[end++] = row;
		}
	}
}

static int64_t pages_traced(const struct finding *f, enum pgr_holding holding)
{
	int64_t traced = 0;

	for (size_t i = 0; f->ledger && i < ledger__nr(f->ledger); i++)
		if (ledger__holder(f->ledger, i)->holding == holding)
			traced += ledger__holder(f->ledger, i)->pages;
	return traced;
}

/*
 * Busy pages of which the holder is known. What the search explains is known of each page that the
 * sweep lists; of more pages, only how many were traced.
 */
static int64_t pages_known(const struct finding *f)
{
	const struct pgr_sweep *w = f->pages;
	int64_t traced = MIN(pages_traced(f, PGR_HOLD_PIN), (int64_t)w->busy), listed;

	if (!f->found || f->found->err)
		return traced;
	listed = w->listed - MIN(f->found->unexplained, w->listed);
	return w->busy > w->listed ? MAX(listed, traced) : listed;
}

/* References of pages in objects that were found, if pages have references. */
static int64_t references_found(const struct finding *f)
{
	if (!f->pages_hold || !f->pages || !f->found || f->found->err)
		return 0;
	return f->found->explained;
}

static void count(struct culprits *c, const struct finding *f)
{
	const struct pgr_sweep *w = f->pages;

	c->of_pages = f->j.kinds & OF_PAGES && !(f->j.kinds & OF_REFERENCES) && w;
	if (c->of_pages) {
		c->left = f->since_ns ? f->counts.busy : w->busy;
		c->known = pages_known(f);
		return;
	}
	if (f->j.kinds == LEAK_ENTRIES && w) {
		c->of_pages = c->of_files = true;
		c->left = w->entry_pages;
		c->known = MIN(pages_traced(f, PGR_HOLD_ENTRY), c->left);
		return;
	}
	c->left = f->phase == FINDING_END ? f->counts.references : finding__left(f);
	c->known = MAX(MIN(MAX(finding__traced(f), references_found(f)), c->left), 0);
}

/* Of a test: the ledger also has what was taken before it. */
static void count_since(struct culprits *c)
{
	int64_t n = 0;

	for (size_t i = 0; i < c->nr; i++)
		if (c->of_pages || (c->v[i].what != CULPRIT_PIN && c->v[i].what != CULPRIT_ENTRY))
			n += c->of_pages ? c->v[i].pages : c->v[i].n;
	c->known = MIN(n, c->left);
}

int culprits__make(struct culprits *c, const struct finding *f)
{
	size_t room = f->p->td.late.nr + 1;

	room += f->ledger ? ledger__nr(f->ledger) : 0;
	room += f->found ? f->found->nr : 0;
	*c = (struct culprits){ .v = calloc(room, sizeof(*c->v)) };
	if (!c->v)
		return -ENOMEM;
	count(c, f);
	add_traced(c, f);
	if (f->since_ns)
		count_since(c);
	add_late(c, &f->p->td.late);
	if (f->found && !f->found->err && f->pages && f->pages->busy)
		add_found(c, f->found);
	if (c->nr)
		qsort(c->v, c->nr, sizeof(*c->v), by_weight);
	gather(c);
	return 0;
}

void culprits__clear(struct culprits *c)
{
	free(c->v);
	*c = (struct culprits){ 0 };
}

const char *culprit__what_name(enum culprit_what what)
{
	static const char *const names[] = {
		[CULPRIT_REFERENCE] = "reference",
		[CULPRIT_DEVICE_PAGE] = "device-page",
		[CULPRIT_FOLIO] = "folio",
		[CULPRIT_ENTRY] = "entry",
		[CULPRIT_PIN] = "pin",
		[CULPRIT_LATE] = "late-reference",
		[CULPRIT_OBJECT] = "page",
	};

	return names[what];
}

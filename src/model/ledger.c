// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "model/ledger.h"

#define HOLDINGS 16 /* more than enum pgr_holding has */

struct ledger {
	struct holder *holders;
	size_t nr, room;
	int err;
	struct layers layers;
	bool reconciled;
	struct unseen outlived[HOLDINGS]; /* rows are left out because this hook is missing */
	uint64_t left_out[HOLDINGS];
	bool traced[PGR_BUSY];
};

struct ledger *ledger__new(void)
{
	return calloc(1, sizeof(struct ledger));
}

void ledger__free(struct ledger *l)
{
	if (!l)
		return;
	free(l->holders);
	free(l);
}

void ledger__leave_out(struct ledger *l, enum pgr_holding holding, struct unseen unseen)
{
	l->outlived[holding] = unseen;
}

uint64_t ledger__left_out(const struct ledger *l, enum pgr_holding holding, struct unseen *unseen)
{
	*unseen = l->outlived[holding];
	return l->left_out[holding];
}

void ledger__add(void *ctx, const struct pgr_ledger_key *key, const struct pgr_ledger_row *row)
{
	struct ledger *l = ctx;
	struct holder *h;

	/* The filters leave out the taker: the row exists only to follow the folio. */
	if ((key->holding == PGR_HOLD_FOLIO || key->holding == PGR_HOLD_PIN) && !row->followed)
		return;
	if (key->holding < HOLDINGS && l->outlived[key->holding].hook) {
		l->left_out[key->holding] += row->n;
		return;
	}
	if (l->nr == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct holder *more = realloc(l->holders, room * sizeof(*more));

		if (!more) {
			l->err = -ENOMEM;
			return;
		}
		l->holders = more;
		l->room = room;
	}
	h = &l->holders[l->nr++];
	memset(h, 0, sizeof(*h));
	h->holding = key->holding;
	h->task = row->task;
	h->stack = row->stack;
	h->ino = row->ino;
	h->dev = row->dev;
	h->first_index = row->index;
	h->indexes[0] = row->index;
	h->nr_indexes = 1;
	h->last_index = row->index + (1ULL << row->order) - 1;
	h->first_pfn = row->pfn;
	h->last_pfn = row->pfn + (1ULL << row->order) - 1;
	h->n = row->n;
	/* n of a device page may already count pages. n of an entry never does. */
	h->pages = key->holding == PGR_HOLD_PAGE ? row->n : row->n << row->order;
	h->mapped = key->holding == PGR_HOLD_PAGE && row->unconfirmed;
	if (key->holding == PGR_HOLD_PIN) {
		/* Which pages of a large folio are pinned is not known: count at most all. */
		h->pages = MIN(row->n, 1LL << row->order);
		h->got = row->unconfirmed == PGR_PIN_GET;
	}
	h->folios = 1;
	h->order = row->order;
	h->first_ns = row->ns;
	h->last_ns = row->last_ns;
}

#define COMPARE(a, b) ((a) < (b) ? -1 : (a) > (b))

static int same_holder(const struct holder *a, const struct holder *b)
{
	int d = COMPARE(a->holding, b->holding);

	if (!d)
		d = COMPARE(a->task.tid, b->task.tid);
	if (!d)
		d = COMPARE(a->stack, b->stack);
	if (!d)
		d = COMPARE(a->without_reference, b->without_reference);
	if (!d)
		d = COMPARE(a->without_entry, b->without_entry);
	if (!d)
		d = COMPARE(a->dev, b->dev);
	return d ? d : COMPARE(a->ino, b->ino);
}

static int by_holder(const void *a, const void *b)
{
	return same_holder(a, b);
}

static int by_size(const void *x, const void *y)
{
	const struct holder *a = x, *b = y;
	int d = COMPARE(a->holding == PGR_HOLD_PIN, b->holding == PGR_HOLD_PIN);

	if (!d)
		d = COMPARE(a->transient, b->transient);
	/* References and pages delay a teardown. Entries only explain pages. */
	if (!d)
		d = COMPARE(a->holding == PGR_HOLD_ENTRY, b->holding == PGR_HOLD_ENTRY);
	if (!d)
		d = COMPARE(b->n, a->n);
	return d ? d : COMPARE(a->first_ns, b->first_ns);
}

static void merge_indexes(struct holder *to, const struct holder *h)
{
	bool fit = to->nr_indexes && h->nr_indexes &&
		   to->nr_indexes + h->nr_indexes <= HOLDER_INDEXES;

	for (unsigned int i = 0; i < h->nr_indexes && fit; i++) {
		unsigned int at = to->nr_indexes++;

		for (; at && to->indexes[at - 1] > h->indexes[i]; at--)
			to->indexes[at] = to->indexes[at - 1];
		to->indexes[at] = h->indexes[i];
	}
	if (!fit)
		to->nr_indexes = 0;
}

static void merge(struct holder *to, const struct holder *h)
{
	merge_indexes(to, h);
	to->n += h->n;
	to->pages += h->pages;
	to->folios += h->folios;
	to->orders = to->orders || h->orders || to->order != h->order;
	to->order = MAX(to->order, h->order);
	to->pages_without_reference += h->pages_without_reference;
	to->first_ns = MIN(to->first_ns, h->first_ns);
	to->last_ns = MAX(to->last_ns, h->last_ns);
	to->first_index = MIN(to->first_index, h->first_index);
	to->last_index = MAX(to->last_index, h->last_index);
	to->first_pfn = MIN(to->first_pfn, h->first_pfn);
	to->last_pfn = MAX(to->last_pfn, h->last_pfn);
}

/* Index of the first folio of a sorted array that ends at or behind pfn; nr if there is none. */
static size_t folio_at(struct holder **folios, size_t nr, uint64_t pfn)
{
	size_t lo = 0, hi = nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (folios[mid]->last_pfn < pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * Number of pages of an entry that no folio of a sorted array covers. Folios that do cover pages of
 * the entry lose their without_entry mark. A large entry may lie over several folios, if other
 * entries share them.
 */
static uint64_t pages_without_reference(struct holder **folios, size_t nr,
					const struct holder *entry)
{
	uint64_t next = entry->first_pfn, nr_without = 0;

	for (size_t i = folio_at(folios, nr, next);
	     i < nr && folios[i]->first_pfn <= entry->last_pfn; i++) {
		if (folios[i]->first_pfn > next)
			nr_without += folios[i]->first_pfn - next;
		next = folios[i]->last_pfn + 1;
		folios[i]->without_entry = false;
	}
	return next <= entry->last_pfn ? nr_without + entry->last_pfn - next + 1 : nr_without;
}

static int by_pfn(const void *x, const void *y)
{
	const struct holder *const *a = x, *const *b = y;

	return COMPARE((*a)->first_pfn, (*b)->first_pfn);
}

int ledger__reconcile(struct ledger *l, int64_t foreign_puts, bool lost)
{
	struct layers *out = &l->layers;
	struct holder **folios;
	size_t nr = 0;

	memset(out, 0, sizeof(*out));
	out->others = -foreign_puts;
	out->incomplete = lost;
	if (l->err)
		return l->err;
	folios = malloc((l->nr + 1) * sizeof(*folios));
	if (!folios)
		return -ENOMEM;
	for (size_t i = 0; i < l->nr; i++) {
		struct holder *h = &l->holders[i];

		if (h->holding == PGR_HOLD_FOLIO) {
			out->folios += h->n;
			h->without_entry = !lost;
			folios[nr++] = h;
		} else if (h->holding == PGR_HOLD_PAGE) {
			out->folios += h->n;
		} else if (h->holding == PGR_HOLD_ENTRY) {
			out->entries += h->n;
		} else if (h->holding != PGR_HOLD_PIN) {
			out->others += h->n;
		}
	}
	qsort(folios, nr, sizeof(*folios), by_pfn);
	for (size_t i = 0; i < l->nr && !lost; i++) {
		struct holder *h = &l->holders[i];
		uint64_t pages;

		if (h->holding != PGR_HOLD_ENTRY)
			continue;
		pages = pages_without_reference(folios, nr, h);
		h->without_reference = pages;
		h->pages_without_reference = pages * h->n;
		out->without_reference += pages ? h->n : 0;
		out->pages_without_reference += pages;
	}
	for (size_t i = 0; i < nr; i++)
		out->without_entry += folios[i]->without_entry;
	free(folios);
	l->reconciled = true;
	return 0;
}

const struct layers *ledger__layers(const struct ledger *l)
{
	return l->reconciled ? &l->layers : NULL;
}

int ledger__finish(struct ledger *l, ledger_transient_fn transient, void *ctx)
{
	size_t kept = 0;

	if (l->err || !l->nr)
		return l->err;
	qsort(l->holders, l->nr, sizeof(*l->holders), by_holder);
	for (size_t i = 1; i < l->nr; i++) {
		if (!same_holder(&l->holders[kept], &l->holders[i]))
			merge(&l->holders[kept], &l->holders[i]);
		else
			l->holders[++kept] = l->holders[i];
	}
	l->nr = kept + 1;
	for (size_t i = 0; i < l->nr; i++) {
		struct holder *h = &l->holders[i];

		h->transient = h->holding == PGR_HOLD_GET && h->stack && transient(ctx, h->stack);
	}
	qsort(l->holders, l->nr, sizeof(*l->holders), by_size);
	return 0;
}

void ledger__mark_traced(struct ledger *l, const struct pgr_sweep *pages)
{
	unsigned int nr = pages->listed < PGR_BUSY ? pages->listed : PGR_BUSY;

	for (size_t i = 0; i < l->nr; i++) {
		const struct holder *h = &l->holders[i];
		bool of_pages = h->holding == PGR_HOLD_PIN || h->holding == PGR_HOLD_PAGE;

		for (unsigned int k = 0; of_pages && k < nr; k++) {
			const struct pgr_busy_page *b = &pages->list[k];

			if (b->pfn <= h->last_pfn &&
			    b->pfn + (1ULL << (b->order & 31)) > h->first_pfn)
				l->traced[k] = true;
		}
	}
}

const bool *ledger__traced(const struct ledger *l)
{
	return l->traced;
}

size_t ledger__nr(const struct ledger *l)
{
	return l->nr;
}

const struct holder *ledger__holder(const struct ledger *l, size_t i)
{
	return i < l->nr ? &l->holders[i] : NULL;
}

int64_t ledger__references(const struct ledger *l)
{
	int64_t n = 0;

	for (size_t i = 0; i < l->nr; i++) {
		const struct holder *h = &l->holders[i];

		if (!h->transient && h->holding != PGR_HOLD_ENTRY && h->holding != PGR_HOLD_PIN)
			n += h->n;
	}
	return n;
}

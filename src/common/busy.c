// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "common/busy.h"

int busy__add(struct busy_set *s, const struct pgr_busy_row *rows, size_t nr)
{
	size_t want = s->nr + nr;

	if (want > BUSY_MOST) {
		s->cut = true;
		nr = BUSY_MOST - s->nr;
		want = BUSY_MOST;
	}
	if (want > s->room) {
		size_t room = want < 2 * s->room ? 2 * s->room : want;
		struct busy_page *more = realloc(s->v, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->v = more;
		s->room = room;
	}
	for (size_t i = 0; i < nr; i++) {
		uint32_t extra = rows[i].extra > 0 ? rows[i].extra : 0;

		s->v[s->nr++] = (struct busy_page){
			.pfn = rows[i].pfn,
			.order = rows[i].order,
			.pins = rows[i].pins,
			.rest = rows[i].order ? extra : extra % GUP_PIN_BIAS,
		};
	}
	return 0;
}

int busy__copy(struct busy_set *to, const struct busy_set *from)
{
	struct busy_page *v = malloc((from->nr + 1) * sizeof(*v));

	busy__free(to);
	to->cut = from->cut || !v;
	if (!v)
		return -ENOMEM;
	if (from->nr)
		memcpy(v, from->v, from->nr * sizeof(*v));
	to->v = v;
	to->nr = from->nr;
	to->room = from->nr + 1;
	return 0;
}

void busy__free(struct busy_set *s)
{
	free(s->v);
	memset(s, 0, sizeof(*s));
}

/* The page with this pfn. NULL: the set does not contain it. */
static struct busy_page *page_at(const struct busy_set *s, uint64_t pfn)
{
	size_t lo = 0, hi = s->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->v[mid].pfn < pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->nr && s->v[lo].pfn == pfn ? &s->v[lo] : NULL;
}

/*
 * The same page in the set of another sweep; NULL: not there, or with another order. A folio
 * changes its order only while nobody uses it: then none of its earlier references is left.
 */
static const struct busy_page *same_page(const struct busy_set *s, const struct busy_page *p)
{
	const struct busy_page *q = page_at(s, p->pfn);

	return q && q->order == p->order ? q : NULL;
}

/* References of a page that are not pins. */
static uint32_t others_of(const struct busy_page *p)
{
	if (!p->order)
		return p->rest;
	return p->rest > p->pins ? p->rest - p->pins : 0;
}

void busy__lower(struct busy_set *floor, const struct busy_set *now)
{
	size_t kept = 0;

	if (now->cut)
		return;
	for (size_t i = 0; i < floor->nr; i++) {
		struct busy_page *f = &floor->v[i];
		const struct busy_page *n = same_page(now, f);

		if (!n)
			continue;
		/*
		 * The page got a reference by a call that is not traced, e.g. tee(). When one
		 * reference goes later, it is not known which.
		 */
		f->rose = f->rose || others_of(n) > others_of(f);
		f->pins = MIN(f->pins, n->pins);
		f->rest = MIN(f->rest, n->rest);
		if (f->pins || f->rest)
			floor->v[kept++] = *f;
	}
	floor->nr = kept;
}

void busy__lower_page(struct busy_set *floor, uint64_t pfn, int64_t extra)
{
	struct busy_page *f = page_at(floor, pfn);
	int64_t rest;

	if (!f)
		return;
	extra = extra > 0 ? extra : 0;
	rest = f->order ? extra : extra % GUP_PIN_BIAS;
	/* If the page was read several times, any of these readings may be used: each is true. */
	f->pins = MIN((int64_t)f->pins, f->order ? extra : extra / GUP_PIN_BIAS);
	f->rest = MIN((int64_t)f->rest, rest);
}

size_t busy__lowered(const struct busy_set *start, const struct busy_set *floor)
{
	size_t n = 0;

	for (size_t i = 0; i < start->nr; i++) {
		const struct busy_page *s = &start->v[i], *f = same_page(floor, s);

		n += !f || f->pins < s->pins || f->rest < s->rest;
	}
	return n;
}

static int by_page(const void *x, const void *y)
{
	const struct busy_page *a = x, *b = y;

	return a->pfn < b->pfn ? -1 : a->pfn > b->pfn;
}

void busy__sort(struct busy_set *s)
{
	if (s->nr)
		qsort(s->v, s->nr, sizeof(*s->v), by_page);
}

static int by_pfn(const void *x, const void *y)
{
	const struct busy_pin *a = x, *b = y;

	return a->pfn < b->pfn ? -1 : a->pfn > b->pfn;
}

/* Sums of all pins of one page. */
struct page_pins {
	int64_t pinned, got;
	bool foreign;
	int64_t elders;
};

static struct page_pins pins_of(const struct busy_pin *pins, size_t nr, size_t *at, uint64_t pfn)
{
	struct page_pins sum = { 0 };

	while (*at < nr && pins[*at].pfn < pfn)
		++*at;
	for (; *at < nr && pins[*at].pfn == pfn; ++*at) {
		int64_t n = pins[*at].n > 0 ? pins[*at].n : 0;

		if (pins[*at].got)
			sum.got += n;
		else
			sum.pinned += n;
		sum.foreign = sum.foreign || pins[*at].foreign;
		/*
		 * `elders` of a row counts from the row's first pin on, and contains what older
		 * rows had then.
		 */
		if (pins[*at].elders > sum.elders)
			sum.elders = pins[*at].elders;
	}
	return sum;
}

static int64_t above(int64_t a, int64_t b)
{
	return a > b ? a - b : 0;
}

static void compare_page(const struct busy_page *now, const struct busy_page *floor,
			 const struct page_pins *traced, bool unpins_seen, bool known,
			 struct busy_change *out)
{
	static const struct busy_page none;
	const struct busy_page *f = floor ? floor : &none;
	int64_t pins = above(now->pins, f->pins), rest = above(now->rest, f->rest), all, others;
	int64_t still = MIN(traced->pinned, (int64_t)now->pins);
	bool unsure = false;

	/* Pins of this run that the comparison with the floor takes for pins of the start. */
	if (still > pins && unpins_seen && traced->elders >= still - pins) {
		out->traced += still - pins;
		pins = still;
	} else if (still > pins) {
		unsure = true;
	}
	/* rest: other new references; all: all new references. */
	if (now->order) {
		all = pins > rest ? pins : rest;
		rest = all - pins;
	} else {
		all = pins + rest;
	}
	others = others_of(now);
	if (traced->foreign && now->pins > pins)
		unsure = true;
	if (traced->got > rest && others > rest)
		unsure = true;
	if (all) {
		out->pages++;
		out->references += all;
		out->pins += pins;
		out->known += known;
		out->large += now->order > 0;
	}
	if (now->pins > pins || others > rest) {
		out->hidden++;
		out->unsure += unsure;
		out->rose += !unsure && f->rose && !rest && others;
	}
}

void busy__compare(const struct busy_set *start, const struct busy_set *floor,
		   const struct busy_set *now, struct busy_pin *pins, size_t nr_pins,
		   bool unpins_seen, struct busy_change *out)
{
	size_t at = 0;

	memset(out, 0, sizeof(*out));
	if (nr_pins)
		qsort(pins, nr_pins, sizeof(*pins), by_pfn);
	for (size_t i = 0; i < now->nr; i++) {
		const struct busy_page *p = &now->v[i];
		struct page_pins traced = pins_of(pins, nr_pins, &at, p->pfn);

		compare_page(p, same_page(floor, p), &traced, unpins_seen, page_at(start, p->pfn),
			     out);
	}
}

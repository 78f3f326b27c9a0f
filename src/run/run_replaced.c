// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * check: what was there at the start may go and be replaced by as much that COMMAND leaves. Each look
 * at the counter, and at the pages that were busy, takes off what is not there any more; what pins and
 * references were taken, and perhaps not given back, events say.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "kernel/alive.h"
#include "run/run_ledger.h"
#include "run/run_replaced.h"
#include "run/run_state.h"

/* Looks at the pages of the start may take one part in so many of the time. */
#define LOOK_SHARE 20
/* Readings of a counter that fell, until two agree: one while it moves may be of no time at all. */
#define LOW_READINGS 5

/* Does the counter alone say what is above rest, with nothing to be explained? */
static bool is_plain(const struct tracer *tracer, const struct pgmap *p)
{
	return !(tracer__plan(tracer)->folio_refs && layers__have(p->k.type)) &&
	       (p->k.type != PGR_TYPE_P2PDMA || p->start.there);
}

int run__note_start(struct pgmap *p, struct look *l)
{
	p->start.state = l->state;
	p->start.sweep = l->sweep;
	p->start.busy = l->busy;
	p->start.ns = clock__now();
	p->start.there = true;
	return busy__copy(&p->start.floor, &p->start.busy);
}

bool run__guard_start(struct run *run, struct pgmap *p, const struct look *l)
{
	if (!l->busy.nr || !run->o->pins)
		return false;
	/* Whether all can be attached is asked at the end. */
	tracer__keep_unpins(run->k.tracer, run->began_ns);
	tracer__drop_pins(run->k.tracer, p->k.id);
	return true;
}

static void lower(struct pgmap *p, int64_t excess)
{
	if (p->start.has_low && p->start.low <= excess)
		return;
	p->start.low = excess;
	p->start.has_low = true;
}

/* The counter of one with nothing to be explained. */
static void see_low(struct tracer *tracer, struct pgmap *p)
{
	int64_t now = pgmap__excess(p), low;

	low = p->start.has_low ? p->start.low : p->start.there ? p->start.state.excess : 0;
	for (int i = 0; i < LOW_READINGS && p->has_value && now < low; i++) {
		int64_t before = now;

		run__sample(tracer, p);
		now = pgmap__excess(p);
		if (!p->has_value || now != before)
			continue;
		lower(p, now);
		break;
	}
}

static void look_at_floor(struct tracer *tracer, struct pgmap *p)
{
	uint64_t now = clock__now();
	struct busy_set still;

	if (!p->start.floor.nr || now < p->start.next_look_ns)
		return;
	if (!tracer__look(tracer, p->k.addr, p->k.id, &p->start.floor, &still)) {
		busy__lower(&p->start.floor, &still);
		busy__free(&still);
	}
	p->start.next_look_ns = now + (clock__now() - now) * LOOK_SHARE;
}

void run__see_less(struct tracer *tracer, struct pgmap *p, const struct pgr_sweep *w)
{
	int64_t value = p->value;

	if (!p->start.there && p->k.flags & PGR_PGMAP_ADOPTED)
		return; /* what it was at the start is not known */
	look_at_floor(tracer, p);
	if (!p->has_value || (!p->start.there && p->k.flags & PGR_PGMAP_NO_VALUE))
		return;
	if (is_plain(tracer, p)) {
		see_low(tracer, p);
		return;
	}
	/* Which folios were in use has to be of the same time. */
	if (p->k.type == PGR_TYPE_P2PDMA || !verdict__is_whole(w))
		return;
	run__sample(tracer, p);
	if (p->has_value && p->value == value)
		lower(p, pgmap__excess(p) - (int64_t)w->used);
}

void run__see_look(struct pgmap *p, const struct look *l)
{
	if (verdict__is_whole(l->sweep))
		busy__lower(&p->start.floor, &l->busy);
	if (l->state.has_value && l->state.explained_all)
		lower(p, l->state.excess - l->state.explained);
}

/* ---- what events say -------------------------------------------------------------- */

struct pins_ctx {
	struct pgmap *p;
	struct busy_pin *v;
	size_t nr, room;
	bool failed;
};

static void add_pin(void *ctx, const struct pgr_pin_key *key, const struct pgr_pin *pin)
{
	struct pins_ctx *c = ctx;

	if (pin->last_ns < c->p->start.ns)
		return;
	/* While it was pinned others had so much of it. */
	if (pin->least != PGR_PIN_LEAST_UNKNOWN)
		busy__lower_page(&c->p->start.floor, key->pfn, pin->least);
	if (c->nr == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct busy_pin *v = realloc(c->v, room * sizeof(*v));

		if (!v) {
			c->failed = true;
			return;
		}
		c->v = v;
		c->room = room;
	}
	c->v[c->nr++] = (struct busy_pin){ .pfn = key->pfn,
					   .n = pin->n,
					   .got = pin->how == PGR_PIN_GET,
					   .foreign = pin->foreign,
					   .elders = pin->elders };
}

struct reason {
	char text[112]; /* "": none */
};

/* The first one counts. */
static __attribute__((format(printf, 2, 3))) void because(struct reason *r, const char *fmt, ...)
{
	va_list args;

	if (*r->text)
		return;
	va_start(args, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, args);
	va_end(args);
}

/* Why those hooks for which `is` holds may not have seen all. */
static void hooks_unseen(struct tracer *tracer, const struct tracer_loss *loss,
			 bool (*is)(int hook), struct reason *r)
{
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &tracer__plan(tracer)->hook[h];
		const char *doubt = alive__doubt(tracer__alive(tracer), h);

		if (!is(h))
			continue;
		if (!hook->absent && !plan_hook__attempt(hook))
			because(r, "hook %s is missing", hook__name(h));
		if (doubt)
			because(r, "hook %s %s", hook__name(h), doubt);
		if (loss->missed_runs[h])
			because(r, "hook %s missed calls", hook__name(h));
	}
}

static bool is_pin(int hook)
{
	return pgr_hook__is_pin(hook);
}

static bool is_unpin(int hook)
{
	return pgr_hook__is_unpin(hook);
}

static void losses_unseen(const struct tracer_loss *loss, uint32_t causes, struct reason *r)
{
	for (int c = 0; c < PGR_LOSSES; c++)
		if (loss->cause[c] && causes >> c & 1)
			because(r, "lost: %s", loss__name(c));
}

#define L(cause) (1u << PGR_LOSS_##cause)

/* References taken in the run of which no put is known; negative: the ledger is not to be had. */
static int64_t taken_since(struct run_kernel *k, const struct options *o, const struct pgmap *p)
{
	struct ledger *l = run__ledger(k, o, p, NULL, false);
	int64_t n = l ? 0 : -1;

	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if ((h->holding == PGR_HOLD_GET || h->holding == PGR_HOLD_PAGE) && !h->transient &&
		    h->last_ns >= p->start.ns)
			n += h->n;
	}
	ledger__free(l);
	return n;
}

/* Why pins, unpins and takings of the run may not all be known. */
struct blind {
	struct reason pins, unpins, taken;
};

static void see_unseen(struct tracer *tracer, const struct options *o, struct blind *u)
{
	struct tracer_loss loss;

	memset(u, 0, sizeof(*u));
	if (!o->pins)
		because(&u->pins, "pins are not traced");
	if (run__filters(o))
		because(&u->taken, "filters leave takers out");
	if (tracer__loss(tracer, &loss)) {
		because(&u->pins, "what was lost is not known");
		because(&u->unpins, "what was lost is not known");
		because(&u->taken, "what was lost is not known");
		return;
	}
	hooks_unseen(tracer, &loss, is_pin, &u->pins);
	hooks_unseen(tracer, &loss, is_unpin, &u->unpins);
	hooks_unseen(tracer, &loss, verdict__takes, &u->taken);
	losses_unseen(&loss, L(PIN_FULL) | L(PIN_SLOTS) | L(PIN_MORE) | L(PIN_STASH) | L(PIN_READ),
		      &u->pins);
	losses_unseen(&loss, L(PIN_MORE) | L(PIN_READ), &u->unpins);
	losses_unseen(&loss, L(LEDGER_FULL) | L(LEDGER_ERR) | L(PGMAP_UNKNOWN) | L(READ) | L(STASH),
		      &u->taken);
}

void run__see_events(struct run *run, struct pgmap *p, const struct look *l, struct end_facts *f,
		     struct busy_change *change)
{
	static struct blind u; /* f points there */
	bool references = !f->made && f->before.excess - f->before.explained > 0;
	bool pages = p->start.floor.nr;
	struct pins_ctx c = { .p = p };

	f->has_low = p->start.has_low;
	f->low = p->start.low;
	/* Where nothing of the start can be left, nothing can have replaced it. */
	memset(&u, 0, sizeof(u));
	if (references || pages)
		see_unseen(run->k.tracer, run->o, &u);
	if (pages && run->o->pins &&
	    (tracer__pin_rows(run->k.tracer, p->k.id, add_pin, &c) || c.failed))
		because(&u.pins, "they could not be read");
	if (!p->start.busy.cut && !l->busy.cut) {
		busy__compare(&p->start.busy, &p->start.floor, &l->busy, c.v, c.nr, !*u.unpins.text,
			      change);
		f->pages = change;
	}
	f->lowered = busy__lowered(&p->start.busy, &p->start.floor);
	f->pins_unseen = *u.pins.text ? u.pins.text : NULL;
	/* Asked only where it matters: a reference of the start may still be there. */
	if (references && f->after.has_value && f->after.excess > 0)
		f->taken = taken_since(&run->k, run->o, p);
	if (f->taken < 0) {
		because(&u.taken, "the ledger could not be read");
		f->taken = 0;
	}
	f->taken_unseen = *u.taken.text ? u.taken.text : NULL;
	free(c.v);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * check: references and pins of the start may go, and COMMAND may leave as many in their place.
 * Each sample of the counter, and each reading of the pages that were busy, removes from the start
 * what is gone. Events tell which pins and references were taken, and perhaps not given back.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/tracer_alive.h"
#include "kernel/tracer_attach.h"
#include "kernel/tracer_read.h"
#include "kernel/tracer_sweep.h"
#include "model/blind.h"
#include "model/start.h"
#include "run/run_ledger.h"
#include "run/run_replaced.h"
#include "run/run_state.h"

/* Reading the pages of the start may take 1/READ_SHARE of the time. */
#define READ_SHARE 20
/* Maximum number of samples until two agree: one of a moving counter may fit no point in time. */
#define LOW_READINGS 5

/* Is the counter enough to know the excess, because no references need to be explained? */
static bool is_plain(const struct tracer *tracer, const struct pgmap *p)
{
	return !run__accounts_folios(tracer, p) && (p->k.type != PGR_TYPE_P2PDMA || p->start.there);
}

bool run__guard_start(struct run *run, struct pgmap *p, const struct reading *r)
{
	if (!r->busy.nr || !run->o->pins)
		return false;
	/* run__see_events() asks at the end whether all hooks are attached. */
	tracer__keep_unpins(run->k.tracer, run->loop.began_ns);
	tracer__drop_pins(run->k.tracer, p->k.id);
	return true;
}

/* Lowers the low of a pgmap for which is_plain() is true. */
static void see_low(struct tracer *tracer, struct pgmap *p)
{
	int64_t now = pgmap__excess(p), low = start__low(p);

	for (int i = 0; i < LOW_READINGS && p->has_value && now < low; i++) {
		int64_t before = now;

		run__sample(tracer, p);
		now = pgmap__excess(p);
		if (!p->has_value || now != before)
			continue;
		start__lower(p, now);
		break;
	}
}

static void reread_floor(struct tracer *tracer, struct pgmap *p)
{
	uint64_t now = clock__now();
	struct busy_set still;

	if (!p->start.floor.nr || now < p->start.next_reread_ns)
		return;
	if (!tracer__sweep_listed(tracer, p->k.addr, p->k.id, &p->start.floor, &still)) {
		busy__lower(&p->start.floor, &still);
		busy__free(&still);
	}
	p->start.next_reread_ns = now + (clock__now() - now) * READ_SHARE;
}

void run__see_less(struct tracer *tracer, struct pgmap *p, const struct pgr_sweep *w)
{
	int64_t value = p->value;

	if (!p->start.there && p->k.flags & PGR_PGMAP_ADOPTED)
		return; /* the state at the start is not known */
	reread_floor(tracer, p);
	if (!p->has_value || (!p->start.there && p->k.flags & PGR_PGMAP_NO_VALUE))
		return;
	if (is_plain(tracer, p)) {
		see_low(tracer, p);
		return;
	}
	/* The sweep must be of the same time: two samples around it must agree. */
	if (p->k.type == PGR_TYPE_P2PDMA || !verdict__is_whole(w))
		return;
	run__sample(tracer, p);
	if (p->has_value && p->value == value)
		start__lower(p, pgmap__excess(p) - (int64_t)w->used);
}

/* ---- events ----------------------------------------------------------------------- */

/* References taken in the run for which no put is known. Negative: no ledger. */
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

static void see_blind(struct tracer *tracer, const struct options *o, struct blind *b)
{
	struct tracer_loss loss;
	bool known = !tracer__loss(tracer, &loss);
	struct blind_facts f = {
		.plan = tracer__plan(tracer),
		.alive = tracer__alive(tracer),
		.cause = known ? loss.cause : NULL,
		.missed_runs = known ? loss.missed_runs : NULL,
		.pins = o->pins,
		.filtered = run__filters(o),
	};

	blind__see(b, &f);
}

void run__see_events(struct run_kernel *k, const struct options *o, struct pgmap *p,
		     const struct reading *r, struct end_facts *f, struct busy_change *change)
{
	static struct blind b; /* f keeps pointers to its text */
	bool references = !f->made && f->before.excess - f->before.explained > 0;
	bool pages = p->start.floor.nr;
	struct start_pins pins = { .p = p };

	f->has_low = p->start.has_low;
	f->low = p->start.low;
	/* If nothing of the start can be left, nothing can have replaced it. */
	memset(&b, 0, sizeof(b));
	if (references || pages)
		see_blind(k->tracer, o, &b);
	/* Hooks do not account for the gets of an exact account. */
	if (p->exact.on && !pgmap__is_exact(p))
		blind__because(&b.taken, "breakpoints missed gets or puts");
	if (pages && o->pins &&
	    (tracer__pin_rows(k->tracer, p->k.id, start__add_pin, &pins) || pins.failed))
		blind__because(&b.pins, "they could not be read");
	if (!p->start.busy.cut && !r->busy.cut) {
		busy__compare(&p->start.busy, &p->start.floor, &r->busy, pins.v, pins.nr,
			      !blind__text(&b.unpins), change);
		f->pages = change;
	}
	f->lowered = busy__lowered(&p->start.busy, &p->start.floor);
	f->pins_unseen = blind__text(&b.pins);
	/* Read the ledger only if a reference of the start may still be there. */
	if (references && f->after.has_value && f->after.excess > 0)
		f->taken = taken_since(k, o, p);
	if (f->taken < 0) {
		blind__because(&b.taken, "the ledger could not be read");
		f->taken = 0;
	}
	f->taken_unseen = blind__text(&b.taken);
	free(pins.v);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Assertions of check: what they are told in a run, and how they end. */
#include <stdio.h>

#include "common/clock.h"
#include "run/run_assertions.h"
#include "run/run_cases.h"
#include "run/run_ledger.h"
#include "run/run_replaced.h"

uint64_t run__events_of(const struct pgmap *p)
{
	uint64_t n = 0;

	for (int e = 0; e < PGR_EVENTS; e++)
		n += p->k.events[e];
	return n - p->start.events;
}

uint64_t run__events(const struct run *run)
{
	uint64_t n = run->end.gone_events;

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		if (p->wanted && !p->td.judged)
			n += run__events_of(p);
	return n;
}

static void see(struct run_model *m, struct run_outcome *end, enum assertion_kind kind,
		uint64_t figure, const char *where)
{
	for (size_t i = 0; i < m->nr_assertions; i++)
		if (m->assertions[i].kind == kind &&
		    assertion__see(&m->assertions[i], figure, where))
			end->failing = true;
}

/* How much `now` is above `then` (the start) and above 0 (the baseline). */
static uint64_t above(int64_t now, int64_t then)
{
	int64_t n = now - (then > 0 ? then : 0);

	return n > 0 ? n : 0;
}

void run__see_state(struct run *run, struct pgmap *p, const struct pgr_sweep *w)
{
	if (!run->model.assertions || !(p->wanted && p->state == PGMAP_LIVE))
		return;
	run__see_less(run->k.tracer, p, w);
	if (pgmap__has_excess(p))
		see(&run->model, &run->end, ASSERT_MAX_REFS,
		    above(pgmap__excess(p), p->start.state.excess), p->name);
	if (p->layers_reported)
		see(&run->model, &run->end, ASSERT_AGREE, 1, p->name);
	if (w)
		run__see_busy(run, p, w);
}

void run__see_busy(struct run *run, const struct pgmap *p, const struct pgr_sweep *w)
{
	if (run->model.assertions && p->wanted)
		see(&run->model, &run->end, ASSERT_MAX_BUSY,
		    above(w->busy, p->start.sweep ? p->start.sweep->busy : 0), p->name);
}

void run__see_event(struct run *run, const struct pgmap *p, const struct pgr_rec_event *e)
{
	if (!run->model.assertions || !p->wanted)
		return;
	/* The excess of a dying pgmap is all its references; --max-drain limits these. */
	if (!(e->ref_flags & (PGR_REF_UNREADABLE | PGR_REF_DYING)) && p->state == PGMAP_LIVE &&
	    pgmap__has_baseline(p))
		see(&run->model, &run->end, ASSERT_MAX_REFS,
		    above(e->value - p->k.baseline, p->start.state.excess), p->name);
	if (e->event == PGR_EV_PUT || e->event == PGR_EV_FREE)
		see(&run->model, &run->end, ASSERT_MAX_HELD, e->held_ns, p->name);
}

void run__see_teardown(struct run *run, const struct pgmap *p)
{
	const struct teardown *td = &p->td;
	uint64_t end = td->drained_ns ? td->drained_ns : clock__now();

	run->end.gone_events += run__events_of(p);
	if (!run->model.assertions)
		return;
	/* Without a drain the time includes the removal of struct pages, which waits for no put. */
	if ((!td->drained_ns && td->gone_ns) || td->begin_unseen || td->over)
		run->end.drains_unseen++;
	else
		see(&run->model, &run->end, ASSERT_MAX_DRAIN,
		    end > td->begin_ns ? end - td->begin_ns : 0, p->name);
	for (size_t i = 0; i < run->model.nr_assertions; i++) {
		struct assertion *a = &run->model.assertions[i];

		if (a->kind == ASSERT_TEARDOWN && pgmap__matches(p, &a->pgmap, 1))
			assertion__count(a, 1);
	}
}

void run__see_held(struct run *run, const struct pgmap *p, const struct ledger *l)
{
	uint64_t now = clock__now();

	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if (h->holding == PGR_HOLD_ENTRY || h->transient)
			continue;
		see(&run->model, &run->end, ASSERT_MAX_HELD,
		    now > h->first_ns ? now - h->first_ns : 0, p->name);
	}
}

static bool asserts(const struct options *o, enum assertion_kind kind)
{
	for (size_t i = 0; i < o->nr_assertions; i++)
		if (o->assertions[i].kind == kind)
			return true;
	return false;
}

unsigned int run__promises(const struct options *o, const struct tracer *tracer)
{
	bool late = run__has_series(tracer);
	unsigned int promises = PROMISE_TEARDOWNS | (late ? PROMISE_LATE_GETS : 0);

	if (o->verb->shows_events)
		promises |= PROMISE_EVENTS;
	if (run__follows_children(o))
		promises |= PROMISE_CHILDREN;
	if (o->verb->judges_end)
		promises |= PROMISE_ENDS;
	return promises;
}

bool run__wants_events(const struct options *o)
{
	/* trace has the largest programs, and `probes` shows what trace can attach. */
	return o->verb->shows_events || o->verb->shows_hooks || asserts(o, ASSERT_MAX_REFS) ||
	       asserts(o, ASSERT_MAX_HELD);
}

void run__end_assertions(struct run *run, struct loss_facts *f)
{
	/* clang-format off */
	static const unsigned int needed[] = {
		[ASSERT_MAX_REFS] = PROMISE_EVENTS, [ASSERT_MAX_BUSY] = PROMISE_ENDS,
		[ASSERT_MAX_HELD] = PROMISE_EVENTS, [ASSERT_MAX_DRAIN] = PROMISE_TEARDOWNS,
		[ASSERT_TEARDOWN] = PROMISE_TEARDOWNS, [ASSERT_EVENTS] = PROMISE_EVENTS,
		[ASSERT_AGREE] = 0, /* LAYERS_INCOMPLETE handles lost rows */
	};
	/* clang-format on */
	uint64_t events = run__events(run);

	for (size_t i = 0; i < run->model.nr_assertions; i++) {
		struct assertion *a = &run->model.assertions[i];
		struct judgement j = { .verdict = VERDICT_CLEAN };
		uint64_t began = clock__now();

		if (a->kind == ASSERT_EVENTS)
			assertion__count(a, events);
		f->promises = needed[a->kind];
		verdict__loss(f, &j);
		if (a->kind == ASSERT_MAX_DRAIN && run->end.drains_unseen &&
		    j.verdict == VERDICT_CLEAN) {
			j.verdict = VERDICT_INCONCLUSIVE;
			snprintf(j.why, sizeof(j.why), "the last put of a teardown was not seen");
		}
		assertion__finish(a, j.verdict == VERDICT_CLEAN ? NULL : j.why);
		run->end.totals.assertions++;
		run->end.totals.checks++;
		run->end.totals.failed += a->failed;
		run->end.totals.unknown += a->unknown;
		if (run->o->json || run->o->verbose || a->failed || a->unknown)
			report__assertion(&run->out.report, a);
		run__case_assertion(&run->out, &run->end, a, clock__now() - began);
	}
}

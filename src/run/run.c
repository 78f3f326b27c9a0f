// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/bdevs.h"
#include "kernel/tracer_alive.h"
#include "kernel/tracer_attach.h"
#include "kernel/tracer_read.h"
#include "kernel/walked.h"
#include "model/feed.h"
#include "model/frames.h"
#include "report/report_moves.h"
#include "report/report_pgmap.h"
#include "run/ready.h"
#include "run/run.h"
#include "run/run_assertions.h"
#include "run/run_blocked.h"
#include "run/run_exact.h"
#include "run/run_find.h"
#include "run/run_ledger.h"
#include "run/run_metrics.h"
#include "run/run_state.h"
#include "run/run_sums.h"
#include "run/run_teardown.h"

/* How many generations that are gone a trace keeps for its summary at the end. */
#define GONE_KEPT 32
/* After this time the BPF programs have forgotten it: it cannot be found and added again. */
#define GONE_AGE_NS NSEC_PER_SEC
/* Periodic sweeps may take 1/SWEEP_SHARE of the time. */
#define SWEEP_EVERY_NS NSEC_PER_SEC
#define SWEEP_SHARE 50
#define BDEVS_EVERY_NS NSEC_PER_SEC

static void refresh_counters(struct tracer *tracer, struct pgmap *p, uint64_t now)
{
	struct pgr_pgmap k;

	if (!tracer__get_pgmap(tracer, p->k.addr, &k) && k.id == p->k.id)
		feed__counters(p, &k, now);
}

/* ---- records ------------------------------------------------------------------ */

/* If the record of the birth was lost, reads the pgmap from the map of the BPF programs. */
static bool find_pgmap(struct run *run, uint32_t id)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;

	while (!tracer__next_pgmap(run->k.tracer, &addr, &k))
		if (k.id == id)
			return run__add(run, &k);
	return false;
}

static void find_stack(struct run_kernel *k, struct feed *f, uint64_t key)
{
	struct pgr_stack stack;

	feed__learn_stack(f, key,
			  !tracer__stack(k->tracer, key, &stack) &&
				  frames__in_interrupt(k->symbols, &stack));
}

/* Adds what the record needs to be applied. Returns false if the pgmap does not exist. */
static bool find_missing(struct run *run, const struct change *c)
{
	if (c->kind == CHANGE_NO_PGMAP)
		return find_pgmap(run, c->id);
	find_stack(&run->k, run__feed(run), c->stack);
	return true;
}

static void step_line(struct run_outputs *out, const struct options *o, const struct pgmap *p,
		      enum pgmap_state state, uint64_t ns, const struct pgr_task *task)
{
	if (o->verb->shows_events && p->wanted && (!o->sums || o->json))
		report__step(&out->report, p, state, ns, task);
}

static void report_gone(struct run *run, struct pgmap *p)
{
	run__report_teardown(run, p, p->td.stuck ? FINDING_DRAINED : FINDING_GONE,
			     p->td.final ? p->td.final : p->td.sweep, true);
}

static void report_event(struct run *run, struct pgmap *p, const struct pgr_rec_event *r)
{
	struct feed *f = run__feed(run);
	struct pgr_rec_event e = *r;
	bool interrupt;

	run__see_event(run, p, r);
	if (!p->wanted || !run->o->verb->shows_events)
		return;
	if (!p->named)
		run__name(run, p);
	if (!feed__knows_stack(f, e.stack, &interrupt)) {
		find_stack(&run->k, f, e.stack);
		feed__knows_stack(f, e.stack, &interrupt);
	}
	if (interrupt)
		memset(&e.task, 0, sizeof(e.task));
	if (!run->model.sums)
		report__event(&run->out.report, p, &e);
	else if (run__sum_event(run, p, &e))
		run->end.failed = true;
}

static void update_unpin_hooks(struct run *run)
{
	if (!run->o->pins || !tracer__update_unpin_hooks(run->k.tracer, !run->loop.ending))
		return;
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		p->next_sweep_ns = 0;
}

/* Does what has to follow after a record changed the model. */
static void follow(struct run *run, const struct change *c)
{
	struct pgmap *p = c->p;

	switch (c->kind) {
	case CHANGE_BORN:
		run__welcome(run, c);
		if (!(p->k.flags & PGR_PGMAP_ADOPTED))
			step_line(&run->out, run->o, p, PGMAP_LIVE, c->ns, &c->task);
		break;
	case CHANGE_BEGUN:
		/* Last chance: its own device may have appeared since the last attempt. */
		if (!p->named)
			run__name(run, p);
		run__find_driver(run->k.symbols, p);
		run__count_teardown(&run->end, c);
		step_line(&run->out, run->o, p, PGMAP_KILLED, c->ns, &c->task);
		break;
	case CHANGE_SWEPT:
		run__see_busy(run, p, c->pages);
		break;
	case CHANGE_DRAINED:
		run__count_teardown(&run->end, c);
		step_line(&run->out, run->o, p, PGMAP_DRAINED, c->ns, &c->task);
		break;
	case CHANGE_GONE:
		run__count_teardown(&run->end, c);
		step_line(&run->out, run->o, p, PGMAP_GONE, c->ns, &c->task);
		report_gone(run, p);
		break;
	case CHANGE_EVENT:
		report_event(run, p, c->event);
		break;
	case CHANGE_PINNED:
		update_unpin_hooks(run);
		break;
	case CHANGE_MOVED:
		if (p->exact.on && p->wanted && (p->td.stuck || run->o->verb->shows_moves))
			report__move(&run->out.report, p, c->move, &c->task);
		break;
	case CHANGE_NONE:
	case CHANGE_NO_PGMAP:
	case CHANGE_NO_STACK:
		break;
	}
}

void run__record(void *ctx, const struct pgr_header *h, size_t size)
{
	struct run *run = ctx;
	struct feed *f = run__feed(run);
	struct change c;
	int err = feed__record(f, h, size, &c);

	/* Both sides share records.h: a wrong kind or size is a bug of the tool. */
	assert(err != -EBADMSG);
	if (h->record == PGR_REC_EVENT)
		run->end.totals.events++;
	while (!err && (c.kind == CHANGE_NO_PGMAP || c.kind == CHANGE_NO_STACK)) {
		if (!find_missing(run, &c))
			return;
		err = feed__record(f, h, size, &c);
	}
	if (err)
		run->end.failed = true;
	else
		follow(run, &c);
}

void run__summarise(struct run *run, struct pgmap *p)
{
	struct pgr_sweep *w = NULL;
	struct ledger *l = NULL;
	bool shown = !run->model.sums || run->o->details || out__is_json(run->out.report.out);

	if (!p->wanted)
		return;
	if (p->state == PGMAP_LIVE && (run->o->pins || run__sees_layers(run->k.tracer, run->o, p)))
		w = run__sweep_whole(run->k.tracer, p, NULL);
	if (p->state != PGMAP_GONE)
		l = run__ledger(&run->k, run->o, p, w, false);
	if (run->model.sums)
		run__sum_holders(run->model.sums, p, l);
	if (shown)
		report__pgmap_summary(&run->out.report, p, l, w, clock__now());
	ledger__free(l);
	free(w);
}

/* Bounds the memory of a run, however many generations come and go. */
static void forget_gone(struct run *run)
{
	bool tracing = run->o->verb->shows_events;
	size_t gone = 0;

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		gone += p->state == PGMAP_GONE;
	for (struct pgmap *p = run->model.pgmaps.first, *next;
	     p && gone > (tracing ? GONE_KEPT : 0); p = next) {
		uint64_t end = p->td.gone_ns ? p->td.gone_ns : p->td.drained_ns;

		next = p->next;
		if (p->state != PGMAP_GONE || clock__now() - end < GONE_AGE_NS)
			continue;
		if (tracing)
			run__summarise(run, p);
		if (p->wanted)
			run__tally_gone(&run->end, p);
		pgmaps__drop(&run->model.pgmaps, p);
		gone--;
	}
}

/*
 * May p go without a record? The end of a teardown in progress has a record, unless hook gone is
 * missing or does not run.
 */
static bool has_no_record(const struct run_kernel *k, const struct pgmap *p)
{
	return p->state == PGMAP_LIVE ||
	       (p->state == PGMAP_KILLED &&
		(!plan_hook__attempt(&tracer__plan(k->tracer)->hook[PGR_HOOK_GONE]) ||
		 alive__doubt(tracer__alive(k->tracer), PGR_HOOK_GONE)));
}

/* Did p go without a record, because no hook saw it? */
static bool has_vanished(struct run *run, struct pgmap *p, uint64_t now)
{
	bool awaited = !run->o->verb->follows_teardowns || !has_no_record(&run->k, p);
	struct change c;

	if (!feed__see_stale(p, awaited, now, &c))
		return false;
	if (c.kind != CHANGE_GONE)
		return true;
	run__count_teardown(&run->end, &c);
	run__report_teardown(run, p, FINDING_GONE, p->td.final ? p->td.final : p->td.sweep, true);
	tracer__forget(run->k.tracer, p->k.addr, p->k.id);
	return true;
}

void run__look_alive(const struct run_kernel *k, const struct options *o)
{
	tracer__look_alive(k->tracer);
	ready__say_failed(k, o);
}

void run__tick(struct run *run)
{
	struct feed *f = run__feed(run);
	struct change c;
	struct pgr_pgmap k;
	uint64_t addr = 0;

	run__look_alive(&run->k, run->o);
	if (run->loop.adopt_again)
		run__adopt(run);
	/* New disks may be stacked on the disk of a pgmap. */
	if (clock__now() >= run->loop.next_bdevs_ns) {
		run->loop.next_bdevs_ns = clock__now() + BDEVS_EVERY_NS;
		bdevs__scan(run->k.bdevs, run->k.root);
		run__see_cdevs(&run->model.pgmaps);
	}
	/* Adds pgmaps whose record of birth was lost. */
	while (!tracer__next_pgmap(run->k.tracer, &addr, &k))
		if (!pgmaps__find(&run->model.pgmaps, k.id))
			run__add(run, &k);
	update_unpin_hooks(run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		uint64_t now = clock__now();

		if (p->state == PGMAP_GONE) {
			run__end_exact(&run->k, &run->end, run->o, p);
			continue;
		}
		run__close_adopted(run, p);
		if (p->state != PGMAP_LIVE && p->state != PGMAP_KILLED)
			continue;
		if (!p->named)
			run__name(run, p);
		/* Keep this order, because of has_moved() in run_ledger.c. */
		refresh_counters(run->k.tracer, p, now);
		run__sample(run->k.tracer, p);
		run__check_exact(&run->k, &run->end, run->o, p);
		if (has_vanished(run, p, now))
			continue;
		/*
		 * If the teardown began before the start, and the kill came after p was adopted as
		 * live, no record of the begin comes. If a record comes, it comes before the next
		 * tick.
		 */
		if (feed__see_dying(p, now, &c)) {
			run__count_teardown(&run->end, &c);
			continue;
		}
		if (p->state == PGMAP_LIVE && p->wanted && now >= p->next_sweep_ns) {
			struct pgr_sweep *w = run__sweep(run->k.tracer, p);

			p->next_sweep_ns = now + SWEEP_EVERY_NS;
			if (w && w->ns * SWEEP_SHARE > SWEEP_EVERY_NS)
				p->next_sweep_ns = now + w->ns * SWEEP_SHARE;
			if (w)
				run__check_layers(run, p, w);
			run__see_state(run, p, w);
			free(w);
		} else {
			run__see_state(run, p, NULL);
		}
		if (p->state == PGMAP_KILLED && run__close_over(run, p))
			continue;
		if (feed__is_overdue(f, p, now))
			run__report_stuck(run, p, now);
		else if (p->state == PGMAP_KILLED && p->td.stuck)
			run__say_again(run, p, now);
	}
	forget_gone(run);
	run__look_for_blocked(run);
}

void run__finish(struct run *run)
{
	run->loop.next_blocked_ns = 0;
	run__tick(run);
	tracer__consume(run->k.tracer, run__record, run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		run__close_adopted(run, p);
		if (p->state == PGMAP_LIVE || p->td.judged || !p->wanted)
			continue;
		if (feed__is_overdue(run__feed(run), p, clock__now()))
			run__report_stuck(run, p, clock__now());
		if (p->td.stuck) {
			run__close_stuck(run, p);
		} else {
			run__report_teardown(run, p, FINDING_OPEN,
					     p->td.final ? p->td.final : p->td.sweep, true);
		}
	}
}

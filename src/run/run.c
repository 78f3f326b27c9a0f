// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/bdevs.h"
#include "kernel/process.h"
#include "kernel/symbols.h"
#include "kernel/walked.h"
#include "model/frames.h"
#include "run/run.h"
#include "run/run_blocked.h"
#include "run/run_check.h"
#include "run/run_find.h"
#include "run/run_ledger.h"
#include "run/run_state.h"
#include "run/run_teardown.h"

/* Generations that are gone are kept for the summary of a trace, but not without end. */
#define GONE_KEPT 32
/* By then the kernel side has forgotten it, too: it would be taken for a new one. */
#define GONE_AGE_NS 1000000000ULL
/* A sweep on the side may take one part in so many of the time. */
#define SWEEP_SHARE 50
#define BDEVS_EVERY_NS 1000000000ULL

/* The pgmap of a record; one whose birth was lost is fetched from the kernel side. */
static struct pgmap *pgmap_of(struct run *run, uint32_t id)
{
	struct pgmap *p = pgmaps__find(&run->pgmaps, id);
	struct pgr_pgmap k;
	uint64_t addr = 0;

	while (!p && !tracer__next_pgmap(run->k.tracer, &addr, &k))
		if (k.id == id)
			return run__add(run, &k);
	return p;
}

/* Puts what the counters have gained into the history. */
static void note_counters(struct pgmap *p, uint64_t now)
{
	static const enum history_event kinds[PGR_EVENTS] = {
		[PGR_EV_GET] = HISTORY_GET,	  [PGR_EV_PUT] = HISTORY_PUT,
		[PGR_EV_ALLOC] = HISTORY_ALLOC,	  [PGR_EV_FREE] = HISTORY_FREE,
		[PGR_EV_INSERT] = HISTORY_INSERT, [PGR_EV_DELETE] = HISTORY_DELETE,
	};

	history__sample(p->history, now, HISTORY_ENTRIES, p->k.entries);
	for (int e = 0; e < PGR_EVENTS; e++) {
		if (p->k.events[e] > p->counted[e])
			history__count(p->history, now, kinds[e], p->k.events[e] - p->counted[e]);
		p->counted[e] = p->k.events[e];
	}
}

static void refresh_counters(struct run *run, struct pgmap *p, uint64_t now)
{
	struct pgr_pgmap k;

	if (tracer__get_pgmap(run->k.tracer, p->k.addr, &k) || k.id != p->k.id)
		return;
	p->k = k;
	note_counters(p, now);
}

/* ---- teardowns ---------------------------------------------------------------- */

/* check judges what COMMAND does: a teardown that began before it is not COMMAND's. */
static bool is_older(const struct run *run, const struct pgmap *p)
{
	return run->o->verb == VERB_CHECK && p->k.flags & PGR_PGMAP_DYING_AT_START;
}

static bool in_interrupt(struct run *run, uint64_t key)
{
	unsigned int at = key >> 1 & (RUN_INTERRUPTS - 1); /* bit 0 is always set */
	struct pgr_stack stack;

	if (!key)
		return false;
	if (run->interrupt[at].stack != key) {
		run->interrupt[at].stack = key;
		run->interrupt[at].yes = !tracer__stack(run->k.tracer, key, &stack) &&
					 frames__in_interrupt(run->k.symbols, &stack);
	}
	return run->interrupt[at].yes;
}

/* Whoever was running while an interrupt came is not the one that did it: nobody is. */
static struct pgr_task task_of(struct run *run, const struct pgr_task *t, uint64_t stack)
{
	static const struct pgr_task nobody;

	return in_interrupt(run, stack) ? nobody : *t;
}

static void step_line(struct run *run, const struct pgmap *p, const char *step, uint64_t ns,
		      const struct pgr_task *task)
{
	if (run->o->verb == VERB_TRACE && p->wanted)
		report__step(&run->out.report, p, step, ns, task);
}

static void on_begin(struct run *run, const struct pgr_rec_teardown *r)
{
	struct pgmap *p = pgmap_of(run, r->h.id);
	struct teardown *td;

	if (!p)
		return;
	/* Before it is too late: a device of its own may have come up since. */
	if (!p->named)
		run__name(run, p);
	run__find_driver(run, p);
	td = &p->td;
	run__start_teardown(run, p, r->h.ns);
	td->begun = true;
	td->begin_ns = r->h.ns;
	td->value = r->value;
	td->has_value = !(r->ref_flags & PGR_REF_UNREADABLE);
	td->entries = r->entries;
	td->task = r->task;
	td->stack = r->stack;
	p->value = r->value;
	p->has_value = td->has_value;
	p->ref_flags = r->ref_flags;
	if (td->has_value)
		history__sample(p->history, r->h.ns, HISTORY_VALUE, r->value);
	history__sample(p->history, r->h.ns, HISTORY_ENTRIES, r->entries);
	step_line(run, p, "killed", r->h.ns, &r->task);
}

static void on_sweep(struct run *run, const struct pgr_rec_sweep *r)
{
	struct pgmap *p = pgmap_of(run, r->h.id);
	struct pgr_sweep **at;

	if (!p)
		return;
	at = r->final ? &p->td.final : &p->td.sweep;
	if (!*at)
		*at = malloc(sizeof(**at));
	if (!*at) {
		run->end.failed = true;
		return;
	}
	**at = r->sweep;
	run__see_busy(run, p, &r->sweep);
	if (r->sweep.flags & PGR_SWEEP_DONE)
		history__sample(p->history, r->h.ns, HISTORY_BUSY, r->sweep.busy);
}

/*
 * Between two looks of a busy machine a teardown may wait longer than --stuck and end: its records
 * say so. Of one whose drain was not seen they say only how long all of it took.
 */
static void see_wait(struct run *run, struct pgmap *p, uint64_t end)
{
	struct teardown *td = &p->td;
	int64_t excess = td->value - p->k.baseline;

	if (td->stuck || !td->begun || !td->has_value || !pgmap__has_baseline(p) || excess <= 0 ||
	    is_older(run, p) || end - td->begin_ns < run->o->stuck_ns)
		return;
	if (!td->drained_ns) {
		td->wait_unseen = true;
		return;
	}
	td->stuck = true;
	td->stuck_ns = end;
	td->stuck_value = excess;
}

static void on_step(struct run *run, const struct pgr_rec_step *r)
{
	struct pgmap *p = pgmap_of(run, r->h.id);

	if (!p)
		return;
	memcpy(p->k.events, r->events, sizeof(p->k.events));
	p->k.entries = r->entries;
	p->k.entry_pages = r->entry_pages;
	p->k.foreign_puts = r->foreign_puts;
	p->k.former_deletes = r->former_deletes;
	p->k.drains = r->drains;
	p->k.drain_refs = r->drain_refs;
	p->k.drain_known = r->drain_known;
	note_counters(p, r->h.ns);
	p->td.begin_unseen = p->td.begin_unseen || p->state == PGMAP_LIVE;
	if (r->h.record == PGR_REC_DRAINED) {
		run__start_teardown(run, p, r->h.ns);
		p->state = PGMAP_DRAINED;
		p->td.drained_ns = r->h.ns;
		p->td.last = task_of(run, &r->task, r->stack);
		p->td.last_stack = r->stack;
		p->value = 0;
		see_wait(run, p, r->h.ns);
		history__mark(p->history, r->h.ns, HISTORY_DRAINED);
		history__sample(p->history, r->h.ns, HISTORY_VALUE, 0);
		step_line(run, p, "drained", r->h.ns, &p->td.last);
		return;
	}
	run__start_teardown(run, p, r->h.ns);
	p->state = PGMAP_GONE;
	p->td.gone_ns = r->h.ns;
	if (!p->td.drained_ns)
		see_wait(run, p, r->h.ns);
	p->value = 0;
	history__mark(p->history, r->h.ns, HISTORY_GONE);
	history__sample(p->history, r->h.ns, HISTORY_VALUE, 0);
	step_line(run, p, "gone", r->h.ns, &r->task);
	run__report_teardown(run, p, p->td.stuck ? FINDING_DRAINED : FINDING_GONE,
			     p->td.final ? p->td.final : p->td.sweep, true);
}

static void on_move(struct run *run, const struct pgr_rec_move *r)
{
	struct pgmap *p = pgmap_of(run, r->h.id);
	struct pgr_rec_move m = *r;

	m.task = task_of(run, &r->task, r->stack);
	if (p)
		late_moves__add(r->h.record == PGR_REC_LATE ? &p->td.late : &p->td.drain, &m);
}

static void tend_pins(struct run *run)
{
	if (!run->o->pins || !tracer__update_unpin_hooks(run->k.tracer, !run->ending))
		return;
	for (struct pgmap *p = run->pgmaps.first; p; p = p->next)
		p->next_sweep_ns = 0;
}

void run__record(void *ctx, const struct pgr_header *h, size_t size)
{
	static const size_t sizes[] = {
		[PGR_REC_PGMAP] = sizeof(struct pgr_rec_pgmap),
		[PGR_REC_TEARDOWN] = sizeof(struct pgr_rec_teardown),
		[PGR_REC_SWEEP] = sizeof(struct pgr_rec_sweep),
		[PGR_REC_DRAINED] = sizeof(struct pgr_rec_step),
		[PGR_REC_GONE] = sizeof(struct pgr_rec_step),
		[PGR_REC_EVENT] = sizeof(struct pgr_rec_event),
		[PGR_REC_LATE] = sizeof(struct pgr_rec_move),
		[PGR_REC_DRAIN] = sizeof(struct pgr_rec_move),
		[PGR_REC_PINNED] = sizeof(struct pgr_header),
	};
	const struct pgr_rec_pgmap *created;
	struct pgr_rec_event e;
	struct run *run = ctx;
	struct pgmap *p;

	/* Both sides come from one header: another size is a mistake of ours. */
	assert(h->record < sizeof(sizes) / sizeof(*sizes) && size == sizes[h->record]);
	switch (h->record) {
	case PGR_REC_PGMAP:
		created = (const void *)h;
		p = run__add(run, &created->pgmap);
		if (p && !(p->k.flags & PGR_PGMAP_ADOPTED))
			step_line(run, p, "created", h->ns, &p->k.creator);
		break;
	case PGR_REC_TEARDOWN:
		on_begin(run, (const void *)h);
		break;
	case PGR_REC_SWEEP:
		on_sweep(run, (const void *)h);
		break;
	case PGR_REC_DRAINED:
	case PGR_REC_GONE:
		on_step(run, (const void *)h);
		break;
	case PGR_REC_LATE:
	case PGR_REC_DRAIN:
		on_move(run, (const void *)h);
		break;
	case PGR_REC_PINNED:
		tend_pins(run);
		break;
	case PGR_REC_EVENT:
		e = *(const struct pgr_rec_event *)h;
		p = pgmap_of(run, h->id);
		run->end.totals.events++;
		if (!p)
			break;
		/* Between two ticks of the timer, too, a peak is a peak. */
		if (!(e.ref_flags & PGR_REF_UNREADABLE))
			history__sample(p->history, h->ns, HISTORY_VALUE, e.value);
		history__sample(p->history, h->ns, HISTORY_ENTRIES, e.entries);
		run__see_event(run, p, &e);
		if (p->wanted && run->o->verb == VERB_TRACE) {
			if (!p->named)
				run__name(run, p);
			e.task = task_of(run, &e.task, e.stack);
			report__event(&run->out.report, p, &e);
		}
		break;
	}
}

void run__summarise(struct run *run, struct pgmap *p)
{
	struct pgr_sweep *w = NULL;
	struct ledger *l = NULL;

	if (!p->wanted)
		return;
	if (p->state == PGMAP_LIVE && (run->o->pins || run__sees_layers(run, p)))
		w = run__sweep(run, p);
	if (p->state != PGMAP_GONE)
		l = run__ledger(run, p, w, false);
	report__pgmap_summary(&run->out.report, p, l, w, clock__now());
	ledger__free(l);
	free(w);
}

/* However many generations come and go, a run takes no more memory. */
static void forget_gone(struct run *run)
{
	bool tracing = run->o->verb == VERB_TRACE;
	size_t gone = 0;

	for (struct pgmap *p = run->pgmaps.first; p; p = p->next)
		gone += p->state == PGMAP_GONE;
	for (struct pgmap *p = run->pgmaps.first, *next; p && gone > (tracing ? GONE_KEPT : 0);
	     p = next) {
		uint64_t end = p->td.gone_ns ? p->td.gone_ns : p->td.drained_ns;

		next = p->next;
		if (p->state != PGMAP_GONE || clock__now() - end < GONE_AGE_NS)
			continue;
		if (tracing)
			run__summarise(run, p);
		pgmaps__drop(&run->pgmaps, p);
		gone--;
	}
}

/* Of one that is being torn down the end is recorded, unless the hook for it did not run. */
static bool has_no_record(const struct run *run, const struct pgmap *p)
{
	return p->state == PGMAP_LIVE ||
	       (p->state == PGMAP_KILLED &&
		(!plan_hook__attempt(&tracer__plan(run->k.tracer)->hook[PGR_HOOK_GONE]) ||
		 alive__doubt(tracer__alive(run->k.tracer), PGR_HOOK_GONE)));
}

/*
 * It went without a record: no hook told of it. What is known of it is that it is gone. At the first
 * tick that does not find it its records may be under way.
 */
static bool has_vanished(struct run *run, struct pgmap *p, uint64_t now)
{
	if (!has_no_record(run, p) || !p->stale || run->o->verb == VERB_LIST) {
		p->stale_before = false;
		return false;
	}
	if (!p->stale_before) {
		p->stale_before = true;
		return true;
	}
	run__start_teardown(run, p, now);
	p->state = PGMAP_GONE;
	history__mark(p->history, now, HISTORY_GONE);
	run__report_teardown(run, p, FINDING_GONE, p->td.final ? p->td.final : p->td.sweep, true);
	tracer__forget(run->k.tracer, p->k.addr, p->k.id);
	return true;
}

void run__look_alive(struct run *run)
{
	tracer__look_alive(run->k.tracer);
	if (!run->o->quiet)
		alive__say(tracer__alive(run->k.tracer), tracer__plan(run->k.tracer));
}

void run__tick(struct run *run)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;

	run__look_alive(run);
	if (run->adopt_again)
		run__adopt(run);
	/* Other disks may come on top of that of a pgmap. */
	if (clock__now() >= run->next_bdevs_ns) {
		run->next_bdevs_ns = clock__now() + BDEVS_EVERY_NS;
		bdevs__scan(run->k.bdevs, NULL);
		run__see_cdevs(&run->pgmaps);
	}
	/* Any whose record was lost are met here. */
	while (!tracer__next_pgmap(run->k.tracer, &addr, &k))
		if (!pgmaps__find(&run->pgmaps, k.id))
			run__add(run, &k);
	tend_pins(run);
	for (struct pgmap *p = run->pgmaps.first; p; p = p->next) {
		uint64_t now = clock__now();

		if (p->state == PGMAP_GONE)
			continue;
		run__close_adopted(run, p);
		if (p->state != PGMAP_LIVE && p->state != PGMAP_KILLED)
			continue;
		if (!p->named)
			run__name(run, p);
		/* In this order: see run_ledger.c, has_moved(). */
		refresh_counters(run, p, now);
		run__sample(run, p);
		if (has_vanished(run, p, now))
			continue;
		/*
		 * Its teardown began before the start, and after it was looked for: no record of the
		 * begin comes. One that does come comes before the next tick.
		 */
		if (p->state == PGMAP_LIVE && p->has_value && p->ref_flags & PGR_REF_DYING) {
			if (p->dying)
				run__start_teardown(run, p, now);
			p->dying = true;
			continue;
		}
		if (p->state == PGMAP_LIVE && p->wanted && now >= p->next_sweep_ns) {
			struct pgr_sweep *w = run__sweep(run, p);

			p->next_sweep_ns = now + 1000000000ULL;
			if (w && w->ns * SWEEP_SHARE > 1000000000ULL)
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
		if (p->state == PGMAP_KILLED && !p->td.stuck && !is_older(run, p) &&
		    now - p->td.begin_ns >= run->o->stuck_ns)
			run__report_stuck(run, p, now);
	}
	forget_gone(run);
	run__look_for_blocked(run);
}

/* What is still open at the end is judged as it stands. */
void run__finish(struct run *run)
{
	run->next_blocked_ns = 0;
	run__tick(run);
	tracer__consume(run->k.tracer, run__record, run);
	for (struct pgmap *p = run->pgmaps.first; p; p = p->next) {
		run__close_adopted(run, p);
		if (p->state == PGMAP_LIVE || p->td.judged || !p->wanted)
			continue;
		if (!p->td.stuck && p->state == PGMAP_KILLED && !is_older(run, p) &&
		    clock__now() - p->td.begin_ns >= run->o->stuck_ns)
			run__report_stuck(run, p, clock__now());
		if (p->td.stuck) {
			run__close_stuck(run, p);
		} else {
			run__report_teardown(run, p, FINDING_OPEN,
					     p->td.final ? p->td.final : p->td.sweep, true);
		}
	}
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/bdevs.h"
#include "kernel/process.h"
#include "kernel/walked.h"
#include "model/frames.h"
#include "run/run.h"
#include "run/run_impl.h"
#include "kernel/symbols.h"

/* Generations that are gone are kept for the summary of a trace, but not without end. */
#define GONE_KEPT 32
/* By then the kernel side has forgotten it, too: it would be taken for a new one. */
#define GONE_AGE_NS 1000000000ULL
/* A sweep on the side may take one part in so many of the time. */
#define SWEEP_SHARE 50
#define BDEVS_EVERY_NS 1000000000ULL

/* ---- pgmaps ----------------------------------------------------------------- */

static void name_pgmap(struct run *s, struct pgmap *p)
{
	/* The driver's symbol is asked for only where it is needed: that takes them all. */
	if (!pgmap__name(p, NULL))
		pgmap__name(p, symbols__at(s->symbols, p->k.ops));
	/* It has a disk now, which may be gone when it is spoken of. */
	if (p->named)
		bdevs__scan(s->report.bdevs, NULL);
	for (size_t i = 0; i < s->o->nr_names && i < OPTIONS_NAMES; i++)
		if (pgmap__matches(p, &s->o->names[i], 1))
			s->names_matched |= 1ULL << i;
	if (!s->o->nr_names && !s->o->types)
		return;
	p->wanted = (!s->o->nr_names || pgmap__matches(p, s->o->names, s->o->nr_names)) &&
		    (!s->o->types || s->o->types >> p->k.type & 1);
	/* Until it has its own name, one that does not match may still come to. */
	if (p->wanted || p->named)
		tracer__select(s->tracer, p->k.addr, p->wanted);
}

/*
 * A module's symbols go with it: asked for when the pgmap is made or its teardown begins, and not
 * only when there is something to report.
 */
void run__find_driver(struct run *s, struct pgmap *p)
{
	if (p->wanted && p->k.ops && !p->ops)
		symbols__object(s->symbols, p->k.ops, &p->ops, &p->module);
}

static void start_teardown(struct run *s, struct pgmap *p, uint64_t ns)
{
	if (p->state != PGMAP_LIVE)
		return;
	p->state = PGMAP_KILLED;
	p->td.begin_ns = ns;
	history__mark(p->history, ns, HISTORY_KILLED);
	if (p->wanted)
		s->totals.teardowns++;
}

struct pgmap *run__add(struct run *s, const struct pgr_pgmap *k)
{
	struct pgmap *p = pgmaps__find(&s->pgmaps, k->id);

	if (p)
		return p;
	p = pgmaps__add(&s->pgmaps, k, s->o->interval_ns);
	if (!p) {
		s->failed = true;
		return NULL;
	}
	if (k->dev[0])
		snprintf(p->dev, sizeof(p->dev), "%s", k->dev);
	else
		pgmap__find_dev(p);
	name_pgmap(s, p);
	history__mark(p->history, k->born_ns, HISTORY_LIVE);
	if (!(k->flags & PGR_PGMAP_ADOPTED)) {
		run__find_driver(s, p);
		p->has_value = !(k->flags & PGR_PGMAP_NO_VALUE);
		p->value = k->baseline;
		history__sample(p->history, k->born_ns, HISTORY_VALUE, k->baseline);
	}
	if (k->flags & PGR_PGMAP_DYING_AT_START) {
		struct pgr_task tasks[2];

		start_teardown(s, p, k->born_ns);
		/* Of two that hang at the start nothing says which is whose. */
		if (process__in_function("memunmap_pages", tasks, 2) == 1)
			p->td.task = tasks[0];
	}
	return p;
}

int run__adopt(struct run *s)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;
	size_t n;
	int err = tracer__adopt(s->tracer, &n, &s->adopted_all, &s->adopt_again);

	if (err)
		s->adopted_all = false;
	while (!tracer__next_pgmap(s->tracer, &addr, &k))
		run__add(s, &k);
	return err;
}

/* The pgmap of a record; one whose birth was lost is fetched from the kernel side. */
static struct pgmap *pgmap_of(struct run *s, uint32_t id)
{
	struct pgmap *p = pgmaps__find(&s->pgmaps, id);
	struct pgr_pgmap k;
	uint64_t addr = 0;

	while (!p && !tracer__next_pgmap(s->tracer, &addr, &k))
		if (k.id == id)
			return run__add(s, &k);
	return p;
}

void run__sample(struct run *s, struct pgmap *p)
{
	uint64_t ns;
	int err = tracer__sample(s->tracer, p->k.addr, p->k.id, &p->value, &p->ref_flags, &ns);

	p->stale = err == -ESTALE;
	p->has_value = !err && !(p->ref_flags & PGR_REF_UNREADABLE);
	if (p->has_value)
		history__sample(p->history, ns, HISTORY_VALUE, p->value);
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

static void refresh_counters(struct run *s, struct pgmap *p, uint64_t now)
{
	struct pgr_pgmap k;

	if (tracer__get_pgmap(s->tracer, p->k.addr, &k) || k.id != p->k.id)
		return;
	p->k = k;
	note_counters(p, now);
}

struct pgr_sweep *run__sweep(struct run *s, struct pgmap *p)
{
	return run__sweep_all(s, p, NULL);
}

struct pgr_sweep *run__sweep_all(struct run *s, struct pgmap *p, struct busy_set *busy)
{
	struct pgr_sweep *w = calloc(1, sizeof(*w));

	if (!w || tracer__sweep(s->tracer, p->k.addr, p->k.id, w, busy)) {
		free(w);
		return NULL;
	}
	if (w->flags & PGR_SWEEP_DONE) {
		history__sample(p->history, clock__now(), HISTORY_BUSY, w->busy);
		/* Not to be had, it leaves names of those who have long let go: of idle pages. */
		if (s->o->pins)
			tracer__forget_pins(s->tracer, p->k.id, w->start_ns);
	}
	return w;
}

/* ---- teardowns ---------------------------------------------------------------- */

/* check judges what COMMAND does: a teardown that began before it is not COMMAND's. */
static bool is_older(const struct run *s, const struct pgmap *p)
{
	return s->o->verb == VERB_CHECK && p->k.flags & PGR_PGMAP_DYING_AT_START;
}

static bool in_interrupt(struct run *s, uint64_t key)
{
	unsigned int at = key >> 1 & (RUN_INTERRUPTS - 1); /* bit 0 is always set */
	struct pgr_stack stack;

	if (!key)
		return false;
	if (s->interrupt[at].stack != key) {
		s->interrupt[at].stack = key;
		s->interrupt[at].yes = !tracer__stack(s->tracer, key, &stack) &&
				       frames__in_interrupt(s->symbols, &stack);
	}
	return s->interrupt[at].yes;
}

/* Whoever was running while an interrupt came is not the one that did it: nobody is. */
static struct pgr_task task_of(struct run *s, const struct pgr_task *t, uint64_t stack)
{
	static const struct pgr_task nobody;

	return in_interrupt(s, stack) ? nobody : *t;
}

static void step_line(struct run *s, const struct pgmap *p, const char *step, uint64_t ns,
		      const struct pgr_task *task)
{
	if (s->o->verb == VERB_TRACE && p->wanted)
		report__step(&s->report, p, step, ns, task);
}

static void on_begin(struct run *s, const struct pgr_rec_teardown *r)
{
	struct pgmap *p = pgmap_of(s, r->h.id);
	struct teardown *td;

	if (!p)
		return;
	/* Before it is too late: a device of its own may have come up since. */
	if (!p->named)
		name_pgmap(s, p);
	run__find_driver(s, p);
	td = &p->td;
	start_teardown(s, p, r->h.ns);
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
	step_line(s, p, "killed", r->h.ns, &r->task);
}

static void on_sweep(struct run *s, const struct pgr_rec_sweep *r)
{
	struct pgmap *p = pgmap_of(s, r->h.id);
	struct pgr_sweep **at;

	if (!p)
		return;
	at = r->final ? &p->td.final : &p->td.sweep;
	if (!*at)
		*at = malloc(sizeof(**at));
	if (!*at) {
		s->failed = true;
		return;
	}
	**at = r->sweep;
	run__see_busy(s, p, &r->sweep);
	if (r->sweep.flags & PGR_SWEEP_DONE)
		history__sample(p->history, r->h.ns, HISTORY_BUSY, r->sweep.busy);
}

/*
 * Between two looks of a busy machine a teardown may wait longer than --stuck and end: its records
 * say so. Of one whose drain was not seen they say only how long all of it took.
 */
static void see_wait(struct run *s, struct pgmap *p, uint64_t end)
{
	struct teardown *td = &p->td;
	int64_t excess = td->value - p->k.baseline;

	if (td->stuck || !td->begun || !td->has_value || !pgmap__has_baseline(p) || excess <= 0 ||
	    is_older(s, p) || end - td->begin_ns < s->o->stuck_ns)
		return;
	if (!td->drained_ns) {
		td->wait_unseen = true;
		return;
	}
	td->stuck = true;
	td->stuck_ns = end;
	td->stuck_value = excess;
}

static void on_step(struct run *s, const struct pgr_rec_step *r)
{
	struct pgmap *p = pgmap_of(s, r->h.id);

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
		start_teardown(s, p, r->h.ns);
		p->state = PGMAP_DRAINED;
		p->td.drained_ns = r->h.ns;
		p->td.last = task_of(s, &r->task, r->stack);
		p->td.last_stack = r->stack;
		p->value = 0;
		see_wait(s, p, r->h.ns);
		history__mark(p->history, r->h.ns, HISTORY_DRAINED);
		history__sample(p->history, r->h.ns, HISTORY_VALUE, 0);
		step_line(s, p, "drained", r->h.ns, &p->td.last);
		return;
	}
	start_teardown(s, p, r->h.ns);
	p->state = PGMAP_GONE;
	p->td.gone_ns = r->h.ns;
	if (!p->td.drained_ns)
		see_wait(s, p, r->h.ns);
	p->value = 0;
	history__mark(p->history, r->h.ns, HISTORY_GONE);
	history__sample(p->history, r->h.ns, HISTORY_VALUE, 0);
	step_line(s, p, "gone", r->h.ns, &r->task);
	run__report_teardown(s, p, p->td.stuck ? "drained" : "gone",
			     p->td.final ? p->td.final : p->td.sweep, true);
}

static void on_move(struct run *s, const struct pgr_rec_move *r)
{
	struct pgmap *p = pgmap_of(s, r->h.id);
	struct pgr_rec_move m = *r;

	m.task = task_of(s, &r->task, r->stack);
	if (p)
		late_moves__add(r->h.record == PGR_REC_LATE ? &p->td.late : &p->td.drain, &m);
}

static void tend_pins(struct run *s)
{
	if (!s->o->pins || !tracer__update_unpin_hooks(s->tracer, !s->ending))
		return;
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next)
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
	struct run *s = ctx;
	struct pgmap *p;

	/* Both sides come from one header: another size is a mistake of ours. */
	assert(h->record < sizeof(sizes) / sizeof(*sizes) && size == sizes[h->record]);
	switch (h->record) {
	case PGR_REC_PGMAP:
		created = (const void *)h;
		p = run__add(s, &created->pgmap);
		if (p && !(p->k.flags & PGR_PGMAP_ADOPTED))
			step_line(s, p, "created", h->ns, &p->k.creator);
		break;
	case PGR_REC_TEARDOWN:
		on_begin(s, (const void *)h);
		break;
	case PGR_REC_SWEEP:
		on_sweep(s, (const void *)h);
		break;
	case PGR_REC_DRAINED:
	case PGR_REC_GONE:
		on_step(s, (const void *)h);
		break;
	case PGR_REC_LATE:
	case PGR_REC_DRAIN:
		on_move(s, (const void *)h);
		break;
	case PGR_REC_PINNED:
		tend_pins(s);
		break;
	case PGR_REC_EVENT:
		e = *(const struct pgr_rec_event *)h;
		p = pgmap_of(s, h->id);
		s->totals.events++;
		if (!p)
			break;
		/* Between two ticks of the timer, too, a peak is a peak. */
		if (!(e.ref_flags & PGR_REF_UNREADABLE))
			history__sample(p->history, h->ns, HISTORY_VALUE, e.value);
		history__sample(p->history, h->ns, HISTORY_ENTRIES, e.entries);
		run__see_event(s, p, &e);
		if (p->wanted && s->o->verb == VERB_TRACE) {
			if (!p->named)
				name_pgmap(s, p);
			e.task = task_of(s, &e.task, e.stack);
			report__event(&s->report, p, &e);
		}
		break;
	}
}

void run__summarise(struct run *s, struct pgmap *p)
{
	struct pgr_sweep *w = NULL;
	struct ledger *l = NULL;

	if (!p->wanted)
		return;
	if (p->state == PGMAP_LIVE && (s->o->pins || run__sees_layers(s, p)))
		w = run__sweep(s, p);
	if (p->state != PGMAP_GONE)
		l = run__ledger(s, p, w, false);
	report__pgmap_summary(&s->report, p, l, w, clock__now());
	ledger__free(l);
	free(w);
}

/* However many generations come and go, a run takes no more memory. */
static void forget_gone(struct run *s)
{
	bool tracing = s->o->verb == VERB_TRACE;
	size_t gone = 0;

	for (struct pgmap *p = s->pgmaps.first; p; p = p->next)
		gone += p->state == PGMAP_GONE;
	for (struct pgmap *p = s->pgmaps.first, *next; p && gone > (tracing ? GONE_KEPT : 0);
	     p = next) {
		uint64_t end = p->td.gone_ns ? p->td.gone_ns : p->td.drained_ns;

		next = p->next;
		if (p->state != PGMAP_GONE || clock__now() - end < GONE_AGE_NS)
			continue;
		if (tracing)
			run__summarise(s, p);
		pgmaps__drop(&s->pgmaps, p);
		gone--;
	}
}

/* Of one that is being torn down the end is recorded, unless the hook for it did not run. */
static bool has_no_record(const struct run *s, const struct pgmap *p)
{
	return p->state == PGMAP_LIVE ||
	       (p->state == PGMAP_KILLED &&
		(!plan_hook__attempt(&tracer__plan(s->tracer)->hook[PGR_HOOK_GONE]) ||
		 alive__doubt(tracer__alive(s->tracer), PGR_HOOK_GONE)));
}

/*
 * It went without a record: no hook told of it. What is known of it is that it is gone. At the first
 * tick that does not find it its records may be under way.
 */
static bool has_vanished(struct run *s, struct pgmap *p, uint64_t now)
{
	if (!has_no_record(s, p) || !p->stale || s->o->verb == VERB_LIST) {
		p->stale_before = false;
		return false;
	}
	if (!p->stale_before) {
		p->stale_before = true;
		return true;
	}
	start_teardown(s, p, now);
	p->state = PGMAP_GONE;
	history__mark(p->history, now, HISTORY_GONE);
	run__report_teardown(s, p, "gone", p->td.final ? p->td.final : p->td.sweep, true);
	tracer__forget(s->tracer, p->k.addr, p->k.id);
	return true;
}

void run__look_alive(struct run *s)
{
	tracer__look_alive(s->tracer);
	if (!s->o->quiet)
		alive__say(tracer__alive(s->tracer), tracer__plan(s->tracer));
}

void run__tick(struct run *s)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;

	run__look_alive(s);
	if (s->adopt_again)
		run__adopt(s);
	/* Other disks may come on top of that of a pgmap. */
	if (clock__now() >= s->next_bdevs_ns) {
		s->next_bdevs_ns = clock__now() + BDEVS_EVERY_NS;
		bdevs__scan(s->report.bdevs, NULL);
		run__see_cdevs(s);
	}
	/* Any whose record was lost are met here. */
	while (!tracer__next_pgmap(s->tracer, &addr, &k))
		if (!pgmaps__find(&s->pgmaps, k.id))
			run__add(s, &k);
	tend_pins(s);
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next) {
		uint64_t now = clock__now();

		if (p->state == PGMAP_GONE)
			continue;
		run__close_adopted(s, p);
		if (p->state != PGMAP_LIVE && p->state != PGMAP_KILLED)
			continue;
		if (!p->named)
			name_pgmap(s, p);
		/* In this order: see run_ledger.c, has_moved(). */
		refresh_counters(s, p, now);
		run__sample(s, p);
		if (has_vanished(s, p, now))
			continue;
		/*
		 * Its teardown began before the start, and after it was looked for: no record of the
		 * begin comes. One that does come comes before the next tick.
		 */
		if (p->state == PGMAP_LIVE && p->has_value && p->ref_flags & PGR_REF_DYING) {
			if (p->dying)
				start_teardown(s, p, now);
			p->dying = true;
			continue;
		}
		if (p->state == PGMAP_LIVE && p->wanted && now >= p->next_sweep_ns) {
			struct pgr_sweep *w = run__sweep(s, p);

			p->next_sweep_ns = now + 1000000000ULL;
			if (w && w->ns * SWEEP_SHARE > 1000000000ULL)
				p->next_sweep_ns = now + w->ns * SWEEP_SHARE;
			if (w)
				run__check_layers(s, p, w);
			run__see_state(s, p, w);
			free(w);
		} else {
			run__see_state(s, p, NULL);
		}
		if (p->state == PGMAP_KILLED && run__close_over(s, p))
			continue;
		if (p->state == PGMAP_KILLED && !p->td.stuck && !is_older(s, p) &&
		    now - p->td.begin_ns >= s->o->stuck_ns)
			run__report_stuck(s, p, "stuck", now);
	}
	forget_gone(s);
	run__look_for_blocked(s);
}

/* What is still open at the end is judged as it stands. */
void run__finish(struct run *s)
{
	s->next_blocked_ns = 0;
	run__tick(s);
	tracer__consume(s->tracer, run__record, s);
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next) {
		run__close_adopted(s, p);
		if (p->state == PGMAP_LIVE || p->td.judged || !p->wanted)
			continue;
		if (!p->td.stuck && p->state == PGMAP_KILLED && !is_older(s, p) &&
		    clock__now() - p->td.begin_ns >= s->o->stuck_ns)
			run__report_stuck(s, p, "stuck", clock__now());
		if (p->td.stuck) {
			run__close_stuck(s, p);
		} else {
			run__report_teardown(s, p, "open", p->td.final ? p->td.final : p->td.sweep,
					     true);
		}
	}
}

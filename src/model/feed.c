// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/feed.h"

/* ---- is it a record? ---------------------------------------------------------- */

static bool is_whole(const struct pgr_header *h, size_t size)
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
		[PGR_REC_PUT] = sizeof(struct pgr_rec_move),
	};

	return size >= sizeof(*h) && h->record < sizeof(sizes) / sizeof(*sizes) &&
	       size == sizes[h->record];
}

static bool has_end(const char *text, size_t len)
{
	return memchr(text, '\0', len);
}

static bool is_task(const struct pgr_task *t)
{
	return has_end(t->comm, sizeof(t->comm));
}

/*
 * A record may come from a file: its numbers must be valid indexes of tables, and its strings must
 * end with a NUL.
 */
static bool is_sound(const struct pgr_header *h)
{
	const struct pgr_rec_teardown *teardown;
	const struct pgr_rec_pgmap *pgmap;
	const struct pgr_rec_sweep *sweep;
	const struct pgr_rec_event *event;
	const struct pgr_rec_step *step;
	const struct pgr_rec_move *move;

	switch (h->record) {
	case PGR_REC_PGMAP:
		pgmap = (const void *)h;
		return pgmap->h.id == pgmap->pgmap.id && pgmap->pgmap.type < PGR_TYPES &&
		       has_end(pgmap->pgmap.dev, sizeof(pgmap->pgmap.dev)) &&
		       is_task(&pgmap->pgmap.creator);
	case PGR_REC_TEARDOWN:
		teardown = (const void *)h;
		return is_task(&teardown->task);
	case PGR_REC_SWEEP:
		sweep = (const void *)h;
		return sweep->final <= 1 && sweep->sweep.listed <= PGR_BUSY &&
		       sweep->sweep.nr_files <= PGR_ENTRY_FILES;
	case PGR_REC_DRAINED:
	case PGR_REC_GONE:
		step = (const void *)h;
		return is_task(&step->task);
	case PGR_REC_EVENT:
		event = (const void *)h;
		return event->event < PGR_EVENTS && is_task(&event->task) && is_task(&event->taker);
	case PGR_REC_LATE:
	case PGR_REC_DRAIN:
	case PGR_REC_PUT:
		move = (const void *)h;
		return is_task(&move->task) && is_task(&move->taker);
	}
	return true;
}

/* ---- which task does a stack belong to? --------------------------------------- */

static size_t slot_of(uint64_t key)
{
	return key >> 1 & (FEED_STACKS - 1); /* bit 0 is always set */
}

void feed__learn_stack(struct feed *f, uint64_t key, bool interrupt)
{
	f->stack[slot_of(key)].key = key;
	f->stack[slot_of(key)].interrupt = interrupt;
}

bool feed__knows_stack(const struct feed *f, uint64_t key, bool *interrupt)
{
	if (key && f->stack[slot_of(key)].key != key)
		return false;
	*interrupt = key && f->stack[slot_of(key)].interrupt;
	return true;
}

/*
 * Sets c->task to the task that acted. If the stack is from an interrupt, the task that was running
 * did not act: c->task stays empty. Returns false if the stack is not known: *c then asks for it.
 */
static bool find_task(const struct feed *f, const struct pgr_task *t, uint64_t stack,
		      struct change *c)
{
	bool interrupt;

	if (!feed__knows_stack(f, stack, &interrupt)) {
		c->kind = CHANGE_NO_STACK;
		c->stack = stack;
		return false;
	}
	if (!interrupt)
		c->task = *t;
	return true;
}

/* ---- steps in the life of a pgmap --------------------------------------------- */

/* Adds to the history the events that were counted since the last call. */
static void note_counters(struct pgmap *p, uint64_t ns)
{
	static const enum history_event kinds[PGR_EVENTS] = {
		[PGR_EV_GET] = HISTORY_GET,	  [PGR_EV_PUT] = HISTORY_PUT,
		[PGR_EV_ALLOC] = HISTORY_ALLOC,	  [PGR_EV_FREE] = HISTORY_FREE,
		[PGR_EV_INSERT] = HISTORY_INSERT, [PGR_EV_DELETE] = HISTORY_DELETE,
	};

	history__sample(p->history, ns, HISTORY_ENTRIES, p->k.entries);
	for (int e = 0; e < PGR_EVENTS; e++) {
		/* A record may be older than the counters of the last tick: count nothing twice. */
		if (p->k.events[e] <= p->counted[e])
			continue;
		history__count(p->history, ns, kinds[e], p->k.events[e] - p->counted[e]);
		p->counted[e] = p->k.events[e];
	}
}

/* The teardown of p began at ns, unless it is already known to have begun. */
static void start_teardown(struct pgmap *p, uint64_t ns, struct change *c)
{
	if (p->state != PGMAP_LIVE)
		return;
	p->state = PGMAP_KILLED;
	p->td.begin_ns = ns;
	history__mark(p->history, ns, HISTORY_KILLED);
	c->killed = true;
}

static bool is_older(const struct feed *f, const struct pgmap *p)
{
	return f->skips_older && p->k.flags & PGR_PGMAP_DYING_AT_START;
}

static bool has_waited(const struct feed *f, const struct pgmap *p, uint64_t end)
{
	return !is_older(f, p) && end >= p->td.begin_ns && end - p->td.begin_ns >= f->stuck_ns;
}

/*
 * On a busy machine a teardown may wait longer than --stuck and end between two ticks. Its records
 * show how long it waited. If the drain was not seen, they only show how long the teardown took.
 */
static void see_wait(const struct feed *f, struct pgmap *p, uint64_t end)
{
	struct teardown *td = &p->td;
	int64_t excess = pgmap__above(td->value, p->k.baseline);

	if (td->stuck || !td->begun || !td->has_value || !pgmap__has_baseline(p) || excess <= 0 ||
	    !has_waited(f, p, end))
		return;
	if (!td->drained_ns) {
		td->wait_unseen = true;
		return;
	}
	td->stuck = true;
	td->stuck_ns = end;
	td->stuck_value = excess;
}

/* Adds a value of the counter, as it was read or recorded, to the history. */
static void note_value(struct pgmap *p, uint64_t ns, int64_t value, uint32_t ref_flags)
{
	bool dying = ref_flags & PGR_REF_DYING;

	history__sample(p->history, ns, HISTORY_VALUE, value);
	if (dying || pgmap__has_baseline(p))
		history__sample(p->history, ns, HISTORY_REFS,
				pgmap__above(value, dying ? 0 : p->k.baseline));
}

static void on_begin(struct pgmap *p, const struct pgr_rec_teardown *r, struct change *c)
{
	struct teardown *td = &p->td;

	start_teardown(p, r->h.ns, c);
	td->begun = true;
	td->begin_unseen = false;
	td->begin_ns = r->h.ns;
	td->value = r->value;
	td->has_value = !(r->ref_flags & PGR_REF_UNREADABLE);
	td->entries = r->entries;
	td->task = r->task;
	td->stack = r->stack;
	/* If the record of the drain or the end arrived first, p->value is newer than r->value. */
	if (p->state == PGMAP_KILLED) {
		p->value = r->value;
		p->has_value = td->has_value;
		p->ref_flags = r->ref_flags;
	}
	if (td->has_value)
		note_value(p, r->h.ns, r->value, r->ref_flags);
	history__sample(p->history, r->h.ns, HISTORY_ENTRIES, r->entries);
	c->kind = CHANGE_BEGUN;
	c->task = r->task;
}

static int on_sweep(struct pgmap *p, const struct pgr_rec_sweep *r, struct change *c)
{
	struct pgr_sweep **at = r->final ? &p->td.final : &p->td.sweep;

	if (!*at)
		*at = malloc(sizeof(**at));
	if (!*at)
		return -ENOMEM;
	**at = r->sweep;
	if (r->sweep.flags & PGR_SWEEP_DONE)
		history__sample(p->history, r->h.ns, HISTORY_BUSY, r->sweep.busy);
	c->kind = CHANGE_SWEPT;
	c->pages = &r->sweep;
	return 0;
}

static void on_drained(const struct feed *f, struct pgmap *p, const struct pgr_rec_step *r,
		       struct change *c)
{
	struct teardown *td = &p->td;

	c->kind = CHANGE_DRAINED;
	td->drained_ns = r->h.ns;
	td->last = c->task;
	td->last_stack = r->stack;
	history__mark(p->history, r->h.ns, HISTORY_DRAINED);
	/* A pgmap that is gone may already be judged: change neither its state nor its value. */
	if (p->state == PGMAP_GONE)
		return;
	p->state = PGMAP_DRAINED;
	p->value = 0;
	see_wait(f, p, r->h.ns);
	note_value(p, r->h.ns, 0, PGR_REF_DYING);
}

static void on_gone(const struct feed *f, struct pgmap *p, const struct pgr_rec_step *r,
		    struct change *c)
{
	struct teardown *td = &p->td;

	/* Judge it once: at the first record of the end, or when a sample finds it gone. */
	if (p->state == PGMAP_GONE)
		return;
	c->kind = CHANGE_GONE;
	c->task = r->task;
	p->state = PGMAP_GONE;
	td->gone_ns = r->h.ns;
	if (!td->drained_ns)
		see_wait(f, p, r->h.ns);
	p->value = 0;
	history__mark(p->history, r->h.ns, HISTORY_GONE);
	note_value(p, r->h.ns, 0, PGR_REF_DYING);
}

static void on_step(const struct feed *f, struct pgmap *p, const struct pgr_rec_step *r,
		    struct change *c)
{
	/* Only a drain can happen in an interrupt: the end of a teardown needs no stack. */
	if (r->h.record == PGR_REC_DRAINED && !find_task(f, &r->task, r->stack, c))
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
	start_teardown(p, r->h.ns, c);
	if (r->h.record == PGR_REC_DRAINED)
		on_drained(f, p, r, c);
	else
		on_gone(f, p, r, c);
}

static void on_move(const struct feed *f, struct pgmap *p, const struct pgr_rec_move *r,
		    struct change *c)
{
	struct pgr_rec_move m = *r;

	if (!find_task(f, &r->task, r->stack, c))
		return;
	m.task = c->task;
	late_moves__add(r->h.record == PGR_REC_LATE  ? &p->td.late :
			r->h.record == PGR_REC_DRAIN ? &p->td.drain :
						       &p->exact.puts,
			&m);
	c->kind = CHANGE_MOVED;
	c->move = r;
}

static void on_event(struct pgmap *p, const struct pgr_rec_event *r, struct change *c)
{
	/* The history must have peaks between two ticks of the timer, too. */
	if (!(r->ref_flags & PGR_REF_UNREADABLE))
		note_value(p, r->h.ns, r->value, r->ref_flags);
	history__sample(p->history, r->h.ns, HISTORY_ENTRIES, r->entries);
	c->kind = CHANGE_EVENT;
	c->task = r->task;
	c->event = r;
}

int feed__add(struct feed *f, const struct pgr_pgmap *k, struct change *c)
{
	struct pgmap *p = pgmaps__find(f->pgmaps, k->id);

	*c = (struct change){
		.kind = CHANGE_BORN, .id = k->id, .p = p, .ns = k->born_ns, .task = k->creator
	};
	if (p)
		return 0;
	p = pgmaps__add(f->pgmaps, k, f->step_ns);
	if (!p)
		return -ENOMEM;
	c->p = p;
	c->fresh = true;
	snprintf(p->dev, sizeof(p->dev), "%s", k->dev);
	history__mark(p->history, k->born_ns, HISTORY_LIVE);
	if (!(k->flags & PGR_PGMAP_ADOPTED)) {
		p->has_value = !(k->flags & PGR_PGMAP_NO_VALUE);
		p->value = k->baseline;
		note_value(p, k->born_ns, k->baseline, 0);
	}
	if (k->flags & PGR_PGMAP_DYING_AT_START)
		start_teardown(p, k->born_ns, c);
	return 0;
}

int feed__record(struct feed *f, const struct pgr_header *h, size_t size, struct change *c)
{
	if (!is_whole(h, size) || !is_sound(h))
		return -EBADMSG;
	if (h->record == PGR_REC_PGMAP)
		return feed__add(f, &((const struct pgr_rec_pgmap *)h)->pgmap, c);
	*c = (struct change){ .id = h->id, .ns = h->ns };
	if (h->record == PGR_REC_PINNED) {
		c->kind = CHANGE_PINNED;
		return 0;
	}
	c->p = pgmaps__find(f->pgmaps, h->id);
	if (!c->p) {
		c->kind = CHANGE_NO_PGMAP;
		return 0;
	}
	switch (h->record) {
	case PGR_REC_TEARDOWN:
		on_begin(c->p, (const void *)h, c);
		break;
	case PGR_REC_SWEEP:
		return on_sweep(c->p, (const void *)h, c);
	case PGR_REC_DRAINED:
	case PGR_REC_GONE:
		on_step(f, c->p, (const void *)h, c);
		break;
	case PGR_REC_LATE:
	case PGR_REC_DRAIN:
	case PGR_REC_PUT:
		on_move(f, c->p, (const void *)h, c);
		break;
	case PGR_REC_EVENT:
		on_event(c->p, (const void *)h, c);
		break;
	}
	return 0;
}

/* ---- values that the tool read ------------------------------------------------ */

void feed__counters(struct pgmap *p, const struct pgr_pgmap *k, uint64_t ns)
{
	p->k = *k;
	note_counters(p, ns);
}

void feed__value(struct pgmap *p, int err, int64_t value, uint32_t ref_flags, uint64_t ns)
{
	p->stale = err == -ESTALE;
	p->has_value = !err && !(ref_flags & PGR_REF_UNREADABLE);
	if (err)
		return;
	p->value = value;
	p->ref_flags = ref_flags;
	if (p->has_value)
		note_value(p, ns, value, ref_flags);
}

void feed__extremes(struct pgmap *p, int64_t low, int64_t high, uint64_t ns)
{
	bool dying = p->ref_flags & PGR_REF_DYING;

	/*
	 * The kill, which takes the value at rest away, may have come between them, or after
	 * ref_flags was read: high is then above that value, and low is without it.
	 */
	if (dying || low >= p->k.baseline)
		note_value(p, ns, low, p->ref_flags);
	else
		history__sample(p->history, ns, HISTORY_VALUE, low);
	note_value(p, ns, high, high >= p->k.baseline ? 0 : p->ref_flags);
	if (p->has_value)
		note_value(p, ns, p->value, p->ref_flags);
}

bool feed__is_over(int err, uint32_t ref_flags)
{
	if (err)
		return err == -ESTALE; /* other errors do not show that the pgmap is gone */
	return !(ref_flags & PGR_REF_UNREADABLE) &&
	       (ref_flags & PGR_REF_EXITED || !(ref_flags & PGR_REF_DYING));
}

bool feed__see_dying(struct pgmap *p, uint64_t ns, struct change *c)
{
	*c = (struct change){ .id = p->k.id, .p = p, .ns = ns };
	if (p->state != PGMAP_LIVE || !p->has_value || !(p->ref_flags & PGR_REF_DYING))
		return false;
	if (p->dying)
		start_teardown(p, ns, c);
	p->dying = true;
	return true;
}

bool feed__see_stale(struct pgmap *p, bool awaited, uint64_t ns, struct change *c)
{
	*c = (struct change){ .id = p->k.id, .p = p, .ns = ns };
	if (awaited || !p->stale) {
		p->stale_before = false;
		return false;
	}
	if (!p->stale_before) {
		p->stale_before = true;
		return true;
	}
	start_teardown(p, ns, c);
	p->state = PGMAP_GONE;
	history__mark(p->history, ns, HISTORY_GONE);
	c->kind = CHANGE_GONE;
	return true;
}

bool feed__is_overdue(const struct feed *f, const struct pgmap *p, uint64_t now)
{
	return p->state == PGMAP_KILLED && !p->td.stuck && has_waited(f, p, now);
}

bool feed__stick(struct pgmap *p, uint64_t now)
{
	/*
	 * Not dying: the kill comes after the hook, and BPF programs of other tools may run
	 * between. 0: the pgmap drained just now. Below 0 it never drains (one put too many), and
	 * the teardown is stuck.
	 */
	if (!p->has_value || !(p->ref_flags & PGR_REF_DYING) || !p->value)
		return false;
	p->td.stuck = true;
	p->td.stuck_ns = now;
	p->td.stuck_value = p->value;
	return true;
}

bool feed__close_adopted(struct pgmap *p)
{
	if (p->state != PGMAP_DRAINED || p->td.begun || p->td.judged)
		return false;
	p->state = PGMAP_GONE;
	return true;
}

bool feed__close_over(struct pgmap *p, bool over)
{
	/*
	 * If the begin was seen, the record of the end will come. If not, it may come before the
	 * next sample.
	 */
	if (p->td.begun || p->td.judged || !over || !p->td.over_once) {
		p->td.over_once = over;
		return false;
	}
	p->td.over = true;
	p->state = PGMAP_GONE;
	return true;
}

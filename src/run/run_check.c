// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* check: reads the state at the start and at the end, and feeds the assertions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/tracer_alive.h"
#include "model/unseen.h"
#include "run/run_assertions.h"
#include "run/run_cases.h"
#include "run/run_check.h"
#include "run/run_exact.h"
#include "run/run_finding.h"
#include "run/run_ledger.h"
#include "run/run_replaced.h"
#include "run/run_state.h"

/* A reading: sample, sweep, sample. Maximum number of tries until both samples agree. */
#define READINGS 5
#define READ_AGAIN_NS (20 * NSEC_PER_MSEC)

static void pause_ns(long ns)
{
	struct timespec t = { .tv_nsec = ns };

	nanosleep(&t, NULL);
}

static bool is_concerned(const struct pgmap *p)
{
	return p->wanted && p->state == PGMAP_LIVE;
}

/*
 * Counts references that are no leak. If the pgmap accounts for its folios, each folio in use has
 * one reference, and the sweep counts these folios; busy pages show whether their use is a leak.
 * For P2PDMA, it counts memory that a driver allocated in its probe, after the start.
 */
static void explain(struct run_kernel *k, const struct options *o, const struct pgmap *p,
		    struct state_facts *f)
{
	const struct plan *plan = tracer__plan(k->tracer);
	const struct pgr_sweep *w = f->pages;
	struct ledger *l;

	f->explained_all = true;
	if (run__accounts_folios(k->tracer, p)) {
		f->explained_all = w && w->flags == PGR_SWEEP_DONE && !w->faults;
		f->explained = w ? w->used : 0;
		return;
	}
	if (p->k.type != PGR_TYPE_P2PDMA || p->start.there)
		return;
	l = run__ledger(k, o, p, w, false);
	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		/* The probe of the driver runs in the task that made the pgmap. */
		if (h->holding == PGR_HOLD_PAGE && !h->mapped && h->task.tid == p->k.creator.tid)
			f->explained += h->n;
	}
	f->explained_all =
		l && run__ledger_is_whole(k->tracer, o) &&
		!unseen__uncounted(plan, tracer__alive(k->tracer), PGR_HOLD_PAGE, p->k.type).hook;
	ledger__free(l);
}

void run__free_reading(struct reading *r)
{
	free(r->sweep);
	busy__free(&r->busy);
}

void run__read_state(struct run_kernel *k, const struct options *o, struct pgmap *p,
		     struct reading *r)
{
	struct state_facts *f = &r->state;
	int64_t value;
	bool rests;

	memset(r, 0, sizeof(*r));
	for (int i = 0; i < READINGS; i++) {
		if (i)
			pause_ns(READ_AGAIN_NS);
		run__free_reading(r);
		memset(r, 0, sizeof(*r));
		run__sample(k->tracer, p);
		value = p->value;
		r->sweep = run__sweep_whole(k->tracer, p, &r->busy);
		run__sample(k->tracer, p);
		rests = p->has_value && p->value == value;
		if (rests)
			break;
	}
	*f = (struct state_facts){ .has_value = rests && pgmap__has_excess(p),
				   .pages = r->sweep,
				   .moving = !rests && p->has_value };
	if (f->has_value) {
		f->excess = pgmap__excess(p);
		explain(k, o, p, f);
	}
}

int run__start_state(struct run *run)
{
	size_t n = run->o->nr_assertions;
	struct reading r;

	run->model.assertions = calloc(n + 1, sizeof(*run->model.assertions));
	if (!run->model.assertions)
		return -ENOMEM;
	memcpy(run->model.assertions, run->o->assertions, n * sizeof(*run->model.assertions));
	/* Layers can only disagree if pgmaps account for their folios. */
	if (run__has_series(run->k.tracer))
		run->model.assertions[n++].kind = ASSERT_AGREE;
	run->model.nr_assertions = n;
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		/* Include pgmaps without a name: -g may select them later. */
		if (p->state != PGMAP_LIVE)
			continue;
		p->start.events += run__events_of(p);
		run__read_state(&run->k, run->o, p, &r);
		if (run__guard_start(run, p, &r)) {
			run__free_reading(&r);
			run__read_state(&run->k, run->o, p, &r);
		}
		run__check_exact(&run->k, &run->end, run->o, p);
		if (start__note(p, &r, clock__now()))
			run->end.failed = true;
	}
	return 0;
}

/* Judges how p differs from the start. Returns f->pages, which the caller frees. */
static struct pgr_sweep *judge_end(struct run_kernel *k, struct run_outcome *end,
				   const struct options *o, struct pgmap *p, struct finding *f)
{
	struct busy_change change;
	struct reading r;

	*f = (struct finding){ .p = p,
			       .phase = FINDING_END,
			       .last = true,
			       .pages_hold = run__pages_hold(k->tracer, p) };
	/* Before the reading: a reference that is put afterwards is still in the reading. */
	run__check_exact(k, end, o, p);
	if (!unseen__uncounted(tracer__plan(k->tracer), tracer__alive(k->tracer), PGR_HOLD_PAGE,
			       p->k.type)
		     .hook)
		start__see_exact(p);
	run__read_state(k, o, p, &r);
	start__see(p, &r);
	f->facts.after = r.state;
	f->facts.before = p->start.state;
	/* If p is older than the tool but was not found at the start, its start is not known. */
	f->facts.made = !p->start.there && !(p->k.flags & PGR_PGMAP_ADOPTED);
	run__see_events(k, o, p, &r, &f->facts, &change);
	finding__judge_end(f);
	f->pages = r.sweep;
	busy__free(&r.busy);
	return r.sweep;
}

bool run__at_rest(struct run *run)
{
	struct finding f;

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (p->wanted && (p->state == PGMAP_KILLED || p->state == PGMAP_DRAINED) &&
		    !p->td.stuck)
			return false;
		if (!is_concerned(p))
			continue;
		free(judge_end(&run->k, &run->end, run->o, p, &f));
		if (f.j.verdict != VERDICT_CLEAN)
			return false;
	}
	return true;
}

void run__end_state(struct run *run)
{
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		uint64_t began = clock__now();
		struct pgr_sweep *w;
		struct finding f;

		if (!is_concerned(p))
			continue;
		w = judge_end(&run->k, &run->end, run->o, p, &f);
		/* A pgmap at rest may be disturbed for a moment: try again until --settle. */
		while (f.j.verdict != VERDICT_CLEAN && clock__now() < run->loop.settled_ns) {
			free(w);
			pause_ns(READ_AGAIN_NS);
			w = judge_end(&run->k, &run->end, run->o, p, &f);
		}
		run__see_state(run, p, w);
		/* run__welcome() does not do this for adopted pgmaps. */
		run__find_driver(run->k.symbols, p);
		f.ledger = run__ledger(&run->k, run->o, p, w, false);
		f.took_ns = clock__now() - began;
		run__publish(run, &f);
		free(w);
	}
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/asleep.h"
#include "kernel/bdevs.h"
#include "kernel/naming.h"
#include "kernel/symbols.h"
#include "kernel/tracer_read.h"
#include "kernel/tracer_sweep.h"
#include "kernel/process.h"
#include "run/run_state.h"
#include "run/run_status.h"
#include "run/status.h"

void run__name(struct run *run, struct pgmap *p)
{
	/* Get the symbol of the driver only if needed: this loads all symbols. */
	if (!naming__find(run->k.root, &p->k, NULL, p->name, &p->named))
		naming__find(run->k.root, &p->k, symbols__at(run->k.symbols, p->k.ops), p->name,
			     &p->named);
	/* Remember its disk now: the disk may be gone when a report needs its name. */
	if (p->named)
		bdevs__scan(run->k.bdevs, run->k.root);
	for (size_t i = 0; i < run->o->nr_names && i < OPTIONS_NAMES; i++)
		if (pgmap__matches(p, &run->o->names[i], 1))
			run->model.names_matched |= 1ULL << i;
	if (!run->o->nr_names && !run->o->types)
		return;
	p->wanted = (!run->o->nr_names || pgmap__matches(p, run->o->names, run->o->nr_names)) &&
		    (!run->o->types || run->o->types >> p->k.type & 1);
	/* A pgmap that does not match may match later, when it has its own name. */
	if (p->wanted || p->named)
		tracer__select(run->k.tracer, p->k.addr, p->wanted);
}

/*
 * The symbols of a module go when it is unloaded. Call this when the pgmap is made and when its
 * teardown begins: at a report it may be too late.
 */
void run__find_driver(struct symbols *symbols, struct pgmap *p)
{
	if (p->wanted && p->k.ops && !p->ops)
		symbols__object(symbols, p->k.ops, &p->ops, &p->module);
}

struct feed *run__feed(struct run *run)
{
	if (!run->model.feed.pgmaps) {
		run->model.feed.pgmaps = &run->model.pgmaps;
		run->model.feed.step_ns = run->o->interval_ns;
		run->model.feed.stuck_ns = run->o->stuck_ns;
		/* check judges COMMAND only: a teardown that began before is not of COMMAND. */
		run->model.feed.skips_older = run->o->verb->judges_end;
	}
	return &run->model.feed;
}

void run__count_teardown(struct run_outcome *end, const struct change *c)
{
	if (c->killed && c->p->wanted)
		end->totals.teardowns++;
}

/*
 * The teardown of p was under way at the start. How long the task has slept is how long it has waited,
 * at least: memunmap_pages() sleeps in one place, percpu_ref_exit() comes after it.
 */
static void learn_wait(struct pgmap *p)
{
	struct pgr_asleep slept;
	uint32_t tid = p->td.task.tid;
	uint64_t now;

	if (!process__pids_are_global() || asleep__read(&tid, 1, &slept) != 1)
		return;
	now = clock__now();
	if (slept.ns < now && now - slept.ns < p->td.begin_ns)
		p->td.begin_ns = now - slept.ns;
}

void run__welcome(struct run *run, const struct change *c)
{
	struct pgmap *p = c->p;
	struct pgr_task tasks[2];

	if (!c->fresh)
		return;
	/* If this fails, pgmap__ranges() shows that ranges are missing. */
	if (p->k.nr_range > 1 && !p->ranges)
		tracer__ranges(run->k.tracer, &p->k, &p->ranges);
	if (!p->dev[0])
		naming__find_dev(run->k.root, &p->k, p->dev);
	run__name(run, p);
	if (!(p->k.flags & PGR_PGMAP_ADOPTED))
		run__find_driver(run->k.symbols, p);
	run__count_teardown(&run->end, c);
	/* If two tasks are in memunmap_pages() at the start, it is not known which unbinds p. */
	if (c->killed && blocked__in_function(NULL, "memunmap_pages", tasks, 2) == 1) {
		p->td.task = tasks[0];
		learn_wait(p);
	}
}

struct pgmap *run__add(struct run *run, const struct pgr_pgmap *k)
{
	struct change c;

	if (feed__add(run__feed(run), k, &c)) {
		run->end.failed = true;
		return NULL;
	}
	run__welcome(run, &c);
	return c.p;
}

int run__adopt(struct run *run)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;
	size_t n;
	int err = tracer__adopt(run->k.tracer, &n, &run->end.adopted_all, &run->loop.adopt_again);

	if (err)
		run->end.adopted_all = false;
	while (!tracer__next_pgmap(run->k.tracer, &addr, &k))
		run__add(run, &k);
	return err;
}

void run__sample(struct tracer *tracer, struct pgmap *p)
{
	uint64_t ns = 0;
	uint32_t flags = 0;
	int64_t value = 0;
	int err = tracer__sample(tracer, p->k.addr, p->k.id, &value, &flags, &ns);

	feed__value(p, err, value, flags, ns);
}

/* ctx: the pgmap */
static void show_sweep(void *ctx, const struct pgr_sweep *so_far)
{
	char line[160];

	if (status__is_due())
		status__show("%s", run__sweep_status(ctx, so_far, line, sizeof(line)));
}

static struct pgr_sweep *sweep(struct tracer *tracer, struct pgmap *p, bool patient,
			       struct busy_set *busy)
{
	/* While COMMAND runs, nothing may be written to its terminal. */
	struct sweep_how how = { .patient = patient,
				 .going = patient ? show_sweep : NULL,
				 .ctx = p };
	struct pgr_sweep *w = calloc(1, sizeof(*w));

	if (!w || tracer__sweep(tracer, p->k.addr, p->k.id, &how, w, busy)) {
		free(w);
		return NULL;
	}
	if (w->flags & PGR_SWEEP_DONE) {
		history__sample(p->history, clock__now(), HISTORY_BUSY, w->busy);
		/* If this fails, tasks that unpinned stay in the map: only for idle pages. */
		tracer__forget_pins(tracer, p->k.id, w->start_ns);
	}
	return w;
}

struct pgr_sweep *run__sweep(struct tracer *tracer, struct pgmap *p)
{
	return sweep(tracer, p, false, NULL);
}

struct pgr_sweep *run__sweep_whole(struct tracer *tracer, struct pgmap *p, struct busy_set *busy)
{
	return sweep(tracer, p, true, busy);
}

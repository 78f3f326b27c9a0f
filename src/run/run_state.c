// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/bdevs.h"
#include "kernel/process.h"
#include "kernel/symbols.h"
#include "run/run_state.h"

void run__name(struct run *run, struct pgmap *p)
{
	/* The driver's symbol is asked for only where it is needed: that takes them all. */
	if (!pgmap__name(p, NULL))
		pgmap__name(p, symbols__at(run->k.symbols, p->k.ops));
	/* It has a disk now, which may be gone when it is spoken of. */
	if (p->named)
		bdevs__scan(run->k.bdevs, NULL);
	for (size_t i = 0; i < run->o->nr_names && i < OPTIONS_NAMES; i++)
		if (pgmap__matches(p, &run->o->names[i], 1))
			run->names_matched |= 1ULL << i;
	if (!run->o->nr_names && !run->o->types)
		return;
	p->wanted = (!run->o->nr_names || pgmap__matches(p, run->o->names, run->o->nr_names)) &&
		    (!run->o->types || run->o->types >> p->k.type & 1);
	/* Until it has its own name, one that does not match may still come to. */
	if (p->wanted || p->named)
		tracer__select(run->k.tracer, p->k.addr, p->wanted);
}

/*
 * A module's symbols go with it: asked for when the pgmap is made or its teardown begins, and not
 * only when there is something to report.
 */
void run__find_driver(struct run *run, struct pgmap *p)
{
	if (p->wanted && p->k.ops && !p->ops)
		symbols__object(run->k.symbols, p->k.ops, &p->ops, &p->module);
}

void run__start_teardown(struct run *run, struct pgmap *p, uint64_t ns)
{
	if (p->state != PGMAP_LIVE)
		return;
	p->state = PGMAP_KILLED;
	p->td.begin_ns = ns;
	history__mark(p->history, ns, HISTORY_KILLED);
	if (p->wanted)
		run->end.totals.teardowns++;
}

struct pgmap *run__add(struct run *run, const struct pgr_pgmap *k)
{
	struct pgmap *p = pgmaps__find(&run->pgmaps, k->id);

	if (p)
		return p;
	p = pgmaps__add(&run->pgmaps, k, run->o->interval_ns);
	if (!p) {
		run->end.failed = true;
		return NULL;
	}
	if (k->dev[0])
		snprintf(p->dev, sizeof(p->dev), "%s", k->dev);
	else
		pgmap__find_dev(p);
	run__name(run, p);
	history__mark(p->history, k->born_ns, HISTORY_LIVE);
	if (!(k->flags & PGR_PGMAP_ADOPTED)) {
		run__find_driver(run, p);
		p->has_value = !(k->flags & PGR_PGMAP_NO_VALUE);
		p->value = k->baseline;
		history__sample(p->history, k->born_ns, HISTORY_VALUE, k->baseline);
	}
	if (k->flags & PGR_PGMAP_DYING_AT_START) {
		struct pgr_task tasks[2];

		run__start_teardown(run, p, k->born_ns);
		/* Of two that hang at the start nothing says which is whose. */
		if (process__in_function("memunmap_pages", tasks, 2) == 1)
			p->td.task = tasks[0];
	}
	return p;
}

int run__adopt(struct run *run)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;
	size_t n;
	int err = tracer__adopt(run->k.tracer, &n, &run->end.adopted_all, &run->adopt_again);

	if (err)
		run->end.adopted_all = false;
	while (!tracer__next_pgmap(run->k.tracer, &addr, &k))
		run__add(run, &k);
	return err;
}

void run__sample(struct run *run, struct pgmap *p)
{
	uint64_t ns;
	int err = tracer__sample(run->k.tracer, p->k.addr, p->k.id, &p->value, &p->ref_flags, &ns);

	p->stale = err == -ESTALE;
	p->has_value = !err && !(p->ref_flags & PGR_REF_UNREADABLE);
	if (p->has_value)
		history__sample(p->history, ns, HISTORY_VALUE, p->value);
}

struct pgr_sweep *run__sweep_all(struct run *run, struct pgmap *p, struct busy_set *busy)
{
	struct pgr_sweep *w = calloc(1, sizeof(*w));

	if (!w || tracer__sweep(run->k.tracer, p->k.addr, p->k.id, w, busy)) {
		free(w);
		return NULL;
	}
	if (w->flags & PGR_SWEEP_DONE) {
		history__sample(p->history, clock__now(), HISTORY_BUSY, w->busy);
		/* Not to be had, it leaves names of those who have long let go: of idle pages. */
		if (run->o->pins)
			tracer__forget_pins(run->k.tracer, p->k.id, w->start_ns);
	}
	return w;
}

struct pgr_sweep *run__sweep(struct run *run, struct pgmap *p)
{
	return run__sweep_all(run, p, NULL);
}

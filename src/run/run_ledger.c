// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "kernel/tracer_alive.h"
#include "kernel/tracer_read.h"
#include "model/frames.h"
#include "report/report_pgmap.h"
#include "run/run_ledger.h"
#include "run/run_state.h"

static bool is_transient(void *ctx, uint64_t key)
{
	struct run_kernel *k = ctx;
	struct pgr_stack stack;

	return !tracer__stack(k->tracer, key, &stack) && frames__transient(k->symbols, &stack);
}

bool run__filters(const struct options *o)
{
	return o->nr_pids || o->nr_tids || o->comm || (o->command && o->verb->shows_events);
}

bool run__follows_children(const struct options *o)
{
	return o->nr_pids ? o->forks : o->command && o->verb->shows_events;
}

bool run__has_series(const struct tracer *tracer)
{
	return tracer && tracer__plan(tracer)->series.on;
}

bool run__pages_hold(const struct tracer *tracer, const struct pgmap *p)
{
	return plan__pages_hold(tracer ? tracer__plan(tracer) : NULL, p->k.type);
}

bool run__accounts_folios(const struct tracer *tracer, const struct pgmap *p)
{
	return run__has_series(tracer) && layers__have(p->k.type);
}

/* Does this pgmap have layers, and are they traced without a filter? */
static bool has_layers(const struct tracer *tracer, const struct options *o, const struct pgmap *p)
{
	return !run__filters(o) && layers__have(p->k.type) &&
	       plan__sees_folios(tracer__plan(tracer));
}

bool run__sees_layers(struct tracer *tracer, const struct options *o, const struct pgmap *p)
{
	return has_layers(tracer, o, p) &&
	       (p->k.type != PGR_TYPE_FSDAX || tracer__folios_take(tracer) == PGR_TAKES);
}

/* Called only when the ledger is read, which costs much more. */
static bool ledger_lost(struct tracer *tracer)
{
	struct tracer_loss loss;

	return tracer__loss(tracer, &loss) || layers__lost(loss.cause, loss.missed_runs);
}

bool run__ledger_is_whole(struct tracer *tracer, const struct options *o)
{
	return !run__filters(o) && !ledger_lost(tracer);
}

/* Adds the pins that are left, unless the pages were not swept. */
static int add_pins(struct tracer *tracer, const struct pgmap *p, const struct pgr_sweep *pages,
		    bool drop, struct ledger *l)
{
	/* If the sweep did not reach all pages, any pin may be left. */
	uint64_t since = pages && pages->flags & PGR_SWEEP_DONE ? pages->start_ns : 0;

	if (!pages && !drop)
		return 0;
	return tracer__pins(tracer, p->k.id, since, drop, ledger__add, l);
}

/* Leaves out a kind of holding if the hook for its end is missing: its rows may be outdated. */
static void leave_out(struct tracer *tracer, const struct pgmap *p, struct ledger *l)
{
	for (int holding = PGR_HOLD_GET; holding < PGR_HOLD_PIN; holding++)
		ledger__leave_out(l, holding,
				  unseen__outlived(tracer__plan(tracer), tracer__alive(tracer),
						   holding, p->k.type));
}

struct ledger *run__ledger(struct run_kernel *k, const struct options *o, const struct pgmap *p,
			   const struct pgr_sweep *pages, bool drop)
{
	struct ledger *l = ledger__new();

	if (l)
		leave_out(k->tracer, p, l);
	if (!l || tracer__ledger(k->tracer, p->k.id, drop, ledger__add, l) ||
	    (o->pins && add_pins(k->tracer, p, pages, drop, l)) ||
	    (run__sees_layers(k->tracer, o, p) &&
	     ledger__reconcile(l, p->k.foreign_puts, ledger_lost(k->tracer)))) {
		ledger__free(l);
		return NULL;
	}
	if (pages)
		ledger__mark_traced(l, pages);
	if (ledger__finish(l, is_transient, k)) {
		ledger__free(l);
		return NULL;
	}
	return l;
}

/* Has an event moved a reference or an entry since the counters of p were read? */
static bool has_moved(struct tracer *tracer, const struct pgmap *p)
{
	struct pgr_pgmap k;

	return tracer__get_pgmap(tracer, p->k.addr, &k) || k.id != p->k.id ||
	       memcmp(k.events, p->k.events, sizeof(k.events));
}

/*
 * Counter, pages and ledger are read one after the other. If something moved in between, even back
 * to the same value, they do not belong together: layers__skip().
 */
void run__check_layers(struct run *run, struct pgmap *p, const struct pgr_sweep *w)
{
	struct layers_sample sample = {
		.adopted = p->k.flags & PGR_PGMAP_ADOPTED,
		.excess = pgmap__excess(p),
		.used = w->used,
		.foreign_puts = p->k.foreign_puts,
	};
	int64_t value = p->value;
	struct ledger *l;

	if (!has_layers(run->k.tracer, run->o, p) || p->layers_reported || !pgmap__has_excess(p) ||
	    !(w->flags & PGR_SWEEP_DONE))
		return;
	/* An idle pgmap can be judged before: it has no reference older than the tool. */
	if (!run__sees_layers(run->k.tracer, run->o, p) && (sample.excess || sample.used))
		return;
	if (has_moved(run->k.tracer, p)) {
		layers__skip(&p->layers);
		return;
	}
	if (layers__judge(&p->layers, &sample) != LAYERS_ASK)
		return;
	l = run__ledger(&run->k, run->o, p, NULL, false);
	run__sample(run->k.tracer, p);
	if (!l || !p->has_value || p->value != value || has_moved(run->k.tracer, p)) {
		layers__skip(&p->layers);
	} else {
		sample.traced = ledger__layers(l);
		if (sample.traced && layers__judge(&p->layers, &sample) == LAYERS_DIFFER) {
			report__layers(&run->out.report, p, l, w, clock__now());
			p->layers_reported = true;
		}
	}
	ledger__free(l);
}

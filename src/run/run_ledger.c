// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "model/frames.h"
#include "run/run_ledger.h"
#include "run/run_state.h"

static bool is_passing(void *ctx, uint64_t key)
{
	struct run *run = ctx;
	struct pgr_stack stack;

	return !tracer__stack(run->k.tracer, key, &stack) &&
	       frames__transient(run->k.symbols, &stack);
}

bool run__filters(const struct run *run)
{
	return run->o->nr_pids || run->o->nr_tids || run->o->comm ||
	       (run->o->command && run->o->verb->shows_events);
}

/* Has this pgmap layers of which none is left out by a filter? */
static bool has_layers(const struct run *run, const struct pgmap *p)
{
	return !run__filters(run) && layers__have(p->k.type) &&
	       plan__sees_folios(tracer__plan(run->k.tracer));
}

static bool ledger_lost(struct run *run);

bool run__ledger_is_whole(struct run *run)
{
	return !run__filters(run) && !ledger_lost(run);
}

bool run__sees_layers(const struct run *run, const struct pgmap *p)
{
	return has_layers(run, p) &&
	       (p->k.type != PGR_TYPE_FSDAX || tracer__folios_take(run->k.tracer) == PGR_TAKES);
}

/* Asked only with the ledger, beside which it costs nothing. */
static bool ledger_lost(struct run *run)
{
	struct tracer_loss loss;

	return tracer__loss(run->k.tracer, &loss) || layers__lost(loss.cause, loss.missed_runs);
}

/* The pins that are left, unless nobody looked at the pages, or wants to know. */
static int add_pins(struct run *run, const struct pgmap *p, const struct pgr_sweep *pages,
		    bool drop, struct ledger *l)
{
	/* Of pages that were not looked at, any pin may be left. */
	uint64_t since = pages && pages->flags & PGR_SWEEP_DONE ? pages->start_ns : 0;

	if (!run->o->pins || (!pages && !drop))
		return 0;
	return tracer__pins(run->k.tracer, p->k.id, since, drop, ledger__add, l);
}

/* What a hook is missing for is not told from what has long gone. */
static void leave_out(struct run *run, const struct pgmap *p, struct ledger *l)
{
	for (int holding = PGR_HOLD_GET; holding < PGR_HOLD_PIN; holding++)
		ledger__leave_out(l, holding,
				  unseen__outlived(tracer__plan(run->k.tracer),
						   tracer__alive(run->k.tracer), holding,
						   p->k.type));
}

struct ledger *run__ledger(struct run *run, const struct pgmap *p, const struct pgr_sweep *pages,
			   bool drop)
{
	struct ledger *l = ledger__new();

	if (l)
		leave_out(run, p, l);
	if (!l || tracer__ledger(run->k.tracer, p->k.id, drop, ledger__add, l) ||
	    add_pins(run, p, pages, drop, l) ||
	    (run__sees_layers(run, p) && ledger__reconcile(l, p->k.foreign_puts, ledger_lost(run)))) {
		ledger__free(l);
		return NULL;
	}
	if (pages)
		ledger__mark_traced(l, pages);
	if (ledger__finish(l, is_passing, run)) {
		ledger__free(l);
		return NULL;
	}
	return l;
}

/* Has an event moved a reference, or an entry, since p was refreshed? */
static bool has_moved(struct run *run, const struct pgmap *p)
{
	struct pgr_pgmap k;

	return tracer__get_pgmap(run->k.tracer, p->k.addr, &k) || k.id != p->k.id ||
	       memcmp(k.events, p->k.events, sizeof(k.events));
}

/*
 * Counter, pages and ledger are read one after the other: a look during which something moved,
 * though it moved back, is none.
 */
void run__check_layers(struct run *run, struct pgmap *p, const struct pgr_sweep *w)
{
	struct layers_look look = {
		.adopted = p->k.flags & PGR_PGMAP_ADOPTED,
		.excess = pgmap__excess(p),
		.used = w->used,
		.foreign_puts = p->k.foreign_puts,
	};
	int64_t value = p->value;
	struct ledger *l;

	if (!has_layers(run, p) || p->layers_reported || !pgmap__has_excess(p) ||
	    !(w->flags & PGR_SWEEP_DONE))
		return;
	/* That nothing is older than the tool can be seen before. */
	if (!run__sees_layers(run, p) && (look.excess || look.used))
		return;
	if (has_moved(run, p)) {
		layers__skip(&p->layers);
		return;
	}
	if (layers__judge(&p->layers, &look) != LAYERS_ASK)
		return;
	l = run__ledger(run, p, NULL, false);
	run__sample(run, p);
	if (!l || !p->has_value || p->value != value || has_moved(run, p)) {
		layers__skip(&p->layers);
	} else {
		look.traced = ledger__layers(l);
		if (look.traced && layers__judge(&p->layers, &look) == LAYERS_DIFFER) {
			report__layers(&run->out.report, p, l, w, clock__now());
			p->layers_reported = true;
		}
	}
	ledger__free(l);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Collects the facts of teardowns, and judges them when they are stuck or have ended. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/devnum.h"
#include "kernel/bdevs.h"
#include "kernel/mounts.h"
#include "kernel/tracer_read.h"
#include "report/report_pgmap.h"
#include "run/run_assertions.h"
#include "run/run_exact.h"
#include "run/run_finding.h"
#include "run/run_ledger.h"
#include "run/run_state.h"
#include "run/run_teardown.h"

#define FILES_DEVS 32
#define AGAIN_NS (60 * NSEC_PER_SEC)

/*
 * Can files share pages of this pgmap? XFS is the only filesystem with DAX that shares pages. It
 * lives as long as one of its files is open, even if it is not mounted.
 */
static bool files_may_share(struct bdevs *bdevs, const struct pgmap *p)
{
	char disk[DEVICES_NAME_MAX];
	uint32_t dev[FILES_DEVS];
	size_t n;

	/* New disks may be stacked on it since the last scan. */
	bdevs__scan(bdevs, NULL);
	n = bdevs__stacked_on(bdevs, p->name, dev, FILES_DEVS);
	if (n == FILES_DEVS)
		return true; /* there may be more disks */
	for (size_t i = 0; i < n; i++)
		if (!bdevs__name(bdevs, NULL, devnum__major(dev[i]), devnum__minor(dev[i]), disk,
				 sizeof(disk)) &&
		    mounts__xfs_lives(NULL, disk))
			return true;
	/* If its disk is not known, its filesystem is not known. */
	return !n && !p->named;
}

/*
 * DAX entries that were traced as inserted and not deleted, although no page shows an entry. If two
 * files read a shared page, 6.1 forgets one file when the other deletes its entry.
 */
static uint64_t unshown_entries(struct tracer *tracer, const struct pgr_sweep *w,
				const struct ledger *l)
{
	struct tracer_loss loss;
	uint64_t n = 0;

	if (!w || w->entry_pages || w->maybe_shared)
		return 0;
	for (size_t i = 0; l && i < ledger__nr(l); i++)
		if (ledger__holder(l, i)->holding == PGR_HOLD_ENTRY)
			n += ledger__holder(l, i)->n;
	if (!n || !plan_hook__attempt(&tracer__plan(tracer)->hook[PGR_HOOK_DELETE]) ||
	    tracer__loss(tracer, &loss) || loss.missed_runs[PGR_HOOK_DELETE])
		return 0;
	return n;
}

static void find_facts(const struct run_kernel *k, const struct pgmap *p, const struct ledger *l,
		       struct teardown_facts *f)
{
	const struct pgr_sweep *w = p->td.final ? p->td.final : p->td.sweep;

	pgmap__facts(p, f);
	f->unshown_entries = unshown_entries(k->tracer, p->td.final, l);
	if (w && w->maybe_shared && files_may_share(k->bdevs, p))
		f->maybe_shared = w->maybe_shared;
}

/* The final judgement was made. */
static void end_teardown(struct run *run, struct pgmap *p)
{
	p->td.judged = true;
	run__see_teardown(run, p);
}

/*
 * Would p have got the name of a device, if it had lived longer? Pgmaps of other buses have their
 * name from the start.
 */
static bool comes_to_a_name(const struct pgmap *p)
{
	static const char *const buses[] = { "pfn", "dax", "namespace" };

	for (size_t i = 0; !p->named && i < sizeof(buses) / sizeof(*buses); i++)
		if (!strncmp(p->k.dev, buses[i], strlen(buses[i])))
			return true;
	return false;
}

void run__report_teardown(struct run *run, struct pgmap *p, enum finding_phase phase,
			  const struct pgr_sweep *pages, bool last)
{
	struct finding f = { .p = p,
			     .phase = phase,
			     .pages = pages,
			     .last = last,
			     .pages_hold = run__pages_hold(run->k.tracer, p) };
	struct teardown_facts facts;

	if (!p->wanted) {
		/* It ended before -g could match its name. --type uses the type, always known. */
		run->end.unnamed += last && run->o->nr_names && comes_to_a_name(p) &&
				    (!run->o->types || run->o->types >> p->k.type & 1);
		return;
	}
	run__find_driver(run->k.symbols, p);
	f.ledger = run__ledger(&run->k, run->o, p, pages, last);
	find_facts(&run->k, p, f.ledger, &facts);
	finding__judge_teardown(&f, &facts);
	f.said = p->td.reported_kinds;
	p->td.reported_kinds = f.j.kinds;
	if (last)
		end_teardown(run, p);
	run__publish(run, &f);
}

void run__report_stuck(struct run *run, struct pgmap *p, uint64_t now)
{
	struct pgr_sweep *w;

	run__sample(run->k.tracer, p);
	if (!feed__stick(p, now))
		return;
	/* Who puts a reference from now on, is seen. */
	if (p->wanted)
		run__begin_exact(&run->k, p);
	w = run__sweep(run->k.tracer, p);
	run__report_teardown(run, p, FINDING_STUCK, w, false);
	free(w);
}

void run__say_again(struct run *run, struct pgmap *p, uint64_t now)
{
	struct finding f = { .p = p,
			     .phase = FINDING_STUCK,
			     .said = p->td.reported_kinds,
			     .j = { .verdict = VERDICT_LEAK, .kinds = p->td.reported_kinds } };
	struct report r = run->out.report;
	uint64_t waited = now - p->td.begin_ns;

	if (p->td.again_ns && now < p->td.again_ns)
		return;
	/* The first line comes a while after the report, which says the same. */
	if (p->td.again_ns && p->wanted && !p->td.allowed && !out__is_json(r.out)) {
		r.details = false;
		report__finding(&r, &f, now);
	}
	p->td.again_ns = now + (waited > AGAIN_NS ? waited : AGAIN_NS);
}

void run__close_adopted(struct run *run, struct pgmap *p)
{
	if (!feed__close_adopted(p))
		return;
	run__report_teardown(run, p, FINDING_DRAINED, NULL, true);
	tracer__forget(run->k.tracer, p->k.addr, p->k.id);
}

/* Does a sample show that the pgmap, or its counter, is gone? */
static bool is_over(struct tracer *tracer, const struct pgmap *p)
{
	uint32_t flags = 0;
	int64_t value;
	uint64_t ns;
	int err = tracer__sample(tracer, p->k.addr, p->k.id, &value, &flags, &ns);

	return feed__is_over(err, flags);
}

bool run__close_over(struct run *run, struct pgmap *p)
{
	if (!feed__close_over(p, is_over(run->k.tracer, p)))
		return false;
	run__report_teardown(run, p, FINDING_OVER, NULL, true);
	tracer__forget(run->k.tracer, p->k.addr, p->k.id);
	return true;
}

/* The report was made while the teardown was stuck; it is counted here, once. */
void run__close_stuck(struct run *run, struct pgmap *p)
{
	struct finding f = { .p = p,
			     .phase = FINDING_STUCK,
			     .last = true,
			     .pages_hold = run__pages_hold(run->k.tracer, p) };
	struct teardown_facts facts;

	find_facts(&run->k, p, NULL, &facts);
	finding__judge_teardown(&f, &facts);
	/* If the kinds of leak changed since that report, make a new report. */
	if (f.j.kinds != p->td.reported_kinds) {
		run__report_teardown(run, p, FINDING_STUCK, p->td.final, true);
		return;
	}
	f.j.allowed = f.j.verdict == VERDICT_LEAK && p->td.allowed == f.j.kinds;
	end_teardown(run, p);
	if (run->out.cases || run->o->json)
		f.ledger = run__ledger(&run->k, run->o, p, NULL, false);
	run__settle(&run->out, &run->end, &f);
	/* In JSON exactly one record of each teardown is final. */
	if (run->o->json)
		report__finding(&run->out.report, &f, clock__now());
	finding__clear(&f);
}

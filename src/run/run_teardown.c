// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Teardowns: judged, counted and reported. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/bdevs.h"
#include "kernel/mounts.h"
#include "kernel/walked.h"
#include "run/run_allow.h"
#include "run/run_cases.h"
#include "run/run_check.h"
#include "run/run_find.h"
#include "run/run_ledger.h"
#include "run/run_state.h"
#include "run/run_teardown.h"

void run__judged(struct run *run, const struct judgement *j)
{
	if (j->allowed)
		return;
	run->end.worst.kinds |= j->kinds;
	run->end.failing = run->end.failing || j->verdict == VERDICT_LEAK;
	if (j->verdict <= run->end.worst.verdict)
		return;
	run->end.worst.verdict = j->verdict;
	snprintf(run->end.worst.why, sizeof(run->end.worst.why), "%s", j->why);
}

/* Reports of what is clean: watch is for them, check has them for machines and for -v. */
static bool shows_clean(const struct run *run)
{
	return run->o->verb == VERB_WATCH ||
	       (run->o->verb == VERB_CHECK && (run->o->json || run->o->verbose));
}

struct teardown_report {
	const struct pgmap *p;
	const char *phase;
	const struct judgement *j;
	const struct ledger *l;
	const struct pgr_sweep *pages;
};

static void put_teardown(struct report *r, void *ctx)
{
	const struct teardown_report *t = ctx;

	report__teardown(r, t->p, t->phase, t->j, t->l, t->pages, clock__now());
}

/* The case of one that was judged for good. */
static void add_case(struct run *run, struct teardown_report *t)
{
	const struct teardown *td = &t->p->td;
	uint64_t end = td->gone_ns ? td->gone_ns : clock__now();
	char name[DEVICES_NAME_MAX + 32], *text = NULL, *both = NULL;

	if (!run->out.cases)
		return;
	if (t->j->verdict != VERDICT_CLEAN)
		text = run__render(run, put_teardown, t);
	/* By the end those who held it up may have let go: what was said of them then is part of it. */
	if (text && td->text && asprintf(&both, "%s%s", td->text, text) < 0)
		both = NULL;
	snprintf(name, sizeof(name), "%s generation %u", t->p->name, t->p->k.id);
	run__case(run, "teardown", name, t->j, both ? both : text, end - td->begin_ns);
	free(both);
	free(text);
}

#define FILES_DEVS 32

/*
 * Can files share pages of this pgmap? Of filesystems with DAX only those of XFS can, which live as
 * long as one of their files is open, mounted or not.
 */
static bool files_may_share(struct run *run, const struct pgmap *p)
{
	char disk[DEVICES_NAME_MAX];
	uint32_t dev[FILES_DEVS];
	size_t n;

	/* Others may have come on top since the last time. */
	bdevs__scan(run->k.bdevs, NULL);
	n = bdevs__stacked_on(run->k.bdevs, p->name, dev, FILES_DEVS);
	if (n == FILES_DEVS)
		return true; /* and perhaps more */
	for (size_t i = 0; i < n; i++)
		if (!bdevs__name(run->k.bdevs, NULL, dev[i] >> 20, dev[i] & 0xfffff, disk,
				 sizeof(disk)) &&
		    mounts__xfs_lives(NULL, disk))
			return true;
	/* Without a name of its disk nothing is known of what lives there. */
	return !n && !p->named;
}

/*
 * DAX entries that were inserted and, as far as was traced, never deleted, where no page shows any:
 * of two files that read a page in common, 6.1 forgets the one when the other lets go.
 */
static uint64_t unshown_entries(struct run *run, const struct pgr_sweep *w, const struct ledger *l)
{
	struct tracer_loss loss;
	uint64_t n = 0;

	if (!w || w->entry_pages || w->maybe_shared)
		return 0;
	for (size_t i = 0; l && i < ledger__nr(l); i++)
		if (ledger__holder(l, i)->holding == PGR_HOLD_ENTRY)
			n += ledger__holder(l, i)->n;
	if (!n || !plan_hook__attempt(&tracer__plan(run->k.tracer)->hook[PGR_HOOK_DELETE]) ||
	    tracer__loss(run->k.tracer, &loss) || loss.missed_runs[PGR_HOOK_DELETE])
		return 0;
	return n;
}

static void find_facts(struct run *run, const struct pgmap *p, const struct ledger *l,
		       struct teardown_facts *f)
{
	const struct pgr_sweep *w = p->td.final ? p->td.final : p->td.sweep;

	pgmap__facts(p, f);
	f->unshown_entries = unshown_entries(run, p->td.final, l);
	if (w && w->maybe_shared && files_may_share(run, p))
		f->maybe_shared = w->maybe_shared;
}

/*
 * Has its device a name to come, which it did not live to have? Others are called by what is known
 * of them from the first.
 */
static bool comes_to_a_name(const struct pgmap *p)
{
	static const char *const buses[] = { "pfn", "dax", "namespace" };

	for (size_t i = 0; !p->named && i < sizeof(buses) / sizeof(*buses); i++)
		if (!strncmp(p->k.dev, buses[i], strlen(buses[i])))
			return true;
	return false;
}

void run__report_teardown(struct run *run, struct pgmap *p, const char *phase,
			  const struct pgr_sweep *pages, bool last)
{
	struct teardown_report t = { .p = p, .phase = phase, .pages = pages };
	struct teardown_facts f;
	struct judgement j;
	struct leak leak;
	struct ledger *l;

	if (!p->wanted) {
		/* It was over before it had its name. The type, by which --type goes, is always known. */
		run->end.unnamed += last && run->o->nr_names && comes_to_a_name(p) &&
				    (!run->o->types || run->o->types >> p->k.type & 1);
		return;
	}
	run__find_driver(run, p);
	l = run__ledger(run, p, pages, last);
	find_facts(run, p, l, &f);
	verdict__teardown(&f, &j);
	/* Said of it while it was stuck: not asked twice. */
	leak = (struct leak){ .p = p,
			      .j = &j,
			      .l = l,
			      .pages = pages,
			      .excess = f.begun && f.has_value ? f.value - f.baseline :
								 f.stuck_value };
	j.allowed = j.verdict == VERDICT_LEAK &&
		    (p->td.allowed == j.kinds || run__allowed(run, &leak));
	if (j.allowed)
		p->td.allowed = j.kinds;
	run__judged(run, &j);
	p->td.reported_kinds = j.kinds;
	t.j = &j;
	t.l = l;
	/* One put too many is nobody's holding. */
	if (j.verdict == VERDICT_LEAK && j.kinds != LEAK_UNDERFLOW)
		run->out.report.found = run__find(run, p, pages, l);
	if (p->state == PGMAP_KILLED)
		run__see_held(run, p, l);
	if (last) {
		p->td.judged = true;
		run->end.totals.leaks += j.verdict == VERDICT_LEAK && !j.allowed;
		run->end.totals.suppressed += j.allowed;
		run->end.totals.inconclusive += j.verdict == VERDICT_INCONCLUSIVE;
		run__see_teardown(run, p);
		add_case(run, &t);
	} else if (run->out.cases && !p->td.text) {
		p->td.text = run__render(run, put_teardown, &t);
	}
	/* trace has lines of its own for a teardown: only a finding is worth a report. */
	if (shows_clean(run) || j.verdict != VERDICT_CLEAN) {
		put_teardown(&run->out.report, &t);
		run__suggest(run, &leak);
	}
	walked__free(run->out.report.found);
	run->out.report.found = NULL;
	ledger__free(l);
}

void run__report_stuck(struct run *run, struct pgmap *p, const char *phase, uint64_t now)
{
	struct pgr_sweep *w;

	run__sample(run, p);
	if (!feed__stick(p, now))
		return;
	w = run__sweep(run, p);
	run__report_teardown(run, p, phase, w, false);
	free(w);
}

void run__close_adopted(struct run *run, struct pgmap *p)
{
	if (!feed__close_adopted(p))
		return;
	run__report_teardown(run, p, "drained", NULL, true);
	tracer__forget(run->k.tracer, p->k.addr, p->k.id);
}

/* Is the pgmap gone, or its counter? */
static bool is_over(struct run *run, const struct pgmap *p)
{
	uint32_t flags = 0;
	int64_t value;
	uint64_t ns;
	int err = tracer__sample(run->k.tracer, p->k.addr, p->k.id, &value, &flags, &ns);

	return feed__is_over(err, flags);
}

bool run__close_over(struct run *run, struct pgmap *p)
{
	if (!feed__close_over(p, is_over(run, p)))
		return false;
	run__report_teardown(run, p, "over", NULL, true);
	tracer__forget(run->k.tracer, p->k.addr, p->k.id);
	return true;
}

/* Reported while it was stuck; counted once, at the end. */
void run__close_stuck(struct run *run, struct pgmap *p)
{
	struct teardown_report t = { .p = p, .phase = "stuck" };
	struct teardown_facts f;
	struct judgement j;
	struct ledger *l;

	find_facts(run, p, NULL, &f);
	verdict__teardown(&f, &j);
	/* What has been read since it was reported is another leak. */
	if (j.kinds != p->td.reported_kinds) {
		run__report_teardown(run, p, "stuck", p->td.final, true);
		return;
	}
	j.allowed = j.verdict == VERDICT_LEAK && p->td.allowed == j.kinds;
	run->end.totals.leaks += j.verdict == VERDICT_LEAK && !j.allowed;
	run->end.totals.suppressed += j.allowed;
	p->td.judged = true;
	run__see_teardown(run, p);
	if (!run->out.cases)
		return;
	l = run__ledger(run, p, NULL, false);
	t.j = &j;
	t.l = l;
	add_case(run, &t);
	ledger__free(l);
}

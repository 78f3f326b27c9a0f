// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Teardowns: judged, counted and reported. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/bdevs.h"
#include "kernel/walked.h"
#include "kernel/mounts.h"
#include "run/run.h"
#include "run/run_impl.h"

void run__judged(struct run *s, const struct judgement *j)
{
	if (j->allowed)
		return;
	s->worst.kinds |= j->kinds;
	s->failing = s->failing || j->verdict == VERDICT_LEAK;
	if (j->verdict <= s->worst.verdict)
		return;
	s->worst.verdict = j->verdict;
	snprintf(s->worst.why, sizeof(s->worst.why), "%s", j->why);
}

/* Reports of what is clean: watch is for them, check has them for machines and for -v. */
static bool shows_clean(const struct run *s)
{
	return s->o->verb == VERB_WATCH ||
	       (s->o->verb == VERB_CHECK && (s->o->json || s->o->verbose));
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
static void add_case(struct run *s, struct teardown_report *t)
{
	const struct teardown *td = &t->p->td;
	uint64_t end = td->gone_ns ? td->gone_ns : clock__now();
	char name[DEVICES_NAME_MAX + 32], *text = NULL, *both = NULL;

	if (!s->cases)
		return;
	if (t->j->verdict != VERDICT_CLEAN)
		text = run__render(s, put_teardown, t);
	/* By the end those who held it up may have let go: what was said of them then is part of it. */
	if (text && td->text && asprintf(&both, "%s%s", td->text, text) < 0)
		both = NULL;
	snprintf(name, sizeof(name), "%s generation %u", t->p->name, t->p->k.id);
	run__case(s, "teardown", name, t->j, both ? both : text, end - td->begin_ns);
	free(both);
	free(text);
}

#define FILES_DEVS 32

/*
 * Can files share pages of this pgmap? Of filesystems with DAX only those of XFS can, which live as
 * long as one of their files is open, mounted or not.
 */
static bool files_may_share(struct run *s, const struct pgmap *p)
{
	char disk[DEVICES_NAME_MAX];
	uint32_t dev[FILES_DEVS];
	size_t n;

	/* Others may have come on top since the last time. */
	bdevs__scan(s->report.bdevs, NULL);
	n = bdevs__stacked_on(s->report.bdevs, p->name, dev, FILES_DEVS);
	if (n == FILES_DEVS)
		return true; /* and perhaps more */
	for (size_t i = 0; i < n; i++)
		if (!bdevs__name(s->report.bdevs, NULL, dev[i] >> 20, dev[i] & 0xfffff, disk,
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
static uint64_t unshown_entries(struct run *s, const struct pgr_sweep *w, const struct ledger *l)
{
	struct tracer_loss loss;
	uint64_t n = 0;

	if (!w || w->entry_pages || w->maybe_shared)
		return 0;
	for (size_t i = 0; l && i < ledger__nr(l); i++)
		if (ledger__holder(l, i)->holding == PGR_HOLD_ENTRY)
			n += ledger__holder(l, i)->n;
	if (!n || !plan_hook__attempt(&tracer__plan(s->tracer)->hook[PGR_HOOK_DELETE]) ||
	    tracer__loss(s->tracer, &loss) || loss.missed_runs[PGR_HOOK_DELETE])
		return 0;
	return n;
}

static void find_facts(struct run *s, const struct pgmap *p, const struct ledger *l,
		       struct teardown_facts *f)
{
	const struct pgr_sweep *w = p->td.final ? p->td.final : p->td.sweep;

	pgmap__facts(p, f);
	f->unshown_entries = unshown_entries(s, p->td.final, l);
	if (w && w->maybe_shared && files_may_share(s, p))
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

void run__report_teardown(struct run *s, struct pgmap *p, const char *phase,
			  const struct pgr_sweep *pages, bool last)
{
	struct teardown_report t = { .p = p, .phase = phase, .pages = pages };
	struct teardown_facts f;
	struct judgement j;
	struct leak leak;
	struct ledger *l;

	if (!p->wanted) {
		/* It was over before it had its name. The type, by which --type goes, is always known. */
		s->unnamed += last && s->o->nr_names && comes_to_a_name(p) &&
			      (!s->o->types || s->o->types >> p->k.type & 1);
		return;
	}
	run__find_driver(s, p);
	l = run__ledger(s, p, pages, last);
	find_facts(s, p, l, &f);
	verdict__teardown(&f, &j);
	/* Said of it while it was stuck: not asked twice. */
	leak = (struct leak){ .p = p,
			      .j = &j,
			      .l = l,
			      .pages = pages,
			      .excess = f.begun && f.has_value ? f.value - f.baseline :
								 f.stuck_value };
	j.allowed = j.verdict == VERDICT_LEAK &&
		    (p->td.allowed == j.kinds || run__allowed(s, &leak));
	if (j.allowed)
		p->td.allowed = j.kinds;
	run__judged(s, &j);
	p->td.reported_kinds = j.kinds;
	t.j = &j;
	t.l = l;
	/* One put too many is nobody's holding. */
	if (j.verdict == VERDICT_LEAK && j.kinds != LEAK_UNDERFLOW)
		s->report.found = run__find(s, p, pages, l);
	if (p->state == PGMAP_KILLED)
		run__see_held(s, p, l);
	if (last) {
		p->td.judged = true;
		s->totals.leaks += j.verdict == VERDICT_LEAK && !j.allowed;
		s->totals.suppressed += j.allowed;
		s->totals.inconclusive += j.verdict == VERDICT_INCONCLUSIVE;
		run__see_teardown(s, p);
		add_case(s, &t);
	} else if (s->cases && !p->td.text) {
		p->td.text = run__render(s, put_teardown, &t);
	}
	/* trace has lines of its own for a teardown: only a finding is worth a report. */
	if (shows_clean(s) || j.verdict != VERDICT_CLEAN) {
		put_teardown(&s->report, &t);
		run__suggest(s, &leak);
	}
	walked__free(s->report.found);
	s->report.found = NULL;
	ledger__free(l);
}

void run__report_stuck(struct run *s, struct pgmap *p, const char *phase, uint64_t now)
{
	struct pgr_sweep *w;

	run__sample(s, p);
	/*
	 * Not killed yet: programs of other tools may still stand before the kill. At
	 * 0 it has drained this very moment. Below 0 it never will: one put too many.
	 */
	if (!p->has_value || !(p->ref_flags & PGR_REF_DYING) || !p->value)
		return;
	p->td.stuck = true;
	p->td.stuck_ns = now;
	p->td.stuck_value = p->value;
	w = run__sweep(s, p);
	run__report_teardown(s, p, phase, w, false);
	free(w);
}

/*
 * One that was adopted in the middle of its teardown: the end of that call is
 * not seen, since its fexit was not there when it began. Drained is the end.
 */
void run__close_adopted(struct run *s, struct pgmap *p)
{
	if (p->state != PGMAP_DRAINED || p->td.begun || p->td.judged)
		return;
	p->state = PGMAP_GONE;
	run__report_teardown(s, p, "drained", NULL, true);
	tracer__forget(s->tracer, p->k.addr, p->k.id);
}

/* Is the pgmap gone, or its counter? What cannot be read says nothing. */
static bool is_over(struct run *s, const struct pgmap *p)
{
	uint32_t flags;
	int64_t value;
	uint64_t ns;
	int err = tracer__sample(s->tracer, p->k.addr, p->k.id, &value, &flags, &ns);

	if (err)
		return err == -ESTALE;
	return !(flags & PGR_REF_UNREADABLE) && (flags & PGR_REF_EXITED || !(flags & PGR_REF_DYING));
}

bool run__close_over(struct run *s, struct pgmap *p)
{
	bool over = is_over(s, p);

	/* Of one whose begin was seen the end is yet to come. Of others it may, before the next look. */
	if (p->td.begun || p->td.judged || !over || !p->td.over_once) {
		p->td.over_once = over;
		return false;
	}
	p->td.over = true;
	p->state = PGMAP_GONE;
	run__report_teardown(s, p, "over", NULL, true);
	tracer__forget(s->tracer, p->k.addr, p->k.id);
	return true;
}

/* Reported while it was stuck; counted once, at the end. */
void run__close_stuck(struct run *s, struct pgmap *p)
{
	struct teardown_report t = { .p = p, .phase = "stuck" };
	struct teardown_facts f;
	struct judgement j;
	struct ledger *l;

	find_facts(s, p, NULL, &f);
	verdict__teardown(&f, &j);
	/* What has been read since it was reported is another leak. */
	if (j.kinds != p->td.reported_kinds) {
		run__report_teardown(s, p, "stuck", p->td.final, true);
		return;
	}
	j.allowed = j.verdict == VERDICT_LEAK && p->td.allowed == j.kinds;
	s->totals.leaks += j.verdict == VERDICT_LEAK && !j.allowed;
	s->totals.suppressed += j.allowed;
	p->td.judged = true;
	run__see_teardown(s, p);
	if (!s->cases)
		return;
	l = run__ledger(s, p, NULL, false);
	t.j = &j;
	t.l = l;
	add_case(s, &t);
	ledger__free(l);
}

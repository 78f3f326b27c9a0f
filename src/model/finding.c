// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "kernel/walked.h"
#include "model/finding.h"

const char *finding__phase_name(enum finding_phase phase)
{
	static const char *const names[] = {
		[FINDING_STUCK] = "stuck", [FINDING_DRAINED] = "drained", [FINDING_GONE] = "gone",
		[FINDING_OVER] = "over",   [FINDING_OPEN] = "open",	  [FINDING_END] = NULL,
	};

	return names[phase];
}

void finding__judge_teardown(struct finding *f, const struct teardown_facts *facts)
{
	verdict__teardown(facts, &f->j);
	f->excess = facts->begun && facts->has_value ? facts->value - facts->baseline :
						       facts->stuck_value;
}

void finding__judge_end(struct finding *f)
{
	verdict__end(&f->facts, &f->counts, &f->j);
	f->facts.pages = NULL; /* f->counts has a copy; the original may be freed before *f */
	f->excess = f->counts.references;
}

bool finding__has_holders(const struct finding *f)
{
	return f->j.verdict == VERDICT_LEAK && f->j.kinds != LEAK_UNDERFLOW;
}

bool finding__is_held(const struct finding *f)
{
	if (f->phase == FINDING_END)
		return f->counts.references > 0;
	return f->p->state == PGMAP_KILLED;
}

bool finding__tells(const struct finding *f)
{
	return f->j.verdict != VERDICT_CLEAN ||
	       (f->phase == FINDING_END && (f->counts.pre_existing || f->counts.busy_before));
}

void finding__clear(struct finding *f)
{
	walked__free(f->found);
	ledger__free(f->ledger);
	f->found = NULL;
	f->ledger = NULL;
}

#define OF_REFERENCES (LEAK_HANG | LEAK_EXCESS_AT_END)
#define OF_PAGES (LEAK_PINNED | LEAK_BUSY_AT_END)
#define OF_ENTRIES LEAK_ENTRIES

bool finding__can_be(const struct finding *f, const struct holder *h)
{
	if (h->transient)
		return false;
	switch (h->holding) {
	case PGR_HOLD_PIN:
		return f->j.kinds & OF_PAGES;
	case PGR_HOLD_ENTRY:
		return f->j.kinds & OF_ENTRIES ||
		       (f->j.kinds & OF_REFERENCES && h->without_reference);
	case PGR_HOLD_FOLIO:
		/* While the pgmap is live, a folio with an entry rightly has a reference. */
		return f->j.kinds & OF_REFERENCES && (h->without_entry || f->p->state != PGMAP_LIVE);
	default:
		return f->j.kinds & OF_REFERENCES;
	}
}

int64_t finding__left(const struct finding *f)
{
	const struct pgmap *p = f->p;
	const struct teardown *td = &p->td;

	if (f->phase == FINDING_END)
		return f->facts.after.excess;
	if (td->stuck && !td->drained_ns)
		return td->stuck_value;
	return td->begun && pgmap__has_baseline(p) ? td->value - p->k.baseline : td->stuck_value;
}

int64_t finding__traced(const struct finding *f)
{
	const struct layers *y = f->ledger ? ledger__layers(f->ledger) : NULL;
	int64_t known = y ? y->folios + y->others : f->ledger ? ledger__references(f->ledger) : 0;

	/*
	 * After the drain the ledger has no rows of references that their own taker put. If another
	 * task put, the row remains, because a put does not say which reference it drops. A device
	 * page tells its reference on every kernel.
	 */
	if (f->p->td.drained_ns)
		known += f->p->k.drain_known + (y ? f->p->k.foreign_puts : 0);
	return known;
}

/* Do the culprits account for all of the leak? */
static bool is_accounted_for(const struct finding *f, uint64_t pinned, uint64_t with_entries)
{
	const struct late_moves *late = &f->p->td.late;
	int64_t known = f->ledger ? ledger__references(f->ledger) : 0;
	uint64_t calls = 0;

	for (size_t i = 0; i < late->nr; i++)
		calls += late->group[i].calls;
	if (f->j.kinds & LEAK_UNDERFLOW || calls < late->calls)
		return false;
	/* Count references that were put in the drain if the ledger knew their takers. */
	if (f->j.kinds & OF_REFERENCES && f->excess > known + f->p->k.drain_known)
		return false;
	if (f->j.kinds & OF_ENTRIES && !(f->pages && f->pages->entry_pages <= with_entries))
		return false;
	return !(f->j.kinds & OF_PAGES) ||
	       (f->pages && !f->pages->mapped && f->pages->pins + f->pages->others <= pinned);
}

bool finding__each_culprit(const struct finding *f, culprit_fn fn, void *ctx)
{
	const struct late_moves *late = &f->p->td.late;
	uint64_t pinned = 0, with_entries = 0;
	struct culprit c;
	size_t n = 0;

	for (size_t i = 0; f->ledger && i < ledger__nr(f->ledger); i++) {
		const struct holder *h = ledger__holder(f->ledger, i);

		if (!finding__can_be(f, h))
			continue;
		if (h->holding == PGR_HOLD_PIN)
			pinned += h->n;
		else if (h->holding == PGR_HOLD_ENTRY)
			with_entries += h->pages;
		c = (struct culprit){ h->task.tgid ? h->task.comm : NULL, h->stack };
		n++;
		if (!fn(ctx, &c))
			return false;
	}
	for (size_t i = 0; i < late->nr; i++) {
		c = (struct culprit){ late->group[i].task.comm, late->group[i].stack };
		n++;
		if (!fn(ctx, &c))
			return false;
	}
	if (n && is_accounted_for(f, pinned, with_entries))
		return true;
	c = (struct culprit){ NULL, 0 };
	return fn(ctx, &c);
}

void totals__add(struct run_totals *t, const struct judgement *j)
{
	t->leaks += j->verdict == VERDICT_LEAK && !j->allowed;
	t->suppressed += j->allowed;
	t->inconclusive += j->verdict == VERDICT_INCONCLUSIVE;
}

bool judgement__worsen(struct judgement *worst, const struct judgement *j)
{
	if (j->allowed)
		return false;
	worst->kinds |= j->kinds;
	if (j->verdict > worst->verdict) {
		worst->verdict = j->verdict;
		snprintf(worst->why, sizeof(worst->why), "%s", j->why);
	}
	return j->verdict == VERDICT_LEAK;
}

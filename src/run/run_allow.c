// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Leaks as --allow sees them: each holder of a leak is to be allowed. */
#include <stdio.h>

#include "model/allow.h"
#include "model/frames.h"
#include "run/run_allow.h"

#define FRAME_MAX 512

struct subject {
	struct allow_subject s;
	char kinds[VERDICT_KINDS_MAX];
	char text[PGR_STACK_DEPTH][FRAME_MAX];
	const char *frames[PGR_STACK_DEPTH];
};

typedef bool (*subject_fn)(struct run *run, const struct pgmap *p,
			   const struct allow_subject *subject);

static void set_stack(struct run *run, struct subject *x, uint64_t key)
{
	struct pgr_stack stack;

	x->s.nr_frames = 0;
	x->s.frames = NULL;
	if (!key || tracer__stack(run->k.tracer, key, &stack))
		return;
	x->s.frames = x->frames;
	for (unsigned int i = frames__site(run->k.symbols, &stack);
	     i < stack.nr && x->s.nr_frames < PGR_STACK_DEPTH; i++) {
		size_t n = x->s.nr_frames++;

		x->frames[n] = frames__format(run->k.symbols, &stack, i, x->text[n], FRAME_MAX);
	}
}

#define OF_REFERENCES (LEAK_HANG | LEAK_EXCESS_AT_END)
#define OF_PAGES (LEAK_PINNED | LEAK_BUSY_AT_END)
#define OF_ENTRIES LEAK_ENTRIES

/* Of all that a report lists, those that can be the leak. */
static bool is_culprit(const struct leak *k, const struct holder *h)
{
	if (h->transient)
		return false;
	switch (h->holding) {
	case PGR_HOLD_PIN:
		return k->j->kinds & OF_PAGES;
	case PGR_HOLD_ENTRY:
		return k->j->kinds & OF_ENTRIES ||
		       (k->j->kinds & OF_REFERENCES && h->without_reference);
	case PGR_HOLD_FOLIO:
		/* Of a pgmap that lives, folios of files have theirs by right. */
		return k->j->kinds & OF_REFERENCES &&
		       (h->without_entry || k->p->state != PGMAP_LIVE);
	default:
		return k->j->kinds & OF_REFERENCES;
	}
}

/* Is all of the leak somebody's, of those that each_subject() has named? */
static bool is_accounted_for(const struct leak *k, uint64_t pinned, uint64_t with_entries)
{
	const struct late_moves *late = &k->p->td.late;
	int64_t known = k->l ? ledger__references(k->l) : 0;
	uint64_t calls = 0;

	for (size_t i = 0; i < late->nr; i++)
		calls += late->group[i].calls;
	if (k->j->kinds & LEAK_UNDERFLOW || calls < late->calls)
		return false;
	/* What is put by then is known by who had it. */
	if (k->j->kinds & OF_REFERENCES && k->excess > known + k->p->k.drain_known)
		return false;
	if (k->j->kinds & OF_ENTRIES && !(k->pages && k->pages->entry_pages <= with_entries))
		return false;
	return !(k->j->kinds & OF_PAGES) ||
	       (k->pages && !k->pages->mapped && k->pages->pins + k->pages->others <= pinned);
}

/* Calls fn for each holder, and for those who took after the kill, until it says no. */
static bool each_subject(struct run *run, const struct leak *k, subject_fn fn)
{
	const struct late_moves *late = &k->p->td.late;
	struct subject x = { .s = { .pgmap = k->p->name, .type = pgmap__type_name(k->p) } };
	uint64_t pinned = 0, with_entries = 0;
	size_t n = 0;

	x.s.kind = verdict__kinds(k->j->kinds, x.kinds, sizeof(x.kinds));
	for (size_t i = 0; k->l && i < ledger__nr(k->l); i++) {
		const struct holder *h = ledger__holder(k->l, i);

		if (!is_culprit(k, h))
			continue;
		if (h->holding == PGR_HOLD_PIN)
			pinned += h->n;
		else if (h->holding == PGR_HOLD_ENTRY)
			with_entries += h->pages;
		x.s.comm = h->task.tgid ? h->task.comm : NULL;
		set_stack(run, &x, h->stack);
		n++;
		if (!fn(run, k->p, &x.s))
			return false;
	}
	for (size_t i = 0; i < late->nr; i++) {
		x.s.comm = late->group[i].task.comm;
		set_stack(run, &x, late->group[i].stack);
		n++;
		if (!fn(run, k->p, &x.s))
			return false;
	}
	if (n && is_accounted_for(k, pinned, with_entries))
		return true;
	x.s.comm = NULL;
	x.s.frames = NULL;
	x.s.nr_frames = 0;
	return fn(run, k->p, &x.s);
}

static bool is_allowed(struct run *run, const struct pgmap *p, const struct allow_subject *subject)
{
	(void)p;
	return allow__match(run->out.allow, subject);
}

bool run__allowed(struct run *run, const struct leak *leak)
{
	bool allowed;

	if (!run->out.allow || leak->j->verdict != VERDICT_LEAK)
		return false;
	allowed = each_subject(run, leak, is_allowed);
	allow__count(run->out.allow, allowed);
	return allowed;
}

static bool suggest(struct run *run, const struct pgmap *p, const struct allow_subject *subject)
{
	char pattern[ALLOW_LINE + 1];

	if (!allow__generate(subject, pattern, sizeof(pattern)))
		report__suggestion(&run->out.report, p, pattern);
	return true;
}

void run__suggest(struct run *run, const struct leak *leak)
{
	if (run->o->gen_suppressions && leak->j->verdict == VERDICT_LEAK && !leak->j->allowed)
		each_subject(run, leak, suggest);
}

void run__say_allowed(struct run *run)
{
	if (!run->out.allow)
		return;
	for (int used = 1; used >= 0; used--) {
		for (size_t i = 0; i < allow__nr(run->out.allow); i++) {
			const char *text;
			unsigned int line;
			uint64_t n;

			allow__pattern(run->out.allow, i, &text, &line, &n);
			if ((n > 0) == used)
				report__suppression(&run->out.report, run->o->allow, line, text, n);
		}
	}
}

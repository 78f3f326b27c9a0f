// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Leaks as --allow sees them: each holder of a leak is to be allowed. */
#include <stdio.h>

#include "allow.h"
#include "frames.h"
#include "run.h"

#define FRAME_MAX 512

struct subject {
	struct allow_subject s;
	char kinds[96];
	char text[PGR_STACK_DEPTH][FRAME_MAX];
	const char *frames[PGR_STACK_DEPTH];
};

typedef bool (*subject_fn)(struct run *s, const struct pgmap *p, const struct allow_subject *subject);

static void set_stack(struct run *s, struct subject *x, uint64_t key)
{
	struct pgr_stack stack;

	x->s.nr_frames = 0;
	x->s.frames = NULL;
	if (!key || tracer__stack(s->tracer, key, &stack))
		return;
	x->s.frames = x->frames;
	for (unsigned int i = frames__site(s->symbols, &stack);
	     i < stack.nr && x->s.nr_frames < PGR_STACK_DEPTH; i++) {
		size_t n = x->s.nr_frames++;

		x->frames[n] = frames__format(s->symbols, &stack, i, x->text[n], FRAME_MAX);
	}
}

/* Of all that a report lists, those that can be the leak. */
static bool is_culprit(const struct holder *h)
{
	if (h->passing)
		return false;
	if (h->holding == PGR_HOLD_ENTRY)
		return h->bare;
	return true;
}

/* Calls fn for each holder, and for those who took after the kill, until it says no. */
static bool each_subject(struct run *s, const struct pgmap *p, const struct judgement *j,
			 const struct ledger *l, subject_fn fn)
{
	struct subject x = { .s = { .pgmap = p->name, .type = pgmap__type_name(p) } };
	int64_t excess = p->td.begun ? p->td.value - p->k.baseline :
			 p->state == PGMAP_LIVE ? pgmap__excess(p) : p->td.stuck_value;
	int64_t known = l ? ledger__references(l) : 0;
	size_t n = 0;

	x.s.kind = verdict__kinds(j->kinds, x.kinds, sizeof(x.kinds));
	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if (!is_culprit(h))
			continue;
		x.s.comm = h->task.tgid ? h->task.comm : NULL;
		set_stack(s, &x, h->stack);
		n++;
		if (!fn(s, p, &x.s))
			return false;
	}
	for (size_t i = 0; i < p->td.late.nr; i++) {
		x.s.comm = p->td.late.group[i].task.comm;
		set_stack(s, &x, p->td.late.group[i].stack);
		n++;
		if (!fn(s, p, &x.s))
			return false;
	}
	/* What is put by then is known by who had it; of the rest nobody is. */
	if (n && excess <= known + p->k.drain_known)
		return true;
	x.s.comm = NULL;
	x.s.frames = NULL;
	x.s.nr_frames = 0;
	return fn(s, p, &x.s);
}

static bool is_allowed(struct run *s, const struct pgmap *p, const struct allow_subject *subject)
{
	(void)p;
	return allow__match(s->allow, subject);
}

bool run__allowed(struct run *s, const struct pgmap *p, const struct judgement *j,
		  const struct ledger *l)
{
	return s->allow && each_subject(s, p, j, l, is_allowed);
}

static bool suggest(struct run *s, const struct pgmap *p, const struct allow_subject *subject)
{
	char pattern[ALLOW_LINE + 1];

	if (!allow__generate(subject, pattern, sizeof(pattern)))
		report__suggestion(&s->report, p, pattern);
	return true;
}

void run__suggest(struct run *s, const struct pgmap *p, const struct judgement *j,
		  const struct ledger *l)
{
	if (s->o->gen_suppressions && j->verdict == VERDICT_LEAK && !j->allowed)
		each_subject(s, p, j, l, suggest);
}

void run__say_allowed(struct run *s)
{
	if (!s->allow)
		return;
	for (int used = 1; used >= 0; used--) {
		for (size_t i = 0; i < allow__nr(s->allow); i++) {
			const char *text;
			unsigned int line;
			uint64_t n;

			allow__pattern(s->allow, i, &text, &line, &n);
			if ((n > 0) == used)
				report__suppression(&s->report, s->o->allow, line, text, n);
		}
	}
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Applies --allow to leaks: a leak is allowed if each of its culprits is allowed. */
#include <stdio.h>

#include "kernel/tracer_read.h"
#include "model/allow.h"
#include "model/frames.h"
#include "run/run_allow.h"

#define FRAME_MAX 512

/* State while the culprits of a leak are matched, one after the other. */
struct asked {
	const struct run_kernel *k;
	const struct finding *f;
	struct allow *allow;
	struct report *report;
	/* The culprit in the form that --allow matches. */
	struct allow_subject subject;
	char kinds[VERDICT_KINDS_MAX];
	char text[PGR_STACK_DEPTH][FRAME_MAX];
	const char *frames[PGR_STACK_DEPTH];
};

static void set_stack(struct asked *x, uint64_t key)
{
	struct pgr_stack stack;

	x->subject.nr_frames = 0;
	x->subject.frames = NULL;
	if (!key || tracer__stack(x->k->tracer, key, &stack))
		return;
	x->subject.frames = x->frames;
	for (unsigned int i = frames__site(x->k->symbols, &stack);
	     i < stack.nr && x->subject.nr_frames < PGR_STACK_DEPTH; i++) {
		size_t n = x->subject.nr_frames++;

		x->frames[n] = frames__format(x->k->symbols, &stack, i, x->text[n], FRAME_MAX);
	}
}

static bool each_subject(struct asked *x, culprit_fn fn)
{
	x->subject.pgmap = x->f->p->name;
	x->subject.type = pgmap__type_name(x->f->p);
	x->subject.kind = verdict__kinds(x->f->j.kinds, x->kinds, sizeof(x->kinds));
	return finding__each_culprit(x->f, fn, x);
}

static bool is_allowed(void *ctx, const struct culprit *c)
{
	struct asked *x = ctx;

	x->subject.comm = c->comm;
	set_stack(x, c->stack);
	return allow__match(x->allow, &x->subject);
}

bool run__allowed(const struct run_kernel *k, struct allow *allow, const struct finding *f)
{
	struct asked x = { .k = k, .f = f, .allow = allow };
	bool allowed;

	if (!allow)
		return false;
	allowed = each_subject(&x, is_allowed);
	allow__count(allow, allowed);
	return allowed;
}

static bool suggest(void *ctx, const struct culprit *c)
{
	char pattern[ALLOW_LINE + 1];
	struct asked *x = ctx;

	x->subject.comm = c->comm;
	set_stack(x, c->stack);
	if (!allow__generate(&x->subject, pattern, sizeof(pattern)))
		report__suggestion(x->report, x->f->p, pattern);
	return true;
}

void run__suggest(const struct run_kernel *k, struct run_outputs *out, const struct options *o,
		  const struct finding *f)
{
	struct asked x = { .k = k, .f = f, .report = &out->report };

	if (o->gen_suppressions && f->j.verdict == VERDICT_LEAK && !f->j.allowed)
		each_subject(&x, suggest);
}

void run__say_allowed(struct run_outputs *out, const struct options *o)
{
	if (!out->allow)
		return;
	for (int used = 1; used >= 0; used--) {
		for (size_t i = 0; i < allow__nr(out->allow); i++) {
			const char *text;
			unsigned int line;
			uint64_t n;

			allow__pattern(out->allow, i, &text, &line, &n);
			if ((n > 0) == used)
				report__suppression(&out->report, o->allow, line, text, n);
		}
	}
}

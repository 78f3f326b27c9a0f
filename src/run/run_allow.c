// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Applies --allow to leaks: a leak is allowed if each of its culprits is allowed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/file.h"
#include "kernel/tracer_read.h"
#include "model/allow.h"
#include "model/frames.h"
#include "report/report_allow.h"
#include "report/report_blame.h"
#include "run/run_allow.h"

#define FRAME_MAX 512

/* State while the culprits of a leak are matched, one after the other. */
struct asked {
	const struct run_kernel *k;
	const struct finding *f;
	struct allow *allow;
	struct run_outputs *out;
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

/* Appends the pattern to the file, with the reason behind it, unless this run has done so. */
static int write_pattern(struct run_outputs *out, const struct finding *f, const char *pattern)
{
	size_t known = out->generated.nr;
	char blame[256];

	if (name_set__add(&out->generated, pattern))
		return -ENOMEM;
	if (out->generated.nr == known)
		return 0;
	report__blame(&out->report, f, blame, sizeof(blame));
	if (strlen(pattern) + strlen(blame) + 4 > ALLOW_LINE)
		blame[0] = '\0';
	errno = 0;
	fprintf(out->suppressions, "%s%s%s\n", pattern, blame[0] ? "  # " : "", blame);
	if (fflush(out->suppressions) || ferror(out->suppressions))
		return errno ? -errno : -EIO;
	return 0;
}

static bool suggest(void *ctx, const struct culprit *c)
{
	char pattern[ALLOW_LINE + 1];
	struct asked *x = ctx;
	int err = 0;

	x->subject.comm = c->comm;
	set_stack(x, c->stack);
	if (allow__generate(&x->subject, pattern, sizeof(pattern)))
		return true;
	report__suggestion(&x->out->report, x->f->p, pattern, !x->out->suppressions);
	if (x->out->suppressions)
		err = write_pattern(x->out, x->f, pattern);
	if (err && !x->out->suppressions_failed)
		x->out->suppressions_failed = err;
	return true;
}

void run__suggest(const struct run_kernel *k, struct run_outputs *out, const struct options *o,
		  const struct finding *f)
{
	struct asked x = { .k = k, .f = f, .out = out };

	if (o->gen_suppressions && f->j.verdict == VERDICT_LEAK && !f->j.allowed)
		each_subject(&x, suggest);
}

int run__open_suppressions(struct run_outputs *out, const struct options *o)
{
	return o->gen_file ? file__append(o->gen_file, &out->suppressions) : 0;
}

int run__close_suppressions(struct run_outputs *out)
{
	int err = out->suppressions_failed;

	if (out->suppressions && fclose(out->suppressions) && !err)
		err = -errno;
	out->suppressions = NULL;
	name_set__clear(&out->generated);
	return err;
}

void run__say_allowed(struct run_outputs *out, const struct options *o, uint64_t leaks)
{
	if (out->allow)
		report__suppressions(&out->report, o->allow, out->allow, leaks, o->verbose);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The test cases of a run, for --junit and --tap. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "model/testcase.h"
#include "report/junit.h"
#include "report/tap.h"
#include "run/run.h"

int run__open_cases(struct run *s, const char **what)
{
	int err = 0;

	if (!s->o->junit && !s->o->tap)
		return 0;
	*what = "memory";
	s->cases = testcases__new("pgmapref");
	s->began = time(NULL);
	if (!s->cases)
		return -ENOMEM;
	if (s->o->junit) {
		*what = s->o->junit;
		err = out__create(s->o->junit, &s->junit);
	}
	if (err || !s->o->tap)
		return err;
	*what = s->o->output ? s->o->output : "standard output";
	if (s->o->output)
		return out__create(s->o->output, &s->tap);
	s->tap = stdout;
	return 0;
}

char *run__render(struct run *s, run_report_fn fn, void *ctx)
{
	struct report r = s->report;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (!s->cases)
		return NULL;
	f = open_memstream(&text, &len);
	if (!f || out__to(f, false, &r.out)) {
		s->failed = true;
		if (f)
			fclose(f);
		free(text);
		return NULL;
	}
	fn(&r, ctx);
	out__close(r.out);
	fclose(f);
	return text;
}

static void add(struct run *s, const struct testcase *t)
{
	if (testcases__add(s->cases, t))
		s->failed = true;
}

void run__case(struct run *s, const char *class_name, const char *name, const struct judgement *j,
	       const char *text, uint64_t ns)
{
	struct testcase t = { .class_name = class_name, .name = name, .ns = ns };
	char message[256], kinds[VERDICT_KINDS_MAX];

	if (!s->cases)
		return;
	switch (j->verdict) {
	case VERDICT_CLEAN:
		t.result = CASE_PASSED;
		break;
	case VERDICT_INCONCLUSIVE:
		t.result = CASE_INCONCLUSIVE;
		t.message = j->why;
		break;
	case VERDICT_LEAK:
		t.result = j->allowed ? CASE_SUPPRESSED : CASE_FAILED;
		snprintf(message, sizeof(message), "leak %s",
			 verdict__kinds(j->kinds, kinds, sizeof(kinds)));
		t.message = message;
		break;
	}
	if (t.result != CASE_PASSED)
		t.text = text;
	add(s, &t);
}

void run__case_assertion(struct run *s, const struct assertion *a)
{
	struct testcase t = { .class_name = "assertion", .result = CASE_PASSED };
	char name[192], message[192];

	if (!s->cases)
		return;
	t.name = assertion__name(a, name, sizeof(name));
	t.message = assertion__message(a, message, sizeof(message));
	if (a->failed)
		t.result = CASE_FAILED;
	else if (a->unknown)
		t.result = CASE_INCONCLUSIVE;
	if (a->unknown)
		t.message = a->why;
	add(s, &t);
}

/* Written and closed, with the first error. */
static int finish(FILE **f, int err)
{
	if (*f != stdout && fclose(*f) && !err)
		err = -errno;
	*f = NULL;
	return err;
}

int run__write_cases(struct run *s, const char **what)
{
	char host[65] = "";
	int err = 0;

	if (s->junit) {
		*what = s->o->junit;
		gethostname(host, sizeof(host) - 1);
		err = finish(&s->junit, junit__write(s->cases, s->junit, s->began, host));
	}
	if (err || !s->tap)
		return err;
	*what = s->o->output ? s->o->output : "standard output";
	return finish(&s->tap, tap__write(s->cases, s->tap));
}

void run__close_cases(struct run *s)
{
	if (s->junit)
		finish(&s->junit, 0);
	if (s->tap)
		finish(&s->tap, 0);
	testcases__free(s->cases);
}

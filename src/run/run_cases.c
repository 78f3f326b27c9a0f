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
#include "run/run_cases.h"

int run__open_cases(struct run *run, const char **what)
{
	int err = 0;

	if (!run->o->junit && !run->o->tap)
		return 0;
	*what = "memory";
	run->out.cases = testcases__new("pgmapref");
	run->out.began = time(NULL);
	if (!run->out.cases)
		return -ENOMEM;
	if (run->o->junit) {
		*what = run->o->junit;
		err = out__create(run->o->junit, &run->out.junit);
	}
	if (err || !run->o->tap)
		return err;
	*what = run->o->output ? run->o->output : "standard output";
	if (run->o->output)
		return out__create(run->o->output, &run->out.tap);
	run->out.tap = stdout;
	return 0;
}

char *run__render(struct run *run, run_report_fn fn, void *ctx)
{
	struct report r = run->out.report;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (!run->out.cases)
		return NULL;
	f = open_memstream(&text, &len);
	if (!f || out__to(f, false, &r.out)) {
		run->end.failed = true;
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

static void add(struct run *run, const struct testcase *t)
{
	if (testcases__add(run->out.cases, t))
		run->end.failed = true;
}

void run__case(struct run *run, const char *class_name, const char *name, const struct judgement *j,
	       const char *text, uint64_t ns)
{
	struct testcase t = { .class_name = class_name, .name = name, .ns = ns };
	char message[256], kinds[VERDICT_KINDS_MAX];

	if (!run->out.cases)
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
	add(run, &t);
}

void run__case_assertion(struct run *run, const struct assertion *a)
{
	struct testcase t = { .class_name = "assertion", .result = CASE_PASSED };
	char name[192], message[192];

	if (!run->out.cases)
		return;
	t.name = assertion__name(a, name, sizeof(name));
	t.message = assertion__message(a, message, sizeof(message));
	if (a->failed)
		t.result = CASE_FAILED;
	else if (a->unknown)
		t.result = CASE_INCONCLUSIVE;
	if (a->unknown)
		t.message = a->why;
	add(run, &t);
}

/* Written and closed, with the first error. */
static int finish(FILE **f, int err)
{
	if (*f != stdout && fclose(*f) && !err)
		err = -errno;
	*f = NULL;
	return err;
}

int run__write_cases(struct run *run, const char **what)
{
	char host[65] = "";
	int err = 0;

	if (run->out.junit) {
		*what = run->o->junit;
		gethostname(host, sizeof(host) - 1);
		err = finish(&run->out.junit,
			     junit__write(run->out.cases, run->out.junit, run->out.began, host));
	}
	if (err || !run->out.tap)
		return err;
	*what = run->o->output ? run->o->output : "standard output";
	return finish(&run->out.tap, tap__write(run->out.cases, run->out.tap));
}

void run__close_cases(struct run *run)
{
	if (run->out.junit)
		finish(&run->out.junit, 0);
	if (run->out.tap)
		finish(&run->out.tap, 0);
	testcases__free(run->out.cases);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The test cases of a run, for --junit and --tap. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "model/testcase.h"
#include "report/junit.h"
#include "report/report_pgmap.h"
#include "report/tap.h"
#include "run/run_cases.h"

int run__open_cases(struct run_outputs *out, const struct options *o, const char **what)
{
	int err = 0;

	if (!o->junit && !o->tap)
		return 0;
	*what = "memory";
	out->cases = testcases__new("pgmapref");
	out->began = time(NULL);
	if (!out->cases)
		return -ENOMEM;
	if (o->junit) {
		*what = o->junit;
		err = out__create(o->junit, &out->junit);
	}
	if (err || !o->tap)
		return err;
	*what = o->output ? o->output : "standard output";
	if (o->output)
		return out__create(o->output, &out->tap);
	out->tap = stdout;
	return 0;
}

char *run__render(const struct run_outputs *out, struct run_outcome *end, const struct finding *f)
{
	struct report r = out->report;
	char *text = NULL;
	size_t len;
	FILE *file;

	if (!out->cases)
		return NULL;
	file = open_memstream(&text, &len);
	if (!file || out__to(file, false, &r.out)) {
		end->failed = true;
		if (file)
			fclose(file);
		free(text);
		return NULL;
	}
	report__finding(&r, f, clock__now());
	out__close(r.out);
	fclose(file);
	return text;
}

static void add(const struct run_outputs *out, struct run_outcome *end, const struct testcase *t)
{
	if (testcases__add(out->cases, t))
		end->failed = true;
}

static void add_judged(const struct run_outputs *out, struct run_outcome *end, struct testcase t,
		       const struct judgement *j)
{
	char message[256], kinds[VERDICT_KINDS_MAX];

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
	add(out, end, &t);
}

/* Holders of a stuck teardown may be gone at its end: puts the report from that time first. */
static char *text_of(const struct run_outputs *out, struct run_outcome *end, const struct finding *f)
{
	char *text = run__render(out, end, f), *both;

	if (!text || !f->p->td.text)
		return text;
	if (asprintf(&both, "%s%s", f->p->td.text, text) < 0)
		return text;
	free(text);
	return both;
}

void run__case_finding(const struct run_outputs *out, struct run_outcome *end,
		       const struct finding *f)
{
	const struct teardown *td = &f->p->td;
	char name[DEVICES_NAME_MAX + 32], *text = NULL;
	struct testcase t = { .class_name = "end", .name = f->p->name };

	if (!out->cases)
		return;
	if (f->phase != FINDING_END) {
		snprintf(name, sizeof(name), "%s generation %u", f->p->name, f->p->k.id);
		t.class_name = "teardown";
		t.name = name;
		t.ns = (td->gone_ns ? td->gone_ns : clock__now()) - td->begin_ns;
	}
	if (f->j.verdict != VERDICT_CLEAN)
		t.text = text = text_of(out, end, f);
	add_judged(out, end, t, &f->j);
	free(text);
}

void run__case_no_leak(const struct run_outputs *out, struct run_outcome *end)
{
	struct testcase t = { .class_name = "assertion", .name = "no leak" };

	if (out->cases)
		add_judged(out, end, t, &end->worst);
}

void run__case_assertion(const struct run_outputs *out, struct run_outcome *end,
			 const struct assertion *a)
{
	struct testcase t = { .class_name = "assertion", .result = CASE_PASSED };
	char name[192], message[192];

	if (!out->cases)
		return;
	t.name = assertion__name(a, name, sizeof(name));
	t.message = assertion__message(a, message, sizeof(message));
	if (a->failed)
		t.result = CASE_FAILED;
	else if (a->unknown)
		t.result = CASE_INCONCLUSIVE;
	if (a->unknown)
		t.message = a->why;
	add(out, end, &t);
}

/* Closes the file. Returns err, or the error of the close. */
static int finish(FILE **f, int err)
{
	if (*f != stdout && fclose(*f) && !err)
		err = -errno;
	*f = NULL;
	return err;
}

int run__write_cases(struct run_outputs *out, const struct options *o, const char **what)
{
	char host[65] = "";
	int err = 0;

	if (out->junit) {
		*what = o->junit;
		gethostname(host, sizeof(host) - 1);
		err = finish(&out->junit, junit__write(out->cases, out->junit, out->began, host));
	}
	if (err || !out->tap)
		return err;
	*what = o->output ? o->output : "standard output";
	return finish(&out->tap, tap__write(out->cases, out->tap));
}

void run__close_cases(struct run_outputs *out)
{
	if (out->junit)
		finish(&out->junit, 0);
	if (out->tap)
		finish(&out->tap, 0);
	testcases__free(out->cases);
}

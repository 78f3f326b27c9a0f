// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The test cases of a run, for --junit and --tap. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/testcase.h"
#include "report/junit.h"
#include "report/report_blame.h"
#include "report/report_pgmap.h"
#include "report/tap.h"
#include "run/case_names.h"
#include "run/run_cases.h"

#define MESSAGE_MAX 512

/* The file of a CI job is for the user who called sudo: the agent of the CI server. */
static int create(const char *path, FILE **f)
{
	uid_t uid = -1;
	gid_t gid = -1;

	if (!geteuid())
		case_names__sudo(getenv("SUDO_UID"), getenv("SUDO_GID"), &uid, &gid);
	return out__create_shared(path, uid, gid, f);
}

int run__open_cases(struct run_outputs *out, const struct options *o, const char **what)
{
	char suite[CASE_NAMES_MAX];
	int err = 0;

	if (!o->junit && !o->tap)
		return 0;
	*what = "memory";
	out->cases = testcases__new(case_names__suite(o, suite, sizeof(suite)));
	out->class_name = case_names__class(o, out->class_buf, sizeof(out->class_buf));
	out->began = time(NULL);
	if (!out->cases)
		return -ENOMEM;
	if (o->junit) {
		*what = o->junit;
		err = create(o->junit, &out->junit);
	}
	if (err || !o->tap)
		return err;
	*what = o->output ? o->output : "standard output";
	if (o->output)
		return create(o->output, &out->tap);
	out->tap = stdout;
	return 0;
}

/* A line for lists of failures: what is left and by whom, or what was missed. */
static const char *message_of(struct report *r, const struct finding *f, char *buf, size_t len)
{
	if (f->j.verdict == VERDICT_LEAK)
		return report__blame(r, f, buf, len);
	snprintf(buf, len, "%s", f->j.why);
	return buf;
}

/* again: an earlier text has all figures, and this one follows it. */
static char *render(const struct run_outputs *out, struct run_outcome *end, const struct finding *f,
		    bool again)
{
	struct report r = out->report;
	char *text = NULL, message[MESSAGE_MAX];
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
	/* Nobody can ask for more later. */
	r.details = !again;
	if (!again)
		out__text(r.out, "%s\n\n", message_of(&r, f, message, sizeof(message)));
	report__finding(&r, f, clock__now());
	out__close(r.out);
	fclose(file);
	return text;
}

char *run__render(const struct run_outputs *out, struct run_outcome *end, const struct finding *f)
{
	return render(out, end, f, false);
}

static void add(const struct run_outputs *out, struct run_outcome *end, const struct testcase *t)
{
	if (testcases__add(out->cases, t))
		end->failed = true;
}

/* The result of a judgement. Its message is the first line of t->text. */
static void add_judged(const struct run_outputs *out, struct run_outcome *end, struct testcase t,
		       const struct judgement *j)
{
	char message[MESSAGE_MAX], kinds[VERDICT_KINDS_MAX];

	snprintf(message, sizeof(message), "%.*s", t.text ? (int)strcspn(t.text, "\n") : 0,
		 t.text ? t.text : "");
	t.message = message;
	t.type = verdict__kinds(j->kinds, kinds, sizeof(kinds));
	switch (j->verdict) {
	case VERDICT_CLEAN:
		t.result = CASE_PASSED;
		t.message = NULL;
		break;
	case VERDICT_INCONCLUSIVE:
		t.result = CASE_INCONCLUSIVE;
		t.message = j->why;
		break;
	case VERDICT_LEAK:
		t.result = j->allowed ? CASE_SUPPRESSED : CASE_FAILED;
		break;
	}
	add(out, end, &t);
}

/*
 * The report. Of a teardown that was stuck it is that from this time, because holders may be gone
 * at the end, and behind it what has changed since.
 */
static char *text_of(const struct run_outputs *out, struct run_outcome *end, const struct finding *f)
{
	char *text = render(out, end, f, f->p->td.text), *both;

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
	struct testcase t = { .class_name = out->class_name, .name = name, .ns = f->took_ns };

	/* Each test that left something has its case. */
	if (!out->cases || (f->phase == FINDING_END && end->totals.marked_failed))
		return;
	snprintf(name, sizeof(name), "nothing left on %s", f->p->name);
	if (f->phase != FINDING_END) {
		/* Generations have no place in a name: CI servers know a case by its name. */
		snprintf(name, sizeof(name), "unbind of %s leaves nothing", f->p->name);
		t.ns = (td->gone_ns ? td->gone_ns : clock__now()) - td->begin_ns;
	}
	if (f->j.verdict != VERDICT_CLEAN)
		t.text = text = text_of(out, end, f);
	add_judged(out, end, t, &f->j);
	free(text);
}

void run__case_mark_leak(const struct run_outputs *out, struct run_outcome *end,
			 struct mark_case *c, const struct finding *f)
{
	struct report r = out->report;
	char *text, *both;

	if (f->j.allowed)
		c->allowed = true;
	else
		c->kinds |= f->j.kinds;
	if (!c->message[0])
		report__blame(&r, f, c->message, sizeof(c->message));
	text = render(out, end, f, true);
	if (!text || asprintf(&both, "%s%s", c->text ? c->text : "", text) < 0) {
		free(text);
		return;
	}
	free(text);
	free(c->text);
	c->text = both;
}

void run__case_mark(const struct run_outputs *out, struct run_outcome *end, struct mark_case *c)
{
	char kinds[VERDICT_KINDS_MAX];
	struct testcase t = { .class_name = out->class_name,
			      .name = c->name,
			      .ns = c->ns,
			      .message = c->message,
			      .type = verdict__kinds(c->kinds, kinds, sizeof(kinds)),
			      .text = c->text };

	end->totals.marked++;
	end->totals.marked_failed += c->kinds != 0;
	if (c->kinds)
		end->failing = true;
	t.result = c->kinds   ? CASE_FAILED :
		   c->allowed ? CASE_SUPPRESSED :
		   c->unknown ? CASE_INCONCLUSIVE :
				CASE_PASSED;
	if (t.result == CASE_INCONCLUSIVE)
		t.message = "the counter or the pages could not be read";
	if (out->cases)
		add(out, end, &t);
	free(c->text);
	c->text = NULL;
}

void run__case_whole(const struct run_outputs *out, struct run_outcome *end, uint64_t ns)
{
	struct testcase t = { .class_name = out->class_name,
			      .name = "nothing was missed",
			      .result = CASE_PASSED,
			      .ns = ns };

	if (!out->cases)
		return;
	/* Each leak and each doubt about a pgmap has its own case. */
	if (end->worst.verdict == VERDICT_INCONCLUSIVE &&
	    !testcases__count(out->cases, CASE_INCONCLUSIVE)) {
		t.result = CASE_INCONCLUSIVE;
		t.message = end->worst.why;
	}
	add(out, end, &t);
}

void run__case_assertion(const struct run_outputs *out, struct run_outcome *end,
			 const struct assertion *a, uint64_t ns)
{
	struct testcase t = {
		.class_name = out->class_name, .result = CASE_PASSED, .ns = ns, .type = "assertion"
	};
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

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "kernel/tracer_alive.h"
#include "kernel/tracer_read.h"
#include "model/testcase.h"
#include "run/ready.h"
#include "run/run.h"
#include "run/run_allow.h"
#include "run/run_assertions.h"
#include "run/run_cases.h"
#include "run/run_tasks.h"
#include "run/say.h"
#include "run/summary.h"

/* A -g NAME that matched no pgmap makes a clean verdict inconclusive: it may be a typing error. */
static void check_met(struct run *run, size_t i)
{
	const char *name = run->o->names[i];

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		if (pgmap__matches(p, &name, 1))
			return;
	if (run->model.names_matched >> i & 1)
		return;
	say__line("%s: no pgmap matched this name", name);
	if (run->end.worst.verdict != VERDICT_CLEAN || run->o->allow_none)
		return;
	run->end.worst.verdict = VERDICT_INCONCLUSIVE;
	snprintf(run->end.worst.why, sizeof(run->end.worst.why), "no pgmap matched %s", name);
}

/* What breakpoints missed, no hook saw: it may have been what the verdict is about. */
static void check_exact(struct run_outcome *end)
{
	if (!end->exact_missed || end->worst.verdict != VERDICT_CLEAN)
		return;
	end->worst.verdict = VERDICT_INCONCLUSIVE;
	snprintf(end->worst.why, sizeof(end->worst.why), "breakpoints missed gets or puts");
}

/* A check that judged no pgmap says nothing of the code that it is to check. */
static void check_some(struct run_outcome *end, const struct options *o)
{
	end->totals.counts_checks = o->verb->judges_end;
	if (!o->verb->judges_end || o->allow_none || end->judged.nr ||
	    end->worst.verdict != VERDICT_CLEAN)
		return;
	end->worst.verdict = VERDICT_INCONCLUSIVE;
	snprintf(end->worst.why, sizeof(end->worst.why), "no pgmap was there: nothing was checked");
}

static void ask_loss(struct run *run, struct summary *s)
{
	memset(s, 0, sizeof(*s));
	s->facts = (struct loss_facts){
		.cause = s->loss.cause,
		.missed_runs = s->loss.missed_runs,
		.missing = s->missing,
		.stopped = s->stopped,
		.promises = run__promises(run->o, run->k.tracer),
		.adopted_all = run->end.adopted_all,
	};
	if (tracer__loss(run->k.tracer, &s->loss))
		s->facts.adopted_all = false;
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &tracer__plan(run->k.tracer)->hook[h];

		s->missing[h] =
			(!pgr_hook__follows_children(h) || s->facts.promises & PROMISE_CHILDREN) &&
			!hook->absent && !plan_hook__attempt(hook);
		s->stopped[h] = alive__doubt(tracer__alive(run->k.tracer), h);
		s->lost += s->loss.missed_runs[h];
	}
	for (int c = 0; c < PGR_LOSSES; c++)
		s->lost += s->loss.cause[c];
	s->facts.unjudged = s->loss.unjudged + run->end.unnamed;
	s->lost += s->loss.unjudged;
}

void summary__judge(struct run *run, struct summary *s)
{
	run__look_alive(&run->k, run->o);
	ask_loss(run, s);
	verdict__loss(&s->facts, &run->end.worst);
	for (size_t i = 0; i < run->o->nr_names; i++)
		check_met(run, i);
	check_exact(&run->end);
	check_some(&run->end, run->o);
	run__judge_unseen(run);
}

static void add_property(struct run *run, const char *name, const char *value)
{
	if (testcases__add_property(run->out.cases, name, value))
		run->end.failed = true;
}

/* What a reader of a report of tests asks first: which kernel, what ran, what was looked at. */
static void add_properties(struct run *run)
{
	const struct name_set *judged = &run->end.judged;
	char text[1024] = "";
	unsigned int have, want;
	struct utsname u;
	size_t n = 0;

	if (!run->out.cases)
		return;
	if (!uname(&u))
		add_property(run, "kernel", u.release);
	for (char **word = run->o->command; word && *word && n < sizeof(text); word++)
		n += snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "", *word);
	if (n)
		add_property(run, "command", text);
	text[n = 0] = '\0';
	for (size_t i = 0; i < judged->nr && n < sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%s", i ? ", " : "", judged->names[i]);
	add_property(run, "pgmaps", n ? text : "none");
	ready__count(run, &have, &want);
	snprintf(text, sizeof(text), "%u of %u", have, want);
	add_property(run, "hooks", text);
}

void summary__write_cases(struct run *run)
{
	const char *what;
	int err;

	add_properties(run);
	run__case_whole(&run->out, &run->end, clock__now() - run->out.report.start_ns);
	err = run__write_cases(&run->out, run->o, &what);
	if (!err || err == -EPIPE)
		return;
	say__line("cannot write to %s: %s", what, strerror(-err));
	run->end.cases_write_failed = true;
}

void summary__report(struct run *run, const struct summary *s)
{
	struct run_outcome *end = &run->end;
	char line[1024];

	run__say_allowed(&run->out, run->o, end->totals.suppressed);
	report__loss(&run->out.report, &s->loss);
	report__summary(&run->out.report, &end->worst, &end->totals, s->lost);
	say__plain("%s",
		   report__summary_line(&end->worst, &end->totals, s->lost, line, sizeof(line)));
}

int summary__status(const struct run_outcome *end)
{
	if (end->worst.verdict == VERDICT_LEAK || end->totals.failed || end->totals.marked_failed)
		return STATUS_LEAK;
	return end->worst.verdict == VERDICT_CLEAN && !end->totals.unknown ? STATUS_CLEAN :
									     STATUS_INCONCLUSIVE;
}

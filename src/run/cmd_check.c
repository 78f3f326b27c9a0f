// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verb `check`: runs COMMAND, judges each teardown during it, and what COMMAND leaves. */
#include <poll.h>
#include <stdio.h>

#include "run/cmd_check.h"
#include "run/follow.h"
#include "run/open.h"
#include "run/ready.h"
#include "run/run.h"
#include "run/run_assertions.h"
#include "run/run_check.h"
#include "run/run_marks.h"
#include "run/say.h"
#include "run/signals.h"
#include "run/summary.h"

#define SETTLE_LOOK_MS 50

/* Counters and teardowns may need some time after COMMAND to come to rest (--settle). */
static void settle(struct run *run, int signals)
{
	uint64_t end = run->loop.settled_ns = clock__now() + run->o->settle_ns;
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	do {
		tracer__consume(run->k.tracer, run__record, run);
		run__tick(run);
		if (run__at_rest(run))
			return;
		poll(&fd, 1, SETTLE_LOOK_MS);
		if (signals__next(signals))
			return;
	} while (clock__now() < end && !run->end.failed);
}

#define RUNNING_NAMED 4

/* Names the processes that still run after COMMAND: the tool does not judge what they do later. */
static void say_running(const struct options *o, struct run_totals *totals)
{
	struct pgr_task tasks[RUNNING_NAMED];
	size_t n = command__running(tasks, RUNNING_NAMED);
	char names[RUNNING_NAMED * 40] = "";

	totals->running = n;
	if (!n || o->quiet)
		return;
	for (size_t i = 0, at = 0; i < n && i < RUNNING_NAMED; i++)
		at += snprintf(names + at, sizeof(names) - at, "%s%.16s/%u", i ? ", " : "",
			       tasks[i].comm, tasks[i].tgid);
	say__line("%zu process%s started by COMMAND %s still running (%s%s): %s no longer checked",
		  n, n == 1 ? "" : "es", n == 1 ? "is" : "are", names,
		  n > RUNNING_NAMED ? ", …" : "", n == 1 ? "it is" : "they are");
}

/* Finds pgmaps whose birth was missed. adopted_all stays false if it was false at the start. */
static void adopt_again(struct run *run)
{
	bool all = run->end.adopted_all;

	open__adopt(run);
	run->end.adopted_all = run->end.adopted_all && all;
}

static int follow(struct follow *f)
{
	struct run *run = &f->run;
	struct summary s;
	int status;

	if (run__start_state(run))
		run->end.failed = true;
	ready__say(run);
	status = follow__loop(f);
	if (status)
		return status;
	adopt_again(run);
	settle(run, f->loop.signals);
	run__end_marks(run);
	say_running(run->o, &run->end.totals);
	run__finish(run);
	run__end_state(run);
	summary__judge(run, &s);
	run__end_assertions(run, &s.facts);
	summary__write_cases(run);
	summary__report(run, &s);
	return follow__status(f);
}

int cmd_check__run(const struct options *o)
{
	return follow__run(o, follow);
}

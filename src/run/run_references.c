// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <poll.h>

#include "kernel/tracer.h"
#include "report/report_exact.h"
#include "run/ready.h"
#include "run/run.h"
#include "run/run_exact.h"
#include "run/run_references.h"
#include "run/say.h"
#include "run/signals.h"

#define LOOK_MS 100

/* If the value is not known, there may be some. */
static bool may_have_some(const struct pgmap *p)
{
	return !p->stale && (!pgmap__has_excess(p) || pgmap__excess(p) > 0);
}

/* Returns the number of accounts; -1 after a message. */
static int begin_all(struct run *run)
{
	int n = 0;

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (!run__wants_exact(run->o, p))
			continue;
		if (!pgmap__has_excess(p)) {
			say__line("%s: its references are not known: its counter or its baseline "
				  "could not be read",
				  p->name);
			return -1;
		}
		if (!may_have_some(p)) {
			say__line("%s: no reference above the baseline: nothing to follow", p->name);
			continue;
		}
		run__check_exact(&run->k, &run->end, run->o, p);
		if (!p->exact.on)
			return -1;
		n++;
	}
	return n;
}

/* Returns the number of pgmaps that may have references. */
static unsigned int look(struct run *run)
{
	unsigned int left = 0;

	tracer__consume(run->k.tracer, run__record, run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (!p->exact.on)
			continue;
		run__sample(run->k.tracer, p);
		run__check_exact(&run->k, &run->end, run->o, p);
		left += may_have_some(p);
	}
	return left;
}

static void follow(struct run *run, int signals)
{
	uint64_t end = run->o->duration_ns ? clock__now() + run->o->duration_ns : 0;
	struct pollfd fds[] = {
		{ .fd = tracer__fd(run->k.tracer, true), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = out__fd(run->out.report.out) },
	};

	while (look(run) && !out__error(run->out.report.out)) {
		if (end && clock__now() >= end)
			break;
		poll(fds, sizeof(fds) / sizeof(*fds), LOOK_MS);
		if (fds[1].revents & POLLIN && signals__next(signals))
			break;
		if (fds[2].revents & (POLLERR | POLLHUP))
			break;
	}
}

static int end_all(struct run *run)
{
	int status = STATUS_CLEAN;

	look(run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (!p->exact.on)
			continue;
		report__references(&run->out.report, p);
		if (may_have_some(p) || !pgmap__is_exact(p))
			status = STATUS_INCONCLUSIVE;
	}
	return status;
}

int references__run(struct run *run, int signals)
{
	int n = begin_all(run);

	if (n <= 0)
		return n ? STATUS_CANNOT : STATUS_CLEAN;
	if (!run->o->quiet)
		say__line("ready: %d pgmap%s followed", n, n == 1 ? "" : "s");
	ready__tell(run->o);
	follow(run, signals);
	return end_all(run);
}

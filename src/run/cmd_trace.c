// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "kernel/bdevs.h"
#include "kernel/process.h"
#include "run/command.h"
#include "run/commands.h"
#include "run/open.h"
#include "run/run.h"
#include "run/run_allow.h"
#include "run/run_cases.h"
#include "run/run_check.h"
#include "run/signals.h"

static int start_timer(uint64_t ns)
{
	struct itimerspec t = {
		.it_interval = { ns / 1000000000, ns % 1000000000 },
		.it_value = { ns / 1000000000, ns % 1000000000 },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &t, NULL)) {
		session__complain("no timer to be had: %s", strerror(errno));
		exit(STATUS_CANNOT);
	}
	return fd;
}

static bool pids_gone(const struct options *o)
{
	if (!o->nr_pids && !o->nr_tids)
		return false;
	for (size_t i = 0; i < o->nr_pids; i++)
		if (process__alive(o->pids[i]))
			return false;
	for (size_t i = 0; i < o->nr_tids; i++)
		if (process__alive(o->tids[i]))
			return false;
	return true;
}

/* How long what COMMAND started may take to end after SIGTERM, and what is left after SIGKILL. */
#define STOP_NS 2000000000ULL
#define KILL_NS 1000000000ULL
#define STOP_LOOK_MS 50

enum stopping { STOP_NOT, STOP_TERM, STOP_KILL };

/* COMMAND and what it started are to end, for what they do is still to be judged. True: go on. */
static bool stop_command(enum stopping *stage, uint64_t *deadline)
{
	uint64_t now = clock__now();

	if (*stage != STOP_NOT && now < *deadline)
		return command__running(NULL, 0);
	if (*stage == STOP_KILL || !command__signal_all(*stage == STOP_NOT ? SIGTERM : SIGKILL))
		return false;
	*deadline = now + (*stage == STOP_NOT ? STOP_NS : KILL_NS);
	(*stage)++;
	return true;
}

/* Until ^C, -d, the end of every -p and -t, or the end of COMMAND. */
static void loop(struct run *run, struct command *c, int signals, int *command_status)
{
	int timer = start_timer(run->o->interval_ns);
	uint64_t end = run->o->duration_ns ? clock__now() + run->o->duration_ns : 0;
	struct pollfd fds[] = {
		{ .fd = tracer__fd(run->k.tracer, true), .events = POLLIN },
		{ .fd = tracer__fd(run->k.tracer, false), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = timer, .events = POLLIN },
		/* Where nobody reads any more there is nothing to do, though nothing be written. */
		{ .fd = out__fd(run->out.report.out) },
	};
	bool check = run->o->verb == VERB_CHECK, done = false;
	enum stopping stage = STOP_NOT;
	uint64_t deadline = 0;

	while (!done && !run->end.failed && !out__error(run->out.report.out)) {
		uint64_t ticks, now = clock__now();
		int timeout = -1;

		/* What is stopped is looked at often, and not for long. */
		if (stage != STOP_NOT)
			timeout = STOP_LOOK_MS;
		else if (end)
			timeout = end > now ? (end - now) / 1000000 + 1 : 0;
		if (poll(fds, sizeof(fds) / sizeof(*fds), timeout) < 0 && errno != EINTR)
			break;
		if (fds[2].revents & POLLIN) {
			struct signalfd_siginfo info;

			while (read(signals, &info, sizeof(info)) == sizeof(info)) {
				if (info.ssi_signo == SIGCHLD)
					continue;
				/* The second time, at once. */
				done = done || !check || run->end.interrupted;
				run->end.interrupted = info.ssi_signo;
			}
		}
		/* Asked before the records are taken: what it did is then among them. */
		if (c->pid && command__ended(c, command_status))
			done = done || stage == STOP_NOT;
		if (!done && !check && pids_gone(run->o))
			done = true;
		if (end && clock__now() >= end) {
			done = done || !check;
			run->end.interrupted = run->end.interrupted ? run->end.interrupted :
								      SIGALRM;
			end = 0;
		}
		/* Nobody reads any more. */
		if (check && fds[4].revents & (POLLERR | POLLHUP) && !run->end.interrupted)
			run->end.interrupted = SIGPIPE;
		if (check && !done &&
		    (run->end.interrupted || (run->o->fail_fast && run->end.failing)))
			done = !stop_command(&stage, &deadline);
		if (!check && fds[4].revents & (POLLERR | POLLHUP))
			done = true;
		tracer__consume(run->k.tracer, run__record, run);
		if (fds[3].revents & POLLIN && read(timer, &ticks, sizeof(ticks)) > 0)
			run__tick(run);
	}
	close(timer);
	signals__set_command(c->pid);
	tracer__consume(run->k.tracer, run__record, run);
}

/* check: the end state may take a while to come to rest, and so may teardowns. */
static void settle(struct run *run, int signals)
{
	uint64_t end = run->settled_ns = clock__now() + run->o->settle_ns;
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;

	do {
		tracer__consume(run->k.tracer, run__record, run);
		run__tick(run);
		if (run__at_rest(run))
			return;
		poll(&fd, 1, 50);
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo != SIGCHLD)
				return;
	} while (clock__now() < end && !run->end.failed);
}

/* check: what goes on after COMMAND is said, since its end is not judged. */
static void say_running(struct run *run)
{
	struct pgr_task tasks[4];
	size_t n = command__running(tasks, 4);
	char names[4 * 40] = "";

	run->end.totals.running = n;
	if (!n || run->o->quiet)
		return;
	for (size_t i = 0, at = 0; i < n && i < 4; i++)
		at += snprintf(names + at, sizeof(names) - at, "%s%.16s/%u", i ? ", " : "",
			       tasks[i].comm, tasks[i].tgid);
	session__complain(
		"%zu process%s of COMMAND still run%s (%s%s): what they do from now on is not judged",
		n, n == 1 ? "" : "es", n == 1 ? "s" : "", names, n > 4 ? ", …" : "");
}

/* Nothing can be said of a pgmap that never was there: a slip of the pen, perhaps. */
static void check_met(struct run *run, size_t i)
{
	const char *name = run->o->names[i];

	for (struct pgmap *p = run->pgmaps.first; p; p = p->next)
		if (pgmap__matches(p, &name, 1))
			return;
	if (run->names_matched >> i & 1)
		return;
	session__complain("%s: no such pgmap was met", name);
	if (run->end.worst.verdict != VERDICT_CLEAN)
		return;
	run->end.worst.verdict = VERDICT_INCONCLUSIVE;
	snprintf(run->end.worst.why, sizeof(run->end.worst.why), "no pgmap %s was met", name);
}

static void summarise(struct run *run)
{
	struct tracer_loss loss = {};
	const char *stopped[PGR_HOOKS];
	bool missing[PGR_HOOKS];
	struct loss_facts f = {
		.cause = loss.cause,
		.missed_runs = loss.missed_runs,
		.missing = missing,
		.stopped = stopped,
		.promises = run__promises(run->o, run->k.tracer),
		.adopted_all = run->end.adopted_all,
	};
	uint64_t lost = 0;

	run__look_alive(run);
	if (tracer__loss(run->k.tracer, &loss))
		f.adopted_all = false;
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &tracer__plan(run->k.tracer)->hook[h];

		/* Only a trace of COMMAND follows children. */
		missing[h] = (h != PGR_HOOK_FORK || f.promises & PROMISE_CHILDREN) &&
			     !hook->absent && !plan_hook__attempt(hook);
		stopped[h] = alive__doubt(tracer__alive(run->k.tracer), h);
		lost += loss.missed_runs[h];
	}
	for (int c = 0; c < PGR_LOSSES; c++)
		lost += loss.cause[c];
	f.unjudged = loss.unjudged + run->end.unnamed;
	lost += loss.unjudged;
	verdict__loss(&f, &run->end.worst);
	for (size_t i = 0; i < run->o->nr_names; i++)
		check_met(run, i);
	if (run->o->verb == VERB_CHECK)
		run__end_assertions(run, &f);
	run__case_no_leak(&run->out, &run->end);
	session__write_cases(run);
	if (run->o->verb == VERB_TRACE) {
		for (struct pgmap *p = run->pgmaps.first; p; p = p->next)
			run__summarise(run, p);
	}
	run__say_allowed(&run->out, run->o);
	report__loss(&run->out.report, &loss);
	report__summary(&run->out.report, &run->end.worst, &run->end.totals, lost);
}

static int verdict_status(const struct run *run)
{
	if (run->end.worst.verdict == VERDICT_LEAK || run->end.totals.failed)
		return STATUS_LEAK;
	return run->end.worst.verdict == VERDICT_CLEAN && !run->end.totals.unknown ?
		       STATUS_CLEAN :
		       STATUS_INCONCLUSIVE;
}

int session__run(const struct options *o)
{
	bool check = o->verb == VERB_CHECK;
	struct run run = { .o = o, .began_ns = clock__now() };
	struct command c = { .go = -1, .failed = -1 };
	int status, signals, command_status = 0;

	status = session__check_pids(o);
	if (status)
		return status;
	signals = session__open_signals();
	if (signals < 0)
		return STATUS_CANNOT;
	status = session__open_allow(&run);
	if (!status)
		status = session__open_cases(&run);
	if (status)
		return session__close(&run, status);
	if (check)
		command__adopt_orphans();
	status = session__prepare_command(o, &c);
	if (status)
		return session__close(&run, status);
	run.k.bdevs = bdevs__new();
	status = session__open_output(&run);
	if (!status)
		status = session__open_tracer(&run, true,
					      o->verb == VERB_TRACE && !o->nr_pids ? c.pid : 0);
	if (!status)
		status = session__check_hooks(&run);
	if (!status)
		status = session__adopt(&run);
	if (!status)
		status = session__check_names(&run, o->verb != VERB_TRACE);
	if (status) {
		command__kill(&c);
		return session__close(&run, status);
	}
	run.out.report.start_ns = clock__now();
	/* What was there at the start, before anything happens: the histories' first point. */
	run__tick(&run);
	if (check && run__start_state(&run))
		run.end.failed = true;
	session__say_ready(&run);
	if (o->verb == VERB_TRACE)
		report__event_header(&run.out.report);
	status = session__start_command(o, &c);
	if (status) {
		command__kill(&c);
		return session__close(&run, status);
	}
	loop(&run, &c, signals, &command_status);
	run.ending = true;
	if (check) {
		bool all = run.end.adopted_all;

		/* Any whose birth was missed; what was not found at the start stays so. */
		session__adopt(&run);
		run.end.adopted_all = run.end.adopted_all && all;
		settle(&run, signals);
		say_running(&run);
	}
	run__finish(&run);
	if (check)
		run__end_state(&run);
	summarise(&run);
	status = verdict_status(&run);
	if (status == STATUS_CLEAN && check && run.end.interrupted)
		status = 128 + run.end.interrupted;
	else if (status == STATUS_CLEAN && o->command && !c.pid)
		status = command_status;
	command__kill(&c);
	return session__close(&run, status);
}

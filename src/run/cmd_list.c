// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verbs that trace nothing, or only show what could be traced. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "kernel/bdevs.h"
#include "kernel/symbols.h"
#include "kernel/walked.h"
#include "kernel/walker.h"
#include "run/commands.h"
#include "run/open.h"
#include "run/run.h"
#include "run/run_find.h"
#include "run/run_state.h"

/* What is shown by reading alone. */
static int open_untraced(struct run *run)
{
	int status = session__open_output(run);

	if (!status)
		status = session__open_tracer(run, false, 0);
	if (!status)
		status = session__adopt(run);
	return status ? status : session__check_names(run, false);
}

static void say_adopted(const struct run *run)
{
	if (!run->end.adopted_all && !run->o->quiet)
		session__complain(
			"the kernel's list of pgmaps has no address (%s): looked for them in "
			"/proc/iomem, some may be missing",
			symbols__hidden(run->k.symbols) ? "kernel.kptr_restrict hides it" :
							  "CONFIG_KALLSYMS_ALL is off");
}

int session__list(const struct options *o)
{
	struct run run = { .o = o };
	uint64_t until;
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = open_untraced(&run);
	if (status)
		return session__close(&run, status);
	until = clock__now() + (o->duration_ns ? o->duration_ns : 2000000000ULL);
	while (o->history && clock__now() < until) {
		struct timespec t = { o->interval_ns / 1000000000, o->interval_ns % 1000000000 };

		run__tick(&run);
		nanosleep(&t, NULL);
	}
	report__list_header(&run.out.report);
	for (struct pgmap *p = run.pgmaps.first; p; p = p->next) {
		struct pgr_sweep *w;

		if (!p->wanted)
			continue;
		run__sample(run.k.tracer, p);
		if (o->json)
			run__find_driver(run.k.symbols, p);
		w = run__sweep(run.k.tracer, p);
		report__list(&run.out.report, p, w, o->history);
		free(w);
	}
	say_adopted(&run);
	return session__close(&run, STATUS_CLEAN);
}

int session__refs(const struct options *o)
{
	struct run run = { .o = o };
	int status;

	signal(SIGPIPE, SIG_IGN);
	run.k.bdevs = bdevs__new();
	status = open_untraced(&run);
	if (status)
		return session__close(&run, status);
	bdevs__scan(run.k.bdevs, NULL);
	run__see_cdevs(&run.pgmaps);
	for (struct pgmap *p = run.pgmaps.first; p; p = p->next) {
		struct walked_set *found;
		struct pgr_sweep *w;

		if (!p->wanted)
			continue;
		run__sample(run.k.tracer, p);
		if (o->json)
			run__find_driver(run.k.symbols, p);
		w = run__sweep(run.k.tracer, p);
		found = run__find(&run.k, &run.end, p, w, NULL);
		report__list_header(&run.out.report);
		report__refs(&run.out.report, p, w, found);
		if (found && found->err) {
			session__complain("%s: holders cannot be looked for: %s", p->name,
					  found->why);
			status = STATUS_CANNOT;
		}
		walked__free(found);
		free(w);
	}
	say_adopted(&run);
	return session__close(&run, status);
}

/* Lets -d or COMMAND pass, while the hooked functions are called. */
static void observe(const struct options *o, struct command *c, int signals)
{
	uint64_t end = o->duration_ns ? clock__now() + o->duration_ns : 0;
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;
	int ignored;

	while (!end || clock__now() < end) {
		poll(&fd, 1, 100);
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo != SIGCHLD)
				return;
		if (c->pid && command__ended(c, &ignored))
			return;
	}
}

int session__probes(const struct options *o)
{
	struct command c = { .go = -1, .failed = -1 };
	struct pgr_effect effects[PGR_HOOKS];
	struct run run = { .o = o };
	int signals, status;

	signals = session__open_signals();
	if (signals < 0)
		return STATUS_CANNOT;
	status = session__prepare_command(o, &c);
	if (!status)
		status = session__open_output(&run);
	if (!status)
		status = session__open_tracer(&run, true, 0);
	if (!status && (o->command || o->duration_ns)) {
		/* Events are told apart by the pgmaps that they are of. */
		status = session__adopt(&run);
		if (!status)
			session__say_ready(&run);
		if (!status)
			status = session__start_command(o, &c);
		if (!status)
			observe(o, &c, signals);
	}
	command__kill(&c);
	if (status)
		return session__close(&run, status);
	for (int h = 0; h < PGR_HOOKS; h++)
		tracer__effect(run.k.tracer, h, &effects[h]);
	/* Those that were taken off again ran at the first look, when they were attached. */
	run__look_alive(&run);
	report__probes(&run.out.report, tracer__plan(run.k.tracer), effects,
		       tracer__alive(run.k.tracer), tracer__has_vmemmap(run.k.tracer));
	return session__close(&run, STATUS_CLEAN);
}

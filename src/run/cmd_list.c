// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verbs that trace nothing, or only show what could be traced. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "kernel/bdevs.h"
#include "kernel/walker.h"
#include "kernel/walked.h"
#include "run/commands.h"
#include "run/open.h"
#include "kernel/symbols.h"

/* What is shown by reading alone. */
static int open_untraced(struct run *s)
{
	int status = session__open_output(s);

	if (!status)
		status = session__open_tracer(s, false, 0);
	if (!status)
		status = session__adopt(s);
	return status ? status : session__check_names(s, false);
}

static void say_adopted(const struct run *s)
{
	if (!s->adopted_all && !s->o->quiet)
		session__complain(
			"the kernel's list of pgmaps has no address (%s): looked for them in "
			"/proc/iomem, some may be missing",
			symbols__hidden(s->symbols) ? "kernel.kptr_restrict hides it" :
						      "CONFIG_KALLSYMS_ALL is off");
}

int session__list(const struct options *o)
{
	struct run s = { .o = o };
	uint64_t until;
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = open_untraced(&s);
	if (status)
		return session__close(&s, status);
	until = clock__now() + (o->duration_ns ? o->duration_ns : 2000000000ULL);
	while (o->history && clock__now() < until) {
		struct timespec t = { o->interval_ns / 1000000000, o->interval_ns % 1000000000 };

		run__tick(&s);
		nanosleep(&t, NULL);
	}
	report__list_header(&s.report);
	for (struct pgmap *p = s.pgmaps.first; p; p = p->next) {
		struct pgr_sweep *w;

		if (!p->wanted)
			continue;
		run__sample(&s, p);
		if (o->json)
			run__find_driver(&s, p);
		w = run__sweep(&s, p);
		report__list(&s.report, p, w, o->history);
		free(w);
	}
	say_adopted(&s);
	return session__close(&s, STATUS_CLEAN);
}

int session__refs(const struct options *o)
{
	struct run s = { .o = o };
	int status;

	signal(SIGPIPE, SIG_IGN);
	s.report.bdevs = bdevs__new();
	status = open_untraced(&s);
	if (status)
		return session__close(&s, status);
	bdevs__scan(s.report.bdevs, NULL);
	run__see_cdevs(&s);
	for (struct pgmap *p = s.pgmaps.first; p; p = p->next) {
		struct pgr_sweep *w;

		if (!p->wanted)
			continue;
		run__sample(&s, p);
		if (o->json)
			run__find_driver(&s, p);
		w = run__sweep(&s, p);
		s.report.found = run__find(&s, p, w, NULL);
		report__list_header(&s.report);
		report__refs(&s.report, p, w);
		if (s.report.found && s.report.found->err) {
			session__complain("%s: holders cannot be looked for: %s", p->name,
					  s.report.found->why);
			status = STATUS_CANNOT;
		}
		walked__free(s.report.found);
		s.report.found = NULL;
		free(w);
	}
	say_adopted(&s);
	return session__close(&s, status);
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
	struct run s = { .o = o };
	int signals, status;

	signals = session__open_signals();
	if (signals < 0)
		return STATUS_CANNOT;
	status = session__prepare_command(o, &c);
	if (!status)
		status = session__open_output(&s);
	if (!status)
		status = session__open_tracer(&s, true, 0);
	if (!status && (o->command || o->duration_ns)) {
		/* Events are told apart by the pgmaps that they are of. */
		status = session__adopt(&s);
		if (!status)
			session__say_ready(&s);
		if (!status)
			status = session__start_command(o, &c);
		if (!status)
			observe(o, &c, signals);
	}
	command__kill(&c);
	if (status)
		return session__close(&s, status);
	for (int h = 0; h < PGR_HOOKS; h++)
		tracer__effect(s.tracer, h, &effects[h]);
	/* Those that were taken off again ran at the first look, when they were attached. */
	run__look_alive(&s);
	report__probes(&s.report, tracer__plan(s.tracer), effects, tracer__alive(s.tracer),
		       tracer__has_vmemmap(s.tracer));
	return session__close(&s, STATUS_CLEAN);
}

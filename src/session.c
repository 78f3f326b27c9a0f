// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "allow.h"
#include "bdevs.h"
#include "cases.h"
#include "command.h"
#include "finder.h"
#include "run.h"
#include "session.h"
#include "signals.h"
#include "symbols.h"

static __attribute__((format(printf, 1, 2))) void complain(const char *fmt, ...)
{
	va_list args;

	fputs("pgmapref: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

static int get_stack(void *tracer, uint64_t key, struct pgr_stack *out)
{
	return tracer__stack(tracer, key, out);
}

/* command: the process of a traced COMMAND, followed with its children; 0: none. */
static int open_tracer(struct run *s, bool attach, uint32_t command)
{
	const struct options *o = s->o;
	struct tracer_config c = {
		.attach = attach,
		.events = run__wants_events(o),
		.follow = command || o->verb == VERB_PROBES,
		.pins = o->pins,
		.tgids = command ? &command : o->pids, .nr_tgids = command ? 1 : o->nr_pids,
		.tids = o->tids, .nr_tids = o->nr_tids,
		.comm = o->comm,
		.types = o->types,
		.ledger_rows = o->ledger_rows,
		.pin_rows = o->pin_rows,
		.sweep_budget_ns = o->sweep_budget_ns,
		.limits = o->limits,
		.plan = { .mechanism = o->mechanism, .disabled = o->disabled },
		.verbose = o->verbose,
	};
	char why[512], caps[64];
	int err;

	if (*process__missing_caps(caps, sizeof(caps))) {
		complain("not allowed: %s missing; run as root", caps);
		return STATUS_CANNOT;
	}
	/* A trace shows functions from its first event on, when there is no time to spare. */
	err = symbols__load(NULL, o->verb == VERB_TRACE ? NULL : tracer__symbols(), &s->symbols);
	if (err) {
		complain("cannot read /proc/kallsyms: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	if (symbols__hidden(s->symbols) && !o->quiet)
		complain("kernel addresses are hidden (sysctl kernel.kptr_restrict is 2): stacks "
			 "have no names");
	err = tracer__open(&c, s->symbols, &s->tracer, why, sizeof(why));
	if (err) {
		complain("%s", why);
		return err == -EINVAL ? STATUS_USAGE : STATUS_CANNOT;
	}
	s->report.symbols = s->symbols;
	s->report.stack = get_stack;
	s->report.stack_ctx = s->tracer;
	s->report.stacks = o->stacks;
	return 0;
}

static int open_output(struct run *s)
{
	/* --tap has its own format, written at the end. */
	int err = out__open(s->o->tap ? "/dev/null" : s->o->output, s->o->json, &s->report.out);

	if (!err) {
		report__start(&s->report);
		return 0;
	}
	complain("cannot write to %s: %s", s->o->output ? s->o->output : "standard output",
		 err == -ELOOP ? "it is a symbolic link, which is not followed" : strerror(-err));
	return STATUS_CANNOT;
}

/* A name that means nothing is a mistake, but for one that may yet appear. */
static int check_names(struct run *s, bool may_appear)
{
	for (size_t i = 0; i < s->o->nr_names; i++) {
		const char *name = s->o->names[i];
		bool found = false;

		for (struct pgmap *p = s->pgmaps.first; p && !found; p = p->next)
			found = pgmap__matches(p, &name, 1);
		if (found)
			continue;
		if (!may_appear) {
			complain("%s: no such pgmap; 'pgmapref list' shows those there are", name);
			return STATUS_USAGE;
		}
		if (!s->o->quiet)
			complain("%s: no such pgmap yet; waiting for it", name);
	}
	return 0;
}

/* With no hook at all there is nothing to trace; with some, the verdict says what lacks. */
static int check_hooks(struct run *s)
{
	const struct plan *plan = tracer__plan(s->tracer);

	for (int h = 0; h < PGR_HOOK_FORK; h++)
		if (plan_hook__attempt(&plan->hook[h]))
			return 0;
	complain("no hook could be attached on this kernel (%s: %s); 'probes' shows each, 'list' "
		 "works without", plan->hook[PGR_HOOK_TEARDOWN].name,
		 plan->hook[PGR_HOOK_TEARDOWN].missing);
	return STATUS_CANNOT;
}

static int check_pids(const struct options *o)
{
	bool by_pid = o->nr_pids || o->nr_tids || (o->verb == VERB_TRACE && o->command);

	if (by_pid && !process__pids_are_global()) {
		complain("this process is in a PID namespace of its own, where numbers of "
			 "processes are not the kernel's: run outside of the container, or "
			 "without -p, -t and COMMAND");
		return STATUS_CANNOT;
	}
	for (size_t i = 0; i < o->nr_pids; i++) {
		if (!process__alive(o->pids[i])) {
			complain("-p %u: no such process", o->pids[i]);
			return STATUS_USAGE;
		}
	}
	for (size_t i = 0; i < o->nr_tids; i++) {
		if (!process__alive(o->tids[i])) {
			complain("-t %u: no such thread", o->tids[i]);
			return STATUS_USAGE;
		}
	}
	return 0;
}

/* memremap_pages() takes so long on the slowest machines; what is not made by then is asked for later. */
#define ADOPT_NS 2000000000ULL

static int adopt(struct run *s)
{
	uint64_t end = run__now() + ADOPT_NS;
	int err;

	while ((err = run__adopt(s)) == 0 && s->adopt_again && run__now() < end)
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	if (err && (s->o->verb == VERB_LIST || s->o->verb == VERB_REFS)) {
		complain("cannot look for pgmaps: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	return 0;
}

static void say_ready(struct run *s)
{
	const struct plan *plan = tracer__plan(s->tracer);
	unsigned int have = 0, want = 0, pgmaps = 0, kprobes = 0;
	const struct plan_attempt *a;

	for (int h = 0; h < PGR_HOOKS; h++) {
		if (h == PGR_HOOK_FORK && !(s->o->command && s->o->verb == VERB_TRACE))
			continue;
		if (plan->hook[h].absent || (PGR_HOOK_IS_PIN(h) && !s->o->pins))
			continue;
		a = plan_hook__attempt(&plan->hook[h]);
		want++;
		have += a != NULL;
		/* Of pins that costs a name at most. */
		kprobes += a && a->how == PLAN_KPROBE && !PGR_HOOK_IS_PIN(h);
	}
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next)
		pgmaps += p->wanted;
	if (!s->o->quiet)
		fprintf(stderr, "pgmapref: ready: %u pgmap%s, %u of %u hooks\n", pgmaps,
			pgmaps == 1 ? "" : "s", have, want);
	if (kprobes && !s->o->quiet)
		fprintf(stderr, "pgmapref: %u hooks by kprobe: calls that the kernel lets a kprobe "
				"miss are not counted\n", kprobes);
	for (int h = 0; h < PGR_HOOKS && !s->o->quiet; h++) {
		const struct plan_hook *hook = &plan->hook[h];

		if (PGR_HOOK_IS_PIN(h) && !s->o->pins)
			continue;
		if (h != PGR_HOOK_FORK && !hook->absent && !plan_hook__attempt(hook))
			fprintf(stderr, "pgmapref: hook %s is missing (%s): %s will not be seen\n",
				hook->name, hook->missing, hook->without);
	}
	if (s->o->ready_fd >= 0) {
		if (write(s->o->ready_fd, "ready\n", 6) != 6)
			complain("--ready-fd %d: %s", s->o->ready_fd, strerror(errno));
		close(s->o->ready_fd);
	}
}

static int start_timer(uint64_t ns)
{
	struct itimerspec t = {
		.it_interval = { ns / 1000000000, ns % 1000000000 },
		.it_value = { ns / 1000000000, ns % 1000000000 },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &t, NULL)) {
		complain("no timer to be had: %s", strerror(errno));
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

enum stopping { STOP_NOT, STOP_TERM, STOP_KILL };

/* COMMAND and what it started are to end, for what they do is still to be judged. True: go on. */
static bool stop_command(enum stopping *stage, uint64_t *deadline)
{
	uint64_t now = run__now();

	if (*stage != STOP_NOT && now < *deadline)
		return command__running(NULL, 0);
	if (*stage == STOP_KILL || !command__signal_all(*stage == STOP_NOT ? SIGTERM : SIGKILL))
		return false;
	*deadline = now + (*stage == STOP_NOT ? STOP_NS : KILL_NS);
	(*stage)++;
	return true;
}

/* Until ^C, -d, the end of every -p and -t, or the end of COMMAND. */
static void loop(struct run *s, struct command *c, int signals, int *command_status)
{
	int timer = start_timer(s->o->interval_ns);
	uint64_t end = s->o->duration_ns ? run__now() + s->o->duration_ns : 0;
	struct pollfd fds[] = {
		{ .fd = tracer__fd(s->tracer, true), .events = POLLIN },
		{ .fd = tracer__fd(s->tracer, false), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = timer, .events = POLLIN },
		/* Where nobody reads any more there is nothing to do, though nothing be written. */
		{ .fd = out__fd(s->report.out) },
	};
	bool check = s->o->verb == VERB_CHECK, done = false;
	enum stopping stage = STOP_NOT;
	uint64_t deadline = 0;

	while (!done && !s->failed && !out__error(s->report.out)) {
		uint64_t ticks, now = run__now();
		int timeout = -1;

		if (end)
			timeout = end > now ? (end - now) / 1000000 + 1 : 0;
		if (poll(fds, sizeof(fds) / sizeof(*fds), timeout) < 0 && errno != EINTR)
			break;
		if (fds[2].revents & POLLIN) {
			struct signalfd_siginfo info;

			while (read(signals, &info, sizeof(info)) == sizeof(info)) {
				if (info.ssi_signo == SIGCHLD)
					continue;
				/* The second time, at once. */
				done = done || !check || s->interrupted;
				s->interrupted = info.ssi_signo;
			}
		}
		/* Asked before the records are taken: what it did is then among them. */
		if (c->pid && command__ended(c, command_status))
			done = done || stage == STOP_NOT;
		if (!done && pids_gone(s->o))
			done = true;
		if (end && run__now() >= end) {
			done = done || !check;
			s->interrupted = s->interrupted ? s->interrupted : SIGALRM;
		}
		if (check && !done && (s->interrupted || (s->o->fail_fast && s->failing)))
			done = !stop_command(&stage, &deadline);
		if (fds[4].revents & (POLLERR | POLLHUP))
			done = true;
		tracer__consume(s->tracer, run__record, s);
		if (fds[3].revents & POLLIN && read(timer, &ticks, sizeof(ticks)) > 0)
			run__tick(s);
	}
	close(timer);
	signals__set_command(c->pid);
	tracer__consume(s->tracer, run__record, s);
}

/* check: the end state may take a while to come to rest, and so may teardowns. */
static void settle(struct run *s, int signals)
{
	uint64_t end = run__now() + s->o->settle_ns;
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;

	do {
		tracer__consume(s->tracer, run__record, s);
		run__tick(s);
		if (run__at_rest(s))
			return;
		poll(&fd, 1, 50);
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo != SIGCHLD)
				return;
	} while (run__now() < end && !s->failed);
}

/* check: what goes on after COMMAND is said, since its end is not judged. */
static void say_running(struct run *s)
{
	struct pgr_task tasks[4];
	size_t n = command__running(tasks, 4);
	char names[4 * 40] = "";

	s->totals.running = n;
	if (!n || s->o->quiet)
		return;
	for (size_t i = 0, at = 0; i < n && i < 4; i++)
		at += snprintf(names + at, sizeof(names) - at, "%s%.16s/%u", i ? ", " : "",
			       tasks[i].comm, tasks[i].tgid);
	complain("%zu process%s of COMMAND still run%s (%s%s): what they do from now on is not judged",
		 n, n == 1 ? "" : "es", n == 1 ? "s" : "", names, n > 4 ? ", …" : "");
}

/* Nothing can be said of a pgmap that never was there: a slip of the pen, perhaps. */
static void check_met(struct run *s, size_t i)
{
	const char *name = s->o->names[i];

	for (struct pgmap *p = s->pgmaps.first; p; p = p->next)
		if (pgmap__matches(p, &name, 1))
			return;
	if (i < 64 && s->met >> i & 1)
		return;
	complain("%s: no such pgmap was met", name);
	if (s->worst.verdict != VERDICT_CLEAN)
		return;
	s->worst.verdict = VERDICT_INCONCLUSIVE;
	snprintf(s->worst.why, sizeof(s->worst.why), "no pgmap %s was met", name);
}

static void summarise(struct run *s)
{
	struct tracer_loss loss = {};
	bool missing[PGR_HOOKS];
	struct loss_facts f = {
		.cause = loss.cause,
		.missed_runs = loss.missed_runs,
		.missing = missing,
		.promises = run__promises(s),
		.adopted_all = s->adopted_all,
	};
	uint64_t lost = 0;

	if (tracer__loss(s->tracer, &loss))
		f.adopted_all = false;
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &tracer__plan(s->tracer)->hook[h];

		/* Only a trace of COMMAND follows children. */
		missing[h] = (h != PGR_HOOK_FORK || f.promises & PROMISE_CHILDREN) &&
			     !hook->absent && !plan_hook__attempt(hook);
		lost += loss.missed_runs[h];
	}
	for (int c = 0; c < PGR_LOSSES; c++)
		lost += loss.cause[c];
	f.unjudged = loss.unjudged;
	lost += loss.unjudged;
	verdict__loss(&f, &s->worst);
	for (size_t i = 0; i < s->o->nr_names; i++)
		check_met(s, i);
	if (s->o->verb == VERB_CHECK)
		run__end_assertions(s, &f);
	run__case(s, "assertion", "no leak", &s->worst, NULL, 0);
	if (s->o->verb == VERB_TRACE) {
		for (struct pgmap *p = s->pgmaps.first; p; p = p->next)
			run__summarise(s, p);
	}
	run__say_allowed(s);
	report__loss(&s->report, &loss);
	report__summary(&s->report, &s->worst, &s->totals, lost);
}

static int close_session(struct run *s, int status)
{
	int err;

	pgmaps__free(&s->pgmaps);
	free(s->assertions);
	allow__free(s->allow);
	cases__free(s->cases);
	blocked__free(&s->blocked);
	bdevs__free(s->report.bdevs);
	finder__close(s->finder);
	tracer__close(s->tracer);
	symbols__free(s->symbols);
	err = s->report.out ? out__close(s->report.out) : 0;
	if (err && err != -EPIPE) {
		complain("cannot write to %s: %s; what was written is not complete",
			 s->o->output ? s->o->output : "standard output", strerror(-err));
		status = STATUS_CANNOT;
	}
	if (s->failed) {
		complain("out of memory");
		status = STATUS_CANNOT;
	}
	return status;
}

static int verdict_status(const struct run *s)
{
	if (s->worst.verdict == VERDICT_LEAK || s->totals.failed)
		return STATUS_LEAK;
	return s->worst.verdict == VERDICT_CLEAN && !s->totals.unknown ? STATUS_CLEAN :
									  STATUS_INCONCLUSIVE;
}

/* Signals come by a descriptor from here on, which is returned; negative: said why not. */
static int open_signals(void)
{
	int fd = signals__open();

	if (fd < 0)
		complain("no pipe to be had: %s", strerror(-fd));
	return fd;
}

/* What is read before anything is started: mistakes in it cost nothing. */
static int open_allow(struct run *s)
{
	char why[512];
	int err = s->o->allow ? allow__read(s->o->allow, &s->allow, why, sizeof(why)) : 0;

	if (!err)
		return 0;
	if (err == -EINVAL)
		complain("--allow: %s", why);
	else
		complain("--allow %s: %s", s->o->allow, strerror(-err));
	return STATUS_USAGE;
}

static int write_cases(struct run *s, int status)
{
	const char *what;
	int err = run__write_cases(s, &what);

	if (!err || err == -EPIPE)
		return status;
	complain("cannot write to %s: %s", what, strerror(-err));
	return STATUS_CANNOT;
}

static int prepare_command(const struct options *o, struct command *c)
{
	int err;

	if (o->ready_fd >= 0)
		fcntl(o->ready_fd, F_SETFD, FD_CLOEXEC); /* not COMMAND's */
	if (!o->command)
		return 0;
	/* Records for machines are not to be mixed with what it prints. */
	err = command__prepare(o->command, o->verb == VERB_CHECK && (o->json || o->tap) && !o->output,
			       c);
	signals__set_command(c->pid);
	if (!err)
		return 0;
	complain("%s: %s", o->command[0], err == -ENOENT ? "command not found" : strerror(-err));
	return STATUS_USAGE;
}

static int start_command(const struct options *o, struct command *c)
{
	int err = o->command ? command__start(c) : 0;

	if (!err)
		return 0;
	complain("%s: %s", o->command[0], strerror(-err));
	return STATUS_USAGE;
}

int session__run(const struct options *o)
{
	bool check = o->verb == VERB_CHECK;
	struct run s = { .o = o };
	struct command c = { .go = -1, .failed = -1 };
	int status, signals, command_status = 0;

	status = check_pids(o);
	if (status)
		return status;
	signals = open_signals();
	if (signals < 0)
		return STATUS_CANNOT;
	status = open_allow(&s);
	if (!status && run__open_cases(&s)) {
		complain("out of memory");
		status = STATUS_CANNOT;
	}
	if (status)
		return status;
	if (check)
		command__adopt_orphans();
	status = prepare_command(o, &c);
	if (status)
		return status;
	s.report.bdevs = bdevs__new();
	status = open_output(&s);
	if (!status)
		status = open_tracer(&s, true, o->verb == VERB_TRACE && !o->nr_pids ? c.pid : 0);
	if (!status)
		status = check_hooks(&s);
	if (!status)
		status = adopt(&s);
	if (!status)
		status = check_names(&s, o->verb != VERB_TRACE);
	if (status) {
		command__kill(&c);
		return close_session(&s, status);
	}
	s.report.start_ns = run__now();
	/* What was there at the start, before anything happens: the histories' first point. */
	run__tick(&s);
	if (check && run__start_state(&s))
		s.failed = true;
	say_ready(&s);
	if (o->verb == VERB_TRACE)
		report__event_header(&s.report);
	status = start_command(o, &c);
	if (status) {
		command__kill(&c);
		return close_session(&s, status);
	}
	loop(&s, &c, signals, &command_status);
	if (check) {
		/* Any whose birth was missed. */
		adopt(&s);
		settle(&s, signals);
		say_running(&s);
	}
	run__finish(&s);
	if (check)
		run__end_state(&s);
	summarise(&s);
	status = verdict_status(&s);
	if (status == STATUS_CLEAN && check && s.interrupted)
		status = 128 + s.interrupted;
	else if (status == STATUS_CLEAN && o->command && !c.pid)
		status = command_status;
	command__kill(&c);
	status = write_cases(&s, status);
	return close_session(&s, status);
}

static void say_adopted(const struct run *s)
{
	if (!s->adopted_all && !s->o->quiet)
		complain("the kernel's list of pgmaps has no address (%s): looked for them in "
			 "/proc/iomem, some may be missing", symbols__hidden(s->symbols) ?
			 "kernel.kptr_restrict hides it" : "CONFIG_KALLSYMS_ALL is off");
}

int session__list(const struct options *o)
{
	struct run s = { .o = o };
	uint64_t until;
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = open_output(&s);
	if (!status)
		status = open_tracer(&s, false, 0);
	if (!status)
		status = adopt(&s);
	if (!status)
		status = check_names(&s, false);
	if (status)
		return close_session(&s, status);
	until = run__now() + (o->duration_ns ? o->duration_ns : 2000000000ULL);
	while (o->history && run__now() < until) {
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
	return close_session(&s, STATUS_CLEAN);
}

int session__refs(const struct options *o)
{
	struct run s = { .o = o };
	int status;

	signal(SIGPIPE, SIG_IGN);
	s.report.bdevs = bdevs__new();
	status = open_output(&s);
	if (!status)
		status = open_tracer(&s, false, 0);
	if (!status)
		status = adopt(&s);
	if (!status)
		status = check_names(&s, false);
	if (status)
		return close_session(&s, status);
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
		s.report.found = run__find(&s, p, w);
		report__list_header(&s.report);
		report__refs(&s.report, p, w);
		if (s.report.found && s.report.found->err) {
			complain("%s: holders cannot be looked for: %s", p->name,
				 s.report.found->why);
			status = STATUS_CANNOT;
		}
		found__free(s.report.found);
		s.report.found = NULL;
		free(w);
	}
	say_adopted(&s);
	return close_session(&s, status);
}

/* Lets -d or COMMAND pass, while the hooked functions are called. */
static void observe(const struct options *o, struct command *c, int signals)
{
	uint64_t end = o->duration_ns ? run__now() + o->duration_ns : 0;
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;
	int ignored;

	while (!end || run__now() < end) {
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

	signals = open_signals();
	if (signals < 0)
		return STATUS_CANNOT;
	status = prepare_command(o, &c);
	if (!status)
		status = open_output(&s);
	if (!status)
		status = open_tracer(&s, true, 0);
	if (!status && (o->command || o->duration_ns)) {
		/* Events are told apart by the pgmaps that they are of. */
		status = adopt(&s);
		if (!status)
			say_ready(&s);
		if (!status)
			status = start_command(o, &c);
		if (!status)
			observe(o, &c, signals);
	}
	command__kill(&c);
	if (status)
		return close_session(&s, status);
	for (int h = 0; h < PGR_HOOKS; h++)
		tracer__effect(s.tracer, h, &effects[h]);
	report__probes(&s.report, tracer__plan(s.tracer), effects, tracer__has_vmemmap(s.tracer));
	return close_session(&s, STATUS_CLEAN);
}

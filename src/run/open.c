// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What verbs do before they run, and after: options, output, tracer, COMMAND. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/say.h"
#include "kernel/bdevs.h"
#include "kernel/process.h"
#include "kernel/symbols.h"
#include "kernel/walker.h"
#include "model/allow.h"
#include "run/open.h"
#include "run/run_cases.h"
#include "run/run_check.h"
#include "run/run_state.h"
#include "run/signals.h"

void session__complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say__vline(fmt, args);
	va_end(args);
}

static int get_stack(void *tracer, uint64_t key, struct pgr_stack *out)
{
	return tracer__stack(tracer, key, out);
}

/* The status of a run that a signal ended before it was ready: nothing was seen, nothing is judged. */
static int stopped(void)
{
	session__complain("ended while it started");
	return 128 + signals__asked();
}

/* command: the process of a traced COMMAND, followed with its children; 0: none. */
int session__open_tracer(struct run *run, bool attach, uint32_t command)
{
	const struct options *o = run->o;
	struct tracer_config c = {
		.attach = attach,
		.events = run__wants_events(o),
		.follow = command || o->verb == VERB_PROBES,
		.pins = o->pins,
		.others = o->pins && o->verb == VERB_CHECK,
		.looks = o->verb == VERB_CHECK,
		.tgids = command ? &command : o->pids,
		.nr_tgids = command ? 1 : o->nr_pids,
		.tids = o->tids,
		.nr_tids = o->nr_tids,
		.comm = o->comm,
		.types = o->types,
		.ledger_rows = o->ledger_rows,
		.pin_rows = o->pin_rows,
		.sweep_budget_ns = o->sweep_budget_ns,
		.limits = o->limits,
		.plan = { .mechanism = o->mechanism, .disabled = o->disabled },
		.stopped = signals__asked,
		.verbose = o->verbose,
	};
	char why[512], caps[64];
	int err;

	if (*process__missing_caps(caps, sizeof(caps))) {
		session__complain("not allowed: %s missing; run as root", caps);
		return STATUS_CANNOT;
	}
	/* A trace shows functions from its first event on, when there is no time to spare. */
	err = symbols__load(NULL, o->verb == VERB_TRACE ? NULL : tracer__symbols(), &run->k.symbols);
	if (err) {
		session__complain("cannot read /proc/kallsyms: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	if (symbols__hidden(run->k.symbols) && !o->quiet)
		session__complain(
			"kernel addresses are hidden (sysctl kernel.kptr_restrict is 2): stacks "
			"have no names");
	err = tracer__open(&c, run->k.symbols, &run->k.tracer, why, sizeof(why));
	if (err == -EINTR)
		return stopped();
	if (err) {
		session__complain("%s", why);
		return err == -EINVAL ? STATUS_USAGE : STATUS_CANNOT;
	}
	run->began_ns -= clock__ahead();
	run->out.report.symbols = run->k.symbols;
	run->out.report.plan = tracer__plan(run->k.tracer);
	run->out.report.alive = tracer__alive(run->k.tracer);
	run->out.report.stack = get_stack;
	run->out.report.stack_ctx = run->k.tracer;
	run->out.report.stacks = o->stacks;
	run->out.report.ended = process__ended;
	return 0;
}

int session__open_output(struct run *run)
{
	/* --tap has its own format, written at the end. */
	int err = out__open(run->o->tap ? "/dev/null" : run->o->output, run->o->json,
			    &run->out.report.out);

	if (!err) {
		report__start(&run->out.report);
		return 0;
	}
	session__complain(
		"cannot write to %s: %s", run->o->output ? run->o->output : "standard output",
		err == -ELOOP ? "it is a symbolic link, which is not followed" : strerror(-err));
	return STATUS_CANNOT;
}

/* A name that means nothing is a mistake, but for one that may yet appear. */
int session__check_names(struct run *run, bool may_appear)
{
	for (size_t i = 0; i < run->o->nr_names; i++) {
		const char *name = run->o->names[i];
		bool found = false;

		for (struct pgmap *p = run->pgmaps.first; p && !found; p = p->next)
			found = pgmap__matches(p, &name, 1);
		if (found)
			continue;
		if (!may_appear) {
			session__complain(
				"%s: no such pgmap; 'pgmapref list' shows those there are", name);
			return STATUS_USAGE;
		}
		if (!run->o->quiet)
			session__complain("%s: no such pgmap yet; waiting for it", name);
	}
	return 0;
}

/* With no hook at all there is nothing to trace; with some, the verdict says what lacks. */
int session__check_hooks(struct run *run)
{
	const struct plan *plan = tracer__plan(run->k.tracer);

	for (int h = 0; h < PGR_HOOK_FORK; h++)
		if (plan_hook__attempt(&plan->hook[h]))
			return 0;
	session__complain(
		"no hook could be attached on this kernel (%s: %s); 'probes' shows each, 'list' "
		"works without",
		plan->hook[PGR_HOOK_TEARDOWN].name, plan->hook[PGR_HOOK_TEARDOWN].missing);
	return STATUS_CANNOT;
}

int session__check_pids(const struct options *o)
{
	bool by_pid = o->nr_pids || o->nr_tids || (o->verb == VERB_TRACE && o->command);

	if (by_pid && !process__pids_are_global()) {
		session__complain("this process is in a PID namespace of its own, where numbers of "
				  "processes are not the kernel's: run outside of the container, or "
				  "without -p, -t and COMMAND");
		return STATUS_CANNOT;
	}
	for (size_t i = 0; i < o->nr_pids; i++) {
		if (!process__alive(o->pids[i])) {
			session__complain("-p %u: no such process", o->pids[i]);
			return STATUS_USAGE;
		}
	}
	for (size_t i = 0; i < o->nr_tids; i++) {
		if (!process__alive(o->tids[i])) {
			session__complain("-t %u: no such thread", o->tids[i]);
			return STATUS_USAGE;
		}
	}
	return 0;
}

/* memremap_pages() takes so long on the slowest machines; what is not made by then is asked for later. */
#define ADOPT_NS 2000000000ULL

int session__adopt(struct run *run)
{
	uint64_t end = clock__now() + ADOPT_NS;
	int err;

	while ((err = run__adopt(run)) == 0 && run->adopt_again && clock__now() < end &&
	       !signals__asked())
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	if (err && (run->o->verb == VERB_LIST || run->o->verb == VERB_REFS)) {
		session__complain("cannot look for pgmaps: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	return 0;
}

void session__say_ready(struct run *run)
{
	const struct plan *plan = tracer__plan(run->k.tracer);
	unsigned int have = 0, want = 0, pgmaps = 0, kprobes = 0;
	const struct plan_attempt *a;

	for (int h = 0; h < PGR_HOOKS; h++) {
		if (h == PGR_HOOK_FORK && !(run->o->command && run->o->verb == VERB_TRACE))
			continue;
		if (plan->hook[h].absent || (pgr_hook__is_pin(h) && !run->o->pins))
			continue;
		a = plan_hook__attempt(&plan->hook[h]);
		want++;
		have += a && !alive__doubt(tracer__alive(run->k.tracer), h);
		/* Of pins that costs a name at most. */
		kprobes += a && a->how == PLAN_KPROBE && !pgr_hook__is_pin(h);
	}
	for (struct pgmap *p = run->pgmaps.first; p; p = p->next)
		pgmaps += p->wanted;
	if (!run->o->quiet)
		say__line("ready: %u pgmap%s, %u of %u hooks", pgmaps, pgmaps == 1 ? "" : "s", have,
			  want);
	if (kprobes && !run->o->quiet && !tracer__counts_misses(run->k.tracer))
		say__line("%u hooks by kprobe: calls that the kernel lets a kprobe miss are not "
			  "counted",
			  kprobes);
	if (tracer__no_pokes(run->k.tracer) && !run->o->quiet)
		say__line("changes of the kernel's code are not recorded (%s): a hook that is switched "
			  "off and on again between two looks is not noticed",
			  strerror(-tracer__no_pokes(run->k.tracer)));
	for (int h = 0; h < PGR_HOOKS && !run->o->quiet; h++) {
		const struct plan_hook *hook = &plan->hook[h];

		if (pgr_hook__is_pin(h) && !run->o->pins)
			continue;
		if (h != PGR_HOOK_FORK && !hook->absent && !plan_hook__attempt(hook))
			plan_hook__say_missing(hook);
	}
	if (run->o->ready_fd >= 0) {
		if (write(run->o->ready_fd, "ready\n", 6) != 6)
			session__complain("--ready-fd %d: %s", run->o->ready_fd, strerror(errno));
		close(run->o->ready_fd);
	}
}

/* Signals come by a descriptor from here on, which is returned; negative: said why not. */
int session__open_signals(void)
{
	int fd = signals__open();

	if (fd < 0)
		session__complain("no pipe to be had: %s", strerror(-fd));
	return fd;
}

/* What is read before anything is started: mistakes in it cost nothing. */
int session__open_allow(struct run *run)
{
	char why[512];
	int err = run->o->allow ? allow__read(run->o->allow, &run->out.allow, why, sizeof(why)) : 0;

	if (!err)
		return 0;
	if (err == -EINVAL)
		session__complain("--allow: %s", why);
	else
		session__complain("--allow %s: %s", run->o->allow, strerror(-err));
	return STATUS_USAGE;
}

void session__write_cases(struct run *run)
{
	const char *what;
	int err = run__write_cases(&run->out, run->o, &what);

	if (!err || err == -EPIPE)
		return;
	session__complain("cannot write to %s: %s", what, strerror(-err));
	run->end.cases_write_failed = true;
}

int session__open_cases(struct run *run)
{
	const char *what;
	int err = run__open_cases(&run->out, run->o, &what);

	if (!err)
		return 0;
	session__complain("cannot write to %s: %s", what,
			  err == -ELOOP ? "it is a symbolic link, which is not followed" :
					  strerror(-err));
	return STATUS_CANNOT;
}

int session__prepare_command(const struct options *o, struct command *c)
{
	int err;

	if (o->ready_fd >= 0)
		fcntl(o->ready_fd, F_SETFD, FD_CLOEXEC); /* not COMMAND's */
	if (!o->command)
		return 0;
	/* Records for machines are not to be mixed with what it prints. */
	err = command__prepare(o->command,
			       o->verb == VERB_CHECK && (o->json || o->tap) && !o->output, c);
	signals__set_command(c->pid);
	if (!err)
		return 0;
	session__complain("%s: %s", o->command[0],
			  err == -ENOENT ? "command not found" : strerror(-err));
	return STATUS_USAGE;
}

int session__start_command(const struct options *o, struct command *c)
{
	int err = o->command ? command__start(c) : 0;

	if (!err)
		return 0;
	session__complain("%s: %s", o->command[0], strerror(-err));
	return STATUS_USAGE;
}

int session__close(struct run *run, int status)
{
	int err;

	pgmaps__free(&run->pgmaps);
	free(run->assertions);
	allow__free(run->out.allow);
	run__close_cases(&run->out);
	blocked__free(&run->blocked);
	bdevs__free(run->k.bdevs);
	walker__close(run->k.walker);
	tracer__close(run->k.tracer);
	symbols__free(run->k.symbols);
	err = run->out.report.out ? out__close(run->out.report.out) : 0;
	if (err && err != -EPIPE) {
		session__complain("cannot write to %s: %s; what was written is not complete",
				  run->o->output ? run->o->output : "standard output",
				  strerror(-err));
		status = STATUS_CANNOT;
	}
	if (run->end.failed) {
		session__complain("out of memory");
		status = STATUS_CANNOT;
	}
	if (run->end.cases_write_failed)
		status = STATUS_CANNOT;
	return status;
}

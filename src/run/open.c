// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The begin and the end of a verb's run: input, output, tracer, COMMAND. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "common/devnum.h"
#include "common/file.h"
#include "kernel/bdevs.h"
#include "kernel/devices.h"
#include "kernel/kmsg.h"
#include "kernel/lines.h"
#include "kernel/mounts.h"
#include "kernel/process.h"
#include "kernel/symbols.h"
#include "kernel/tracer_alive.h"
#include "kernel/tracer_exact.h"
#include "kernel/tracer_read.h"
#include "kernel/walker.h"
#include "model/allow.h"
#include "model/sums.h"
#include "run/mark_source.h"
#include "run/open.h"
#include "run/read_allow.h"
#include "run/run_allow.h"
#include "run/run_assertions.h"
#include "run/run_cases.h"
#include "run/run_ledger.h"
#include "run/run_paths.h"
#include "run/run_state.h"
#include "run/say.h"
#include "run/signals.h"
#include "run/status.h"
#include "run/terminal.h"

#define BOOT_ID_MAX 64

static int get_stack(void *tracer, uint64_t key, struct pgr_stack *out)
{
	return tracer__stack(tracer, key, out);
}

static int device_name(void *kernel, uint32_t dev, bool chr, char *buf, size_t len)
{
	const struct run_kernel *k = kernel;

	return chr ? devices__cdev_name(k->root, devnum__major(dev), devnum__minor(dev), buf, len) :
		     bdevs__name(k->bdevs, k->root, devnum__major(dev), devnum__minor(dev), buf,
				 len);
}

static int mount_point(void *kernel, uint32_t dev, char *buf, size_t len)
{
	return mounts__at(((const struct run_kernel *)kernel)->root, dev, buf, len);
}

static int file_path(void *kernel, uint32_t dev, uint64_t ino, uint64_t pfn, char *buf, size_t len)
{
	return run__path(kernel, dev, ino, pfn, buf, len);
}

static int line_of(void *lines, uint64_t ip, char *buf, size_t len)
{
	return lines__at(lines, ip, buf, len);
}

static void identify(void *kernel, const struct identity_key *key, struct identity *out)
{
	identity__find(((const struct run_kernel *)kernel)->root, key, out);
}

static bool has_ended(void *kernel, pid_t tgid, uint64_t since_ns)
{
	const struct identity_key key = { .tgid = tgid, .seen_ns = since_ns };
	enum identity_state state = identity__state(((const struct run_kernel *)kernel)->root, &key);

	return state == IDENTITY_EXITED || state == IDENTITY_REUSED;
}

/* Exit status of a run that a signal ended before it was ready: there is nothing to judge. */
static int stopped(void)
{
	say__line("ended by a signal during the start");
	return 128 + signals__asked();
}

/* Gives reports their access to the kernel. */
static void connect_report(struct report *r, struct run_kernel *k, const struct options *o)
{
	r->device_name = device_name;
	r->mount_point = mount_point;
	k->paths = paths__new();
	r->file_path = k->paths ? file_path : NULL;
	r->names_ctx = k;
	r->symbols = k->symbols;
	r->plan = tracer__plan(k->tracer);
	r->alive = tracer__alive(k->tracer);
	r->stack = get_stack;
	r->stack_ctx = k->tracer;
	r->stacks = o->stacks;
	r->line = k->lines ? line_of : NULL;
	r->line_ctx = k->lines;
	r->ranges = o->verbose > 0;
	r->details = o->details || o->verbose;
	r->wall_ns = clock__wall();
	r->ended = has_ended;
	r->identify = identify;
}

int open__tracer(struct run *run, uint32_t command)
{
	const struct options *o = run->o;
	struct tracer_config c = {
		.attach = o->verb->traces,
		.events = run__wants_events(o),
		.follow = run__follows_children(o) || o->verb->shows_hooks,
		.pins = o->pins,
		.others = o->pins && o->verb->judges_end,
		.sweeps_listed = o->verb->judges_end || o->follow,
		.follows_pages = o->follow,
		.pairs = o->exact && o->verb->shows_moves,
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
		.progress = status__progress,
		.print = say__vtext,
		.verbose = o->verbose,
	};
	char why[512], caps[64];
	int err;

	if (*process__missing_caps(caps, sizeof(caps))) {
		say__line("not allowed: %s missing; run as root", caps);
		return STATUS_CANNOT;
	}
	status__on(o->quiet);
	status__show("reading the symbols of the kernel");
	/* trace needs all symbols at its first event, and has no time to load them then. */
	err = symbols__load(NULL, o->verb->shows_events ? NULL : tracer__symbols(), &run->k.symbols);
	if (err) {
		say__line("cannot read /proc/kallsyms: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	if (symbols__hidden(run->k.symbols) && !o->quiet)
		say__line("kernel addresses are hidden: stacks have no names, and pgmaps may be "
			  "missing; 'sysctl -w kernel.kptr_restrict=1' shows them");
	if (o->lines) {
		status__show("reading the lines of source");
		err = lines__open(run->k.root, o->line_files, o->nr_line_files, run->k.symbols,
				  &run->k.lines, why, sizeof(why));
		if (err == -ENOENT && run->k.lines) {
			say__line("%s", why);
		} else if (err) {
			status__clear();
			say__line("--vmlinux: %s", why);
			return err == -EINVAL ? STATUS_USAGE : STATUS_CANNOT;
		}
	}
	status__show("reading the types of the kernel");
	err = tracer__open(&c, run->k.symbols, &run->k.tracer, why, sizeof(why));
	status__clear();
	if (err == -EINTR)
		return stopped();
	if (err) {
		say__line("%s", why);
		return err == -EINVAL ? STATUS_USAGE : STATUS_CANNOT;
	}
	run->loop.began_ns -= clock__ahead();
	connect_report(&run->out.report, &run->k, o);
	run->out.report.marks = &run->model.marks;
	return 0;
}

/* Why a file cannot be created. */
static const char *reason(int err)
{
	return err == -ELOOP ? "it is a symbolic link, which is not followed" : strerror(-err);
}

static const char *output_of(const struct options *o)
{
	return o->output ? o->output : "standard output";
}

/* The first record: which machine, which boot, when, what. */
static void start(const struct options *o, struct report *r)
{
	struct report_start s = { .command = o->command, .monotonic_ns = clock__now() };
	char *boot_id = NULL;
	struct utsname u;
	size_t len;

	s.utc_ns = s.monotonic_ns + clock__wall();
	if (!uname(&u)) {
		s.kernel = u.release;
		s.hostname = u.nodename;
	}
	if (!file__read("/proc/sys/kernel/random/boot_id", BOOT_ID_MAX, &boot_id, &len)) {
		boot_id[strcspn(boot_id, "\n")] = '\0';
		s.boot_id = boot_id;
	}
	report__start(r, &s);
	free(boot_id);
}

int open__output(const struct options *o, struct report *r)
{
	/* --tap: the output is TAP, written at the end of the run. */
	int err = out__open(o->tap ? "/dev/null" : o->output, o->json, &r->out);

	if (err) {
		say__line("cannot write to %s: %s", output_of(o), reason(err));
		return STATUS_CANNOT;
	}
	out__set_before(r->out, status__clear);
	out__set_color(r->out, terminal__colors(o));
	if (!o->output && terminal__columns(STDOUT_FILENO))
		out__set_width(r->out, terminal__columns(STDOUT_FILENO));
	start(o, r);
	return 0;
}

/* A name without a pgmap is a mistake, unless the verb waits for the pgmap to appear. */
int open__check_names(const struct options *o, const struct pgmaps *pgmaps)
{
	for (size_t i = 0; i < o->nr_names; i++) {
		const char *name = o->names[i];
		bool found = false;

		for (struct pgmap *p = pgmaps->first; p && !found; p = p->next)
			found = pgmap__matches(p, &name, 1);
		if (found)
			continue;
		if (!o->verb->waits_for_names && o->typed[i] && strcmp(o->typed[i], name)) {
			say__line("%s: its device, %s, has no pgmap (see 'pgmapref list')",
				  o->typed[i], name);
			return STATUS_USAGE;
		}
		if (!o->verb->waits_for_names) {
			say__line("%s: no such pgmap (see 'pgmapref list')", name);
			return STATUS_USAGE;
		}
		if (!o->quiet)
			say__line("%s: no such pgmap yet; waiting for it", name);
	}
	return 0;
}

/* Without any hook the tool cannot trace. If only some are missing, the verdict says which. */
int open__check_hooks(const struct options *o, const struct plan *plan)
{
	for (int h = 0; h < PGR_HOOKS; h++) {
		/* These hooks are not attached, or see nothing of a pgmap. */
		if (pgr_hook__follows_children(h) || (pgr_hook__is_pin(h) && !o->pins))
			continue;
		if (plan_hook__attempt(&plan->hook[h]))
			return 0;
	}
	say__line("no hook could be attached on this kernel (%s: %s); 'probes' shows each, 'list' "
		  "works without",
		  plan->hook[PGR_HOOK_TEARDOWN].name, plan->hook[PGR_HOOK_TEARDOWN].missing);
	return STATUS_CANNOT;
}

int open__check_pids(const struct options *o)
{
	bool by_pid = o->nr_pids || o->nr_tids || (o->verb->shows_events && o->command);

	if (by_pid && !process__pids_are_global()) {
		say__line("this process is in a PID namespace of its own, where numbers of "
			  "processes are not the kernel's: run outside of the container, or "
			  "without -p, -t and COMMAND");
		return STATUS_CANNOT;
	}
	for (size_t i = 0; i < o->nr_pids; i++) {
		if (!process__alive(o->pids[i])) {
			say__line("-p %u: no such process; 'ps -e' lists them", o->pids[i]);
			return STATUS_USAGE;
		}
	}
	for (size_t i = 0; i < o->nr_tids; i++) {
		if (!process__alive(o->tids[i])) {
			say__line("-t %u: no such thread; 'ps -eL' lists them", o->tids[i]);
			return STATUS_USAGE;
		}
	}
	return 0;
}

/*
 * How long memremap_pages() may take on the slowest machines. A pgmap that is not complete by then
 * is adopted later, at a tick.
 */
#define ADOPT_NS (2 * NSEC_PER_SEC)
#define ADOPT_LOOK_NS (20 * NSEC_PER_MSEC)

int open__adopt(struct run *run)
{
	uint64_t end = clock__now() + ADOPT_NS;
	int err;

	status__show("looking for pgmaps");
	while ((err = run__adopt(run)) == 0 && run->loop.adopt_again && clock__now() < end &&
	       !signals__asked())
		nanosleep(&(struct timespec){ .tv_nsec = ADOPT_LOOK_NS }, NULL);
	status__clear();
	if (err && !run->o->verb->traces) {
		say__line("cannot search for pgmaps: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	return 0;
}

int open__signals(void)
{
	int fd = signals__open();

	if (fd < 0)
		say__line("cannot create the signal pipe: %s", strerror(-fd));
	return fd;
}

/* Call this before anything starts: a mistake in the file then needs no cleanup. */
int open__allow(const struct options *o, struct allow **allow)
{
	char why[512];
	int err = o->allow ? read_allow__file(o->allow, allow, why, sizeof(why)) : 0;

	if (!err)
		return 0;
	if (err == -EINVAL)
		say__line("--allow: %s", why);
	else
		say__line("--allow %s: %s", o->allow, strerror(-err));
	return STATUS_USAGE;
}

/* Opens the kernel's log, for --kmsg. */
static int open_kmsg(struct run_outputs *out, const char **what)
{
	*what = "/dev/kmsg";
	out->kmsg = kmsg__open(NULL);
	return out->kmsg < 0 ? out->kmsg : 0;
}

int open__cases(const struct options *o, struct run_outputs *out, struct mark_source **marks)
{
	const char *what;
	int err = run__open_cases(out, o, &what);

	if (!err && o->kmsg)
		err = open_kmsg(out, &what);
	if (!err && o->marks) {
		err = mark_source__open(o->marks, marks);
		if (err)
			say__line("--marks %s: %s", o->marks, strerror(-err));
		if (err)
			return STATUS_USAGE;
	}
	if (!err && o->gen_file) {
		what = o->gen_file;
		err = run__open_suppressions(out, o);
	}
	if (!err)
		return 0;
	say__line("cannot write to %s: %s", what, reason(err));
	return STATUS_CANNOT;
}

int open__command(const struct options *o, struct command *c)
{
	int err;

	if (o->ready_fd >= 0)
		fcntl(o->ready_fd, F_SETFD, FD_CLOEXEC); /* not for COMMAND */
	if (!o->command)
		return 0;
	/* Keep the output of COMMAND out of JSON and TAP on standard output. */
	err = command__prepare(o->command, o->verb->judges_end && (o->json || o->tap) && !o->output,
			       c);
	signals__set_command(c->pid);
	if (!err)
		return 0;
	say__line("%s: %s", o->command[0], err == -ENOENT ? "command not found" : strerror(-err));
	return STATUS_USAGE;
}

int open__start_command(const struct options *o, struct command *c)
{
	int err = o->command ? command__start(c) : 0;

	if (!err)
		return 0;
	say__line("%s: %s", o->command[0], strerror(-err));
	return STATUS_USAGE;
}

int open__close(struct run *run, int status)
{
	int err;

	status__off();
	pgmaps__free(&run->model.pgmaps);
	free(run->model.assertions);
	name_set__clear(&run->end.judged);
	tally__free(&run->end.tally);
	allow__free(run->out.allow);
	run__close_cases(&run->out);
	sums__free(run->model.sums);
	marks__clear(&run->model.marks);
	mark_source__close(run->loop.marks);
	err = run__close_suppressions(&run->out);
	if (err) {
		say__line("cannot write to %s: %s", run->o->gen_file, strerror(-err));
		status = STATUS_CANNOT;
	}
	if (run->out.kmsg > 0)
		close(run->out.kmsg);
	blocked__free(&run->model.blocked);
	bdevs__free(run->k.bdevs);
	paths__free(run->k.paths);
	walker__close(run->k.walker);
	exact__close(run->k.exact);
	tracer__close(run->k.tracer);
	lines__close(run->k.lines);
	symbols__free(run->k.symbols);
	err = run->out.report.out ? out__close(run->out.report.out) : 0;
	if (err && err != -EPIPE) {
		say__line("cannot write to %s: %s; what was written is not complete",
			  output_of(run->o), strerror(-err));
		status = STATUS_CANNOT;
	}
	if (run->end.failed) {
		say__line("out of memory");
		status = STATUS_CANNOT;
	}
	if (run->end.cases_write_failed)
		status = STATUS_CANNOT;
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "kernel/bdevs.h"
#include "run/follow.h"
#include "run/open.h"
#include "run/run.h"
#include "run/run_metrics.h"
#include "run/run_tasks.h"
#include "run/say.h"
#include "run/summary.h"

/* Checks the user's input before anything starts: a mistake then needs no cleanup. */
static int open_inputs(struct follow *f, const struct options *o)
{
	int status = open__check_pids(o);

	if (status)
		return status;
	f->loop.signals = open__signals();
	if (f->loop.signals < 0)
		return STATUS_CANNOT;
	status = open__allow(o, &f->run.out.allow);
	return status ? status : open__cases(o, &f->run.out, &f->run.loop.marks);
}

/* Call this before COMMAND starts: if there is no timer, no process is left running. */
static int open_loop(struct loop *l, const struct options *o)
{
	int err = loop__open(l, o->interval_ns);

	if (!err)
		return 0;
	say__line("cannot create a timer: %s", strerror(-err));
	return STATUS_CANNOT;
}

/* Attaches and reads everything, and forks COMMAND, which waits. */
static int open_all(struct follow *f, const struct options *o)
{
	const struct verb *verb = o->verb;
	struct run *run = &f->run;
	int status, err;

	*f = (struct follow){
		.run = { .o = o, .loop.began_ns = clock__now() },
		.command = { .go = -1, .failed = -1 },
		.loop = { .timer = -1, .signals = -1, .command = &f->command },
	};
	status = open_inputs(f, o);
	if (status)
		return status;
	if (verb->judges_end)
		command__adopt_orphans();
	status = open__command(o, &f->command);
	if (!status)
		status = open_loop(&f->loop, o);
	if (status)
		return status;
	run->k.bdevs = bdevs__new();
	status = open__output(o, &run->out.report);
	if (!status)
		status = open__tracer(run, verb->shows_events && !o->nr_pids ? f->command.pid : 0);
	if (!status)
		status = open__check_hooks(o, tracer__plan(run->k.tracer));
	if (!status)
		status = open__adopt(run);
	err = status ? 0 : run__follow_descendants(&run->k, o);
	if (err) {
		say__line("-f: cannot follow what the processes of -p have started (%s); try it again, "
			  "or without -f",
			  strerror(-err));
		status = STATUS_CANNOT;
	}
	if (!status)
		status = open__check_names(o, &run->model.pgmaps);
	if (status)
		return status;
	run->out.report.start_ns = clock__now();
	/* Read the state at the start, before COMMAND runs: the first point of the histories. */
	run__tick(run);
	return run__write_metrics_now(run, false) ? STATUS_CANNOT : 0;
}

int follow__loop(struct follow *f)
{
	int status = open__start_command(f->run.o, &f->command);

	if (status)
		return status;
	loop__run(&f->loop, &f->run);
	f->run.loop.ending = true;
	return 0;
}

int follow__status(const struct follow *f)
{
	const struct options *o = f->run.o;
	int status = summary__status(&f->run.end);

	if (status != STATUS_CLEAN)
		return status;
	if (o->verb->judges_end && f->run.end.interrupted)
		return 128 + f->run.end.interrupted;
	return o->command && !f->command.pid ? f->loop.command_status : STATUS_CLEAN;
}

int follow__run(const struct options *o, int (*follow)(struct follow *f))
{
	struct follow f;
	int status = open_all(&f, o);

	if (!status) {
		status = follow(&f);
		if (run__write_metrics_now(&f.run, true))
			status = STATUS_CANNOT;
	}
	command__kill(&f.command);
	loop__close(&f.loop);
	return open__close(&f.run, status);
}

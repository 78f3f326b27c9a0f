// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verb `probes`: shows how each hook is attached on this kernel, and what calls of its function
 * did to the counter.
 */
#include <poll.h>

#include "kernel/tracer_alive.h"
#include "kernel/tracer_read.h"
#include "kernel/unfollowed.h"
#include "run/cmd_probes.h"
#include "run/open.h"
#include "run/ready.h"
#include "run/run.h"
#include "run/signals.h"

#define LOOK_MS 100

/* Waits for the end of -d or of COMMAND, while BPF programs watch the hooked functions. */
static void observe(const struct options *o, struct command *c, int signals)
{
	uint64_t end = o->duration_ns ? clock__now() + o->duration_ns : 0;
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	int ignored;

	while (!end || clock__now() < end) {
		poll(&fd, 1, LOOK_MS);
		if (signals__next(signals) || (c->pid && command__ended(c, &ignored)))
			return;
	}
}

static int open_all(struct run *run, struct command *c)
{
	int status = open__command(run->o, c);

	if (!status)
		status = open__output(run->o, &run->out.report);
	return status ? status : open__tracer(run, 0);
}

/* Adopts first: the BPF programs can only learn from calls for pgmaps that they know. */
static int let_pass(struct run *run, struct command *c, int signals)
{
	int status = open__adopt(run);

	if (!status)
		status = open__check_names(run->o, &run->model.pgmaps);
	if (!status)
		ready__say(run);
	if (!status)
		status = open__start_command(run->o, c);
	if (!status)
		observe(run->o, c, signals);
	return status;
}

static void show(struct run *run)
{
	struct tracer *t = run->k.tracer;
	struct pgr_effect effects[PGR_HOOKS];

	for (int h = 0; h < PGR_HOOKS; h++)
		tracer__effect(t, h, &effects[h]);
	/* Hooks that are detached now were checked when they were attached. */
	run__look_alive(&run->k, run->o);
	report__probes(&run->out.report, tracer__plan(t), effects, tracer__alive(t),
		       tracer__has_vmemmap(t));
	for (const struct unfollowed *u = unfollowed; u->function; u++)
		if (unfollowed__is_there(u, run->k.symbols))
			report__unfollowed(&run->out.report, u);
}

int cmd_probes__run(const struct options *o)
{
	struct command c = { .go = -1, .failed = -1 };
	struct run run = { .o = o };
	int signals = open__signals(), status;

	if (signals < 0)
		return STATUS_CANNOT;
	status = open_all(&run, &c);
	if (!status && (o->command || o->duration_ns))
		status = let_pass(&run, &c, signals);
	command__kill(&c);
	if (!status)
		show(&run);
	return open__close(&run, status);
}

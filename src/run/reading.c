// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <signal.h>

#include "kernel/symbols.h"
#include "run/open.h"
#include "run/reading.h"
#include "run/say.h"

int reading__open(struct run *run)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = open__output(run->o, &run->out.report);
	if (!status)
		status = open__tracer(run, 0);
	if (!status)
		status = open__adopt(run);
	return status ? status : open__check_names(run->o, &run->model.pgmaps);
}

struct pgr_sweep *reading__read(const struct run_kernel *k, const struct options *o, struct pgmap *p)
{
	run__sample(k->tracer, p);
	if (o->json)
		run__find_driver(k->symbols, p);
	return run__sweep_whole(k->tracer, p, NULL);
}

static void say_adopted(const struct run *run)
{
	/* If addresses are hidden, this was said at the start, with the remedy. */
	if (!run->end.adopted_all && !run->o->quiet && !symbols__hidden(run->k.symbols))
		say__line("the address of the kernel's list of pgmaps is not known "
			  "(CONFIG_KALLSYMS_ALL is off): searched /proc/iomem instead, pgmaps may "
			  "be missing");
}

int reading__close(struct run *run, int status)
{
	say_adopted(run);
	return open__close(run, status);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verb `refs`: walks tasks, files and mappings to find holders of the pages of a pgmap. */
#include <stdlib.h>

#include "kernel/bdevs.h"
#include "kernel/walked.h"
#include "report/report_walked.h"
#include "run/cmd_refs.h"
#include "run/open.h"
#include "run/reading.h"
#include "run/run_find.h"
#include "run/run_followed.h"
#include "run/run_references.h"
#include "run/run_waiting.h"
#include "run/say.h"

/* Returns STATUS_CANNOT if the walks cannot run. */
static int show(struct run *run, struct pgmap *p, struct following *f)
{
	struct report *r = &run->out.report;
	struct pgr_sweep *w = reading__read(&run->k, run->o, p);
	struct walked_set *found = run__find(&run->k, &run->end, p, w, NULL);
	int status = STATUS_CLEAN;

	report__list_header(r);
	report__refs(r, p, w, found);
	if (found && found->err) {
		say__line("%s: cannot search for holders: %s", p->name, found->why);
		status = STATUS_CANNOT;
	}
	following__choose(f, run->o, p, w);
	walked__free(found);
	free(w);
	return status;
}

/* Is the i-th name the first one that selects p? */
static bool is_first(const struct options *o, size_t i, const struct pgmap *p)
{
	return !o->nr_names ||
	       (pgmap__matches(p, &o->names[i], 1) && !pgmap__matches(p, o->names, i));
}

/* Shows what is wanted, in the order of the names. Returns STATUS_CANNOT if a walk cannot run. */
static int show_all(struct run *run, struct following *f)
{
	const struct options *o = run->o;
	int status = STATUS_CLEAN;

	for (size_t i = 0; i < o->nr_names || !i; i++)
		for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
			if (is_first(o, i, p) && following__may_choose(o, p) && show(run, p, f))
				status = STATUS_CANNOT;
	return status;
}

int cmd_refs__run(const struct options *o)
{
	struct run run = { .o = o, .k.bdevs = bdevs__new() };
	int signals = o->follow || o->exact ? open__signals() : 0, status;
	struct following f = { 0 };

	status = signals < 0 ? STATUS_CANNOT : reading__open(&run);
	if (!status)
		status = following__check(o, &run.model.pgmaps);
	if (status)
		return open__close(&run, status);
	bdevs__scan(run.k.bdevs, NULL);
	run__see_cdevs(&run.model.pgmaps);
	run__see_waiters(&run);
	status = show_all(&run, &f);
	/* Who drops the last reference shows without the walks, too. */
	if (o->follow)
		status = following__run(&f, &run, signals);
	else if (o->exact)
		status = references__run(&run, signals);
	return reading__close(&run, status);
}

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
#include "run/say.h"

/* Returns STATUS_CANNOT if the walks cannot run. */
static int show(struct run *run, struct pgmap *p)
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
	walked__free(found);
	free(w);
	return status;
}

int cmd_refs__run(const struct options *o)
{
	struct run run = { .o = o, .k.bdevs = bdevs__new() };
	int status = reading__open(&run);

	if (status)
		return open__close(&run, status);
	bdevs__scan(run.k.bdevs, NULL);
	run__see_cdevs(&run.model.pgmaps);
	for (struct pgmap *p = run.model.pgmaps.first; p; p = p->next)
		if (p->wanted && show(&run, p))
			status = STATUS_CANNOT;
	return reading__close(&run, status);
}

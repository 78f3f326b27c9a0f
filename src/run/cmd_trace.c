// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verb `trace`: a line for each event, and a summary of each pgmap at the end. */
#include "run/cmd_trace.h"
#include "run/follow.h"
#include "run/ready.h"
#include "run/run.h"
#include "run/summary.h"

static int follow(struct follow *f)
{
	struct run *run = &f->run;
	struct summary s;
	int status;

	ready__say(run);
	report__event_header(&run->out.report);
	status = follow__loop(f);
	if (status)
		return status;
	run__finish(run);
	summary__judge(run, &s);
	summary__write_cases(run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		run__summarise(run, p);
	summary__report(run, &s);
	return follow__status(f);
}

int cmd_trace__run(const struct options *o)
{
	return follow__run(o, follow);
}

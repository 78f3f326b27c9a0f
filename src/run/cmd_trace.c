// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verb `trace`: a line for each event, and a summary of each pgmap at the end. */
#include <unistd.h>

#include "run/cmd_trace.h"
#include "run/follow.h"
#include "run/ready.h"
#include "run/run.h"
#include "run/run_sums.h"
#include "run/say.h"
#include "run/summary.h"
#include "run/terminal.h"

/* As the user says, or as they fit a terminal; in a pipe and in a file none. */
static void choose_fields(struct event_fields *f, const struct options *o)
{
	bool fits = !o->output && terminal__columns(STDOUT_FILENO);

	*f = o->fields;
	if (f->nr)
		f->fits = fits;
	else if (fits)
		event_fields__fit(f, terminal__columns(STDOUT_FILENO));
}

static int follow(struct follow *f)
{
	struct run *run = &f->run;
	struct summary s;
	int status;

	ready__say(run);
	choose_fields(&f->fields, run->o);
	run->out.report.fields = f->fields.nr ? &f->fields : NULL;
	run->out.report.clock = run->o->clock;
	if (run__begin_sums(run)) {
		say__line("no memory for the sums");
		return STATUS_CANNOT;
	}
	if (!run->o->sums)
		report__event_header(&run->out.report, "VALUE");
	status = follow__loop(f);
	if (status)
		return status;
	run__finish(run);
	summary__judge(run, &s);
	summary__write_cases(run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		run__summarise(run, p);
	run__report_sums(run);
	summary__report(run, &s);
	return follow__status(f);
}

int cmd_trace__run(const struct options *o)
{
	return follow__run(o, follow);
}

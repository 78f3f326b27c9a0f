// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verb `watch`: a report with a verdict for each teardown. */
#include "run/cmd_watch.h"
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
	status = follow__start(f);
	if (status)
		return status;
	loop__run(&f->loop, run);
	run->loop.ending = true;
	run__finish(run);
	summary__judge(run, &s);
	summary__write_cases(run);
	summary__report(run, &s);
	return follow__status(f);
}

int cmd_watch__run(const struct options *o)
{
	struct follow f;
	int status = follow__open(&f, o);

	return follow__close(&f, status ? status : follow(&f));
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "kernel/kmsg.h"
#include "report/report_blame.h"
#include "report/report_pgmap.h"
#include "run/run_allow.h"
#include "run/run_assertions.h"
#include "run/run_cases.h"
#include "run/run_find.h"
#include "run/run_finding.h"
#include "run/run_metrics.h"
#include "run/say.h"

/* Is the finding reported? Of clean ones, watch reports teardowns; check all, with -j or -v. */
static bool shows(const struct options *o, const struct finding *f)
{
	if (finding__tells(f))
		return true;
	/* trace does not: its lines show the steps of a teardown. */
	return (o->verb->shows_clean && f->phase != FINDING_END) ||
	       (o->verb->judges_end && (o->json || o->verbose));
}

/* If --allow allowed these kinds while the teardown was stuck, does not count a second use. */
static bool is_allowed(const struct run_kernel *k, struct allow *allow, const struct finding *f)
{
	return f->j.verdict == VERDICT_LEAK &&
	       (f->p->td.allowed == f->j.kinds || run__allowed(k, allow, f));
}

void run__settle(struct run_outputs *out, struct run_outcome *end, const struct finding *f)
{
	totals__add(&end->totals, &f->j);
	end->totals.checks++;
	if (name_set__add(&end->judged, f->p->name))
		end->failed = true;
	end->totals.pgmaps = end->judged.nr;
	run__tally(end, f);
	run__case_finding(out, end, f);
}

/* The kernel may crash soon: what is known must outlive that. */
static void warn(struct run *run, const struct finding *f)
{
	char line[512];
	int err;

	out__sync(run->out.report.out);
	if (!run->o->kmsg || f->said == f->j.kinds)
		return;
	err = kmsg__write(run->out.kmsg, report__line(&run->out.report, f, line, sizeof(line)));
	if (err && !run->out.kmsg_failed)
		say__line("cannot write to the kernel's log: %s", strerror(-err));
	run->out.kmsg_failed = err;
}

void run__publish(struct run *run, struct finding *f)
{
	struct pgmap *p = f->p;

	f->j.allowed = is_allowed(&run->k, run->out.allow, f);
	if (f->j.allowed)
		p->td.allowed = f->j.kinds;
	if (judgement__worsen(&run->end.worst, &f->j))
		run->end.failing = true;
	if (finding__has_holders(f))
		f->found = run__find(&run->k, &run->end, p, f->pages, f->ledger);
	if (finding__is_held(f))
		run__see_held(run, p, f->ledger);
	if (f->last)
		run__settle(&run->out, &run->end, f);
	else if (!p->td.text)
		p->td.text = run__render(&run->out, &run->end, f);
	if (shows(run->o, f)) {
		report__finding(&run->out.report, f, clock__now());
		run__suggest(&run->k, &run->out, run->o, f);
	}
	if (f->j.verdict == VERDICT_LEAK && !f->j.allowed)
		warn(run, f);
	finding__clear(f);
}

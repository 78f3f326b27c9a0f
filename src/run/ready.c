// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kernel/tracer_alive.h"
#include "kernel/tracer_attach.h"
#include "kernel/tracer_read.h"
#include "kernel/unfollowed.h"
#include "run/ready.h"
#include "run/run_ledger.h"
#include "run/say.h"

static void say_missing(const struct plan *plan, const struct plan_hook *hook)
{
	if (pgr_hook__is_unpin(hook - plan->hook))
		say__line("hook %s is missing (%s): pages unpinned by %s() are listed as pinned "
			  "until a sweep finds them idle",
			  hook->name, hook->missing, hook->wanted);
	else
		say__line("hook %s is missing (%s): %s will not be seen", hook->name, hook->missing,
			  hook->without);
}

static bool is_wanted(const struct options *o, enum pgr_hook hook)
{
	if (pgr_hook__follows_children(hook))
		return run__follows_children(o);
	return o->pins || !pgr_hook__is_pin(hook);
}

void ready__count(const struct run *run, unsigned int *have, unsigned int *want)
{
	const struct plan *plan = tracer__plan(run->k.tracer);

	*have = *want = 0;
	for (int h = 0; h < PGR_HOOKS; h++) {
		if (plan->hook[h].absent || !is_wanted(run->o, h))
			continue;
		++*want;
		*have += plan_hook__attempt(&plan->hook[h]) &&
			 !alive__doubt(tracer__alive(run->k.tracer), h);
	}
}

static void say_counts(const struct run *run)
{
	struct tracer *t = run->k.tracer;
	const struct plan *plan = tracer__plan(t);
	unsigned int have, want, pgmaps = 0, kprobes = 0;

	ready__count(run, &have, &want);
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&plan->hook[h]);

		/* Not hooks of pins: a missed call only loses the name of a holder. */
		kprobes += !plan->hook[h].absent && is_wanted(run->o, h) && a &&
			   a->how == PLAN_KPROBE && !pgr_hook__is_pin(h);
	}
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		pgmaps += p->wanted;
	say__line("ready: %u pgmap%s, %u of %u hooks", pgmaps, pgmaps == 1 ? "" : "s", have, want);
	if (kprobes && !tracer__counts_misses(t))
		say__line("%u hooks use kprobes: calls that the kernel does not report to a kprobe "
			  "are not counted",
			  kprobes);
}

static void say_lacks(const struct run_kernel *k, const struct options *o)
{
	const struct plan *plan = tracer__plan(k->tracer);
	int no_pokes = tracer__no_pokes(k->tracer);

	if (no_pokes)
		say__line("changes of the kernel's code are not recorded (%s): a hook that is switched "
			  "off and on again between two checks is not noticed",
			  strerror(-no_pokes));
	for (const struct unfollowed *u = unfollowed; u->function; u++)
		if (u->counts && unfollowed__is_there(u, k->symbols))
			say__line("%s (%s()) is not followed: %s", u->memory, u->function, u->why);
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &plan->hook[h];

		if (!pgr_hook__follows_children(h) && is_wanted(o, h) && !hook->absent &&
		    !plan_hook__attempt(hook))
			say_missing(plan, hook);
	}
}

void ready__say(const struct run *run)
{
	if (!run->o->quiet) {
		say_counts(run);
		say_lacks(&run->k, run->o);
	}
	ready__tell(run->o);
}

void ready__tell(const struct options *o)
{
	int fd = o->ready_fd;

	if (fd < 0)
		return;
	if (write(fd, "ready\n", 6) != 6)
		say__line("--ready-fd %d: %s", fd, strerror(errno));
	close(fd);
}

void ready__say_failed(const struct run_kernel *k, const struct options *o)
{
	struct tracer *t = k->tracer;
	const struct plan_hook *hook;
	char line[SAY_MAX];

	while ((hook = tracer__next_failed(t)))
		say_missing(tracer__plan(t), hook);
	while (!o->quiet && alive__news(tracer__alive(t), tracer__plan(t), line, sizeof(line)))
		say__line("%s", line);
}

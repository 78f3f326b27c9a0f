// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verb `why`: which tasks hang on device memory now, and who has what they wait for. Two looks
 * at /proc, a second apart; while this second passes, the pgmaps are found. Attaches nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "kernel/bdevs.h"
#include "kernel/process.h"
#include "report/report_why.h"
#include "run/cmd_why.h"
#include "run/open.h"
#include "run/reading.h"
#include "run/run_find.h"
#include "run/run_waiting.h"
#include "run/run_why.h"
#include "run/say.h"

#define APART_NS NSEC_PER_SEC

static int first_look(struct run *run, struct waiting *w)
{
	int err = waiting__look(w, run->k.root, run->o->pids, run->o->nr_pids);

	if (!err)
		return 0;
	say__line("cannot look for tasks in /proc: %s", strerror(-err));
	return STATUS_CANNOT;
}

static void wait_until(uint64_t ns)
{
	uint64_t now;

	while ((now = clock__now()) < ns) {
		struct timespec t = { (ns - now) / NSEC_PER_SEC, (ns - now) % NSEC_PER_SEC };

		nanosleep(&t, NULL);
	}
}

/* With names: only tasks that wait on one of these pgmaps. */
static bool is_wanted(const struct options *o, const struct why *y)
{
	if (o->nr_pids)
		return y->t->asked;
	for (size_t i = 0; i < y->nr; i++)
		if (y->pgmap[i]->wanted)
			return true;
	return !y->nr && !o->nr_names && !o->types;
}

/* A reason why a task that hangs may be missing; NULL: there is none. */
static const char *not_all(const struct waiting *w, const struct whys *ys)
{
	if (w->no_stacks)
		return "no kernel stack could be read in /proc";
	if (w->cut)
		return "too many tasks wait";
	if (ys->search_failed)
		return "the search for holders could not run";
	if (!process__pids_are_global())
		return "tasks outside of this PID namespace were not looked at";
	return NULL;
}

static int answer(struct run *run, const struct waiting *w, const struct whys *ys)
{
	struct why_totals t = { .threads = w->threads, .not_all = not_all(w, ys) };
	const struct options *o = run->o;
	struct report *r = &run->out.report;

	if (o->nr_names == 1 && !o->nr_pids)
		t.about = o->names[0];
	for (size_t i = 0; i < ys->nr; i++) {
		const struct why *y = &ys->v[i];

		if (!is_wanted(o, y) || (!y->hangs && !y->t->asked))
			continue;
		t.hanging += y->hangs;
		report__why(r, y, o->verbose > 0);
	}
	report__why_totals(r, &t);
	return t.hanging ? STATUS_LEAK : t.not_all ? STATUS_INCONCLUSIVE : STATUS_CLEAN;
}

/* Nobody waits for device memory: whatever the pgmaps are, no task hangs on one. */
static int answer_at_once(struct run *run, const struct waiting *w)
{
	struct whys none = { 0 };
	int status = open__output(run->o, &run->out.report);

	return status ? status : answer(run, w, &none);
}

static int look(struct run *run, struct waiting *w, uint64_t began)
{
	struct whys ys = { 0 };
	int status;

	bdevs__scan(run->k.bdevs, run->k.root);
	run__see_cdevs(&run->model.pgmaps);
	run__find_devices(run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		run__sample(run->k.tracer, p);
	wait_until(began + APART_NS);
	waiting__look_again(w, run->k.root);
	run__ask_asleep(w);
	if (whys__find(&ys, run, w)) {
		run->end.failed = true;
		status = STATUS_CANNOT;
	} else {
		status = answer(run, w, &ys);
	}
	whys__free(&ys);
	return status;
}

int cmd_why__run(const struct options *o)
{
	struct run run = { .o = o, .k.bdevs = bdevs__new() };
	struct waiting *w = calloc(1, sizeof(*w));
	uint64_t began = clock__now();
	int status;

	if (!w) {
		run.end.failed = true;
		return open__close(&run, STATUS_CANNOT);
	}
	status = open__check_pids(o);
	if (!status)
		status = first_look(&run, w);
	if (!status && !run__may_hang(w) && !o->nr_pids && !o->nr_names && !o->types) {
		status = open__close(&run, answer_at_once(&run, w));
		free(w);
		return status;
	}
	if (!status)
		status = reading__open(&run);
	status = status ? open__close(&run, status) : reading__close(&run, look(&run, w, began));
	free(w);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds tasks that are blocked before a teardown begins, and the pgmaps that they may wait for. To
 * users they look like a hang.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/sampler.h"
#include "kernel/unbinding.h"
#include "kernel/walked.h"
#include "report/report_blocked.h"
#include "run/run_blocked.h"
#include "run/run_find.h"
#include "run/run_ledger.h"
#include "run/run_state.h"

#define LOOK_EVERY_NS NSEC_PER_SEC
/* The search for blocked tasks may take 1/LOOK_SHARE of the time. */
#define LOOK_SHARE 100

/* If the teardown has begun, the report of the teardown includes the wait. */
static bool is_candidate(const struct pgmap *p)
{
	return p->wanted && p->state == PGMAP_LIVE;
}

/* Finds the devices of live pgmaps now: sysfs shows less after the unbind has begun. */
static bool find_devices(const char *root, const struct pgmaps *pgmaps)
{
	bool any = false;

	for (struct pgmap *p = pgmaps->first; p; p = p->next) {
		if (!is_candidate(p))
			continue;
		any = true;
		if (!p->has_driver &&
		    !unbinding__device(root, p->named ? p->name : "", p->dev, p->sysfs))
			p->has_driver = unbinding__has_driver(root, p->sysfs);
	}
	return any;
}

static void add_pgmap(struct blocked_report *b, const struct pgmap *p)
{
	if (b->nr < BLOCKED_PGMAPS)
		b->pgmap[b->nr++].p = p;
}

/* Adds the pgmaps that end with the device which the task removes. */
static void match_device(const struct pgmaps *pgmaps, struct blocked_report *b)
{
	bool sure;

	for (struct pgmap *p = pgmaps->first; p; p = p->next)
		if (is_candidate(p) && p->sysfs[0] &&
		    unbinding__affects(b->device, p->sysfs, &sure)) {
			b->sure = b->sure && sure;
			add_pgmap(b, p);
		}
}

/*
 * Writes the path of the device that the task removes, from its system call. Returns 0, or a
 * negative errno if the system call does not tell.
 */
static int target_of(const char *root, const struct blocked_task *t, char *path)
{
	if (!t->runs)
		return unbinding__target(root, t->task.tgid, t->task.tid, path);
	return t->has_args ? unbinding__target_of(root, t->task.tgid, t->task.tid, t->arg, path) :
			     -ENOENT;
}

/* Does the system call of another task show that it removes the device of p? */
static bool is_explained(const char *root, const struct blocked *blocked, const struct pgmap *p)
{
	for (size_t i = 0; i < blocked->nr; i++) {
		char target[UNBINDING_PATH];
		bool sure;

		if (!target_of(root, blocked->task[i], target) &&
		    unbinding__affects(target, p->sysfs, &sure))
			return true;
	}
	return false;
}

/*
 * The device of a kernel thread or of rmmod is not known. Adds the pgmaps whose device is being
 * unbound and that no other task explains.
 */
static void match_unbinds(const char *root, const struct pgmaps *pgmaps,
			  const struct blocked *blocked, struct blocked_report *b)
{
	for (struct pgmap *p = pgmaps->first; p; p = p->next)
		if (is_candidate(p) && p->has_driver && !unbinding__has_driver(root, p->sysfs) &&
		    !is_explained(root, blocked, p))
			add_pgmap(b, p);
	b->sure = false;
}

/* Adds pgmaps without a known device if code of their driver is in the stack of the task. */
static void match_module(const struct pgmaps *pgmaps, struct symbols *symbols,
			 struct blocked_report *b)
{
	const struct blocked_stack *stack = &b->task->stack;

	for (struct pgmap *p = pgmaps->first; p; p = p->next) {
		bool in_stack = false;

		if (!is_candidate(p) || p->sysfs[0])
			continue;
		run__find_driver(symbols, p);
		for (unsigned int i = 0; p->module && i < stack->nr; i++)
			in_stack = in_stack || !strcmp(stack->frame[i].module, p->module);
		if (in_stack)
			add_pgmap(b, p);
	}
	b->sure = false;
}

static bool has_busy_file(const struct pgr_sweep *w)
{
	for (unsigned int i = 0; i < w->listed && i < PGR_BUSY; i++)
		if (w->list[i].ino && w->list[i].inode_going_away)
			return true;
	return false;
}

/* Adds pgmaps with busy pages of inodes that are going away; without any, all with busy pages. */
static void match_pages(struct run *run, struct blocked_report *b)
{
	struct pgr_sweep *w[BLOCKED_PGMAPS];
	const struct pgmap *of[BLOCKED_PGMAPS];
	size_t nr = 0, going = 0;

	for (struct pgmap *p = run->model.pgmaps.first; p && nr < BLOCKED_PGMAPS; p = p->next) {
		if (!is_candidate(p) || p->k.type != PGR_TYPE_FSDAX)
			continue;
		w[nr] = run__sweep(run->k.tracer, p);
		if (w[nr] && w[nr]->busy) {
			going += has_busy_file(w[nr]);
			of[nr++] = p;
		} else {
			free(w[nr]);
		}
	}
	for (size_t i = 0; i < nr; i++) {
		if (going && !has_busy_file(w[i])) {
			free(w[i]);
			continue;
		}
		b->pgmap[b->nr].p = of[i];
		b->pgmap[b->nr].pages = w[i];
		b->pgmap[b->nr].ledger = run__ledger(&run->k, run->o, of[i], w[i], false);
		b->pgmap[b->nr].found =
			run__find(&run->k, &run->end, of[i], w[i], b->pgmap[b->nr].ledger);
		b->nr++;
	}
	b->sure = going == 1;
}

static void consider(struct run *run, struct blocked_task *t, uint64_t now)
{
	struct blocked_report b = { .task = t, .device = "", .sure = true };
	char device[UNBINDING_PATH];
	struct blocked_judgement j;

	blocked__judge(&t->stack, &j);
	if (j.way == BLOCKED_LAYOUT) {
		match_pages(run, &b);
	} else if (!target_of(run->k.root, t, device)) {
		b.device = device;
		match_device(&run->model.pgmaps, &b);
	} else {
		match_unbinds(run->k.root, &run->model.pgmaps, &run->model.blocked, &b);
	}
	if (!b.nr && j.way == BLOCKED_REMOVAL)
		match_module(&run->model.pgmaps, run->k.symbols, &b);
	/* The task does not wait for device memory. It may do this later: check it again then. */
	if (!b.nr)
		return;
	t->reported = true;
	run->end.totals.blocked++;
	b.sure = b.sure && (b.nr == 1 || b.device[0]);
	report__blocked(&run->out.report, &b, now);
	for (size_t i = 0; i < b.nr; i++) {
		free(b.pgmap[i].pages);
		ledger__free(b.pgmap[i].ledger);
		walked__free(b.pgmap[i].found);
	}
}

static int sample(void *ctx, uint32_t tid, struct blocked_sample *out)
{
	struct run *run = ctx;
	uint64_t began = clock__now();
	int err;

	if (tid == (uint32_t)getpid())
		return -ESRCH; /* the tool does not sample itself */
	err = sampler__stack(run->k.symbols, tid, out);
	run->loop.sampled_ns += clock__now() - began;
	return err;
}

void run__look_for_blocked(struct run *run)
{
	uint64_t now = clock__now(), took;

	if (!run->o->verb->reports_blocked || now < run->loop.next_blocked_ns)
		return;
	run->loop.next_blocked_ns = now + LOOK_EVERY_NS;
	if (!find_devices(run->k.root, &run->model.pgmaps)) {
		blocked__free(&run->model.blocked);
		return;
	}
	run->model.blocked.sample = sample;
	run->model.blocked.sample_ctx = run;
	run->loop.sampled_ns = 0;
	/* If /proc cannot be read, there is no report. No verdict depends on this search. */
	if (blocked__look(&run->model.blocked, run->k.root, now))
		return;
	/* Do not count the samples: they are few, and sleep most of the time. */
	took = clock__now() - now - run->loop.sampled_ns;
	if (took * LOOK_SHARE > LOOK_EVERY_NS)
		run->loop.next_blocked_ns = now + took * LOOK_SHARE;
	for (size_t i = 0; i < run->model.blocked.nr; i++) {
		struct blocked_task *t = run->model.blocked.task[i];

		if (!t->reported && now - t->since_ns >= run->o->stuck_ns)
			consider(run, t, now);
	}
}

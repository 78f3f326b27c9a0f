// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/asleep.h"
#include "kernel/bdevs.h"
#include "kernel/process.h"
#include "run/run_waiting.h"

void run__find_devices(struct run *run)
{
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (!p->sysfs[0])
			unbinding__device(run->k.root, p->named ? p->name : "", p->dev, p->sysfs);
		/* This loads all symbols. */
		if (!p->sysfs[0])
			run__find_driver(run->k.symbols, p);
	}
}

static bool is_dying(const struct pgmap *p)
{
	return p->state == PGMAP_KILLED || p->ref_flags & PGR_REF_DYING;
}

static void add_pgmap(struct why *y, struct pgmap *p)
{
	if (y->nr < BLOCKED_PGMAPS)
		y->pgmap[y->nr++] = p;
}

/* ---- removals and teardowns -------------------------------------------------------------- */

/* Does the task remove the device of p, as its system call tells? */
static bool removes(const char *root, const struct waiting_task *t, const struct pgmap *p)
{
	char device[UNBINDING_PATH];
	bool sure;

	return p->sysfs[0] && !unbinding__target(root, t->task.tgid, t->task.tid, device) &&
	       unbinding__affects(device, p->sysfs, &sure);
}

static bool is_explained(const char *root, const struct waiting *w, const struct waiting_task *but,
			 const struct pgmap *p)
{
	for (size_t i = 0; i < w->nr; i++)
		if (&w->task[i] != but && removes(root, &w->task[i], p))
			return true;
	return false;
}

static void match_device(const struct pgmaps *pgmaps, struct why *y, bool dying)
{
	bool sure;

	for (struct pgmap *p = pgmaps->first; p; p = p->next)
		if (is_dying(p) == dying && p->sysfs[0] &&
		    unbinding__affects(y->device, p->sysfs, &sure)) {
			y->sure = y->sure && sure;
			add_pgmap(y, p);
		}
	/* Of several on one device, the teardown of one has begun. */
	y->sure = y->sure || (dying && y->nr == 1);
}

static bool has_module(const struct waiting_task *t, const char *module)
{
	for (unsigned int i = 0; module && i < t->stack.nr; i++)
		if (!strcmp(t->stack.frame[i].module, module))
			return true;
	return false;
}

/* The system call does not tell the device: a kernel thread, or rmmod. */
static void match_others(struct run *run, const struct waiting *w, struct why *y, bool dying)
{
	const char *root = run->k.root;

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (is_dying(p) != dying || is_explained(root, w, y->t, p))
			continue;
		if (dying || (p->sysfs[0] ? !unbinding__has_driver(root, p->sysfs) :
					    has_module(y->t, p->module)))
			add_pgmap(y, p);
	}
	y->sure = dying && y->nr == 1;
}

static void place_removal(struct run *run, const struct waiting *w, struct why *y, bool dying)
{
	y->sure = true;
	y->unbinds = waiting__is_in(y->t, "unbind_store");
	if (!unbinding__target(run->k.root, y->t->task.tgid, y->t->task.tid, y->device))
		match_device(&run->model.pgmaps, y, dying);
	if (!y->nr)
		match_others(run, w, y, dying);
}

/* ---- files and queues ---------------------------------------------------------------------- */

/* Is the device the disk of p, a part of it, or built on it? */
static bool is_disk_of(const struct run *run, const struct pgmap *p, uint32_t dev)
{
	uint32_t on[32];
	size_t n = bdevs__stacked_on(run->k.bdevs, p->name, on, sizeof(on) / sizeof(*on));

	for (size_t i = 0; i < n; i++)
		if (on[i] == dev)
			return true;
	return false;
}

/* The pgmaps under the filesystem of the path in the system call, or whose node it is. */
static void match_path(struct run *run, struct why *y)
{
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		if (!strncmp(y->call.path, "/dev/", 5) && !strcmp(y->call.path + 5, p->name))
			add_pgmap(y, p);
	y->sure = y->nr > 0;
	if (y->nr || y->call.path[0] != '/' ||
	    mounts__of_path(run->k.root, y->t->task.tgid, y->call.path, &y->mount))
		return;
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		if (is_disk_of(run, p, y->mount.dev))
			add_pgmap(y, p);
	y->sure = y->nr > 0;
	if (!y->nr)
		memset(&y->mount, 0, sizeof(y->mount));
}

/* The disk whose attribute the task writes: "/sys/devices/…/namespace0.0/block/pmem0/queue". */
static void match_attribute(struct run *run, struct why *y)
{
	char part[DEVICES_NAME_MAX + 16];
	bool sure;

	if (unbinding__target(run->k.root, y->t->task.tgid, y->t->task.tid, y->device))
		return;
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		snprintf(part, sizeof(part), "/block/%s/", p->name);
		if (strstr(y->device, part) ||
		    (p->sysfs[0] && unbinding__affects(p->sysfs, y->device, &sure)))
			add_pgmap(y, p);
	}
	y->sure = y->nr > 0;
	if (!y->nr)
		y->device[0] = '\0';
}

static bool is_in_any(const struct waiting_task *t, const char *const *functions)
{
	for (; *functions; functions++)
		if (waiting__is_in(t, *functions))
			return true;
	return false;
}

/* block/blk-mq.c, block/blk-core.c, 6.1 to 7.3 */
static const char *const freezes[] = { "blk_mq_freeze_queue_wait", "blk_freeze_queue",
				       "blk_mq_freeze_queue_nomemsave", NULL };
static const char *const enters[] = { "__bio_queue_enter", "bio_queue_enter", "blk_queue_enter",
				      NULL };

static void place_queue(struct run *run, struct why *y)
{
	if (is_in_any(y->t, freezes))
		y->way = WHY_FREEZE;
	else if (is_in_any(y->t, enters))
		y->way = WHY_QUEUE;
	else
		return;
	match_attribute(run, y);
	if (!y->nr)
		match_path(run, y);
}

bool run__may_hang(const struct waiting *w)
{
	for (size_t i = 0; i < w->nr; i++) {
		struct blocked_judgement j;

		blocked__judge(&w->task[i].stack, &j);
		if (j.way != BLOCKED_NO_WAY || is_in_any(&w->task[i], freezes) ||
		    is_in_any(&w->task[i], enters))
			return true;
	}
	return false;
}

void run__place(struct run *run, const struct waiting *w, const struct waiting_task *t,
		struct why *y)
{
	struct blocked_judgement j;

	blocked__judge(&t->stack, &j);
	memset(y, 0, sizeof(*y));
	y->t = t;
	task_call__read(run->k.root, t->task.tgid, t->task.tid, &y->call);
	switch (j.way) {
	case BLOCKED_THERE:
		y->way = WHY_REFERENCES;
		place_removal(run, w, y, true);
		break;
	case BLOCKED_LAYOUT:
		y->way = WHY_PAGES;
		match_path(run, y);
		break;
	case BLOCKED_REMOVAL:
		y->way = is_in_any(t, freezes) ? WHY_FREEZE : WHY_REMOVAL;
		place_removal(run, w, y, false);
		break;
	case BLOCKED_NO_WAY:
		place_queue(run, y);
		break;
	}
}

/* ---- how long ------------------------------------------------------------------------------ */

void run__ask_asleep(struct waiting *w)
{
	struct pgr_asleep got[PGR_ASLEEP];
	uint32_t tids[PGR_ASLEEP];
	size_t n = 0;
	int nr;

	/* In a PID namespace the numbers in /proc are not the kernel's. */
	if (!process__pids_are_global())
		return;
	for (size_t i = 0; i < w->nr && n < PGR_ASLEEP; i++)
		tids[n++] = w->task[i].task.tid;
	nr = asleep__read(tids, n, got);
	for (int i = 0; i < nr; i++) {
		struct waiting_task *t = (struct waiting_task *)waiting__find(w, got[i].task.tid);

		if (!t)
			continue;
		t->slept_ns = got[i].ns;
		t->switches = got[i].switches;
		t->owner = got[i].owner;
	}
}

/* A wait that is as short as this is normal: no user would call it a hang. */
#define SHORT_NS NSEC_PER_SEC

static void see_waiter(const struct why *y)
{
	bool unbinds = y->way == WHY_REFERENCES;
	struct pgmap_waiter *to;

	if (y->nr != 1 || (!unbinds && y->t->slept_ns < SHORT_NS))
		return;
	to = &y->pgmap[0]->waiter;
	if (to->task.tgid && (to->unbinds || !unbinds)) {
		to->others++;
		return;
	}
	*to = (struct pgmap_waiter){
		.task = y->t->task,
		.ns = y->t->slept_ns,
		.unbinds = unbinds,
		.others = to->task.tgid ? to->others + 1 : 0,
	};
}

void run__see_waiters(struct run *run)
{
	struct waiting *w = calloc(1, sizeof(*w));
	struct why *y = calloc(1, sizeof(*y));
	bool asked = false;

	if (w && y && !waiting__look(w, run->k.root, NULL, 0) && run__may_hang(w)) {
		run__find_devices(run);
		for (size_t i = 0; i < w->nr; i++) {
			run__place(run, w, &w->task[i], y);
			if (!y->nr)
				continue;
			if (!asked)
				run__ask_asleep(w);
			asked = true;
			see_waiter(y);
		}
	}
	free(w);
	free(y);
}

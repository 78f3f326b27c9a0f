// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/text.h"
#include "kernel/process.h"
#include "kernel/tracer_read.h"
#include "run/run_assertions.h"
#include "run/run_ledger.h"
#include "run/run_tasks.h"
#include "run/say.h"

#define FAMILY_READINGS 20

struct family {
	uint32_t *tgids; /* ascending */
	size_t nr;
};

/* Stops to follow those that are gone. Returns true if nothing has changed. */
static bool compare(struct tracer *t, const struct family *was, const struct family *is)
{
	size_t at = 0;
	bool same = was->nr == is->nr;

	for (size_t i = 0; i < was->nr; i++) {
		while (at < is->nr && is->tgids[at] < was->tgids[i])
			at++;
		if (at < is->nr && is->tgids[at] == was->tgids[i])
			continue;
		/* It ended before it was followed: no hook saw it, and others get its number. */
		tracer__unfollow(t, was->tgids[i]);
		same = false;
	}
	return same;
}

int run__follow_descendants(const struct run_kernel *k, const struct options *o)
{
	struct family was = { 0 };
	bool same = !o->forks;
	int err = 0;

	/* A process may start one, or end, between two readings of /proc. */
	for (int i = 0; !same && !err && i < FAMILY_READINGS; i++) {
		struct family is;

		err = process__descendants(k->root, o->pids, o->nr_pids, &is.tgids, &is.nr);
		if (!err)
			err = tracer__follow(k->tracer, is.tgids, is.nr);
		same = !err && compare(k->tracer, &was, &is) && i;
		free(was.tgids);
		was = is;
	}
	free(was.tgids);
	return err ? err : same ? 0 : -EAGAIN;
}

/* A process of which the hook of exits missed the end is no reason to go on. */
static bool followed_live(struct tracer *t)
{
	uint32_t tgid = 0;

	while (!tracer__next_followed(t, &tgid))
		if (process__alive(tgid))
			return true;
	return false;
}

bool run__tasks_are_gone(const struct run_kernel *k, const struct options *o)
{
	if (!o->nr_pids && !o->nr_tids)
		return false;
	for (size_t i = 0; i < o->nr_pids; i++)
		if (process__alive(o->pids[i]))
			return false;
	for (size_t i = 0; i < o->nr_tids; i++)
		if (process__alive(o->tids[i]))
			return false;
	return !o->forks || !followed_live(k->tracer);
}

/* The selected tasks in words: "320, 321". */
static void put_tasks(char *buf, size_t len, const struct options *o)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < o->nr_pids && at < len; i++)
		at += snprintf(buf + at, len - at, "%s%u", i ? ", " : "", o->pids[i]);
	for (size_t i = 0; i < o->nr_tids && at < len; i++)
		at += snprintf(buf + at, len - at, "%sthread %u", at ? ", " : "", o->tids[i]);
	if (at < len && o->comm)
		snprintf(buf + at, len - at, at ? " as %s" : "tasks named %s", o->comm);
	else if (!at)
		snprintf(buf, len, "COMMAND");
}

void run__judge_unseen(struct run *run)
{
	const struct options *o = run->o;
	uint64_t others[PGR_LEFT_OUTS];
	char tasks[64], left[128] = "", why[sizeof(run->end.worst.why)];

	if (!run__filters(o) || run__events(run) || tracer__left_out(run->k.tracer, others))
		return;
	put_tasks(tasks, sizeof(tasks), o);
	if (others[PGR_LEFT_OUT_CHILDREN] && !run__follows_children(o))
		snprintf(left, sizeof(left), ", %" PRIu64 " of them by what it started: -f",
			 others[PGR_LEFT_OUT_CHILDREN]);
	if (others[PGR_LEFT_OUT_OLD])
		text__add(left, sizeof(left),
			  "; %" PRIu64 " given back that are older than the tool",
			  others[PGR_LEFT_OUT_OLD]);
	snprintf(why, sizeof(why), "no event by %s; %" PRIu64 " by others%s", tasks,
		 others[PGR_LEFT_OUT_OTHERS], left);
	if (!o->verb->shows_events || run->end.totals.teardowns ||
	    run->end.worst.verdict != VERDICT_CLEAN) {
		if (!o->quiet)
			say__line("%s", why);
		return;
	}
	run->end.totals.unseen = true;
	snprintf(run->end.worst.why, sizeof(run->end.worst.why), "%s", why);
}

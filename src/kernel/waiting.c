// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "kernel/procfs.h"
#include "kernel/waiting.h"

#define STACK_MAX 16384 /* bytes of a stack as text: 64 frames */

struct look {
	struct waiting *w;
	const uint32_t *pids;
	size_t nr_pids;
	bool any_stack;
};

static bool is_asked(const struct look *look, uint32_t pid)
{
	for (size_t i = 0; i < look->nr_pids; i++)
		if (look->pids[i] == pid)
			return true;
	return false;
}

/* False: the thread has ended, or its stack is not readable. A running thread has none. */
static bool read_stack(int proc, uint32_t tgid, uint32_t tid, struct blocked_stack *s)
{
	char path[64], text[STACK_MAX];

	snprintf(path, sizeof(path), "%u/task/%u/stack", tgid, tid);
	memset(s, 0, sizeof(*s));
	if (file__read_head(proc, path, text, sizeof(text)) < 0)
		return false;
	blocked__parse(text, s);
	return true;
}

static bool waits_for_pages(const struct blocked_stack *s)
{
	struct blocked_judgement j;

	blocked__judge(s, &j);
	return j.way == BLOCKED_LAYOUT;
}

static bool look_at(void *ctx, const struct procfs_thread *t)
{
	struct look *look = ctx;
	struct waiting *w = look->w;
	struct waiting_task *to = &w->task[w->nr];
	bool asked = is_asked(look, t->tid), readable;

	w->threads++;
	if (!asked && !strchr("DS", t->stat.state))
		return true;
	if (w->nr == WAITING_TASKS) {
		w->cut = w->cut || t->stat.state == 'D';
		return true;
	}
	memset(to, 0, sizeof(*to));
	readable = read_stack(t->proc, t->tgid, t->tid, &to->stack);
	look->any_stack = look->any_stack || readable;
	if (!asked && (!readable || (t->stat.state == 'S' && !waits_for_pages(&to->stack))))
		return true;
	to->task.tgid = t->tgid;
	to->task.tid = t->tid;
	memcpy(to->task.comm, t->stat.comm, sizeof(to->task.comm));
	to->start = t->stat.start;
	to->state = t->stat.state;
	/* Of a process: its first thread, and those that wait. */
	to->asked = asked || is_asked(look, t->tgid);
	w->nr++;
	return true;
}

int waiting__look(struct waiting *w, const char *root, const uint32_t *pids, size_t n)
{
	struct look look = { .w = w, .pids = pids, .nr_pids = n };
	int err;

	w->nr = w->threads = 0;
	w->cut = false;
	err = procfs__each_thread(root, look_at, &look);
	w->no_stacks = !err && w->threads && !look.any_stack;
	return err;
}

/* The state and the stack of the thread now. False: it has ended. */
static bool read_again(int proc, const struct waiting_task *t, struct waiting_task *now)
{
	struct procfs_stat s;
	char path[64], text[1024];

	snprintf(path, sizeof(path), "%u/task/%u/stat", t->task.tgid, t->task.tid);
	if (file__read_head(proc, path, text, sizeof(text)) <= 0 || !procfs__parse_stat(text, &s) ||
	    s.start != t->start || strchr("ZX", s.state))
		return false;
	*now = *t;
	memcpy(now->task.comm, s.comm, sizeof(now->task.comm));
	now->state = s.state;
	return read_stack(proc, t->task.tgid, t->task.tid, &now->stack) || t->asked;
}

/*
 * A thread that wakes up now and then and sleeps again, in a loop, may be elsewhere in the loop:
 * what it waits for decides.
 */
static bool at_same_place(const struct waiting_task *a, const struct waiting_task *b)
{
	struct blocked_judgement x, y;

	if (a->state != b->state)
		return false;
	if (!memcmp(&a->stack, &b->stack, sizeof(a->stack)))
		return true;
	blocked__judge(&a->stack, &x);
	blocked__judge(&b->stack, &y);
	return x.way != BLOCKED_NO_WAY && x.way == y.way && !strcmp(x.by, y.by);
}

void waiting__look_again(struct waiting *w, const char *root)
{
	char path[PATH_MAX];
	size_t kept = 0;
	int proc;

	snprintf(path, sizeof(path), "%s/proc", root ? root : "");
	proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < w->nr; i++) {
		struct waiting_task now;

		if (!read_again(proc, &w->task[i], &now))
			continue;
		now.stayed = at_same_place(&w->task[i], &now);
		if (now.stayed || now.asked)
			w->task[kept++] = now;
	}
	w->nr = kept;
	if (proc >= 0)
		close(proc);
}

bool waiting__is_in(const struct waiting_task *t, const char *function)
{
	for (unsigned int i = 0; i < t->stack.nr; i++)
		if (!strcmp(t->stack.frame[i].function, function))
			return true;
	return false;
}

const struct waiting_task *waiting__find(const struct waiting *w, uint32_t tid)
{
	for (size_t i = 0; i < w->nr; i++)
		if (w->task[i].task.tid == tid)
			return &w->task[i];
	return NULL;
}

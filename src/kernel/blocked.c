// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "kernel/blocked.h"
#include "kernel/procfs.h"

#define STACK_MAX 16384 /* bytes of a stack as text: 64 frames */
#define SAMPLED_MAX 2 /* threads sampled in one scan: each takes 10 ms or more */

/* ---- stacks --------------------------------------------------------------- */

static void copy(char *to, size_t size, const char *from, size_t len)
{
	len = len < size ? len : size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

void blocked__parse(const char *text, struct blocked_stack *s)
{
	memset(s, 0, sizeof(*s));
	for (const char *line = text, *end; *line && s->nr < BLOCKED_FRAMES; line = end) {
		struct blocked_frame *f = &s->frame[s->nr];
		const char *name = line, *module;

		end = line + strcspn(line, "\n");
		/* "[<0>] name.isra.0+0x12/0x34 [module]" */
		if (!strncmp(name, "[<", 2)) {
			name += strcspn(name, "]\n");
			name += *name == ']';
			name += strspn(name, " ");
		}
		copy(f->function, sizeof(f->function), name, strcspn(name, "+. \n"));
		module = name + strcspn(name, "[\n");
		if (*module == '[')
			copy(f->module, sizeof(f->module), module + 1, strcspn(module + 1, "]\n"));
		s->nr += f->function[0] != '\0';
		end += *end == '\n';
	}
}

/* A '*' at the end of a name matches any end. */
static bool is_one_of(const char *function, const char *const *names)
{
	for (; *names; names++) {
		size_t n = strcspn(*names, "*");

		if ((*names)[n] ? !strncmp(function, *names, n) : !strcmp(function, *names))
			return true;
	}
	return false;
}

/*
 * Functions for waiting, which do not say what the task waits for. /proc leaves out functions in
 * the section of the scheduler (kernel/stacktrace.c, in_sched_functions(), 6.1 to 7.3), but not all
 * of these functions are in that section.
 */
/* clang-format off */
static const char *const generic[] = {
	"__schedule", "schedule", "schedule_*", "io_schedule*", "wait_for_completion*",
	"__wait_for_common", "wait_for_common*", "do_wait_for_common", "mutex_lock*", "__mutex_lock*",
	"down_*", "__down*", "rwsem_*", "percpu_down_*", "__percpu_down_*", "__wait_on_bit*",
	"wait_on_bit*", "out_of_line_wait_on_bit*", "bit_wait*", "prepare_to_wait*", "msleep*",
	"usleep_*", "flush_work", "__flush_work*", "__flush_workqueue", "flush_workqueue",
	"cancel_work_sync", "__cancel_work_sync", "__cancel_work_timer", "cancel_delayed_work_sync",
	"synchronize_rcu*", "synchronize_srcu*", "__synchronize_srcu*", "__wait_rcu_gp",
	"kthread_stop", "bpf_trampoline_*", "0x*", NULL
};
/* clang-format on */

/* Functions that remove devices and drivers: drivers/{base,pci,nvdimm}, 6.1 to 7.3. */
/* clang-format off */
static const char *const removals[] = {
	"unbind_store", "device_driver_detach", "device_release_driver*", "__device_release_driver",
	"driver_detach", "driver_unregister", "bus_remove_driver", "bus_remove_device", "device_del",
	"device_unregister", "device_remove", "device_unbind_cleanup", "devres_release_all",
	"devres_release_group", "release_nodes", "pci_stop_bus_device", "pci_stop_and_remove_*",
	"pci_remove_bus_device", "pci_device_remove", "platform_remove",
	"platform_device_unregister", "nd_device_unregister", "nd_async_device_unregister",
	"nvdimm_bus_remove", "nd_region_remove", "nd_pmem_remove", "dax_bus_remove",
	"__do_sys_delete_module", "__se_sys_delete_module", "__x64_sys_delete_module",
	"free_module", NULL
};
/* clang-format on */

/* fs/dax.c since 6.15: the file system waits for the users of a file's pages. */
static const char *const layouts[] = { "dax_break_layout_final", "dax_break_layout", NULL };
/* Before that each file system did: fs/ext4/inode.c, fs/xfs/xfs_file.c, fs/fuse/dax.c, 6.1 and 6.12. */
static const char *const own_layouts[] = { "ext4_break_layouts",
					   "ext4_wait_dax_page",
					   "xfs_break_dax_layouts",
					   "xfs_wait_dax_page",
					   "fuse_dax_break_layouts",
					   "fuse_wait_dax_page",
					   NULL };
static const char *const teardown[] = { "memunmap_pages", NULL };

static const char *outermost(const struct blocked_stack *s, const char *const *names)
{
	for (unsigned int i = s->nr; i-- > 0;)
		if (is_one_of(s->frame[i].function, names))
			return s->frame[i].function;
	return "";
}

void blocked__judge(const struct blocked_stack *s, struct blocked_judgement *j)
{
	static const struct {
		enum blocked_way way;
		const char *const *names;
	} ways[] = {
		/* An unbind may unlink files, and then waits for a file: check layouts first. */
		{ BLOCKED_THERE, teardown },
		{ BLOCKED_LAYOUT, layouts },
		{ BLOCKED_LAYOUT, own_layouts },
		{ BLOCKED_REMOVAL, removals },
	};
	unsigned int i = 0;

	j->way = BLOCKED_NO_WAY;
	j->by = "";
	while (i < s->nr && is_one_of(s->frame[i].function, generic))
		i++;
	j->waits = s->frame[i < s->nr ? i : 0].function;
	for (size_t w = 0; w < sizeof(ways) / sizeof(*ways) && !*j->by; w++) {
		j->by = outermost(s, ways[w].names);
		if (*j->by)
			j->way = ways[w].way;
	}
}

void blocked__common(struct blocked_stack *s, const struct blocked_stack *other)
{
	unsigned int n = 0;

	while (n < s->nr && n < other->nr &&
	       !strcmp(s->frame[s->nr - 1 - n].function, other->frame[other->nr - 1 - n].function))
		n++;
	memmove(s->frame, &s->frame[s->nr - n], n * sizeof(*s->frame));
	memset(&s->frame[n], 0, (s->nr - n) * sizeof(*s->frame));
	s->nr = n;
}

/* ---- /proc ------------------------------------------------------------------ */

/* A running thread is not always in the same function: compare the way to the teardown. */
static bool same_way(const struct blocked_stack *a, const struct blocked_stack *b)
{
	struct blocked_judgement x, y;

	blocked__judge(a, &x);
	blocked__judge(b, &y);
	return x.way == y.way && !strcmp(x.by, y.by);
}

/* Finds the same wait. A task that woke up and sleeps again at the same place made no progress. */
static struct blocked_task *find(struct blocked *b, const struct blocked_task *t)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->task[i]->task.tid == t->task.tid && b->task[i]->start == t->start &&
		    b->task[i]->runs == t->runs &&
		    (t->runs ? same_way(&b->task[i]->stack, &t->stack) :
			       !memcmp(&b->task[i]->stack, &t->stack, sizeof(t->stack))))
			return b->task[i];
	return NULL;
}

struct look {
	struct blocked *b;
	uint64_t now;
	bool begun;
	unsigned int samples; /* threads sampled in this scan */
	int err;
};

static struct pgr_task task_of(const struct procfs_thread *t)
{
	struct pgr_task task = { .tgid = t->tgid, .tid = t->tid };

	memcpy(task.comm, t->stat.comm, sizeof(task.comm));
	return task;
}

/* Updates the entry of a known task, or keeps t if it is on a way to a teardown. Owns t. */
static void keep(struct look *look, struct blocked_task *t, const struct procfs_thread *of)
{
	struct blocked *b = look->b;
	struct blocked_judgement j;
	struct blocked_task *known;

	blocked__judge(&t->stack, &j);
	t->task = task_of(of);
	t->start = of->stat.start;
	t->look = b->look;
	known = find(b, t);
	if (known) {
		known->look = b->look;
		if (t->runs)
			blocked__common(&known->stack, &t->stack);
	} else if ((j.way == BLOCKED_REMOVAL || j.way == BLOCKED_LAYOUT) && b->nr < BLOCKED_TASKS) {
		b->task[b->nr++] = t, t = NULL;
	}
	free(t);
}

static struct blocked_task *new_task(struct look *look)
{
	struct blocked_task *t = calloc(1, sizeof(*t));

	if (!t)
		look->err = -ENOMEM;
	return t;
}

/* False: the thread has ended, or its stack is empty or unreadable. */
static bool read_stack(const struct procfs_thread *t, struct blocked_stack *s)
{
	char path[64], text[STACK_MAX];

	snprintf(path, sizeof(path), "%u/task/%u/stack", t->tgid, t->tid);
	if (file__read_head(t->proc, path, text, sizeof(text)) <= 0)
		return false;
	blocked__parse(text, s);
	return true;
}

static void found(struct look *look, const struct procfs_thread *of)
{
	struct blocked_stack stack;
	struct blocked_task *t;

	if (!read_stack(of, &stack))
		return;
	t = new_task(look);
	if (!t)
		return;
	t->stack = stack;
	t->since_ns = look->now;
	keep(look, t, of);
}

static struct blocked_task *find_running(struct blocked *b, uint32_t tid, uint64_t start)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->task[i]->runs && b->task[i]->task.tid == tid && b->task[i]->start == start)
			return b->task[i];
	return NULL;
}

/* Samples a running thread, because /proc/PID/stack is empty while it runs. */
static void runs(struct look *look, const struct procfs_thread *of)
{
	struct spinning_thread s = {
		.tid = of->tid,
		.start = of->stat.start,
		.user = of->stat.user,
		.system = of->stat.system,
	};
	struct blocked *b = look->b;
	struct blocked_task *t, *known;
	struct blocked_sample sample;
	uint64_t since;
	int err;

	if (!b->sample)
		return;
	since = spinning__see(&b->spinning, &s, look->now);
	if (!since)
		return;
	/* Without new samples, assume that the thread is still at its place. */
	known = find_running(b, of->tid, of->stat.start);
	if (known && known->reported) {
		known->look = b->look;
		return;
	}
	err = -EAGAIN;
	if (look->samples < SAMPLED_MAX && spinning__is_due(&b->spinning, &s)) {
		look->samples++;
		err = b->sample(b->sample_ctx, of->tid, &sample);
	}
	if (err) {
		if (known)
			known->look = b->look;
		if (err != -EAGAIN)
			spinning__put_off(&b->spinning, &s);
		return;
	}
	t = new_task(look);
	if (!t)
		return;
	t->stack = sample.stack;
	t->runs = true;
	t->has_args = sample.has_args;
	memcpy(t->arg, sample.arg, sizeof(t->arg));
	t->since_ns = since;
	keep(look, t, of);
	if (!find_running(b, of->tid, of->stat.start))
		spinning__put_off(&b->spinning, &s);
}

static void begin(struct look *look)
{
	look->begun = true;
	look->b->look++;
	look->b->threads = 0;
	spinning__begin_look(&look->b->spinning);
}

static bool look_at(void *ctx, const struct procfs_thread *t)
{
	struct look *look = ctx;

	if (!look->begun)
		begin(look);
	look->b->threads++;
	if (t->stat.state == 'D')
		found(look, t);
	else if (t->stat.state == 'R')
		runs(look, t);
	return true;
}

static void forget_others(struct blocked *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->nr; i++) {
		if (b->task[i]->look == b->look)
			b->task[kept++] = b->task[i];
		else
			free(b->task[i]);
	}
	b->nr = kept;
}

int blocked__look(struct blocked *b, const char *root, uint64_t now)
{
	struct look look = { .b = b, .now = now };
	int err = procfs__each_thread(root, look_at, &look);

	if (err)
		return err;
	if (!look.begun)
		begin(&look);
	forget_others(b);
	spinning__end_look(&b->spinning);
	return look.err;
}

struct search {
	const char *function;
	struct pgr_task *tasks;
	size_t nr, room;
};

static bool look_for(void *ctx, const struct procfs_thread *t)
{
	struct search *s = ctx;
	struct blocked_stack stack;

	if (!read_stack(t, &stack))
		return true;
	for (unsigned int i = 0; i < stack.nr; i++) {
		if (strcmp(stack.frame[i].function, s->function))
			continue;
		s->tasks[s->nr++] = task_of(t);
		break;
	}
	return s->nr < s->room;
}

size_t blocked__in_function(const char *root, const char *function, struct pgr_task *tasks, size_t n)
{
	struct search s = { .function = function, .tasks = tasks, .room = n };

	if (n)
		procfs__each_thread(root, look_for, &s);
	return s.nr;
}

void blocked__free(struct blocked *b)
{
	for (size_t i = 0; i < b->nr; i++)
		free(b->task[i]);
	b->nr = 0;
}

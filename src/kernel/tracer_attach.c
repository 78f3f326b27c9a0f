// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Chooses which programs of the plan are loaded, and attaches and detaches them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/hooks.h"
#include "kernel/surroundings.h"
#include "kernel/tracer_alive.h"
#include "kernel/tracer_attach.h"
#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"

static bool is_on_demand(const struct bpf_program *p)
{
	return bpf_program__type(p) == BPF_PROG_TYPE_SYSCALL;
}

static struct bpf_program *find_prog(struct pgmapref_bpf *s, const char *name)
{
	return bpf_object__find_program_by_name(s->obj, name);
}

/* Hooks that this run does not need are neither loaded nor attached. */
static bool is_idle_hook(const struct tracer_config *c, int hook)
{
	return (pgr_hook__follows_children(hook) && !c->follow) ||
	       (pgr_hook__is_pin(hook) && !c->pins);
}

int tracer__hook_of(const struct plan *plan, const char *prog)
{
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&plan->hook[h]);

		for (int i = 0; a && i < PLAN_PROGS && a->prog[i]; i++)
			if (!strcmp(a->prog[i], prog))
				return h;
	}
	return -1;
}

/* The plan and the configuration of the current load, for set_target(). */
static const struct plan *loading;
static const struct tracer_config *loading_for;
static unsigned int loaded; /* programs */

/*
 * Replaces libbpf's own handler, which finds each function by searching the BTF from its start.
 * This takes a third of the start time of the tool. The plan already knows the BTF ids.
 */
static int set_target(struct bpf_program *p, struct bpf_prog_load_opts *opts, long cookie)
{
	int h = loading ? tracer__hook_of(loading, bpf_program__name(p)) : -1;

	(void)cookie;
	if (loading_for && tracer__stopped(loading_for))
		return -EINTR;
	if (loading_for && loading_for->progress)
		loading_for->progress("loading programs into the kernel", ++loaded, 0);
	if (loading && tracer__canary_of(bpf_program__name(p)) >= 0) {
		opts->attach_btf_id = loading->canary_id;
		return 0;
	}
	if (h < 0)
		return -ENOENT; /* no hook of the plan: its function is not known */
	opts->attach_btf_id = plan_hook__attempt(&loading->hook[h])->btf_id;
	return 0;
}

bool tracer__stopped(const struct tracer_config *c)
{
	return c->stopped && c->stopped();
}

int tracer__prepare(const struct plan *plan, const struct tracer_config *c)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = set_target);
	static int fentry, fexit; /* handlers, never removed */

	loading = plan;
	loading_for = c;
	loaded = 0;
	if (fentry <= 0)
		fentry = libbpf_register_prog_handler("fentry+", BPF_PROG_TYPE_TRACING,
						      BPF_TRACE_FENTRY, &opts);
	if (fexit <= 0)
		fexit = libbpf_register_prog_handler("fexit+", BPF_PROG_TYPE_TRACING,
						     BPF_TRACE_FEXIT, &opts);
	return fentry < 0 ? fentry : fexit < 0 ? fexit : 0;
}

int tracer__choose_programs(struct pgmapref_bpf *s, const struct tracer_config *c,
			    const struct plan *plan)
{
	struct bpf_program *p;

	bpf_object__for_each_program (p, s->obj)
		bpf_program__set_autoload(p, is_on_demand(p));
	bpf_program__set_autoload(s->progs.sweep_listed, c->sweeps_listed);
	bpf_program__set_autoload(s->progs.sweep_ahead, s->rodata->want_ahead);
	if (!c->attach)
		return 0;
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&plan->hook[h]);

		if (!a || is_idle_hook(c, h))
			continue;
		for (int i = 0; i < PLAN_PROGS && a->prog[i]; i++) {
			p = find_prog(s, a->prog[i]);
			if (!p)
				return -ENOENT;
			bpf_program__set_autoload(p, true);
		}
	}
	return 0;
}

/* Attaches program i of an attempt. */
static struct bpf_link *attach_prog(struct bpf_program *p, const struct plan_attempt *a, int i)
{
	switch (a->by[i]) {
	case PGR_BY_KPROBE:
	case PGR_BY_KRETPROBE:
		return bpf_program__attach_kprobe(p, a->by[i] == PGR_BY_KRETPROBE, a->symbol);
	case PGR_BY_FENTRY:
	case PGR_BY_FEXIT:
		return bpf_program__attach_trace(p);
	default:
		return bpf_program__attach(p);
	}
}

static int call_prove(void *tracer)
{
	return tracer__run(((struct tracer *)tracer)->skel->progs.prove, NULL, 0);
}

int tracer__prove_breakpoints(struct tracer *t)
{
	uint64_t canary = symbols__addr(t->symbols, PLAN_CANARY);

	return canary ? breakpoint__prove(canary, call_prove, t) : -ENOENT;
}

/* Returns 0 or a negative errno. */
static int set_breakpoints(struct tracer *t, int h, const struct bpf_program *p,
			   const struct plan_attempt *a)
{
	struct breakpoint_at at = {
		.addr = symbols__addr(t->symbols, a->symbol),
		.kind = BREAKPOINT_CALL,
	};
	int err = at.addr ? tracer__prove_breakpoints(t) : -ENOENT;

	if (err)
		return err;
	return breakpoints__set(&breakpoint_ops, bpf_program__fd(p), &at,
				libbpf_num_possible_cpus(), &t->breakpoints[h]);
}

static void detach_hook(struct tracer *t, int h)
{
	breakpoints__clear(t->breakpoints[h]);
	t->breakpoints[h] = NULL;
	for (int i = 0; i < PLAN_PROGS; i++) {
		bpf_link__destroy(t->link[h][i]);
		t->link[h][i] = NULL;
	}
	t->by[h] = 0;
}

/*
 * Attaches the programs of attempt `a` for hook h. On failure returns false with errno set, and
 * none of the programs is attached.
 */
static bool attach_hook(struct tracer *t, int h, const struct plan_attempt *a)
{
	for (int i = PLAN_PROGS - 1; i >= 0; i--) {
		struct bpf_program *p;
		int err;

		if (!a->prog[i])
			continue;
		p = find_prog(t->skel, a->prog[i]);
		if (a->how == PLAN_BREAKPOINT) {
			err = -set_breakpoints(t, h, p, a);
		} else {
			t->link[h][i] = attach_prog(p, a, i);
			err = t->link[h][i] ? 0 : errno;
		}
		if (!err) {
			t->by[h] |= 1u << a->by[i];
			continue;
		}
		detach_hook(t, h);
		errno = err;
		return false;
	}
	return true;
}

static void fail_hook(struct plan_hook *hook)
{
	const struct plan_attempt *a = plan_hook__attempt(hook);
	char why[PLAN_SYMBOL + 128], reason[96];

	if (a->how == PLAN_BREAKPOINT)
		breakpoint__explain(-errno, reason, sizeof(reason));
	else
		snprintf(reason, sizeof(reason), "%s", strerror(errno));
	snprintf(why, sizeof(why), "cannot attach to %s: %s", a->symbol, reason);
	plan_hook__fail(hook, why);
}

int tracer__attach(struct tracer *t, const struct tracer_config *c)
{
	unsigned int done = 0, wanted = 0;
	bool again = false;
	char why[256];

	for (int h = 0; h < PGR_HOOKS; h++)
		wanted += plan_hook__attempt(&t->plan.hook[h]) && !is_idle_hook(c, h);
	for (int h = 0; h < PGR_HOOKS; h++) {
		struct plan_hook *hook = &t->plan.hook[h];
		const struct plan_attempt *a = plan_hook__attempt(hook);

		if (!a || is_idle_hook(c, h))
			continue;
		if (tracer__stopped(c))
			return -EINTR;
		if (c->progress)
			c->progress("attaching hooks", ++done, wanted);
		if (attach_hook(t, h, a)) {
			t->site[h] = a->how == PLAN_RAW_TP || a->how == PLAN_BREAKPOINT ?
					     0 :
					     symbols__addr(t->symbols, a->symbol);
			continue;
		}
		/* No other attempt would succeed. */
		if (a->how != PLAN_BREAKPOINT && surroundings__too_little(errno, why, sizeof(why)))
			return -errno;
		fail_hook(hook);
		again = again || plan_hook__attempt(hook);
	}
	if (!again)
		tracer__attach_canaries(t);
	return again;
}

#define REST_NS 50000000 /* time limit; the last hook may exceed it */

/*
 * Detaches unpin hooks until the time limit. For each hook the kernel waits for a grace period, and
 * we cannot do anything else while we wait. Hooks that do not run stay attached. On 6.1 a hook that
 * is detached while ftrace is off leaves its flags behind (kernel/trace/ftrace.c,
 * __ftrace_check_record()). When the last hook is detached later, the kernel finds these flags,
 * warns, and disables ftrace for good.
 */
static void detach_unpin_hooks(struct tracer *t)
{
	uint64_t end = clock__now() + REST_NS;

	for (int h = 0; h < PGR_HOOKS && clock__now() < end; h++) {
		if (!pgr_hook__is_unpin(h) || !t->by[h])
			continue;
		tracer__look_alive(t);
		if (alive__doubt(&t->alive, h))
			continue;
		detach_hook(t, h);
		t->unpins = UNPINS_RESTING;
	}
}

/* Returns false if a hook could not be attached. */
static bool attach_unpin_hooks(struct tracer *t)
{
	bool all = true;

	/* Check now: a later check must not mistake our own detaching for another's. */
	tracer__look_alive(t);
	for (int h = 0; h < PGR_HOOKS; h++) {
		struct plan_hook *hook = &t->plan.hook[h];
		const struct plan_attempt *a = plan_hook__attempt(hook);

		if (!a || !pgr_hook__is_unpin(h) || t->by[h] || attach_hook(t, h, a))
			continue;
		/* The programs of its other attempts are not loaded. */
		while (plan_hook__attempt(hook))
			fail_hook(hook);
		t->failed[h] = true;
		all = false;
	}
	return all;
}

const struct plan_hook *tracer__next_failed(struct tracer *t)
{
	for (int h = 0; h < PGR_HOOKS; h++) {
		if (!t->failed[h])
			continue;
		t->failed[h] = false;
		return &t->plan.hook[h];
	}
	return NULL;
}

bool tracer__update_unpin_hooks(struct tracer *t, bool rest)
{
	bool pinned = t->skel->bss->pins_any, woken = false;

	if (t->unpins == UNPINS_NEW) {
		/* Do not delay the start by detaching. */
		t->unpins = UNPINS_ATTACHED;
	} else if (t->unpins != UNPINS_NEEDED && pinned) {
		woken = t->unpins == UNPINS_RESTING;
		if (woken)
			attach_unpin_hooks(t);
	} else if (t->unpins != UNPINS_NEEDED && rest) {
		detach_unpin_hooks(t);
	}
	if (pinned)
		t->unpins = UNPINS_NEEDED;
	return woken;
}

bool tracer__keep_unpins(struct tracer *t, uint64_t began_ns)
{
	bool all = t->unpins != UNPINS_RESTING || attach_unpin_hooks(t);

	t->unpins = UNPINS_NEEDED;
	t->skel->bss->tool_began_ns = began_ns;
	for (int h = 0; h < PGR_HOOKS; h++)
		if (pgr_hook__is_unpin(h) && !t->plan.hook[h].absent &&
		    !plan_hook__attempt(&t->plan.hook[h]))
			all = false;
	return all;
}

void tracer__detach(struct tracer *t)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		detach_hook(t, h);
	tracer__detach_canaries(t);
}

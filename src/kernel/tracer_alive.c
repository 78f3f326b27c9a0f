// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Checks whether the attached hooks run: gathers the facts that alive.c judges. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "kernel/livepatch.h"
#include "kernel/pokes.h"
#include "kernel/tracer_alive.h"
#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"

/*
 * The kernel skips a program that already runs on this CPU, in a task that was preempted inside it.
 * Wait to let this task continue, then try again.
 */
#define TRIES 3
#define TRY_AGAIN_NS 1000000

/* Not breakpoints: they are proved to work when they are set. */
static const char *const canaries[] = {
	[PGR_BY_FENTRY] = "canary_fentry", [PGR_BY_FEXIT] = "canary_fexit",
	[PGR_BY_KPROBE] = "canary_kprobe", [PGR_BY_KRETPROBE] = "canary_kretprobe",
	[PGR_BY_RAW_TP] = "canary_raw_tp",
};

#define CANARIES ((int)(sizeof(canaries) / sizeof(*canaries)))

int tracer__canary_of(const char *prog)
{
	for (int m = 0; m < CANARIES; m++)
		if (!strcmp(prog, canaries[m]))
			return m;
	return -1;
}

static struct bpf_program *canary(struct tracer *t, int m)
{
	return bpf_object__find_program_by_name(t->skel->obj, canaries[m]);
}

static bool has_btf_target(int m)
{
	return m == PGR_BY_FENTRY || m == PGR_BY_FEXIT;
}

void tracer__choose_canaries(struct tracer *t)
{
	unsigned int needed = 0;

	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&t->plan.hook[h]);

		for (int i = 0; a && i < PLAN_PROGS && a->prog[i]; i++) {
			struct bpf_program *p =
				bpf_object__find_program_by_name(t->skel->obj, a->prog[i]);

			if (p && bpf_program__autoload(p))
				needed |= 1u << a->by[i];
		}
	}
	for (int m = 0; m < CANARIES; m++)
		bpf_program__set_autoload(canary(t, m),
					  needed >> m & 1 && !(t->canaries_refused >> m & 1) &&
						  (!has_btf_target(m) || t->plan.canary_id));
}

void tracer__attach_canaries(struct tracer *t)
{
	for (int m = 0; m < CANARIES; m++) {
		struct bpf_program *p = canary(t, m);

		if (!bpf_program__autoload(p))
			continue;
		/* A canary that is not attached proves nothing: the code alone has to. */
		if (m == PGR_BY_KPROBE || m == PGR_BY_KRETPROBE)
			t->canary[m] =
				bpf_program__attach_kprobe(p, m == PGR_BY_KRETPROBE, PLAN_CANARY);
		else if (has_btf_target(m))
			t->canary[m] = bpf_program__attach_trace(p);
		else
			t->canary[m] = bpf_program__attach(p);
	}
}

void tracer__detach_canaries(struct tracer *t)
{
	for (int m = 0; m < CANARIES; m++) {
		bpf_link__destroy(t->canary[m]);
		t->canary[m] = NULL;
	}
}

/*
 * Calls the functions with canaries. Returns bits (1 << enum pgr_mechanism) of the canaries that
 * ran, or a negative errno if nothing was called.
 */
static int call_canaries(struct tracer *t)
{
	uint64_t before[PGR_MECHANISMS];
	char comm[PGR_COMM];
	int ran = 0, err;

	memcpy(before, t->skel->bss->canaries, sizeof(before));
	if (t->canary[PGR_BY_RAW_TP] && !prctl(PR_GET_NAME, comm))
		prctl(PR_SET_NAME, comm);
	err = tracer__run(t->skel->progs.prove, NULL, 0);
	if (err)
		return err;
	for (int m = 0; m < CANARIES; m++)
		if (((volatile uint64_t *)t->skel->bss->canaries)[m] != before[m])
			ran |= 1 << m;
	return ran;
}

/* Lists the hooks that are attached now, and where. Unpin hooks come and go. */
static void list_hooks(struct tracer *t, struct alive_look *look)
{
	for (int h = 0; h < PGR_HOOKS; h++) {
		look->hook[h].by = t->by[h];
		t->skel->bss->site_addr[h] = t->by[h] ? t->site[h] : 0;
	}
}

struct poking {
	struct tracer *t;
	bool silenced[PGR_HOOKS];
	bool lost;
};

static void on_poke(void *ctx, uint64_t addr, const uint8_t *code, size_t len)
{
	struct poking *p = ctx;

	p->lost = p->lost || !code;
	for (int h = 0; h < PGR_HOOKS; h++)
		if (code && p->t->site[h] && alive__silences(p->t->site[h], addr, code, len))
			p->silenced[h] = true;
}

struct replacing {
	struct tracer *t;
	struct alive_look *look;
};

static void on_replaced(void *ctx, const char *function)
{
	struct replacing *r = ctx;

	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&r->t->plan.hook[h]);

		if (a && a->how != PLAN_RAW_TP && !strcmp(a->symbol, function))
			r->look->hook[h].replaced = true;
	}
}

bool tracer__look_alive(struct tracer *t)
{
	struct poking poking = { .t = t };
	struct alive_look look = { 0 };
	int attached = 0, ran = 0, calls = 0;
	bool all_well;

	for (int m = 0; m < CANARIES; m++)
		attached |= !!t->canary[m] << m;
	list_hooks(t, &look);
	pokes__read(t->pokes, on_poke, &poking);
	look.patches_unknown =
		livepatch__functions(NULL, on_replaced, &(struct replacing){ t, &look });
	for (int i = 0; i < TRIES && (!i || ran != attached); i++) {
		int now;

		if (i)
			nanosleep(&(struct timespec){ .tv_nsec = TRY_AGAIN_NS }, NULL);
		now = call_canaries(t);
		if (now < 0)
			continue;
		ran |= now;
		calls++;
	}
	look.blind = !calls;
	look.changes_lost = poking.lost;
	all_well = calls && ran == attached;
	for (int m = 0; m < CANARIES; m++)
		if (attached >> m & 1)
			look.canary[m] = ran >> m & 1 ? CANARY_RAN : CANARY_SILENT;
	look.canary[PGR_BY_BREAKPOINT] = CANARY_RAN;
	for (int h = 0; h < PGR_HOOKS; h++) {
		look.hook[h].cpu_came = t->breakpoints[h] && !breakpoints__look(t->breakpoints[h]);
		if (!t->skel->bss->site_addr[h])
			continue;
		look.hook[h].site = alive__site((const uint8_t *)t->skel->bss->site_code[h]);
		look.hook[h].silenced = poking.silenced[h];
		all_well = all_well && look.hook[h].site == SITE_CALLS;
	}
	if (!all_well) {
		look.ftrace_off = alive__is_off(ALIVE_FTRACE_SETTING);
		look.kprobes_off = alive__is_off(ALIVE_KPROBES_SETTING);
	}
	return alive__see(&t->alive, &look);
}

int tracer__no_pokes(const struct tracer *t)
{
	return t->no_pokes;
}

struct alive *tracer__alive(struct tracer *t)
{
	return &t->alive;
}

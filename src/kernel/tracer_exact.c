// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/exact.h"
#include "common/hooks.h"
#include "kernel/tracer_exact.h"
#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"
#include "exact.skel.h"

/* No function is larger than this: percpu_ref_*() and memunmap_pages() have less than 4 KiB. */
#define FUNCTION_MAX (64u << 10)

/* Breakpoints of one CPU for one pgmap. */
struct exact_event {
	struct bpf_link *link[PGR_EXACT_PARTS]; /* NULL: none */
	int fd[PGR_EXACT_PARTS]; /* of the perf event: owned by the link */
};

struct exact_slot {
	uint64_t addr; /* 0: free */
	uint32_t id;
	uint64_t base, count; /* as in struct pgr_exact_slot */
	struct exact_event *cpu; /* nr_cpus of them */
	uint64_t hits; /* of breakpoints that were taken away */
};

struct exact {
	struct tracer *t;
	struct exact_bpf *skel;
	int nr_cpus;
	struct exact_slot slot[PGR_EXACT_SLOTS];
};

static uint64_t address_of(struct symbols *s, const char *name)
{
	uint64_t addr = symbols__addr(s, name);
	const char *clone = addr ? NULL : symbols__suffixed(s, name);

	return clone ? symbols__addr(s, clone) : addr;
}

/* The first address that is not part of the function at `start`. */
static uint64_t end_of(struct symbols *s, uint64_t start)
{
	uint64_t in = start, out = start + FUNCTION_MAX;

	while (out - in > 1) {
		uint64_t at = in + (out - in) / 2, off;

		if (!symbols__name(s, at, NULL, NULL, &off) && at - off == start)
			in = at;
		else
			out = at;
	}
	return out;
}

static void add_code(struct exact *x, unsigned int *n, const char *name, enum pgr_exact_kind kind)
{
	uint64_t start = address_of(x->t->symbols, name);

	if (!start || *n == PGR_EXACT_CODES)
		return;
	x->skel->rodata->exact_codes[(*n)++] = (struct pgr_exact_code){
		.start = start,
		.end = end_of(x->t->symbols, start),
		.kind = kind,
	};
}

/* lib/percpu-refcount.c and mm/memremap.c, 6.1 to 7.3. */
static void fill_codes(struct exact *x)
{
	static const struct {
		const char *name;
		enum pgr_exact_kind kind;
	} codes[] = {
		{ "__percpu_ref_switch_mode", PGR_EXACT_SWITCH },
		{ "__percpu_ref_switch_to_atomic", PGR_EXACT_SWITCH },
		{ "percpu_ref_call_confirm_rcu", PGR_EXACT_SWITCH },
		{ "percpu_ref_switch_to_atomic_rcu", PGR_EXACT_FOLD },
		{ "percpu_ref_kill_and_confirm", PGR_EXACT_KILL },
		{ "memunmap_pages", PGR_EXACT_BULK },
		{ "percpu_ref_get_many", PGR_EXACT_CALLER },
		{ "percpu_ref_put_many", PGR_EXACT_CALLER },
		{ "percpu_ref_tryget_many", PGR_EXACT_CALLER },
		{ "percpu_ref_tryget_live_rcu", PGR_EXACT_CALLER },
		{ "percpu_ref_tryget_live", PGR_EXACT_CALLER },
		{ "percpu_ref_get", PGR_EXACT_CALLER },
		{ "percpu_ref_put", PGR_EXACT_CALLER },
	};
	unsigned int n = 0;

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		add_code(x, &n, codes[i].name, codes[i].kind);
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&x->t->plan.hook[h]);

		if (a && (hooks[h].adds_to == PGR_HOLD_PAGE || hooks[h].takes_from == PGR_HOLD_PAGE))
			add_code(x, &n, a->symbol, PGR_EXACT_PAGE);
	}
}

/* The same filters as the tracer's. */
static void configure(struct exact *x)
{
	struct exact_bpf__rodata *to = x->skel->rodata;
	const struct pgmapref_bpf__rodata *from = x->t->skel->rodata;

	to->nr_cpus = x->nr_cpus;
	to->want_events = from->want_events;
	to->series = from->series;
	to->series.puts_visible = 1;
	to->filter_tgids = from->filter_tgids;
	to->filter_tids = from->filter_tids;
	to->filter_types = from->filter_types;
	to->filter_comm = from->filter_comm;
	memcpy((void *)to->glob_match, from->glob_match, sizeof(to->glob_match));
	to->glob_star = from->glob_star;
	to->glob_accept = from->glob_accept;
	fill_codes(x);
}

/* Buffers of a program are its own; every other map is the tracer's. */
static int share_maps(struct exact *x)
{
	struct bpf_map *m, *of_tracer;

	bpf_object__for_each_map(m, x->skel->obj)
	{
		int err;

		if (bpf_map__is_internal(m) || strstr(bpf_map__name(m), "scratch"))
			continue;
		of_tracer = bpf_object__find_map_by_name(x->t->skel->obj, bpf_map__name(m));
		err = of_tracer ? bpf_map__reuse_fd(m, bpf_map__fd(of_tracer)) : 0;
		if (err)
			return err;
	}
	return 0;
}

int exact__open(struct tracer *t, struct exact **out, char *why, size_t len)
{
	struct exact *x = calloc(1, sizeof(*x));
	int err;

	if (!x) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	x->t = t;
	x->nr_cpus = libbpf_num_possible_cpus();
	x->skel = exact_bpf__open();
	if (!x->skel) {
		err = -errno;
		goto err_out;
	}
	configure(x);
	err = share_maps(x);
	if (!err)
		err = exact_bpf__load(x->skel);
	if (err)
		goto err_out;
	memcpy(x->skel->bss->cpu_off, t->skel->bss->cpu_off, sizeof(x->skel->bss->cpu_off));
	x->skel->bss->ready = 1;
	*out = x;
	return 0;

err_out:
	snprintf(why, len, "cannot load the programs of breakpoints: %s", strerror(-err));
	exact__close(x);
	return err;
}

static struct exact_slot *slot_of(const struct exact *x, uint32_t id)
{
	for (int i = 0; x && i < PGR_EXACT_SLOTS; i++)
		if (x->slot[i].addr && x->slot[i].id == id)
			return (struct exact_slot *)&x->slot[i];
	return NULL;
}

bool exact__follows(const struct exact *x, uint32_t id)
{
	return slot_of(x, id);
}

static void mark(struct exact *x, const struct exact_slot *s, bool yes)
{
	struct pgr_select_args a = { .addr = s->addr, .selected = yes };

	tracer__run(x->skel->progs.exact_mark, &a, sizeof(a));
}

static uint64_t hits_of(const struct exact_event *e)
{
	uint64_t sum = 0, n;

	for (int part = 0; part < PGR_EXACT_PARTS; part++)
		if (e->link[part] && read(e->fd[part], &n, sizeof(n)) == sizeof(n))
			sum += n;
	return sum;
}

static void clear(struct exact *x, struct exact_slot *s)
{
	for (int c = 0; s->cpu && c < x->nr_cpus; c++)
		for (int part = 0; part < PGR_EXACT_PARTS; part++)
			bpf_link__destroy(s->cpu[c].link[part]);
	free(s->cpu);
	memset(s, 0, sizeof(*s));
}

/* A breakpoint of 8 bytes on one CPU, with the program behind it. */
static int add_breakpoint(struct exact *x, int slot, enum pgr_exact_part part, uint64_t addr,
			  int cpu)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(a),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = addr,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.sample_period = 1,
		.exclude_user = 1,
	};
	LIBBPF_OPTS(bpf_perf_event_opts, opts, .bpf_cookie = PGR_EXACT_COOKIE(slot, part));
	int fd = syscall(SYS_perf_event_open, &a, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	struct bpf_link *link;

	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event_opts(x->skel->progs.exact_write, fd, &opts);
	if (!link) {
		int err = -errno;

		close(fd);
		return err;
	}
	x->slot[slot].cpu[cpu].link[part] = link;
	x->slot[slot].cpu[cpu].fd[part] = fd;
	return 0;
}

/* The CPU begins its part of the account, in an interrupt. */
static int sync_cpu(struct exact *x, int slot, int cpu)
{
	uint64_t args[] = { slot, 1 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args),
		    .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
	int err = bpf_prog_test_run_opts(bpf_program__fd(x->skel->progs.exact_sync), &opts);

	if (err)
		return err;
	return opts.retval ? -EFAULT : 0;
}

/* -ENODEV: the CPU is offline, and writes nothing. */
static int add_cpu(struct exact *x, int slot, int cpu)
{
	struct exact_slot *s = &x->slot[slot];
	int err = 0;

	if (s->base)
		err = add_breakpoint(x, slot, PGR_EXACT_CPU, s->base + x->skel->bss->cpu_off[cpu],
				     cpu);
	if (!err)
		err = add_breakpoint(x, slot, PGR_EXACT_ATOMIC, s->count, cpu);
	return err ? err : sync_cpu(x, slot, cpu);
}

static void explain(int err, char *why, size_t len)
{
	switch (err) {
	case -EBUSY:
		snprintf(why, len, "%d other pgmaps have an exact account", PGR_EXACT_SLOTS);
		break;
	case -ENOSPC:
		snprintf(why, len,
			 "the breakpoints of a CPU are taken: by gdb, perf or another pgmapref");
		break;
	case -EACCES:
	case -EPERM:
		snprintf(why, len, "not allowed: breakpoints on kernel memory need CAP_SYS_ADMIN");
		break;
	case -ENOENT:
	case -EOPNOTSUPP:
		snprintf(why, len, "this machine has no hardware breakpoints");
		break;
	default:
		snprintf(why, len, "cannot set breakpoints: %s", strerror(-err));
	}
}

static int begin(struct exact *x, int slot, uint64_t addr, uint32_t id)
{
	struct exact_slot *s = &x->slot[slot];
	struct pgr_exact_begin_args a = { .addr = addr, .id = id, .slot = slot };
	struct pgr_exact_cpu *zero;
	uint32_t key = slot;
	int err = tracer__run(x->skel->progs.exact_begin, &a, sizeof(a)), online = 0;

	if (err || a.err)
		return err ? err : a.err;
	s->cpu = calloc(x->nr_cpus, sizeof(*s->cpu));
	zero = calloc(x->nr_cpus, sizeof(*zero));
	if (!s->cpu || !zero) {
		free(zero);
		return -ENOMEM;
	}
	err = bpf_map_update_elem(bpf_map__fd(x->skel->maps.exact_cpus), &key, zero, BPF_ANY) ?
		      -errno :
		      0;
	free(zero);
	s->addr = addr;
	s->id = id;
	s->base = a.base;
	s->count = a.count;
	for (int c = 0; c < x->nr_cpus && !err; c++) {
		err = add_cpu(x, slot, c);
		online += !err;
		if (err == -ENODEV)
			err = 0;
	}
	return err ? err : online ? 0 : -ENODEV;
}

int exact__follow(struct exact *x, uint64_t addr, uint32_t id, char *why, size_t len)
{
	int err = -EBUSY;

	if (slot_of(x, id))
		return 0;
	for (int i = 0; i < PGR_EXACT_SLOTS && err == -EBUSY; i++) {
		if (x->slot[i].addr)
			continue;
		err = begin(x, i, addr, id);
		if (err)
			clear(x, &x->slot[i]);
		else
			mark(x, &x->slot[i], true);
	}
	if (err)
		explain(err, why, len);
	return err;
}

void exact__release(struct exact *x, uint32_t id)
{
	struct exact_slot *s = slot_of(x, id);

	if (!s)
		return;
	mark(x, s, false);
	clear(x, s);
}

int exact__read(struct exact *x, uint32_t id, struct exact_account *out)
{
	struct exact_slot *s = slot_of(x, id);
	struct pgr_exact_read_args a = { 0 };
	uint64_t hits;
	int err;

	if (!s)
		return -ENOENT;
	a.slot = s - x->slot;
	for (int c = 0; c < x->nr_cpus; c++)
		if (!s->cpu[c].link[PGR_EXACT_ATOMIC])
			add_cpu(x, a.slot, c);
	hits = s->hits;
	for (int c = 0; c < x->nr_cpus; c++)
		hits += hits_of(&s->cpu[c]);
	err = tracer__run(x->skel->progs.exact_read, &a, sizeof(a));
	if (err || a.err)
		return err ? err : a.err;
	*out = (struct exact_account){
		.value = a.value,
		.counter = a.counter,
		.missed = hits > a.runs ? hits - a.runs : 0,
		.gap = a.gap,
		.gaps = a.gaps,
		.fresh = a.fresh,
		.old_puts = a.old_puts,
		.open_puts = a.open_puts,
		.quiet = a.quiet,
	};
	return 0;
}

void exact__close(struct exact *x)
{
	if (!x)
		return;
	for (int i = 0; i < PGR_EXACT_SLOTS; i++) {
		if (!x->slot[i].addr)
			continue;
		mark(x, &x->slot[i], false);
		clear(x, &x->slot[i]);
	}
	exact_bpf__destroy(x->skel);
	free(x);
}

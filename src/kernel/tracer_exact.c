// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/exact_codes.h"
#include "kernel/tracer_attach.h"
#include "kernel/tracer_exact.h"
#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"
#include "exact.skel.h"

struct exact_bed {
	struct tracer *t;
	struct exact_bpf *skel;
	int nr_cpus;
};

/* The same filters as the tracer's. */
static void configure(struct exact_bed *x)
{
	struct exact_bpf__rodata *to = x->skel->rodata;
	const struct pgmapref_bpf__rodata *from = x->t->skel->rodata;

	to->nr_cpus = x->nr_cpus;
	to->want_events = from->want_events;
	to->exact_counts_only = bpf_map__max_entries(x->t->skel->maps.ledger) == 1;
	to->series = from->series;
	to->series.puts_visible = 1;
	to->filter_tgids = from->filter_tgids;
	to->filter_tids = from->filter_tids;
	to->filter_types = from->filter_types;
	to->filter_comm = from->filter_comm;
	memcpy((void *)to->glob_match, from->glob_match, sizeof(to->glob_match));
	to->glob_star = from->glob_star;
	to->glob_accept = from->glob_accept;
	exact_codes__fill(x->t->symbols, &x->t->plan, (struct pgr_exact_code *)to->exact_codes);
}

static int begin(void *ctx, struct pgr_exact_begin_args *a)
{
	struct exact_bed *x = ctx;
	struct pgr_exact_cpu *zero = calloc(x->nr_cpus, sizeof(*zero));
	uint32_t key = a->slot;
	int err = -ENOMEM;

	if (!zero)
		return err;
	err = bpf_map_update_elem(bpf_map__fd(x->skel->maps.exact_cpus), &key, zero, BPF_ANY) ?
		      -errno :
		      tracer__run(x->skel->progs.exact_begin, a, sizeof(*a));
	free(zero);
	return err ? err : a->err;
}

static int program(void *ctx)
{
	return bpf_program__fd(((struct exact_bed *)ctx)->skel->progs.exact_write);
}

/* In an interrupt of the CPU: it cannot write its slot in between. */
static int sync_cpu(void *ctx, unsigned int slot, int cpu, bool offline)
{
	struct exact_bed *x = ctx;
	uint64_t args[] = { slot, cpu, !offline };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args),
		    .flags = offline ? 0 : BPF_F_TEST_RUN_ON_CPU, .cpu = offline ? 0 : cpu);
	int err = bpf_prog_test_run_opts(bpf_program__fd(x->skel->progs.exact_sync), &opts);

	if (err)
		return err;
	return opts.retval ? -EFAULT : 0;
}

static void mark(void *ctx, uint64_t addr, bool yes)
{
	struct exact_bed *x = ctx;
	struct pgr_select_args a = { .addr = addr, .selected = yes };

	tracer__run(x->skel->progs.exact_mark, &a, sizeof(a));
}

static int read_account(void *ctx, struct pgr_exact_read_args *a)
{
	struct exact_bed *x = ctx;
	int err = tracer__run(x->skel->progs.exact_read, a, sizeof(*a));

	return err ? err : a->err;
}

static uint64_t offset(void *ctx, int cpu)
{
	return ((struct exact_bed *)ctx)->skel->bss->cpu_off[cpu];
}

static void free_bed(void *ctx)
{
	struct exact_bed *x = ctx;

	exact_bpf__destroy(x->skel);
	free(x);
}

int tracer_exact__open(struct tracer *t, struct exact **out, char *why, size_t len)
{
	static const struct exact_ops ops = {
		.begin = begin,
		.program = program,
		.breakpoints = &breakpoint_ops,
		.sync = sync_cpu,
		.mark = mark,
		.read = read_account,
		.offset = offset,
		.close = free_bed,
	};
	struct exact_bed *x;
	int err = tracer__prove_breakpoints(t);

	if (symbols__hidden(t->symbols)) {
		snprintf(why, len, "kernel addresses are hidden (sysctl kernel.kptr_restrict)");
		return -EPERM;
	}
	if (err) {
		breakpoint__explain(err, why, len);
		return err;
	}
	err = -ENOMEM;
	x = calloc(1, sizeof(*x));
	if (!x)
		goto err_out;
	x->t = t;
	x->nr_cpus = libbpf_num_possible_cpus();
	x->skel = exact_bpf__open();
	if (!x->skel) {
		err = -errno;
		goto err_out;
	}
	configure(x);
	err = tracer__share_maps(t, x->skel->obj);
	if (!err)
		err = exact_bpf__load(x->skel);
	if (err)
		goto err_out;
	memcpy(x->skel->bss->cpu_off, t->skel->bss->cpu_off, sizeof(x->skel->bss->cpu_off));
	x->skel->bss->ready = 1;
	*out = exact__new(&ops, x, x->nr_cpus);
	if (*out)
		return 0;
	err = -ENOMEM;

err_out:
	snprintf(why, len, "cannot load the programs of breakpoints: %s", strerror(-err));
	if (x)
		free_bed(x);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Breakpoints on a made-up machine of two CPUs, in place of those of a made-up tracer's kernel. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_tracer.h"
#include "kernel/tracer_exact.h"
#include "kernel/tracer_followed.h"

struct fake_tracer *fake_machine;

/* ---- exact accounts: a machine of two CPUs ---------------------------------------------- */

static int exact_begin(void *ctx, struct pgr_exact_begin_args *a)
{
	struct fake_tracer *f = ctx;

	if (f->exact_begin_err)
		return f->exact_begin_err;
	f->exact_id = a->id;
	a->count = 0x1000;
	a->base = f->exact_atomic ? 0 : 0x2000;
	return 0;
}

struct breakpoint {
	int cpu;
};

static int set_breakpoint(int prog_fd, const struct breakpoint_at *at, int cpu,
			  struct breakpoint **out)
{
	assert(prog_fd == FAKE_PROGRAM && at->addr && out);
	if (fake_machine->exact_set_err)
		return fake_machine->exact_set_err;
	if (fake_machine->exact_offline & 1u << cpu)
		return -ENODEV;
	*out = malloc(sizeof(**out));
	(*out)->cpu = cpu;
	fake_machine->exact_set++;
	return 0;
}

static void clear_breakpoint(struct breakpoint *b)
{
	fake_machine->exact_set--;
	free(b);
}

static int count_breakpoint(const struct breakpoint *b, struct breakpoint_count *out)
{
	static uint64_t now = 1;

	out->hits = fake_machine->exact_hits;
	out->running_ns = fake_machine->exact_off & 1u << b->cpu ? 0 : ++now;
	return 0;
}

const struct breakpoint_ops fake_breakpoint_ops = {
	.set = set_breakpoint,
	.clear = clear_breakpoint,
	.count = count_breakpoint,
};

static int exact_program(void *ctx)
{
	(void)ctx;
	return FAKE_PROGRAM;
}

static int exact_sync(void *ctx, unsigned int slot, int cpu, bool offline)
{
	(void)slot;
	assert(offline == !!(((struct fake_tracer *)ctx)->exact_offline & 1u << cpu));
	((struct fake_tracer *)ctx)->exact_synced |= 1u << cpu;
	return 0;
}

static void exact_mark(void *ctx, uint64_t addr, bool yes)
{
	struct fake_tracer *f = ctx;

	(void)addr;
	if (!yes)
		f->exact_id = 0;
}

static int exact_read(void *ctx, struct pgr_exact_read_args *a)
{
	struct fake_tracer *f = ctx;
	uint32_t slot = a->slot;

	*a = f->account;
	a->slot = slot;
	return f->account_err;
}

static uint64_t exact_offset(void *ctx, int cpu)
{
	(void)ctx;
	return 0x100 * cpu;
}

static void exact_close(void *ctx)
{
	((struct fake_tracer *)ctx)->exact_closed = true;
}

const struct exact_ops fake_exact_ops = {
	.begin = exact_begin,
	.program = exact_program,
	.breakpoints = &fake_breakpoint_ops,
	.sync = exact_sync,
	.mark = exact_mark,
	.read = exact_read,
	.offset = exact_offset,
	.close = exact_close,
};

int tracer_exact__open(struct tracer *t, struct exact **out, char *why, size_t len)
{
	const struct fake_tracer *f = (const struct fake_tracer *)t;

	if (f->exact_err) {
		snprintf(why, len, "there are no breakpoints");
		return f->exact_err;
	}
	*out = exact__new(&fake_exact_ops, t, 2);
	return 0;
}

/* ---- followed pages ------------------------------------------------------------------------- */

static int look_at_page(void *ctx, struct pgr_followed_args *a)
{
	struct fake_tracer *f = ctx;

	f->followed_looks++;
	if (f->followed_look_err)
		return f->followed_look_err;
	f->followed_starts += a->start;
	a->pfn -= f->followed_head;
	a->addr = 0x3000 + a->pfn;
	a->refcount = 2;
	return 0;
}

static void count_followed(void *ctx, unsigned int slot, uint64_t *runs, uint64_t *lost)
{
	const struct fake_tracer *f = ctx;

	(void)slot;
	*runs = f->followed_runs;
	*lost = f->followed_lost;
}

static void close_followed(void *ctx)
{
	((struct fake_tracer *)ctx)->followed_closed = true;
}

const struct followed_ops fake_followed_ops = {
	.look = look_at_page,
	.program = exact_program,
	.breakpoints = &fake_breakpoint_ops,
	.count = count_followed,
	.close = close_followed,
};

int tracer_followed__open(struct tracer *t, struct followed **out, char *why, size_t len)
{
	const struct fake_tracer *f = (const struct fake_tracer *)t;

	if (f->followed_err) {
		snprintf(why, len, "there are no breakpoints");
		return f->followed_err;
	}
	*out = followed__new(&fake_followed_ops, t, 2);
	return 0;
}

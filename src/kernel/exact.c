// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/exact.h"

struct exact_cpu {
	struct cpu_breakpoint part[PGR_EXACT_PARTS];
};

struct exact_slot {
	uint64_t addr; /* 0: free */
	uint32_t id;
	uint64_t base, count; /* as in struct pgr_exact_slot */
	struct exact_cpu *cpu; /* nr_cpus of them */
	uint64_t blind; /* looks that found an online CPU without its breakpoints, and could not set them */
};

struct exact {
	const struct exact_ops *ops;
	void *ctx;
	int nr_cpus;
	struct exact_slot slot[PGR_EXACT_SLOTS];
};

struct exact *exact__new(const struct exact_ops *ops, void *ctx, int nr_cpus)
{
	struct exact *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->ops = ops;
	x->ctx = ctx;
	x->nr_cpus = nr_cpus;
	return x;
}

static struct exact_slot *slot_of(struct exact *x, uint32_t id)
{
	for (int i = 0; i < PGR_EXACT_SLOTS; i++)
		if (x->slot[i].addr && x->slot[i].id == id)
			return &x->slot[i];
	return NULL;
}

bool exact__follows(const struct exact *x, uint32_t id)
{
	return slot_of((struct exact *)x, id);
}

static void clear(struct exact *x, struct exact_slot *s)
{
	for (int c = 0; s->cpu && c < x->nr_cpus; c++)
		for (int part = 0; part < PGR_EXACT_PARTS; part++)
			cpu_breakpoint__clear(x->ops->breakpoints, &s->cpu[c].part[part]);
	free(s->cpu);
	memset(s, 0, sizeof(*s));
}

static int look_part(struct exact *x, unsigned int slot, enum pgr_exact_part part, int cpu)
{
	struct exact_slot *s = &x->slot[slot];
	struct breakpoint_at at = {
		.addr = part == PGR_EXACT_ATOMIC ? s->count : s->base + x->ops->offset(x->ctx, cpu),
		.kind = BREAKPOINT_WRITE,
		.cookie = PGR_EXACT_COOKIE(slot, part),
	};

	return cpu_breakpoint__look(x->ops->breakpoints, x->ops->program(x->ctx), &at, cpu,
				    &s->cpu[cpu].part[part]);
}

/*
 * Sets what the CPU is without. Returns 0 or a negative errno. -ENODEV: the CPU is offline, and
 * writes nothing.
 */
static int look_cpu(struct exact *x, unsigned int slot, int cpu)
{
	int first = x->slot[slot].base ? PGR_EXACT_CPU : PGR_EXACT_ATOMIC, err = 0;
	bool was_without = false;

	for (int part = first; part < PGR_EXACT_PARTS; part++) {
		int set = look_part(x, slot, part, cpu);

		was_without = was_without || set;
		err = set < 0 && (!err || err == -ENODEV) ? set : err;
	}
	if (err && err != -ENODEV)
		return err;
	if (was_without && x->ops->sync(x->ctx, slot, cpu, err))
		return -EIO;
	return err;
}

static void explain(int err, char *why, size_t len)
{
	if (err == -EBUSY)
		snprintf(why, len, "%d other pgmaps have an exact account", PGR_EXACT_SLOTS);
	else
		breakpoint__explain(err, why, len);
}

static int begin(struct exact *x, unsigned int slot, uint64_t addr, uint32_t id)
{
	struct exact_slot *s = &x->slot[slot];
	struct pgr_exact_begin_args a = { .addr = addr, .id = id, .slot = slot };
	int err = x->ops->begin(x->ctx, &a), online = 0;

	if (err)
		return err;
	s->cpu = calloc(x->nr_cpus, sizeof(*s->cpu));
	if (!s->cpu)
		return -ENOMEM;
	s->addr = addr;
	s->id = id;
	s->base = a.base;
	s->count = a.count;
	for (int c = 0; c < x->nr_cpus && !err; c++) {
		err = look_cpu(x, slot, c);
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
			x->ops->mark(x->ctx, addr, true);
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
	x->ops->mark(x->ctx, s->addr, false);
	clear(x, s);
}

static uint64_t hits_of(const struct exact *x, const struct exact_slot *s)
{
	uint64_t sum = 0;

	for (int c = 0; c < x->nr_cpus; c++)
		for (int part = 0; part < PGR_EXACT_PARTS; part++)
			sum += cpu_breakpoint__hits(x->ops->breakpoints, &s->cpu[c].part[part]);
	return sum;
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
	for (int c = 0; c < x->nr_cpus; c++) {
		int set = look_cpu(x, a.slot, c);

		s->blind += set && set != -ENODEV;
	}
	/* Before the runs: a run in between is no missed one. */
	hits = hits_of(x, s);
	err = x->ops->read(x->ctx, &a);
	if (err && err != -EFAULT)
		return err;
	*out = (struct exact_account){
		.value = a.value,
		.counter = a.counter,
		.missed = hits > a.runs ? hits - a.runs : 0,
		.gap = a.gap,
		.gaps = a.gaps + s->blind,
		.fresh = a.fresh,
		.old_puts = a.old_puts,
		.open_puts = a.open_puts,
		.has_moved = a.high != PGR_EXACT_NONE && a.low != PGR_EXACT_NONE,
		.high = a.high,
		.low = a.low,
		.quiet = a.quiet,
	};
	return err;
}

void exact__close(struct exact *x)
{
	if (!x)
		return;
	for (int i = 0; i < PGR_EXACT_SLOTS; i++)
		if (x->slot[i].addr)
			exact__release(x, x->slot[i].id);
	x->ops->close(x->ctx);
	free(x);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The exact account of a pgmap: a breakpoint on each word of its counter, and this program behind
 * each write. It sees every get and every put, the inline ones too: put_dev_pagemap() is inline.
 *
 * Values chain: a write moved the difference between the word's value and its last value. What a
 * missed write moved is therefore part of the next write, and of the check in exact_read().
 */
#ifndef PGMAPREF_EXACT_BPF_H
#define PGMAPREF_EXACT_BPF_H

#include "bpf/account.bpf.h"
#include "common/exact.h"

/* 1: only the counter is followed: no ledger, no records. */
const volatile u8 exact_counts_only = 0;

/* Functions that write counters for their own reasons. */
const volatile struct pgr_exact_code exact_codes[PGR_EXACT_CODES] = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PGR_EXACT_SLOTS);
	__type(key, u32);
	__type(value, struct pgr_exact_slot);
} exact_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_EXACT_SLOTS);
	__type(key, u32);
	__type(value, struct pgr_exact_cpu);
} exact_cpus SEC(".maps");

/* Index of ip in struct pt_regs, the begin of struct bpf_perf_event_data: x86-64. */
#define EXACT_IP 16

static __always_inline u32 exact_kind(u64 ip)
{
	for (u32 i = 0; i < PGR_EXACT_CODES; i++) {
		if (!exact_codes[i].start)
			break;
		/* The write is the instruction before ip. */
		if (ip > exact_codes[i].start && ip <= exact_codes[i].end)
			return exact_codes[i].kind;
	}
	return PGR_EXACT_MOVE;
}

/* What the write was that has just been done. Some kernels have percpu_ref_put_many() out of line. */
static __always_inline u32 exact_kind_of(u64 *ctx)
{
	u32 kind = exact_kind(ctx[EXACT_IP]);
	u64 ip[2];

	if (kind != PGR_EXACT_CALLER)
		return kind;
	if (bpf_get_stack(ctx, ip, sizeof(ip), 0) != sizeof(ip)) {
		lose(PGR_LOSS_STACK_ERR);
		return PGR_EXACT_MOVE;
	}
	kind = exact_kind(ip[1]);
	return kind == PGR_EXACT_CALLER ? PGR_EXACT_MOVE : kind;
}

struct exact_sum {
	u32 slot;
	u32 pad;
	s64 last;
	u64 runs;
};

static long exact_add_cpu(u32 cpu, struct exact_sum *s)
{
	struct pgr_exact_cpu *c;
	u32 slot = s->slot;

	c = bpf_map_lookup_percpu_elem(&exact_cpus, &slot, cpu);
	if (!c)
		return 1;
	s->last += c->last;
	s->runs += c->runs;
	return 0;
}

/* References that no write explains. */
static __always_inline void exact_miss(struct pgr_exact_slot *s, s64 gap)
{
	if (!gap)
		return;
	__sync_fetch_and_add(&s->moved, gap);
	__sync_fetch_and_add(&s->gap, gap);
	__sync_fetch_and_add(&s->gaps, 1);
}

/*
 * The switch to atomic mode adds the CPUs' slots to the count and takes off the bias. The value
 * stays as it is. The sum that the kernel added shows whether writes were missed until then.
 */
static __always_inline void exact_fold(struct pgr_exact_slot *s, u32 slot, s64 moved)
{
	struct exact_sum sum = { .slot = slot };
	s64 gap;

	bpf_loop(nr_cpus, exact_add_cpu, &sum, 0);
	gap = (s64)((u64)moved + REFVALUE_BIAS) - sum.last;
	exact_miss(s, gap);
}

static __always_inline void exact_get(struct act *a, s64 n, bool late)
{
	struct event e = { .event = PGR_EV_GET, .n = n, .holding = PGR_HOLD_GET };
	struct pgr_ledger_row row = {};

	a->row = &row;
	take(a, &e, &row);
	if (late) {
		a->row = &nobody;
		if (!a->stack)
			a->stack = stack_key(a->ctx, a->hook);
		emit_move(a, PGR_REC_LATE, &e);
	}
}

static __always_inline void exact_put(struct act *a, struct pgr_exact_slot *s, s64 n)
{
	struct event e = { .event = PGR_EV_PUT, .n = -n, .holding = PGR_HOLD_GET };
	struct pgr_ledger_row row = {};
	s64 known = last_get_take(a->p->id, a->task->tid, n, &row);

	if (known)
		__sync_fetch_and_add(&s->fresh, -known);
	if (known < n)
		__sync_fetch_and_add(s->fresh > 0 ? &s->open_puts : &s->old_puts, n - known);
	a->row = &row;
	e.pfn = row.pfn;
	/* The filter decides by the taker; if the taker is not known, by the task that puts. */
	if (!known && !filter_task(a->task)) {
		filter_left_out();
		return;
	}
	if (known < n)
		__sync_fetch_and_add(&a->p->foreign_puts, n - known);
	drop_done(a, &e);
	if (known == n || a->p->killed_ns || __sync_fetch_and_add(&s->puts, 1) >= PGR_DRAIN_KEPT)
		return; /* a put of a dying pgmap has a record of its own: drop_done() */
	if (!a->stack)
		a->stack = stack_key(a->ctx, a->hook);
	e.n = n - known;
	emit_move(a, PGR_REC_PUT, &e);
}

/* A get or a put. */
static __always_inline void exact_move(void *ctx, struct pgr_exact_slot *s, s64 moved, s64 value,
				       u32 part)
{
	u64 addr = s->addr;
	struct pgr_task task;
	struct act a = {
		.ctx = ctx,
		.hook = PGR_HOOK_PUT,
		.addr = addr,
		.p = bpf_map_lookup_elem(&pgmaps, &addr),
		.now = bpf_ktime_get_ns(),
		.exact = &value,
		.task = &task,
	};

	if (!a.p || a.p->id != s->id)
		return; /* memunmap_pages() has returned */
	task_now(&task);
	/*
	 * A get that began before the kill may still write the CPU's slot. Once the counter is
	 * atomic, nothing may take a reference of a dying pgmap.
	 */
	if (moved > 0) {
		__sync_fetch_and_add(&s->fresh, moved);
		exact_get(&a, moved, a.p->killed_ns && part == PGR_EXACT_ATOMIC);
	} else {
		exact_put(&a, s, -moved);
	}
}

/* Several CPUs may do this at once: tries until no other has changed it. */
#define EXACT_TRIES 16

static __always_inline void exact_extremes(struct pgr_exact_slot *s, s64 value)
{
	for (u32 i = 0; i < EXACT_TRIES; i++) {
		s64 high = s->high;

		if ((high != PGR_EXACT_NONE && value <= high) ||
		    __sync_val_compare_and_swap(&s->high, high, value) == high)
			break;
	}
	for (u32 i = 0; i < EXACT_TRIES; i++) {
		s64 low = s->low;

		if (value >= low || __sync_val_compare_and_swap(&s->low, low, value) == low)
			break;
	}
}

/*
 * percpu_ref_exit() frees both words, and after memunmap_pages() the driver frees the pgmap: others
 * use the memory then, and the account has ended. What was read before this says no may be used.
 */
static __always_inline bool exact_ended(const struct pgr_exact_slot *s)
{
	u64 addr = s->addr, data = 0;
	struct dev_pagemap *pgmap = (void *)addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	if (!p || p->id != s->id)
		return true;
	return bpf_core_read(&data, sizeof(data), &pgmap->ref.data) || !data ||
	       data + bpf_core_field_offset(struct percpu_ref_data, count) != s->count;
}

SEC("perf_event")
int exact_write(u64 *ctx)
{
	u64 cookie = bpf_get_attach_cookie(ctx), word = 0;
	u32 slot = cookie & 0xff, part = cookie >> 8 & 0xff, kind;
	struct pgr_exact_slot *s = bpf_map_lookup_elem(&exact_slots, &slot);
	struct pgr_exact_cpu *c = bpf_map_lookup_elem(&exact_cpus, &slot);
	u32 cpu = bpf_get_smp_processor_id();
	s64 moved, value;

	if (!s || !c || cpu >= PGR_CPUS)
		return 0; /* never: the cookie has a valid slot */
	c->runs++;
	if (bpf_probe_read_kernel(&word, sizeof(word),
				  (void *)(part ? s->count : s->base + cpu_off[cpu]))) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	if (part) {
		if (!s->active)
			return 0; /* exact_sync() has not read it yet */
		moved = word - __sync_lock_test_and_set(&s->atomic, (s64)word);
	} else {
		/* After the fold the slots are freed (__percpu_ref_exit()), and others write there. */
		if (!c->active || (s->active && !refvalue_biased(s->atomic)))
			return 0;
		moved = word - c->last;
		c->last = word;
	}
	/* Emulated CPUs report writes that did not change the word, too. */
	if (!moved)
		return 0;
	if (exact_ended(s))
		return 0;
	kind = exact_kind_of(ctx);
	/* One function folds, and then puts the switch's own reference. */
	if (kind == PGR_EXACT_FOLD &&
	    !(part && refvalue_biased(word - moved) && !refvalue_biased(word)))
		kind = PGR_EXACT_SWITCH;
	__sync_fetch_and_add(&s->calls[kind], 1);
	__sync_fetch_and_add(&s->refs[kind], moved);
	if (kind == PGR_EXACT_FOLD) {
		exact_fold(s, slot, moved);
		return 0;
	}
	if (kind == PGR_EXACT_SWITCH)
		return 0; /* the value of a counter does not include this reference: refvalue.h */
	value = s->began + __sync_fetch_and_add(&s->moved, moved) + moved;
	if (kind == PGR_EXACT_MOVE || kind == PGR_EXACT_PAGE)
		exact_extremes(s, value);
	if (kind == PGR_EXACT_MOVE && !exact_counts_only)
		exact_move(ctx, s, moved, value, part);
	return 0;
}

/*
 * Begins the account of the words that a CPU can write, or goes on with it after the CPU was without
 * breakpoints. User space runs it on each CPU, by an interrupt of that CPU, and nothing can write the
 * CPU's slot in between. An offline CPU writes nothing, but its slot is part of the counter: another
 * CPU reads it. arg[0]: slot, arg[1]: CPU, arg[2]: 1 if the CPU is online.
 */
SEC("raw_tp")
int exact_sync(u64 *ctx)
{
	u32 slot = ctx[0] & 0xff, cpu = ctx[1];
	struct pgr_exact_slot *s = bpf_map_lookup_elem(&exact_slots, &slot);
	struct pgr_exact_cpu *c = bpf_map_lookup_percpu_elem(&exact_cpus, &slot, cpu);
	bool began, online = ctx[2];
	u64 word = 0, count = 0;

	if (!s || !c || cpu >= PGR_CPUS)
		return 1;
	began = c->active;
	if (bpf_probe_read_kernel(&count, sizeof(count), (void *)s->count))
		return 1;
	/* After the fold the slots are freed. */
	if (s->base && refvalue_biased(count)) {
		if (bpf_probe_read_kernel(&word, sizeof(word), (void *)(s->base + cpu_off[cpu])))
			return 1;
		if (!began)
			__sync_fetch_and_add(&s->began, (s64)word);
		else if (!exact_ended(s))
			exact_miss(s, (s64)word - c->last);
		c->last = word;
	}
	c->active = 1;
	if (s->active) {
		/* What the CPU moved there since it came online is not known. */
		if (began && online && !refvalue_biased(count) && !exact_ended(s))
			__sync_fetch_and_add(&s->gaps, 1);
		return 0;
	}
	s->atomic = count;
	s->active = 1;
	__sync_fetch_and_add(&s->began,
			     (s64)(refvalue_biased(count) ? count - REFVALUE_BIAS : count));
	return 0;
}

SEC("syscall")
int exact_begin(struct pgr_exact_begin_args *a)
{
	struct dev_pagemap *pgmap = (void *)a->addr;
	u64 addr = a->addr, ptr = 0, data = 0;
	u32 slot = a->slot;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct pgr_exact_slot *s = bpf_map_lookup_elem(&exact_slots, &slot), zero = {};

	a->err = -ESTALE;
	if (!s || !p || p->id != a->id)
		return 0;
	if (bpf_core_read(&ptr, sizeof(ptr), &pgmap->ref.percpu_count_ptr) ||
	    bpf_core_read(&data, sizeof(data), &pgmap->ref.data) || !data)
		return 0;
	zero.addr = addr;
	zero.id = a->id;
	zero.base = ptr & ~REFVALUE_PTR_FLAGS;
	zero.high = zero.low = PGR_EXACT_NONE;
	zero.count = data + bpf_core_field_offset(struct percpu_ref_data, count);
	*s = zero;
	a->base = zero.base;
	a->count = zero.count;
	a->err = 0;
	return 0;
}

/* Marks the pgmap, or ends its account: the hooks of gets account for it from then on. */
SEC("syscall")
int exact_mark(struct pgr_select_args *a)
{
	u64 addr = a->addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	a->err = p ? 0 : -ESTALE;
	if (p)
		p->exact = a->selected;
	return 0;
}

SEC("syscall")
int exact_read(struct pgr_exact_read_args *a)
{
	struct exact_sum before = { .slot = a->slot }, after = { .slot = a->slot };
	u32 slot = a->slot, flags = 0;
	struct pgr_exact_slot *s = bpf_map_lookup_elem(&exact_slots, &slot);
	u64 addr;

	a->err = -ESTALE;
	if (!s || !s->addr)
		return 0;
	addr = s->addr;
	bpf_loop(nr_cpus, exact_add_cpu, &before, 0);
	a->value = s->began + s->moved;
	a->counter = ref_value((void *)addr, &flags);
	bpf_loop(nr_cpus, exact_add_cpu, &after, 0);
	a->runs = after.runs;
	a->gap = s->gap;
	a->gaps = s->gaps;
	a->fresh = s->fresh;
	a->old_puts = s->old_puts;
	a->open_puts = s->open_puts;
	a->high = __sync_lock_test_and_set(&s->high, PGR_EXACT_NONE);
	a->low = __sync_lock_test_and_set(&s->low, PGR_EXACT_NONE);
	a->quiet = before.runs == after.runs;
	a->err = flags & (PGR_REF_UNREADABLE | PGR_REF_EXITED) || exact_ended(s) ? -EFAULT : 0;
	return 0;
}

#endif /* PGMAPREF_EXACT_BPF_H */

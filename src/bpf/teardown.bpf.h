/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The steps of a teardown: begin, sweeps, drain, end. */
#ifndef PGMAPREF_TEARDOWN_BPF_H
#define PGMAPREF_TEARDOWN_BPF_H

#include "bpf/pgmaps.bpf.h"
#include "bpf/pins.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/sweep.bpf.h"

/* Key: tid of a task. Value: the pgmap that the task tears down. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u32);
	__type(value, u64);
} unmapping SEC(".maps");

static __always_inline int on_teardown(void *ctx, u64 addr)
{
	struct dev_pagemap *pgmap = (void *)addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct pgr_rec_teardown r = {};
	u64 one = 1, *n;
	u32 tid;

	task_now(&r.task);
	tid = r.task.tid;
	if (bpf_map_update_elem(&unmapping, &tid, &addr, BPF_ANY))
		lose(PGR_LOSS_STASH);
	if (p && !pgmap_is_there(p, pgmap)) {
		bpf_map_delete_elem(&pgmaps, &addr);
		p = NULL;
	}
	if (!p) {
		/*
		 * Before `ready`, a missed teardown is not a loss: a pgmap whose teardown is in
		 * progress when the tool starts is adopted in that state.
		 */
		if (!ready)
			return 0;
		n = bpf_map_lookup_elem(&unjudged, &addr);
		if (n)
			__sync_fetch_and_add(n, 1);
		else if (bpf_map_update_elem(&unjudged, &addr, &one, BPF_ANY))
			lose(PGR_LOSS_PGMAP_FULL);
		return 0;
	}
	r.h.record = PGR_REC_TEARDOWN;
	r.h.id = p->id;
	r.h.ns = bpf_ktime_get_ns();
	r.value = ref_value(pgmap, &r.ref_flags);
	/*
	 * If a sample contains the put of one CPU but not the get of another CPU, it is too low.
	 * This is not an underflow: sample again.
	 */
	for (int i = 0; i < 2 && r.value < p->baseline; i++)
		r.value = ref_value(pgmap, &r.ref_flags);
	r.entries = p->entries;
	r.stack = stack_key(ctx, PGR_HOOK_TEARDOWN);
	p->killed_ns = r.h.ns;
	if (bpf_ringbuf_output(&control, &r, sizeof(r), 0))
		lose(PGR_LOSS_CONTROL_RING);
	return 0;
}

/*
 * A sweep during a teardown. Among the fentry programs of a function, the one attached last runs
 * first: do not rely on their order. Two programs serve this hook. The kernel does not run a
 * program again on a CPU where it was preempted, and during a long sweep a second teardown may
 * start on that CPU. The first program that claims the sweep does it.
 */
static __always_inline int sweep_pgmap(u64 addr, u32 final)
{
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct sweep_state *s;
	u64 key = addr | (final ? 2 : 0);

	if (!p)
		return 0; /* counted by on_teardown() */
	if (__sync_lock_test_and_set(final ? &p->final_claimed : &p->sweep_claimed, 1))
		return 0;
	if (bpf_map_update_elem(&sweeps, &key, &sweep_zero, BPF_ANY)) {
		lose(PGR_LOSS_SWEEP_FULL);
		return 0;
	}
	/* The pgmap was adopted before memremap_pages() had finished: ranges are missing in p. */
	if ((u32)BPF_CORE_READ((struct dev_pagemap *)addr, nr_range) != p->nr_range)
		p->flags |= PGR_PGMAP_TRUNCATED;
	sweep_run(key, p);
	s = bpf_map_lookup_elem(&sweeps, &key);
	if (!s) {
		lose(PGR_LOSS_SWEEP_FULL);
		return 0;
	}
	s->rec.h.record = PGR_REC_SWEEP;
	s->rec.h.id = p->id;
	s->rec.h.ns = bpf_ktime_get_ns();
	s->rec.final = final;
	if (bpf_ringbuf_output(&control, &s->rec, sizeof(s->rec), 0))
		lose(PGR_LOSS_CONTROL_RING);
	bpf_map_delete_elem(&sweeps, &key);
	return 0;
}

static __always_inline int on_final(void)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	u64 *addr = bpf_map_lookup_elem(&unmapping, &tid);

	if (!addr)
		return 0; /* memory hot-unplug, not a pgmap */
	return sweep_pgmap(*addr, 1);
}

static __always_inline int emit_step(void *ctx, u64 addr, u32 record, u32 hook)
{
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct pgr_rec_step r = {};

	if (!p)
		return 0; /* counted by on_teardown() */
	r.h.record = record;
	r.h.id = p->id;
	r.h.ns = bpf_ktime_get_ns();
	task_now(&r.task);
	r.stack = stack_key(ctx, hook);
	__builtin_memcpy(r.events, p->events, sizeof(r.events));
	r.entries = p->entries;
	r.entry_pages = p->entry_pages;
	r.foreign_puts = p->foreign_puts;
	r.former_deletes = p->former_deletes;
	r.drains = p->drains;
	r.drain_refs = p->drain_refs;
	r.drain_known = p->drain_known;
	if (bpf_ringbuf_output(&control, &r, sizeof(r), 0))
		lose(PGR_LOSS_CONTROL_RING);
	return 0;
}

static __always_inline int on_drained(void *ctx, u64 ref)
{
	return emit_step(ctx, ref - bpf_core_field_offset(struct dev_pagemap, ref), PGR_REC_DRAINED,
			 PGR_HOOK_DRAINED);
}

static __always_inline int on_gone(void *ctx, u64 addr)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();

	emit_step(ctx, addr, PGR_REC_GONE, PGR_HOOK_GONE);
	bpf_map_delete_elem(&unmapping, &tid);
	bpf_map_delete_elem(&pgmaps, &addr);
	if (want_pins)
		bounds_narrow();
	return 0;
}

/* The same for a kretprobe, which cannot read the arguments. */
static __always_inline int on_gone_return(void *ctx)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	u64 *addr = bpf_map_lookup_elem(&unmapping, &tid);

	if (!addr) {
		lose(PGR_LOSS_STASH); /* the teardown's kprobe was missed */
		return 0;
	}
	return on_gone(ctx, *addr);
}

#endif /* PGMAPREF_TEARDOWN_BPF_H */

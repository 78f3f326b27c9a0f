/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pgmaps that account for their folios themselves, as the series of 2022 has
 * them ("Fix the DAX-gup mistake" and the thread on "fsdax: Manage pgmap
 * references at entry insertion and deletion"): one reference for each folio in
 * use, puts that can be seen, and a teardown that waits for both.
 */
#ifndef PGMAPREF_FOLIO_BPF_H
#define PGMAPREF_FOLIO_BPF_H

#include "account.bpf.h"
#include "sweep.bpf.h"

/* A put of a pgmap that is dying is a step of its teardown. */
static __always_inline void emit_move(u32 record, const struct pgr_pgmap *p, u64 addr, u64 now,
				      s64 ahead, const struct event *e, u64 stack,
				      const struct pgr_task *task, const struct pgr_ledger_row *row)
{
	struct pgr_rec_move r = {};

	r.h.record = record;
	r.h.id = p->id;
	r.h.ns = now;
	r.task = *task;
	r.taker = row->task;
	r.stack = stack;
	r.pfn = e->pfn;
	r.n = e->n < 0 ? -e->n : e->n;
	r.value = ref_value((void *)addr, &r.ref_flags) + ahead;
	r.held_ns = row->ns ? now - row->ns : 0;
	r.order = e->order;
	if (bpf_ringbuf_output(&control, &r, sizeof(r), 0))
		lose(PGR_LOSS_CONTROL_RING);
}

/* put_dev_pagemap_many(pgmap, refs), before it puts */
static __always_inline int on_put(void *ctx, u64 addr, u32 refs)
{
	struct event e = { .event = PGR_EV_PUT, .n = -(s64)refs, .ahead = -(s64)refs,
			   .holding = PGR_HOLD_GET };
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	u64 now = bpf_ktime_get_ns(), stack = 0;
	struct pgr_ledger_row row = {};
	struct pgr_task task;
	s64 known;

	if (!p) {
		if (ready)
			lose(PGR_LOSS_PGMAP_UNKNOWN);
		return 0;
	}
	if (p->selected == PGR_SELECT_NO || !(filter_types >> (p->type & 7) & 1))
		return 0;
	task_now(&task);
	known = last_get_take(p->id, task.tid, refs, &row);
	e.pfn = row.pfn;
	/* Who took decides; of what nobody is known to have taken, who puts. */
	if (!known && !filter_task(&task))
		return 0;
	if (known < refs)
		__sync_fetch_and_add(&p->foreign_puts, refs - known);
	__sync_fetch_and_add(&p->events[PGR_EV_PUT], 1);
	if (want_events || p->killed_ns)
		stack = stack_key(ctx, PGR_HOOK_PUT);
	if (p->killed_ns)
		emit_move(PGR_REC_DRAIN, p, addr, now, e.ahead, &e, stack, &task, &row);
	if (want_events)
		emit_event(&e, p, (void *)addr, now, stack, &task, &row);
	return 0;
}

/*
 * A folio was got or constructed: a reference, if it was idle before. Whether it
 * was, the ledger knows, which has a row for each in use, whoever is followed.
 */
static __always_inline int on_folio_get(void *ctx, u32 hook, u64 addr, u64 folio)
{
	struct event e = { .event = PGR_EV_GET, .n = 1, .holding = PGR_HOLD_FOLIO };
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct pgr_ledger_key key = { .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_row row = {};
	u64 now = bpf_ktime_get_ns();
	struct pgr_task task;
	u64 mapping = 0;
	u32 chr;

	if (!folio)
		return 0; /* refused */
	if (!p) {
		if (ready)
			lose(PGR_LOSS_PGMAP_UNKNOWN);
		return 0;
	}
	if (p->selected == PGR_SELECT_NO || !(filter_types >> (p->type & 7) & 1))
		return 0;
	e.pfn = pfn_of_page(folio);
	e.order = folio_order(folio);
	key.id = p->id;
	key.what = e.pfn;
	if (bpf_map_lookup_elem(&ledger, &key))
		return 0; /* in use already: no reference moved */
	task_now(&task);
	row.ns = row.last_ns = now;
	row.pfn = e.pfn;
	row.n = 1;
	row.order = e.order;
	row.task = task;
	row.followed = filter_task(&task);
	if (row.followed)
		row.stack = stack_key(ctx, hook);
	bpf_core_read(&mapping, sizeof(mapping), &((struct page *)folio)->mapping);
	if (mapping && !(mapping & 3)) {
		mapping_inode(mapping, &row.ino, &row.dev, &chr);
		bpf_probe_read_kernel(&row.index, sizeof(row.index),
				      (void *)(folio + page_index_offset()));
	}
	ledger_add(&key, &row);
	if (!row.followed)
		return 0;
	__sync_fetch_and_add(&p->events[PGR_EV_GET], 1);
	if (want_events)
		emit_event(&e, p, (void *)addr, now, row.stack, &task, &row);
	return 0;
}

/* A folio may have gone idle, and its reference with that: it says so itself. */
static __always_inline int on_folio_put(void *ctx, u64 folio)
{
	struct event e = { .event = PGR_EV_PUT, .n = -1, .holding = PGR_HOLD_FOLIO };
	u64 addr = page_pgmap(folio), now = bpf_ktime_get_ns(), mapping, stack = 0;
	struct pgr_ledger_key key = { .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_row row = {};
	struct pgr_pgmap *p;
	struct pgr_task task;
	s32 refs;
	u32 type;

	p = bpf_map_lookup_elem(&pgmaps, &addr);
	if (!p) {
		if (ready)
			lose(PGR_LOSS_PGMAP_UNKNOWN);
		return 0;
	}
	type = p->type;
	if (type >= PGR_TYPES || p->selected == PGR_SELECT_NO || !(filter_types >> type & 1))
		return 0;
	if (bpf_core_read(&refs, sizeof(refs), &((struct page *)folio)->_refcount.counter) ||
	    bpf_core_read(&mapping, sizeof(mapping), &((struct page *)folio)->mapping)) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	if (refs > idle_refs[type] || mapping)
		return 0; /* still in use */
	e.pfn = pfn_of_page(folio);
	key.id = p->id;
	key.what = e.pfn;
	/* Older than the tool, or not kept, which ledger_add() counted; or a filter. */
	if (!ledger_take(&key, 0, &row) || !row.followed)
		return 0;
	e.order = row.order;
	task_now(&task);
	__sync_fetch_and_add(&p->events[PGR_EV_PUT], 1);
	if (want_events || p->killed_ns)
		stack = stack_key(ctx, PGR_HOOK_FOLIO_PUT);
	if (p->killed_ns)
		emit_move(PGR_REC_DRAIN, p, addr, now, 0, &e, stack, &task, &row);
	if (want_events)
		emit_event(&e, p, (void *)addr, now, stack, &task, &row);
	return 0;
}

/*
 * get_dev_pagemap_many() of a pgmap that was dying when it was called: stashed
 * at the entry, so that one that began before the kill is not taken for one.
 */
static __always_inline void on_get_entry(u64 pfn)
{
	u64 pgmap = page_pgmap(page_of_pfn(pfn));
	struct stash s = { .arg = { pfn, pgmap } };

	if (pgmap && ref_flags_of((void *)pgmap) & PGR_REF_DYING)
		stash_put(PGR_HOOK_PUT, &s);
}

static __always_inline void on_get_exit(void *ctx, u64 given, u64 ret, s64 refs)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = PGR_HOOK_PUT };
	struct stash *s = bpf_map_lookup_elem(&stashes, &k);
	struct pgr_ledger_row nobody = {};
	struct event e = { .n = refs };
	struct pgr_task task;
	struct pgr_pgmap *p;

	if (!s)
		return;
	e.pfn = s->arg[0];
	bpf_map_delete_elem(&stashes, &k);
	p = bpf_map_lookup_elem(&pgmaps, &ret);
	/* Refused, nothing new, or a pgmap that is not followed, which account() counts. */
	if (!ret || ret == given || !p)
		return;
	task_now(&task);
	emit_move(PGR_REC_LATE, p, ret, bpf_ktime_get_ns(), 0, &e, stack_key(ctx, PGR_HOOK_PUT),
		  &task, &nobody);
}

#endif /* PGMAPREF_FOLIO_BPF_H */

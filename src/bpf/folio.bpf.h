/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pgmaps that account for their folios themselves, as in the series of 2022 ("Fix the DAX-gup
 * mistake" and the thread on "fsdax: Manage pgmap references at entry insertion and deletion"). The
 * pgmap holds one reference for each folio in use. Its puts can be seen. Its teardown waits for all
 * folio references and all other references.
 */
#ifndef PGMAPREF_FOLIO_BPF_H
#define PGMAPREF_FOLIO_BPF_H

#include "bpf/account.bpf.h"
#include "bpf/sweep.bpf.h"

/*
 * What each function that hands out folios does to the counter. As first posted, pgmap_get_folio()
 * took no reference; in kernels that follow the thread it takes one. The function's name does not
 * tell which. The programs therefore read the counter in the first calls.
 */
struct pgr_effect effects[PGR_HOOKS];

#define FOLIOS_MOST (1u << 20) /* folios of one call; the ledger has less room than this */

/* Does this put belong to a device page? on_free() has already counted it then. */
static __always_inline bool put_is_counted(u64 addr)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = PGR_HOOK_FREE };
	struct stash *s = bpf_map_lookup_elem(&stashes, &k);

	if (!s || s->arg[0] != addr)
		return false;
	bpf_map_delete_elem(&stashes, &k);
	return true;
}

/* put_dev_pagemap_many(pgmap, refs), at its entry */
static __always_inline int on_put(void *ctx, u64 addr, u32 refs)
{
	struct event e = {
		.event = PGR_EV_PUT, .n = -(s64)refs, .pending = -(s64)refs, .holding = PGR_HOLD_GET
	};
	struct pgr_ledger_row row = {};
	struct pgr_task task;
	struct act a = {
		.ctx = ctx,
		.hook = PGR_HOOK_PUT,
		.addr = addr,
		.p = pgmap_of_event(addr),
		.task = &task,
		.row = &row,
	};
	s64 known;

	if (put_is_counted(addr) || !a.p)
		return 0;
	task_now(&task);
	known = last_get_take(a.p->id, task.tid, refs, &row);
	e.pfn = row.pfn;
	/*
	 * The filter decides by the taker. If the taker is not known, it decides by the task that
	 * puts.
	 */
	if (!known && !filter_task(&task))
		return filter_left_out();
	if (known < refs)
		__sync_fetch_and_add(&a.p->foreign_puts, refs - known);
	a.now = bpf_ktime_get_ns();
	drop_done(&a, &e);
	return 0;
}

/* What the entry of a call that hands out folios leaves for its exit: stash, arg[0..4]. */
enum {
	CALL_PGMAP,
	CALL_PFN, /* of the first page; 0 if the arguments do not tell */
	CALL_NR, /* with CALL_RANGE: number of pages; else number of folios */
	CALL_VALUE, /* the counter at the entry */
	CALL_FLAGS,
};

enum {
	CALL_DYING = 1, /* the pgmap was being torn down */
	CALL_IDLE = 2, /* the folio was idle, and no file had it */
	/*
	 * The folio was in use. If neither CALL_IDLE nor CALL_IN_USE is set, page->mapping named a
	 * file, which was set either for this call or earlier.
	 */
	CALL_IN_USE = 4,
	CALL_SAMPLED = 8, /* CALL_VALUE was read */
	CALL_RANGE = 16, /* CALL_NR pages from CALL_PFN on */
	CALL_FOLIOS = 32, /* CALL_NR folios from CALL_PFN on */
};

#define MAPPING_SHARED \
	1 /* PAGE_MAPPING_DAX_COW and _SHARED, include/linux/page-flags.h up to 6.14 */

/* CALL_IDLE, CALL_IN_USE or neither. */
static __always_inline u64 folio_before(u64 head, u32 type)
{
	u64 mapping, index;
	s32 refs;

	if (type >= PGR_TYPES ||
	    bpf_core_read(&refs, sizeof(refs), &((struct page *)head)->_refcount.counter) ||
	    bpf_core_read(&mapping, sizeof(mapping), &((struct page *)head)->mapping) ||
	    bpf_probe_read_kernel(&index, sizeof(index), (void *)(head + page_index_offset())))
		return 0;
	/* Several entries share the folio. At least one of them was there before this call. */
	if (refs > idle_refs[type] || (mapping == MAPPING_SHARED && index > 1))
		return CALL_IN_USE;
	return mapping ? 0 : CALL_IDLE;
}

/* page: the struct page of the first folio; 0 if the arguments do not tell it. */
static __always_inline int on_folio_call(u32 hook, u64 addr, u64 pfn, u64 page, u64 nr, u64 how)
{
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct stash s = { .arg = { addr, pfn, nr, 0, how } };
	u32 flags = ref_flags_of((void *)addr);
	u64 head;

	if (flags & PGR_REF_DYING)
		s.arg[CALL_FLAGS] |= CALL_DYING;
	if (p && page && !page_head(page, &head))
		s.arg[CALL_FLAGS] |= folio_before(head, p->type);
	if (!(s.arg[CALL_FLAGS] & CALL_IDLE) || effects[hook].calls < PGR_EFFECT_CALLS) {
		s.arg[CALL_VALUE] = ref_value((void *)addr, &flags);
		if (!(flags & PGR_REF_UNREADABLE))
			s.arg[CALL_FLAGS] |= CALL_SAMPLED;
	}
	stash_put(hook, &s);
	return 0;
}

/* One folio: the one that contains this pfn. */
static __always_inline int on_folio_ask(u32 hook, u64 addr, u64 pfn)
{
	return on_folio_call(hook, addr, pfn, page_of_pfn(pfn), 1, 0);
}

/* All folios of nr pages, starting at this pfn. */
static __always_inline int on_folio_range(u32 hook, u64 addr, u64 pfn, u64 nr)
{
	return on_folio_call(hook, addr, pfn, page_of_pfn(pfn), nr, CALL_RANGE);
}

/* nr folios, starting with this one. */
static __always_inline int on_folios(u32 hook, u64 addr, u64 folio, u64 nr)
{
	return on_folio_call(hook, addr, pfn_of_page(folio), folio, nr, CALL_FOLIOS);
}

/* State of the loop over the folios that a call handed out. */
struct folios {
	u64 addr;
	u64 now;
	u64 stack;
	u64 pfn; /* of the next one */
	u64 end; /* pfn behind the last page; 0: the call gives a number of folios */
	u64 new; /* folios that were not in the ledger */
	u32 unconfirmed; /* 1: the folios make no events, because they may have no reference */
	u32 pad;
	struct pgr_task task;
	struct pgr_ledger_row row;
	struct event e;
};

/*
 * One element per hook and CPU, as in stack.bpf.h. The value is not on the stack: the loop leaves
 * too little room there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_HOOKS);
	__type(key, u32);
	__type(value, struct folios);
} folios_scratch SEC(".maps");

static __always_inline void folio_took(struct folios *f, struct pgr_pgmap *p, u64 folio)
{
	struct pgr_ledger_key key = { .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_row *row = &f->row;
	struct event *e = &f->e;
	u64 mapping = 0;
	u32 chr;

	__builtin_memset(e, 0, sizeof(*e));
	e->event = PGR_EV_GET;
	e->n = 1;
	e->holding = PGR_HOLD_FOLIO;
	e->pfn = pfn_of_page(folio);
	e->order = folio_order(folio);
	f->pfn = e->pfn + (1ULL << (e->order & 31));
	key.id = p->id;
	key.subject = e->pfn;
	if (bpf_map_lookup_elem(&ledger, &key))
		return; /* the folio was in use already: no reference was taken */
	f->new ++;
	__builtin_memset(row, 0, sizeof(*row));
	row->ns = row->last_ns = f->now;
	row->pfn = e->pfn;
	row->n = 1;
	row->order = e->order;
	row->task = f->task;
	row->followed = filter_task(&f->task);
	if (!row->followed)
		filter_left_out();
	row->unconfirmed = f->unconfirmed;
	if (row->followed)
		row->stack = f->stack;
	bpf_core_read(&mapping, sizeof(mapping), &((struct page *)folio)->mapping);
	if (mapping && !(mapping & 3)) {
		mapping_inode(mapping, &row->ino, &row->dev, &chr);
		bpf_probe_read_kernel(&row->index, sizeof(row->index),
				      (void *)(folio + page_index_offset()));
	}
	if (!ledger_add(&key, row) || !row->followed || row->unconfirmed)
		return;
	__sync_fetch_and_add(&p->events[PGR_EV_GET], 1);
	if (want_events) {
		struct act a = {
			.addr = f->addr,
			.p = p,
			.now = f->now,
			.stack = row->stack,
			.task = &f->task,
			.row = row,
		};

		emit_event(&a, e);
	}
}

static long folio_took_next(u32 i, u32 *hook)
{
	struct folios *f = bpf_map_lookup_elem(&folios_scratch, hook);
	struct pgr_pgmap *p;
	u64 head;

	if (!f || (f->end && f->pfn >= f->end))
		return 1; /* never NULL; or the range is complete */
	p = bpf_map_lookup_elem(&pgmaps, &f->addr);
	if (!p)
		return 1; /* the pgmap is gone, and its ledger with it */
	if (page_head(page_of_pfn(f->pfn), &head)) {
		lose(PGR_LOSS_READ);
		return 1;
	}
	folio_took(f, p, head);
	return 0;
}

/*
 * By how much the counter changed during the call. Other tasks may have changed it too. Not
 * inlined, like folio_late(): its stack is free again when the loop runs.
 */
static __noinline s64 call_delta(struct stash *s)
{
	u32 flags;
	s64 value;

	if (!(s->arg[CALL_FLAGS] & CALL_SAMPLED))
		return 0;
	value = ref_value((void *)s->arg[CALL_PGMAP], &flags);
	return flags & PGR_REF_UNREADABLE ? 0 : value - (s64)s->arg[CALL_VALUE];
}

static __always_inline void effect_learn(struct pgr_effect *e, s64 delta)
{
	if (e->calls >= PGR_EFFECT_CALLS)
		return;
	__sync_fetch_and_add(&e->calls, 1);
	if (delta > 0)
		__sync_fetch_and_add(&e->took, 1);
	else if (!delta)
		__sync_fetch_and_add(&e->none, 1);
}

/* Writes a record for folios that were requested from a dying pgmap. */
static __noinline void folio_late(struct folios *f, u64 pfn)
{
	struct event e = { .pfn = pfn, .n = f->new };
	struct act a = {
		.addr = f->addr,
		.p = bpf_map_lookup_elem(&pgmaps, &f->addr),
		.now = f->now,
		.stack = f->stack,
		.task = &f->task,
		.row = &nobody,
	};

	if (a.p && f->new)
		emit_move(&a, PGR_REC_LATE, &e);
}

/*
 * A call got, constructed or allocated folios. It takes one reference for each folio that was idle
 * before. The ledger tells which folios were idle: it has a row for each folio in use, whatever the
 * task filter is. first: the first folio; or any value but 0 if the call does not tell the folio.
 */
static __always_inline int on_folio_get(void *ctx, u32 hook, u64 first)
{
	u32 slot = hook; /* a copy: its address is taken, it is no constant */
	struct folios *f = bpf_map_lookup_elem(&folios_scratch, &slot);
	struct pgr_ledger_key key = { .holding = PGR_HOLD_FOLIO };
	struct pgr_pgmap *p;
	struct stash s;
	u64 pfn, most;
	s64 delta;
	u32 takes;

	if (!stash_take(hook, &s) || !first || !f)
		return 0; /* counted in stash_take(); refused by the kernel; never NULL */
	p = pgmap_of_event(s.arg[CALL_PGMAP]);
	/*
	 * A folio that was in use has had its reference since then. For a call with several folios,
	 * the flag describes only the first folio.
	 */
	if (!p || (s.arg[CALL_FLAGS] & CALL_IN_USE && s.arg[CALL_NR] == 1))
		return 0;
	pfn = s.arg[CALL_FLAGS] & (CALL_RANGE | CALL_FOLIOS) ? s.arg[CALL_PFN] : pfn_of_page(first);
	/*
	 * Most calls are for folios that are in the ledger. For them there is nothing to learn, and
	 * no stack to record.
	 */
	key.id = p->id;
	key.subject = pfn;
	if (s.arg[CALL_NR] == 1 && bpf_map_lookup_elem(&ledger, &key))
		return 0;
	delta = call_delta(&s);
	if (s.arg[CALL_FLAGS] & CALL_IDLE) {
		effect_learn(&effects[hook], delta);
		takes = pgr_effect__takes(&effects[hook]);
	} else {
		/*
		 * The file may have had the folio before the tool started. Only the counter can
		 * tell.
		 */
		takes = delta > 0 ? PGR_TAKES : PGR_TAKES_NOTHING;
	}
	if (takes == PGR_TAKES_NOTHING) {
		/*
		 * No loss: `probes` and the comparison of the layers report a function that takes
		 * nothing. But if the effect is not known yet and the pgmap is dying, a put of
		 * another task may have hidden a get.
		 */
		if (s.arg[CALL_FLAGS] & CALL_DYING &&
		    pgr_effect__takes(&effects[hook]) != PGR_TAKES_NOTHING)
			lose(PGR_LOSS_STASH);
		return 0;
	}
	f->addr = s.arg[CALL_PGMAP];
	f->now = bpf_ktime_get_ns();
	f->stack = stack_key(ctx, hook);
	f->pfn = pfn;
	f->end = s.arg[CALL_FLAGS] & CALL_RANGE ? pfn + s.arg[CALL_NR] : 0;
	f->new = 0;
	f->unconfirmed = takes == PGR_TAKES_UNKNOWN && delta <= 0;
	task_now(&f->task);
	most = s.arg[CALL_NR] < FOLIOS_MOST ? s.arg[CALL_NR] : FOLIOS_MOST;
	if (!series_sees_idle()) {
		f->new = 1; /* at least one: without rows the number is not known */
	} else {
		bpf_loop(most, folio_took_next, &slot, 0);
		if (f->end ? f->pfn < f->end : most < s.arg[CALL_NR])
			lose(PGR_LOSS_LEDGER_FULL);
	}
	if (!(s.arg[CALL_FLAGS] & CALL_DYING))
		return 0;
	if (f->unconfirmed)
		lose(PGR_LOSS_STASH); /* the call may have taken a reference, see above */
	else
		folio_late(f, pfn);
	return 0;
}

/* pgmap_put_folio(folio): saves pgmap, pfn and order while the folio is still valid. */
static __always_inline int on_folio_put_call(u64 folio)
{
	struct stash s = { .arg = { page_pgmap(folio), pfn_of_page(folio), folio_order(folio) } };

	stash_put(PGR_HOOK_FOLIO_PUT, &s);
	return 0;
}

/* went: the function returned true, so the folio is idle and its pgmap reference was dropped. */
static __always_inline int on_folio_put(void *ctx, bool went)
{
	struct event e = { .event = PGR_EV_PUT, .n = -1, .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_key key = { .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_row row = {};
	struct pgr_task task;
	struct act a = { .ctx = ctx, .hook = PGR_HOOK_FOLIO_PUT, .task = &task, .row = &row };
	struct stash s;

	if (!stash_take(PGR_HOOK_FOLIO_PUT, &s) || !went)
		return 0; /* stash_take() counts the loss; or the folio is still in use */
	a.addr = s.arg[CALL_PGMAP];
	a.p = pgmap_of_event(a.addr);
	if (!a.p)
		return 0;
	e.pfn = s.arg[CALL_PFN];
	e.order = s.arg[2];
	key.id = a.p->id;
	key.subject = e.pfn;
	task_now(&task);
	/*
	 * The filter decides by the taker. If the taker is older than the tool, or has no row, it
	 * decides by the task that puts.
	 */
	if (ledger_take(&key, 0, &row) ? !row.followed : !filter_task(&task))
		return filter_left_out();
	/* The put proves that the folio had a reference: count its get now. */
	if (row.unconfirmed)
		__sync_fetch_and_add(&a.p->events[PGR_EV_GET], 1);
	a.now = bpf_ktime_get_ns();
	drop_done(&a, &e);
	return 0;
}

/*
 * get_dev_pagemap_many() of a pgmap that is already dying. The stash is made at the entry: a call
 * that began before the kill does not count as a late get.
 */
static __always_inline int on_get_entry(u64 pfn)
{
	u64 pgmap = page_pgmap(page_of_pfn(pfn));
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = PGR_HOOK_PUT };
	struct stash s = { .arg = { pfn, pgmap } };

	if (pgmap && ref_flags_of((void *)pgmap) & PGR_REF_DYING)
		stash_put(PGR_HOOK_PUT, &s);
	else
		bpf_map_delete_elem(&stashes, &k); /* left by a call whose exit was missed */
	return 0;
}

static __always_inline void on_get_exit(void *ctx, u64 given, u64 ret, s64 refs)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = PGR_HOOK_PUT };
	struct stash *s = bpf_map_lookup_elem(&stashes, &k);
	struct event e = { .n = refs };
	struct pgr_task task;
	struct act a = { .addr = ret, .task = &task, .row = &nobody };

	if (!s)
		return;
	e.pfn = s->arg[0];
	bpf_map_delete_elem(&stashes, &k);
	a.p = bpf_map_lookup_elem(&pgmaps, &ret);
	/*
	 * No late get: the kernel refused it, the caller kept its pgmap, or the pgmap is not
	 * followed (account() counts that loss).
	 */
	if (!ret || ret == given || !a.p)
		return;
	task_now(&task);
	a.now = bpf_ktime_get_ns();
	a.stack = stack_key(ctx, PGR_HOOK_PUT);
	emit_move(&a, PGR_REC_LATE, &e);
}

static __always_inline int on_get_many(void *ctx, u64 pfn, u64 given, u64 ret, u32 refs)
{
	on_get_exit(ctx, given, ret, refs);
	return on_get(ctx, pfn, given, ret, refs);
}

#endif /* PGMAPREF_FOLIO_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pgmaps that account for their folios themselves, as the series of 2022 has
 * them ("Fix the DAX-gup mistake" and the thread on "fsdax: Manage pgmap
 * references at entry insertion and deletion"): one reference for each folio in
 * use, puts that can be seen, and a teardown that waits for both.
 */
#ifndef PGMAPREF_FOLIO_BPF_H
#define PGMAPREF_FOLIO_BPF_H

#include "bpf/account.bpf.h"
#include "bpf/sweep.bpf.h"

/*
 * What the functions that hand out folios do to the counter. pgmap_get_folio()
 * took nothing as first posted, and takes a reference in kernels that followed
 * the thread: the name does not say, so that the first calls are looked at.
 */
struct pgr_effect effects[PGR_HOOKS];

#define FOLIOS_MOST (1u << 20) /* of one call; the ledger has not room for so many */

/* Of a reference of which nobody says who had it. */
static const struct pgr_ledger_row nobody = {};

/* Is this put that of a device page, which on_free() has counted? */
static __always_inline bool put_is_counted(u64 addr)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = PGR_HOOK_FREE };
	struct stash *s = bpf_map_lookup_elem(&stashes, &k);

	if (!s || s->arg[0] != addr)
		return false;
	bpf_map_delete_elem(&stashes, &k);
	return true;
}

/* put_dev_pagemap_many(pgmap, refs), before it puts */
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
	/* Who took decides; of what nobody is known to have taken, who puts. */
	if (!known && !filter_task(&task))
		return 0;
	if (known < refs)
		__sync_fetch_and_add(&a.p->foreign_puts, refs - known);
	a.now = bpf_ktime_get_ns();
	drop_done(&a, &e);
	return 0;
}

/* A call that hands out folios, from its entry to its exit: stashed as arg[0..4]. */
enum {
	CALL_PGMAP,
	CALL_PFN, /* of the first page; 0 where the arguments do not say it */
	CALL_NR, /* CALL_RANGE: pages; else folios */
	CALL_VALUE, /* of the counter at the entry */
	CALL_FLAGS,
};

enum {
	CALL_DYING = 1, /* the pgmap was being torn down */
	CALL_IDLE = 2, /* the folio was idle, and no file had it */
	CALL_IN_USE = 4, /* it was in use; neither: a file had noted it, for this call or before */
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
	/* More than one entry share it: one of them was there before. */
	if (refs > idle_refs[type] || (mapping == MAPPING_SHARED && index > 1))
		return CALL_IN_USE;
	return mapping ? 0 : CALL_IDLE;
}

/* page: of the first folio, 0 where the arguments do not say it. */
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

/* One folio, the one at this pfn. */
static __always_inline int on_folio_ask(u32 hook, u64 addr, u64 pfn)
{
	return on_folio_call(hook, addr, pfn, page_of_pfn(pfn), 1, 0);
}

/* The folios of nr pages from this pfn on. */
static __always_inline int on_folio_range(u32 hook, u64 addr, u64 pfn, u64 nr)
{
	return on_folio_call(hook, addr, pfn, page_of_pfn(pfn), nr, CALL_RANGE);
}

/* nr folios from this one on. */
static __always_inline int on_folios(u32 hook, u64 addr, u64 folio, u64 nr)
{
	return on_folio_call(hook, addr, pfn_of_page(folio), folio, nr, CALL_FOLIOS);
}

/* One folio after the other that a call handed out. */
struct folios {
	u64 addr;
	u64 now;
	u64 stack;
	u64 pfn; /* of the next one */
	u64 end; /* behind the last page; 0: only so many folios */
	u64 new; /* that were not in the ledger */
	u32 silent; /* none of them is an event: they may have no reference */
	u32 pad;
	struct pgr_task task;
	struct pgr_ledger_row row;
	struct event e;
};

/* One per hook and CPU as in stack.bpf.h: with a loop in the way, the stack is too small. */
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
		return; /* in use already: no reference moved */
	f->new ++;
	__builtin_memset(row, 0, sizeof(*row));
	row->ns = row->last_ns = f->now;
	row->pfn = e->pfn;
	row->n = 1;
	row->order = e->order;
	row->task = f->task;
	row->followed = filter_task(&f->task);
	row->unconfirmed = f->silent;
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
		return 1; /* there is always one */
	p = bpf_map_lookup_elem(&pgmaps, &f->addr);
	if (!p)
		return 1; /* torn down meanwhile, and its ledger with it */
	if (page_head(page_of_pfn(f->pfn), &head)) {
		lose(PGR_LOSS_READ);
		return 1;
	}
	folio_took(f, p, head);
	return 0;
}

/*
 * What a call did to the counter; others may have moved it, too. Like folio_late()
 * a function of its own: what it needs of the stack is free again for the loop.
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

/* Folios of a pgmap that was dying when they were asked for. */
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
 * Folios were got, constructed or allocated: a reference for each that was idle
 * before. Whether it was, the ledger knows, which has a row for each in use,
 * whoever is followed. first: the first folio, or not 0 where the call says no more.
 */
static __always_inline int on_folio_get(void *ctx, u32 hook, u64 first)
{
	u32 slot = hook; /* what has an address is no constant any more */
	struct folios *f = bpf_map_lookup_elem(&folios_scratch, &slot);
	struct pgr_ledger_key key = { .holding = PGR_HOLD_FOLIO };
	struct pgr_pgmap *p;
	struct stash s;
	u64 pfn, most;
	s64 delta;
	u32 takes;

	if (!stash_take(hook, &s) || !first || !f)
		return 0; /* counted there, refused, and never */
	p = pgmap_of_event(s.arg[CALL_PGMAP]);
	/* One that was in use before has its reference from then; of several, only the first has. */
	if (!p || (s.arg[CALL_FLAGS] & CALL_IN_USE && s.arg[CALL_NR] == 1))
		return 0;
	pfn = s.arg[CALL_FLAGS] & (CALL_RANGE | CALL_FOLIOS) ? s.arg[CALL_PFN] : pfn_of_page(first);
	/* Most calls are for folios that are known: nothing to learn, and no stack to walk. */
	key.id = p->id;
	key.subject = pfn;
	if (s.arg[CALL_NR] == 1 && bpf_map_lookup_elem(&ledger, &key))
		return 0;
	delta = call_delta(&s);
	if (s.arg[CALL_FLAGS] & CALL_IDLE) {
		effect_learn(&effects[hook], delta);
		takes = pgr_effect__takes(&effects[hook]);
	} else {
		/* A file had it before the tool started, or not: only the counter says. */
		takes = delta > 0 ? PGR_TAKES : PGR_TAKES_NOTHING;
	}
	if (takes == PGR_TAKES_NOTHING) {
		/* Said by `probes`, and where layers would be compared; but a put may have hidden a get. */
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
	f->silent = takes == PGR_TAKES_UNKNOWN && delta <= 0;
	task_now(&f->task);
	most = s.arg[CALL_NR] < FOLIOS_MOST ? s.arg[CALL_NR] : FOLIOS_MOST;
	if (!series.drops_seen) {
		f->new = 1; /* at least: without rows nothing more is known */
	} else {
		bpf_loop(most, folio_took_next, &slot, 0);
		if (f->end ? f->pfn < f->end : most < s.arg[CALL_NR])
			lose(PGR_LOSS_LEDGER_FULL);
	}
	if (!(s.arg[CALL_FLAGS] & CALL_DYING))
		return 0;
	if (f->silent)
		lose(PGR_LOSS_STASH); /* it may have taken one: as above */
	else
		folio_late(f, pfn);
	return 0;
}

/* pgmap_put_folio(folio): what it is of, while it is sure to be there. */
static __always_inline int on_folio_put_call(u64 folio)
{
	struct stash s = { .arg = { page_pgmap(folio), pfn_of_page(folio), folio_order(folio) } };

	stash_put(PGR_HOOK_FOLIO_PUT, &s);
	return 0;
}

/* went: it has gone idle, and its reference with that. It says so itself. */
static __always_inline int on_folio_put(void *ctx, bool went)
{
	struct event e = { .event = PGR_EV_PUT, .n = -1, .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_key key = { .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_row row = {};
	struct pgr_task task;
	struct act a = { .ctx = ctx, .hook = PGR_HOOK_FOLIO_PUT, .task = &task, .row = &row };
	struct stash s;

	if (!stash_take(PGR_HOOK_FOLIO_PUT, &s) || !went)
		return 0; /* the former is counted there, the latter is still in use */
	a.addr = s.arg[CALL_PGMAP];
	a.p = pgmap_of_event(a.addr);
	if (!a.p)
		return 0;
	e.pfn = s.arg[CALL_PFN];
	e.order = s.arg[2];
	key.id = a.p->id;
	key.subject = e.pfn;
	task_now(&task);
	/* Who took decides; of one that is older than the tool, or was not kept, who puts. */
	if (ledger_take(&key, 0, &row) ? !row.followed : !filter_task(&task))
		return 0;
	/* It had a reference after all. */
	if (row.unconfirmed)
		__sync_fetch_and_add(&a.p->events[PGR_EV_GET], 1);
	a.now = bpf_ktime_get_ns();
	drop_done(&a, &e);
	return 0;
}

/*
 * get_dev_pagemap_many() of a pgmap that was dying when it was called: stashed
 * at the entry, so that one that began before the kill is not taken for one.
 */
static __always_inline int on_get_entry(u64 pfn)
{
	u64 pgmap = page_pgmap(page_of_pfn(pfn));
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = PGR_HOOK_PUT };
	struct stash s = { .arg = { pfn, pgmap } };

	if (pgmap && ref_flags_of((void *)pgmap) & PGR_REF_DYING)
		stash_put(PGR_HOOK_PUT, &s);
	else
		bpf_map_delete_elem(&stashes, &k); /* of a call whose exit was missed */
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
	/* Refused, nothing new, or a pgmap that is not followed, which account() counts. */
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

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The single path of all events of references, device pages, folios and DAX entries: account()
 * updates the counters of the pgmap, changes the ledger, and writes a record to the ring.
 */
#ifndef PGMAPREF_ACCOUNT_BPF_H
#define PGMAPREF_ACCOUNT_BPF_H

#include "bpf/dax.bpf.h"
#include "bpf/events.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/ledger.bpf.h"
#include "bpf/pgmaps.bpf.h"
#include "bpf/series.bpf.h"
#include "bpf/stack.bpf.h"

const volatile u8 want_events = 0; /* write a record for each event (trace) */
/* zone_device_page_init() takes a reference per page, not one per call (6.19 and later). */
const volatile u8 alloc_per_page = 0;

struct event {
	u32 event;
	u32 order;
	s64 n; /* references or pages, signed */
	s64 pending; /* what the kernel adds to the counter after the hook */
	u64 pfn;
	u64 mapping; /* of a DAX entry: address of its address_space, or 0 */
	u64 index;
	u16 all; /* a drop: of all entries that share the page */
	u16 unconfirmed; /* a take: as in struct pgr_ledger_row */
	u32 holding; /* enum pgr_holding */
};

/*
 * An event while its program runs: the task, the time and the pgmap. Owns nothing that it points
 * to.
 */
struct act {
	void *ctx; /* context of the program */
	u32 hook;
	u64 addr; /* of the dev_pagemap */
	struct pgr_pgmap *p; /* entry of map pgmaps */
	u64 now;
	u64 stack; /* key of map stacks; 0: no stack, or not taken yet */
	/* A breakpoint tells the value: *exact. NULL: the value is read. */
	const s64 *exact;
	const struct pgr_task *task;
	/*
	 * The row that is taken, or a copy of the row that is dropped. A drop whose taker was not
	 * seen has tgid 0.
	 */
	const struct pgr_ledger_row *row;
};

/* Row of an unknown taker. */
static const struct pgr_ledger_row nobody = {};

/* The counter behind the event, and its flags. */
static __always_inline s64 value_behind(const struct act *a, const struct event *e, u32 *flags)
{
	if (!a->exact)
		return ref_value((void *)a->addr, flags) + e->pending;
	*flags = ref_flags_of((void *)a->addr);
	return *a->exact;
}

static __always_inline void emit_event(const struct act *a, const struct event *e)
{
	const struct pgr_ledger_row *row = a->row;
	struct pgr_rec_event *r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);

	if (!r) {
		lose(PGR_LOSS_EVENT_RING);
		return;
	}
	r->h.record = PGR_REC_EVENT;
	r->h.id = a->p->id;
	r->h.ns = a->now;
	r->event = e->event;
	r->n = e->n;
	r->value = value_behind(a, e, &r->ref_flags);
	r->entries = a->p->entries;
	r->pfn = e->pfn;
	r->ino = row->ino;
	r->index = row->index;
	r->dev = row->dev;
	r->order = e->order;
	r->stack = a->stack;
	r->task = *a->task;
	r->taker = row->task;
	r->taken_at = row->stack;
	r->held_ns = row->ns ? a->now - row->ns : 0;
	bpf_ringbuf_submit(r, 0);
}

/*
 * A step of a teardown: a put of a dying pgmap (PGR_REC_DRAIN), or a get of a dying pgmap
 * (PGR_REC_LATE), which must not happen.
 */
static __always_inline void emit_move(const struct act *a, u32 record, const struct event *e)
{
	const struct pgr_ledger_row *row = a->row;
	s64 n = e->n < 0 ? -e->n : e->n;
	struct pgr_pgmap *p = a->p;
	struct pgr_rec_move *r;

	if (record == PGR_REC_DRAIN) {
		__sync_fetch_and_add(&p->drain_refs, n);
		if (row->task.tgid)
			__sync_fetch_and_add(&p->drain_known, n);
		/*
		 * No more records: an exiting process may put thousands of references, which would
		 * fill the ring.
		 */
		if (__sync_fetch_and_add(&p->drains, 1) >= PGR_DRAIN_KEPT)
			return;
	}
	r = bpf_ringbuf_reserve(&control, sizeof(*r), 0);
	if (!r) {
		lose(PGR_LOSS_CONTROL_RING);
		return;
	}
	r->h.record = record;
	r->h.id = p->id;
	r->h.ns = a->now;
	r->task = *a->task;
	r->taker = row->task;
	r->stack = a->stack;
	r->pfn = e->pfn;
	r->n = n;
	r->value = value_behind(a, e, &r->ref_flags);
	r->held_ns = row->ns ? a->now - row->ns : 0;
	r->order = row->order;
	bpf_ringbuf_submit(r, 0);
}

/*
 * The pgmap of an event. NULL if a filter leaves the pgmap out, or if the pgmap is not in map
 * pgmaps: then a loss is counted once the tool is ready.
 */
static __always_inline struct pgr_pgmap *pgmap_of_event(u64 addr)
{
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	if (!p) {
		if (ready)
			lose(PGR_LOSS_PGMAP_UNKNOWN);
		return NULL;
	}
	if (p->selected == PGR_SELECT_NO || !(filter_types >> (p->type & 7) & 1))
		return NULL;
	return p;
}

/*
 * The last part of every drop: counts the event, and writes the teardown's record and the line of
 * trace.
 */
static __always_inline void drop_done(struct act *a, const struct event *e)
{
	/* No teardown waits for DAX entries. On stock kernels most other puts cannot be seen. */
	bool drains = a->p->killed_ns && (e->event == PGR_EV_FREE ||
					  (e->event == PGR_EV_PUT &&
					   (series_sees_puts() || e->holding == PGR_HOLD_FOLIO)));

	a->stack = want_events || drains ? stack_key(a->ctx, a->hook) : 0;
	if (e->event < PGR_EVENTS)
		__sync_fetch_and_add(&a->p->events[e->event], 1);
	if (drains)
		emit_move(a, PGR_REC_DRAIN, e);
	if (want_events)
		emit_event(a, e);
}

/*
 * A reference, device page or DAX entry was taken: adds a row to the ledger and writes a line of
 * trace.
 */
static __always_inline void take(struct act *a, const struct event *e, struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = { .id = a->p->id, .holding = e->holding };
	u32 chr;

	/* Counts entries of all tasks, before the filter. */
	if (e->event == PGR_EV_INSERT) {
		__sync_fetch_and_add(&a->p->entries, 1);
		__sync_fetch_and_add(&a->p->entry_pages, e->n);
	}
	if (!filter_task(a->task)) {
		filter_left_out();
		return;
	}
	a->stack = stack_key(a->ctx, a->hook);
	row->ns = row->last_ns = a->now;
	row->stack = a->stack;
	row->pfn = e->pfn;
	row->n = e->holding == PGR_HOLD_ENTRY ? 1 : e->n;
	row->order = e->order;
	row->task = *a->task;
	row->index = e->index;
	row->unconfirmed = e->unconfirmed;
	if (e->mapping)
		mapping_inode(e->mapping, &row->ino, &row->dev, &chr);
	if (e->holding == PGR_HOLD_GET) {
		key.subject = a->stack;
		key.tid = a->task->tid;
		last_get_note(&key, row);
	} else {
		key.subject = e->pfn;
	}
	ledger_add(&key, row);
	if (e->event < PGR_EVENTS)
		__sync_fetch_and_add(&a->p->events[e->event], 1);
	if (e->event == PGR_EV_INSERT)
		folio_note_file(a->p->id, row);
	if (want_events)
		emit_event(a, e);
}

/*
 * A reference, device page or DAX entry was dropped: removes its row. A copy of the row in *row
 * tells who took it.
 */
static __always_inline void drop(struct act *a, const struct event *e, struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = { .id = a->p->id, .holding = e->holding, .subject = e->pfn };
	s64 n = e->all || e->holding != PGR_HOLD_ENTRY ? 0 : 1, rows;

	if (e->holding == PGR_HOLD_GET) {
		/* get_dev_pagemap() puts the pgmap that the same task passed in */
		if (filter_task(a->task))
			drop_done(a, e);
		else
			filter_left_out();
		return;
	}
	rows = ledger_take(&key, n, row);
	if (e->event == PGR_EV_DELETE) {
		s64 went = rows ? rows : 1;

		__sync_fetch_and_add(&a->p->entries, -went);
		__sync_fetch_and_add(&a->p->entry_pages, e->n * went);
	}
	/* The filter decides by the task that took the reference, not by the task that drops it. */
	if (rows ? e->holding == PGR_HOLD_FOLIO && !row->followed : filters_tasks()) {
		if (!rows && filter_task(a->task))
			left_out_count(PGR_LEFT_OUT_OLD);
		else
			filter_left_out();
		return;
	}
	drop_done(a, e);
}

/*
 * Every event of references, pages and entries passes through this function, except those that
 * folio.bpf.h hands to drop_done() and emit_event() itself.
 */
static __always_inline void account(void *ctx, u32 hook, u64 addr, const struct event *e)
{
	struct pgr_ledger_row row = {};
	struct pgr_task task;
	struct act a = {
		.ctx = ctx,
		.hook = hook,
		.addr = addr,
		.p = pgmap_of_event(addr),
		.now = bpf_ktime_get_ns(),
		.task = &task,
		.row = &row,
	};

	/* Breakpoints see each get and each put of an exact account: exact.bpf.h. */
	if (!a.p || (a.p->exact && e->holding == PGR_HOLD_GET))
		return;
	task_now(&task);
	if (e->n > 0)
		take(&a, e, &row);
	else
		drop(&a, e, &row);
}

/*
 * get_dev_pagemap(pfn, pgmap) -> ret. If ret is the pgmap that was passed in, no reference moved.
 * Otherwise the function put the reference of the given pgmap and took one of ret. Where puts are
 * visible, that put has its own event.
 */
static __always_inline int on_get(void *ctx, u64 pfn, u64 given, u64 ret, s64 refs)
{
	struct event e = { .pfn = pfn, .holding = PGR_HOLD_GET };

	if (ret == given)
		return 0;
	if (given && !series_sees_puts()) {
		e.event = PGR_EV_PUT;
		e.n = -1;
		account(ctx, PGR_HOOK_GET, given, &e);
	}
	if (ret) {
		e.event = PGR_EV_GET;
		e.n = refs;
		account(ctx, PGR_HOOK_GET, ret, &e);
	}
	return 0;
}

static __always_inline int on_alloc(void *ctx, u64 page, u64 pgmap, u32 order)
{
	struct event e = {
		.event = PGR_EV_ALLOC,
		.order = order,
		.n = alloc_per_page ? 1LL << (order & 31) : 1,
		.pfn = pfn_of_page(page),
		.holding = PGR_HOLD_PAGE,
	};

	account(ctx, PGR_HOOK_ALLOC, pgmap, &e);
	return 0;
}

/*
 * free_zone_device_page(page) and free_zone_device_folio(folio). The kernel puts the reference
 * after this hook.
 */
static __always_inline int on_free(void *ctx, u64 page)
{
	u64 pgmap = page_pgmap(page);
	u32 order = folio_order(page);
	struct event e = {
		.event = PGR_EV_FREE,
		.order = order,
		.n = alloc_per_page ? -(1LL << (order & 31)) : -1,
		.pfn = pfn_of_page(page),
		.holding = PGR_HOLD_PAGE,
	};
	struct stash s = { .arg = { pgmap } };
	u32 type;

	if (!pgmap) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	if (series_free_puts_all()) {
		e.event = PGR_EV_PUT;
		e.n = -1;
		e.holding = PGR_HOLD_FOLIO;
		e.pending = -1;
		account(ctx, PGR_HOOK_FREE, pgmap, &e);
		return 0;
	}
	/* For the other types, no reference of the pgmap is put here when the page becomes idle. */
	type = pgmap_type((void *)pgmap);
	if (type != PGR_TYPE_PRIVATE && type != PGR_TYPE_COHERENT)
		return 0;
	/*
	 * The kernel then calls put_dev_pagemap() (mm/memremap.c, 6.1). The stash prevents a second
	 * event for that call: put_is_counted().
	 */
	if (series_sees_puts())
		stash_put(PGR_HOOK_FREE, &s);
	e.pending = e.n;
	account(ctx, PGR_HOOK_FREE, pgmap, &e);
	return 0;
}

/*
 * dax_insert_entry(xas, vmf, iter, entry, pfn, flags) -> the entry that is now in place. It returns
 * `entry` itself if that entry was already in place.
 */
static __always_inline int on_insert(void *ctx, u64 xas_addr, u64 vmf_addr, u64 entry, u64 pfn,
				     u64 ret)
{
	struct xa_state *xas = (void *)xas_addr;
	struct vm_fault *vmf = (void *)vmf_addr;
	struct event e = { .event = PGR_EV_INSERT, .holding = PGR_HOLD_ENTRY };
	u64 pgmap;

	if (ret == entry || series_refused(ret))
		return 0;
	if (!dax_entry_is_value(ret)) {
		lose(PGR_LOSS_ENTRY_LAYOUT);
		return 0;
	}
	if (!dax_entry_has_page(ret))
		return 0;
	e.pfn = pfn & PFN_MASK;
	if (dax_entry_pfn(ret) != e.pfn && !dax_shift_learn(ret, e.pfn))
		lose(PGR_LOSS_ENTRY_LAYOUT);
	e.order = dax_entry_order(ret);
	e.n = 1LL << e.order;
	e.index = BPF_CORE_READ(xas, xa_index) & ~((1UL << e.order) - 1);
	e.mapping = (u64)BPF_CORE_READ(vmf, vma, vm_file, f_mapping);
	pgmap = page_pgmap(page_of_pfn(e.pfn));
	if (!pgmap) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	account(ctx, PGR_HOOK_INSERT, pgmap, &e);
	return 0;
}

/*
 * The form of dax_insert_entry() that reads the old entry from *pentry and writes the new one
 * there.
 */
static __always_inline int on_insert_call(u64 xas, u64 vmf, u64 pentry, u64 pfn)
{
	struct stash s = { .arg = { xas, vmf, pentry, pfn } };

	if (bpf_probe_read_kernel(&s.arg[4], sizeof(s.arg[4]), (void *)pentry))
		lose(PGR_LOSS_READ);
	stash_put(PGR_HOOK_INSERT, &s);
	return 0;
}

static __always_inline int on_insert_done(void *ctx)
{
	struct stash s;
	u64 entry;

	if (!stash_take(PGR_HOOK_INSERT, &s))
		return 0;
	if (bpf_probe_read_kernel(&entry, sizeof(entry), (void *)s.arg[2])) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	/*
	 * If the kernel refused the insertion, *pentry has not changed, and on_insert() returns at
	 * once.
	 */
	return on_insert(ctx, s.arg[0], s.arg[1], s.arg[4], s.arg[3], entry);
}

/*
 * Does this entry belong to an earlier pgmap on the same page frame? The device was unbound while
 * the entry existed, and bound again. The struct page that is there now has no mapping, or the
 * mapping of another file. given: the mapping from which the entry is deleted; 0: not known.
 */
static __always_inline bool is_former(u32 id, u64 pfn, u64 given)
{
	struct pgr_ledger_key key = { .id = id, .holding = PGR_HOLD_ENTRY, .subject = pfn };
	struct pgr_ledger_row *row = bpf_map_lookup_elem(&ledger, &key);
	struct page *page = (void *)page_of_pfn(pfn);
	u64 mapping = 0, ino = 0;
	u32 dev = 0, chr;

	if (bpf_core_read(&mapping, sizeof(mapping), &page->mapping))
		return false;
	if (!row)
		return !mapping;
	/*
	 * If several files share a page, 6.1 keeps only the latest mapping in page->mapping, and
	 * each delete clears it. If page->mapping is set and the ledger has exactly one entry, that
	 * entry belongs to page->mapping.
	 */
	if (!given || mapping == given || mapping <= 3 || row->n != 1)
		return false;
	mapping_inode(given, &ino, &dev, &chr);
	return row->ino != ino || row->dev != dev;
}

/* dax_disassociate_entry(entry, mapping, trunc), up to 6.14; mapping 0: not known */
static __always_inline int on_delete_entry(void *ctx, u64 entry, u64 mapping)
{
	struct event e = { .event = PGR_EV_DELETE, .holding = PGR_HOLD_ENTRY };
	struct pgr_pgmap *p;
	u64 pgmap;

	if (!dax_entry_is_value(entry) || !dax_entry_has_page(entry))
		return 0; /* holes and reservations have no page */
	e.pfn = dax_entry_pfn(entry);
	e.order = dax_entry_order(entry);
	e.n = -(1LL << e.order);
	pgmap = page_pgmap(page_of_pfn(e.pfn));
	if (!pgmap) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	p = bpf_map_lookup_elem(&pgmaps, &pgmap);
	if (p && is_former(p->id, e.pfn, mapping)) {
		__sync_fetch_and_add(&p->former_deletes, 1);
		return 0;
	}
	account(ctx, PGR_HOOK_DELETE, pgmap, &e);
	return 0;
}

/*
 * dax_folio_put(folio), 6.15 to 7.0: called for each entry. dax_folio_reset_order(folio), since
 * 7.1: called once, when the last entry that shares the folio is deleted.
 */
static __always_inline int on_delete_folio(void *ctx, u64 folio, u32 all)
{
	struct event e = { .event = PGR_EV_DELETE, .holding = PGR_HOLD_ENTRY, .all = all };
	u64 pgmap = page_pgmap(folio), mapping = 0;
	struct pgr_ledger_key key = { .holding = PGR_HOLD_ENTRY };
	struct pgr_pgmap *p;

	if (!pgmap) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	e.pfn = pfn_of_page(folio);
	e.order = folio_order(folio);
	e.n = -(1LL << e.order);
	/*
	 * fsdev_dax also calls dax_folio_reset_order() for each page when it probes and unbinds. No
	 * file ever mapped these pages. A page that files share has no mapping either: if its
	 * entries are older than the tool, it cannot be told from the pages of fsdev_dax here.
	 */
	bpf_core_read(&mapping, sizeof(mapping), &((struct page *)folio)->mapping);
	p = bpf_map_lookup_elem(&pgmaps, &pgmap);
	key.subject = e.pfn;
	key.id = p ? p->id : 0;
	if (!mapping && !(all ? 0 : folio_share(folio)) && !bpf_map_lookup_elem(&ledger, &key))
		return 0;
	account(ctx, PGR_HOOK_DELETE, pgmap, &e);
	return 0;
}

#endif /* PGMAPREF_ACCOUNT_BPF_H */

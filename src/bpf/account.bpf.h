/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The references and entries layers: events into counters, ledger and event log. */
#ifndef PGMAPREF_ACCOUNT_BPF_H
#define PGMAPREF_ACCOUNT_BPF_H

#include "bpf/dax.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/ledger.bpf.h"
#include "bpf/pgmaps.bpf.h"
#include "bpf/series.bpf.h"
#include "bpf/stack.bpf.h"

const volatile u8 want_events = 0; /* a record per event (trace) */
/* zone_device_page_init() takes a reference per page and not one per call (6.19 and later). */
const volatile u8 alloc_per_page = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

struct event {
	u32 event;
	u32 order;
	s64 n; /* references or pages, signed */
	s64 pending; /* what the kernel will still add to the value after the hook */
	u64 pfn;
	u64 mapping; /* DAX entries */
	u64 index;
	u32 all; /* a drop: of all that share the page */
	u32 holding; /* enum pgr_holding */
};

/* An event as it happens: who does it, when and to which pgmap. Borrows all of it. */
struct act {
	void *ctx; /* of the program */
	u32 hook;
	u64 addr; /* of the pgmap */
	struct pgr_pgmap *p; /* which is followed */
	u64 now;
	u64 stack; /* key; 0: none, or not taken yet */
	const struct pgr_task *task;
	/* Of what it takes, or of what it drops: then tgid 0 for a taker that nobody saw. */
	const struct pgr_ledger_row *row;
};

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
	r->value = ref_value((void *)a->addr, &r->ref_flags) + e->pending;
	r->entries = a->p->entries;
	r->pfn = e->pfn;
	r->ino = row->ino;
	r->index = row->index;
	r->dev = row->dev;
	r->order = e->order;
	r->stack = a->stack;
	r->task = *a->task;
	r->taker = row->task;
	r->held_ns = row->ns ? a->now - row->ns : 0;
	bpf_ringbuf_submit(r, 0);
}

/* A put of a pgmap that is dying is a step of its teardown, and so is a get, which must not be. */
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
		/* A process that exits may put thousands at a time: they would flood the ring. */
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
	r->value = ref_value((void *)a->addr, &r->ref_flags) + e->pending;
	r->held_ns = row->ns ? a->now - row->ns : 0;
	r->order = row->order;
	bpf_ringbuf_submit(r, 0);
}

/* The pgmap of an event, or NULL: not followed (then counted), or left out by a filter. */
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

/* The end of every drop: counted, a step of a teardown, a line of trace. */
static __always_inline void drop_done(struct act *a, const struct event *e)
{
	/* No teardown waits for DAX entries; of other puts most cannot be seen on stock kernels. */
	bool drains = a->p->killed_ns && (e->event == PGR_EV_FREE ||
					  (e->event == PGR_EV_PUT &&
					   (series.puts_visible || e->holding == PGR_HOLD_FOLIO)));

	a->stack = want_events || drains ? stack_key(a->ctx, a->hook) : 0;
	if (e->event < PGR_EVENTS)
		__sync_fetch_and_add(&a->p->events[e->event], 1);
	if (drains)
		emit_move(a, PGR_REC_DRAIN, e);
	if (want_events)
		emit_event(a, e);
}

/* A reference, device page or entry is taken: a row of the ledger, a line of trace. */
static __always_inline void take(struct act *a, const struct event *e, struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = { .id = a->p->id, .holding = e->holding };
	u32 chr;

	/* Of all tasks. */
	if (e->event == PGR_EV_INSERT) {
		__sync_fetch_and_add(&a->p->entries, 1);
		__sync_fetch_and_add(&a->p->entry_pages, e->n);
	}
	if (!filter_task(a->task))
		return;
	a->stack = stack_key(a->ctx, a->hook);
	row->ns = row->last_ns = a->now;
	row->stack = a->stack;
	row->pfn = e->pfn;
	row->n = e->holding == PGR_HOLD_ENTRY ? 1 : e->n;
	row->order = e->order;
	row->task = *a->task;
	row->index = e->index;
	row->unconfirmed = a->hook == PGR_HOOK_P2P_MAP_PAGE;
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

/* One is dropped: its row, if there is one, goes, and tells who took it. */
static __always_inline void drop(struct act *a, const struct event *e, struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = { .id = a->p->id, .holding = e->holding, .subject = e->pfn };
	s64 n = e->all || e->holding != PGR_HOLD_ENTRY ? 0 : 1, rows;

	if (e->holding == PGR_HOLD_GET) {
		/* put of a cached pgmap: by the task that got it */
		if (filter_task(a->task))
			drop_done(a, e);
		return;
	}
	rows = ledger_take(&key, n, row);
	if (e->event == PGR_EV_DELETE) {
		s64 went = rows ? rows : 1;

		__sync_fetch_and_add(&a->p->entries, -went);
		__sync_fetch_and_add(&a->p->entry_pages, e->n * went);
	}
	/* Whoever took it decides whether it is followed, not who drops it. */
	if (rows ? e->holding == PGR_HOLD_FOLIO && !row->followed : filters_tasks())
		return;
	drop_done(a, e);
}

/* The one way of every event into counters, ledger and event log. */
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

	if (!a.p)
		return;
	task_now(&task);
	if (e->n > 0)
		take(&a, e, &row);
	else
		drop(&a, e, &row);
}

/*
 * get_dev_pagemap(pfn, pgmap) -> ret. If ret is the pgmap that was passed in,
 * no reference moved; else that one's reference was put, and ret's was taken.
 * Where puts are visible, that put was an event of its own.
 */
static __always_inline int on_get(void *ctx, u64 pfn, u64 given, u64 ret, s64 refs)
{
	struct event e = { .pfn = pfn, .holding = PGR_HOLD_GET };

	if (ret == given)
		return 0;
	if (given && !series.puts_visible) {
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

/* free_zone_device_page(page) and _folio(folio); the put comes after the hook. */
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
	if (series.free_puts_all) {
		e.event = PGR_EV_PUT;
		e.n = -1;
		e.holding = PGR_HOLD_FOLIO;
		e.pending = -1;
		account(ctx, PGR_HOOK_FREE, pgmap, &e);
		return 0;
	}
	/* For the other types the page going idle moves no pgmap reference here. */
	type = pgmap_type((void *)pgmap);
	if (type != PGR_TYPE_PRIVATE && type != PGR_TYPE_COHERENT)
		return 0;
	/* Its put is put_dev_pagemap() (mm/memremap.c, 6.1): no event of its own. */
	if (series.puts_visible)
		stash_put(PGR_HOOK_FREE, &s);
	e.pending = e.n;
	account(ctx, PGR_HOOK_FREE, pgmap, &e);
	return 0;
}

/*
 * dax_insert_entry(xas, vmf, iter, entry, pfn, flags) -> the entry now in
 * place; entry itself when it was there already.
 */
static __always_inline int on_insert(void *ctx, u64 xas_addr, u64 vmf_addr, u64 entry, u64 pfn,
				     u64 ret)
{
	struct xa_state *xas = (void *)xas_addr;
	struct vm_fault *vmf = (void *)vmf_addr;
	struct event e = { .event = PGR_EV_INSERT, .holding = PGR_HOLD_ENTRY };
	u64 pgmap;

	/* 0: refused, where the pgmap accounts for its folios and is dying. */
	if (ret == entry || (series.on && !ret))
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

/* The form that takes and leaves the entry in *pentry. */
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
	/* Refused, it is as it was. */
	return on_insert(ctx, s.arg[0], s.arg[1], s.arg[4], s.arg[3], entry);
}

/*
 * Is this an entry of a former life of its page frame? The device was unbound under it and bound
 * again: the page that is there now knows nothing of it, or is another file's. given: the mapping
 * that it goes from; 0: not known.
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
	 * Of several files that read a page 6.1 keeps the mapping of the latest only. Each delete takes
	 * it away: where there is one, and one entry, that is the entry.
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
		return 0; /* holes and reservations are no entries of a page */
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
 * dax_folio_put(folio), 6.15 to 7.0: once for each entry; dax_folio_reset_order
 * (folio), since 7.1: once, when the last of the entries that share it goes.
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
	 * fsdev_dax also calls dax_folio_reset_order() for each page when it probes
	 * and unbinds: pages that no file ever mapped. A page that files share has no
	 * mapping, either; those older than the tool cannot be told apart here.
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

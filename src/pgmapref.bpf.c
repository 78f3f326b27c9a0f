// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The BPF programs: hooks -> account() -> maps and rings, and the
 * SEC("syscall") programs with which user space reads the kernel on demand.
 *
 * Each hook has a body, on_*(), and a wrapper for each way to attach it: fentry
 * or fexit, and kprobe with kretprobe. plan.c picks the wrapper that the
 * running kernel offers; the others are not loaded.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "pgmapref.h"
#include "loss.bpf.h"
#include "percpu_ref.bpf.h"
#include "page.bpf.h"
#include "dax.bpf.h"
#include "sweep.bpf.h"
#include "stack.bpf.h"
#include "ledger.bpf.h"
#include "filter.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile u8 want_events = 0; /* a record per event (trace) */
const volatile u8 want_ledger = 1;
/* zone_device_page_init() takes a reference per page and not one per call (6.19 and later). */
const volatile u8 alloc_per_page = 0;

/* The steps of teardowns, apart, so that no flood of gets can drown them. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct pgr_pgmap);
} pgmaps SEC(".maps");

/* Names given to devm_memremap_pages() until memremap_pages() returns. */
struct pgr_dev_name {
	char name[PGR_DEV];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u64);
	__type(value, struct pgr_dev_name);
} dev_names SEC(".maps");

/* Task -> the pgmap that it tears down. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u32);
	__type(value, u64);
} unmapping SEC(".maps");

/*
 * Teardowns of pgmaps that were not followed. One of a memremap_pages() that
 * fails is taken out again; what stays is a teardown that nobody judged.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u64);
	__type(value, struct pgr_task);
} unknown_unmaps SEC(".maps");

u64 aborted_creates;
u32 last_id;

/* Large values in the making, one per hook and CPU as in stack.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_HOOKS);
	__type(key, u32);
	__type(value, struct pgr_rec_pgmap);
} pgmap_scratch SEC(".maps");

/* A kprobe's arguments for its kretprobe, by task. */
struct stash {
	u64 arg[4];
};

struct stash_key {
	u32 tid;
	u32 hook;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct stash_key);
	__type(value, struct stash);
} stashes SEC(".maps");

static __always_inline void task_now(struct pgr_task *t)
{
	u64 id = bpf_get_current_pid_tgid();

	t->tgid = id >> 32;
	t->tid = (u32)id;
	bpf_get_current_comm(t->comm, sizeof(t->comm));
}

static __always_inline void stash_put(u32 hook, const struct stash *s)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = hook };

	if (bpf_map_update_elem(&stashes, &k, s, BPF_ANY))
		lose(PGR_LOSS_STASH);
}

static __always_inline bool stash_take(u32 hook, struct stash *s)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = hook };
	struct stash *p = bpf_map_lookup_elem(&stashes, &k);

	if (!p) {
		lose(PGR_LOSS_STASH);
		return false;
	}
	*s = *p;
	bpf_map_delete_elem(&stashes, &k);
	return true;
}

/*
 * A pointer as a number. fentry arguments are pointers to the verifier, with
 * which it allows no arithmetic; by way of memory they become plain words.
 */
static __always_inline u64 number(const void *p)
{
	const void *volatile slot = p;
	u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)&slot);
	return word;
}

static __always_inline bool is_err_ptr(u64 p)
{
	return p >= (u64)-4095;
}

/* ---- pgmaps ---------------------------------------------------------- */

static __always_inline u32 pgmap_type(struct dev_pagemap *pgmap)
{
	u32 t = BPF_CORE_READ(pgmap, type);

	if (t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_PRIVATE))
		return PGR_TYPE_PRIVATE;
	if (bpf_core_enum_value_exists(enum memory_type, MEMORY_DEVICE_COHERENT) &&
	    t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_COHERENT))
		return PGR_TYPE_COHERENT;
	if (t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_FS_DAX))
		return PGR_TYPE_FSDAX;
	if (t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_GENERIC))
		return PGR_TYPE_GENERIC;
	if (bpf_core_enum_value_exists(enum memory_type, MEMORY_DEVICE_PCI_P2PDMA) &&
	    t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_PCI_P2PDMA))
		return PGR_TYPE_P2PDMA;
	return PGR_TYPE_UNKNOWN;
}

#define PGMAP_ALTMAP_VALID 1u /* include/linux/memremap.h, 6.1 to 7.3 */

/* What the kernel says of a pgmap that is whole: after memremap_pages(). */
static __always_inline void pgmap_describe(struct dev_pagemap *pgmap, struct pgr_pgmap *p)
{
	p->addr = (u64)pgmap;
	p->type = pgmap_type(pgmap);
	p->ops = (u64)BPF_CORE_READ(pgmap, ops);
	p->owner = (u64)BPF_CORE_READ(pgmap, owner);
	p->vmemmap_shift = BPF_CORE_READ(pgmap, vmemmap_shift);
	p->nr_range = BPF_CORE_READ(pgmap, nr_range);
	p->skip = 0;
	if (BPF_CORE_READ(pgmap, flags) & PGMAP_ALTMAP_VALID)
		p->skip = BPF_CORE_READ(pgmap, altmap.reserve) + BPF_CORE_READ(pgmap, altmap.free);
	if (p->nr_range > PGR_RANGES)
		p->flags |= PGR_PGMAP_TRUNCATED;
	p->pages = 0;
	for (u32 i = 0; i < PGR_RANGES; i++) {
		u64 at = (u64)pgmap + bpf_core_field_offset(struct dev_pagemap, ranges) +
			 i * bpf_core_type_size(struct range);
		u64 n;

		if (i >= p->nr_range)
			break;
		if (bpf_probe_read_kernel(&p->range[i], sizeof(p->range[i]), (void *)at))
			lose(PGR_LOSS_READ);
		/* pfn_len() of mm/memremap.c */
		n = (p->range[i].end + 1 - p->range[i].start) >> PAGE_SHIFT;
		if (i == 0)
			n -= p->skip;
		p->pages += n >> (p->vmemmap_shift & 63);
	}
}

/* The value at rest of a pgmap whose birth was not seen. */
static __always_inline s64 pgmap_computed_baseline(const struct pgr_pgmap *p)
{
	if (p->type == PGR_TYPE_PRIVATE || p->type == PGR_TYPE_COHERENT)
		return 1;
	return 1 + p->pages;
}

static __always_inline struct pgr_rec_pgmap *pgmap_blank(u32 hook)
{
	struct pgr_rec_pgmap *r = bpf_map_lookup_elem(&pgmap_scratch, &hook);

	if (r)
		__builtin_memset(r, 0, sizeof(*r));
	return r;
}

static __always_inline int pgmap_publish(struct pgr_rec_pgmap *r, u64 addr, u64 map_flags)
{
	long err;

	r->h.record = PGR_REC_PGMAP;
	r->h.ns = r->pgmap.born_ns = bpf_ktime_get_ns();
	r->h.id = r->pgmap.id = __sync_fetch_and_add(&last_id, 1) + 1;
	err = bpf_map_update_elem(&pgmaps, &addr, &r->pgmap, map_flags);
	if (err) {
		if (err != -17 /* EEXIST */)
			lose(PGR_LOSS_PGMAP_FULL);
		return err;
	}
	/* Not lost for good without it: user space also walks map pgmaps. */
	if (bpf_ringbuf_output(&control, r, sizeof(*r), 0))
		lose(PGR_LOSS_CONTROL_RING);
	return 0;
}

static __always_inline int on_create(u64 addr, u64 ret)
{
	struct dev_pagemap *pgmap = (void *)addr;
	struct pgr_dev_name *name;
	struct pgr_rec_pgmap *r;
	u32 flags;

	if (is_err_ptr(ret)) {
		__sync_fetch_and_add(&aborted_creates, 1);
		bpf_map_delete_elem(&unknown_unmaps, &addr);
		bpf_map_delete_elem(&dev_names, &addr);
		return 0;
	}
	r = pgmap_blank(PGR_HOOK_CREATE);
	if (!r) {
		lose(PGR_LOSS_PGMAP_FULL);
		return 0;
	}
	pgmap_describe(pgmap, &r->pgmap);
	r->pgmap.baseline = ref_value(pgmap, &flags);
	if (flags & PGR_REF_UNREADABLE)
		r->pgmap.flags |= PGR_PGMAP_NO_VALUE;
	task_now(&r->pgmap.creator);
	name = bpf_map_lookup_elem(&dev_names, &addr);
	if (name) {
		__builtin_memcpy(r->pgmap.dev, name->name, PGR_DEV);
		bpf_map_delete_elem(&dev_names, &addr);
	}
	pgmap_publish(r, addr, BPF_ANY);
	return 0;
}

static __always_inline int on_name(u64 dev_addr, u64 pgmap)
{
	struct device *dev = (void *)dev_addr;
	struct pgr_dev_name n = {};
	const char *s = BPF_CORE_READ(dev, kobj.name);

	if (!s)
		s = BPF_CORE_READ(dev, init_name);
	if (bpf_probe_read_kernel_str(n.name, sizeof(n.name), s) < 0)
		lose(PGR_LOSS_READ);
	if (bpf_map_update_elem(&dev_names, &pgmap, &n, BPF_ANY))
		lose(PGR_LOSS_READ);
	return 0;
}

/* ---- teardown -------------------------------------------------------- */

static __always_inline int on_teardown(void *ctx, u64 addr)
{
	struct dev_pagemap *pgmap = (void *)addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct pgr_rec_teardown r = {};
	u32 tid;

	task_now(&r.task);
	if (!p) {
		if (bpf_map_update_elem(&unknown_unmaps, &addr, &r.task, BPF_ANY))
			lose(PGR_LOSS_PGMAP_UNKNOWN);
		return 0;
	}
	r.h.record = PGR_REC_TEARDOWN;
	r.h.id = p->id;
	r.h.ns = bpf_ktime_get_ns();
	r.value = ref_value(pgmap, &r.ref_flags);
	r.entries = p->entries;
	r.stack = stack_key(ctx, PGR_HOOK_TEARDOWN);
	p->killed_ns = r.h.ns;
	tid = r.task.tid;
	if (bpf_map_update_elem(&unmapping, &tid, &addr, BPF_ANY))
		lose(PGR_LOSS_STASH);
	if (bpf_ringbuf_output(&control, &r, sizeof(r), 0))
		lose(PGR_LOSS_CONTROL_RING);
	return 0;
}

/*
 * Sweeps of a teardown. Two programs serve this hook: the kernel does not run
 * a program again on a CPU where it was preempted, and a sweep can take long
 * enough for a second teardown to come along there. Whoever claims first works.
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
	sweep_run(key, p, sweep_budget_ns);
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
	if (bpf_ringbuf_output(&control, &r, sizeof(r), 0))
		lose(PGR_LOSS_CONTROL_RING);
	return 0;
}

static __always_inline int on_drained(void *ctx, u64 ref)
{
	return emit_step(ctx, ref - bpf_core_field_offset(struct dev_pagemap, ref),
			 PGR_REC_DRAINED, PGR_HOOK_DRAINED);
}

static __always_inline int on_gone(void *ctx, u64 addr)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();

	emit_step(ctx, addr, PGR_REC_GONE, PGR_HOOK_GONE);
	bpf_map_delete_elem(&unmapping, &tid);
	bpf_map_delete_elem(&pgmaps, &addr);
	return 0;
}

/* ---- references and entries ------------------------------------------ */

struct event {
	u32 event;
	u32 order;
	s64 n; /* references or pages, signed */
	s64 ahead; /* what the kernel will still add to the value after the hook */
	u64 pfn;
	u64 mapping; /* DAX entries */
	u64 index;
	u32 all; /* a drop: of all that share the page */
	u32 holding; /* enum pgr_holding */
};

static __always_inline void emit_event(const struct event *e, u32 id, struct dev_pagemap *pgmap,
				       u64 now, u64 stack, const struct pgr_task *task,
				       const struct pgr_ledger_row *row)
{
	struct pgr_rec_event *r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);

	if (!r) {
		lose(PGR_LOSS_EVENT_RING);
		return;
	}
	r->h.record = PGR_REC_EVENT;
	r->h.id = id;
	r->h.ns = now;
	r->event = e->event;
	r->n = e->n;
	r->value = ref_value(pgmap, &r->ref_flags) + e->ahead;
	r->pfn = e->pfn;
	r->ino = row->ino;
	r->index = row->index;
	r->dev = row->dev;
	r->order = e->order;
	r->stack = stack;
	r->task = *task;
	r->taker = row->task;
	r->held_ns = row->ns ? now - row->ns : 0;
	bpf_ringbuf_submit(r, 0);
}

/* The one way of every event into counters, ledger and event log. */
static __always_inline void account(void *ctx, u32 hook, u64 addr, const struct event *e)
{
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	u64 now = bpf_ktime_get_ns(), stack = 0;
	struct pgr_ledger_key key = {};
	struct pgr_ledger_row row = {};
	bool taking = e->n > 0;
	struct pgr_task task;
	s64 entries = 0;
	u32 chr;

	if (!p) {
		lose(PGR_LOSS_PGMAP_UNKNOWN);
		return;
	}
	if (p->selected == PGR_SELECT_NO || !(filter_types >> (p->type & 7) & 1))
		return;
	task_now(&task);
	if (taking && e->event == PGR_EV_INSERT) {
		__sync_fetch_and_add(&p->entries, 1);
		__sync_fetch_and_add(&p->entry_pages, e->n);
	}
	if (taking && !filter_task(&task))
		return;
	key.id = p->id;
	key.holding = e->holding;
	if (taking) {
		stack = stack_key(ctx, hook);
		row.ns = row.last_ns = now;
		row.stack = stack;
		row.pfn = e->pfn;
		row.n = e->holding == PGR_HOLD_ENTRY ? 1 : e->n;
		row.order = e->order;
		row.task = task;
		row.index = e->index;
		if (e->mapping)
			mapping_inode(e->mapping, &row.ino, &row.dev, &chr);
		if (e->holding == PGR_HOLD_GET) {
			key.what = stack;
			key.tid = task.tid;
		} else {
			key.what = e->pfn;
		}
		if (want_ledger)
			ledger_add(&key, &row);
	} else if (e->holding != PGR_HOLD_GET) {
		s64 n = e->all || e->holding != PGR_HOLD_ENTRY ? 0 : 1;

		key.what = e->pfn;
		entries = ledger_take(&key, n, &row);
		if (e->event == PGR_EV_DELETE) {
			__sync_fetch_and_add(&p->entries, -(entries ? entries : 1));
			__sync_fetch_and_add(&p->entry_pages, e->n);
		}
		/* Whoever took it decides whether it is followed, not who drops it. */
		if (!entries && filters_tasks())
			return;
		stack = want_events ? stack_key(ctx, hook) : 0;
	} else if (!filter_task(&task)) {
		return; /* put of a cached pgmap: by the task that got it */
	}
	if (e->event < PGR_EVENTS)
		__sync_fetch_and_add(&p->events[e->event], 1);
	if (want_events)
		emit_event(e, p->id, (void *)addr, now, stack, &task, &row);
}

/*
 * get_dev_pagemap(pfn, pgmap) -> ret. If ret is the pgmap that was passed in,
 * no reference moved; else that one's reference was put, and ret's was taken.
 */
static __always_inline int on_get(void *ctx, u64 pfn, u64 given, u64 ret)
{
	struct event e = { .pfn = pfn, .holding = PGR_HOLD_GET };

	if (ret == given)
		return 0;
	if (given) {
		e.event = PGR_EV_PUT;
		e.n = -1;
		account(ctx, PGR_HOOK_GET, given, &e);
	}
	if (ret) {
		e.event = PGR_EV_GET;
		e.n = 1;
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
	u32 type;

	if (!pgmap) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	/* For the other types the page going idle moves no pgmap reference here. */
	type = pgmap_type((void *)pgmap);
	if (type != PGR_TYPE_PRIVATE && type != PGR_TYPE_COHERENT)
		return 0;
	e.ahead = e.n;
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

	if (ret == entry)
		return 0;
	if (!dax_entry_is_value(ret)) {
		lose(PGR_LOSS_ENTRY_LAYOUT);
		return 0;
	}
	if (!dax_entry_has_page(ret))
		return 0;
	e.pfn = pfn & PFN_MASK;
	if (dax_entry_pfn(ret) != e.pfn)
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

/* dax_disassociate_entry(entry, mapping, trunc), up to 6.14 */
static __always_inline int on_delete_entry(void *ctx, u64 entry)
{
	struct event e = { .event = PGR_EV_DELETE, .holding = PGR_HOLD_ENTRY };
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
	 * and unbinds: pages that no file ever mapped.
	 */
	bpf_core_read(&mapping, sizeof(mapping), &((struct page *)folio)->mapping);
	p = bpf_map_lookup_elem(&pgmaps, &pgmap);
	key.what = e.pfn;
	key.id = p ? p->id : 0;
	if (!mapping && !bpf_map_lookup_elem(&ledger, &key))
		return 0;
	account(ctx, PGR_HOOK_DELETE, pgmap, &e);
	return 0;
}

/* ---- fentry and fexit ------------------------------------------------ */

SEC("fexit/memremap_pages")
int BPF_PROG(create_fexit, void *pgmap, int nid, void *ret)
{
	return on_create(number(pgmap), number(ret));
}

SEC("fentry/devm_memremap_pages")
int BPF_PROG(name_fentry, void *dev, void *pgmap)
{
	return on_name(number(dev), number(pgmap));
}

SEC("fentry/memunmap_pages")
int BPF_PROG(teardown_fentry, void *pgmap)
{
	return on_teardown(ctx, number(pgmap));
}

SEC("fentry/memunmap_pages")
int BPF_PROG(sweep_fentry, void *pgmap)
{
	return sweep_pgmap(number(pgmap), 0);
}

SEC("fentry/memunmap_pages")
int BPF_PROG(sweep2_fentry, void *pgmap)
{
	return sweep_pgmap(number(pgmap), 0);
}

SEC("fentry/arch_remove_memory")
int BPF_PROG(final_fentry)
{
	return on_final();
}

SEC("fentry/dev_pagemap_percpu_release")
int BPF_PROG(drained_fentry, void *ref)
{
	return on_drained(ctx, number(ref));
}

SEC("fexit/memunmap_pages")
int BPF_PROG(gone_fexit, void *pgmap)
{
	return on_gone(ctx, number(pgmap));
}

SEC("fexit/get_dev_pagemap")
int BPF_PROG(get2_fexit, u64 pfn, void *pgmap, void *ret)
{
	return on_get(ctx, pfn, number(pgmap), number(ret));
}

SEC("fexit/get_dev_pagemap")
int BPF_PROG(get1_fexit, u64 pfn, void *ret)
{
	return on_get(ctx, pfn, 0, number(ret));
}

SEC("fexit/zone_device_page_init")
int BPF_PROG(alloc1_fexit, void *page)
{
	return on_alloc(ctx, number(page), page_pgmap(number(page)), 0);
}

SEC("fexit/zone_device_page_init")
int BPF_PROG(alloc3_fexit, void *page, void *pgmap, u32 order)
{
	return on_alloc(ctx, number(page), number(pgmap), order);
}

SEC("fentry/free_zone_device_page")
int BPF_PROG(free_fentry, void *page)
{
	return on_free(ctx, number(page));
}

/* pfn is a pfn_t, a structure, up to 6.16: its one word is taken as it comes. */
SEC("fexit/dax_insert_entry")
int insert6_fexit(u64 *ctx)
{
	return on_insert(ctx, number((void *)ctx[0]), number((void *)ctx[1]),
			 number((void *)ctx[3]), ctx[4], number((void *)ctx[6]));
}

SEC("fentry/dax_disassociate_entry")
int delete_entry_fentry(u64 *ctx)
{
	return on_delete_entry(ctx, number((void *)ctx[0]));
}

SEC("fentry/dax_folio_put")
int BPF_PROG(delete_put_fentry, void *folio)
{
	return on_delete_folio(ctx, number(folio), 0);
}

SEC("fentry/dax_folio_reset_order")
int BPF_PROG(delete_reset_fentry, void *folio)
{
	return on_delete_folio(ctx, number(folio), 1);
}

/* ---- kprobe and kretprobe -------------------------------------------- */

SEC("kprobe/memremap_pages")
int BPF_KPROBE(create_kprobe, u64 pgmap)
{
	struct stash s = { .arg = { pgmap } };

	stash_put(PGR_HOOK_CREATE, &s);
	return 0;
}

SEC("kretprobe/memremap_pages")
int BPF_KRETPROBE(create_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_CREATE, &s) ? on_create(s.arg[0], ret) : 0;
}

SEC("kprobe/devm_memremap_pages")
int BPF_KPROBE(name_kprobe, u64 dev, u64 pgmap)
{
	return on_name(dev, pgmap);
}

SEC("kprobe/memunmap_pages")
int BPF_KPROBE(teardown_kprobe, u64 pgmap)
{
	return on_teardown(ctx, pgmap);
}

SEC("kprobe/memunmap_pages")
int BPF_KPROBE(sweep_kprobe, u64 pgmap)
{
	return sweep_pgmap(pgmap, 0);
}

SEC("kprobe/arch_remove_memory")
int BPF_KPROBE(final_kprobe)
{
	return on_final();
}

SEC("kprobe/dev_pagemap_percpu_release")
int BPF_KPROBE(drained_kprobe, u64 ref)
{
	return on_drained(ctx, ref);
}

SEC("kretprobe/memunmap_pages")
int BPF_KRETPROBE(gone_kretprobe)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	u64 *addr = bpf_map_lookup_elem(&unmapping, &tid);

	if (!addr)
		return 0; /* counted by on_teardown() */
	return on_gone(ctx, *addr);
}

SEC("kprobe/get_dev_pagemap")
int BPF_KPROBE(get_kprobe, u64 pfn, u64 pgmap)
{
	struct stash s = { .arg = { pfn, pgmap } };

	stash_put(PGR_HOOK_GET, &s);
	return 0;
}

SEC("kretprobe/get_dev_pagemap")
int BPF_KRETPROBE(get2_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_GET, &s) ? on_get(ctx, s.arg[0], s.arg[1], ret) : 0;
}

SEC("kretprobe/get_dev_pagemap")
int BPF_KRETPROBE(get1_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_GET, &s) ? on_get(ctx, s.arg[0], 0, ret) : 0;
}

SEC("kprobe/zone_device_page_init")
int BPF_KPROBE(alloc_kprobe, u64 page, u64 pgmap, u64 order)
{
	struct stash s = { .arg = { page, pgmap, order } };

	stash_put(PGR_HOOK_ALLOC, &s);
	return 0;
}

SEC("kretprobe/zone_device_page_init")
int BPF_KRETPROBE(alloc1_kretprobe)
{
	struct stash s;

	return stash_take(PGR_HOOK_ALLOC, &s) ?
		       on_alloc(ctx, s.arg[0], page_pgmap(s.arg[0]), 0) : 0;
}

SEC("kretprobe/zone_device_page_init")
int BPF_KRETPROBE(alloc3_kretprobe)
{
	struct stash s;

	return stash_take(PGR_HOOK_ALLOC, &s) ?
		       on_alloc(ctx, s.arg[0], s.arg[1], s.arg[2]) : 0;
}

SEC("kprobe/free_zone_device_page")
int BPF_KPROBE(free_kprobe, u64 page)
{
	return on_free(ctx, page);
}

SEC("kprobe/dax_insert_entry")
int BPF_KPROBE(insert6_kprobe, u64 xas, u64 vmf, u64 iter, u64 entry, u64 pfn)
{
	struct stash s = { .arg = { xas, vmf, entry, pfn } };

	stash_put(PGR_HOOK_INSERT, &s);
	return 0;
}

SEC("kretprobe/dax_insert_entry")
int BPF_KRETPROBE(insert6_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_INSERT, &s) ?
		       on_insert(ctx, s.arg[0], s.arg[1], s.arg[2], s.arg[3], ret) : 0;
}

SEC("kprobe/dax_disassociate_entry")
int BPF_KPROBE(delete_entry_kprobe, u64 entry)
{
	return on_delete_entry(ctx, entry);
}

SEC("kprobe/dax_folio_put")
int BPF_KPROBE(delete_put_kprobe, u64 folio)
{
	return on_delete_folio(ctx, folio, 0);
}

SEC("kprobe/dax_folio_reset_order")
int BPF_KPROBE(delete_reset_kprobe, u64 folio)
{
	return on_delete_folio(ctx, folio, 1);
}

/* Children of a followed COMMAND are followed too. */
SEC("raw_tp/sched_process_fork")
int fork_raw(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0];
	struct task_struct *child = (void *)ctx[1];
	u32 from = BPF_CORE_READ(parent, tgid), to = BPF_CORE_READ(child, tgid);
	u8 one = 1;

	if (from == to || !bpf_map_lookup_elem(&tgids, &from))
		return 0;
	if (bpf_map_update_elem(&tgids, &to, &one, BPF_ANY))
		lose(PGR_LOSS_STASH);
	return 0;
}

/* ---- on demand ------------------------------------------------------- */

/* Its one element's per-CPU addresses tell how far the areas are apart. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} cpu_probe SEC(".maps");

struct cpu_ctx {
	u64 percpu;
	u32 missing;
};

static long calibrate_cpu(u32 cpu, struct cpu_ctx *c)
{
	u32 zero = 0;
	void *p = bpf_map_lookup_percpu_elem(&cpu_probe, &zero, cpu);

	if (!p || cpu >= PGR_CPUS)
		return 1;
	cpu_off[cpu] = number(p) - c->percpu;
	return 0;
}

/*
 * Finds, without any symbol, what the kernel keeps to itself: where each CPU's
 * area is (from the per-CPU addresses of a map of our own), and the struct page
 * of a frame that user space knows the number of (a page of ring control).
 */
SEC("syscall")
int calibrate(struct pgr_calibrate_args *a)
{
	struct bpf_array *array = (void *)number(&cpu_probe);
	struct bpf_ringbuf_map *ring = (void *)number(&control);
	struct cpu_ctx c = {};
	u64 pages, page, at;

	a->err = -14; /* EFAULT */
	if (bpf_core_read(&c.percpu, sizeof(c.percpu), &array->pptrs[0]))
		return 0;
	if (bpf_loop(a->nr_cpus, calibrate_cpu, &c, 0) != a->nr_cpus)
		return 0;
	pages = (u64)BPF_CORE_READ(ring, rb, pages);
	at = bpf_core_field_offset(struct bpf_ringbuf, consumer_pos) >> PAGE_SHIFT;
	if (bpf_probe_read_kernel(&page, sizeof(page), (void *)(pages + at * sizeof(u64))))
		return 0;
	a->page = page;
	a->page_size = PAGE_SIZE_OF;
	a->err = 0;
	return 0;
}

SEC("syscall")
int lookup_pfn(struct pgr_lookup_args *a)
{
	a->addr = vmemmap_base ? page_pgmap(page_of_pfn(a->pfn)) : 0;
	a->err = a->addr ? 0 : -2; /* ENOENT */
	return 0;
}

/* One node of an xarray, so that user space can walk it. */
SEC("syscall")
int read_node(struct pgr_node_args *a)
{
	struct xarray *xa = (void *)a->addr;
	u64 at = a->node, word;
	u32 n = bpf_core_field_size(struct xa_node, slots) / sizeof(u64);

	a->err = -14; /* EFAULT */
	if (at) {
		at += bpf_core_field_offset(struct xa_node, slots);
	} else {
		at = (u64)xa + bpf_core_field_offset(struct xarray, xa_head);
		n = 1;
	}
	/* Unrolled: the context takes constant offsets only. */
#pragma unroll
	for (u32 i = 0; i < 64; i++) {
		if (i < n) {
			if (bpf_probe_read_kernel(&word, sizeof(word), (void *)(at + i * sizeof(u64))))
				return 0;
			a->slots[i] = word;
		}
	}
	a->nr = n;
	a->err = 0;
	return 0;
}

/* Takes a pgmap that is older than the tool into map pgmaps, if it is one. */
SEC("syscall")
int adopt(struct pgr_adopt_args *a)
{
	struct dev_pagemap *pgmap = (void *)a->addr;
	u64 addr = a->addr, own = a->addr + bpf_core_field_offset(struct dev_pagemap, ref);
	u32 flags;
	struct pgr_pgmap *known;
	struct pgr_rec_pgmap *r;

	a->err = -22; /* EINVAL: not a pgmap */
	if ((u64)BPF_CORE_READ(pgmap, ref.data, ref) != own)
		return 0;
	if (a->release && (u64)BPF_CORE_READ(pgmap, ref.data, release) != a->release)
		return 0;
	known = bpf_map_lookup_elem(&pgmaps, &addr);
	if (known) {
		a->id = known->id;
		a->err = 0;
		return 0;
	}
	r = pgmap_blank(PGR_HOOK_NAME); /* on_create() may run meanwhile, with its own */
	if (!r)
		return 0;
	pgmap_describe(pgmap, &r->pgmap);
	r->pgmap.baseline = pgmap_computed_baseline(&r->pgmap);
	r->pgmap.flags |= PGR_PGMAP_ADOPTED;
	ref_value(pgmap, &flags);
	if (flags & PGR_REF_UNREADABLE)
		r->pgmap.flags |= PGR_PGMAP_NO_VALUE;
	if (flags & PGR_REF_DYING) {
		r->pgmap.flags |= PGR_PGMAP_DYING_AT_START;
		r->pgmap.killed_ns = bpf_ktime_get_ns();
	}
	a->err = pgmap_publish(r, addr, BPF_NOEXIST);
	a->id = r->pgmap.id;
	return 0;
}

SEC("syscall")
int select_pgmap(struct pgr_select_args *a)
{
	u64 addr = a->addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	a->err = p ? 0 : -116; /* ESTALE */
	if (p)
		p->selected = a->selected;
	return 0;
}

SEC("syscall")
int sample(struct pgr_sample_args *a)
{
	u64 addr = a->addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	if (!p || p->id != a->id) {
		a->err = -116; /* ESTALE */
		return 0;
	}
	a->ns = bpf_ktime_get_ns();
	a->value = ref_value((void *)addr, &a->ref_flags);
	a->err = 0;
	return 0;
}

SEC("syscall")
int sweep(struct pgr_sweep_args *a)
{
	u64 addr = a->addr, key = addr | 1;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	if (!p || p->id != a->id) {
		a->err = -116; /* ESTALE */
		return 0;
	}
	a->err = bpf_map_update_elem(&sweeps, &key, &sweep_zero, BPF_ANY);
	if (a->err)
		return 0;
	sweep_run(key, p, 60000000000ULL);
	return 0;
}

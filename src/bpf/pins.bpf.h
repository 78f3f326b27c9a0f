/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records who pinned which page. The hooks are at the calls of pin_user_pages() and
 * get_user_pages(), not at each page. These calls are made by every process on the system. If
 * neither the first nor the last page of a call belongs to a followed pgmap, the program ends after
 * two comparisons.
 *
 * An unpin removes its pins. A page taken by get_user_pages() is given back by put_page(), which is
 * not traced: sweeps mark the pins of busy pages, and pins that a complete sweep did not mark are
 * deleted.
 */
#ifndef PGMAPREF_PINS_BPF_H
#define PGMAPREF_PINS_BPF_H

#include "bpf/filter.bpf.h"
#include "bpf/guarded.bpf.h"
#include "bpf/idle.bpf.h"
#include "bpf/pgmaps.bpf.h"
#include "bpf/stack.bpf.h"

const volatile u8 want_pins = 0;
/*
 * Set for `check`: records also how many other references a page had at each pin, and which unpins
 * may have belonged to another pin. User space then can tell a pin that replaced another pin from a
 * pin that stayed.
 */
const volatile u8 want_others = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct pgr_pin_key);
	__type(value, struct pgr_pin);
} pins SEC(".maps");

/* Set by the insert that found map pins full, cleared by the next delete. */
u32 pins_full;
/* When the tool started. An older process may have pins that were not traced. */
u64 tool_began_ns;
/* Set by the first pin. Before it there is nothing to unpin, mark or delete. */
u32 pins_any;

/* State of the loop over the pages of one call. */
struct pin_walk {
	u64 at; /* address of an array of struct page *, or of the first struct page */
	u64 nr; /* number of pages; without an array they are contiguous */
	u64 now;
	struct pgr_pin row; /* of a new pin */
	struct pgr_task task; /* the task that unpins */
	u32 array;
	u32 type; /* of the pgmap of the last page */
	u32 own; /* the task unpins its own pins, see unpins_its_own() */
	/*
	 * State of pin_add(). It is here and not in registers: the verifier would follow each value
	 * through the loop over the slots.
	 */
	u32 free; /* a slot without pins, PGR_PIN_SLOTS: none */
	u32 foreign; /* of the row that was there */
	u32 elders; /* of the other rows of the folio */
};

/* One element per hook and CPU, as in stack.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_HOOKS);
	__type(key, u32);
	__type(value, struct pin_walk);
} pin_walks SEC(".maps");

/* ---- the map ----------------------------------------------------------------- */

/* If the ring is full, nothing is lost: user space also reads pins_any, later. */
static __always_inline void tell_pinned(u64 now)
{
	struct pgr_header h = { .record = PGR_REC_PINNED, .ns = now };

	bpf_ringbuf_output(&control, &h, sizeof(h), 0);
}

/*
 * References of a folio above idle, without those of mappings. -1: could not be read; the loss is
 * counted here.
 */
static __always_inline s64 folio_extra(u64 folio, u32 type)
{
	u64 refs_at = folio + bpf_core_field_offset(struct page, _refcount.counter);
	u64 flags, maps_at;
	s32 before = 0, refs, after = 0, idle;
	bool holds;

	if (type >= PGR_TYPES)
		goto unread;
	/* Before any helper is called: 6.1 forgets the bound of a number that it spills. */
	idle = idle_refs[type];
	holds = maps_hold[type];
	if (bpf_probe_read_kernel(&flags, sizeof(flags), (void *)folio))
		goto unread;
	maps_at = folio + page_mapcount_offset(page_flags_head(flags));
	/*
	 * The number of mappings may change meanwhile. The smaller number is used: then no
	 * reference of another kind is missed.
	 */
	if (bpf_probe_read_kernel(&before, sizeof(before), (void *)maps_at) ||
	    bpf_probe_read_kernel(&refs, sizeof(refs), (void *)refs_at) ||
	    bpf_probe_read_kernel(&after, sizeof(after), (void *)maps_at))
		goto unread;
	if (after < before)
		before = after;
	if (before < -1 || !holds)
		before = -1;
	return (s64)refs - idle - (before + 1);

unread:
	lose(PGR_LOSS_PIN_READ);
	return -1;
}

/*
 * Number of references that others have to this folio. All `own` pins of this call are still there,
 * because the call has not returned yet.
 */
static __always_inline s64 pin_others(const struct pin_walk *w, u64 folio, u32 own)
{
	s64 extra = folio_extra(folio, w->type), mine = own;

	if (w->row.how == PGR_PIN_PIN && !w->row.order)
		mine *= GUP_PIN_BIAS;
	/* If the count could not be read, assume the largest number. */
	return extra < 0 ? PGR_PIN_LEAST_UNKNOWN : extra < mine ? 0 : extra - mine;
}

/* Does the new pin belong to this row? If not, notes what a new row needs to know. */
static __always_inline bool pin_belongs(struct pin_walk *w, const struct pgr_pin *r, u32 slot)
{
	if (r->elders > w->elders)
		w->elders = r->elders;
	if (r->stack == w->row.stack && r->task.tgid == w->row.task.tgid && r->how == w->row.how)
		return true;
	/* A row without pins, which stays only for its mark `foreign`: reuse it. */
	if (want_others && r->n <= 0 && r->foreign && w->free == PGR_PIN_SLOTS) {
		w->free = slot;
		w->foreign = r->foreign;
	}
	return false;
}

static __noinline int pin_again(struct pin_walk *w, struct pgr_pin *r, u64 folio)
{
	s64 others;

	__sync_fetch_and_add(&r->n, 1);
	/* One call may pin several pages of a large folio. */
	r->of_call = r->last_ns == w->now ? r->of_call + 1 : 1;
	r->last_ns = w->now;
	if (want_others) {
		others = pin_others(w, folio, r->of_call);
		if (others < r->least)
			r->least = others;
	}
	return 0;
}

static __noinline int pin_add(struct pin_walk *w, struct pgr_pin_key *key, u64 folio)
{
	struct pgr_pin *r;
	int err;

	w->row.least = PGR_PIN_LEAST_UNKNOWN;
	w->free = PGR_PIN_SLOTS;
	w->foreign = w->elders = 0;
	for (u32 slot = 0; slot < PGR_PIN_SLOTS; slot++) {
		key->slot = slot;
		r = bpf_map_lookup_elem(&pins, key);
		if (!r && w->free == PGR_PIN_SLOTS)
			w->free = slot;
		if (r && pin_belongs(w, r, slot))
			return pin_again(w, r, folio);
	}
	if (w->free >= PGR_PIN_SLOTS) {
		lose(PGR_LOSS_PIN_SLOTS);
		return 0;
	}
	key->slot = w->free;
	if (!pins_any) {
		pins_any = 1;
		tell_pinned(w->now);
	}
	if (want_others)
		w->row.least = pin_others(w, folio, 1);
	w->row.foreign = w->foreign;
	w->row.elders = w->elders;
	err = add_unless_full(&pins, key, &w->row, w->foreign ? BPF_ANY : BPF_NOEXIST, &pins_full,
			      PGR_LOSS_PIN_FULL);
	if (err && err != -E2BIG)
		lose(PGR_LOSS_PIN_READ); /* another CPU took this slot first */
	return 0;
}

/*
 * Takes at most n pins from this slot; returns how many it took. own: only from a row of process
 * tgid; else only from a row of another process. A global function: the verifier checks it once,
 * not for each slot and each call.
 */
__noinline s64 pin_take(const struct pgr_pin_key *of, u32 slot, s64 n, u32 tgid, bool own)
{
	struct pgr_pin_key key;
	struct pgr_pin *r;
	s64 went;

	if (!of)
		return 0;
	/* 6.1 accepts a key only on the stack of the same function. */
	key = *of;
	key.slot = slot;
	r = bpf_map_lookup_elem(&pins, &key);
	if (!r || r->how != PGR_PIN_PIN || (r->task.tgid == tgid) != own)
		return 0;
	went = r->n < n ? r->n : n;
	if (went < 0)
		went = 0;
	if (want_others && !own && went)
		__sync_fetch_and_add(&r->foreign, (u32)went);
	/*
	 * A row whose pins another process unpinned stays for its mark `foreign` while the page is
	 * busy.
	 */
	if (__sync_fetch_and_add(&r->n, -went) - went <= 0 && !(want_others && r->foreign) &&
	    !bpf_map_delete_elem(&pins, &key))
		pins_full = 0;
	return went;
}

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h, 6.1 to 7.3 */
#define TASK_STACK (16 << 10) /* x86-64: THREAD_SIZE; interrupts have their own stack */

/*
 * Is the running task a process that is older than the tool? If it has no traced pin on a page, it
 * unpins a pin that it took before the tool started. Kernel threads and interrupts are excluded:
 * they may unpin the pages of any process.
 */
static __always_inline bool unpins_its_own(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return want_others && !(BPF_CORE_READ(task, flags) & PF_KTHREAD) &&
	       number(ctx) - (u64)BPF_CORE_READ(task, stack) < TASK_STACK &&
	       BPF_CORE_READ(task, group_leader, start_time) < tool_began_ns;
}

/*
 * Adds n to `elders` of all rows of this folio: n pins that were not traced are gone. The number is
 * needed while other pins are there.
 */
static __noinline int pin_elders(struct pgr_pin_key *key, u64 n)
{
	for (u32 slot = 0; slot < PGR_PIN_SLOTS; slot++) {
		struct pgr_pin *r;

		key->slot = slot;
		r = bpf_map_lookup_elem(&pins, key);
		if (r)
			__sync_fetch_and_add(&r->elders, (u32)n);
	}
	return 0;
}

/*
 * An unpin tells the page, but not which pin of the page it removes. Usually it is a pin of the
 * same process. If that process has none (a worker, an interrupt), a pin of any process is removed.
 */
static __noinline int pin_drop(struct pin_walk *w, struct pgr_pin_key *key, u64 n)
{
	s64 left = n;

	for (u32 slot = 0; slot < PGR_PIN_SLOTS && left > 0; slot++)
		left -= pin_take(key, slot, left, w->task.tgid, true);
	if (left > 0 && w->own)
		return pin_elders(key, left);
	for (u32 slot = 0; slot < PGR_PIN_SLOTS && left > 0; slot++)
		left -= pin_take(key, slot, left, w->task.tgid, false);
	return 0;
}

/*
 * The sweep calls this for a busy folio that has `pinned` pins and `others` other references above
 * idle. Marks the rows of the folio as seen. A row cannot have more pins than the folio has
 * references: the put_page() that follows get_user_pages() is not traced. If a folio has several
 * rows, it is not known which task gave its references back.
 */
__noinline int pins_mark(u32 id, u64 pfn, u64 start_ns, u32 pinned, u32 others)
{
	struct pgr_pin_key key = { .id = id, .pfn = pfn };

	for (u32 slot = 0; slot < PGR_PIN_SLOTS; slot++) {
		struct pgr_pin *r;
		s64 most;

		key.slot = slot;
		r = bpf_map_lookup_elem(&pins, &key);
		if (!r)
			continue;
		most = r->how == PGR_PIN_PIN ? pinned : others;
		/*
		 * Keep the number if a pin came after the sweep began: the counts may not include
		 * it.
		 */
		if (r->n > most && r->last_ns < start_ns)
			r->n = most;
		if (most)
			r->seen_ns = start_ns;
	}
	return 0;
}

static long pin_forget(void *map, struct pgr_pin_key *key, struct pgr_pin *r,
		       struct pgr_forget_args *a)
{
	struct pgr_pin_key k = *key;

	if (k.id == a->id && r->seen_ns < a->start_ns && r->last_ns < a->start_ns &&
	    !bpf_map_delete_elem(&pins, &k))
		pins_full = 0;
	return 0;
}

/* ---- calls ------------------------------------------------------------------- */

/*
 * Makes the key and the folio of a page, and the type of its pgmap. Returns false if the page does
 * not belong to a followed pgmap that the filters select.
 */
static __always_inline bool pin_key(u64 page, struct pgr_pin_key *key, u64 *folio, u32 *type)
{
	u64 pgmap;
	struct pgr_pgmap *p;

	if (!in_bounds(page))
		return false;
	if (page_head(page, folio)) {
		lose(PGR_LOSS_PIN_READ);
		return false;
	}
	pgmap = page_pgmap(*folio);
	p = bpf_map_lookup_elem(&pgmaps, &pgmap);
	/* The bounds may also contain ordinary memory, where this word is not a pgmap. */
	if (!p || p->selected == PGR_SELECT_NO || !(filter_types >> (p->type & 7) & 1))
		return false;
	key->id = p->id;
	key->pfn = pfn_of_page(*folio);
	*type = p->type;
	return true;
}

/* Page i of a call. 0: could not be read; the loss is counted here. */
static __always_inline u64 pin_page(const struct pin_walk *w, u64 i)
{
	u64 page = 0;

	if (!w->array)
		return w->at + i * PAGE_SIZE_OF;
	if (bpf_probe_read_kernel(&page, sizeof(page), (void *)(w->at + i * sizeof(u64))))
		lose(PGR_LOSS_PIN_READ);
	return page;
}

static long pin_next(u32 i, u32 *hook)
{
	struct pin_walk *w = bpf_map_lookup_elem(&pin_walks, hook);
	struct pgr_pin_key key = {};
	u64 folio;

	if (!w)
		return 1; /* never NULL */
	if (!pin_key(pin_page(w, i), &key, &folio, &w->type))
		return 0;
	w->row.order = folio_order(folio);
	return pin_add(w, &key, folio);
}

static long unpin_next(u32 i, u32 *hook)
{
	struct pin_walk *w = bpf_map_lookup_elem(&pin_walks, hook);
	struct pgr_pin_key key = {};
	u64 folio;

	if (!w)
		return 1; /* never NULL */
	if (!pin_key(pin_page(w, i), &key, &folio, &w->type))
		return 0;
	return pin_drop(w, &key, 1);
}

/*
 * Reads an element of an array of struct page *. Every call of these functions on the system pays
 * for this read: by a guarded load, if there is one. If that fails, it reads 0, which is not a page.
 */
static __always_inline int pin_element(u64 at, u64 *page)
{
	if (has_rdonly_cast) {
		*page = guarded_load(at);
		return 0;
	}
	return bpf_probe_read_kernel(page, sizeof(*page), (void *)at);
}

/*
 * True in a check if pages were pinned at its start: a pin that replaces one of those pins may be
 * anywhere in a call.
 */
static __always_inline bool pin_anywhere(void)
{
	return want_others && tool_began_ns;
}

/*
 * Is the first or the last page of this array within the bounds? The programs end here for calls on
 * ordinary memory.
 */
static __always_inline bool pin_worth(u64 pages, s64 nr)
{
	u64 page = 0;

	if (nr <= 0 || !pages)
		return false; /* the call failed, or it only faulted pages in */
	if (pin_element(pages, &page)) {
		lose(PGR_LOSS_PIN_READ);
		return false;
	}
	if (in_bounds(page))
		return true;
	if (nr == 1)
		return false;
	if (pin_anywhere())
		return true;
	if (pin_element(pages + (nr - 1) * sizeof(u64), &page)) {
		lose(PGR_LOSS_PIN_READ);
		return false;
	}
	return in_bounds(page);
}

static __always_inline void pin_walk_all(struct pin_walk *w, u32 *slot, bool unpin)
{
	u32 most = w->nr < PGR_PIN_CALL ? w->nr : PGR_PIN_CALL;

	if (w->nr > PGR_PIN_CALL)
		lose(PGR_LOSS_PIN_MORE);
	if (unpin)
		bpf_loop(most, unpin_next, slot, 0);
	else
		bpf_loop(most, pin_next, slot, 0);
}

/*
 * Not inlined: calls on ordinary memory, which are nearly all calls on the system, then do not save
 * registers for this code.
 */
static __noinline int pin_these(void *ctx, u32 hook, u32 how, u64 pages, u64 nr)
{
	u32 slot = hook; /* a copy: its address is taken, it is no constant */
	struct pgr_pin_key key = {};
	struct pin_walk *w;
	bool at_ends;
	u64 folio;

	w = bpf_map_lookup_elem(&pin_walks, &slot);
	if (!w)
		return 0; /* never NULL */
	w->at = pages;
	w->nr = nr;
	w->array = 1;
	/* The bounds may also contain ordinary memory, or a pgmap that the filters leave out. */
	at_ends = pin_key(pin_page(w, 0), &key, &folio, &w->type) ||
		  pin_key(pin_page(w, nr - 1), &key, &folio, &w->type);
	if (!at_ends && !pin_anywhere())
		return 0;
	__builtin_memset(&w->row, 0, sizeof(w->row));
	w->now = w->row.ns = w->row.last_ns = bpf_ktime_get_ns();
	w->row.n = w->row.of_call = 1;
	w->row.how = how;
	task_now(&w->row.task);
	/*
	 * Tasks that the filter leaves out also get rows. Without them, their unpins would remove
	 * pins of other tasks.
	 */
	w->row.followed = filter_task(&w->row.task);
	/* A stack for every call on the system would leave no room for the stacks that matter. */
	if (w->row.followed && at_ends)
		w->row.stack = stack_key(ctx, hook);
	pin_walk_all(w, &slot, false);
	return 0;
}

/* pages: an array of nr struct page *. The call filled it in and returned nr. */
static __always_inline int on_pin(void *ctx, u32 hook, u32 how, u64 pages, s64 nr)
{
	return pin_worth(pages, nr) ? pin_these(ctx, hook, how, pages, nr) : 0;
}

static __noinline int unpin_these(void *ctx, u32 hook, u64 pages, u64 nr, u32 array)
{
	u32 slot = hook;
	struct pin_walk *w;

	w = bpf_map_lookup_elem(&pin_walks, &slot);
	if (!w)
		return 0; /* never NULL */
	w->at = pages;
	w->nr = nr;
	w->array = array;
	w->own = unpins_its_own(ctx);
	task_now(&w->task);
	pin_walk_all(w, &slot, true);
	return 0;
}

/* pages: an array of nr struct page *. If array is 0: the first of nr contiguous struct pages. */
static __always_inline int on_unpin(void *ctx, u32 hook, u64 pages, u64 nr, u32 array)
{
	if (!pins_any)
		return 0;
	if (array ? !pin_worth(pages, nr) :
		    !in_bounds(pages) && !in_bounds(pages + (nr - 1) * PAGE_SIZE_OF))
		return 0;
	return unpin_these(ctx, hook, pages, nr, array);
}

/* Removes nr pins of one folio. */
static __always_inline int on_unpin_folio(void *ctx, u32 hook, u64 folio, u64 nr)
{
	u32 slot = hook;
	struct pgr_pin_key key = {};
	struct pin_walk *w;
	u64 head;
	u32 type;

	if (!pins_any || !pin_key(folio, &key, &head, &type))
		return 0;
	w = bpf_map_lookup_elem(&pin_walks, &slot);
	if (!w)
		return 0; /* never NULL */
	w->own = unpins_its_own(ctx);
	task_now(&w->task);
	return pin_drop(w, &key, nr);
}

/* ---- bounds -------------------------------------------------------------------- */

static long bounds_next(void *map, u64 *addr, struct pgr_pgmap *p, struct bounds *b)
{
	bounds_widen(b, p);
	return 0;
}

#define BOUNDS_AGAIN 3

/*
 * Call this after a pgmap is gone. A new pgmap widens the bounds by itself, before or after they
 * are set here. If it was before, bounds_gen has changed, and the loop starts again.
 */
static __always_inline void bounds_narrow(void)
{
	for (int i = 0; i < BOUNDS_AGAIN; i++) {
		struct bounds b = { .low = ~0ULL };
		u64 gen = bounds_gen;

		bpf_for_each_map_elem(&pgmaps, bounds_next, &b, 0);
		bounds_low = b.low;
		bounds_high = b.high;
		if (bounds_gen == gen)
			return;
	}
	bounds_low = 0;
	bounds_high = ~0ULL;
}

#endif /* PGMAPREF_PINS_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweep: reads every struct page of a pgmap and counts the pages above the idle refcount of
 * their type. Its state is in a map value. If the counters were on the stack, the verifiers of 6.12
 * and later would know their values and follow every iteration.
 */
#ifndef PGMAPREF_SWEEP_BPF_H
#define PGMAPREF_SWEEP_BPF_H

#include "bpf/ahead.bpf.h"
#include "bpf/dismiss.bpf.h"
#include "bpf/entries.bpf.h"
#include "bpf/inject.bpf.h"
#include "bpf/page.bpf.h"
#include "bpf/pins.bpf.h"
#include "bpf/series.bpf.h"
#include "bpf/sweep_state.bpf.h"

/* Longest time of a sweep: well below the 21 s of an RCU stall warning. */
const volatile u64 sweep_budget_ns = 5000000000ULL;

#define SWEEP_CLOCK 64 /* calls between two readings of the clock */

/* Every busy page of a sweep on demand. At most one sweep on demand runs at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, 1 << 10); /* BPF_F_MMAPABLE */
	__uint(max_entries, PGR_BUSY_ROWS);
	__type(key, u32);
	__type(value, struct pgr_busy_row);
} busy_rows SEC(".maps");

/*
 * Index of a file in file[], or the next free index. PGR_ENTRY_FILES: no free index. A global
 * function: otherwise the verifier checks the code after the search once for each index.
 */
__noinline int sweep_place(struct sweep_state *s, u64 mapping)
{
	u32 n;

	if (!s)
		return PGR_ENTRY_FILES;
	n = s->rec.sweep.nr_files;
	for (u32 at = 0; at < PGR_ENTRY_FILES; at++)
		if (at >= n || s->rec.sweep.file[at].mapping == mapping)
			return at;
	return PGR_ENTRY_FILES;
}

/* Counts `pages` pages from this pfn on under their file. entry: count an entry too. */
static __always_inline void sweep_file(struct sweep_state *s, u64 mapping, u64 pfn, u64 index,
				       u64 pages, bool entry)
{
	struct pgr_sweep *r = &s->rec.sweep;
	u32 at = s->file & (PGR_ENTRY_FILES - 1), n = r->nr_files;
	struct pgr_entry_file *f = &r->file[at];
	u32 chr;

	/* The pages of one file usually follow one another. */
	if (!n || f->mapping != mapping) {
		at = sweep_place(s, mapping);
		if (at >= PGR_ENTRY_FILES) {
			r->other_pages += pages;
			return;
		}
		f = &r->file[at & (PGR_ENTRY_FILES - 1)];
		s->file = at;
		if (at >= n) {
			f->mapping = mapping;
			f->first_index = index;
			f->first_pfn = pfn;
			mapping_inode(mapping, &f->ino, &f->dev, &chr);
			f->unlinked = !BPF_CORE_READ((struct address_space *)mapping, host, i_nlink);
			r->nr_files = at + 1;
		}
	}
	f->entries += entry;
	f->pages += pages;
	if (index < f->first_index)
		f->first_index = index;
	if (index + pages - 1 > f->last_index)
		f->last_index = index + pages - 1;
	f->last_pfn = pfn + pages - 1;
}

/*
 * Counts the DAX entries for page k of the buffer, which is not a tail. A global function for the
 * same reason as sweep_page().
 */
__noinline int sweep_entries(struct sweep_state *s, u32 k)
{
	u64 off = (u64)k * PAGE_SIZE_OF, mapping, index, pfn, n, pages = 1;
	bool large, maybe, entry = true;
	struct pgr_sweep *r;

	if (!s)
		return 0;
	r = &s->rec.sweep;
	pfn = s->pfn + k;
	index = sweep_word(s, off + page_index_offset());
	large = page_flags_head(sweep_word(s, off));
	n = page_entries(sweep_word(s, off + bpf_core_field_offset(struct page, mapping)), index,
			 large, &mapping, &maybe);
	r->maybe_shared += maybe;
	if (!n)
		return 0;
	if (large)
		pages <<= sweep_word(s, off + folio_order_offset()) & 31;
	if (!mapping) {
		r->shared_pages += pages;
	} else if (pfn < s->entry_end) {
		entry = false;
	} else if (!large && !((pfn | index) & (ENTRY_PMD_PAGES - 1)) &&
		   entry_order(mapping, index)) {
		s->entry_end = pfn + ENTRY_PMD_PAGES;
	}
	if (entry)
		r->entries += n;
	r->entry_pages += pages;
	if (mapping)
		sweep_file(s, mapping, pfn, index, pages, entry);
	return 0;
}

/*
 * Decodes and counts the busy page at offset `off` of the buffer, which has `extra` references
 * above idle. If rows are wanted, adds a row to busy_rows. Returns the pins of the page.
 */
static __always_inline u32 sweep_busy(struct sweep_state *s, u64 off, u64 pfn, s32 extra, bool large)
{
	struct pgr_sweep *r = &s->rec.sweep;
	u32 at = s->rows, order = 0, pins = (u32)extra / GUP_PIN_BIAS, others;
	struct pgr_busy_row *row;

	if (large) {
		u64 pins_at = folio_pincount_offset();

		order = sweep_word(s, off + folio_order_offset()) & 0xff;
		/*
		 * The pin count is read after the refcount and may be newer: limit it to the
		 * references.
		 */
		pins = pins_at && pins_at < 2 * PAGE_SIZE_OF ? sweep_int(s, off + pins_at) : 0;
		if (pins > (u32)extra)
			pins = extra;
	}
	others = large ? extra - pins : (u32)extra % GUP_PIN_BIAS;
	r->pins += pins;
	r->others += others;
	if (want_pins && pins_any)
		pins_mark(s->id, pfn, r->start_ns, pins, others);
	if (!s->rows_on)
		return pins;
	row = bpf_map_lookup_elem(&busy_rows, &at);
	if (!row)
		return pins; /* never NULL: see sweep_pauses() */
	row->pfn = pfn;
	row->extra = extra;
	row->pins = pins;
	row->order = order;
	s->rows = at + 1;
	return pins;
}

/* Has busy_rows too little room for the next batch? The sweep pauses then. */
static __always_inline bool sweep_pauses(struct sweep_state *s)
{
	if (!s->rows_on || s->rows + SWEEP_BATCH <= PGR_BUSY_ROWS)
		return false;
	s->stop = s->at > s->first ? s->at : s->first;
	return true;
}

/*
 * Sweeps struct page k of the buffer. A global function: the verifier checks it once, not for each
 * page and each path to it.
 */
__noinline int sweep_page(struct sweep_state *s, u32 k)
{
	u64 refs_off = bpf_core_field_offset(struct page, _refcount.counter);
	struct pgr_busy_page *b;
	s32 refs, maps, idle;
	struct pgr_sweep *r;
	u64 pfn, off;
	u32 type, at, pins;
	bool large;

	if (!s)
		return 0;
	r = &s->rec.sweep;
	pfn = s->pfn + k;
	off = (u64)k * PAGE_SIZE_OF;
	type = s->type;
	if (pfn < s->first || pfn >= s->limit || type >= PGR_TYPES)
		return 0;
	r->seen++;
	refs = sweep_int(s, off + refs_off);
	idle = idle_refs[type];
	/* Idle pages may have entries too. Both words are 0 in a page that no file ever had. */
	if (type == PGR_TYPE_FSDAX && !(sweep_word(s, off + page_compound_offset()) & 1) &&
	    (sweep_word(s, off + bpf_core_field_offset(struct page, mapping)) ||
	     sweep_word(s, off + page_index_offset())))
		sweep_entries(s, k);
	if (series_accounts_folios() && !(sweep_word(s, off + page_compound_offset()) & 1) &&
	    series_in_use(type, refs > idle,
			  sweep_word(s, off + bpf_core_field_offset(struct page, mapping))))
		r->used++;
	/* Tails belong to their head, which is swept by itself. */
	if (refs <= idle || (sweep_word(s, off + page_compound_offset()) & 1))
		return 0;
	large = page_flags_head(sweep_word(s, off));
	maps = sweep_int(s, off + page_mapcount_offset(large)) + 1;
	/* _mapcount and page_type share a word: a value below -1 is not a count. */
	if (maps < 0 || !maps_hold[type])
		maps = 0;
	if (maps)
		r->mapped++;
	if (refs - idle - maps <= 0)
		return 0;
	r->busy++;
	r->extra += refs - idle - maps;
	pins = sweep_busy(s, off, pfn, refs - idle - maps, large);
	at = r->listed;
	if (at >= PGR_BUSY)
		return 0;
	b = &r->list[at];
	b->pfn = pfn;
	b->refcount = refs;
	b->mapcount = maps;
	b->pins = pins;
	b->mapping = sweep_word(s, off + bpf_core_field_offset(struct page, mapping));
	b->index = sweep_word(s, off + page_index_offset());
	b->order = large ? sweep_word(s, off + folio_order_offset()) & 0xff : 0;
	/* Low bits set: anonymous memory; or (void *)1, a shared DAX page up to 6.14. */
	if (b->mapping && !(b->mapping & 3)) {
		mapping_inode(b->mapping, &b->ino, &b->dev, &b->chr);
		b->inode_going_away = mapping_going(b->mapping);
	}
	r->listed = at + 1;
	return 0;
}

/* Counts the pages of the range, among n, that could not be read. */
static __always_inline void sweep_fault(struct sweep_state *s, u64 pfn, u64 n)
{
	u64 first = pfn > s->first ? pfn : s->first;
	u64 limit = pfn + n < s->limit ? pfn + n : s->limit;

	if (limit > first)
		s->rec.sweep.faults += limit - first;
}

/* Copies `bytes` bytes of struct pages from this pfn on. */
static __always_inline bool sweep_copy(struct sweep_state *s, u64 pfn, u32 bytes)
{
	s->pfn = pfn;
	return bytes <= PAGE_BATCH_BYTES && !read_fails() &&
	       !bpf_probe_read_kernel(s->buf, bytes, (void *)page_of_pfn(repeated(pfn)));
}

/*
 * Is the batch copied as a whole? With guarded loads only those parts are copied that they do not
 * dismiss.
 */
static __always_inline bool sweep_copies_whole(void)
{
	return !has_guarded_page() && PAGE_SIZE_OF == SWEEP_PAGE_SIZE;
}

/*
 * Sweeps part q of a batch. The steps of a sweep are global functions; otherwise the verifier would
 * check them once for each path to them.
 */
__noinline int sweep_part(struct sweep_state *s, u32 q)
{
	u32 from = 0;
	u64 pfn;

	if (!s)
		return 0;
	pfn = s->at + q * SWEEP_PART;
	if (pfn + SWEEP_PART <= s->first || pfn >= s->limit)
		return 0;
	if (sweep_copies_whole()) {
		from = q * SWEEP_PART;
		if (dismiss_part(s, pfn, from * SWEEP_PAGE_SIZE))
			return 0;
	} else {
		if (has_guarded_page() && !failing_reads &&
		    dismiss_part(s, pfn, page_of_pfn(repeated(pfn))))
			return 0;
		if (!sweep_copy(s, pfn, SWEEP_PART * PAGE_SIZE_OF)) {
			sweep_fault(s, pfn, SWEEP_PART);
			return 0;
		}
	}
	for (u32 k = 0; k < SWEEP_PART; k++)
		sweep_page(s, from + k);
	return 0;
}

/*
 * A batch of heads only: with vmemmap_shift tails hold 0, and may share their memory. The second
 * struct page is read with the first, because it holds counts of the folio.
 */
__noinline int sweep_heads(struct sweep_state *s)
{
	u64 pfn;

	if (!s)
		return 0;
	pfn = s->at;
	if (has_guarded_page() && !failing_reads && dismiss_may(s, pfn, s->stride * SWEEP_PART) &&
	    dismiss_part_idle(s, page_of_pfn(repeated(pfn)))) {
		s->rec.sweep.seen += SWEEP_PART;
		return 0;
	}
	for (u32 k = 0; k < SWEEP_PART; k++) {
		if (pfn + s->stride > s->limit)
			break;
		if (sweep_copy(s, pfn, 2 * PAGE_SIZE_OF))
			sweep_page(s, 0);
		else
			s->rec.sweep.faults++;
		pfn += s->stride;
	}
	return 0;
}

/*
 * A frame of struct pages that cannot be read: one try for all. Before that a guarded load tells
 * whether it is worth a try, for a fault costs as much as a hundred pages.
 */
static __always_inline bool sweep_hole(struct sweep_state *s, u64 page)
{
	u64 word;

	if (failing_reads || !s->idle_word || page % PAGE_BATCH_BYTES)
		return false;
	if (s->last != SWEEP_HOLE &&
	    guarded_load(page + bpf_core_field_offset(struct page, _mapcount.counter)))
		return false;
	s->last = SWEEP_IDLE;
	if (!bpf_probe_read_kernel(&word, sizeof(word), (void *)page))
		return false;
	s->last = SWEEP_HOLE;
	sweep_fault(s, s->at, SWEEP_BATCH);
	return true;
}

/* Sweeps batch i of the range. Returns 1 if it pauses there instead. */
__noinline int sweep_step(struct sweep_state *s, u64 i)
{
	u64 page;

	if (!s)
		return 1;
	s->at = s->base + i * (s->stride > 1 ? s->stride * SWEEP_PART : SWEEP_BATCH);
	if (sweep_pauses(s))
		return 1;
	if (s->stride > 1) {
		sweep_heads(s);
		return 0;
	}
	page = page_of_pfn(repeated(s->at));
	if (has_guarded_page()) {
		if (sweep_hole(s, page) || (!failing_reads && dismiss_batch(s, page)))
			return 0;
	} else if (sweep_copies_whole()) {
		page = 0; /* of the copy */
		if (!sweep_copy(s, s->at, SWEEP_BATCH * SWEEP_PAGE_SIZE)) {
			sweep_fault(s, s->at, SWEEP_BATCH);
			return 0;
		}
		if (dismiss_batch(s, page))
			return 0;
	}
	for (u32 q = 0; q < SWEEP_BATCH / SWEEP_PART; q++)
		if (!dismiss_again(s, q, page))
			sweep_part(s, q);
	return 0;
}

struct sweep_ctx {
	u64 key;
};

/* Reads the clock before a batch: may the sweep go on? */
static __always_inline bool sweep_is_over(struct sweep_state *s, u64 batch)
{
	u64 now = bpf_ktime_get_ns();

	if (now > s->deadline) {
		s->rec.sweep.flags |= PGR_SWEEP_OUT_OF_TIME;
		return true;
	}
	if (!s->pause || now < s->pause)
		return false;
	s->stop = s->base + batch * (s->stride > 1 ? s->stride * SWEEP_PART : SWEEP_BATCH);
	return true;
}

static long sweep_steps(u32 i, struct sweep_ctx *c)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &c->key);
	u64 step = (u64)i * SWEEP_STEPS;

	if (!s)
		return 1;
	if (i && !(i % SWEEP_CLOCK) && sweep_is_over(s, step))
		return 1;
	if (ahead_skips(s, i))
		return 0;
	for (u32 k = 0; k < SWEEP_STEPS; k++, step++) {
		if (step >= s->batches || sweep_step(s, step))
			return 1;
	}
	return 0;
}

/*
 * Reads range number s->range of the pgmap, and plans its batches. Returns 1 if the sweep must end
 * before this range. The kernel keeps the ranges as long as the pgmap; behind them, or after a
 * teardown, what is read here may be anything.
 */
__noinline int sweep_plan(struct sweep_state *s)
{
	struct pgr_range range;
	u32 shift;
	struct pgr_sweep *r;
	u64 first, limit, span;

	if (!s)
		return 1;
	r = &s->rec.sweep;
	range = s->head;
	if (s->range) {
		if (range_read(s->pgmap, s->range, &range) || range.start < s->span.start ||
		    range.end > s->span.end) {
			r->flags |= PGR_SWEEP_TRUNCATED;
			return 1;
		}
		if (bpf_ktime_get_ns() > s->deadline) {
			r->flags |= PGR_SWEEP_OUT_OF_TIME;
			return 1;
		}
	}
	shift = s->shift & 31;
	first = range.start >> PAGE_SHIFT;
	limit = (range.end >> PAGE_SHIFT) + 1;
	if (!s->range)
		first += s->altmap_pages;
	if (s->resume)
		first = s->resume;
	s->resume = 0;
	s->batches = 0;
	if (first >= limit)
		return 0;
	s->first = first;
	s->limit = limit;
	/*
	 * Batches begin at a multiple of their size: then the second struct page of a large folio
	 * is in the same part as the first, and no part lies in two page frames.
	 */
	s->stride = 1ULL << shift;
	s->base = shift ? first : first & -SWEEP_BATCH;
	span = shift ? s->stride * SWEEP_PART : SWEEP_BATCH;
	s->batches = (limit - s->base + span - 1) / span;
	return 0;
}

/* Sweeps the next range. */
static long sweep_range(u32 i, struct sweep_ctx *c)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &c->key);

	if (!s || sweep_plan(s))
		return 1;
	ahead_offer(s);
	bpf_loop((s->batches + SWEEP_STEPS - 1) / SWEEP_STEPS, sweep_steps, c, 0);
	ahead_withdraw(s);
	if (s->stop) {
		s->rec.sweep.flags |= PGR_SWEEP_PAUSED;
		return 1;
	}
	if (s->rec.sweep.flags & PGR_SWEEP_OUT_OF_TIME)
		return 1;
	s->range++;
	return 0;
}

/*
 * Sweeps pgmap p into element `key` of map sweeps, or continues a paused sweep. The caller adds the
 * element before, and reads and deletes it afterwards.
 */
static __always_inline void sweep_run(u64 key, struct pgr_pgmap *p)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &key);
	struct sweep_ctx c = { .key = key };
	u64 began = bpf_ktime_get_ns(), budget;
	u32 type = p->type, nr = p->nr_range;
	struct pgr_sweep *r;

	if (!s)
		return;
	r = &s->rec.sweep;
	r->pages = p->pages;
	if (!r->start_ns)
		r->start_ns = began;
	s->resume = s->stop;
	s->stop = 0;
	r->flags &= ~PGR_SWEEP_PAUSED;
	s->key = key;
	s->type = type;
	s->id = p->id;
	s->pgmap = p->addr;
	s->altmap_pages = p->altmap_pages;
	s->head = p->first;
	s->span = p->span;
	s->shift = p->vmemmap_shift;
	s->idle_word = dismiss_word(type);
	budget = s->budget_ns ? s->budget_ns : sweep_budget_ns;
	s->deadline = began + (r->ns < budget ? budget - r->ns : 0);
	s->pause = s->pause_ns ? began + s->pause_ns : 0;
	if (!vmemmap_base)
		r->flags |= PGR_SWEEP_NO_VMEMMAP;
	if (type >= PGR_TYPES || idle_refs[type] < 0)
		r->flags |= PGR_SWEEP_NO_IDLE;
	if (p->flags & PGR_PGMAP_TRUNCATED || !nr)
		r->flags |= PGR_SWEEP_TRUNCATED;
	if (r->flags & (PGR_SWEEP_NO_VMEMMAP | PGR_SWEEP_NO_IDLE))
		return;
	if (!p->first.end)
		nr = 0; /* it could not be read */
	if (nr > PGR_RANGES_MAX)
		nr = PGR_RANGES_MAX;
	if (s->range < nr)
		bpf_loop(nr - s->range, sweep_range, &c, 0);
	if (r->seen + r->faults >= r->pages && !(r->flags & PGR_SWEEP_TRUNCATED))
		r->flags |= PGR_SWEEP_DONE;
	r->ns += bpf_ktime_get_ns() - began;
}

#endif /* PGMAPREF_SWEEP_BPF_H */

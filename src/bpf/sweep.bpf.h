/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweep: reads every struct page of a pgmap and counts the pages above the idle refcount of
 * their type. Its state is in a map value. If the counters were on the stack, the verifiers of 6.12
 * and later would know their values and follow every iteration.
 */
#ifndef PGMAPREF_SWEEP_BPF_H
#define PGMAPREF_SWEEP_BPF_H

#include "bpf/entries.bpf.h"
#include "bpf/inject.bpf.h"
#include "bpf/page.bpf.h"
#include "bpf/pins.bpf.h"
#include "bpf/series.bpf.h"

/* Longest time of a sweep: well below the 21 s of an RCU stall warning. */
const volatile u64 sweep_budget_ns = 5000000000ULL;

#define SWEEP_BLOCK 4096 /* batches between two readings of the clock */

/* Value of map sweeps: the result, and the state of the loop. */
struct sweep_state {
	struct pgr_rec_sweep rec;
	u64 key; /* key in map sweeps */
	u64 first; /* first pfn to sweep in this range */
	u64 limit; /* pfn behind the last one to sweep */
	u64 base; /* pfn of batch 0; first rounded down */
	u64 batches; /* number of batches in this range */
	u64 block; /* batches that were done when the current block began */
	u64 deadline;
	u64 pfn; /* of the first struct page in buf */
	u32 stride; /* pages from one batch to the next */
	u32 per_batch; /* struct pages swept in a batch */
	u32 bytes; /* bytes read in a batch */
	u32 type;
	u32 id; /* of the pgmap */
	u32 file; /* index in rec.sweep.file[] of the last file found */
	u64 entry_end; /* pfn behind the last entry that was counted */
	u32 rows_on; /* 1: also write busy pages to map busy_rows */
	u32 rows; /* number of rows in busy_rows */
	u32 range; /* range in which a paused sweep goes on */
	u64 stop; /* pfn at which a paused sweep goes on; 0: not paused */
	u8 buf[PAGE_BATCH_BYTES];
	u64 slack; /* room for a word that begins at the last byte of buf */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u64);
	__type(value, struct sweep_state);
} sweeps SEC(".maps");

/* Initial value of new elements of map sweeps: too large for the stack. */
static const struct sweep_state sweep_zero = {};

/* Every busy page of a sweep on demand. At most one sweep on demand runs at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, 1 << 10); /* BPF_F_MMAPABLE */
	__uint(max_entries, PGR_BUSY_ROWS);
	__type(key, u32);
	__type(value, struct pgr_busy_row);
} busy_rows SEC(".maps");

struct sweep_ctx {
	u64 key;
};

/*
 * A mask, not a comparison: 6.1 does not see the bounds of a 32-bit offset, and 6.12 loses the
 * bounds of an offset that was compared several times.
 */
static __always_inline u64 sweep_word(struct sweep_state *s, u64 off)
{
	return *(u64 *)(s->buf + (off & (PAGE_BATCH_BYTES - 1)));
}

static __always_inline s32 sweep_int(struct sweep_state *s, u64 off)
{
	return *(s32 *)(s->buf + (off & (PAGE_BATCH_BYTES - 1)));
}

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
	if (!s->rows_on || s->rows + PAGE_BATCH_BYTES / 64 <= PGR_BUSY_ROWS)
		return false;
	s->stop = s->pfn > s->first ? s->pfn : s->first;
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

/*
 * Sweeps batch i of the current block, or pauses there. The steps of a sweep are global functions;
 * otherwise the verifier would check them once for each path to them.
 */
__noinline int sweep_step(struct sweep_state *s, u32 i)
{
	u32 n, bytes;

	if (!s)
		return 0;
	s->pfn = s->base + (s->block + i) * s->stride;
	if (sweep_pauses(s))
		return 0;
	n = s->per_batch;
	bytes = s->bytes;
	if (bytes > PAGE_BATCH_BYTES || read_fails() ||
	    bpf_probe_read_kernel(s->buf, bytes, (void *)page_of_pfn(s->pfn))) {
		s->rec.sweep.faults += n;
		return 0;
	}
	for (u32 k = 0; k < PAGE_BATCH_BYTES / 64; k++) {
		if (k >= n)
			break;
		sweep_page(s, k);
	}
	return 0;
}

static long sweep_batch(u32 i, struct sweep_ctx *c)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &c->key);

	if (!s)
		return 1;
	sweep_step(s, i);
	return s->stop != 0;
}

static long sweep_block(u32 i, struct sweep_ctx *c)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &c->key);
	u64 left;

	if (!s)
		return 1;
	s->block = (u64)i * SWEEP_BLOCK;
	if (s->block >= s->batches)
		return 1;
	left = s->batches - s->block;
	bpf_loop(left < SWEEP_BLOCK ? left : SWEEP_BLOCK, sweep_batch, c, 0);
	if (s->stop)
		return 1;
	if (left > SWEEP_BLOCK && bpf_ktime_get_ns() > s->deadline) {
		s->rec.sweep.flags |= PGR_SWEEP_OUT_OF_TIME;
		return 1;
	}
	return 0;
}

/*
 * Sweeps range k of p. If `resume` is not 0, starts at pfn `resume`. Returns 1 if the sweep must
 * end after this range.
 */
__noinline int sweep_range(struct sweep_state *s, struct pgr_pgmap *p, u32 k, u64 resume)
{
	u32 per = PAGE_BATCH_BYTES / PAGE_SIZE_OF, shift;
	struct sweep_ctx c = {};
	struct pgr_sweep *r;
	u64 first, limit;

	if (!s || !p || k >= PGR_RANGES)
		return 1;
	r = &s->rec.sweep;
	c.key = s->key;
	shift = p->vmemmap_shift & 31;
	first = p->range[k].start >> PAGE_SHIFT;
	limit = (p->range[k].end >> PAGE_SHIFT) + 1;
	if (k == 0)
		first += p->altmap_pages;
	if (resume)
		first = resume;
	if (first >= limit)
		return 0;
	if (k > 0 && bpf_ktime_get_ns() > s->deadline) {
		r->flags |= PGR_SWEEP_OUT_OF_TIME;
		return 1;
	}
	s->first = first;
	s->limit = limit;
	if (shift) {
		/* Only heads: tails hold 0 and may share their memory. */
		s->base = first;
		s->stride = 1 << shift;
		s->per_batch = 1;
		s->bytes = 2 * PAGE_SIZE_OF; /* the second struct page holds counts of the folio */
		s->batches = (limit - first) >> shift;
	} else {
		/*
		 * Starts at an even pfn: then the second struct page of a large folio is in the
		 * same batch.
		 */
		s->base = first - first % per;
		s->stride = per;
		s->per_batch = per;
		s->bytes = per * PAGE_SIZE_OF;
		s->batches = (limit - s->base + per - 1) / per;
	}
	bpf_loop((s->batches + SWEEP_BLOCK - 1) / SWEEP_BLOCK, sweep_block, &c, 0);
	if (s->stop) {
		s->range = k;
		r->flags |= PGR_SWEEP_PAUSED;
		return 1;
	}
	return r->flags & PGR_SWEEP_OUT_OF_TIME ? 1 : 0;
}

/*
 * Sweeps pgmap p into element `key` of map sweeps, or continues a paused sweep. The caller adds the
 * element before, and reads and deletes it afterwards.
 */
static __always_inline void sweep_run(u64 key, struct pgr_pgmap *p)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &key);
	u64 began = bpf_ktime_get_ns(), resume;
	u32 type = p->type, range;
	struct pgr_sweep *r;

	if (!s)
		return;
	r = &s->rec.sweep;
	r->pages = p->pages;
	if (!r->start_ns)
		r->start_ns = began;
	resume = s->stop;
	range = s->range;
	s->stop = 0;
	r->flags &= ~PGR_SWEEP_PAUSED;
	s->key = key;
	s->type = type;
	s->id = p->id;
	s->deadline = began + sweep_budget_ns;
	if (!vmemmap_base)
		r->flags |= PGR_SWEEP_NO_VMEMMAP;
	if (type >= PGR_TYPES || idle_refs[type] < 0)
		r->flags |= PGR_SWEEP_NO_IDLE;
	if (p->flags & PGR_PGMAP_TRUNCATED || !p->nr_range)
		r->flags |= PGR_SWEEP_TRUNCATED;
	if (r->flags & (PGR_SWEEP_NO_VMEMMAP | PGR_SWEEP_NO_IDLE))
		return;
	for (u32 k = 0; k < PGR_RANGES; k++) {
		if (k >= p->nr_range)
			break;
		if (k >= range && sweep_range(s, p, k, k == range ? resume : 0))
			break;
	}
	if (r->seen + r->faults >= r->pages && !(r->flags & PGR_SWEEP_TRUNCATED))
		r->flags |= PGR_SWEEP_DONE;
	r->ns += bpf_ktime_get_ns() - began;
}

#endif /* PGMAPREF_SWEEP_BPF_H */

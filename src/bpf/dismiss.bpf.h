/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Dismisses many struct pages at once if sweep_page() would only count them: all idle and without a
 * file, or all tails, or all idle and consecutive pages of the file that was found last. The result
 * is that of sweep_page() for each of them, whatever the struct pages contain:
 * tests/bpf/test_sweep_bpf.c compares the two.
 *
 * To be as fast as memory, a sweep may take a few instructions a page, and few returns: on CPUs
 * where the kernel replaces returns (spectre, SRSO), reads do not overlap beyond one. So the loops
 * have neither branches nor calls. They collect in one word what speaks against it.
 */
#ifndef PGMAPREF_DISMISS_BPF_H
#define PGMAPREF_DISMISS_BPF_H

#include "bpf/entries.bpf.h"
#include "bpf/guarded.bpf.h"
#include "bpf/inject.bpf.h"
#include "bpf/series.bpf.h"
#include "bpf/sweep_state.bpf.h"

/*
 * An idle page without mappings has -1 in _mapcount and the idle refcount in _refcount, which
 * follows it, so that one comparison finds both. The word is never 0, which a guarded load returns
 * for memory that cannot be read. 0: this layout of struct page is not known here.
 */
static __always_inline u64 dismiss_word(u32 type)
{
	u32 maps_at = bpf_core_field_offset(struct page, _mapcount.counter);

	if (bpf_core_field_offset(struct page, _refcount.counter) != maps_at + 4 || maps_at % 8 ||
	    PAGE_SIZE_OF != SWEEP_PAGE_SIZE || type >= PGR_TYPES || idle_refs[type] < 0)
		return 0;
	return (u64)(u32)idle_refs[type] << 32 | (u32)-1;
}

#define WORD(page, off) (*(u64 *)((void *)(page) + (off)))

/*
 * Struct page k of those to dismiss: by guarded loads or, where there are none, in the copy. `at`
 * is the address of the first, or its offset in the copy.
 */
static __always_inline void *dismiss_page(struct sweep_state *s, u64 at, u32 k, u64 step, bool copy)
{
	return copy ? (void *)s->buf + (at & (PAGE_BATCH_BYTES / 4 * 3)) + k * SWEEP_PAGE_SIZE :
		      guarded_page(at + k * step);
}

/* The counts are read last: if they could be read, so could the other words. */
static __always_inline bool dismiss_if_idle(struct sweep_state *s, u64 at, u32 n, u64 step,
					    bool copy)
{
	u64 mapping_at = bpf_core_field_offset(struct page, mapping);
	u64 counts_at = bpf_core_field_offset(struct page, _mapcount.counter);
	u64 index_at = page_index_offset(), idle = s->idle_word, odd = 0;

	/*
	 * The barriers: one page after the other. clang 19 would first make all addresses, and keep
	 * them on the stack: more than BPF has, or more than 6.1 allows all callers together.
	 */
	if (s->type == PGR_TYPE_FSDAX) {
#pragma unroll
		for (u32 k = 0; k < n; k++) {
			void *page = dismiss_page(s, at, k, step, copy);

			odd |= WORD(page, mapping_at);
			odd |= WORD(page, index_at);
			odd |= WORD(page, counts_at) ^ idle;
			barrier_var(odd);
			barrier_var(at);
		}
	} else {
#pragma unroll
		for (u32 k = 0; k < n; k++) {
			odd |= WORD(dismiss_page(s, at, k, step, copy), counts_at) ^ idle;
			barrier_var(odd);
			barrier_var(at);
		}
	}
	return !odd;
}

static __always_inline bool dismiss_if_tails(struct sweep_state *s, u64 at, bool copy)
{
	u64 compound_at = page_compound_offset(), tails = 1;

#pragma unroll
	for (u32 k = 0; k < SWEEP_PART; k++)
		tails &= WORD(dismiss_page(s, at, k, SWEEP_PAGE_SIZE, copy), compound_at);
	return tails;
}

/*
 * Consecutive pages of the file that was found last, one entry each: counts them as sweep_entries()
 * and sweep_file() do. The first page of a possible 2 MiB entry is left to sweep_entries(), which
 * looks at the xarray.
 */
static __always_inline bool dismiss_if_file(struct sweep_state *s, u64 pfn, u64 at, bool copy)
{
	struct pgr_entry_file *f = &s->rec.sweep.file[s->file & (PGR_ENTRY_FILES - 1)];
	u64 head = 1ULL << bpf_core_enum_value(enum pageflags, PG_head);
	u64 mapping_at = bpf_core_field_offset(struct page, mapping);
	u64 counts_at = bpf_core_field_offset(struct page, _mapcount.counter);
	u64 compound_at = page_compound_offset(), index_at = page_index_offset();
	u64 idle = s->idle_word, mapping = f->mapping, odd = 0, index, first;
	struct pgr_sweep *r = &s->rec.sweep;

	if (s->type != PGR_TYPE_FSDAX || !r->nr_files)
		return false;
	first = WORD(dismiss_page(s, at, 0, 0, copy), index_at);
	index = first;
	/* Not unrolled: that would take 400 bytes of stack. */
#pragma clang loop unroll(disable)
	for (u32 k = 0; k < SWEEP_PART; k++) {
		void *page = dismiss_page(s, at, k, SWEEP_PAGE_SIZE, copy);

		odd |= WORD(page, 0) & head;
		odd |= WORD(page, compound_at) & 1;
		odd |= WORD(page, mapping_at) ^ mapping;
		odd |= WORD(page, index_at) ^ index++;
		odd |= WORD(page, counts_at) ^ idle;
	}
	if (odd || first < f->first_index || index < first ||
	    !((pfn | first) & (ENTRY_PMD_PAGES - 1)))
		return false;
	if (pfn >= s->entry_end) {
		r->entries += SWEEP_PART;
		f->entries += SWEEP_PART;
	}
	r->entry_pages += SWEEP_PART;
	f->pages += SWEEP_PART;
	if (index - 1 > f->last_index)
		f->last_index = index - 1;
	f->last_pfn = pfn + SWEEP_PART - 1;
	if (series_accounts_folios())
		r->used += SWEEP_PART;
	return true;
}

/*
 * Global functions: the verifier checks each of them once, not for each path to it. It removes the
 * half that this kernel does not need.
 */

/* A whole batch. */
__noinline int dismiss_idle(struct sweep_state *s, u64 page)
{
	if (!s)
		return 0;
	return has_guarded_page() ? dismiss_if_idle(s, page, SWEEP_BATCH, SWEEP_PAGE_SIZE, false) :
				    dismiss_if_idle(s, 0, SWEEP_BATCH, 0, true);
}

/* A part of a batch, from this pfn on. `at`: of its first struct page, see dismiss_page(). */
__noinline int dismiss_part_idle(struct sweep_state *s, u64 at)
{
	if (!s)
		return 0;
	return has_guarded_page() ?
		       dismiss_if_idle(s, at, SWEEP_PART, s->stride * SWEEP_PAGE_SIZE, false) :
		       dismiss_if_idle(s, at, SWEEP_PART, 0, true);
}

__noinline int dismiss_part_tails(struct sweep_state *s, u64 at)
{
	if (!s)
		return 0;
	return has_guarded_page() ? dismiss_if_tails(s, at, false) : dismiss_if_tails(s, at, true);
}

__noinline int dismiss_part_file(struct sweep_state *s, u64 pfn, u64 at)
{
	if (!s)
		return 0;
	return has_guarded_page() ? dismiss_if_file(s, pfn, at, false) :
				    dismiss_if_file(s, pfn, at, true);
}

/* Can these pages be dismissed at all? Pages outside of the range are left to sweep_page(). */
static __always_inline bool dismiss_may(struct sweep_state *s, u64 pfn, u64 pages)
{
	return s->idle_word && pfn >= s->first && pfn + pages <= s->limit;
}

/* Dismisses the batch, unless the last struct pages were not idle. */
static __always_inline bool dismiss_batch(struct sweep_state *s, u64 page)
{
	if (s->last != SWEEP_IDLE || !dismiss_may(s, s->at, SWEEP_BATCH) || !dismiss_idle(s, page))
		return false;
	s->rec.sweep.seen += SWEEP_BATCH;
	return true;
}

/*
 * Dismisses part q of the batch, if it is what the last one was and that was not idle. page: of the
 * batch. With sweep_part() this would take one more return, which costs as much as five pages.
 */
static __always_inline bool dismiss_again(struct sweep_state *s, u32 q, u64 page)
{
	u64 pfn = s->at + q * SWEEP_PART;

	page += q * SWEEP_PART * SWEEP_PAGE_SIZE;
	if (failing_reads || !dismiss_may(s, pfn, SWEEP_PART) ||
	    !(s->last == SWEEP_TAILS ? dismiss_part_tails(s, page) :
	      s->last == SWEEP_FILE  ? dismiss_part_file(s, pfn, page) :
				       0))
		return false;
	s->rec.sweep.seen += SWEEP_PART;
	return true;
}

/* What dismisses this part. Tries first what dismissed the last one. */
static __always_inline u32 dismiss_as(struct sweep_state *s, u64 pfn, u64 at)
{
	u32 last = s->last;

	if (last == SWEEP_TAILS && dismiss_part_tails(s, at))
		return SWEEP_TAILS;
	if (last == SWEEP_FILE && dismiss_part_file(s, pfn, at))
		return SWEEP_FILE;
	if (dismiss_part_idle(s, at))
		return SWEEP_IDLE;
	if (last != SWEEP_TAILS && dismiss_part_tails(s, at))
		return SWEEP_TAILS;
	if (last != SWEEP_FILE && dismiss_part_file(s, pfn, at))
		return SWEEP_FILE;
	return SWEEP_MIXED;
}

static __always_inline bool dismiss_part(struct sweep_state *s, u64 pfn, u64 at)
{
	u32 as;

	if (!dismiss_may(s, pfn, SWEEP_PART))
		return false;
	as = dismiss_as(s, pfn, at);
	if (as == SWEEP_MIXED)
		return false;
	s->last = as;
	s->rec.sweep.seen += SWEEP_PART;
	return true;
}

#endif /* PGMAPREF_DISMISS_BPF_H */

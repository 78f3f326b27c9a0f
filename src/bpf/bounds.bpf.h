/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lowest and highest address of the struct pages of all followed pgmaps. Two comparisons
 * recognise most pages of ordinary memory. The bounds may be too wide (ordinary memory lies between
 * two devices, or a device is gone), but never too narrow.
 */
#ifndef PGMAPREF_BOUNDS_BPF_H
#define PGMAPREF_BOUNDS_BPF_H

#include "bpf/page.bpf.h"

u64 bounds_low = ~0ULL;
u64 bounds_high; /* end of the last struct page */
/* Incremented for each new pgmap. bounds_narrow() starts again if it changed. */
u64 bounds_gen;

#define BOUNDS_TRIES 4

static __always_inline bool in_bounds(u64 page)
{
	return page >= bounds_low && page < bounds_high;
}

struct bounds {
	u64 low, high;
};

/*
 * Widens b by the struct pages of p, and by those between its ranges. A global function: the
 * verifier checks its branches once for all calls.
 */
__noinline int bounds_widen(struct bounds *b, struct pgr_pgmap *p)
{
	u64 first, end;

	if (!b || !p)
		return 0;
	first = page_of_pfn(p->span.start >> PAGE_SHIFT);
	end = page_of_pfn((p->span.end >> PAGE_SHIFT) + 1);
	if (p->flags & PGR_PGMAP_TRUNCATED) {
		first = 0;
		end = ~0ULL;
	}
	if (first < b->low)
		b->low = first;
	if (end > b->high)
		b->high = end;
	return 0;
}

/* Call this after p was added to map pgmaps. */
static __always_inline void bounds_add(struct pgr_pgmap *p)
{
	struct bounds b = { .low = ~0ULL };
	u64 old;
	bool done_low = false, done_high = false;

	bounds_widen(&b, p);
	__sync_fetch_and_add(&bounds_gen, 1);
	for (int i = 0; i < BOUNDS_TRIES; i++) {
		old = bounds_low;
		if (old <= b.low || __sync_val_compare_and_swap(&bounds_low, old, b.low) == old)
			done_low = true;
		old = bounds_high;
		if (old >= b.high || __sync_val_compare_and_swap(&bounds_high, old, b.high) == old)
			done_high = true;
	}
	/*
	 * Too many other CPUs changed the bounds at the same time. The widest bounds are always
	 * correct.
	 */
	if (!done_low)
		bounds_low = 0;
	if (!done_high)
		bounds_high = ~0ULL;
}

#endif /* PGMAPREF_BOUNDS_BPF_H */

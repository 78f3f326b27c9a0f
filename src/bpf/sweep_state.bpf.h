/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of a sweep. */
#ifndef PGMAPREF_SWEEP_STATE_BPF_H
#define PGMAPREF_SWEEP_STATE_BPF_H

#include "bpf/idle.bpf.h"
#include "bpf/page.bpf.h"

/*
 * Struct pages are swept in batches, and these in parts. If a struct page has 64 bytes, as on every
 * kernel of a distribution, a batch fills a page frame.
 */
#define SWEEP_PAGE_SIZE 64
#define SWEEP_BATCH 64 /* struct pages */
#define SWEEP_PART 16
#define SWEEP_STEPS 16 /* batches in a call of sweep_steps() */

/* What the last struct pages were that were dismissed together, see dismiss.bpf.h. */
enum { SWEEP_IDLE, SWEEP_TAILS, SWEEP_FILE, SWEEP_MIXED, SWEEP_HOLE };

/* Value of map sweeps: the result, and the state of the loop. */
struct sweep_state {
	struct pgr_rec_sweep rec;
	u64 key; /* key in map sweeps */
	u64 first; /* first pfn to sweep in this range */
	u64 limit; /* pfn behind the last one to sweep */
	u64 base; /* pfn of batch 0; first rounded down */
	u64 batches; /* number of batches in this range */
	u64 deadline;
	u64 budget_ns; /* 0: sweep_budget_ns */
	u64 pause_ns; /* 0: never */
	u64 pause; /* when this part ends; 0: never */
	u64 at; /* pfn of the batch */
	u64 pfn; /* of the first struct page in buf */
	u64 stride; /* pages from one that is swept to the next */
	u64 idle_word; /* of an idle page, see dismiss_word() */
	u32 last; /* SWEEP_* */
	u32 type;
	u32 id; /* of the pgmap */
	u32 file; /* index in rec.sweep.file[] of the last file found */
	u64 entry_end; /* pfn behind the last entry that was counted */
	u32 rows_on; /* 1: also write busy pages to map busy_rows */
	u32 rows; /* number of rows in busy_rows */
	u32 range; /* number of the range */
	u32 shift; /* as in struct pgr_pgmap; altmap_pages and span, too */
	u32 ahead; /* number of the offer, see ahead.bpf.h; 0: no help */
	u32 ahead_skips; /* 1: helpers did this chunk */
	u32 ahead_left; /* of a helper: 1: it could not dismiss a page */
	u64 stop; /* pfn at which a paused sweep goes on; 0: not paused */
	u64 resume; /* pfn at which to go on in this range; 0: at its begin */
	u64 pgmap; /* address of the struct dev_pagemap */
	u64 altmap_pages;
	struct pgr_range head; /* range 0 */
	struct pgr_range span;
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

#endif /* PGMAPREF_SWEEP_STATE_BPF_H */

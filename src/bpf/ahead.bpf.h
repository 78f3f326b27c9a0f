/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Help for a sweep in a hook, from other CPUs. The sweep of a teardown runs in the unbinding task,
 * so that its time holds up the unbind. While it goes from the first page up, threads of the tool
 * run sweep_ahead() from the last page down, a chunk at a time, and mark the chunks in which they
 * could dismiss every page. When the sweep comes to such a chunk, it counts its pages and goes on.
 * It waits for nobody: a chunk without a mark is swept as ever, also if a helper is at work there.
 *
 * The result is that of a sweep without help. A helper looks at a page between the begin of the
 * sweep and the moment when the sweep would have come to it.
 */
#ifndef PGMAPREF_AHEAD_BPF_H
#define PGMAPREF_AHEAD_BPF_H

#include "bpf/dismiss.bpf.h"

/* 1: threads wait for work. 0: the verifier removes this code. */
const volatile u8 want_ahead = 0;
/* Calls of sweep_steps() in a chunk; 1024 are 4 GiB of memory, 3 ms. */
const volatile u32 ahead_calls = 1024;

#define AHEAD_CHUNKS 8192 /* of one range; further ones get no help */
#define AHEAD_LEAST 4 /* chunks for which it is worth to wake somebody */

struct pgr_ahead ahead;
u32 ahead_seq; /* of the last offer */
u32 ahead_done[AHEAD_CHUNKS]; /* the offer for which each page of the chunk was dismissed */

/* Wakes the threads. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ahead_ring SEC(".maps");

#define RB_FORCE_WAKEUP (1ULL << 1) /* BPF_RB_FORCE_WAKEUP */

/* A mask that the compiler cannot remove: the verifier needs it after a comparison, too. */
static __always_inline u32 *ahead_mark(u64 chunk)
{
	barrier_var(chunk);
	return &ahead_done[chunk & (AHEAD_CHUNKS - 1)];
}

/*
 * Offers the range that s is about to sweep. An offer of the same range stays as it is. A global
 * function: the verifier checks it once.
 */
__noinline int ahead_offer(struct sweep_state *s)
{
	u64 chunks, word;

	if (!s || !want_ahead)
		return 0;
	s->ahead = 0;
	chunks = s->batches / ((u64)ahead_calls * SWEEP_STEPS);
	/* Not for sweeps on demand, which hold nobody up. */
	if (s->key & 1 || s->stride > 1 || !s->idle_word || chunks < AHEAD_LEAST)
		return 0;
	if (__sync_lock_test_and_set(&ahead.taken, 1)) {
		if (ahead.seq && ahead.key == s->key && ahead.first == s->first &&
		    ahead.limit == s->limit)
			s->ahead = ahead.seq;
		return 0;
	}
	ahead.key = s->key;
	ahead.first = s->first;
	ahead.limit = s->limit;
	ahead.base = s->base;
	ahead.batches = s->batches;
	ahead.idle_word = s->idle_word;
	ahead.type = s->type;
	ahead.front = 0;
	ahead.next = chunks < AHEAD_CHUNKS ? chunks : AHEAD_CHUNKS;
	s->ahead = __sync_fetch_and_add(&ahead_seq, 1) + 1;
	__sync_lock_test_and_set(&ahead.seq, s->ahead); /* after the fields above */
	word = s->ahead;
	/* If the ring is full, the threads are awake. */
	bpf_ringbuf_output(&ahead_ring, &word, sizeof(word), RB_FORCE_WAKEUP);
	return 0;
}

static __always_inline void ahead_withdraw(struct sweep_state *s)
{
	if (!want_ahead || !s->ahead)
		return;
	s->ahead = 0;
	__sync_lock_test_and_set(&ahead.seq, 0);
	__sync_lock_test_and_set(&ahead.taken, 0);
}

/* Was call i of sweep_steps() done by a helper? Its pages are counted then. */
static __always_inline bool ahead_skips(struct sweep_state *s, u32 i)
{
	u32 chunk = i / ahead_calls;

	if (!want_ahead || !s->ahead)
		return false;
	if (!(i % ahead_calls)) {
		ahead.front = chunk;
		s->ahead_skips = chunk < AHEAD_CHUNKS && *ahead_mark(chunk) == s->ahead;
		if (s->ahead_skips)
			s->rec.sweep.seen += (u64)ahead_calls * SWEEP_STEPS * SWEEP_BATCH;
	}
	return s->ahead_skips;
}

/* ---- the helpers --------------------------------------------------------------- */

/* Dismisses batch i of the range. Returns 1 if a page of it is left. */
__noinline int ahead_step(struct sweep_state *s, u64 i)
{
	u64 page;

	if (!s)
		return 1;
	s->at = s->base + i * SWEEP_BATCH;
	page = page_of_pfn(repeated(s->at));
	if (!has_guarded_page()) {
		page = 0; /* of the copy */
		if (bpf_probe_read_kernel(s->buf, SWEEP_BATCH * SWEEP_PAGE_SIZE,
					  (void *)page_of_pfn(repeated(s->at))))
			return 1;
	}
	if (dismiss_batch(s, page))
		return 0;
	for (u32 q = 0; q < SWEEP_BATCH / SWEEP_PART; q++)
		if (!dismiss_part(s, s->at + q * SWEEP_PART,
				  page + q * SWEEP_PART * SWEEP_PAGE_SIZE))
			return 1;
	return 0;
}

/* Not in map sweeps, where helpers might take the room of a sweep. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PGR_HELPERS);
	__type(key, u32);
	__type(value, struct sweep_state);
} helpers SEC(".maps");

struct ahead_ctx {
	u64 from; /* first batch */
	u32 helper;
};

static long ahead_steps(u32 i, struct ahead_ctx *c)
{
	struct sweep_state *s = bpf_map_lookup_elem(&helpers, &c->helper);
	u64 step = c->from + (u64)i * SWEEP_STEPS;

	if (!s)
		return 1;
	for (u32 k = 0; k < SWEEP_STEPS; k++, step++) {
		if (ahead_step(s, step)) {
			s->ahead_left = 1;
			return 1;
		}
	}
	return 0;
}

/* Helper a->helper looks at one chunk, if there is one. */
static __always_inline void ahead_help(struct pgr_ahead_args *a)
{
	struct ahead_ctx c = { .helper = a->helper };
	struct sweep_state *s = bpf_map_lookup_elem(&helpers, &c.helper);
	u32 seq = ahead.seq;
	s64 chunk;

	a->more = 0;
	if (!seq || !s)
		return;
	s->first = ahead.first;
	s->limit = ahead.limit;
	s->base = ahead.base;
	s->idle_word = ahead.idle_word;
	s->type = ahead.type;
	s->stride = 1;
	s->last = SWEEP_IDLE;
	s->ahead_left = 0;
	chunk = __sync_fetch_and_add(&ahead.next, -1) - 1;
	/* Another offer: its fields may be mixed with those of this one. */
	if (ahead.seq != seq || chunk < 0 || chunk < ahead.front)
		return;
	a->more = 1;
	c.from = (u64)chunk * ahead_calls * SWEEP_STEPS;
	bpf_loop(ahead_calls, ahead_steps, &c, 0);
	if (!s->ahead_left)
		*ahead_mark(chunk) = seq;
}

#endif /* PGMAPREF_AHEAD_BPF_H */

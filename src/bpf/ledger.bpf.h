/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who took what is still out. Bounded: when it is full, takers are lost and
 * counted, and the counter and the pages still tell the truth.
 */
#ifndef PGMAPREF_LEDGER_BPF_H
#define PGMAPREF_LEDGER_BPF_H

#include "bpf/loss.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct pgr_ledger_key);
	__type(value, struct pgr_ledger_row);
} ledger SEC(".maps");

/* Set by the insert that found it full, cleared by the next delete. */
u32 ledger_full;

/* False: the row could not be kept, which is counted. */
static __always_inline bool ledger_add(const struct pgr_ledger_key *key,
				       const struct pgr_ledger_row *row)
{
	struct pgr_ledger_row *old = bpf_map_lookup_elem(&ledger, key);
	/*
	 * An int: the map operation that 6.1 calls directly returns one, and the upper half of
	 * the register is not its sign. (6.12 and later return a long.)
	 */
	int err;

	if (!old) {
		/* A full preallocated hash takes 64 us to say so: ask it once. */
		if (ledger_full) {
			lose(PGR_LOSS_LEDGER_FULL);
			return false;
		}
		err = bpf_map_update_elem(&ledger, key, row, BPF_NOEXIST);
		if (!err)
			return true;
		if (err == -7 /* E2BIG */) {
			ledger_full = 1;
			lose(PGR_LOSS_LEDGER_FULL);
			return false;
		}
		/* Another CPU was faster with the same key: add to its row. */
		old = bpf_map_lookup_elem(&ledger, key);
		if (!old) {
			lose(PGR_LOSS_LEDGER_ERR);
			return false;
		}
	}
	__sync_fetch_and_add(&old->n, row->n);
	old->last_ns = row->ns;
	old->pfn = row->pfn;
	return true;
}

/*
 * Takes n out of a row, or all of it when n is 0, and returns how many went;
 * 0 if there is no such row. *row is a copy from before.
 */
static __always_inline s64 ledger_take(const struct pgr_ledger_key *key, s64 n,
				       struct pgr_ledger_row *row)
{
	struct pgr_ledger_row *old = bpf_map_lookup_elem(&ledger, key);

	if (!old)
		return 0;
	*row = *old;
	if (n && row->n > n) {
		__sync_fetch_and_add(&old->n, -n);
		return n;
	}
	if (!bpf_map_delete_elem(&ledger, key))
		ledger_full = 0;
	return row->n;
}

/*
 * Where puts are visible: the row that a task's next put is taken from. A put
 * says of which pgmap, never which reference.
 */
const volatile u8 puts_visible = 0;

struct last_get_key {
	u32 id;
	u32 tid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct last_get_key);
	__type(value, u64); /* what */
} last_gets SEC(".maps");

/*
 * To be called before the row is added. One that is new comes before those of
 * the task that are there: a task mostly gives back last what it took first.
 */
static __always_inline void last_get_note(const struct pgr_ledger_key *taken,
					  struct pgr_ledger_row *row)
{
	struct last_get_key key = { .id = taken->id, .tid = taken->tid };
	u64 *what;

	if (!puts_visible || bpf_map_lookup_elem(&ledger, taken))
		return;
	what = bpf_map_lookup_elem(&last_gets, &key);
	if (what && *what != taken->subject)
		row->prev = *what;
	/* Lost, it costs the name of one who put, as does one that is pushed out. */
	if (bpf_map_update_elem(&last_gets, &key, &taken->subject, BPF_ANY))
		lose(PGR_LOSS_LEDGER_ERR);
}

#define LAST_GETS 4 /* sites of one task that one put is taken from */

/*
 * Takes n references out of this task's rows, the last one first; returns how
 * many were there. *row is a copy of the first of them.
 */
static __always_inline s64 last_get_take(u32 id, u32 tid, s64 n, struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = { .id = id, .holding = PGR_HOLD_GET, .tid = tid };
	struct last_get_key last = { .id = id, .tid = tid };
	u64 *what = bpf_map_lookup_elem(&last_gets, &last);
	s64 known = 0;

	for (int i = 0; i < LAST_GETS && what && *what && known < n; i++) {
		struct pgr_ledger_row part;
		s64 went;

		key.subject = *what;
		went = ledger_take(&key, n - known, &part);
		if (!went)
			break; /* forgotten meanwhile, and with it what came before */
		if (!known)
			*row = part;
		known += went;
		if (went == part.n)
			*what = part.prev;
	}
	return known;
}

#endif /* PGMAPREF_LEDGER_BPF_H */

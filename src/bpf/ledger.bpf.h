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

	if (!old) {
		int err = add_unless_full(&ledger, key, row, BPF_NOEXIST, &ledger_full,
					  PGR_LOSS_LEDGER_FULL);

		if (!err)
			return true;
		if (err == -E2BIG)
			return false;
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

#endif /* PGMAPREF_LEDGER_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ledger: a row for each reference, device page, entry or folio that is still held, with its
 * taker. Its size is fixed. When it is full, new takers are lost and the loss is counted; the
 * counter and the pages are still read correctly.
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

/* Set by the insert that found the ledger full, cleared by the next delete. */
u32 ledger_full;

/* Returns false if the row could not be kept. The loss is counted here. */
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
		/* Another CPU added the same key first: add to its row. */
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
 * Takes n out of a row, or everything if n is 0. Returns how many it took; 0 if there is no row.
 * *row becomes a copy of the row before the change.
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

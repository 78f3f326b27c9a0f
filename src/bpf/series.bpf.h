/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a pgmap accounts for its folios itself (struct pgr_series), what that changes for the other
 * hooks and for the sweep; its own hooks are in folio.bpf.h. Without the series this is no code: the
 * verifier takes out what a constant of the object rules out.
 */
#ifndef PGMAPREF_SERIES_BPF_H
#define PGMAPREF_SERIES_BPF_H

#include "bpf/ledger.bpf.h"
#include "bpf/page.bpf.h"

const volatile struct pgr_series series = { .range_refs = 1 };

/* ---- puts that are calls --------------------------------------------------------- */

/*
 * Where puts are visible: the row that a task's next put is taken from. A put
 * says of which pgmap, never which reference.
 */
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

	if (!series.puts_visible || bpf_map_lookup_elem(&ledger, taken))
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

/* ---- folios in use ---------------------------------------------------------------- */

/*
 * A folio's own reference is taken before its entry is in place: only the
 * insertion knows the file. Where pgmaps have no such references, this is no code.
 */
static __always_inline void folio_note_file(u32 id, const struct pgr_ledger_row *entry)
{
	struct pgr_ledger_key key = { .id = id, .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_row *row;
	u64 head;

	if (!series.on || page_head(page_of_pfn(entry->pfn), &head))
		return;
	key.subject = pfn_of_page(head);
	row = bpf_map_lookup_elem(&ledger, &key);
	if (!row || row->ino)
		return;
	row->ino = entry->ino;
	row->dev = entry->dev;
	row->index = entry->index;
}

/*
 * For the sweep, of a page that is no tail: does it make its pgmap hold a reference? An fsdax page
 * does while a file has it (mapping) or somebody refers to it, a device page while it is out.
 */
static __always_inline bool series_in_use(u32 type, bool busy, u64 mapping)
{
	if (type == PGR_TYPE_FSDAX)
		return busy || mapping;
	return busy && (type == PGR_TYPE_PRIVATE || type == PGR_TYPE_COHERENT);
}

#endif /* PGMAPREF_SERIES_BPF_H */

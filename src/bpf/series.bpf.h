/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the series of 2022 (struct pgr_series), where a pgmap accounts for its folios itself,
 * changes for the other hooks and for the sweep. The hooks of the series are in folio.bpf.h. On
 * kernels without the series the verifier removes this code, because `series` is a constant of the
 * object.
 */
#ifndef PGMAPREF_SERIES_BPF_H
#define PGMAPREF_SERIES_BPF_H

#include "bpf/ledger.bpf.h"
#include "bpf/page.bpf.h"

const volatile struct pgr_series series = { .range_refs = 1 };

/* Does a folio in use have a reference of its pgmap? */
static __always_inline bool series_accounts_folios(void)
{
	return series.on;
}

/* From birth, does a pgmap of this type have a reference for each of its pages? */
static __always_inline bool series_refs_pages(u32 type)
{
	return series.range_refs && type != PGR_TYPE_PRIVATE && type != PGR_TYPE_COHERENT;
}

/* Does a hook see each put of a reference of get_dev_pagemap()? */
static __always_inline bool series_sees_puts(void)
{
	return series.puts_visible;
}

/* Does the free of a page of any type put a reference of get_dev_pagemap()? */
static __always_inline bool series_free_puts_all(void)
{
	return series.free_puts_all;
}

/* Does a hook see that a folio becomes idle? If not, no rows are kept for folios. */
static __always_inline bool series_sees_idle(void)
{
	return series.drops_seen;
}

/* dax_insert_entry() returned 0: the pgmap is dying, and the kernel refused the insertion. */
static __always_inline bool series_refused(u64 entry)
{
	return series.on && !entry;
}

/* ---- puts that are calls --------------------------------------------------------- */

/*
 * Where puts are visible: the ledger row from which the next put of a task is taken. A put names
 * the pgmap, but not the reference.
 */
struct last_get_key {
	u32 id;
	u32 tid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct last_get_key);
	__type(value, u64); /* subject of the ledger key */
} last_gets SEC(".maps");

/*
 * Call this before the row is added to the ledger. A new row is put in front of the other rows of
 * the task: a task usually gives back its newest reference first.
 */
static __always_inline void last_get_note(const struct pgr_ledger_key *taken,
					  struct pgr_ledger_row *row)
{
	struct last_get_key key = { .id = taken->id, .tid = taken->tid };
	u64 *subject;

	if (!series_sees_puts() || bpf_map_lookup_elem(&ledger, taken))
		return;
	subject = bpf_map_lookup_elem(&last_gets, &key);
	if (subject && *subject != taken->subject)
		row->prev = *subject;
	/* If this fails, or the LRU map evicts the element, the taker of a put is not known. */
	if (bpf_map_update_elem(&last_gets, &key, &taken->subject, BPF_ANY))
		lose(PGR_LOSS_LEDGER_ERR);
}

#define LAST_GETS 4 /* one put takes references from at most this many call sites of a task */

/*
 * Takes n references from the rows of this task, starting with the newest row; returns how many it
 * took. *row becomes a copy of the first of these rows.
 */
static __always_inline s64 last_get_take(u32 id, u32 tid, s64 n, struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = { .id = id, .holding = PGR_HOLD_GET, .tid = tid };
	struct last_get_key last = { .id = id, .tid = tid };
	u64 *subject = bpf_map_lookup_elem(&last_gets, &last);
	s64 known = 0;

	for (int i = 0; i < LAST_GETS && subject && *subject && known < n; i++) {
		struct pgr_ledger_row part;
		s64 went;

		key.subject = *subject;
		went = ledger_take(&key, n - known, &part);
		if (!went)
			break; /* the row is gone, and with it the link to the older rows */
		if (!known)
			*row = part;
		known += went;
		if (went == part.n)
			*subject = part.prev;
	}
	return known;
}

/* ---- folios in use ---------------------------------------------------------------- */

/*
 * Adds the file to the row of a folio. The reference of a folio is taken before its entry is in
 * place; only the insertion knows the file. On kernels without the series the verifier removes this
 * code.
 */
static __always_inline void folio_note_file(u32 id, const struct pgr_ledger_row *entry)
{
	struct pgr_ledger_key key = { .id = id, .holding = PGR_HOLD_FOLIO };
	struct pgr_ledger_row *row;
	u64 head;

	if (!series_accounts_folios() || page_head(page_of_pfn(entry->pfn), &head))
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
 * The sweep calls this for a page that is not a tail: does the pgmap hold a reference for this
 * page? For an fsdax page it does while a file has the page (mapping) or a task refers to it; for a
 * device page while the page is allocated.
 */
static __always_inline bool series_in_use(u32 type, bool busy, u64 mapping)
{
	if (type == PGR_TYPE_FSDAX)
		return busy || mapping;
	return busy && (type == PGR_TYPE_PRIVATE || type == PGR_TYPE_COHERENT);
}

#endif /* PGMAPREF_SERIES_BPF_H */

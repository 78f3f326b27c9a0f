/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DAX entries as the pages have them: which files have one on a page, whatever its refcount.
 * A stock kernel takes no reference of the pgmap for an entry, so that entries can outlive their
 * pages: the file's next close, truncation or eviction then follows them to struct pages that are
 * gone.
 */
#ifndef PGMAPREF_ENTRIES_BPF_H
#define PGMAPREF_ENTRIES_BPF_H

#include "bpf/dax.bpf.h"
#include "bpf/page.bpf.h"

/* How a page that files share says so, enum pgr_share; chosen by plan.c. */
const volatile u32 share_how = PGR_SHARE_UNSURE;

#define ENTRY_PMD_PAGES (1ULL << DAX_PMD_ORDER)
#define XA_DEPTH 11 /* levels that 64 bits of index can have, of 6 bits each */

/*
 * How many files' entries are on a page: 1 with *mapping, or as many as share it with *mapping 0.
 * 0: none. *maybe: the page once had one file's entry, or is shared now.
 */
static __always_inline u64 page_entries(u64 word, u64 index, bool large, u64 *mapping, bool *maybe)
{
	*mapping = 0;
	*maybe = false;
	if (share_how == PGR_SHARE_MARKED) {
		/* (void *)1 and a count: 6.1 leaves the mark behind, with a count of 0. */
		if (word == 1)
			return index;
	} else if (!word) {
		/*
		 * dax_folio_put() of 6.15 to 7.0 leaves the index of the last entry in the word that counts
		 * those that share, but of large folios, which it splits.
		 */
		if (share_how == PGR_SHARE_NULL || large)
			return index;
		*maybe = index;
		return 0;
	}
	*mapping = word & ~3ULL;
	return *mapping ? 1 : 0;
}

/*
 * The order of the DAX entry that is at this index of a mapping's xarray. Up to 6.14 the pages of a
 * 2 MiB entry do not show that they belong together. 0 also where it cannot be read: its pages are
 * counted as that many entries then, and the pages, on which all depends, are the same.
 */
__noinline int entry_order(u64 mapping, u64 index)
{
	u64 slots = bpf_core_field_offset(struct xa_node, slots);
	u32 n = bpf_core_field_size(struct xa_node, slots) / sizeof(u64);
	u64 at = mapping + bpf_core_field_offset(struct address_space, i_pages.xa_head);
	u64 entry;
	u8 shift;

	if (bpf_probe_read_kernel(&entry, sizeof(entry), (void *)at))
		return 0;
	for (u32 i = 0; i < XA_DEPTH; i++) {
		/* include/linux/xarray.h: nodes have 2 in the low bits, values 1. */
		if ((entry & 3) != 2 || entry <= 4096)
			break;
		at = entry - 2;
		if (bpf_probe_read_kernel(
			    &shift, sizeof(shift),
			    (void *)(at + bpf_core_field_offset(struct xa_node, shift))))
			return 0;
		at += slots + ((index >> (shift & 63)) & (n - 1)) * sizeof(u64);
		if (bpf_probe_read_kernel(&entry, sizeof(entry), (void *)at))
			return 0;
	}
	return dax_entry_is_value(entry) && dax_entry_has_page(entry) ? dax_entry_order(entry) : 0;
}

#endif /* PGMAPREF_ENTRIES_BPF_H */

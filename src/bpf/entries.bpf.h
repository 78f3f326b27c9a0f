/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DAX entries read from struct pages: which files have an entry for a page, whatever the page's
 * refcount is. A stock kernel takes no reference of the pgmap for an entry. Entries can therefore
 * outlive their struct pages: the next close, truncation or eviction of the file then uses struct
 * pages that no longer exist.
 */
#ifndef PGMAPREF_ENTRIES_BPF_H
#define PGMAPREF_ENTRIES_BPF_H

#include "bpf/dax.bpf.h"
#include "bpf/page.bpf.h"

/* How the kernel marks a page that several files share, enum pgr_share; plan.c chooses it. */
const volatile u32 share_how = PGR_SHARE_UNSURE;

#define ENTRY_PMD_PAGES (1ULL << DAX_PMD_ORDER)
#define XA_DEPTH 11 /* levels of an xarray with 64-bit indexes, 6 bits per level */

/*
 * Number of DAX entries for a page. 0: none. 1: of one file, with its *mapping. If several files
 * share the page, *mapping is 0. *maybe: either several files share the page, or one file had an
 * entry earlier.
 */
static __always_inline u64 page_entries(u64 word, u64 index, bool large, u64 *mapping, bool *maybe)
{
	*mapping = 0;
	*maybe = false;
	if (share_how == PGR_SHARE_MARKED) {
		/*
		 * The mark is (void *)1, with a count. 6.1 leaves the mark in place when the count
		 * is 0.
		 */
		if (word == 1)
			return index;
	} else if (!word) {
		/*
		 * dax_folio_put() of 6.15 to 7.0 leaves the index of the last entry in the word
		 * that counts the files that share the page. It does not for large folios, because
		 * it splits them.
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
 * The order of the DAX entry at this index of a mapping's xarray. Up to 6.14 the pages of a 2 MiB
 * entry do not show that they belong together. Returns 0 also if the xarray cannot be read: then
 * each page counts as one entry. The number of pages stays correct, and every check depends on
 * pages only.
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
		/*
		 * include/linux/xarray.h: the two low bits are 2 for a node; bit 0 is 1 for a
		 * value.
		 */
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

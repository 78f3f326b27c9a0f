/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DAX mapping entries. fs/dax.c keeps an entry as an xarray value:
 * pfn << DAX_SHIFT | flags, with DAX_SHIFT 4 in every release from 4.20 to 7.3.
 * The patches of the series that use 5 and 6 are told apart by the insert hook,
 * which sees pfn and entry side by side.
 */
#ifndef PGMAPREF_DAX_BPF_H
#define PGMAPREF_DAX_BPF_H

#define DAX_SHIFT 4
#define DAX_PMD (1UL << 1)
#define DAX_ZERO_PAGE (1UL << 2)
#define DAX_EMPTY (1UL << 3)
#define DAX_PMD_ORDER 9
/* pfn_t (up to 6.16) keeps flags in the bits that no page frame number has. */
#define PFN_MASK ((1ULL << 52) - 1)

static __always_inline bool dax_entry_is_value(u64 entry)
{
	return entry & 1;
}

static __always_inline u64 dax_entry_pfn(u64 entry)
{
	return entry >> 1 >> DAX_SHIFT;
}

static __always_inline bool dax_entry_has_page(u64 entry)
{
	return !(entry >> 1 & (DAX_ZERO_PAGE | DAX_EMPTY));
}

static __always_inline u32 dax_entry_order(u64 entry)
{
	return entry >> 1 & DAX_PMD ? DAX_PMD_ORDER : 0;
}

#endif /* PGMAPREF_DAX_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decodes DAX entries. fs/dax.c keeps an entry as an xarray value: pfn << DAX_SHIFT | flags.
 * DAX_SHIFT is 4 in every release from 4.20 to 7.3; in the series of 2022 it was 5 in version 2 and
 * 6 in version 3. plan.c chooses the first value. The insert hook sees the pfn and the entry
 * together, and corrects the value.
 */
#ifndef PGMAPREF_DAX_BPF_H
#define PGMAPREF_DAX_BPF_H

#define DAX_SHIFT 4
#define DAX_SHIFT_MOST 6
#define DAX_PMD (1UL << 1)
#define DAX_ZERO_PAGE (1UL << 2)
#define DAX_EMPTY (1UL << 3)
#define DAX_PMD_ORDER 9
/* pfn_t (up to 6.16) keeps flags in the bits above any page frame number. */
#define PFN_MASK ((1ULL << 52) - 1)

static __always_inline bool dax_entry_is_value(u64 entry)
{
	return entry & 1;
}

u32 dax_shift = DAX_SHIFT;

static __always_inline u64 dax_entry_pfn(u64 entry)
{
	return entry >> 1 >> (dax_shift & 7);
}

/* Returns false if no known shift gives this pfn. */
static __always_inline bool dax_shift_learn(u64 entry, u64 pfn)
{
	for (u32 shift = DAX_SHIFT; shift <= DAX_SHIFT_MOST; shift++) {
		if (entry >> 1 >> shift != pfn)
			continue;
		dax_shift = shift;
		return true;
	}
	return false;
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

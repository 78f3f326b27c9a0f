/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads struct page and struct folio: pfn <-> page, the pgmap of a page, and the counts of a page.
 * One helper for each difference between kernels.
 */
#ifndef PGMAPREF_PAGE_BPF_H
#define PGMAPREF_PAGE_BPF_H

#define PAGE_BATCH_BYTES 4096 /* of struct pages that are copied at once, at most */

/* Bits of inode.i_mode. BPF programs cannot include include/uapi/linux/stat.h. */
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFCHR 0020000
#define S_IFIFO 0010000

/* Start of the struct page array, set by calibrate; 0 if not known. */
u64 vmemmap_base;

/* sizeof(struct page) of the running kernel. */
#define PAGE_SIZE_OF bpf_core_type_size(struct page)

static __always_inline u64 page_of_pfn(u64 pfn)
{
	return vmemmap_base + pfn * PAGE_SIZE_OF;
}

static __always_inline u64 pfn_of_page(u64 page)
{
	return (page - vmemmap_base) / PAGE_SIZE_OF;
}

/* Offset of the word that tells heads from tails: bit 0 is set in tails, in all encodings. */
static __always_inline u32 page_compound_offset(void)
{
	if (bpf_core_field_exists(struct page___info, compound_info))
		return bpf_core_field_offset(struct page___info, compound_info);
	return bpf_core_field_offset(struct page___head, compound_head);
}

/*
 * The head of a page. Up to 7.0 a tail holds the head's address plus 1. Since 7.1 (compound_info)
 * it may hold a mask instead: head = page & mask. The mask clears only as many low bits as the
 * order needs, and is therefore above any address of the vmemmap.
 */
static __always_inline int page_head(u64 page, u64 *head)
{
	u64 info;

	if (bpf_probe_read_kernel(&info, sizeof(info), (void *)(page + page_compound_offset())))
		return -1;
	if (!(info & 1))
		*head = page;
	else if (info >= 0xffffff0000000000ULL)
		*head = page & (info & ~1ULL);
	else
		*head = info - 1;
	return 0;
}

/*
 * page->pgmap up to 6.14, folio->pgmap since 6.15 (e.g. commit series "fs/dax: Fix ZONE_DEVICE page
 * reference counts").
 */
static __always_inline u64 page_pgmap(u64 page)
{
	u64 head, pgmap = 0;
	u32 off;

	if (page_head(page, &head))
		return 0;
	if (bpf_core_field_exists(struct folio___pgmap, pgmap))
		off = bpf_core_field_offset(struct folio___pgmap, pgmap);
	else
		off = bpf_core_field_offset(struct page___pgmap, pgmap);
	if (bpf_probe_read_kernel(&pgmap, sizeof(pgmap), (void *)(head + off)))
		return 0;
	return pgmap;
}

static __always_inline u32 page_index_offset(void)
{
	if (bpf_core_field_exists(struct page___folio_index, __folio_index))
		return bpf_core_field_offset(struct page___folio_index, __folio_index);
	return bpf_core_field_offset(struct page___index, index);
}

static __always_inline bool page_flags_head(u64 flags)
{
	return flags & (1ULL << bpf_core_enum_value(enum pageflags, PG_head));
}

/* Offset of a large folio's order, from the address of its head. */
static __always_inline u32 folio_order_offset(void)
{
	if (bpf_core_field_exists(struct folio___order, _folio_order))
		return bpf_core_field_offset(struct folio___order, _folio_order);
	return bpf_core_field_offset(struct folio___flags_1, _flags_1);
}

/* Offset of a large folio's pin count, from the address of its head; 0: not known. */
static __always_inline u32 folio_pincount_offset(void)
{
	if (!bpf_core_field_exists(struct folio___pincount, _pincount))
		return 0;
	return bpf_core_field_offset(struct folio___pincount, _pincount.counter);
}

/* Offset of the count of mappings, from the address of the head. */
static __always_inline u32 page_mapcount_offset(bool large)
{
	if (large && bpf_core_field_exists(struct folio___large, _large_mapcount))
		return bpf_core_field_offset(struct folio___large, _large_mapcount.counter);
	return bpf_core_field_offset(struct page, _mapcount.counter);
}

static __always_inline u32 folio_order(u64 folio)
{
	u64 flags;
	u8 order = 0;

	if (bpf_probe_read_kernel(&flags, sizeof(flags), (void *)folio) || !page_flags_head(flags))
		return 0;
	bpf_probe_read_kernel(&order, sizeof(order), (void *)(folio + folio_order_offset()));
	return order;
}

/* Number of entries that share a DAX folio; valid only if the folio's mapping is NULL. */
static __always_inline u64 folio_share(u64 folio)
{
	u64 share = 0;

	if (bpf_core_field_exists(struct folio___share, share))
		bpf_probe_read_kernel(
			&share, sizeof(share),
			(void *)(folio + bpf_core_field_offset(struct folio___share, share)));
	return share;
}

static __always_inline void mapping_inode(u64 mapping, u64 *ino, u32 *dev, u32 *chr)
{
	struct address_space *m = (void *)mapping;
	struct inode *host = BPF_CORE_READ(m, host);
	u32 rdev = BPF_CORE_READ(host, i_rdev);
	u16 mode = BPF_CORE_READ(host, i_mode);

	*chr = (mode & S_IFMT) == S_IFCHR;
	*ino = BPF_CORE_READ(host, i_ino);
	*dev = *chr ? rdev : BPF_CORE_READ(host, i_sb, s_dev);
}

/*
 * Is the inode of this mapping being evicted? Up to 6.18 the programs cannot read that. There the
 * function returns whether the file has no name any more; a task may still have the file open.
 */
static __always_inline u32 mapping_going(u64 mapping)
{
	struct address_space *m = (void *)mapping;
	struct inode *host = BPF_CORE_READ(m, host);

	if (bpf_core_enum_value_exists(enum inode_state_flags_enum, I_FREEING))
		return !!(BPF_CORE_READ((struct inode___state *)host, i_state.__state) &
			  bpf_core_enum_value(enum inode_state_flags_enum, I_FREEING));
	return !BPF_CORE_READ(host, i_nlink);
}

#endif /* PGMAPREF_PAGE_BPF_H */

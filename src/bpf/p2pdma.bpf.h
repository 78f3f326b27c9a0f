/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PCI peer-to-peer memory (drivers/pci/p2pdma.c): one reference of the pgmap for each allocation of
 * a driver, and one for each page that a process has mapped.
 */
#ifndef PGMAPREF_P2PDMA_BPF_H
#define PGMAPREF_P2PDMA_BPF_H

#include "bpf/account.bpf.h"

/* Chunks in a device's pool: one for each BAR that a driver added, at most 6. */
#define P2P_CHUNKS 16

/*
 * Finds the pgmap and the pfn of an address that pci_alloc_p2pmem() returned. The chunks of the
 * pool know both: pci_p2pdma_add_resource() makes one chunk for each pgmap, and its owner is
 * &pgmap->ref (6.1 and 7.3). A look-up in map pgmaps verifies the address.
 */
static __always_inline bool p2p_find(u64 pdev_addr, u64 kaddr, u64 *pgmap, u64 *pfn)
{
	struct pci_dev *pdev = (void *)pdev_addr;
	struct gen_pool *pool = BPF_CORE_READ(pdev, p2pdma, pool);
	u64 head = (u64)pool + bpf_core_field_offset(struct gen_pool, chunks);
	u64 node = (u64)BPF_CORE_READ(pool, chunks.next);

	for (u32 i = 0; i < P2P_CHUNKS && node && node != head; i++) {
		struct gen_pool_chunk *c =
			(void *)(node - bpf_core_field_offset(struct gen_pool_chunk, next_chunk));
		u64 start = BPF_CORE_READ(c, start_addr), end = BPF_CORE_READ(c, end_addr);

		if (kaddr >= start && kaddr <= end) {
			struct pgr_pgmap *p;
			u64 addr = (u64)BPF_CORE_READ(c, owner) -
				   bpf_core_field_offset(struct dev_pagemap, ref);

			p = bpf_map_lookup_elem(&pgmaps, &addr);
			if (!p) {
				if (ready)
					lose(PGR_LOSS_PGMAP_UNKNOWN);
				return false;
			}
			*pgmap = addr;
			*pfn = (p->first.start >> PAGE_SHIFT) + ((kaddr - start) >> PAGE_SHIFT);
			return true;
		}
		node = (u64)BPF_CORE_READ(c, next_chunk.next);
	}
	lose(PGR_LOSS_READ);
	return false;
}

/* pci_alloc_p2pmem(pdev, size) -> kaddr; NULL: no memory left */
static __always_inline int on_p2p_alloc(void *ctx, u64 pdev, u64 kaddr)
{
	struct event e = { .event = PGR_EV_ALLOC, .n = 1, .holding = PGR_HOLD_PAGE };
	u64 pgmap;

	if (kaddr && p2p_find(pdev, kaddr, &pgmap, &e.pfn))
		account(ctx, PGR_HOOK_P2P_ALLOC, pgmap, &e);
	return 0;
}

/* pci_free_p2pmem(pdev, kaddr, size). The kernel puts the reference after this hook. */
static __always_inline int on_p2p_free(void *ctx, u64 pdev, u64 kaddr)
{
	struct event e = { .event = PGR_EV_FREE, .n = -1, .pending = -1, .holding = PGR_HOLD_PAGE };
	u64 pgmap;

	if (p2p_find(pdev, kaddr, &pgmap, &e.pfn))
		account(ctx, PGR_HOOK_P2P_FREE, pgmap, &e);
	return 0;
}

/*
 * p2pmem_alloc_mmap(filp, kobj, attr, vma) allocates and inserts page by page. Only the arguments
 * of vm_insert_page() tell which pages. A stash of the task marks its calls of vm_insert_page()
 * from there. If one call fails, arg[0] is the pgmap and arg[1] the counter.
 */
static __always_inline int on_p2p_map_entry(void)
{
	struct stash s = {};

	stash_put(PGR_HOOK_P2P_MAP, &s);
	return 0;
}

/* The stash of the p2pmem_alloc_mmap() call that the running task is in, or NULL. */
static __always_inline struct stash *in_p2p_map(void)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = PGR_HOOK_P2P_MAP };

	return bpf_map_lookup_elem(&stashes, &k);
}

/*
 * vm_insert_page(vma, addr, page) -> ret. After success the kernel takes the reference of the page.
 * When the mapping is complete, the kernel puts the reference that guarded the whole mapping. The
 * counter at this hook is therefore equal to the counter after both steps.
 */
static __always_inline int on_p2p_map_page(void *ctx, u64 page, u64 ret)
{
	struct stash *s = in_p2p_map();
	struct event e = {
		.event = PGR_EV_ALLOC,
		.n = 1,
		.holding = PGR_HOLD_PAGE,
		.unconfirmed = 1, /* a process maps the page */
	};
	u64 pgmap;
	u32 flags;

	if (!s)
		return 0; /* a call from another function */
	pgmap = page_pgmap(page);
	if (!pgmap) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	if ((u32)ret) {
		s->arg[1] = ref_value((void *)pgmap, &flags);
		if (flags & PGR_REF_UNREADABLE)
			lose(PGR_LOSS_READ);
		else
			s->arg[0] = pgmap;
		return 0;
	}
	e.pfn = pfn_of_page(page);
	account(ctx, PGR_HOOK_P2P_MAP_PAGE, pgmap, &e);
	return 0;
}

/*
 * The same for a kretprobe. Its kprobe kept the arguments of calls from p2pmem_alloc_mmap() only.
 */
static __always_inline int on_p2p_map_page_return(void *ctx, u64 ret)
{
	struct stash s;

	return in_p2p_map() && stash_take(PGR_HOOK_P2P_MAP_PAGE, &s) ?
		       on_p2p_map_page(ctx, s.arg[2], ret) :
		       0;
}

/*
 * If a page could not be inserted, the kernel must still put the guard reference. From 6.2 until
 * commit 6220694c52a5 it did not, and nobody ever puts that reference. Nothing else differs between
 * these kernels, so the counter is compared. Only a few instructions lie between the two samples; a
 * get of another task between them would be taken for the missing put.
 */
static __always_inline int on_p2p_map(void *ctx, u64 ret)
{
	struct event e = { .event = PGR_EV_GET, .n = 1, .holding = PGR_HOLD_GET };
	struct stash s;
	s64 value;
	u32 flags;

	if (!stash_take(PGR_HOOK_P2P_MAP, &s) || !(u32)ret || !s.arg[0])
		return 0; /* no stash, success, or a failure before any reference was taken */
	value = ref_value((void *)s.arg[0], &flags);
	if (flags & PGR_REF_UNREADABLE)
		lose(PGR_LOSS_READ);
	else if (value >= (s64)s.arg[1])
		account(ctx, PGR_HOOK_P2P_MAP, s.arg[0], &e);
	return 0;
}

/*
 * p2pdma_folio_free(folio) and p2pdma_page_free(page). The kernel puts the reference after this
 * hook.
 */
static __always_inline int on_p2p_page_free(void *ctx, u64 page)
{
	struct event e = { .event = PGR_EV_FREE,
			   .n = -1,
			   .pending = -1,
			   .pfn = pfn_of_page(page),
			   .holding = PGR_HOLD_PAGE };
	u64 pgmap = page_pgmap(page);

	if (!pgmap) {
		lose(PGR_LOSS_READ);
		return 0;
	}
	account(ctx, PGR_HOOK_P2P_PAGE_FREE, pgmap, &e);
	return 0;
}

#endif /* PGMAPREF_P2PDMA_BPF_H */

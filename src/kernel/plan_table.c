// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/plan_table.h"

/* clang-format off */
const struct variant variants[] = {
	/* memremap_pages(pgmap, nid), mm/memremap.c, 5.10 to 7.3 */
	{ PGR_HOOK_CREATE, PLAN_FENTRY, "memremap_pages", 2, false, { "create_fexit" } },
	{ PGR_HOOK_CREATE, PLAN_KPROBE, "memremap_pages", 2, false,
	  { "create_kprobe", "create_kretprobe" } },

	/* devm_memremap_pages(dev, pgmap), mm/memremap.c */
	{ PGR_HOOK_NAME, PLAN_FENTRY, "devm_memremap_pages", 2, false, { "name_fentry" } },
	{ PGR_HOOK_NAME, PLAN_KPROBE, "devm_memremap_pages", 2, false, { "name_kprobe" } },

	/* memunmap_pages(pgmap), mm/memremap.c */
	{ PGR_HOOK_TEARDOWN, PLAN_FENTRY, "memunmap_pages", 1, false, { "teardown_fentry" } },
	{ PGR_HOOK_TEARDOWN, PLAN_KPROBE, "memunmap_pages", 1, false, { "teardown_kprobe" } },
	{ PGR_HOOK_SWEEP, PLAN_FENTRY, "memunmap_pages", 1, false,
	  { "sweep_fentry", "sweep2_fentry" } },
	{ PGR_HOOK_SWEEP, PLAN_KPROBE, "memunmap_pages", 1, false, { "sweep_kprobe" } },
	{ PGR_HOOK_GONE, PLAN_FENTRY, "memunmap_pages", 1, false, { "gone_fexit" } },
	{ PGR_HOOK_GONE, PLAN_KPROBE, "memunmap_pages", 1, false, { "gone_kretprobe" } },

	/*
	 * Called by pageunmap_range() for every type, the last thing before struct pages
	 * go: remove_pfn_range_from_zone(zone, start_pfn, nr_pages), mm/memory_hotplug.c,
	 * 5.5 to 7.3. Not arch_remove_memory(): private memory does not come that way, and
	 * with CONFIG_DEBUG_VM the pages are poisoned by then.
	 */
	{ PGR_HOOK_FINAL, PLAN_FENTRY, "remove_pfn_range_from_zone", ANY_ARITY, false,
	  { "final_fentry" } },
	{ PGR_HOOK_FINAL, PLAN_KPROBE, "remove_pfn_range_from_zone", ANY_ARITY, false,
	  { "final_kprobe" } },

	/* dev_pagemap_percpu_release(ref), mm/memremap.c */
	{ PGR_HOOK_DRAINED, PLAN_FENTRY, "dev_pagemap_percpu_release", 1, false,
	  { "drained_fentry" } },
	{ PGR_HOOK_DRAINED, PLAN_KPROBE, "dev_pagemap_percpu_release", 1, true,
	  { "drained_kprobe" } },

	/*
	 * get_dev_pagemap_many(pfn, pgmap, refs) of the series "Fix the DAX-gup mistake", where
	 * get_dev_pagemap() is an inline wrapper; it has no other symbol there.
	 */
	{ PGR_HOOK_GET, PLAN_FENTRY, "get_dev_pagemap_many", 3, false,
	  { "get3_fentry", "get3_fexit" } },
	{ PGR_HOOK_GET, PLAN_KPROBE, "get_dev_pagemap_many", 3, false,
	  { "get3_kprobe", "get3_kretprobe" } },
	/* get_dev_pagemap(pfn, pgmap) up to 6.17; (pfn) since 6.18 */
	{ PGR_HOOK_GET, PLAN_FENTRY, "get_dev_pagemap", 2, false, { "get2_fexit" } },
	{ PGR_HOOK_GET, PLAN_FENTRY, "get_dev_pagemap", 1, false, { "get1_fexit" } },
	{ PGR_HOOK_GET, PLAN_KPROBE, "get_dev_pagemap", 2, false,
	  { "get_kprobe", "get2_kretprobe" } },
	{ PGR_HOOK_GET, PLAN_KPROBE, "get_dev_pagemap", 1, false,
	  { "get_kprobe", "get1_kretprobe" } },

	/* zone_device_page_init(page) since 6.0; (page, pgmap, order) since 6.19 */
	{ PGR_HOOK_ALLOC, PLAN_FENTRY, "zone_device_page_init", 1, false, { "alloc1_fexit" } },
	{ PGR_HOOK_ALLOC, PLAN_FENTRY, "zone_device_page_init", 3, false, { "alloc3_fexit" } },
	{ PGR_HOOK_ALLOC, PLAN_KPROBE, "zone_device_page_init", 1, false,
	  { "alloc_kprobe", "alloc1_kretprobe" } },
	{ PGR_HOOK_ALLOC, PLAN_KPROBE, "zone_device_page_init", 3, false,
	  { "alloc_kprobe", "alloc3_kretprobe" } },

	/* free_zone_device_page(page) up to 6.8, free_zone_device_folio(folio) since */
	{ PGR_HOOK_FREE, PLAN_FENTRY, "free_zone_device_folio", 1, false, { "free_fentry" } },
	{ PGR_HOOK_FREE, PLAN_FENTRY, "free_zone_device_page", 1, false, { "free_fentry" } },
	{ PGR_HOOK_FREE, PLAN_KPROBE, "free_zone_device_folio", 1, true, { "free_kprobe" } },
	{ PGR_HOOK_FREE, PLAN_KPROBE, "free_zone_device_page", 1, true, { "free_kprobe" } },

	/* dax_insert_entry(xas, vmf, iter, entry, pfn, flags), fs/dax.c, 6.0 to 7.3; pfn is
	 * a pfn_t up to 6.16 */
	{ PGR_HOOK_INSERT, PLAN_FENTRY, "dax_insert_entry", 6, false, { "insert6_fexit" } },
	{ PGR_HOOK_INSERT, PLAN_KPROBE, "dax_insert_entry", 6, false,
	  { "insert6_kprobe", "insert6_kretprobe" } },
	/* (xas, vmf, pentry, pfn, flags) in versions 1 to 3 of that series */
	{ PGR_HOOK_INSERT, PLAN_FENTRY, "dax_insert_entry", 5, false,
	  { "insert5_fentry", "insert5_fexit" } },
	{ PGR_HOOK_INSERT, PLAN_KPROBE, "dax_insert_entry", 5, false,
	  { "insert5_kprobe", "insert5_kretprobe" } },

	/*
	 * fs/dax.c: where an entry goes. dax_folio_reset_order(folio) since 7.1;
	 * dax_folio_put(folio) is a function of its own from 6.15 to 7.0;
	 * dax_disassociate_entry(entry, mapping, trunc) up to 6.14. Not
	 * dax_delete_mapping_entry(): truncate has not come that way since 6.15.
	 */
	{ PGR_HOOK_DELETE, PLAN_FENTRY, "dax_folio_reset_order", 1, false,
	  { "delete_reset_fentry" } },
	{ PGR_HOOK_DELETE, PLAN_KPROBE, "dax_folio_reset_order", 1, true,
	  { "delete_reset_kprobe" } },
	{ PGR_HOOK_DELETE, PLAN_FENTRY, "dax_folio_put", 1, false, { "delete_put_fentry" } },
	{ PGR_HOOK_DELETE, PLAN_KPROBE, "dax_folio_put", 1, true, { "delete_put_kprobe" } },
	{ PGR_HOOK_DELETE, PLAN_FENTRY, "dax_disassociate_entry", 3, false,
	  { "delete_entry_fentry" } },
	{ PGR_HOOK_DELETE, PLAN_KPROBE, "dax_disassociate_entry", 3, true,
	  { "delete_entry_kprobe" } },

	/*
	 * Of that series and the thread on "fsdax: Manage pgmap references at entry insertion
	 * and deletion": put_dev_pagemap_many(pgmap, refs), where it is no inline function;
	 * pgmap_get_folio(pgmap, pfn), also proposed as pgmap_folio_get(); the constructing
	 * form (pgmap, pfn, order), and pgmap_request_folio(pgmap, offset, order) that was in
	 * linux-next in 2022; pgmap_alloc_folios(pgmap, start, length); pgmap_put_folio(folio),
	 * which returns whether it put.
	 */
	{ PGR_HOOK_PUT, PLAN_FENTRY, "put_dev_pagemap_many", 2, false, { "put_fentry" } },
	{ PGR_HOOK_PUT, PLAN_KPROBE, "put_dev_pagemap_many", 2, false, { "put_kprobe" } },
	{ PGR_HOOK_FOLIO_GET, PLAN_FENTRY, "pgmap_get_folio", 2, false,
	  { "folio_get_fentry", "folio_get_fexit" } },
	{ PGR_HOOK_FOLIO_GET, PLAN_KPROBE, "pgmap_get_folio", 2, false,
	  { "folio_get_kprobe", "folio_get_kretprobe" } },
	{ PGR_HOOK_FOLIO_GET, PLAN_FENTRY, "pgmap_folio_get", 2, false,
	  { "folio_get_fentry", "folio_get_fexit" } },
	{ PGR_HOOK_FOLIO_GET, PLAN_KPROBE, "pgmap_folio_get", 2, false,
	  { "folio_get_kprobe", "folio_get_kretprobe" } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_FENTRY, "pgmap_construct_folio", 3, false,
	  { "folio_make_fentry", "folio_make_fexit" } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_KPROBE, "pgmap_construct_folio", 3, false,
	  { "folio_make_kprobe", "folio_make_kretprobe" } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_FENTRY, "pgmap_request_folio", 3, false,
	  { "folio_request_fentry", "folio_make_fexit" } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_KPROBE, "pgmap_request_folio", 3, false,
	  { "folio_request_kprobe", "folio_make_kretprobe" } },
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_FENTRY, "pgmap_alloc_folios", 3, false,
	  { "folio_alloc_fentry", "folio_alloc_fexit" } },
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_KPROBE, "pgmap_alloc_folios", 3, false,
	  { "folio_alloc_kprobe", "folio_alloc_kretprobe" } },
	/* version 3: (pgmap, folio, nr) -> bool */
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_FENTRY, "pgmap_request_folios", 3, false,
	  { "folio_requests_fentry", "folio_requests_fexit" } },
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_KPROBE, "pgmap_request_folios", 3, false,
	  { "folio_requests_kprobe", "folio_requests_kretprobe" } },
	{ PGR_HOOK_FOLIO_PUT, PLAN_FENTRY, "pgmap_put_folio", 1, false,
	  { "folio_put_fentry", "folio_put_fexit" } },
	{ PGR_HOOK_FOLIO_PUT, PLAN_KPROBE, "pgmap_put_folio", 1, false,
	  { "folio_put_kprobe", "folio_put_kretprobe" } },

	/*
	 * drivers/pci/p2pdma.c: pci_alloc_p2pmem(pdev, size) and pci_free_p2pmem(pdev, addr,
	 * size), 6.1 to 7.3. Since 6.2 processes map it: p2pmem_alloc_mmap(filp, kobj, attr,
	 * vma), which inserts with vm_insert_page(vma, addr, page) of mm/memory.c, and gives
	 * back with p2pdma_page_free(page) up to 6.18, p2pdma_folio_free(folio) since 6.19.
	 */
	{ PGR_HOOK_P2P_ALLOC, PLAN_FENTRY, "pci_alloc_p2pmem", 2, false, { "p2p_alloc_fexit" } },
	{ PGR_HOOK_P2P_ALLOC, PLAN_KPROBE, "pci_alloc_p2pmem", 2, false,
	  { "p2p_alloc_kprobe", "p2p_alloc_kretprobe" } },
	{ PGR_HOOK_P2P_FREE, PLAN_FENTRY, "pci_free_p2pmem", 3, false, { "p2p_free_fentry" } },
	{ PGR_HOOK_P2P_FREE, PLAN_KPROBE, "pci_free_p2pmem", 3, false, { "p2p_free_kprobe" } },
	{ PGR_HOOK_P2P_MAP, PLAN_FENTRY, "p2pmem_alloc_mmap", 4, false,
	  { "p2p_map_fentry", "p2p_map_fexit" } },
	{ PGR_HOOK_P2P_MAP, PLAN_KPROBE, "p2pmem_alloc_mmap", 4, true,
	  { "p2p_map_kprobe", "p2p_map_kretprobe" } },
	{ PGR_HOOK_P2P_MAP_PAGE, PLAN_FENTRY, "vm_insert_page", 3, false,
	  { "p2p_map_page_fexit" } },
	{ PGR_HOOK_P2P_MAP_PAGE, PLAN_KPROBE, "vm_insert_page", 3, false,
	  { "p2p_map_page_kprobe", "p2p_map_page_kretprobe" } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_FENTRY, "p2pdma_folio_free", 1, false,
	  { "p2p_page_free_fentry" } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_KPROBE, "p2pdma_folio_free", 1, true,
	  { "p2p_page_free_kprobe" } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_FENTRY, "p2pdma_page_free", 1, false,
	  { "p2p_page_free_fentry" } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_KPROBE, "p2pdma_page_free", 1, true,
	  { "p2p_page_free_kprobe" } },

	/*
	 * mm/gup.c: what pins pages of processes, at the functions that all others call. Signatures
	 * and calls were read in the BTF and the code of 6.1, 6.12 and 7.3: pin_user_pages(start,
	 * nr_pages, gup_flags, pages, vmas) and get_user_pages() alike lost the last one by 6.12;
	 * _remote(mm, start, nr_pages, gup_flags, pages, vmas, locked), too, and so became short
	 * enough for fentry; _unlocked(start, nr_pages, pages, gup_flags), which on 6.1 others here
	 * call; _fast(start, nr_pages, gup_flags, pages). What iov_iter_get_pages2() and
	 * iov_iter_extract_pages() pin they have from these.
	 */
	{ PGR_HOOK_PIN_FAST, PLAN_FENTRY, "pin_user_pages_fast", 4, false, { "pin_fast_fexit" } },
	{ PGR_HOOK_PIN_FAST, PLAN_KPROBE, "pin_user_pages_fast", 4, false,
	  { "pin_fast_kprobe", "pin_fast_kretprobe" } },
	{ PGR_HOOK_PIN, PLAN_FENTRY, "pin_user_pages", ANY_ARITY, false, { "pin_fexit" } },
	{ PGR_HOOK_PIN, PLAN_KPROBE, "pin_user_pages", ANY_ARITY, false,
	  { "pin_kprobe", "pin_kretprobe" } },
	{ PGR_HOOK_PIN_REMOTE, PLAN_FENTRY, "pin_user_pages_remote", 6, false,
	  { "pin_remote_fexit" } },
	{ PGR_HOOK_PIN_REMOTE, PLAN_KPROBE, "pin_user_pages_remote", ANY_ARITY, false,
	  { "pin_remote_kprobe", "pin_remote_kretprobe" } },
	{ PGR_HOOK_PIN_UNLOCKED, PLAN_FENTRY, "pin_user_pages_unlocked", 4, false,
	  { "pin_unlocked_fexit" } },
	{ PGR_HOOK_PIN_UNLOCKED, PLAN_KPROBE, "pin_user_pages_unlocked", 4, false,
	  { "pin_unlocked_kprobe", "pin_unlocked_kretprobe" } },
	{ PGR_HOOK_GUP_FAST, PLAN_FENTRY, "get_user_pages_fast", 4, false, { "gup_fast_fexit" } },
	{ PGR_HOOK_GUP_FAST, PLAN_KPROBE, "get_user_pages_fast", 4, false,
	  { "gup_fast_kprobe", "gup_fast_kretprobe" } },
	{ PGR_HOOK_GUP, PLAN_FENTRY, "get_user_pages", ANY_ARITY, false, { "gup_fexit" } },
	{ PGR_HOOK_GUP, PLAN_KPROBE, "get_user_pages", ANY_ARITY, false,
	  { "gup_kprobe", "gup_kretprobe" } },
	{ PGR_HOOK_GUP_REMOTE, PLAN_FENTRY, "get_user_pages_remote", 6, false,
	  { "gup_remote_fexit" } },
	{ PGR_HOOK_GUP_REMOTE, PLAN_KPROBE, "get_user_pages_remote", ANY_ARITY, false,
	  { "gup_remote_kprobe", "gup_remote_kretprobe" } },
	{ PGR_HOOK_GUP_UNLOCKED, PLAN_FENTRY, "get_user_pages_unlocked", 4, false,
	  { "gup_unlocked_fexit" } },
	{ PGR_HOOK_GUP_UNLOCKED, PLAN_KPROBE, "get_user_pages_unlocked", 4, false,
	  { "gup_unlocked_kprobe", "gup_unlocked_kretprobe" } },
	/* _fast_only as _fast; that of pin_user_pages went between 6.1 and 6.12. */
	{ PGR_HOOK_PIN_FAST_ONLY, PLAN_FENTRY, "pin_user_pages_fast_only", 4, false,
	  { "pin_fast_only_fexit" } },
	{ PGR_HOOK_PIN_FAST_ONLY, PLAN_KPROBE, "pin_user_pages_fast_only", 4, false,
	  { "pin_fast_only_kprobe", "pin_fast_only_kretprobe" } },
	{ PGR_HOOK_GUP_FAST_ONLY, PLAN_FENTRY, "get_user_pages_fast_only", 4, false,
	  { "gup_fast_only_fexit" } },
	{ PGR_HOOK_GUP_FAST_ONLY, PLAN_KPROBE, "get_user_pages_fast_only", 4, false,
	  { "gup_fast_only_kprobe", "gup_fast_only_kretprobe" } },
	/*
	 * And what unpins them, the same in 6.1 to 7.3; unpin_user_folio(folio, npages) is there by
	 * 6.12, where direct I/O and fixed buffers of an io_uring end with it. Not unpin_folio()
	 * and unpin_folios(): those are for memfd_pin_folios(), which pins no device memory.
	 */
	{ PGR_HOOK_UNPIN_PAGE, PLAN_FENTRY, "unpin_user_page", 1, false, { "unpin_page_fentry" } },
	{ PGR_HOOK_UNPIN_PAGE, PLAN_KPROBE, "unpin_user_page", 1, true, { "unpin_page_kprobe" } },
	{ PGR_HOOK_UNPIN_PAGES, PLAN_FENTRY, "unpin_user_pages", 2, false,
	  { "unpin_pages_fentry" } },
	{ PGR_HOOK_UNPIN_PAGES, PLAN_KPROBE, "unpin_user_pages", 2, false,
	  { "unpin_pages_kprobe" } },
	{ PGR_HOOK_UNPIN_DIRTY, PLAN_FENTRY, "unpin_user_pages_dirty_lock", 3, false,
	  { "unpin_dirty_fentry" } },
	{ PGR_HOOK_UNPIN_DIRTY, PLAN_KPROBE, "unpin_user_pages_dirty_lock", 3, false,
	  { "unpin_dirty_kprobe" } },
	{ PGR_HOOK_UNPIN_RANGE, PLAN_FENTRY, "unpin_user_page_range_dirty_lock", 3, false,
	  { "unpin_range_fentry" } },
	{ PGR_HOOK_UNPIN_RANGE, PLAN_KPROBE, "unpin_user_page_range_dirty_lock", 3, false,
	  { "unpin_range_kprobe" } },
	{ PGR_HOOK_UNPIN_FOLIO, PLAN_FENTRY, "unpin_user_folio", 2, false,
	  { "unpin_folio_fentry" } },
	{ PGR_HOOK_UNPIN_FOLIO, PLAN_KPROBE, "unpin_user_folio", 2, false,
	  { "unpin_folio_kprobe" } },

	{ PGR_HOOK_FORK, PLAN_RAW_TP, "sched_process_fork", ANY_ARITY, false, { "fork_raw", "exit_raw" } },
};
/* clang-format on */

_Static_assert(sizeof(variants) / sizeof(*variants) <= VARIANTS_MAX, "VARIANTS_MAX");
const size_t nr_variants = sizeof(variants) / sizeof(*variants);

#define IN_SERIES(hook) SHOWN_BY(hook) /* of the series of 2022, each by itself */
#define P2P (SHOWN_BY(PGR_HOOK_P2P_ALLOC) | SHOWN_BY(PGR_HOOK_P2P_FREE))
#define P2P_MAP (SHOWN_BY(PGR_HOOK_P2P_MAP) | SHOWN_BY(PGR_HOOK_P2P_PAGE_FREE))

const struct hook_facts hook_facts[PGR_HOOKS] = {
	[PGR_HOOK_CREATE] = { "memremap_pages",
			      "pgmaps created while tracing; their sampled baseline", 0 },
	[PGR_HOOK_NAME] = { "devm_memremap_pages", "the device a new pgmap belongs to", 0 },
	[PGR_HOOK_TEARDOWN] = { "memunmap_pages", "that a teardown began", 0 },
	[PGR_HOOK_SWEEP] = { "memunmap_pages", "pages that are busy at a teardown", 0 },
	[PGR_HOOK_FINAL] = { "remove_pfn_range_from_zone",
			     "pages that are busy just before they go", 0 },
	[PGR_HOOK_DRAINED] = { "dev_pagemap_percpu_release",
			       "who dropped the last reference, and when", 0 },
	[PGR_HOOK_GONE] = { "memunmap_pages", "that a teardown ended", 0 },
	[PGR_HOOK_GET] = { "get_dev_pagemap", "who took references", 0 },
	[PGR_HOOK_ALLOC] = { "zone_device_page_init", "who allocated device pages", 0 },
	[PGR_HOOK_FREE] = { "free_zone_device_folio", "that device pages were freed", 0 },
	[PGR_HOOK_INSERT] = { "dax_insert_entry", "who inserted DAX entries", 0 },
	[PGR_HOOK_DELETE] = { "dax_disassociate_entry", "that DAX entries went", 0 },
	[PGR_HOOK_FORK] = { "sched_process_fork", "children of COMMAND", 0 },
	[PGR_HOOK_PUT] = { "put_dev_pagemap_many", "who put references", IN_SERIES(PGR_HOOK_PUT) },
	[PGR_HOOK_FOLIO_GET] = { "pgmap_get_folio", "who took a folio's reference",
				 IN_SERIES(PGR_HOOK_FOLIO_GET) },
	[PGR_HOOK_FOLIO_MAKE] = { "pgmap_construct_folio", "who took a large folio's reference",
				  IN_SERIES(PGR_HOOK_FOLIO_MAKE) },
	[PGR_HOOK_FOLIO_PUT] = { "pgmap_put_folio", "that a folio's reference was put",
				 IN_SERIES(PGR_HOOK_FOLIO_PUT) },
	[PGR_HOOK_FOLIO_ALLOC] = { "pgmap_alloc_folios",
				   "who took the references of a range of folios",
				   IN_SERIES(PGR_HOOK_FOLIO_ALLOC) },
	[PGR_HOOK_P2P_ALLOC] = { "pci_alloc_p2pmem", "which driver took peer-to-peer memory", P2P },
	[PGR_HOOK_P2P_FREE] = { "pci_free_p2pmem", "that a driver gave peer-to-peer memory back",
				P2P },
	[PGR_HOOK_P2P_MAP] = { "p2pmem_alloc_mmap", "who mapped peer-to-peer memory", P2P_MAP },
	/* Its function has other callers, and says nothing of whether this memory can be mapped. */
	[PGR_HOOK_P2P_MAP_PAGE] = { "vm_insert_page", "which peer-to-peer pages were mapped",
				    P2P_MAP },
	[PGR_HOOK_P2P_PAGE_FREE] = { "p2pdma_folio_free",
				     "that mapped peer-to-peer pages were given back", P2P_MAP },
	[PGR_HOOK_PIN_FAST] = { "pin_user_pages_fast", "who pinned pages by it", 0 },
	[PGR_HOOK_PIN] = { "pin_user_pages", "who pinned pages by it", 0 },
	[PGR_HOOK_PIN_REMOTE] = { "pin_user_pages_remote", "who pinned pages by it", 0 },
	[PGR_HOOK_PIN_UNLOCKED] = { "pin_user_pages_unlocked", "who pinned pages by it", 0 },
	[PGR_HOOK_GUP_FAST] = { "get_user_pages_fast", "who pinned pages by it", 0 },
	[PGR_HOOK_GUP] = { "get_user_pages", "who pinned pages by it", 0 },
	[PGR_HOOK_GUP_REMOTE] = { "get_user_pages_remote", "who pinned pages by it", 0 },
	[PGR_HOOK_GUP_UNLOCKED] = { "get_user_pages_unlocked", "who pinned pages by it", 0 },
	[PGR_HOOK_PIN_FAST_ONLY] = { "pin_user_pages_fast_only", "who pinned pages by it",
				     SHOWN_BY(PGR_HOOK_PIN_FAST_ONLY) },
	[PGR_HOOK_GUP_FAST_ONLY] = { "get_user_pages_fast_only", "who pinned pages by it", 0 },
	[PGR_HOOK_UNPIN_PAGE] = { "unpin_user_page", "before the next look, pages it unpinned", 0 },
	[PGR_HOOK_UNPIN_PAGES] = { "unpin_user_pages", "before the next look, pages it unpinned",
				   0 },
	[PGR_HOOK_UNPIN_DIRTY] = { "unpin_user_pages_dirty_lock",
				   "before the next look, pages it unpinned", 0 },
	[PGR_HOOK_UNPIN_RANGE] = { "unpin_user_page_range_dirty_lock",
				   "before the next look, pages it unpinned", 0 },
	/* Younger than the others: where it is not, nothing is unpinned by it. */
	[PGR_HOOK_UNPIN_FOLIO] = { "unpin_user_folio", "before the next look, pages it unpinned",
				   SHOWN_BY(PGR_HOOK_UNPIN_FOLIO) },
};

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/plan_table.h"

/* A program and the way to attach it. The way is the suffix of the program's name. */
#define FENTRY(name)                           \
	{                                      \
#name "_fentry", PGR_BY_FENTRY \
	}
#define FEXIT(name)                          \
	{                                    \
#name "_fexit", PGR_BY_FEXIT \
	}
#define KPROBE(name)                           \
	{                                      \
#name "_kprobe", PGR_BY_KPROBE \
	}
#define KRETPROBE(name)                              \
	{                                            \
#name "_kretprobe", PGR_BY_KRETPROBE \
	}
#define BREAKPOINT(name)                               \
	{                                              \
#name "_breakpoint", PGR_BY_BREAKPOINT \
	}
#define RAW(name)                           \
	{                                   \
#name "_raw", PGR_BY_RAW_TP \
	}

/* clang-format off */
const struct variant variants[] = {
	/* memremap_pages(pgmap, nid), mm/memremap.c, 5.10 to 7.3 */
	{ PGR_HOOK_CREATE, PLAN_FENTRY, "memremap_pages", 2, false, { FEXIT(create) } },
	{ PGR_HOOK_CREATE, PLAN_KPROBE, "memremap_pages", 2, false,
	  { KPROBE(create), KRETPROBE(create) } },

	/* devm_memremap_pages(dev, pgmap), mm/memremap.c */
	{ PGR_HOOK_NAME, PLAN_FENTRY, "devm_memremap_pages", 2, false, { FENTRY(name) } },
	{ PGR_HOOK_NAME, PLAN_KPROBE, "devm_memremap_pages", 2, false, { KPROBE(name) } },

	/* memunmap_pages(pgmap), mm/memremap.c */
	{ PGR_HOOK_TEARDOWN, PLAN_FENTRY, "memunmap_pages", 1, false, { FENTRY(teardown) } },
	{ PGR_HOOK_TEARDOWN, PLAN_KPROBE, "memunmap_pages", 1, false, { KPROBE(teardown) } },
	{ PGR_HOOK_SWEEP, PLAN_FENTRY, "memunmap_pages", 1, false,
	  { FENTRY(sweep), FENTRY(sweep2) } },
	{ PGR_HOOK_SWEEP, PLAN_KPROBE, "memunmap_pages", 1, false, { KPROBE(sweep) } },
	{ PGR_HOOK_GONE, PLAN_FENTRY, "memunmap_pages", 1, false, { FEXIT(gone) } },
	{ PGR_HOOK_GONE, PLAN_KPROBE, "memunmap_pages", 1, false, { KRETPROBE(gone) } },

	/*
	 * remove_pfn_range_from_zone(zone, start_pfn, nr_pages), mm/memory_hotplug.c, 5.5 to 7.3:
	 * pageunmap_range() calls it for every type, as the last step before the struct pages go
	 * away. Not arch_remove_memory(): it is not called for private memory, and with
	 * CONFIG_DEBUG_VM the pages are already poisoned.
	 */
	{ PGR_HOOK_FINAL, PLAN_FENTRY, "remove_pfn_range_from_zone", ANY_ARITY, false,
	  { FENTRY(final) } },
	{ PGR_HOOK_FINAL, PLAN_KPROBE, "remove_pfn_range_from_zone", ANY_ARITY, false,
	  { KPROBE(final) } },

	/* dev_pagemap_percpu_release(ref), mm/memremap.c */
	{ PGR_HOOK_DRAINED, PLAN_FENTRY, "dev_pagemap_percpu_release", 1, false,
	  { FENTRY(drained) } },
	{ PGR_HOOK_DRAINED, PLAN_KPROBE, "dev_pagemap_percpu_release", 1, true,
	  { KPROBE(drained) } },

	/*
	 * get_dev_pagemap_many(pfn, pgmap, refs) of the series "Fix the DAX-gup mistake". There
	 * get_dev_pagemap() is an inline wrapper without a symbol of its own.
	 */
	{ PGR_HOOK_GET, PLAN_FENTRY, "get_dev_pagemap_many", 3, false,
	  { FENTRY(get3), FEXIT(get3) } },
	{ PGR_HOOK_GET, PLAN_KPROBE, "get_dev_pagemap_many", 3, false,
	  { KPROBE(get3), KRETPROBE(get3) } },
	/* get_dev_pagemap(pfn, pgmap) up to 6.17; (pfn) since 6.18 */
	{ PGR_HOOK_GET, PLAN_FENTRY, "get_dev_pagemap", 2, false, { FEXIT(get2) } },
	{ PGR_HOOK_GET, PLAN_FENTRY, "get_dev_pagemap", 1, false, { FEXIT(get1) } },
	{ PGR_HOOK_GET, PLAN_KPROBE, "get_dev_pagemap", 2, false,
	  { KPROBE(get), KRETPROBE(get2) } },
	{ PGR_HOOK_GET, PLAN_KPROBE, "get_dev_pagemap", 1, false,
	  { KPROBE(get), KRETPROBE(get1) } },

	/* zone_device_page_init(page) since 6.0; (page, pgmap, order) since 6.19 */
	{ PGR_HOOK_ALLOC, PLAN_FENTRY, "zone_device_page_init", 1, false, { FEXIT(alloc1) } },
	{ PGR_HOOK_ALLOC, PLAN_FENTRY, "zone_device_page_init", 3, false, { FEXIT(alloc3) } },
	{ PGR_HOOK_ALLOC, PLAN_KPROBE, "zone_device_page_init", 1, false,
	  { KPROBE(alloc), KRETPROBE(alloc1) } },
	{ PGR_HOOK_ALLOC, PLAN_KPROBE, "zone_device_page_init", 3, false,
	  { KPROBE(alloc), KRETPROBE(alloc3) } },

	/* free_zone_device_page(page) up to 6.8, free_zone_device_folio(folio) since then */
	{ PGR_HOOK_FREE, PLAN_FENTRY, "free_zone_device_folio", 1, false, { FENTRY(free) } },
	{ PGR_HOOK_FREE, PLAN_FENTRY, "free_zone_device_page", 1, false, { FENTRY(free) } },
	{ PGR_HOOK_FREE, PLAN_KPROBE, "free_zone_device_folio", 1, true, { KPROBE(free) } },
	{ PGR_HOOK_FREE, PLAN_KPROBE, "free_zone_device_page", 1, true, { KPROBE(free) } },

	/* dax_insert_entry(xas, vmf, iter, entry, pfn, flags), fs/dax.c, 6.0 to 7.3; pfn is
	 * a pfn_t up to 6.16 */
	{ PGR_HOOK_INSERT, PLAN_FENTRY, "dax_insert_entry", 6, false, { FEXIT(insert6) } },
	{ PGR_HOOK_INSERT, PLAN_KPROBE, "dax_insert_entry", 6, false,
	  { KPROBE(insert6), KRETPROBE(insert6) } },
	/* dax_insert_entry(xas, vmf, pentry, pfn, flags) in versions 1 to 3 of that series */
	{ PGR_HOOK_INSERT, PLAN_FENTRY, "dax_insert_entry", 5, false,
	  { FENTRY(insert5), FEXIT(insert5) } },
	{ PGR_HOOK_INSERT, PLAN_KPROBE, "dax_insert_entry", 5, false,
	  { KPROBE(insert5), KRETPROBE(insert5) } },

	/*
	 * fs/dax.c: functions that remove a DAX entry. dax_folio_reset_order(folio) since 7.1;
	 * dax_folio_put(folio) is declared inline from 6.15 to 7.0. Debian's compilers make
	 * dax_folio_put.isra.0 of it, and an inline function has no ftrace site: a breakpoint.
	 * BTF has it all the same, by its plain name.
	 * dax_disassociate_entry(entry, mapping, trunc) up to 6.14. Not dax_delete_mapping_entry():
	 * truncate does not call it since 6.15.
	 */
	{ PGR_HOOK_DELETE, PLAN_FENTRY, "dax_folio_reset_order", 1, false,
	  { FENTRY(delete_reset) } },
	{ PGR_HOOK_DELETE, PLAN_KPROBE, "dax_folio_reset_order", 1, true,
	  { KPROBE(delete_reset) } },
	{ PGR_HOOK_DELETE, PLAN_BREAKPOINT, "dax_folio_put", 1, true, { BREAKPOINT(delete_put) } },
	{ PGR_HOOK_DELETE, PLAN_FENTRY, "dax_disassociate_entry", 3, false,
	  { FENTRY(delete_entry) } },
	{ PGR_HOOK_DELETE, PLAN_KPROBE, "dax_disassociate_entry", 3, true,
	  { KPROBE(delete_entry) } },

	/*
	 * From that series and the thread "fsdax: Manage pgmap references at entry insertion and
	 * deletion": put_dev_pagemap_many(pgmap, refs), where it is not inline;
	 * pgmap_get_folio(pgmap, pfn), also proposed as pgmap_folio_get();
	 * pgmap_construct_folio(pgmap, pfn, order), which constructs the folio;
	 * pgmap_request_folio(pgmap, offset, order), in linux-next in 2022;
	 * pgmap_alloc_folios(pgmap, start, length); pgmap_put_folio(folio), which returns whether
	 * it put.
	 */
	{ PGR_HOOK_PUT, PLAN_FENTRY, "put_dev_pagemap_many", 2, false, { FENTRY(put) } },
	{ PGR_HOOK_PUT, PLAN_KPROBE, "put_dev_pagemap_many", 2, false, { KPROBE(put) } },
	{ PGR_HOOK_FOLIO_GET, PLAN_FENTRY, "pgmap_get_folio", 2, false,
	  { FENTRY(folio_get), FEXIT(folio_get) } },
	{ PGR_HOOK_FOLIO_GET, PLAN_KPROBE, "pgmap_get_folio", 2, false,
	  { KPROBE(folio_get), KRETPROBE(folio_get) } },
	{ PGR_HOOK_FOLIO_GET, PLAN_FENTRY, "pgmap_folio_get", 2, false,
	  { FENTRY(folio_get), FEXIT(folio_get) } },
	{ PGR_HOOK_FOLIO_GET, PLAN_KPROBE, "pgmap_folio_get", 2, false,
	  { KPROBE(folio_get), KRETPROBE(folio_get) } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_FENTRY, "pgmap_construct_folio", 3, false,
	  { FENTRY(folio_make), FEXIT(folio_make) } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_KPROBE, "pgmap_construct_folio", 3, false,
	  { KPROBE(folio_make), KRETPROBE(folio_make) } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_FENTRY, "pgmap_request_folio", 3, false,
	  { FENTRY(folio_request), FEXIT(folio_make) } },
	{ PGR_HOOK_FOLIO_MAKE, PLAN_KPROBE, "pgmap_request_folio", 3, false,
	  { KPROBE(folio_request), KRETPROBE(folio_make) } },
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_FENTRY, "pgmap_alloc_folios", 3, false,
	  { FENTRY(folio_alloc), FEXIT(folio_alloc) } },
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_KPROBE, "pgmap_alloc_folios", 3, false,
	  { KPROBE(folio_alloc), KRETPROBE(folio_alloc) } },
	/* version 3: pgmap_request_folios(pgmap, folio, nr) returns bool */
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_FENTRY, "pgmap_request_folios", 3, false,
	  { FENTRY(folio_requests), FEXIT(folio_requests) } },
	{ PGR_HOOK_FOLIO_ALLOC, PLAN_KPROBE, "pgmap_request_folios", 3, false,
	  { KPROBE(folio_requests), KRETPROBE(folio_requests) } },
	{ PGR_HOOK_FOLIO_PUT, PLAN_FENTRY, "pgmap_put_folio", 1, false,
	  { FENTRY(folio_put), FEXIT(folio_put) } },
	{ PGR_HOOK_FOLIO_PUT, PLAN_KPROBE, "pgmap_put_folio", 1, false,
	  { KPROBE(folio_put), KRETPROBE(folio_put) } },

	/*
	 * drivers/pci/p2pdma.c: pci_alloc_p2pmem(pdev, size) and pci_free_p2pmem(pdev, addr, size),
	 * 6.1 to 7.3. Since 6.2 processes can map this memory: p2pmem_alloc_mmap(filp, kobj, attr,
	 * vma) inserts the pages with vm_insert_page(vma, addr, page) of mm/memory.c. The pages are
	 * freed by p2pdma_page_free(page) up to 6.18, and by p2pdma_folio_free(folio) since 6.19.
	 */
	{ PGR_HOOK_P2P_ALLOC, PLAN_FENTRY, "pci_alloc_p2pmem", 2, false, { FEXIT(p2p_alloc) } },
	{ PGR_HOOK_P2P_ALLOC, PLAN_KPROBE, "pci_alloc_p2pmem", 2, false,
	  { KPROBE(p2p_alloc), KRETPROBE(p2p_alloc) } },
	{ PGR_HOOK_P2P_FREE, PLAN_FENTRY, "pci_free_p2pmem", 3, false, { FENTRY(p2p_free) } },
	{ PGR_HOOK_P2P_FREE, PLAN_KPROBE, "pci_free_p2pmem", 3, false, { KPROBE(p2p_free) } },
	{ PGR_HOOK_P2P_MAP, PLAN_FENTRY, "p2pmem_alloc_mmap", 4, false,
	  { FENTRY(p2p_map), FEXIT(p2p_map) } },
	{ PGR_HOOK_P2P_MAP, PLAN_KPROBE, "p2pmem_alloc_mmap", 4, true,
	  { KPROBE(p2p_map), KRETPROBE(p2p_map) } },
	{ PGR_HOOK_P2P_MAP_PAGE, PLAN_FENTRY, "vm_insert_page", 3, false,
	  { FEXIT(p2p_map_page) } },
	{ PGR_HOOK_P2P_MAP_PAGE, PLAN_KPROBE, "vm_insert_page", 3, false,
	  { KPROBE(p2p_map_page), KRETPROBE(p2p_map_page) } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_FENTRY, "p2pdma_folio_free", 1, false,
	  { FENTRY(p2p_page_free) } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_KPROBE, "p2pdma_folio_free", 1, true,
	  { KPROBE(p2p_page_free) } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_FENTRY, "p2pdma_page_free", 1, false,
	  { FENTRY(p2p_page_free) } },
	{ PGR_HOOK_P2P_PAGE_FREE, PLAN_KPROBE, "p2pdma_page_free", 1, true,
	  { KPROBE(p2p_page_free) } },

	/*
	 * mm/gup.c: the functions that pin pages of processes; all other functions call these.
	 * Signatures and calls were read in the BTF and the code of 6.1, 6.12 and 7.3.
	 * pin_user_pages(start, nr_pages, gup_flags, pages, vmas) and get_user_pages() with the
	 * same arguments lost vmas by 6.12. The _remote functions (mm, start, nr_pages, gup_flags,
	 * pages, vmas, locked) lost vmas too, and therefore became short enough for fentry. The
	 * _unlocked functions (start, nr_pages, pages, gup_flags) are called by other functions of
	 * this list on 6.1. The _fast functions have (start, nr_pages, gup_flags, pages).
	 * iov_iter_get_pages2() and iov_iter_extract_pages() pin pages through these functions.
	 */
	{ PGR_HOOK_PIN_FAST, PLAN_FENTRY, "pin_user_pages_fast", 4, false, { FEXIT(pin_fast) } },
	{ PGR_HOOK_PIN_FAST, PLAN_KPROBE, "pin_user_pages_fast", 4, false,
	  { KPROBE(pin_fast), KRETPROBE(pin_fast) } },
	{ PGR_HOOK_PIN, PLAN_FENTRY, "pin_user_pages", ANY_ARITY, false, { FEXIT(pin) } },
	{ PGR_HOOK_PIN, PLAN_KPROBE, "pin_user_pages", ANY_ARITY, false,
	  { KPROBE(pin), KRETPROBE(pin) } },
	{ PGR_HOOK_PIN_REMOTE, PLAN_FENTRY, "pin_user_pages_remote", 6, false,
	  { FEXIT(pin_remote) } },
	{ PGR_HOOK_PIN_REMOTE, PLAN_KPROBE, "pin_user_pages_remote", ANY_ARITY, false,
	  { KPROBE(pin_remote), KRETPROBE(pin_remote) } },
	{ PGR_HOOK_PIN_UNLOCKED, PLAN_FENTRY, "pin_user_pages_unlocked", 4, false,
	  { FEXIT(pin_unlocked) } },
	{ PGR_HOOK_PIN_UNLOCKED, PLAN_KPROBE, "pin_user_pages_unlocked", 4, false,
	  { KPROBE(pin_unlocked), KRETPROBE(pin_unlocked) } },
	{ PGR_HOOK_GUP_FAST, PLAN_FENTRY, "get_user_pages_fast", 4, false, { FEXIT(gup_fast) } },
	{ PGR_HOOK_GUP_FAST, PLAN_KPROBE, "get_user_pages_fast", 4, false,
	  { KPROBE(gup_fast), KRETPROBE(gup_fast) } },
	{ PGR_HOOK_GUP, PLAN_FENTRY, "get_user_pages", ANY_ARITY, false, { FEXIT(gup) } },
	{ PGR_HOOK_GUP, PLAN_KPROBE, "get_user_pages", ANY_ARITY, false,
	  { KPROBE(gup), KRETPROBE(gup) } },
	{ PGR_HOOK_GUP_REMOTE, PLAN_FENTRY, "get_user_pages_remote", 6, false,
	  { FEXIT(gup_remote) } },
	{ PGR_HOOK_GUP_REMOTE, PLAN_KPROBE, "get_user_pages_remote", ANY_ARITY, false,
	  { KPROBE(gup_remote), KRETPROBE(gup_remote) } },
	{ PGR_HOOK_GUP_UNLOCKED, PLAN_FENTRY, "get_user_pages_unlocked", 4, false,
	  { FEXIT(gup_unlocked) } },
	{ PGR_HOOK_GUP_UNLOCKED, PLAN_KPROBE, "get_user_pages_unlocked", 4, false,
	  { KPROBE(gup_unlocked), KRETPROBE(gup_unlocked) } },
	/*
	 * The _fast_only functions have the arguments of _fast. pin_user_pages_fast_only() was
	 * removed between 6.1 and 6.12.
	 */
	{ PGR_HOOK_PIN_FAST_ONLY, PLAN_FENTRY, "pin_user_pages_fast_only", 4, false,
	  { FEXIT(pin_fast_only) } },
	{ PGR_HOOK_PIN_FAST_ONLY, PLAN_KPROBE, "pin_user_pages_fast_only", 4, false,
	  { KPROBE(pin_fast_only), KRETPROBE(pin_fast_only) } },
	{ PGR_HOOK_GUP_FAST_ONLY, PLAN_FENTRY, "get_user_pages_fast_only", 4, false,
	  { FEXIT(gup_fast_only) } },
	{ PGR_HOOK_GUP_FAST_ONLY, PLAN_KPROBE, "get_user_pages_fast_only", 4, false,
	  { KPROBE(gup_fast_only), KRETPROBE(gup_fast_only) } },
	/*
	 * The functions that unpin pages, the same in 6.1 to 7.3. unpin_user_folio(folio, npages)
	 * exists by 6.12; direct I/O and fixed buffers of an io_uring end with it there. Not
	 * unpin_folio() and unpin_folios(): they belong to memfd_pin_folios(), which pins no device
	 * memory.
	 */
	{ PGR_HOOK_UNPIN_PAGE, PLAN_FENTRY, "unpin_user_page", 1, false, { FENTRY(unpin_page) } },
	{ PGR_HOOK_UNPIN_PAGE, PLAN_KPROBE, "unpin_user_page", 1, true, { KPROBE(unpin_page) } },
	{ PGR_HOOK_UNPIN_PAGES, PLAN_FENTRY, "unpin_user_pages", 2, false,
	  { FENTRY(unpin_pages) } },
	{ PGR_HOOK_UNPIN_PAGES, PLAN_KPROBE, "unpin_user_pages", 2, false,
	  { KPROBE(unpin_pages) } },
	{ PGR_HOOK_UNPIN_DIRTY, PLAN_FENTRY, "unpin_user_pages_dirty_lock", 3, false,
	  { FENTRY(unpin_dirty) } },
	{ PGR_HOOK_UNPIN_DIRTY, PLAN_KPROBE, "unpin_user_pages_dirty_lock", 3, false,
	  { KPROBE(unpin_dirty) } },
	{ PGR_HOOK_UNPIN_RANGE, PLAN_FENTRY, "unpin_user_page_range_dirty_lock", 3, false,
	  { FENTRY(unpin_range) } },
	{ PGR_HOOK_UNPIN_RANGE, PLAN_KPROBE, "unpin_user_page_range_dirty_lock", 3, false,
	  { KPROBE(unpin_range) } },
	{ PGR_HOOK_UNPIN_FOLIO, PLAN_FENTRY, "unpin_user_folio", 2, false,
	  { FENTRY(unpin_folio) } },
	{ PGR_HOOK_UNPIN_FOLIO, PLAN_KPROBE, "unpin_user_folio", 2, false,
	  { KPROBE(unpin_folio) } },

	{ PGR_HOOK_FORK, PLAN_RAW_TP, "sched_process_fork", ANY_ARITY, false, { RAW(fork), RAW(exit) } },
};
/* clang-format on */

_Static_assert(sizeof(variants) / sizeof(*variants) <= VARIANTS_MAX, "VARIANTS_MAX");
const size_t nr_variants = sizeof(variants) / sizeof(*variants);

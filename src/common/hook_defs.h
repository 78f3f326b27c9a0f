/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One row per hook: HOOK(number, NAME, name, members of struct hook in hooks.h...), in the order of
 * their numbers. No include guard: define HOOK(), then include this file, as the kernel does with
 * include/linux/lsm_hook_defs.h. Numbers and names never change: records contain the numbers, users
 * type the names. kernel/plan_table.c has the functions of a hook for each kernel, bpf/hooks.bpf.h
 * its programs.
 */
/* clang-format off */
HOOK(0, CREATE, create,
     .function = "memremap_pages",
     .without = "pgmaps created while tracing; their sampled baseline",
     .sees = SEES_EVENTS)
HOOK(1, NAME, name,
     .function = "devm_memremap_pages",
     .without = "the device that a new pgmap belongs to")
HOOK(2, TEARDOWN, teardown,
     .function = "memunmap_pages",
     .without = "that a teardown began",
     .sees = SEES_TEARDOWNS | SEES_EVENTS)
HOOK(3, SWEEP, sweep,
     .function = "memunmap_pages",
     .without = "pages that are busy at a teardown")
HOOK(4, FINAL, final,
     .function = "remove_pfn_range_from_zone",
     .without = "pages that are busy just before their struct pages are removed")
HOOK(5, DRAINED, drained,
     .function = "dev_pagemap_percpu_release",
     .without = "who dropped the last reference, and when",
     .sees = SEES_EVENTS)
HOOK(6, GONE, gone,
     .function = "memunmap_pages",
     .without = "that a teardown ended",
     .sees = SEES_EVENTS)

HOOK(7, GET, get,
     .function = "get_dev_pagemap",
     .without = "who took references",
     .sees = SEES_EVENTS | SEES_LATE_GETS | SEES_TAKING | SEES_FOLIO_ACCOUNT,
     .events = MAKES(GET) | MAKES(PUT),
     .effect = "+1", .effect_of_many = "+refs")
HOOK(8, ALLOC, alloc,
     .function = "zone_device_page_init",
     .without = "who allocated device pages",
     .sees = SEES_EVENTS | SEES_TAKING | SEES_FOLIO_ACCOUNT,
     .events = MAKES(ALLOC), .adds_to = PGR_HOLD_PAGE, .not_p2pdma = true,
     .effect = "+1", .effect_per_page = "+1 a page")
HOOK(9, FREE, free,
     .function = "free_zone_device_folio",
     .without = "that device pages were freed",
     .sees = SEES_EVENTS | SEES_FOLIO_ACCOUNT,
     .events = MAKES(FREE), .takes_from = PGR_HOLD_PAGE, .not_p2pdma = true,
     .effect = "-1", .effect_per_page = "-1 a page")
HOOK(10, INSERT, insert,
     .function = "dax_insert_entry",
     .without = "who inserted DAX entries",
     .sees = SEES_EVENTS | SEES_FOLIO_ACCOUNT,
     .events = MAKES(INSERT), .adds_to = PGR_HOLD_ENTRY)
HOOK(11, DELETE, delete,
     .function = "dax_disassociate_entry",
     .without = "that DAX entries were deleted",
     .sees = SEES_EVENTS | SEES_FOLIO_ACCOUNT,
     .events = MAKES(DELETE), .takes_from = PGR_HOLD_ENTRY)

HOOK(12, FORK, fork,
     .function = "sched_process_fork",
     .without = "children of COMMAND",
     .sees = SEES_CHILDREN)

/* For pgmaps that account for their folios themselves (the series of 2022). */
HOOK(13, PUT, put,
     .function = "put_dev_pagemap_many",
     .without = "who put references",
     .shown_by = BIT_OF(PUT),
     .sees = SEES_EVENTS | SEES_FOLIO_ACCOUNT,
     .events = MAKES(PUT),
     .effect = "-refs")
HOOK(14, FOLIO_GET, folio_get,
     .function = "pgmap_get_folio",
     .without = "who took a folio's reference",
     .shown_by = BIT_OF(FOLIO_GET),
     .sees = SEES_EVENTS | SEES_LATE_GETS | SEES_TAKING | SEES_FOLIO_ACCOUNT,
     .events = MAKES(GET), .adds_to = PGR_HOLD_FOLIO,
     .effect_is_learned = true)
HOOK(15, FOLIO_MAKE, folio_make,
     .function = "pgmap_construct_folio",
     .without = "who took a large folio's reference",
     .shown_by = BIT_OF(FOLIO_MAKE),
     .sees = SEES_EVENTS | SEES_LATE_GETS | SEES_TAKING | SEES_FOLIO_ACCOUNT,
     .events = MAKES(GET), .adds_to = PGR_HOLD_FOLIO,
     .effect_is_learned = true)
HOOK(16, FOLIO_PUT, folio_put,
     .function = "pgmap_put_folio",
     .without = "that a folio's reference was put",
     .shown_by = BIT_OF(FOLIO_PUT),
     .sees = SEES_EVENTS | SEES_FOLIO_ACCOUNT,
     .events = MAKES(PUT), .takes_from = PGR_HOLD_FOLIO,
     .effect = "-1 if idle")
HOOK(17, FOLIO_ALLOC, folio_alloc,
     .function = "pgmap_alloc_folios",
     .without = "who took the references of a range of folios",
     .shown_by = BIT_OF(FOLIO_ALLOC),
     .sees = SEES_EVENTS | SEES_LATE_GETS | SEES_TAKING | SEES_FOLIO_ACCOUNT,
     .events = MAKES(GET), .adds_to = PGR_HOLD_FOLIO,
     .effect_is_learned = true)

/* PCI peer-to-peer memory taken by a driver. */
HOOK(18, P2P_ALLOC, p2p_alloc,
     .function = "pci_alloc_p2pmem",
     .without = "which driver took peer-to-peer memory",
     .shown_by = BIT_OF(P2P_ALLOC) | BIT_OF(P2P_FREE),
     .sees = SEES_EVENTS | SEES_TAKING,
     .events = MAKES(ALLOC), .adds_to = PGR_HOLD_PAGE, .p2pdma_only = true,
     .effect = "+1")
HOOK(19, P2P_FREE, p2p_free,
     .function = "pci_free_p2pmem",
     .without = "that a driver gave peer-to-peer memory back",
     .shown_by = BIT_OF(P2P_ALLOC) | BIT_OF(P2P_FREE),
     .sees = SEES_EVENTS,
     .events = MAKES(FREE), .takes_from = PGR_HOLD_PAGE, .p2pdma_only = true,
     .effect = "-1")
/*
 * PCI peer-to-peer memory mapped by a process: the whole mapping, and each of its pages.
 * p2pmem_alloc_mmap() in a stack tells what the pages are for: the call site is this function, and
 * not its caller.
 */
HOOK(20, P2P_MAP, p2p_map,
     .function = "p2pmem_alloc_mmap",
     .without = "who mapped peer-to-peer memory",
     .shown_by = BIT_OF(P2P_MAP) | BIT_OF(P2P_PAGE_FREE),
     .sees = SEES_EVENTS | SEES_TAKING,
     .events = MAKES(ALLOC), .p2pdma_only = true,
     .is_site = true)
/*
 * vm_insert_page() has other callers. Its presence does not tell whether a process can map this
 * memory.
 */
HOOK(21, P2P_MAP_PAGE, p2p_map_page,
     .function = "vm_insert_page",
     .without = "which peer-to-peer pages were mapped",
     .shown_by = BIT_OF(P2P_MAP) | BIT_OF(P2P_PAGE_FREE),
     .sees = SEES_EVENTS,
     .events = MAKES(ALLOC), .adds_to = PGR_HOLD_PAGE, .p2pdma_only = true,
     .effect = "+1")
HOOK(22, P2P_PAGE_FREE, p2p_page_free,
     .function = "p2pdma_folio_free",
     .without = "that mapped peer-to-peer pages were given back",
     .shown_by = BIT_OF(P2P_MAP) | BIT_OF(P2P_PAGE_FREE),
     .sees = SEES_EVENTS,
     .events = MAKES(FREE), .takes_from = PGR_HOLD_PAGE, .p2pdma_only = true,
     .effect = "-1")

/* Pins, with --pins: one hook for each function that pins or unpins pages of a process. */
HOOK(23, PIN_FAST, pin_fast, .function = "pin_user_pages_fast", PINS)
HOOK(24, PIN, pin, .function = "pin_user_pages", PINS)
HOOK(25, PIN_REMOTE, pin_remote, .function = "pin_user_pages_remote", PINS)
HOOK(26, PIN_UNLOCKED, pin_unlocked, .function = "pin_user_pages_unlocked", PINS)
HOOK(27, GUP_FAST, gup_fast, .function = "get_user_pages_fast", PINS)
HOOK(28, GUP, gup, .function = "get_user_pages", PINS)
HOOK(29, GUP_REMOTE, gup_remote, .function = "get_user_pages_remote", PINS)
HOOK(30, GUP_UNLOCKED, gup_unlocked, .function = "get_user_pages_unlocked", PINS)
HOOK(31, UNPIN_PAGE, unpin_page, .function = "unpin_user_page", UNPINS)
HOOK(32, UNPIN_PAGES, unpin_pages, .function = "unpin_user_pages", UNPINS)
HOOK(33, UNPIN_DIRTY, unpin_dirty, .function = "unpin_user_pages_dirty_lock", UNPINS)
HOOK(34, UNPIN_RANGE, unpin_range, .function = "unpin_user_page_range_dirty_lock", UNPINS)
/* Newer than the other functions. On kernels without it, no page is unpinned this way. */
HOOK(35, UNPIN_FOLIO, unpin_folio, .function = "unpin_user_folio", UNPINS,
     .shown_by = BIT_OF(UNPIN_FOLIO))
/* Only older kernels have this function. */
HOOK(36, PIN_FAST_ONLY, pin_fast_only, .function = "pin_user_pages_fast_only", PINS,
     .shown_by = BIT_OF(PIN_FAST_ONLY))
HOOK(37, GUP_FAST_ONLY, gup_fast_only, .function = "get_user_pages_fast_only", PINS)
/* clang-format on */
#undef HOOK

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs of all hooks except the pin hooks. Each program calls a body, on_*(), in the header
 * of its concern. The function in SEC() is the most common one; kernel/plan_table.c decides where a
 * program is attached.
 */
#ifndef PGMAPREF_HOOKS_BPF_H
#define PGMAPREF_HOOKS_BPF_H

#include "bpf/account.bpf.h"
#include "bpf/attach.bpf.h"
#include "bpf/folio.bpf.h"
#include "bpf/p2pdma.bpf.h"
#include "bpf/teardown.bpf.h"

/* ---- pgmaps and teardowns ------------------------------------------------------ */

AT_EXIT_OF(create, memremap_pages, PGR_HOOK_CREATE, 1, on_create(ARG(0), RET))
AT_ENTRY(name, devm_memremap_pages, on_name(ARG(0), ARG(1)))
AT_ENTRY(teardown, memunmap_pages, on_teardown(ctx, ARG(0)))
AT_ENTRY(sweep, memunmap_pages, sweep_pgmap(ARG(0), 0))
FENTRY(sweep2, memunmap_pages, sweep_pgmap(ARG(0), 0))
AT_ENTRY(final, remove_pfn_range_from_zone, on_final())
AT_ENTRY(drained, dev_pagemap_percpu_release, on_drained(ctx, ARG(0)))
FEXIT(gone, memunmap_pages, on_gone(ctx, ARG(0)))
KRETPROBE(gone, memunmap_pages, on_gone_return(ctx))

/* ---- references and device pages ------------------------------------------------ */

FEXIT(get1, get_dev_pagemap, on_get(ctx, ARG(0), 0, RET, 1))
FEXIT(get2, get_dev_pagemap, on_get(ctx, ARG(0), ARG(1), RET, 1))
KPROBE_KEEP(get, get_dev_pagemap, PGR_HOOK_GET, 2)
KRETPROBE_OF(get1, get_dev_pagemap, PGR_HOOK_GET, on_get(ctx, ARG(0), 0, RET, 1))
KRETPROBE_OF(get2, get_dev_pagemap, PGR_HOOK_GET, on_get(ctx, ARG(0), ARG(1), RET, 1))

FENTRY(get3, get_dev_pagemap_many, on_get_entry(ARG(0)))
KPROBE(get3, get_dev_pagemap_many, (keep_args(ctx, PGR_HOOK_GET, 3), on_get_entry(ARG(0))))
FEXIT(get3, get_dev_pagemap_many, on_get_many(ctx, ARG(0), ARG(1), RET, (u32)ARG(2)))
KRETPROBE_OF(get3, get_dev_pagemap_many, PGR_HOOK_GET,
	     on_get_many(ctx, ARG(0), ARG(1), RET, (u32)ARG(2)))
AT_ENTRY(put, put_dev_pagemap_many, on_put(ctx, ARG(0), (u32)ARG(1)))

FEXIT(alloc1, zone_device_page_init, on_alloc(ctx, ARG(0), page_pgmap(ARG(0)), 0))
FEXIT(alloc3, zone_device_page_init, on_alloc(ctx, ARG(0), ARG(1), (u32)ARG(2)))
KPROBE_KEEP(alloc, zone_device_page_init, PGR_HOOK_ALLOC, 3)
KRETPROBE_OF(alloc1, zone_device_page_init, PGR_HOOK_ALLOC,
	     on_alloc(ctx, ARG(0), page_pgmap(ARG(0)), 0))
KRETPROBE_OF(alloc3, zone_device_page_init, PGR_HOOK_ALLOC,
	     on_alloc(ctx, ARG(0), ARG(1), (u32)ARG(2)))
AT_ENTRY(free, free_zone_device_page, on_free(ctx, ARG(0)))

/* ---- DAX entries ----------------------------------------------------------------- */

/* (xas, vmf, iter, entry, pfn, flags); up to 6.16, pfn is a pfn_t: a structure of one word. */
AT_EXIT_OF(insert6, dax_insert_entry, PGR_HOOK_INSERT, 5,
	   on_insert(ctx, ARG(0), ARG(1), ARG(3), ARG(4), RET))
/*
 * (xas, vmf, pentry, pfn, flags) in versions 1 to 3 of the series of 2022. The function does not
 * return the entry, but writes it to *pentry.
 */
AT_ENTRY(insert5, dax_insert_entry, on_insert_call(ARG(0), ARG(1), ARG(2), ARG(3)))
AT_EXIT(insert5, dax_insert_entry, on_insert_done(ctx))

FENTRY(delete_entry, dax_disassociate_entry, on_delete_entry(ctx, ARG(0), ARG(1)))
/* A clone of the function may lack the arguments after the first. */
KPROBE(delete_entry, dax_disassociate_entry, on_delete_entry(ctx, ARG(0), 0))
/* dax_folio_put() */
AT_BREAKPOINT(delete_put, PGR_HOOK_DELETE, on_delete_folio(ctx, ARG(0), 0))
AT_ENTRY(delete_reset, dax_folio_reset_order, on_delete_folio(ctx, ARG(0), 1))

/* ---- folios that have a reference of their pgmap: the series of 2022 --------------- */

AT_ENTRY(folio_get, pgmap_get_folio, on_folio_ask(PGR_HOOK_FOLIO_GET, ARG(0), ARG(1)))
AT_EXIT(folio_get, pgmap_get_folio, on_folio_get(ctx, PGR_HOOK_FOLIO_GET, RET))
AT_ENTRY(folio_make, pgmap_construct_folio, on_folio_ask(PGR_HOOK_FOLIO_MAKE, ARG(0), ARG(1)))
AT_EXIT(folio_make, pgmap_construct_folio, on_folio_get(ctx, PGR_HOOK_FOLIO_MAKE, RET))
AT_ENTRY(folio_request, pgmap_request_folio, on_folio_call(PGR_HOOK_FOLIO_MAKE, ARG(0), 0, 0, 1, 0))
AT_ENTRY(folio_alloc, pgmap_alloc_folios,
	 on_folio_range(PGR_HOOK_FOLIO_ALLOC, ARG(0), ARG(1), ARG(2)))
AT_EXIT(folio_alloc, pgmap_alloc_folios, on_folio_get(ctx, PGR_HOOK_FOLIO_ALLOC, RET))
AT_ENTRY(folio_requests, pgmap_request_folios,
	 on_folios(PGR_HOOK_FOLIO_ALLOC, ARG(0), ARG(1), (u32)ARG(2)))
AT_EXIT(folio_requests, pgmap_request_folios, on_folio_get(ctx, PGR_HOOK_FOLIO_ALLOC, (u8)RET))
AT_ENTRY(folio_put, pgmap_put_folio, on_folio_put_call(ARG(0)))
AT_EXIT(folio_put, pgmap_put_folio, on_folio_put(ctx, (u8)RET))

/* ---- PCI peer-to-peer memory ------------------------------------------------------- */

AT_EXIT_OF(p2p_alloc, pci_alloc_p2pmem, PGR_HOOK_P2P_ALLOC, 1, on_p2p_alloc(ctx, ARG(0), RET))
AT_ENTRY(p2p_free, pci_free_p2pmem, on_p2p_free(ctx, ARG(0), ARG(1)))
AT_ENTRY(p2p_map, p2pmem_alloc_mmap, on_p2p_map_entry())
AT_EXIT(p2p_map, p2pmem_alloc_mmap, on_p2p_map(ctx, RET))
FEXIT(p2p_map_page, vm_insert_page, on_p2p_map_page(ctx, ARG(2), RET))
/* vm_insert_page() has many other callers. in_p2p_map() ignores their calls at once. */
KPROBE(p2p_map_page, vm_insert_page, in_p2p_map() ? keep_args(ctx, PGR_HOOK_P2P_MAP_PAGE, 3) : 0)
KRETPROBE(p2p_map_page, vm_insert_page, on_p2p_map_page_return(ctx, RET))
AT_ENTRY(p2p_page_free, p2pdma_folio_free, on_p2p_page_free(ctx, ARG(0)))

#endif /* PGMAPREF_HOOKS_BPF_H */

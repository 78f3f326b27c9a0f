// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "names.h"
#include "plan.h"
#include "symbols.h"

#define ANY_ARITY (-1)

/*
 * Every way to serve every hook, per hook in order of preference; rows of one
 * function and mechanism differ by arity, which is how kernels are told apart.
 * Releases are those whose BTF or source was read.
 */
static const struct variant {
	enum pgr_hook hook;
	enum plan_how how;
	const char *symbol;
	int arity;
	bool suffix; /* arguments used are safe on a `.isra.N` clone: only the first is */
	const char *prog[PLAN_PROGS];
} variants[] = {
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

	{ PGR_HOOK_FORK, PLAN_RAW_TP, "sched_process_fork", ANY_ARITY, false, { "fork_raw", "exit_raw" } },
};

#define SHOWN_BY(hook) (1u << (hook))
#define IN_SERIES(hook) SHOWN_BY(hook) /* of the series of 2022, each by itself */
#define P2P (SHOWN_BY(PGR_HOOK_P2P_ALLOC) | SHOWN_BY(PGR_HOOK_P2P_FREE))
#define P2P_MAP (SHOWN_BY(PGR_HOOK_P2P_MAP) | SHOWN_BY(PGR_HOOK_P2P_PAGE_FREE))

static const struct {
	const char *wanted;
	const char *without;
	/* Hooks: where not one of them has a function, this one lacks nothing. 0: of every kernel */
	uint32_t shown_by;
} hooks[PGR_HOOKS] = {
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
	[PGR_HOOK_PUT] = { "put_dev_pagemap_many", "who put references",
			   IN_SERIES(PGR_HOOK_PUT) },
	[PGR_HOOK_FOLIO_GET] = { "pgmap_get_folio", "who took a folio's reference",
				 IN_SERIES(PGR_HOOK_FOLIO_GET) },
	[PGR_HOOK_FOLIO_MAKE] = { "pgmap_construct_folio", "who took a large folio's reference",
				  IN_SERIES(PGR_HOOK_FOLIO_MAKE) },
	[PGR_HOOK_FOLIO_PUT] = { "pgmap_put_folio", "that a folio's reference was put",
				 IN_SERIES(PGR_HOOK_FOLIO_PUT) },
	[PGR_HOOK_FOLIO_ALLOC] = { "pgmap_alloc_folios",
				   "who took the references of a range of folios",
				   IN_SERIES(PGR_HOOK_FOLIO_ALLOC) },
	[PGR_HOOK_P2P_ALLOC] = { "pci_alloc_p2pmem", "which driver took peer-to-peer memory",
				 P2P },
	[PGR_HOOK_P2P_FREE] = { "pci_free_p2pmem", "that a driver gave peer-to-peer memory back",
				P2P },
	[PGR_HOOK_P2P_MAP] = { "p2pmem_alloc_mmap", "who mapped peer-to-peer memory", P2P_MAP },
	/* Its function has other callers, and says nothing of whether this memory can be mapped. */
	[PGR_HOOK_P2P_MAP_PAGE] = { "vm_insert_page", "which peer-to-peer pages were mapped",
				    P2P_MAP },
	[PGR_HOOK_P2P_PAGE_FREE] = { "p2pdma_folio_free",
				     "that mapped peer-to-peer pages were given back", P2P_MAP },
};

#define NR_VARIANTS (sizeof(variants) / sizeof(*variants))

/* What is asked of the BTF, which has no index by name: found in one pass over it. */
static const char *const structs[] = { "folio", "page", "dev_pagemap" };

#define NR_STRUCTS (sizeof(structs) / sizeof(*structs))

struct facts {
	const struct btf *btf;
	int arity[NR_VARIANTS]; /* parameters of a variant's function; -1: not in the BTF */
	uint32_t struct_id[NR_STRUCTS]; /* 0: not in the BTF */
};

static void facts__note_func(struct facts *f, const struct btf_type *t, const char *name)
{
	for (size_t i = 0; i < NR_VARIANTS; i++) {
		const struct btf_type *proto;

		if (f->arity[i] >= 0 || strcmp(name, variants[i].symbol))
			continue;
		proto = btf__type_by_id(f->btf, t->type);
		f->arity[i] = proto ? btf_vlen(proto) : -1;
	}
}

static void facts__gather(struct facts *f, const struct btf *btf)
{
	uint32_t n = btf__type_cnt(btf);

	memset(f, 0, sizeof(*f));
	f->btf = btf;
	for (size_t i = 0; i < NR_VARIANTS; i++)
		f->arity[i] = -1;
	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name;

		if (!btf_is_func(t) && btf_kind(t) != BTF_KIND_STRUCT)
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (btf_is_func(t)) {
			facts__note_func(f, t, name);
			continue;
		}
		for (size_t i = 0; i < NR_STRUCTS; i++)
			if (!f->struct_id[i] && !strcmp(name, structs[i]))
				f->struct_id[i] = id;
	}
}

/* The member's type id in a structure, anonymous members looked into; 0 if none. */
static uint32_t member_type(const struct btf *btf, uint32_t struct_id, const char *member)
{
	const struct btf_type *t = btf__type_by_id(btf, struct_id);
	const struct btf_member *m;

	if (!t || !btf_is_composite(t))
		return 0;
	m = btf_members(t);
	for (int i = 0; i < btf_vlen(t); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);
		uint32_t found;

		if (*name) {
			if (!strcmp(name, member))
				return m->type;
			continue;
		}
		found = member_type(btf, m->type, member);
		if (found)
			return found;
	}
	return 0;
}

/* The same by the structure's name, one of structs[]. */
static uint32_t struct_member(const struct facts *f, const char *name, const char *member)
{
	for (size_t i = 0; i < NR_STRUCTS; i++)
		if (!strcmp(name, structs[i]) && f->struct_id[i])
			return member_type(f->btf, f->struct_id[i], member);
	return 0;
}

static bool has_func(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < NR_VARIANTS; i++)
		if (!strcmp(name, variants[i].symbol))
			return f->arity[i] >= 0;
	return false;
}

static int func_arity(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < NR_VARIANTS; i++)
		if (!strcmp(name, variants[i].symbol))
			return f->arity[i];
	return -1;
}

/*
 * What the functions mean, where a name or an arity says so. The versions of the series of 2022
 * differ in more than their functions (lore.kernel.org/nvdimm, September and October 2022):
 * version 2 made fsdax and device-dax pages idle at 0, for pgmaps that say so in init_mode;
 * version 3, which pgmap_request_folios() tells, came in steps: by its end, where
 * zone_device_page_init() is gone, every type is idle at 0, a page that is freed puts the
 * reference of its pgmap whatever the type, and there are no references for whole ranges.
 */
static void plan_semantics(const struct facts *f, struct plan *plan)
{
	bool requests = has_func(f, "pgmap_request_folios") || has_func(f, "pgmap_request_folio");

	plan->folio_refs = requests || has_func(f, "pgmap_get_folio") ||
			   has_func(f, "pgmap_folio_get") ||
			   has_func(f, "pgmap_construct_folio") ||
			   has_func(f, "pgmap_alloc_folios");
	plan->free_puts_all = requests && !has_func(f, "zone_device_page_init");
	plan->range_refs = !plan->free_puts_all;
	plan->puts_visible = has_func(f, "put_dev_pagemap_many");
	plan->alloc_per_page = func_arity(f, "zone_device_page_init") == 3;
	plan->dax_shift = requests ? 6 : struct_member(f, "dev_pagemap", "init_mode") ? 5 : 4;
}

/*
 * Refcount of an idle page. In 6.15 ("fs/dax: Fix ZONE_DEVICE page reference
 * counts") pgmap moved from page to folio, fsdax and P2PDMA pages became idle
 * at 0, and mappings began to hold references; device-dax stayed at 1.
 */
static void plan_idle(const struct facts *f, struct plan *plan)
{
	bool by_folio = struct_member(f, "folio", "pgmap");
	bool by_page = struct_member(f, "page", "pgmap");
	bool by_mode = struct_member(f, "dev_pagemap", "init_mode"); /* version 2 of the series */

	for (int t = 0; t < PGR_TYPES; t++)
		plan->idle[t] = -1;
	if (!by_folio && !by_page)
		return;
	plan->idle[PGR_TYPE_PRIVATE] = 0;
	plan->idle[PGR_TYPE_COHERENT] = 0;
	plan->idle[PGR_TYPE_GENERIC] = by_mode || plan->free_puts_all ? 0 : 1;
	plan->idle[PGR_TYPE_FSDAX] = by_folio || by_mode || plan->free_puts_all ? 0 : 1;
	plan->idle[PGR_TYPE_P2PDMA] = by_folio || plan->free_puts_all ? 0 : 1;
	plan->maps_hold[PGR_TYPE_FSDAX] = by_folio;
	plan->maps_hold[PGR_TYPE_GENERIC] = by_folio;
	plan->maps_hold[PGR_TYPE_P2PDMA] = by_folio;
}

static bool is_disabled(const struct plan_options *o, const char *hook, const char *symbol)
{
	if (!o || !o->disabled)
		return false;
	for (const char *const *d = o->disabled; *d; d++)
		if (!strcmp(*d, hook) || !strcmp(*d, symbol))
			return true;
	return false;
}

static bool is_known(const char *name)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		if (!strcmp(name, name_of_hook(h)))
			return true;
	for (size_t i = 0; i < NR_VARIANTS; i++) {
		size_t n = strlen(variants[i].symbol);

		/* With the suffix of a clone, too, as kallsyms and `probes` have it. */
		if (!strncmp(name, variants[i].symbol, n) && (!name[n] || name[n] == '.'))
			return true;
	}
	return false;
}

/* Sets *symbol when this kernel can serve the variant. */
static bool variant_fits(const struct variant *v, const struct facts *f,
			 struct symbols *symbols, const char **symbol)
{
	int arity;

	if (v->how == PLAN_RAW_TP) {
		*symbol = v->symbol;
		return true;
	}
	arity = f->arity[v - variants];
	if (symbols__has(symbols, v->symbol)) {
		if (v->how == PLAN_FENTRY && arity < 0)
			return false;
		/* In BTF under its plain name or not: an arity that is known must fit. */
		if (arity >= 0 && v->arity != ANY_ARITY && arity != v->arity)
			return false;
		if (arity < 0 && !v->suffix && v->arity != ANY_ARITY)
			return false;
		*symbol = v->symbol;
		return true;
	}
	if (v->how == PLAN_FENTRY || !v->suffix)
		return false;
	*symbol = symbols__suffixed(symbols, v->symbol);
	return *symbol && strlen(*symbol) < PLAN_SYMBOL;
}

static void plan_variant(const struct variant *v, const struct facts *f,
			 struct symbols *symbols, const struct plan_options *o,
			 struct plan_hook *h)
{
	enum plan_mechanism m = o ? o->mechanism : PLAN_AUTO;
	struct plan_attempt *a;
	const char *symbol;

	if (!variant_fits(v, f, symbols, &symbol))
		return;
	if ((m == PLAN_ONLY_FENTRY && v->how == PLAN_KPROBE) ||
	    (m == PLAN_ONLY_KPROBE && v->how == PLAN_FENTRY)) {
		h->barred = true;
		return;
	}
	if (is_disabled(o, h->name, symbol) || is_disabled(o, h->name, v->symbol)) {
		h->disabled = true;
		return;
	}
	if (h->nr == PLAN_ATTEMPTS)
		return;
	a = &h->attempt[h->nr++];
	a->how = v->how;
	snprintf(a->symbol, sizeof(a->symbol), "%s", symbol);
	memcpy(a->prog, v->prog, sizeof(a->prog));
}

const char *const *plan__symbols(void)
{
	static const char *names[NR_VARIANTS + 1];
	size_t n = 0;

	if (names[0])
		return names;
	for (size_t i = 0; i < NR_VARIANTS; i++) {
		/* Those of one function stand together in the table, or twice here. */
		if (!n || strcmp(names[n - 1], variants[i].symbol))
			names[n++] = variants[i].symbol;
	}
	return names;
}

int plan__make(const struct btf *btf, struct symbols *symbols,
	       const struct plan_options *options, struct plan *plan, const char **unknown)
{
	uint32_t shown = 0;
	struct facts f;
	uint32_t ref;

	if (options && options->disabled) {
		for (const char *const *d = options->disabled; *d; d++) {
			if (!is_known(*d)) {
				*unknown = *d;
				return -ENOENT;
			}
		}
	}
	memset(plan, 0, sizeof(*plan));
	facts__gather(&f, btf);
	for (int h = 0; h < PGR_HOOKS; h++) {
		plan->hook[h].name = name_of_hook(h);
		plan->hook[h].wanted = hooks[h].wanted;
		plan->hook[h].without = hooks[h].without;
	}
	for (size_t i = 0; i < NR_VARIANTS; i++) {
		const struct variant *v = &variants[i];

		plan_variant(v, &f, symbols, options, &plan->hook[v->hook]);
		if (f.arity[i] >= 0 || symbols__has(symbols, v->symbol) || plan->hook[v->hook].nr)
			shown |= SHOWN_BY(v->hook);
	}
	for (int h = 0; h < PGR_HOOKS; h++) {
		struct plan_hook *hook = &plan->hook[h];

		hook->absent = hooks[h].shown_by && !(hooks[h].shown_by & shown);
		if (hook->absent)
			hook->nr = 0;
		if (hook->nr)
			continue;
		snprintf(hook->missing, sizeof(hook->missing), "%s",
			 hook->disabled ? "disabled by --disable-hook" :
			 hook->barred ? "barred by --attach" :
					"this kernel has no such function to attach to");
	}
	plan_semantics(&f, plan);
	plan_idle(&f, plan);
	/* Up to 5.16 the counter was behind a pointer, and not always the pgmap's own. */
	ref = struct_member(&f, "dev_pagemap", "ref");
	if (!ref)
		snprintf(plan->unusable, sizeof(plan->unusable),
			 "this kernel has no struct dev_pagemap (CONFIG_ZONE_DEVICE is off)");
	else if (btf_is_ptr(btf__type_by_id(btf, ref)))
		snprintf(plan->unusable, sizeof(plan->unusable),
			 "this kernel's dev_pagemap.ref is a pointer (5.16 and before)");
	return 0;
}

const struct plan_attempt *plan_hook__attempt(const struct plan_hook *hook)
{
	return hook->next < hook->nr ? &hook->attempt[hook->next] : NULL;
}

void plan_hook__fail(struct plan_hook *hook, const char *why)
{
	if (hook->next < hook->nr)
		hook->next++;
	if (hook->next == hook->nr)
		snprintf(hook->missing, sizeof(hook->missing), "%s", why);
}

bool plan__sees_folios(const struct plan *plan)
{
	static const enum pgr_hook needed[] = { PGR_HOOK_GET, PGR_HOOK_PUT, PGR_HOOK_FOLIO_GET,
						PGR_HOOK_FOLIO_MAKE, PGR_HOOK_FOLIO_ALLOC,
						PGR_HOOK_FOLIO_PUT, PGR_HOOK_INSERT,
						PGR_HOOK_DELETE, PGR_HOOK_ALLOC, PGR_HOOK_FREE };

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		const struct plan_hook *h = &plan->hook[needed[i]];

		if (!plan_hook__attempt(h) && !h->absent)
			return false;
	}
	return plan->folio_refs && plan->puts_visible;
}

const char *plan__effect(const struct plan *plan, enum pgr_hook hook)
{
	const struct plan_attempt *a = plan_hook__attempt(&plan->hook[hook]);

	switch (hook) {
	case PGR_HOOK_GET:
		return a && strcmp(a->symbol, "get_dev_pagemap_many") ? "+1" : "+refs";
	case PGR_HOOK_PUT:
		return "-refs";
	case PGR_HOOK_ALLOC:
		return plan->alloc_per_page ? "+1 a page" : "+1";
	case PGR_HOOK_FREE:
		return plan->alloc_per_page ? "-1 a page" : "-1";
	case PGR_HOOK_P2P_ALLOC:
	case PGR_HOOK_P2P_MAP_PAGE:
		return "+1";
	case PGR_HOOK_P2P_FREE:
	case PGR_HOOK_P2P_PAGE_FREE:
		return "-1";
	case PGR_HOOK_FOLIO_PUT:
		return "-1 if idle";
	case PGR_HOOK_FOLIO_GET:
	case PGR_HOOK_FOLIO_MAKE:
	case PGR_HOOK_FOLIO_ALLOC:
		return NULL;
	default:
		return "";
	}
}

const char *plan_how__name(const struct plan_attempt *attempt)
{
	static const char *const suffix[] = { "_fexit", "_kretprobe" };

	if (attempt->how == PLAN_RAW_TP)
		return "raw_tp";
	for (int i = 0; i < 2; i++) {
		for (int p = 0; p < PLAN_PROGS && attempt->prog[p]; p++) {
			size_t n = strlen(attempt->prog[p]), s = strlen(suffix[i]);

			if (n > s && !strcmp(attempt->prog[p] + n - s, suffix[i]))
				return suffix[i] + 1;
		}
	}
	return attempt->how == PLAN_FENTRY ? "fentry" : "kprobe";
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Each hook's wrapper for fentry or fexit. */
#ifndef PGMAPREF_FENTRY_BPF_H
#define PGMAPREF_FENTRY_BPF_H

SEC("fexit/memremap_pages")
int BPF_PROG(create_fexit, void *pgmap, int nid, void *ret)
{
	return on_create(number(pgmap), number(ret));
}

SEC("fentry/devm_memremap_pages")
int BPF_PROG(name_fentry, void *dev, void *pgmap)
{
	return on_name(number(dev), number(pgmap));
}

SEC("fentry/memunmap_pages")
int BPF_PROG(teardown_fentry, void *pgmap)
{
	return on_teardown(ctx, number(pgmap));
}

SEC("fentry/memunmap_pages")
int BPF_PROG(sweep_fentry, void *pgmap)
{
	return sweep_pgmap(number(pgmap), 0);
}

SEC("fentry/memunmap_pages")
int BPF_PROG(sweep2_fentry, void *pgmap)
{
	return sweep_pgmap(number(pgmap), 0);
}

SEC("fentry/remove_pfn_range_from_zone")
int BPF_PROG(final_fentry)
{
	return on_final();
}

SEC("fentry/dev_pagemap_percpu_release")
int BPF_PROG(drained_fentry, void *ref)
{
	return on_drained(ctx, number(ref));
}

SEC("fexit/memunmap_pages")
int BPF_PROG(gone_fexit, void *pgmap)
{
	return on_gone(ctx, number(pgmap));
}

SEC("fexit/get_dev_pagemap")
int BPF_PROG(get2_fexit, u64 pfn, void *pgmap, void *ret)
{
	return on_get(ctx, pfn, number(pgmap), number(ret), 1);
}

SEC("fexit/get_dev_pagemap")
int BPF_PROG(get1_fexit, u64 pfn, void *ret)
{
	return on_get(ctx, pfn, 0, number(ret), 1);
}

SEC("fentry/get_dev_pagemap_many")
int BPF_PROG(get3_fentry, u64 pfn)
{
	on_get_entry(pfn);
	return 0;
}

SEC("fexit/get_dev_pagemap_many")
int BPF_PROG(get3_fexit, u64 pfn, void *pgmap, int refs, void *ret)
{
	on_get_exit(ctx, number(pgmap), number(ret), refs);
	return on_get(ctx, pfn, number(pgmap), number(ret), refs);
}

SEC("fentry/put_dev_pagemap_many")
int BPF_PROG(put_fentry, void *pgmap, int refs)
{
	return on_put(ctx, number(pgmap), refs);
}

SEC("fentry/pgmap_get_folio")
int BPF_PROG(folio_get_fentry, void *pgmap, u64 pfn)
{
	on_folio_call(PGR_HOOK_FOLIO_GET, number(pgmap), pfn, page_of_pfn(pfn), 1, 0);
	return 0;
}

SEC("fexit/pgmap_get_folio")
int BPF_PROG(folio_get_fexit, void *pgmap, u64 pfn, void *ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_GET, number(ret));
}

SEC("fentry/pgmap_construct_folio")
int BPF_PROG(folio_make_fentry, void *pgmap, u64 pfn)
{
	on_folio_call(PGR_HOOK_FOLIO_MAKE, number(pgmap), pfn, page_of_pfn(pfn), 1, 0);
	return 0;
}

SEC("fexit/pgmap_construct_folio")
int BPF_PROG(folio_make_fexit, void *pgmap, u64 pfn, u32 order, void *ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_MAKE, number(ret));
}

SEC("fentry/pgmap_request_folio")
int BPF_PROG(folio_request_fentry, void *pgmap)
{
	on_folio_call(PGR_HOOK_FOLIO_MAKE, number(pgmap), 0, 0, 1, 0);
	return 0;
}

SEC("fentry/pgmap_alloc_folios")
int BPF_PROG(folio_alloc_fentry, void *pgmap, u64 start, u64 length)
{
	on_folio_call(PGR_HOOK_FOLIO_ALLOC, number(pgmap), start, page_of_pfn(start), length,
		      CALL_RANGE);
	return 0;
}

SEC("fexit/pgmap_alloc_folios")
int BPF_PROG(folio_alloc_fexit, void *pgmap, u64 start, u64 length, void *ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_ALLOC, number(ret));
}

SEC("fentry/pgmap_request_folios")
int BPF_PROG(folio_requests_fentry, void *pgmap, void *folio, u32 nr)
{
	u64 page = number(folio);

	on_folio_call(PGR_HOOK_FOLIO_ALLOC, number(pgmap), pfn_of_page(page), page, nr, CALL_FOLIOS);
	return 0;
}

SEC("fexit/pgmap_request_folios")
int BPF_PROG(folio_requests_fexit, void *pgmap, void *folio, u32 nr, u64 ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_ALLOC, (u8)ret);
}

SEC("fentry/pgmap_put_folio")
int BPF_PROG(folio_put_fentry, void *folio)
{
	on_folio_put_call(number(folio));
	return 0;
}

SEC("fexit/pgmap_put_folio")
int BPF_PROG(folio_put_fexit, void *folio, u64 ret)
{
	return on_folio_put(ctx, (u8)ret);
}

SEC("fexit/zone_device_page_init")
int BPF_PROG(alloc1_fexit, void *page)
{
	return on_alloc(ctx, number(page), page_pgmap(number(page)), 0);
}

SEC("fexit/zone_device_page_init")
int BPF_PROG(alloc3_fexit, void *page, void *pgmap, u32 order)
{
	return on_alloc(ctx, number(page), number(pgmap), order);
}

SEC("fentry/free_zone_device_page")
int BPF_PROG(free_fentry, void *page)
{
	return on_free(ctx, number(page));
}

/* pfn is a pfn_t, a structure, up to 6.16: its one word is taken as it comes. */
SEC("fexit/dax_insert_entry")
int insert6_fexit(u64 *ctx)
{
	return on_insert(ctx, number((void *)ctx[0]), number((void *)ctx[1]),
			 number((void *)ctx[3]), ctx[4], number((void *)ctx[6]));
}

/*
 * Versions 1 to 3 of the series: dax_insert_entry(xas, vmf, pentry, pfn, flags),
 * which returns no entry but puts it where the old one was.
 */
SEC("fentry/dax_insert_entry")
int insert5_fentry(u64 *ctx)
{
	on_insert_call(number((void *)ctx[0]), number((void *)ctx[1]), number((void *)ctx[2]),
		       ctx[3]);
	return 0;
}

SEC("fexit/dax_insert_entry")
int insert5_fexit(u64 *ctx)
{
	return on_insert_done(ctx);
}

SEC("fentry/dax_disassociate_entry")
int delete_entry_fentry(u64 *ctx)
{
	return on_delete_entry(ctx, number((void *)ctx[0]), number((void *)ctx[1]));
}

SEC("fentry/dax_folio_put")
int BPF_PROG(delete_put_fentry, void *folio)
{
	return on_delete_folio(ctx, number(folio), 0);
}

SEC("fentry/dax_folio_reset_order")
int BPF_PROG(delete_reset_fentry, void *folio)
{
	return on_delete_folio(ctx, number(folio), 1);
}

SEC("fexit/pci_alloc_p2pmem")
int BPF_PROG(p2p_alloc_fexit, void *pdev, u64 size, void *ret)
{
	return on_p2p_alloc(ctx, number(pdev), number(ret));
}

SEC("fentry/pci_free_p2pmem")
int BPF_PROG(p2p_free_fentry, void *pdev, void *kaddr)
{
	return on_p2p_free(ctx, number(pdev), number(kaddr));
}

SEC("fentry/p2pmem_alloc_mmap")
int BPF_PROG(p2p_map_fentry)
{
	return on_p2p_map_entry();
}

SEC("fexit/p2pmem_alloc_mmap")
int BPF_PROG(p2p_map_fexit, void *filp, void *kobj, void *attr, void *vma, int ret)
{
	return on_p2p_map(ctx, ret);
}

SEC("fexit/vm_insert_page")
int BPF_PROG(p2p_map_page_fexit, void *vma, u64 addr, void *page, int ret)
{
	return on_p2p_map_page(ctx, number(page), ret);
}

SEC("fentry/p2pdma_folio_free")
int BPF_PROG(p2p_page_free_fentry, void *folio)
{
	return on_p2p_page_free(ctx, number(folio));
}

#endif /* PGMAPREF_FENTRY_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Each hook's wrappers for kprobe and kretprobe. */
#ifndef PGMAPREF_KPROBE_BPF_H
#define PGMAPREF_KPROBE_BPF_H

SEC("kprobe/memremap_pages")
int BPF_KPROBE(create_kprobe, u64 pgmap)
{
	struct stash s = { .arg = { pgmap } };

	stash_put(PGR_HOOK_CREATE, &s);
	return 0;
}

SEC("kretprobe/memremap_pages")
int BPF_KRETPROBE(create_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_CREATE, &s) ? on_create(s.arg[0], ret) : 0;
}

SEC("kprobe/devm_memremap_pages")
int BPF_KPROBE(name_kprobe, u64 dev, u64 pgmap)
{
	return on_name(dev, pgmap);
}

SEC("kprobe/memunmap_pages")
int BPF_KPROBE(teardown_kprobe, u64 pgmap)
{
	return on_teardown(ctx, pgmap);
}

SEC("kprobe/memunmap_pages")
int BPF_KPROBE(sweep_kprobe, u64 pgmap)
{
	return sweep_pgmap(pgmap, 0);
}

SEC("kprobe/remove_pfn_range_from_zone")
int BPF_KPROBE(final_kprobe)
{
	return on_final();
}

SEC("kprobe/dev_pagemap_percpu_release")
int BPF_KPROBE(drained_kprobe, u64 ref)
{
	return on_drained(ctx, ref);
}

SEC("kretprobe/memunmap_pages")
int BPF_KRETPROBE(gone_kretprobe)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	u64 *addr = bpf_map_lookup_elem(&unmapping, &tid);

	if (!addr) {
		lose(PGR_LOSS_STASH); /* the teardown's kprobe was missed */
		return 0;
	}
	return on_gone(ctx, *addr);
}

SEC("kprobe/get_dev_pagemap")
int BPF_KPROBE(get_kprobe, u64 pfn, u64 pgmap)
{
	struct stash s = { .arg = { pfn, pgmap } };

	stash_put(PGR_HOOK_GET, &s);
	return 0;
}

SEC("kretprobe/get_dev_pagemap")
int BPF_KRETPROBE(get2_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_GET, &s) ? on_get(ctx, s.arg[0], s.arg[1], ret, 1) : 0;
}

SEC("kretprobe/get_dev_pagemap")
int BPF_KRETPROBE(get1_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_GET, &s) ? on_get(ctx, s.arg[0], 0, ret, 1) : 0;
}

SEC("kprobe/get_dev_pagemap_many")
int BPF_KPROBE(get3_kprobe, u64 pfn, u64 pgmap, u64 refs)
{
	struct stash s = { .arg = { pfn, pgmap, (u32)refs } };

	stash_put(PGR_HOOK_GET, &s);
	on_get_entry(pfn);
	return 0;
}

SEC("kretprobe/get_dev_pagemap_many")
int BPF_KRETPROBE(get3_kretprobe, u64 ret)
{
	struct stash s;

	if (!stash_take(PGR_HOOK_GET, &s))
		return 0;
	on_get_exit(ctx, s.arg[1], ret, (u32)s.arg[2]);
	return on_get(ctx, s.arg[0], s.arg[1], ret, (u32)s.arg[2]);
}

SEC("kprobe/put_dev_pagemap_many")
int BPF_KPROBE(put_kprobe, u64 pgmap, u64 refs)
{
	return on_put(ctx, pgmap, refs);
}

SEC("kprobe/pgmap_get_folio")
int BPF_KPROBE(folio_get_kprobe, u64 pgmap, u64 pfn)
{
	on_folio_call(PGR_HOOK_FOLIO_GET, pgmap, pfn, page_of_pfn(pfn), 1, 0);
	return 0;
}

SEC("kretprobe/pgmap_get_folio")
int BPF_KRETPROBE(folio_get_kretprobe, u64 ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_GET, ret);
}

SEC("kprobe/pgmap_construct_folio")
int BPF_KPROBE(folio_make_kprobe, u64 pgmap, u64 pfn)
{
	on_folio_call(PGR_HOOK_FOLIO_MAKE, pgmap, pfn, page_of_pfn(pfn), 1, 0);
	return 0;
}

SEC("kprobe/pgmap_request_folio")
int BPF_KPROBE(folio_request_kprobe, u64 pgmap)
{
	on_folio_call(PGR_HOOK_FOLIO_MAKE, pgmap, 0, 0, 1, 0);
	return 0;
}

SEC("kretprobe/pgmap_construct_folio")
int BPF_KRETPROBE(folio_make_kretprobe, u64 ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_MAKE, ret);
}

SEC("kprobe/pgmap_alloc_folios")
int BPF_KPROBE(folio_alloc_kprobe, u64 pgmap, u64 start, u64 length)
{
	on_folio_call(PGR_HOOK_FOLIO_ALLOC, pgmap, start, page_of_pfn(start), length, CALL_RANGE);
	return 0;
}

SEC("kprobe/pgmap_request_folios")
int BPF_KPROBE(folio_requests_kprobe, u64 pgmap, u64 folio, u64 nr)
{
	on_folio_call(PGR_HOOK_FOLIO_ALLOC, pgmap, pfn_of_page(folio), folio, (u32)nr, CALL_FOLIOS);
	return 0;
}

SEC("kretprobe/pgmap_alloc_folios")
int BPF_KRETPROBE(folio_alloc_kretprobe, u64 ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_ALLOC, ret);
}

SEC("kretprobe/pgmap_request_folios")
int BPF_KRETPROBE(folio_requests_kretprobe, u64 ret)
{
	return on_folio_get(ctx, PGR_HOOK_FOLIO_ALLOC, (u8)ret);
}

SEC("kprobe/pgmap_put_folio")
int BPF_KPROBE(folio_put_kprobe, u64 folio)
{
	on_folio_put_call(folio);
	return 0;
}

SEC("kretprobe/pgmap_put_folio")
int BPF_KRETPROBE(folio_put_kretprobe, u64 ret)
{
	return on_folio_put(ctx, (u8)ret);
}

SEC("kprobe/zone_device_page_init")
int BPF_KPROBE(alloc_kprobe, u64 page, u64 pgmap, u64 order)
{
	struct stash s = { .arg = { page, pgmap, order } };

	stash_put(PGR_HOOK_ALLOC, &s);
	return 0;
}

SEC("kretprobe/zone_device_page_init")
int BPF_KRETPROBE(alloc1_kretprobe)
{
	struct stash s;

	return stash_take(PGR_HOOK_ALLOC, &s) ? on_alloc(ctx, s.arg[0], page_pgmap(s.arg[0]), 0) :
						0;
}

SEC("kretprobe/zone_device_page_init")
int BPF_KRETPROBE(alloc3_kretprobe)
{
	struct stash s;

	return stash_take(PGR_HOOK_ALLOC, &s) ? on_alloc(ctx, s.arg[0], s.arg[1], s.arg[2]) : 0;
}

SEC("kprobe/free_zone_device_page")
int BPF_KPROBE(free_kprobe, u64 page)
{
	return on_free(ctx, page);
}

SEC("kprobe/dax_insert_entry")
int BPF_KPROBE(insert6_kprobe, u64 xas, u64 vmf, u64 iter, u64 entry, u64 pfn)
{
	struct stash s = { .arg = { xas, vmf, entry, pfn } };

	stash_put(PGR_HOOK_INSERT, &s);
	return 0;
}

SEC("kretprobe/dax_insert_entry")
int BPF_KRETPROBE(insert6_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_INSERT, &s) ?
		       on_insert(ctx, s.arg[0], s.arg[1], s.arg[2], s.arg[3], ret) :
		       0;
}

SEC("kprobe/dax_insert_entry")
int BPF_KPROBE(insert5_kprobe, u64 xas, u64 vmf, u64 pentry, u64 pfn)
{
	on_insert_call(xas, vmf, pentry, pfn);
	return 0;
}

SEC("kretprobe/dax_insert_entry")
int BPF_KRETPROBE(insert5_kretprobe)
{
	return on_insert_done(ctx);
}

SEC("kprobe/dax_disassociate_entry")
int BPF_KPROBE(delete_entry_kprobe, u64 entry)
{
	/* A clone of the function may have lost the other arguments. */
	return on_delete_entry(ctx, entry, 0);
}

SEC("kprobe/dax_folio_put")
int BPF_KPROBE(delete_put_kprobe, u64 folio)
{
	return on_delete_folio(ctx, folio, 0);
}

SEC("kprobe/dax_folio_reset_order")
int BPF_KPROBE(delete_reset_kprobe, u64 folio)
{
	return on_delete_folio(ctx, folio, 1);
}

SEC("kprobe/pci_alloc_p2pmem")
int BPF_KPROBE(p2p_alloc_kprobe, u64 pdev)
{
	struct stash s = { .arg = { pdev } };

	stash_put(PGR_HOOK_P2P_ALLOC, &s);
	return 0;
}

SEC("kretprobe/pci_alloc_p2pmem")
int BPF_KRETPROBE(p2p_alloc_kretprobe, u64 ret)
{
	struct stash s;

	return stash_take(PGR_HOOK_P2P_ALLOC, &s) ? on_p2p_alloc(ctx, s.arg[0], ret) : 0;
}

SEC("kprobe/pci_free_p2pmem")
int BPF_KPROBE(p2p_free_kprobe, u64 pdev, u64 kaddr)
{
	return on_p2p_free(ctx, pdev, kaddr);
}

SEC("kprobe/p2pmem_alloc_mmap")
int BPF_KPROBE(p2p_map_kprobe)
{
	return on_p2p_map_entry();
}

SEC("kretprobe/p2pmem_alloc_mmap")
int BPF_KRETPROBE(p2p_map_kretprobe, u64 ret)
{
	return on_p2p_map(ctx, ret);
}

/* Also the calls of everybody else: those are let go as soon as they are seen to be. */
SEC("kprobe/vm_insert_page")
int BPF_KPROBE(p2p_map_page_kprobe, u64 vma, u64 addr, u64 page)
{
	struct stash s = { .arg = { page } };

	if (in_p2p_map())
		stash_put(PGR_HOOK_P2P_MAP_PAGE, &s);
	return 0;
}

SEC("kretprobe/vm_insert_page")
int BPF_KRETPROBE(p2p_map_page_kretprobe, u64 ret)
{
	struct stash s;

	return in_p2p_map() && stash_take(PGR_HOOK_P2P_MAP_PAGE, &s) ?
		       on_p2p_map_page(ctx, s.arg[0], ret) :
		       0;
}

SEC("kprobe/p2pdma_folio_free")
int BPF_KPROBE(p2p_page_free_kprobe, u64 folio)
{
	return on_p2p_page_free(ctx, folio);
}

#endif /* PGMAPREF_KPROBE_BPF_H */

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The BPF programs: hooks -> account() -> maps and rings, and the
 * SEC("syscall") programs with which user space reads the kernel on demand.
 *
 * Each hook has a body, on_*(), and here a wrapper for each way to attach it:
 * fentry or fexit, and kprobe with kretprobe. plan.c picks the wrapper that the
 * running kernel offers; the others are not loaded.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "pgmapref.h"
#include "account.bpf.h"
#include "demand.bpf.h"
#include "folio.bpf.h"
#include "p2pdma.bpf.h"
#include "teardown.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* ---- fentry and fexit ------------------------------------------------ */

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

	on_folio_call(PGR_HOOK_FOLIO_ALLOC, number(pgmap), pfn_of_page(page), page, nr,
		      CALL_FOLIOS);
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
	return on_delete_entry(ctx, number((void *)ctx[0]));
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

/* ---- kprobe and kretprobe -------------------------------------------- */

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
	on_folio_call(PGR_HOOK_FOLIO_ALLOC, pgmap, pfn_of_page(folio), folio, (u32)nr,
		      CALL_FOLIOS);
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

	return stash_take(PGR_HOOK_ALLOC, &s) ?
		       on_alloc(ctx, s.arg[0], page_pgmap(s.arg[0]), 0) : 0;
}

SEC("kretprobe/zone_device_page_init")
int BPF_KRETPROBE(alloc3_kretprobe)
{
	struct stash s;

	return stash_take(PGR_HOOK_ALLOC, &s) ?
		       on_alloc(ctx, s.arg[0], s.arg[1], s.arg[2]) : 0;
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
		       on_insert(ctx, s.arg[0], s.arg[1], s.arg[2], s.arg[3], ret) : 0;
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
	return on_delete_entry(ctx, entry);
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
		       on_p2p_map_page(ctx, s.arg[0], ret) : 0;
}

SEC("kprobe/p2pdma_folio_free")
int BPF_KPROBE(p2p_page_free_kprobe, u64 folio)
{
	return on_p2p_page_free(ctx, folio);
}

/* Children of a followed COMMAND are followed too. */
SEC("raw_tp/sched_process_fork")
int fork_raw(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0];
	struct task_struct *child = (void *)ctx[1];
	u32 from = BPF_CORE_READ(parent, tgid), to = BPF_CORE_READ(child, tgid);
	u8 one = 1;

	if (from == to || !bpf_map_lookup_elem(&tgids, &from))
		return 0;
	if (bpf_map_update_elem(&tgids, &to, &one, BPF_ANY))
		lose(PGR_LOSS_FOLLOW);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int exit_raw(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	u32 pid = BPF_CORE_READ(task, pid), tgid = BPF_CORE_READ(task, tgid);

	/* Its number will be someone else's. */
	if (pid == tgid)
		bpf_map_delete_elem(&tgids, &tgid);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages whose refcounts are followed: a breakpoint on each refcount, and this program behind each
 * write. Values chain: a write moved the difference between the refcount and its last value.
 */
#ifndef PGMAPREF_FOLLOWED_BPF_H
#define PGMAPREF_FOLLOWED_BPF_H

#include "bpf/events.bpf.h"
#include "bpf/page.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/task.bpf.h"
#include "common/followed.h"

struct pgr_followed followed[PGR_FOLLOWED];

/* Two CPUs that write at the same time need one attempt more. */
#define FOLLOWED_ATTEMPTS 8

/*
 * What the page's refcount moved since the last run, 0 for nothing. Another CPU may write between
 * the read and the exchange. The exchange then fails if that CPU's program has run, and the next
 * attempt reads the newer value.
 */
static __always_inline s32 followed_moved(struct pgr_followed *f, u32 *now)
{
	for (u32 i = 0; i < FOLLOWED_ATTEMPTS; i++) {
		u64 last = *(volatile u64 *)&f->last;

		if (bpf_probe_read_kernel(now, sizeof(*now), (void *)f->addr)) {
			/* The struct page is gone: user space sees this itself. */
			__sync_fetch_and_add(&f->lost, 1);
			return 0;
		}
		if (__sync_val_compare_and_swap(&f->last, last, (u64)*now) == last)
			return *now - (u32)last;
	}
	__sync_fetch_and_add(&f->lost, 1); /* the next change includes it */
	return 0;
}

/*
 * A breakpoint is an NMI for the ring: if another CPU has its lock, the ring refuses at once
 * (kernel/bpf/ringbuf.c, __bpf_ringbuf_reserve(), 6.1 to 7.3). No loop: 6.1 refuses one that ends
 * with a record.
 */
static __always_inline struct pgr_rec_change *followed_reserve(void)
{
	struct pgr_rec_change *r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);

	if (r)
		return r;
	r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	if (r)
		return r;
	r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	if (r)
		return r;
	return bpf_ringbuf_reserve(&events, sizeof(*r), 0);
}

SEC("perf_event")
int followed_write(u64 *ctx)
{
	struct pgr_followed *f = &followed[bpf_get_attach_cookie(ctx) & (PGR_FOLLOWED - 1)];
	struct pgr_rec_change *r;
	u32 refcount = 0;
	s32 n;

	__sync_fetch_and_add(&f->runs, 1);
	if (!f->active)
		return 0; /* followed_look() has not read the refcount yet */
	n = followed_moved(f, &refcount);
	/* Emulated CPUs also report writes of other words. */
	if (!n)
		return 0;
	r = followed_reserve();
	if (!r) {
		__sync_fetch_and_add(&f->lost, 1);
		return 0;
	}
	r->h.record = PGR_REC_CHANGE;
	r->h.id = f->id;
	r->h.ns = bpf_ktime_get_ns();
	task_now(&r->task);
	r->stack = stack_key(ctx, PGR_HOOK_PUT);
	r->pfn = f->pfn;
	r->n = n;
	r->refcount = refcount;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

SEC("syscall")
int followed_look(struct pgr_followed_args *a)
{
	struct pgr_followed *f = &followed[a->slot & (PGR_FOLLOWED - 1)];
	u64 page = page_of_pfn(a->pfn), head, addr;
	u32 refcount = 0;

	a->err = -ENODATA;
	if (!vmemmap_base)
		return 0;
	a->err = -EFAULT;
	if (page_head(page, &head))
		return 0;
	addr = head + bpf_core_field_offset(struct page, _refcount.counter);
	a->err = -ESTALE;
	if (page_pgmap(head) != a->pgmap)
		return 0;
	f->addr = addr;
	f->pfn = pfn_of_page(head);
	f->id = a->id;
	a->err = -EFAULT;
	if (bpf_probe_read_kernel(&refcount, sizeof(refcount), (void *)addr))
		return 0;
	if (a->start) {
		f->last = refcount;
		f->active = 1;
		/* A write before `active` was set has no record, and belongs to the start. */
		followed_moved(f, &refcount);
	}
	a->pfn = f->pfn;
	a->addr = addr;
	a->order = folio_order(head);
	a->refcount = refcount;
	a->err = 0;
	return 0;
}

#endif /* PGMAPREF_FOLLOWED_BPF_H */

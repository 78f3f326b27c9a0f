// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The sweep of src/bpf, unchanged, on struct pages that tests/bench/sweep.c makes in ordinary
 * memory, and a plain read of the same memory. SEC("syscall"): any kernel that has BTF and lets root
 * load BPF programs runs them, also one without tracing.
 */
#include "vmlinux.h"
#include <asm-generic/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "common/on_demand.h"

/* Replaces bpf/stack.bpf.h: these programs have no caller. */
#define PGMAPREF_STACK_BPF_H
static __always_inline u64 stack_key(void *ctx, u32 hook)
{
	return 0;
}

/* pin_forget() is for on_demand.bpf.h. */
#pragma clang diagnostic ignored "-Wunused-function"
#include "bpf/sweep.bpf.h"
#include "sweep_memory.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct sweep_memory {
	u8 byte[BENCH_BYTES];
};

/* One element: the struct pages. User space maps it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, 1 << 10); /* BPF_F_MMAPABLE */
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sweep_memory);
} memory SEC(".maps");

struct pgr_pgmap the_pgmap;
struct bench_layout layout;
u64 stride; /* struct pages from one that is read to the next */
u64 sum; /* of the words read: without a use the reads would go */

/* Tells user space where the struct pages are and what they look like. */
SEC("syscall")
int look(void *ctx)
{
	u32 zero = 0;

	layout.memory = number(bpf_map_lookup_elem(&memory, &zero));
	layout.page = PAGE_SIZE_OF;
	layout.refcount = bpf_core_field_offset(struct page, _refcount.counter);
	layout.mapcount = bpf_core_field_offset(struct page, _mapcount.counter);
	layout.mapping = bpf_core_field_offset(struct page, mapping);
	layout.index = page_index_offset();
	layout.compound = page_compound_offset();
	layout.order = folio_order_offset();
	layout.large_mapcount = page_mapcount_offset(true);
	layout.head = 1ULL << bpf_core_enum_value(enum pageflags, PG_head);
	return 0;
}

#define AT_ONCE 64 /* words read in a call of the loop's function */

struct plain_ctx {
	u64 sum;
};

static long plain_next(u32 i, struct plain_ctx *c)
{
	u64 step = stride * PAGE_SIZE_OF, at = (u64)i * AT_ONCE * step;
	u64 refs = bpf_core_field_offset(struct page, _refcount.counter), got = 0;
	u32 zero = 0;
	struct sweep_memory *m = bpf_map_lookup_elem(&memory, &zero);

	if (!m)
		return 1;
	at += refs;
#pragma unroll
	for (u32 k = 0; k < AT_ONCE; k++) {
		got += *(u32 *)(m->byte + (at & (BENCH_BYTES - 4)));
		at += step;
		barrier_var(at); /* one sum at a time: 64 of them do not fit onto the stack */
	}
	sum += got;
	return 0;
}

/* The least that a sweep can do: reads one word of each struct page. */
SEC("syscall")
int plain(void *ctx)
{
	struct plain_ctx c = {};

	sum = 0;
	bpf_loop(the_pgmap.pages / AT_ONCE, plain_next, &c, 0);
	return 0;
}

u32 in_parts; /* 1: the sweep pauses as often as it can */
u32 resumed; /* 1: go on with it */
u32 paused; /* out: 1: it is not done */

SEC("syscall")
int run_sweep(void *ctx)
{
	u64 key = BENCH_KEY;
	struct sweep_state *s;

	if (!resumed && bpf_map_update_elem(&sweeps, &key, &sweep_zero, BPF_ANY))
		return 1;
	s = bpf_map_lookup_elem(&sweeps, &key);
	if (!s)
		return 2;
	s->pause_ns = in_parts;
	sweep_run(key, &the_pgmap);
	paused = !!(s->rec.sweep.flags & PGR_SWEEP_PAUSED);
	return 0;
}

SEC("syscall")
int sweep_ahead(struct pgr_ahead_args *a)
{
	ahead_help(a);
	return 0;
}

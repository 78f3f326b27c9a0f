// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Functions of src/bpf as SEC("syscall") programs. Unit tests run them by prog_test_run on any
 * kernel with BTF. The headers are included unchanged, except stack.bpf.h: a program without a hook
 * has no stack. Arguments and results are global variables. The tests make pages and other kernel
 * objects in `memory`, with the layout in the BTF of the running kernel.
 */
#include "vmlinux.h"
#include <asm-generic/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "common/on_demand.h"

/* Replaces bpf/stack.bpf.h: the test chooses the stack of the caller. */
#define PGMAPREF_STACK_BPF_H
u64 the_stack;

static __always_inline u64 stack_key(void *ctx, u32 hook)
{
	return the_stack;
}

#include "bpf/account.bpf.h"
#include "bpf/exact.bpf.h"
#include "bpf/file_path.bpf.h"
#include "bpf/pins.bpf.h"
#include "bpf/sweep.bpf.h"
#include "common/walk.h"
#include "bpf/walk.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

u8 memory[1 << 18] __attribute__((aligned(4096)));

/* A map of its own, so that the page frame behind it cannot be read: vmalloc() guards each area. */
struct before_hole {
	u8 byte[3 * 4096];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, 1 << 10); /* BPF_F_MMAPABLE: its elements begin at a page frame */
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct before_hole);
} before_hole SEC(".maps");

struct pgr_ledger_key the_key;
struct pgr_ledger_row the_row;
struct pgr_pgmap the_pgmap;
struct pgr_task the_task;
u64 arg[5];
s64 result;
u64 result_2;
u32 result_flags;
u32 results[4];

/* Returns the kernel address of `memory`. */
SEC("syscall")
int where(void *ctx)
{
	result_2 = number(memory);
	return 0;
}

/* Returns the kernel address of the element of map before_hole. */
SEC("syscall")
int where_before_hole(void *ctx)
{
	u32 zero = 0;

	result_2 = number(bpf_map_lookup_elem(&before_hole, &zero));
	return 0;
}

/* ---- ledger ------------------------------------------------------------------ */

SEC("syscall")
int run_ledger_add(void *ctx)
{
	struct pgr_ledger_key key = the_key;
	struct pgr_ledger_row row = the_row;

	result = ledger_add(&key, &row);
	return 0;
}

SEC("syscall")
int run_ledger_take(void *ctx)
{
	struct pgr_ledger_key key = the_key;
	struct pgr_ledger_row row = {};

	result = ledger_take(&key, arg[0], &row);
	the_row = row;
	return 0;
}

/* Like account() for a get. */
SEC("syscall")
int run_get(void *ctx)
{
	struct pgr_ledger_key key = the_key;
	struct pgr_ledger_row row = the_row;

	last_get_note(&key, &row);
	result = ledger_add(&key, &row);
	return 0;
}

SEC("syscall")
int run_put(void *ctx)
{
	struct pgr_ledger_row row = {};

	result = last_get_take(the_key.id, the_key.tid, arg[0], &row);
	the_row = row;
	return 0;
}

/* ---- filters, entries, the counter ------------------------------------------- */

SEC("syscall")
int run_filter(void *ctx)
{
	struct pgr_task task = the_task;

	result = filter_task(&task);
	results[0] = globmatch(glob_match, glob_star, glob_accept, task.comm);
	results[1] = filters_tasks();
	return 0;
}

SEC("syscall")
int run_dax_entry(void *ctx)
{
	result_2 = dax_entry_pfn(arg[0]);
	results[0] = dax_entry_is_value(arg[0]);
	results[1] = dax_entry_has_page(arg[0]);
	results[2] = dax_entry_order(arg[0]);
	return 0;
}

SEC("syscall")
int run_dax_shift_learn(void *ctx)
{
	result = dax_shift_learn(arg[0], arg[1]);
	return 0;
}

SEC("syscall")
int run_ref_value(void *ctx)
{
	u32 flags = 0;

	result = ref_value((void *)arg[0], &flags);
	result_flags = flags;
	results[0] = ref_flags_of((void *)arg[0]);
	return 0;
}

/* ---- pages ------------------------------------------------------------------- */

SEC("syscall")
int run_page(void *ctx)
{
	u64 head = 0;

	result = page_head(arg[0], &head);
	result_2 = head;
	results[0] = folio_order(arg[0]);
	return 0;
}

SEC("syscall")
int run_page_pgmap(void *ctx)
{
	result_2 = page_pgmap(arg[0]);
	return 0;
}

/*
 * Sweeps the_pgmap into element arg[2] (0: 1) of map sweeps. arg[0]: fill busy_rows; arg[1]: resume
 * a sweep.
 */
SEC("syscall")
int run_sweep(void *ctx)
{
	u64 key = arg[2] ? arg[2] : 1;
	struct sweep_state *s;

	if (!arg[1] && bpf_map_update_elem(&sweeps, &key, &sweep_zero, BPF_ANY))
		return 1;
	s = bpf_map_lookup_elem(&sweeps, &key);
	if (!s)
		return 2;
	s->rows_on = arg[0];
	s->rows = 0;
	sweep_run(key, &the_pgmap);
	result = s->rows;
	return 0;
}

SEC("syscall")
int sweep_ahead(struct pgr_ahead_args *a)
{
	ahead_help(a);
	return 0;
}

SEC("syscall")
int run_entry_order(void *ctx)
{
	result = entry_order(arg[0], arg[1]);
	return 0;
}

/* Which of arg[1] bytes from struct page arg[0] on belong to the ranges of `query`? */
SEC("syscall")
int run_found_pages(void *ctx)
{
	found.pages = found.idle = found.nr_ranges = found.flags = 0;
	found_pages(arg[0], arg[1]);
	result = found.pages;
	return 0;
}

SEC("syscall")
int run_bounds_add(void *ctx)
{
	bounds_add(&the_pgmap);
	return 0;
}

SEC("syscall")
int run_bounds_narrow(void *ctx)
{
	bounds_narrow();
	return 0;
}

/* ---- pins -------------------------------------------------------------------- */

SEC("syscall")
int run_pin(void *ctx)
{
	on_pin(ctx, PGR_HOOK_PIN_FAST, arg[2], arg[0], arg[1]);
	return 0;
}

SEC("syscall")
int run_unpin(void *ctx)
{
	on_unpin(ctx, PGR_HOOK_UNPIN_PAGES, arg[0], arg[1], arg[2]);
	return 0;
}

SEC("syscall")
int run_unpin_folio(void *ctx)
{
	on_unpin_folio(ctx, PGR_HOOK_UNPIN_FOLIO, arg[0], arg[1]);
	return 0;
}

/* Marks a folio as a sweep does: arg[0] pfn, arg[1] start time, arg[2] pins, arg[3] others. */
SEC("syscall")
int run_pins_mark(void *ctx)
{
	pins_mark(the_key.id, arg[0], arg[1], arg[2], arg[3]);
	return 0;
}

SEC("syscall")
int run_pins_forget(void *ctx)
{
	struct pgr_forget_args a = { .id = the_key.id, .start_ns = arg[0] };

	bpf_for_each_map_elem(&pins, pin_forget, &a, 0);
	return 0;
}

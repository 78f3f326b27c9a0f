/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SEC("syscall") programs: user space runs them to read the kernel on demand. They also load on
 * kernels that refuse tracing programs.
 */
#ifndef PGMAPREF_ON_DEMAND_BPF_H
#define PGMAPREF_ON_DEMAND_BPF_H

#include "bpf/alive.bpf.h"
#include "bpf/pgmaps.bpf.h"
#include "bpf/pins.bpf.h"
#include "bpf/stack.bpf.h"
#include "bpf/sweep.bpf.h"

/* The per-CPU addresses of its single element show the distances between the per-CPU areas. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} cpu_probe SEC(".maps");

struct cpu_ctx {
	u64 percpu;
	u32 missing;
};

static long calibrate_cpu(u32 cpu, struct cpu_ctx *c)
{
	u32 zero = 0;
	void *p = bpf_map_lookup_percpu_elem(&cpu_probe, &zero, cpu);

	if (!p || cpu >= PGR_CPUS)
		return 1;
	cpu_off[cpu] = number(p) - c->percpu;
	return 0;
}

/*
 * Finds two kernel addresses without any symbol: the per-CPU area of each CPU, from the per-CPU
 * addresses of our own map; and the struct page of a frame whose number user space knows (a page of
 * ring control).
 */
SEC("syscall")
int calibrate(struct pgr_calibrate_args *a)
{
	struct bpf_array *array = (void *)number(&cpu_probe);
	struct bpf_ringbuf_map *ring = (void *)number(&control);
	struct cpu_ctx c = {};
	u64 pages, page, at;

	own_tgid = bpf_get_current_pid_tgid() >> 32;
	a->err = -EFAULT;
	if (bpf_core_read(&c.percpu, sizeof(c.percpu), &array->pptrs[0]))
		return 0;
	if (bpf_loop(a->nr_cpus, calibrate_cpu, &c, 0) != a->nr_cpus)
		return 0;
	pages = (u64)BPF_CORE_READ(ring, rb, pages);
	at = bpf_core_field_offset(struct bpf_ringbuf, consumer_pos) >> PAGE_SHIFT;
	if (bpf_probe_read_kernel(&page, sizeof(page), (void *)(pages + at * sizeof(u64))))
		return 0;
	a->page = page;
	a->page_size = PAGE_SIZE_OF;
	a->ns = bpf_ktime_get_ns();
	a->err = 0;
	return 0;
}

SEC("syscall")
int lookup_pfn(struct pgr_lookup_args *a)
{
	a->addr = vmemmap_base ? page_pgmap(page_of_pfn(a->pfn)) : 0;
	a->err = a->addr ? 0 : -ENOENT;
	return 0;
}

/* Reads one node of an xarray; user space walks the tree. */
SEC("syscall")
int read_node(struct pgr_node_args *a)
{
	struct xarray *xa = (void *)a->addr;
	u64 at = a->node, word;
	u32 n = bpf_core_field_size(struct xa_node, slots) / sizeof(u64);

	a->err = -EFAULT;
	if (at) {
		at += bpf_core_field_offset(struct xa_node, slots);
	} else {
		at = (u64)xa + bpf_core_field_offset(struct xarray, xa_head);
		n = 1;
	}
	/* Unrolled: the verifier allows only constant offsets into the context. */
#pragma unroll
	for (u32 i = 0; i < 64; i++) {
		if (i < n) {
			if (bpf_probe_read_kernel(&word, sizeof(word),
						  (void *)(at + i * sizeof(u64))))
				return 0;
			a->slots[i] = word;
		}
	}
	a->nr = n;
	a->err = 0;
	return 0;
}

/*
 * Reads of maps without bpf(2) map operations. While such an operation runs, even while its task is
 * preempted, the kernel runs no program of a perf event or a kprobe on that CPU (bpf_prog_active:
 * kernel/bpf/syscall.c, bpf_map_copy_value(), 6.1 to 7.3), and breakpoints would miss writes.
 * Unrolled: the verifier allows only constant offsets into the context.
 */
SEC("syscall")
int peek_pgmap(struct pgr_peek_pgmap_args *a)
{
	u64 addr = a->addr;
	const u64 *from = bpf_map_lookup_elem(&pgmaps, &addr);
	u64 *to = (u64 *)&a->p;

	a->err = -ENOENT;
	if (!from)
		return 0;
#pragma unroll
	for (u32 i = 0; i < sizeof(a->p) / sizeof(u64); i++)
		to[i] = from[i];
	a->err = 0;
	return 0;
}

SEC("syscall")
int peek_stack(struct pgr_peek_stack_args *a)
{
	u64 key = a->key;
	const u64 *from = bpf_map_lookup_elem(&stacks, &key);
	u64 *to = (u64 *)&a->stack;

	a->err = -ENOENT;
	if (!from)
		return 0;
#pragma unroll
	for (u32 i = 0; i < sizeof(a->stack) / sizeof(u64); i++)
		to[i] = from[i];
	a->err = 0;
	return 0;
}

/*
 * Adds a pgmap that is older than the tool to map pgmaps. Checks first that the address is a pgmap.
 */
SEC("syscall")
int adopt(struct pgr_adopt_args *a)
{
	struct dev_pagemap *pgmap = (void *)a->addr;
	u64 addr = a->addr, own = a->addr + bpf_core_field_offset(struct dev_pagemap, ref);
	u32 flags;
	struct pgr_pgmap *known;
	struct pgr_rec_pgmap *r;

	a->err = -EINVAL; /* not a pgmap */
	if ((u64)BPF_CORE_READ(pgmap, ref.data, ref) != own)
		return 0;
	if (a->release && (u64)BPF_CORE_READ(pgmap, ref.data, release) != a->release)
		return 0;
	known = bpf_map_lookup_elem(&pgmaps, &addr);
	if (known) {
		a->id = known->id;
		a->err = 0;
		return 0;
	}
	r = pgmap_blank(PGR_HOOK_NAME); /* a buffer that a concurrent on_create() does not use */
	if (!r)
		return 0;
	pgmap_describe(PGR_HOOK_NAME, pgmap, &r->pgmap);
	if (!r->pgmap.nr_range) {
		/* memremap_pages() has not finished; it fills in the ranges one by one. */
		a->err = -EAGAIN;
		return 0;
	}
	r->pgmap.baseline = pgmap_computed_baseline(&r->pgmap);
	r->pgmap.flags |= PGR_PGMAP_ADOPTED;
	ref_value(pgmap, &flags);
	if (flags & PGR_REF_UNREADABLE)
		r->pgmap.flags |= PGR_PGMAP_NO_VALUE;
	if (flags & PGR_REF_DYING) {
		r->pgmap.flags |= PGR_PGMAP_DYING_AT_START;
		r->pgmap.killed_ns = bpf_ktime_get_ns();
	}
	a->err = pgmap_publish(r, addr, BPF_NOEXIST);
	a->id = r->pgmap.id;
	return 0;
}

SEC("syscall")
int select_pgmap(struct pgr_select_args *a)
{
	u64 addr = a->addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	a->err = p ? 0 : -ESTALE;
	if (p)
		p->selected = a->selected;
	return 0;
}

/* Call this after a complete sweep: it deletes the pins of pages that are idle now. */
SEC("syscall")
int forget_pins(struct pgr_forget_args *a)
{
	struct pgr_forget_args c = { .start_ns = a->start_ns, .id = a->id };

	a->err = 0;
	if (pins_any)
		bpf_for_each_map_elem(&pins, pin_forget, &c, 0);
	return 0;
}

SEC("syscall")
int sample(struct pgr_sample_args *a)
{
	u64 addr = a->addr;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);

	if (!p || p->id != a->id || !pgmap_is_there(p, (void *)addr)) {
		a->err = -ESTALE;
		return 0;
	}
	a->ns = bpf_ktime_get_ns();
	a->value = ref_value((void *)addr, &a->ref_flags);
	a->err = 0;
	return 0;
}

/*
 * The entry of map sweeps that the programs below use; anew: replace it by an empty one. NULL: no
 * room.
 */
static __always_inline struct sweep_state *sweep_own(u64 key, bool anew)
{
	if (anew && bpf_map_update_elem(&sweeps, &key, &sweep_zero, BPF_ANY))
		return NULL;
	return bpf_map_lookup_elem(&sweeps, &key);
}

/*
 * What the last call of sweep() found. Here and not by a lookup with bpf(2): the kernel runs no program
 * of a breakpoint on a CPU on which a task is in the midst of one, and with preemption that can be
 * long (bpf_disable_instrumentation(), include/linux/bpf.h, 6.1 to 7.3).
 */
struct pgr_sweep sweep_result;

/*
 * Also forgets the sweep, unless it is only paused. An error: sweep_result has another sweep, and
 * the caller must not use it.
 */
static __always_inline s32 sweep_tell(u64 key)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &key);

	if (!s)
		return -ENOENT;
	if (bpf_probe_read_kernel(&sweep_result, sizeof(sweep_result), &s->rec.sweep))
		return -EFAULT;
	if (!(sweep_result.flags & PGR_SWEEP_PAUSED))
		bpf_map_delete_elem(&sweeps, &key);
	return 0;
}

SEC("syscall")
int sweep(struct pgr_sweep_args *a)
{
	u64 addr = a->addr, key = addr | 1;
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct sweep_state *s;

	if (!p || p->id != a->id || !pgmap_is_there(p, (void *)addr)) {
		bpf_map_delete_elem(&sweeps, &key); /* of a sweep that was paused */
		a->err = -ESTALE;
		return 0;
	}
	s = sweep_own(key, !a->resume);
	if (!s) {
		a->err = -E2BIG;
		return 0;
	}
	s->rows_on = a->rows;
	s->rows = 0;
	s->budget_ns = a->budget_ns;
	s->pause_ns = a->pause_ns;
	sweep_run(key, p);
	a->rows = s->rows;
	a->err = sweep_tell(key);
	return 0;
}

SEC("syscall")
int sweep_ahead(struct pgr_ahead_args *a)
{
	ahead_help(a);
	return 0;
}

/*
 * Sweeps one page: that of row i. The result goes into row i or an earlier one, which has been
 * read.
 */
static long sweep_listed_next(u32 i, struct sweep_ctx *c)
{
	struct sweep_state *s = bpf_map_lookup_elem(&sweeps, &c->key);
	struct pgr_busy_row *row = bpf_map_lookup_elem(&busy_rows, &i);
	u32 bytes = 2 * PAGE_SIZE_OF;

	if (!s || !row)
		return 1;
	s->pfn = s->first = row->pfn;
	s->limit = s->pfn + 1;
	/*
	 * The head of a large folio has an even pfn: only its sweep needs the second struct page.
	 */
	if (s->pfn & 1)
		bytes = PAGE_SIZE_OF;
	if (read_fails() || bpf_probe_read_kernel(s->buf, bytes, (void *)page_of_pfn(s->pfn))) {
		s->rec.sweep.faults++;
		return 0;
	}
	sweep_page(s, 0);
	return 0;
}

SEC("syscall")
int sweep_listed(struct pgr_sweep_listed_args *a)
{
	u64 addr = a->addr, key = addr | 1;
	struct sweep_ctx c = { .key = key };
	struct pgr_pgmap *p = bpf_map_lookup_elem(&pgmaps, &addr);
	struct sweep_state *s;

	a->err = -ESTALE;
	if (!p || p->id != a->id)
		return 0;
	s = sweep_own(key, true);
	a->err = -E2BIG;
	if (!s || !vmemmap_base || a->nr > PGR_BUSY_ROWS)
		return 0;
	s->type = p->type;
	s->id = p->id;
	s->rows_on = 1;
	s->rec.sweep.start_ns = bpf_ktime_get_ns();
	bpf_loop(a->nr, sweep_listed_next, &c, 0);
	a->nr = s->rows;
	a->err = s->rec.sweep.faults ? -EIO : 0;
	bpf_map_delete_elem(&sweeps, &key);
	return 0;
}

#endif /* PGMAPREF_ON_DEMAND_BPF_H */

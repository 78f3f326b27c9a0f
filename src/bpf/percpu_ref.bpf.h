/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a percpu_ref. refvalue.h explains its parts. */
#ifndef PGMAPREF_PERCPU_REF_BPF_H
#define PGMAPREF_PERCPU_REF_BPF_H

#include "bpf/inject.bpf.h"
#include "common/refvalue.h"

/* Number of possible CPUs, and the offset of each per-CPU area: calibrate() sets cpu_off. */
const volatile u32 nr_cpus = 1;
u64 cpu_off[PGR_CPUS];

struct ref_sum {
	u64 base;
	u64 sum;
	u64 failed;
};

static long ref_add_cpu(u32 cpu, struct ref_sum *s)
{
	u64 v;

	if (cpu >= PGR_CPUS)
		return 1;
	s->failed |= bpf_probe_read_kernel(&v, sizeof(v), (void *)(s->base + cpu_off[cpu]));
	s->sum += v;
	return 0;
}

struct ref_parts {
	u64 ptr;
	u64 data;
	u64 count;
	u64 confirm;
};

static __always_inline long ref_parts_read(struct percpu_ref *ref, struct ref_parts *p)
{
	struct percpu_ref_data *data;
	long err;

	if (read_fails())
		return -EFAULT;
	err = bpf_core_read(&p->ptr, sizeof(p->ptr), &ref->percpu_count_ptr);
	err |= bpf_core_read(&data, sizeof(data), &ref->data);
	p->data = (u64)data;
	p->count = 0;
	p->confirm = 0;
	if (data) {
		err |= bpf_core_read(&p->count, sizeof(p->count), &data->count.counter);
		err |= bpf_core_read(&p->confirm, sizeof(p->confirm), &data->confirm_switch);
	}
	return err;
}

struct ref_reading {
	s64 value;
	u32 flags; /* enum pgr_ref_flag */
	u32 pad;
};

/*
 * The value of pgmap->ref. The parts are read again after the sum: if the mode was switched in
 * between, the sum is neither the old value nor the new one. If another CPU gets and puts a
 * reference meanwhile, the sum may contain only one of the two. A caller that judges by the value
 * therefore reads it while the pgmap is idle, or more than once. A global function: the verifier
 * checks it once, not once for each call.
 */
__noinline int ref_read(u64 pgmap, struct ref_reading *r)
{
	struct dev_pagemap *p = (void *)pgmap;
	struct percpu_ref *ref = __builtin_preserve_access_index(&p->ref);
	struct ref_parts a, b;
	struct ref_sum s;

	if (!r)
		return 0;
	for (int try = 0; try < 3; try++) {
		if (ref_parts_read(ref, &a))
			break;
		/*
		 * Does not start from 0: with an unknown start value the verifier sees that the
		 * loop converges.
		 */
		s.base = a.ptr & ~REFVALUE_PTR_FLAGS;
		s.sum = a.count;
		s.failed = a.ptr & 0;
		if (a.data && refvalue_biased(a.count))
			bpf_loop(nr_cpus, ref_add_cpu, &s, 0);
		if (ref_parts_read(ref, &b) || s.failed)
			break;
		r->value = refvalue(a.ptr, a.data != 0, a.count, a.confirm != 0, s.sum - a.count,
				    &r->flags);
		if (a.ptr == b.ptr && a.data == b.data && a.confirm == b.confirm &&
		    refvalue_biased(a.count) == refvalue_biased(b.count))
			return 0;
	}
	r->value = 0;
	r->flags = PGR_REF_UNREADABLE;
	return 0;
}

static __always_inline s64 ref_value(struct dev_pagemap *pgmap, u32 *flags)
{
	struct ref_reading r = {};

	ref_read((u64)pgmap, &r);
	*flags = r.flags;
	return r.value;
}

/* PGR_REF_DYING or 0, read from percpu_count_ptr only. */
static __always_inline u32 ref_flags_of(struct dev_pagemap *pgmap)
{
	u64 ptr = BPF_CORE_READ(pgmap, ref.percpu_count_ptr);

	return ptr & REFVALUE_PTR_DEAD ? PGR_REF_DYING : 0;
}

#endif /* PGMAPREF_PERCPU_REF_BPF_H */

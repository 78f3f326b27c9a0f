/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Computes the value of a percpu_ref from its parts, in every step of its life. The BPF programs
 * use it and, as plain C, the unit tests.
 *
 * lib/percpu-refcount.c (the same from 6.1 to 7.3). In per-CPU mode the atomic count contains a
 * bias of 2^63. The counters of all possible CPUs must be added; each may be negative or have
 * wrapped. percpu_ref_kill() sets DEAD and ATOMIC at once. But the kernel adds the per-CPU counters
 * to the count, and removes the bias, only after an RCU grace period. Until then the count is near
 * 2^63, above or below (memunmap_pages() has put its bulk references by then), and its sign means
 * nothing. During the switch the kernel holds one more reference; confirm_switch is set meanwhile.
 * percpu_ref_exit() keeps the count in the pointer, above two flag bits.
 */
#ifndef PGMAPREF_REFVALUE_H
#define PGMAPREF_REFVALUE_H

#include "common/records.h"

#define REFVALUE_BIAS (1ULL << 63)
#define REFVALUE_PTR_ATOMIC 1ULL /* __PERCPU_REF_ATOMIC */
#define REFVALUE_PTR_DEAD 2ULL /* __PERCPU_REF_DEAD */
#define REFVALUE_PTR_FLAGS 3ULL

/* True while the per-CPU counters must still be added to count. */
static inline _Bool refvalue_biased(__u64 count)
{
	__s64 distance = (__s64)(count - REFVALUE_BIAS);

	return distance > -(1LL << 62) && distance < (1LL << 62);
}

/*
 * ptr: percpu_count_ptr; has_data: ->data is set; count: data->count; switching:
 * data->confirm_switch is set; sum: the per-CPU counters added up modulo 2^64, used only while
 * count is biased. Returns the number of references and sets *flags to PGR_REF_*.
 */
static inline __s64 refvalue(__u64 ptr, _Bool has_data, __u64 count, _Bool switching, __u64 sum,
			     __u32 *flags)
{
	*flags = 0;
	if (ptr & REFVALUE_PTR_DEAD)
		*flags |= PGR_REF_DYING;
	if (!has_data) {
		*flags |= PGR_REF_EXITED;
		return (__s64)ptr >> 2;
	}
	if (!refvalue_biased(count)) {
		*flags |= PGR_REF_ATOMIC;
		return (__s64)count - switching;
	}
	return (__s64)(count - REFVALUE_BIAS + sum) - switching;
}

#endif /* PGMAPREF_REFVALUE_H */

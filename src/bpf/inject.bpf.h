/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests: makes some reads of kernel memory fail, and makes a page array of any size from a
 * little memory. If it is off, the verifier removes the code at load.
 */
#ifndef PGMAPREF_INJECT_BPF_H
#define PGMAPREF_INJECT_BPF_H

const volatile u32 failing_reads = 0; /* every n-th read fails; 0: none */
u32 nr_reads;

static __always_inline bool read_fails(void)
{
	return failing_reads && __sync_fetch_and_add(&nr_reads, 1) % failing_reads == 0;
}

const volatile u8 pages_repeat = 0; /* 1: the struct pages repeat after pages_repeats of them */
u64 pages_repeats; /* a power of two */

static __always_inline u64 repeated(u64 pfn)
{
	return pages_repeat ? pfn & (pages_repeats - 1) : pfn;
}

#endif /* PGMAPREF_INJECT_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests: makes some reads of kernel memory fail. If it is off, the verifier removes the code at
 * load.
 */
#ifndef PGMAPREF_INJECT_BPF_H
#define PGMAPREF_INJECT_BPF_H

const volatile u32 failing_reads = 0; /* every n-th read fails; 0: none */
u32 nr_reads;

static __always_inline bool read_fails(void)
{
	return failing_reads && __sync_fetch_and_add(&nr_reads, 1) % failing_reads == 0;
}

#endif /* PGMAPREF_INJECT_BPF_H */

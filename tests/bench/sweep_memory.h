/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What both halves of tests/bench/sweep share. */
#ifndef PGMAPREF_SWEEP_MEMORY_H
#define PGMAPREF_SWEEP_MEMORY_H

/* Struct pages of 16 GiB; no cache holds them. The most that a BPF program may index is 512 MiB. */
#define BENCH_BYTES (1ULL << 28)
#define BENCH_KEY 2 /* in map sweeps; even, as in a hook */

/* Offsets in bytes, from the start of a struct page or, for a folio, of its head. */
struct bench_layout {
	__u64 memory; /* kernel's address */
	__u64 head; /* PG_head */
	__u32 page; /* sizeof(struct page) */
	__u32 refcount, mapcount, mapping, index, compound;
	__u32 order, large_mapcount;
};

#endif /* PGMAPREF_SWEEP_MEMORY_H */

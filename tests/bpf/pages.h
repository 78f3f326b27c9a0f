/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Made-up struct pages in the bed's memory, from page frame PFN on. */
#ifndef PGMAPREF_PAGES_H
#define PGMAPREF_PAGES_H

#include "bed.h"

#define PFN 0x100000ULL /* even by any order that is used */
#define PAGES 2048
#define PAGE_BYTES_MOST 64
#define ELSEWHERE (PAGES * PAGE_BYTES_MOST) /* in memory: behind the pages */

/* Where struct pages are, and all of them without a reference. Call it after bed__of(). */
void pages__begin(struct units_bpf *u);
size_t pages__at(uint64_t pfn); /* in memory */
uint64_t pages__address(struct units_bpf *u, uint64_t pfn);
void pages__count(struct units_bpf *u, uint64_t pfn, int32_t refs);
void pages__map(struct units_bpf *u, uint64_t pfn, uint32_t mappings);
void pages__word(struct units_bpf *u, uint64_t pfn, const char *member, uint64_t value);
/* The head's pgmap. */
void pages__pgmap(struct units_bpf *u, uint64_t pfn, uint64_t pgmap);

enum tail { TAIL_ADDRESS, TAIL_MASK };

/* 1 << order pages are one folio, whose tails say so by the head's address, or by a mask (7.1). */
void pages__fold(struct units_bpf *u, uint64_t pfn, unsigned int order, enum tail how);
/* Large folios count mappings and pins apart. */
void pages__large(struct units_bpf *u, uint64_t pfn, int32_t refs, uint32_t mappings, uint32_t pins);

#endif /* PGMAPREF_PAGES_H */

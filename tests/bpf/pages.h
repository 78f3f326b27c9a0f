/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Struct pages that the tests make in the bed's `memory`, starting at page frame PFN. */
#ifndef PGMAPREF_PAGES_H
#define PGMAPREF_PAGES_H

#include "bed.h"

#define PFN 0x100000ULL /* aligned for every order that the tests use */
#define PAGES 2048
#define PAGE_BYTES_MOST 64
#define ELSEWHERE (PAGES * PAGE_BYTES_MOST) /* offset in `memory` behind the pages */

/*
 * Tells the programs where the struct pages are; sets all refcounts to 0. Call it after bed__of().
 */
void pages__begin(struct units_bpf *u);
size_t pages__at(uint64_t pfn); /* offset in `memory` */
uint64_t pages__address(struct units_bpf *u, uint64_t pfn);
void pages__count(struct units_bpf *u, uint64_t pfn, int32_t refs);
void pages__map(struct units_bpf *u, uint64_t pfn, uint32_t mappings);
void pages__word(struct units_bpf *u, uint64_t pfn, const char *member, uint64_t value);
/* Sets the pgmap of a head. */
void pages__pgmap(struct units_bpf *u, uint64_t pfn, uint64_t pgmap);

/* Offsets in `memory`, of a file: pages__make_file(). */
#define FILE_MAPPING ELSEWHERE
#define FILE_INODE_AT (ELSEWHERE + 4096)
#define FILE_SUPER (ELSEWHERE + 8192)
#define FILE_INODE 77
#define FILE_DEV (259 << 20 | 1)

/* Makes a file with one name. Returns the address of its mapping. */
uint64_t pages__make_file(struct units_bpf *u);
/* The page, a head, is page `index` of the file. */
void pages__put_file(struct units_bpf *u, uint64_t pfn, uint64_t mapping, uint64_t index);

enum tail { TAIL_ADDRESS, TAIL_MASK };

/* Makes 1 << order pages one folio. Its tails hold the head's address, or a mask (7.1). */
void pages__fold(struct units_bpf *u, uint64_t pfn, unsigned int order, enum tail how);
/* Sets the counts of a large folio, which counts mappings and pins separately. */
void pages__large(struct units_bpf *u, uint64_t pfn, int32_t refs, uint32_t mappings, uint32_t pins);

#endif /* PGMAPREF_PAGES_H */

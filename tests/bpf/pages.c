// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "pages.h"

static const char *compound(void)
{
	return bed__has("page", "compound_info") ? "compound_info" : "compound_head";
}

void pages__begin(struct units_bpf *u)
{
	assert_true(bed__size("page") <= PAGE_BYTES_MOST);
	u->bss->vmemmap_base = bed__address(u, 0) - PFN * bed__size("page");
	for (uint64_t pfn = PFN; pfn < PFN + PAGES; pfn++)
		pages__map(u, pfn, 0);
}

size_t pages__at(uint64_t pfn)
{
	assert_true(pfn >= PFN && pfn < PFN + PAGES);
	return (pfn - PFN) * bed__size("page");
}

uint64_t pages__address(struct units_bpf *u, uint64_t pfn)
{
	return bed__address(u, pages__at(pfn));
}

void pages__count(struct units_bpf *u, uint64_t pfn, int32_t refs)
{
	bed__put32(u, pages__at(pfn) + bed__offset("page", "_refcount"), refs);
}

void pages__map(struct units_bpf *u, uint64_t pfn, uint32_t mappings)
{
	bed__put32(u, pages__at(pfn) + bed__offset("page", "_mapcount"), mappings - 1);
}

void pages__word(struct units_bpf *u, uint64_t pfn, const char *member, uint64_t value)
{
	bed__put64(u, pages__at(pfn) + bed__offset("page", member), value);
}

void pages__pgmap(struct units_bpf *u, uint64_t pfn, uint64_t pgmap)
{
	size_t at = bed__has("folio", "pgmap") ? bed__offset("folio", "pgmap") :
						 bed__offset("page", "pgmap");

	bed__put64(u, pages__at(pfn) + at, pgmap);
}

void pages__fold(struct units_bpf *u, uint64_t pfn, unsigned int order, enum tail how)
{
	uint64_t word = how == TAIL_ADDRESS ? pages__address(u, pfn) + 1 :
					      ~((bed__size("page") << order) - 1) | 1;
	size_t order_at = bed__has("folio", "_folio_order") ? bed__offset("folio", "_folio_order") :
							      bed__offset("folio", "_flags_1");

	assert_int_equal(pfn & ((1 << order) - 1), 0);
	for (uint64_t tail = pfn + 1; tail < pfn + (1 << order); tail++)
		pages__word(u, tail, compound(), word);
	pages__word(u, pfn, "flags", 1ULL << bed__enum("PG_head", 6));
	u->bss->memory[pages__at(pfn) + order_at] = order;
}

void pages__large(struct units_bpf *u, uint64_t pfn, int32_t refs, uint32_t mappings, uint32_t pins)
{
	size_t maps_at = bed__has("folio", "_large_mapcount") ?
				 bed__offset("folio", "_large_mapcount") :
				 bed__offset("page", "_mapcount");

	pages__count(u, pfn, refs);
	bed__put32(u, pages__at(pfn) + maps_at, mappings - 1);
	bed__put32(u, pages__at(pfn) + bed__offset("folio", "_pincount"), pins);
}

uint64_t pages__make_file(struct units_bpf *u)
{
	bed__put64(u, FILE_MAPPING + bed__offset("address_space", "host"),
		   bed__address(u, FILE_INODE_AT));
	bed__put64(u, FILE_INODE_AT + bed__offset("inode", "i_ino"), FILE_INODE);
	bed__put64(u, FILE_INODE_AT + bed__offset("inode", "i_sb"), bed__address(u, FILE_SUPER));
	bed__put32(u, FILE_INODE_AT + bed__offset("inode", "i_nlink"), 1);
	bed__put32(u, FILE_SUPER + bed__offset("super_block", "s_dev"), FILE_DEV);
	return bed__address(u, FILE_MAPPING);
}

void pages__put_file(struct units_bpf *u, uint64_t pfn, uint64_t mapping, uint64_t index)
{
	pages__word(u, pfn, "mapping", mapping);
	pages__word(u, pfn, bed__has("page", "__folio_index") ? "__folio_index" : "index", index);
}

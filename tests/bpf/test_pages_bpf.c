// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Struct pages and the sweep: which pages are busy, how many references, and whose DAX entries. */
#include <stdlib.h>
#include <string.h>

#include "pages.h"

#define PGMAP 0xffff888012345000ULL /* never read */
/* Idle refcounts of two types, one with each value. */
#define IDLE_FSDAX 0
#define IDLE_GENERIC 1

static int setup(void **state)
{
	struct units_bpf *u = bed__open();

	if (u) {
		u->rodata->idle_refs[PGR_TYPE_FSDAX] = IDLE_FSDAX;
		u->rodata->idle_refs[PGR_TYPE_GENERIC] = IDLE_GENERIC;
		u->rodata->idle_refs[PGR_TYPE_P2PDMA] = -1;
		u->rodata->maps_hold[PGR_TYPE_FSDAX] = 1;
		u->rodata->share_how = PGR_SHARE_NULL;
	}
	return bed__load(state, u);
}

/* ---- heads and tails ----------------------------------------------------------- */

static uint64_t head_of(struct units_bpf *u, uint64_t pfn)
{
	u->bss->arg[0] = pages__address(u, pfn);
	bed__run(u->progs.run_page);
	assert_int_equal(u->bss->result, 0);
	return PFN + (u->bss->result_2 - pages__address(u, PFN)) / bed__size("page");
}

static void heads(struct units_bpf *u, enum tail how)
{
	pages__fold(u, PFN + 16, 4, how);
	pages__fold(u, PFN + 32, 1, how);
	pages__fold(u, PFN + 512, 9, how);
	assert_int_equal(head_of(u, PFN), PFN);
	assert_int_equal(head_of(u, PFN + 15), PFN + 15);
	assert_int_equal(head_of(u, PFN + 16), PFN + 16);
	assert_int_equal(head_of(u, PFN + 17), PFN + 16);
	assert_int_equal(head_of(u, PFN + 31), PFN + 16);
	assert_int_equal(head_of(u, PFN + 33), PFN + 32);
	assert_int_equal(head_of(u, PFN + 34), PFN + 34);
	/* The order is read from the head. */
	head_of(u, PFN + 16);
	assert_int_equal(u->bss->results[0], 4);
	head_of(u, PFN + 32);
	assert_int_equal(u->bss->results[0], 1);
	head_of(u, PFN);
	assert_int_equal(u->bss->results[0], 0);
}

static void test_tails_by_address(void **state)
{
	struct units_bpf *u = bed__of(state);

	pages__begin(u);
	heads(u, TAIL_ADDRESS);
	assert_int_equal(head_of(u, PFN + 1023), PFN + 512);
}

/* The mask needs aligned struct pages. The bed's memory is aligned to a page: 64 struct pages. */
static void test_tails_by_mask(void **state)
{
	struct units_bpf *u = bed__of(state);

	pages__begin(u);
	assert_int_equal(pages__address(u, PFN) & 4095, 0);
	heads(u, TAIL_MASK);
	pages__fold(u, PFN + 128, 6, TAIL_MASK);
	assert_int_equal(head_of(u, PFN + 191), PFN + 128);
}

static void test_pgmap_of_a_page(void **state)
{
	struct units_bpf *u = bed__of(state);

	pages__begin(u);
	pages__pgmap(u, PFN + 16, PGMAP);
	pages__fold(u, PFN + 16, 4, TAIL_ADDRESS);
	for (uint64_t pfn = PFN + 16; pfn < PFN + 32; pfn += 5) {
		u->bss->arg[0] = pages__address(u, pfn);
		bed__run(u->progs.run_page_pgmap);
		assert_int_equal(u->bss->result_2, PGMAP);
	}
	u->bss->arg[0] = 1ULL << 47; /* cannot be read */
	bed__run(u->progs.run_page_pgmap);
	assert_int_equal(u->bss->result_2, 0);
	bed__run(u->progs.run_page);
	assert_int_equal(u->bss->result, -1);
}

/* ---- sweeps --------------------------------------------------------------------- */

static struct pgr_pgmap *make_pgmap(struct units_bpf *u, uint32_t type, uint64_t pfn, uint64_t pages)
{
	u->bss->the_pgmap = (struct pgr_pgmap){
		.addr = PGMAP,
		.id = 1,
		.type = type,
		.pages = pages,
		.nr_range = 1,
		.first = { pfn << 12, ((pfn + pages) << 12) - 1 },
		.span = { pfn << 12, ((pfn + pages) << 12) - 1 },
	};
	pages__begin(u);
	return (struct pgr_pgmap *)&u->bss->the_pgmap;
}

#define DEV_PAGEMAP \
	(ELSEWHERE + 12288) /* offset in `memory`: the kernel's struct, with its ranges */
#define RANGES 300

/* Adds a range to the pgmap of make_pgmap(); the programs read it from the kernel's struct. */
static void add_range(struct units_bpf *u, uint64_t pfn, uint64_t pages)
{
	struct pgr_pgmap *p = (struct pgr_pgmap *)&u->bss->the_pgmap;
	size_t at = DEV_PAGEMAP + bed__offset("dev_pagemap", "ranges") + 16 * p->nr_range;
	struct pgr_range r = { pfn << 12, ((pfn + pages) << 12) - 1 };

	p->addr = bed__address(u, DEV_PAGEMAP);
	p->nr_range++;
	bed__put64(u, at, r.start);
	bed__put64(u, at + 8, r.end);
	if (r.start < p->span.start)
		p->span.start = r.start;
	if (r.end > p->span.end)
		p->span.end = r.end;
}

/* Result of the sweep; the caller frees it. A record has more than 4 KiB. */
static struct pgr_sweep *result_of(struct units_bpf *u)
{
	size_t size = bpf_map__value_size(u->maps.sweeps);
	struct pgr_rec_sweep *value = malloc(size);
	struct pgr_sweep *r = malloc(sizeof(*r));
	uint64_t key = 1;

	assert_non_null(value);
	assert_non_null(r);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(u->maps.sweeps), &key, value), 0);
	*r = value->sweep;
	free(value);
	return r;
}

static struct pgr_sweep *sweep(struct units_bpf *u, bool rows)
{
	u->bss->arg[0] = rows;
	u->bss->arg[1] = 0;
	bed__run(u->progs.run_sweep);
	return result_of(u);
}

static void test_idle_of_0(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_sweep *r;

	make_pgmap(u, PGR_TYPE_FSDAX, PFN, 100);
	pages__count(u, PFN + 3, 1);
	pages__count(u, PFN + 99, 2 * GUP_PIN_BIAS + 3);
	pages__count(u, PFN + 100, 7); /* behind the last page */
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_DONE);
	assert_int_equal(r->pages, 100);
	assert_int_equal(r->seen, 100);
	assert_int_equal(r->faults, 0);
	assert_int_equal(r->busy, 2);
	assert_int_equal(r->extra, 2 * GUP_PIN_BIAS + 4);
	assert_int_equal(r->pins, 2);
	assert_int_equal(r->others, 4);
	assert_int_equal(r->listed, 2);
	assert_int_equal(r->list[0].pfn, PFN + 3);
	assert_int_equal(r->list[0].refcount, 1);
	assert_int_equal(r->list[0].pins, 0);
	assert_int_equal(r->list[1].pfn, PFN + 99);
	assert_int_equal(r->list[1].pins, 2);
	free(r);
}

static void test_idle_of_1(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_sweep *r;

	make_pgmap(u, PGR_TYPE_GENERIC, PFN + 1, 63); /* from an odd page frame */
	for (uint64_t pfn = PFN; pfn < PFN + 65; pfn++)
		pages__count(u, pfn, 1);
	pages__count(u, PFN, 9); /* before the first page */
	pages__count(u, PFN + 1, 2);
	pages__count(u, PFN + 2, 0); /* below idle */
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_DONE);
	assert_int_equal(r->seen, 63);
	assert_int_equal(r->busy, 1);
	assert_int_equal(r->extra, 1);
	assert_int_equal(r->list[0].pfn, PFN + 1);
	assert_int_equal(r->entries, 0);
	free(r);
}

static void test_idle_unknown(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_sweep *r;

	make_pgmap(u, PGR_TYPE_P2PDMA, PFN, 8);
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_NO_IDLE);
	assert_int_equal(r->seen, 0);
	free(r);
}

/* A mapping has a reference, for types where it has one in the kernel. */
static void test_mappings(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_sweep *r;

	make_pgmap(u, PGR_TYPE_FSDAX, PFN, 16);
	pages__count(u, PFN + 1, 3);
	pages__map(u, PFN + 1, 3); /* all references are those of mappings */
	pages__count(u, PFN + 2, 5);
	pages__map(u, PFN + 2, 2);
	pages__count(u, PFN + 3, 1);
	pages__map(u, PFN + 3, -100); /* a page type, not a count */
	pages__map(u, PFN + 4, 1); /* idle: mapcount is not read */
	r = sweep(u, false);
	assert_int_equal(r->mapped, 2);
	assert_int_equal(r->busy, 2);
	assert_int_equal(r->extra, 4);
	assert_int_equal(r->list[0].mapcount, 2);
	assert_int_equal(r->list[1].mapcount, 0);
	free(r);

	make_pgmap(u, PGR_TYPE_GENERIC, PFN, 16);
	pages__count(u, PFN + 1, 3);
	pages__map(u, PFN + 1, 2);
	pages__count(u, PFN + 2, 1);
	pages__count(u, PFN + 3, 1);
	r = sweep(u, false);
	assert_int_equal(r->mapped, 0);
	assert_int_equal(r->busy, 1);
	assert_int_equal(r->extra, 2);
	free(r);
}

/* A large folio counts once, whatever the refcount words of its tails contain. */
static void large_folio(struct units_bpf *u, enum tail how)
{
	struct pgr_sweep *r;

	make_pgmap(u, PGR_TYPE_FSDAX, PFN, 64);
	pages__fold(u, PFN + 16, 4, how);
	pages__large(u, PFN + 16, 7, 2, 4);
	for (uint64_t tail = PFN + 20; tail < PFN + 32; tail++)
		pages__count(u, tail, 50);
	r = sweep(u, true);
	assert_int_equal(r->flags, PGR_SWEEP_DONE);
	assert_int_equal(r->seen, 64);
	assert_int_equal(r->busy, 1);
	assert_int_equal(r->mapped, 1);
	assert_int_equal(r->extra, 5);
	assert_int_equal(r->pins, 4);
	assert_int_equal(r->others, 1);
	assert_int_equal(r->list[0].pfn, PFN + 16);
	assert_int_equal(r->list[0].order, 4);
	assert_int_equal(r->list[0].pins, 4);
	assert_int_equal(u->bss->result, 1); /* number of rows */
	free(r);
	/* The pins are limited to the references. */
	pages__large(u, PFN + 16, 2, 0, 9);
	r = sweep(u, false);
	assert_int_equal(r->pins, 2);
	assert_int_equal(r->others, 0);
	free(r);
}

static void test_large_folio_by_address(void **state)
{
	large_folio(bed__of(state), TAIL_ADDRESS);
}

static void test_large_folio_by_mask(void **state)
{
	large_folio(bed__of(state), TAIL_MASK);
}

/* With vmemmap_shift tails share their memory: only heads are swept. */
static void test_shared_tails(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_pgmap *p = make_pgmap(u, PGR_TYPE_GENERIC, PFN, 1024);
	struct pgr_sweep *r;

	p->vmemmap_shift = 9;
	p->pages = 2;
	for (uint64_t pfn = PFN; pfn < PFN + 1024; pfn++)
		pages__count(u, pfn, 77); /* must not be read */
	pages__count(u, PFN, 1);
	pages__fold(u, PFN, 9, TAIL_ADDRESS);
	pages__fold(u, PFN + 512, 9, TAIL_ADDRESS);
	pages__large(u, PFN + 512, 4, 0, 1);
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_DONE);
	assert_int_equal(r->seen, 2);
	assert_int_equal(r->busy, 1);
	assert_int_equal(r->extra, 3);
	assert_int_equal(r->pins, 1);
	assert_int_equal(r->list[0].pfn, PFN + 512);
	assert_int_equal(r->list[0].order, 9);
	free(r);
}

/*
 * The first pages of range 0 (altmap) contain the struct pages of all other pages. They have no
 * struct pages themselves.
 */
static void test_altmap(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_pgmap *p = make_pgmap(u, PGR_TYPE_FSDAX, PFN, 128);
	struct pgr_sweep *r;

	p->altmap_pages = 17;
	p->pages = 128 - 17 + 10;
	add_range(u, PFN + 300, 10);
	for (uint64_t pfn = PFN; pfn < PFN + 17; pfn++)
		pages__count(u, pfn, 0x5a5a5a); /* must not be read */
	pages__count(u, PFN + 17, 1);
	pages__count(u, PFN + 127, 1);
	pages__count(u, PFN + 300, 1);
	pages__count(u, PFN + 309, 1);
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_DONE);
	assert_int_equal(r->seen, p->pages);
	assert_int_equal(r->busy, 4);
	assert_int_equal(r->list[0].pfn, PFN + 17);
	assert_int_equal(r->list[2].pfn, PFN + 300);
	free(r);
}

/* Many ranges, with a gap behind each, and the last one below all others. */
static struct pgr_pgmap *make_ranges(struct units_bpf *u)
{
	struct pgr_pgmap *p = make_pgmap(u, PGR_TYPE_GENERIC, PFN + 8, 4);

	for (uint64_t i = 1; i < RANGES - 1; i++)
		add_range(u, PFN + 8 + 6 * i, 4);
	add_range(u, PFN, 4);
	p->pages = 4 * RANGES;
	for (uint64_t pfn = PFN + 4; pfn < PFN + 8 + 6 * RANGES; pfn++)
		pages__count(u, pfn, 9); /* the gaps must not be read */
	for (uint64_t i = 0; i < RANGES; i++)
		for (uint64_t k = 0; k < 4; k++)
			pages__count(u, (i == RANGES - 1 ? PFN : PFN + 8 + 6 * i) + k, 1);
	return p;
}

static void test_ranges(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_pgmap *p = make_ranges(u);
	struct pgr_sweep *r = sweep(u, false);

	assert_int_equal(r->flags, PGR_SWEEP_DONE);
	assert_int_equal(r->seen, p->pages);
	assert_int_equal(r->busy, 0);
	free(r);
	pages__count(u, PFN + 8, 2);
	pages__count(u, PFN + 8 + 6 * (RANGES - 2) + 3, 3);
	pages__count(u, PFN + 1, 4);
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_DONE);
	assert_int_equal(r->busy, 3);
	assert_int_equal(r->extra, 6);
	assert_int_equal(r->list[0].pfn, PFN + 8);
	assert_int_equal(r->list[1].pfn, PFN + 8 + 6 * (RANGES - 2) + 3);
	assert_int_equal(r->list[2].pfn, PFN + 1);
	free(r);
	/* A range outside of the others: the struct is not this pgmap's any more. */
	p->span.start += 4096;
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_TRUNCATED);
	assert_int_equal(r->seen, p->pages - 4);
	free(r);
	p->span.start -= 4096;
	/* It cannot be read. */
	p->addr = 1ULL << 46;
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_TRUNCATED);
	assert_int_equal(r->seen, 4);
	free(r);
}

/* A sweep that pauses because busy_rows is full goes on in the range and at the page it came to. */
static void test_pauses_in_ranges(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_pgmap *p = make_pgmap(u, PGR_TYPE_GENERIC, PFN, 130);
	struct pgr_sweep *r;
	uint64_t rows = 0;
	int parts = 0;

	/* The same pages in each range: there is no memory for so many busy pages. */
	for (int i = 1; i < RANGES; i++)
		add_range(u, PFN, 130);
	p->pages = 130 * RANGES;
	for (uint64_t pfn = PFN; pfn < PFN + 130; pfn++)
		pages__count(u, pfn, 2);
	for (bool again = true; again; parts++) {
		u->bss->arg[0] = 1;
		u->bss->arg[1] = parts > 0;
		bed__run(u->progs.run_sweep);
		rows += u->bss->result;
		r = result_of(u);
		again = r->flags & PGR_SWEEP_PAUSED;
		assert_int_equal(r->seen, rows);
		assert_int_equal(r->flags, again ? PGR_SWEEP_PAUSED : PGR_SWEEP_DONE);
		if (!again)
			assert_int_equal(r->busy, p->pages);
		free(r);
	}
	assert_int_equal(rows, p->pages);
	assert_int_equal(parts, 130 * RANGES / PGR_BUSY_ROWS + 1);
}

/* Pages that the walk finds among `nr` pages from pfn on, of ranges that begin each 6 pages. */
static uint64_t found(struct units_bpf *u, uint64_t pfn, uint64_t nr)
{
	u->bss->arg[0] = pages__address(u, PFN) + (pfn - PFN) * bed__size("page");
	u->bss->arg[1] = nr << 12;
	bed__run(u->progs.run_found_pages);
	return u->bss->result;
}

static void test_search_in_ranges(void **state)
{
	struct units_bpf *u = bed__of(state);
	const uint64_t most = PGR_RANGES_MAX;

	pages__begin(u);
	u->bss->query.vmemmap_base = u->bss->vmemmap_base;
	u->bss->query.idle = -1; /* reads no struct page */
	for (uint64_t i = 0; i < most; i++) {
		u->bss->query_range[i].pfn = PFN + 6 * i;
		u->bss->query_range[i].nr = 4;
	}
	for (uint32_t nr = 1; nr <= 3; nr++) {
		u->bss->query.nr_range = nr;
		assert_int_equal(found(u, PFN - 1, 1), 0);
		assert_int_equal(found(u, PFN - 1, 2), 1);
		assert_int_equal(found(u, PFN + 3, 1), 1);
		assert_int_equal(found(u, PFN + 4, 2), 0); /* a gap */
		assert_int_equal(found(u, PFN, 100), 4 * nr);
		assert_int_equal(u->bss->found.nr_ranges, nr);
		assert_int_equal(found(u, PFN + 6 * nr - 3, 1), 1); /* the last page */
		assert_int_equal(found(u, PFN + 6 * nr, 100), 0);
	}
	u->bss->query.nr_range = most;
	assert_int_equal(found(u, PFN + 4, 4), 2); /* needs the last step of the search */
	assert_int_equal(found(u, PFN + 3, 4), 2); /* across a gap */
	assert_int_equal(u->bss->found.range[0].pfn, PFN + 3);
	assert_int_equal(u->bss->found.range[1].pfn, PFN + 6);
	assert_int_equal(found(u, PFN + 6 * (most / 2) + 1, 1), 1);
	assert_int_equal(u->bss->found.range[0].pfn, PFN + 6 * (most / 2) + 1);
	assert_int_equal(found(u, PFN + 6 * (most - 1) + 3, 9), 1);
	assert_int_equal(found(u, PFN + 6 * most, 9), 0);
	assert_int_equal(found(u, PFN, 6 * most), 4 * most);
	assert_int_equal(u->bss->found.flags, PGR_WALKED_RANGES); /* not all can be listed */
	u->bss->query.nr_range = 0;
	assert_int_equal(found(u, PFN, 9), 0);
}

/* The flags tell what was not swept. */
static void test_not_whole(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_pgmap *p = make_pgmap(u, PGR_TYPE_FSDAX, PFN, 32);
	struct pgr_sweep *r;

	p->flags = PGR_PGMAP_TRUNCATED;
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_TRUNCATED);
	assert_int_equal(r->seen, 32);
	free(r);

	p = make_pgmap(u, PGR_TYPE_FSDAX, PFN, 32);
	u->bss->vmemmap_base = 0;
	r = sweep(u, false);
	assert_int_equal(r->flags, PGR_SWEEP_NO_VMEMMAP);
	free(r);

	p = make_pgmap(u, PGR_TYPE_FSDAX, PFN, 32);
	u->bss->vmemmap_base = 1ULL << 46; /* cannot be read */
	r = sweep(u, false);
	assert_int_equal(r->seen, 0);
	assert_true(r->faults >= 32);
	free(r);
}

/* The list is limited, the count is not. */
static void test_more_than_the_list(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_sweep *r;

	make_pgmap(u, PGR_TYPE_FSDAX, PFN, 200);
	for (uint64_t pfn = PFN; pfn < PFN + 200; pfn++)
		pages__count(u, pfn, 1);
	r = sweep(u, true);
	assert_int_equal(r->busy, 200);
	assert_int_equal(r->listed, PGR_BUSY);
	assert_int_equal(r->list[PGR_BUSY - 1].pfn, PFN + PGR_BUSY - 1);
	assert_int_equal(u->bss->result, 200);
	free(r);
}

/* ---- entries -------------------------------------------------------------------- */

static void test_entries_of_a_file(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_sweep *r;
	uint64_t mapping;

	make_pgmap(u, PGR_TYPE_FSDAX, PFN, 64);
	mapping = pages__make_file(u);
	for (uint64_t i = 0; i < 5; i++)
		pages__put_file(u, PFN + 10 + i, mapping, 100 + i);
	pages__count(u, PFN + 12, 1);
	pages__put_file(u, PFN + 40, 0, 3); /* shared by three */
	/* A large folio has one entry. */
	pages__fold(u, PFN + 48, 4, TAIL_ADDRESS);
	pages__put_file(u, PFN + 48, mapping, 16);
	r = sweep(u, false);
	assert_int_equal(r->entries, 5 + 3 + 1);
	assert_int_equal(r->entry_pages, 5 + 1 + 16);
	assert_int_equal(r->shared_pages, 1);
	assert_int_equal(r->maybe_shared, 0);
	assert_int_equal(r->nr_files, 1);
	assert_int_equal(r->file[0].ino, FILE_INODE);
	assert_int_equal(r->file[0].dev, FILE_DEV);
	assert_int_equal(r->file[0].unlinked, 0);
	assert_int_equal(r->file[0].entries, 6);
	assert_int_equal(r->file[0].pages, 21);
	assert_int_equal(r->file[0].first_index, 16);
	assert_int_equal(r->file[0].last_index, 104);
	assert_int_equal(r->file[0].first_pfn, PFN + 10);
	assert_int_equal(r->file[0].last_pfn, PFN + 63);
	/* The busy page in the list also tells its file. */
	assert_int_equal(r->busy, 1);
	assert_int_equal(r->list[0].ino, FILE_INODE);
	assert_int_equal(r->list[0].index, 102);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tails_by_address),
		cmocka_unit_test(test_tails_by_mask),
		cmocka_unit_test(test_pgmap_of_a_page),
		cmocka_unit_test(test_idle_of_0),
		cmocka_unit_test(test_idle_of_1),
		cmocka_unit_test(test_idle_unknown),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_large_folio_by_address),
		cmocka_unit_test(test_large_folio_by_mask),
		cmocka_unit_test(test_shared_tails),
		cmocka_unit_test(test_altmap),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_pauses_in_ranges),
		cmocka_unit_test(test_search_in_ranges),
		cmocka_unit_test(test_not_whole),
		cmocka_unit_test(test_more_than_the_list),
		cmocka_unit_test(test_entries_of_a_file),
	};

	return cmocka_run_group_tests(tests, setup, bed__close);
}

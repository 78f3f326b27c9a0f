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
		.range[0] = { pfn << 12, ((pfn + pages) << 12) - 1 },
	};
	pages__begin(u);
	return (struct pgr_pgmap *)&u->bss->the_pgmap;
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
	p->nr_range = 2;
	p->range[1] = (struct pgr_range){ (PFN + 300) << 12, ((PFN + 310) << 12) - 1 };
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

#define MAPPING ELSEWHERE
#define INODE (ELSEWHERE + 4096)
#define SUPER (ELSEWHERE + 8192)

static uint64_t make_file(struct units_bpf *u)
{
	bed__put64(u, MAPPING + bed__offset("address_space", "host"), bed__address(u, INODE));
	bed__put64(u, INODE + bed__offset("inode", "i_ino"), 77);
	bed__put64(u, INODE + bed__offset("inode", "i_sb"), bed__address(u, SUPER));
	bed__put32(u, INODE + bed__offset("inode", "i_nlink"), 1);
	bed__put32(u, SUPER + bed__offset("super_block", "s_dev"), 259 << 20 | 1);
	return bed__address(u, MAPPING);
}

static void put_file(struct units_bpf *u, uint64_t pfn, uint64_t mapping, uint64_t index)
{
	pages__word(u, pfn, "mapping", mapping);
	pages__word(u, pfn, bed__has("page", "__folio_index") ? "__folio_index" : "index", index);
}

static void test_entries_of_a_file(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_sweep *r;
	uint64_t mapping;

	make_pgmap(u, PGR_TYPE_FSDAX, PFN, 64);
	mapping = make_file(u);
	for (uint64_t i = 0; i < 5; i++)
		put_file(u, PFN + 10 + i, mapping, 100 + i);
	pages__count(u, PFN + 12, 1);
	put_file(u, PFN + 40, 0, 3); /* shared by three */
	/* A large folio has one entry. */
	pages__fold(u, PFN + 48, 4, TAIL_ADDRESS);
	put_file(u, PFN + 48, mapping, 16);
	r = sweep(u, false);
	assert_int_equal(r->entries, 5 + 3 + 1);
	assert_int_equal(r->entry_pages, 5 + 1 + 16);
	assert_int_equal(r->shared_pages, 1);
	assert_int_equal(r->maybe_shared, 0);
	assert_int_equal(r->nr_files, 1);
	assert_int_equal(r->file[0].ino, 77);
	assert_int_equal(r->file[0].dev, 259 << 20 | 1);
	assert_int_equal(r->file[0].unlinked, 0);
	assert_int_equal(r->file[0].entries, 6);
	assert_int_equal(r->file[0].pages, 21);
	assert_int_equal(r->file[0].first_index, 16);
	assert_int_equal(r->file[0].last_index, 104);
	assert_int_equal(r->file[0].first_pfn, PFN + 10);
	assert_int_equal(r->file[0].last_pfn, PFN + 63);
	/* The busy page in the list also tells its file. */
	assert_int_equal(r->busy, 1);
	assert_int_equal(r->list[0].ino, 77);
	assert_int_equal(r->list[0].index, 102);
	free(r);
}

/* An xarray made in memory: its head is an entry, or a node with an entry at index 5. */
static void test_order_of_an_entry(void **state)
{
	struct units_bpf *u = bed__of(state);
	uint64_t pmd = 0x200ULL << 5 | 1 << 2 | 1, pte = 0x200ULL << 5 | 1;
	size_t head = MAPPING + bed__offset("address_space", "i_pages.xa_head"), node = INODE;

	u->data->dax_shift = 4;
	u->bss->arg[0] = bed__address(u, MAPPING);
	u->bss->arg[1] = 0;
	bed__put64(u, head, pmd);
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 9);
	bed__put64(u, head, pte);
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 0);

	bed__put64(u, head, bed__address(u, node) | 2);
	u->bss->memory[node + bed__offset("xa_node", "shift")] = 6;
	bed__put64(u, node + bed__offset("xa_node", "slots") + 5 * 8, pmd);
	bed__put64(u, node + bed__offset("xa_node", "slots") + 6 * 8, pte);
	u->bss->arg[1] = 5 << 6 | 3;
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 9);
	u->bss->arg[1] = 6 << 6;
	bed__run(u->progs.run_entry_order);
	assert_int_equal(u->bss->result, 0);
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
		cmocka_unit_test(test_not_whole),
		cmocka_unit_test(test_more_than_the_list),
		cmocka_unit_test(test_entries_of_a_file),
		cmocka_unit_test(test_order_of_an_entry),
	};

	return cmocka_run_group_tests(tests, setup, bed__close);
}

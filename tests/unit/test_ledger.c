// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ledger: rows into holders, who of them is only passing, and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/ledger.h"

#define FIO 4711u
#define CAT 4712u
#define SITE_A 0xaaaaaaaa00000001ull
#define SITE_B 0xbbbbbbbb00000001ull
#define SITE_GUP 0xcccccccc00000001ull /* passing, says the test's callback */

static struct ledger *new_ledger(void)
{
	struct ledger *l = ledger__new();

	assert_non_null(l);
	return l;
}

static struct pgr_ledger_row row_of(uint32_t tid, uint64_t stack, int64_t n)
{
	struct pgr_ledger_row row = { .ns = 1000, .last_ns = 2000, .stack = stack, .n = n };

	row.task.tgid = row.task.tid = tid;
	snprintf(row.task.comm, sizeof(row.task.comm), "task-%u", tid);
	return row;
}

static void add(struct ledger *l, uint32_t holding, const struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = {
		.id = 1,
		.holding = holding,
		.what = holding == PGR_HOLD_GET ? row->stack : row->pfn,
		.tid = holding == PGR_HOLD_GET ? row->task.tid : 0,
	};

	ledger__add(l, &key, row);
}

static void add_get(struct ledger *l, uint32_t tid, uint64_t stack, int64_t n)
{
	struct pgr_ledger_row row = row_of(tid, stack, n);

	add(l, PGR_HOLD_GET, &row);
}

static void add_entry(struct ledger *l, uint64_t ino, uint64_t index, uint64_t pfn, uint32_t order)
{
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 1);

	row.ino = ino;
	row.dev = 259 << 20;
	row.index = index;
	row.pfn = pfn;
	row.order = order;
	add(l, PGR_HOLD_ENTRY, &row);
}

struct asked {
	unsigned int calls, about_none;
};

static bool is_passing(void *ctx, uint64_t stack)
{
	struct asked *asked = ctx;

	asked->calls++;
	asked->about_none += !stack;
	return stack == SITE_GUP;
}

static struct asked finish(struct ledger *l)
{
	struct asked asked = { 0 };

	assert_int_equal(ledger__finish(l, is_passing, &asked), 0);
	assert_int_equal(asked.about_none, 0);
	return asked;
}

static void test_empty(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	assert_int_equal(finish(l).calls, 0);
	assert_int_equal(ledger__nr(l), 0);
	assert_null(ledger__holder(l, 0));
	assert_int_equal(ledger__references(l), 0);
	ledger__free(l);
	ledger__free(NULL);
}

static void test_a_row_becomes_a_holder(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 2);
	const struct holder *h;

	(void)state;
	row.ino = 12;
	row.dev = 259 << 20 | 3;
	row.index = 512;
	row.order = 9;
	row.pfn = 0x240000;
	add(l, PGR_HOLD_ENTRY, &row);
	finish(l);
	assert_int_equal(ledger__nr(l), 1);
	h = ledger__holder(l, 0);
	assert_int_equal(h->holding, PGR_HOLD_ENTRY);
	assert_int_equal(h->task.tid, FIO);
	assert_int_equal(h->task.tgid, FIO);
	assert_string_equal(h->task.comm, "task-4711");
	assert_int_equal(h->stack, SITE_A);
	assert_int_equal(h->ino, 12);
	assert_int_equal(h->dev, 259 << 20 | 3);
	assert_int_equal(h->first_index, 512);
	assert_int_equal(h->last_index, 1023);
	assert_int_equal(h->first_pfn, 0x240000);
	assert_int_equal(h->last_pfn, 0x2401ff);
	assert_int_equal(h->n, 2);
	assert_int_equal(h->pages, 1024);
	assert_int_equal(h->first_ns, 1000);
	assert_int_equal(h->last_ns, 2000);
	assert_false(h->passing);
	assert_null(ledger__holder(l, 1));
	ledger__free(l);
}

static void test_rows_of_one_holder_are_one(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row;
	const struct holder *h;

	(void)state;
	/* not in order of anything */
	add_entry(l, 12, 40, 0x1040, 0);
	add_entry(l, 12, 512, 0x1200, 9);
	add_entry(l, 12, 7, 0x1007, 0);
	row = row_of(FIO, SITE_A, 1);
	row.ino = 12;
	row.dev = 259 << 20;
	row.index = 41;
	row.pfn = 0x1041;
	row.ns = 500;
	row.last_ns = 9000;
	add(l, PGR_HOLD_ENTRY, &row);
	finish(l);
	assert_int_equal(ledger__nr(l), 1);
	h = ledger__holder(l, 0);
	assert_int_equal(h->n, 4);
	assert_int_equal(h->pages, 3 + 512);
	assert_int_equal(h->first_index, 7);
	assert_int_equal(h->last_index, 1023);
	assert_int_equal(h->first_pfn, 0x1007);
	assert_int_equal(h->last_pfn, 0x13ff);
	assert_int_equal(h->first_ns, 500);
	assert_int_equal(h->last_ns, 9000);
	ledger__free(l);
}

static void test_different_holders_stay_apart(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 1);

	(void)state;
	add_get(l, FIO, SITE_A, 1);
	add_get(l, FIO, SITE_B, 1);
	add_get(l, CAT, SITE_A, 1);
	add_get(l, FIO, 0, 1);
	add(l, PGR_HOLD_PAGE, &row);
	row.ino = 12;
	add(l, PGR_HOLD_ENTRY, &row);
	row.ino = 13;
	add(l, PGR_HOLD_ENTRY, &row);
	row.dev = 1;
	add(l, PGR_HOLD_ENTRY, &row);
	finish(l);
	assert_int_equal(ledger__nr(l), 8);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(ledger__holder(l, i)->n, 1);
	assert_int_equal(ledger__references(l), 5);
	ledger__free(l);
}

static void test_small_device_pages_are_counted(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	for (uint64_t pfn = 0x100; pfn < 0x110; pfn++) {
		struct pgr_ledger_row row = row_of(FIO, SITE_A, 1);

		row.pfn = pfn;
		add(l, PGR_HOLD_PAGE, &row);
	}
	finish(l);
	assert_int_equal(ledger__nr(l), 1);
	assert_int_equal(ledger__holder(l, 0)->n, 16);
	assert_int_equal(ledger__holder(l, 0)->pages, 16);
	assert_int_equal(ledger__holder(l, 0)->first_pfn, 0x100);
	assert_int_equal(ledger__holder(l, 0)->last_pfn, 0x10f);
	assert_int_equal(ledger__references(l), 16);
	ledger__free(l);
}

/* Since 6.19 a large device page takes a reference for each of its pages: n says how many. */
static void test_large_device_page_has_no_more_pages_than_references(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 512);

	(void)state;
	row.pfn = 0x240000;
	row.order = 9;
	add(l, PGR_HOLD_PAGE, &row);
	finish(l);
	assert_int_equal(ledger__holder(l, 0)->n, 512);
	assert_int_equal(ledger__holder(l, 0)->last_pfn, 0x2401ff);
	assert_int_equal(ledger__references(l), 512);
	assert_int_equal(ledger__holder(l, 0)->pages, 512);
	ledger__free(l);
}

static void test_passing_is_asked_once_for_each_holder_of_references(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_GUP, 7);
	struct asked asked;

	(void)state;
	for (int i = 0; i < 100; i++) {
		add_get(l, FIO, SITE_GUP, 1);
		add_get(l, FIO, SITE_A, 1);
	}
	add_get(l, CAT, SITE_GUP, 50);
	add_get(l, CAT, 0, 5); /* no stack: not known to be passing */
	add(l, PGR_HOLD_PAGE, &row); /* the same site, but a page is no passing reference */
	row.ino = 12;
	add(l, PGR_HOLD_ENTRY, &row);
	asked = finish(l);
	assert_int_equal(asked.calls, 3);
	assert_int_equal(ledger__nr(l), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct holder *h = ledger__holder(l, i);

		assert_int_equal(h->passing,
				 h->holding == PGR_HOLD_GET && h->stack == SITE_GUP);
	}
	ledger__free(l);
}

static void test_references_leave_out_passing_and_entries(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_B, 3);

	(void)state;
	add_get(l, FIO, SITE_GUP, 1000);
	add_get(l, FIO, SITE_A, 20);
	add_get(l, CAT, 0, 4);
	add(l, PGR_HOLD_PAGE, &row);
	add_entry(l, 12, 0, 0x1000, 9);
	finish(l);
	assert_int_equal(ledger__references(l), 27);
	ledger__free(l);
}

static void test_largest_first_then_entries_then_passing(void **state)
{
	static const struct {
		uint32_t holding, tid;
		uint64_t stack;
		int64_t n;
	} expected[] = {
		{ PGR_HOLD_PAGE, CAT, SITE_A, 30 }, { PGR_HOLD_GET, FIO, SITE_B, 20 },
		{ PGR_HOLD_GET, FIO, SITE_A, 3 }, { PGR_HOLD_ENTRY, CAT, SITE_B, 500 },
		{ PGR_HOLD_ENTRY, FIO, SITE_B, 2 }, { PGR_HOLD_GET, FIO, SITE_GUP, 9000 },
		{ PGR_HOLD_GET, CAT, SITE_GUP, 1 },
	};
	static const size_t nr = sizeof(expected) / sizeof(*expected);
	static const size_t order[] = { 4, 0, 5, 2, 6, 3, 1 };
	struct ledger *l = new_ledger();

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		struct pgr_ledger_row row = row_of(expected[order[i]].tid,
						   expected[order[i]].stack,
						   expected[order[i]].n);

		add(l, expected[order[i]].holding, &row);
	}
	finish(l);
	assert_int_equal(ledger__nr(l), nr);
	for (size_t i = 0; i < nr; i++) {
		const struct holder *h = ledger__holder(l, i);

		assert_int_equal(h->holding, expected[i].holding);
		assert_int_equal(h->task.tid, expected[i].tid);
		assert_int_equal(h->stack, expected[i].stack);
		assert_int_equal(h->n, expected[i].n);
	}
	ledger__free(l);
}

static void test_of_equal_ones_the_oldest_is_first(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		struct pgr_ledger_row row = row_of(100 + i, SITE_A, 5);

		row.ns = 1000 + (i * 7) % 10;
		add(l, PGR_HOLD_GET, &row);
	}
	finish(l);
	assert_int_equal(ledger__nr(l), 10);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(ledger__holder(l, i)->first_ns, 1000 + i);
	ledger__free(l);
}

/* More than fits at first, and sums that do not depend on the order of rows. */
static void test_many_rows(void **state)
{
	struct ledger *l = new_ledger();
	int64_t total = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		uint32_t at = (i * 7919) % 10000; /* a permutation */

		add_get(l, 1 + at % 200, at & 1 ? SITE_A : SITE_B, 1 + at / 200);
	}
	finish(l);
	/* 200 tasks; the site goes with the parity of the task */
	assert_int_equal(ledger__nr(l), 200);
	for (size_t i = 0; i < 200; i++) {
		assert_int_equal(ledger__holder(l, i)->n, 50 * 51 / 2);
		total += ledger__holder(l, i)->n;
	}
	assert_int_equal(ledger__references(l), total);
	ledger__free(l);
}

static void test_balances_add_up(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	add_get(l, FIO, SITE_A, 5);
	add_get(l, FIO, SITE_A, 0);
	add_get(l, CAT, SITE_B, INT64_C(1) << 40);
	finish(l);
	assert_int_equal(ledger__nr(l), 2);
	assert_int_equal(ledger__holder(l, 0)->n, INT64_C(1) << 40);
	assert_int_equal(ledger__holder(l, 1)->n, 5);
	assert_int_equal(ledger__references(l), (INT64_C(1) << 40) + 5);
	ledger__free(l);
}

/* ---- layers: pgmaps that account for their folios -------------------------------- */

static void add_folio(struct ledger *l, uint64_t pfn, uint32_t order)
{
	struct pgr_ledger_row row = row_of(FIO, SITE_B, 1);

	row.pfn = pfn;
	row.order = order;
	row.followed = 1;
	add(l, PGR_HOLD_FOLIO, &row);
}

static const struct layers *reconciled(struct ledger *l, int64_t foreign_puts)
{
	assert_null(ledger__layers(l));
	assert_int_equal(ledger__reconcile(l, foreign_puts, false), 0);
	assert_non_null(ledger__layers(l));
	assert_false(ledger__layers(l)->incomplete);
	return ledger__layers(l);
}

static void assert_layers(const struct layers *y, int64_t folios, int64_t others, uint64_t entries,
			  uint64_t bare, uint64_t idle)
{
	assert_int_equal(y->folios, folios);
	assert_int_equal(y->others, others);
	assert_int_equal(y->entries, entries);
	assert_int_equal(y->bare, bare);
	assert_int_equal(y->idle, idle);
}

static void test_layers_of_nothing(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	assert_layers(reconciled(l, 0), 0, 0, 0, 0, 0);
	ledger__free(l);
}

static void test_indexes_of_a_holder(void **state)
{
	static const uint64_t at[] = { 9, 4, 700, 0, 5 };
	static const uint64_t sorted[] = { 0, 4, 5, 9, 700 };
	struct ledger *l = new_ledger();
	const struct holder *h;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		add_entry(l, 1, at[i], 0x1000 + at[i], 0);
	finish(l);
	h = ledger__holder(l, 0);
	assert_int_equal(h->nr_indexes, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(h->indexes[i], sorted[i]);
	ledger__free(l);

	/* one more than are kept: not some of them */
	l = new_ledger();
	for (uint64_t i = 0; i < HOLDER_INDEXES + 1; i++)
		add_entry(l, 1, i, 0x1000 + i, 0);
	finish(l);
	h = ledger__holder(l, 0);
	assert_int_equal(h->n, HOLDER_INDEXES + 1);
	assert_int_equal(h->nr_indexes, 0);
	ledger__free(l);
}

static void test_layers_agree(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	/* small on small, large on large, small ones that share a large one */
	add_entry(l, 1, 0, 0x1000, 0);
	add_folio(l, 0x1000, 0);
	add_entry(l, 2, 0, 0x2000, 9);
	add_folio(l, 0x2000, 9);
	add_entry(l, 3, 5, 0x2005, 0);
	add_entry(l, 3, 6, 0x21ff, 0);
	add_get(l, CAT, SITE_A, 3);
	assert_layers(reconciled(l, 1), 2, 2, 4, 0, 0);
	ledger__free(l);
}

/* A device page that is allocated is in use, as a folio of fsdax is, and never waits for an entry. */
static void test_layers_of_device_pages(void **state)
{
	struct pgr_ledger_row row = row_of(CAT, SITE_A, 1);
	struct ledger *l = new_ledger();

	(void)state;
	for (row.pfn = 0x1000; row.pfn < 0x1003; row.pfn++)
		add(l, PGR_HOLD_PAGE, &row);
	add_get(l, CAT, SITE_B, 2);
	assert_layers(reconciled(l, 0), 3, 2, 0, 0, 0);
	ledger__free(l);
}

static void test_layers_differ(void **state)
{
	struct ledger *l = new_ledger();
	unsigned int bare = 0, idle = 0;
	struct asked asked = { 0 };

	(void)state;
	add_entry(l, 1, 0, 0x1000, 0); /* bare: its neighbours are in use */
	add_folio(l, 0x0fff, 0);
	add_folio(l, 0x1001, 0);
	add_entry(l, 1, 1, 0x1001, 0);
	add_entry(l, 2, 0, 0x2000, 9); /* bare: before and behind it are */
	add_folio(l, 0x1fff, 0);
	add_folio(l, 0x2200, 9);
	add_entry(l, 2, 512, 0x23ff, 0);
	assert_layers(reconciled(l, 0), 4, 0, 4, 2, 2);
	assert_int_equal(ledger__finish(l, is_passing, &asked), 0);
	for (size_t i = 0; i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		assert_int_equal(h->bare, h->holding == PGR_HOLD_ENTRY &&
					  (h->first_pfn == 0x1000 || h->first_pfn == 0x2000));
		bare += h->bare;
		idle += h->idle ? h->n : 0;
	}
	assert_int_equal(bare, 2);
	assert_int_equal(idle, 2);
	ledger__free(l);
}

/* The pages of one entry of order 9 at 0x4000, with these folios below, that are bare. */
static void assert_bare_pages(uint64_t folios, uint64_t first, uint64_t step, uint32_t order,
			      int64_t pages)
{
	struct ledger *l = new_ledger();
	const struct holder *h = NULL;

	add_entry(l, 4, 0, 0x4000, 9);
	for (uint64_t i = 0; i < folios; i++)
		add_folio(l, first + i * step, order);
	assert_layers(reconciled(l, 0), folios, 0, 1, !!pages, 0);
	assert_int_equal(ledger__layers(l)->bare_pages, pages);
	finish(l);
	for (size_t i = 0; i < ledger__nr(l) && !h; i++)
		if (ledger__holder(l, i)->holding == PGR_HOLD_ENTRY)
			h = ledger__holder(l, i);
	assert_int_equal(h->bare, !!pages);
	assert_int_equal(h->bare_pages, pages);
	ledger__free(l);
}

static void test_layers_of_a_large_entry(void **state)
{
	(void)state;
	/* one folio below it, not of its size either */
	assert_bare_pages(1, 0x4000, 0, 9, 0);
	assert_bare_pages(1, 0x4000, 0, 10, 0);
	assert_bare_pages(1, 0x3e00, 0, 10, 0);
	assert_bare_pages(0, 0, 0, 0, 512);
	/* several: all of it, or with something missing at the begin, at the end, in between */
	assert_bare_pages(512, 0x4000, 1, 0, 0);
	assert_bare_pages(8, 0x4000, 64, 6, 0);
	assert_bare_pages(511, 0x4001, 1, 0, 1);
	assert_bare_pages(511, 0x4000, 1, 0, 1);
	assert_bare_pages(256, 0x4000, 2, 0, 256);
	assert_bare_pages(256, 0x4001, 2, 0, 256);
	assert_bare_pages(1, 0x4100, 0, 0, 511);
	/* the last of them reaches beyond it */
	assert_bare_pages(2, 0x4100, 0x80, 7, 256);
	assert_bare_pages(2, 0x3f00, 0x200, 9, 0);
}

/* Several entries of one page that is bare: each is one, their page is one. */
static void test_layers_of_shared_pages(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 3);

	(void)state;
	row.pfn = 0x1000;
	add(l, PGR_HOLD_ENTRY, &row);
	row.pfn = 0x2000;
	row.n = 2;
	add(l, PGR_HOLD_ENTRY, &row);
	assert_layers(reconciled(l, 0), 0, 0, 5, 5, 0);
	assert_int_equal(ledger__layers(l)->bare_pages, 2);
	finish(l);
	assert_int_equal(ledger__nr(l), 1);
	assert_int_equal(ledger__holder(l, 0)->n, 5);
	assert_int_equal(ledger__holder(l, 0)->pages, 5);
	assert_int_equal(ledger__holder(l, 0)->bare_pages, 5);
	ledger__free(l);
}

/* Whatever has no counterpart may have lost it. */
static void test_layers_with_rows_lost(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	add_entry(l, 1, 0, 0x1000, 0);
	add_folio(l, 0x2000, 0);
	add_get(l, CAT, SITE_A, 3);
	assert_int_equal(ledger__reconcile(l, 1, true), 0);
	assert_layers(ledger__layers(l), 1, 2, 1, 0, 0);
	assert_true(ledger__layers(l)->incomplete);
	finish(l);
	assert_int_equal(ledger__nr(l), 3);
	for (size_t i = 0; i < 3; i++)
		assert_false(ledger__holder(l, i)->bare || ledger__holder(l, i)->idle);
	ledger__free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_a_row_becomes_a_holder),
		cmocka_unit_test(test_rows_of_one_holder_are_one),
		cmocka_unit_test(test_different_holders_stay_apart),
		cmocka_unit_test(test_small_device_pages_are_counted),
		cmocka_unit_test(test_large_device_page_has_no_more_pages_than_references),
		cmocka_unit_test(test_passing_is_asked_once_for_each_holder_of_references),
		cmocka_unit_test(test_references_leave_out_passing_and_entries),
		cmocka_unit_test(test_largest_first_then_entries_then_passing),
		cmocka_unit_test(test_of_equal_ones_the_oldest_is_first),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_balances_add_up),
		cmocka_unit_test(test_layers_of_nothing),
		cmocka_unit_test(test_indexes_of_a_holder),
		cmocka_unit_test(test_layers_agree),
		cmocka_unit_test(test_layers_of_device_pages),
		cmocka_unit_test(test_layers_differ),
		cmocka_unit_test(test_layers_of_a_large_entry),
		cmocka_unit_test(test_layers_of_shared_pages),
		cmocka_unit_test(test_layers_with_rows_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

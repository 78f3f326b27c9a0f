// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ledger: how rows become holders, which holders are transient, and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rows.h"

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
	add_row(l, PGR_HOLD_ENTRY, &row);
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
	assert_false(h->transient);
	assert_null(ledger__holder(l, 1));
	ledger__free(l);
}

static void test_rows_of_one_holder_are_one(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row;
	const struct holder *h;

	(void)state;
	/* in no order */
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
	add_row(l, PGR_HOLD_ENTRY, &row);
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
	add_row(l, PGR_HOLD_PAGE, &row);
	row.ino = 12;
	add_row(l, PGR_HOLD_ENTRY, &row);
	row.ino = 13;
	add_row(l, PGR_HOLD_ENTRY, &row);
	row.dev = 1;
	add_row(l, PGR_HOLD_ENTRY, &row);
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
		add_row(l, PGR_HOLD_PAGE, &row);
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

/* Since 6.19 a large device page takes a reference for each of its pages; n is their number. */
static void test_large_device_page_has_no_more_pages_than_references(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 512);

	(void)state;
	row.pfn = 0x240000;
	row.order = 9;
	add_row(l, PGR_HOLD_PAGE, &row);
	finish(l);
	assert_int_equal(ledger__holder(l, 0)->n, 512);
	assert_int_equal(ledger__holder(l, 0)->last_pfn, 0x2401ff);
	assert_int_equal(ledger__references(l), 512);
	assert_int_equal(ledger__holder(l, 0)->pages, 512);
	ledger__free(l);
}

static void test_transient_is_asked_once_for_each_holder_of_references(void **state)
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
	add_get(l, CAT, 0, 5); /* without a stack: not known to be transient */
	add_row(l, PGR_HOLD_PAGE, &row); /* the same site, but pages are never transient */
	row.ino = 12;
	add_row(l, PGR_HOLD_ENTRY, &row);
	asked = finish(l);
	assert_int_equal(asked.calls, 3);
	assert_int_equal(ledger__nr(l), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct holder *h = ledger__holder(l, i);

		assert_int_equal(h->transient, h->holding == PGR_HOLD_GET && h->stack == SITE_GUP);
	}
	ledger__free(l);
}

static void test_references_leave_out_transient_and_entries(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_B, 3);

	(void)state;
	add_get(l, FIO, SITE_GUP, 1000);
	add_get(l, FIO, SITE_A, 20);
	add_get(l, CAT, 0, 4);
	add_row(l, PGR_HOLD_PAGE, &row);
	add_entry(l, 12, 0, 0x1000, 9);
	finish(l);
	assert_int_equal(ledger__references(l), 27);
	ledger__free(l);
}

static void test_largest_first_then_entries_then_transient(void **state)
{
	static const struct {
		uint32_t holding, tid;
		uint64_t stack;
		int64_t n;
	} expected[] = {
		{ PGR_HOLD_PAGE, CAT, SITE_A, 30 }, { PGR_HOLD_GET, FIO, SITE_B, 20 },
		{ PGR_HOLD_GET, FIO, SITE_A, 3 },   { PGR_HOLD_ENTRY, CAT, SITE_B, 500 },
		{ PGR_HOLD_ENTRY, FIO, SITE_B, 2 }, { PGR_HOLD_GET, FIO, SITE_GUP, 9000 },
		{ PGR_HOLD_GET, CAT, SITE_GUP, 1 },
	};
	static const size_t nr = sizeof(expected) / sizeof(*expected);
	static const size_t order[] = { 4, 0, 5, 2, 6, 3, 1 };
	struct ledger *l = new_ledger();

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		struct pgr_ledger_row row = row_of(expected[order[i]].tid, expected[order[i]].stack,
						   expected[order[i]].n);

		add_row(l, expected[order[i]].holding, &row);
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
		add_row(l, PGR_HOLD_GET, &row);
	}
	finish(l);
	assert_int_equal(ledger__nr(l), 10);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(ledger__holder(l, i)->first_ns, 1000 + i);
	ledger__free(l);
}

/* More rows than fit at first. The sums do not depend on the order of rows. */
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
	/* 200 tasks; even and odd tasks have different sites */
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

	/* one index more than a holder can keep: it keeps none, not only some */
	l = new_ledger();
	for (uint64_t i = 0; i < HOLDER_INDEXES + 1; i++)
		add_entry(l, 1, i, 0x1000 + i, 0);
	finish(l);
	h = ledger__holder(l, 0);
	assert_int_equal(h->n, HOLDER_INDEXES + 1);
	assert_int_equal(h->nr_indexes, 0);
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
		cmocka_unit_test(test_transient_is_asked_once_for_each_holder_of_references),
		cmocka_unit_test(test_references_leave_out_transient_and_entries),
		cmocka_unit_test(test_largest_first_then_entries_then_transient),
		cmocka_unit_test(test_of_equal_ones_the_oldest_is_first),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_balances_add_up),
		cmocka_unit_test(test_indexes_of_a_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Layers of pgmaps that account for their folios: rows that match, and rows that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rows.h"

static void add_folio(struct ledger *l, uint64_t pfn, uint32_t order)
{
	struct pgr_ledger_row row = row_of(FIO, SITE_B, 1);

	row.pfn = pfn;
	row.order = order;
	row.followed = 1;
	add_row(l, PGR_HOLD_FOLIO, &row);
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
	assert_int_equal(y->without_reference, bare);
	assert_int_equal(y->without_entry, idle);
}

static void test_layers_of_nothing(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	assert_layers(reconciled(l, 0), 0, 0, 0, 0, 0);
	ledger__free(l);
}

static void test_layers_agree(void **state)
{
	struct ledger *l = new_ledger();

	(void)state;
	/* a small entry on a small folio, a large one on a large one, small ones on a large one */
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

/* An allocated device page is in use, like an fsdax folio, but does not need an entry. */
static void test_layers_of_device_pages(void **state)
{
	struct pgr_ledger_row row = row_of(CAT, SITE_A, 1);
	struct ledger *l = new_ledger();

	(void)state;
	for (row.pfn = 0x1000; row.pfn < 0x1003; row.pfn++)
		add_row(l, PGR_HOLD_PAGE, &row);
	add_get(l, CAT, SITE_B, 2);
	assert_layers(reconciled(l, 0), 3, 2, 0, 0, 0);
	ledger__free(l);
}

static void test_layers_differ(void **state)
{
	struct ledger *l = new_ledger();
	unsigned int bare = 0, idle = 0;

	(void)state;
	add_entry(l, 1, 0, 0x1000, 0); /* bare, though its neighbours are in use */
	add_folio(l, 0x0fff, 0);
	add_folio(l, 0x1001, 0);
	add_entry(l, 1, 1, 0x1001, 0);
	add_entry(l, 2, 0, 0x2000, 9); /* bare, though the pages before and after it are in use */
	add_folio(l, 0x1fff, 0);
	add_folio(l, 0x2200, 9);
	add_entry(l, 2, 512, 0x23ff, 0);
	assert_layers(reconciled(l, 0), 4, 0, 4, 2, 2);
	finish(l);
	for (size_t i = 0; i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		assert_int_equal(h->without_reference,
				 h->holding == PGR_HOLD_ENTRY &&
					 (h->first_pfn == 0x1000 || h->first_pfn == 0x2000));
		bare += h->without_reference;
		idle += h->without_entry ? h->n : 0;
	}
	assert_int_equal(bare, 2);
	assert_int_equal(idle, 2);
	ledger__free(l);
}

/* How many pages of an entry of order 9 at 0x4000 are bare, if these folios exist. */
static void assert_bare_pages(uint64_t folios, uint64_t first, uint64_t step, uint32_t order,
			      int64_t pages)
{
	struct ledger *l = new_ledger();
	const struct holder *h = NULL;

	add_entry(l, 4, 0, 0x4000, 9);
	for (uint64_t i = 0; i < folios; i++)
		add_folio(l, first + i * step, order);
	assert_layers(reconciled(l, 0), folios, 0, 1, !!pages, 0);
	assert_int_equal(ledger__layers(l)->pages_without_reference, pages);
	finish(l);
	for (size_t i = 0; i < ledger__nr(l) && !h; i++)
		if (ledger__holder(l, i)->holding == PGR_HOLD_ENTRY)
			h = ledger__holder(l, i);
	assert_int_equal(h->without_reference, !!pages);
	assert_int_equal(h->pages_without_reference, pages);
	ledger__free(l);
}

static void test_layers_of_a_large_entry(void **state)
{
	(void)state;
	/* one folio under the entry, also of another size */
	assert_bare_pages(1, 0x4000, 0, 9, 0);
	assert_bare_pages(1, 0x4000, 0, 10, 0);
	assert_bare_pages(1, 0x3e00, 0, 10, 0);
	assert_bare_pages(0, 0, 0, 0, 512);
	/* several folios: without a gap, or with a gap at the begin, at the end, in between */
	assert_bare_pages(512, 0x4000, 1, 0, 0);
	assert_bare_pages(8, 0x4000, 64, 6, 0);
	assert_bare_pages(511, 0x4001, 1, 0, 1);
	assert_bare_pages(511, 0x4000, 1, 0, 1);
	assert_bare_pages(256, 0x4000, 2, 0, 256);
	assert_bare_pages(256, 0x4001, 2, 0, 256);
	assert_bare_pages(1, 0x4100, 0, 0, 511);
	/* the last folio extends beyond the entry */
	assert_bare_pages(2, 0x4100, 0x80, 7, 256);
	assert_bare_pages(2, 0x3f00, 0x200, 9, 0);
}

/* Several entries of one bare page: each entry counts, and the page counts once. */
static void test_layers_of_shared_pages(void **state)
{
	struct ledger *l = new_ledger();
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 3);

	(void)state;
	row.pfn = 0x1000;
	add_row(l, PGR_HOLD_ENTRY, &row);
	row.pfn = 0x2000;
	row.n = 2;
	add_row(l, PGR_HOLD_ENTRY, &row);
	assert_layers(reconciled(l, 0), 0, 0, 5, 5, 0);
	assert_int_equal(ledger__layers(l)->pages_without_reference, 2);
	finish(l);
	assert_int_equal(ledger__nr(l), 1);
	assert_int_equal(ledger__holder(l, 0)->n, 5);
	assert_int_equal(ledger__holder(l, 0)->pages, 5);
	assert_int_equal(ledger__holder(l, 0)->pages_without_reference, 5);
	ledger__free(l);
}

/* If rows were lost, a missing counterpart may be among them. */
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
		assert_false(ledger__holder(l, i)->without_reference ||
			     ledger__holder(l, i)->without_entry);
	ledger__free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layers_of_nothing),
		cmocka_unit_test(test_layers_agree),
		cmocka_unit_test(test_layers_of_device_pages),
		cmocka_unit_test(test_layers_differ),
		cmocka_unit_test(test_layers_of_a_large_entry),
		cmocka_unit_test(test_layers_of_shared_pages),
		cmocka_unit_test(test_layers_with_rows_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

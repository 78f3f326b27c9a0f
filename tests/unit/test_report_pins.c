// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tasks that pinned pages: how rows become holders, and how text and JSON show them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/report.h"
#include "report/report_pins.h"
#include "out_dir.h"

static bool is_transient(void *ctx, uint64_t stack)
{
	(void)ctx;
	(void)stack;
	return false;
}

struct pin {
	const char *comm;
	uint32_t tid;
	uint64_t stack, pfn;
	uint32_t order;
	int64_t n;
};

static void add(struct ledger *l, uint32_t holding, const struct pin *p, bool followed)
{
	struct pgr_ledger_key key = { .id = 1, .holding = holding, .subject = p->pfn };
	struct pgr_ledger_row row = { .ns = p->pfn,
				      .last_ns = 2 * p->pfn,
				      .stack = p->stack,
				      .pfn = p->pfn,
				      .n = p->n,
				      .order = p->order,
				      .followed = followed };

	row.task.tgid = row.task.tid = p->tid;
	snprintf(row.task.comm, sizeof(row.task.comm), "%s", p->comm);
	ledger__add(l, &key, &row);
}

static struct ledger *ledger_of(const struct pin *p, size_t nr)
{
	struct ledger *l = ledger__new();

	for (; nr--; p++)
		add(l, PGR_HOLD_PIN, p, true);
	return l;
}

/* Two sites of one task, and another task; in no order. */
static const struct pin some[] = {
	{ "fio", 7, 0xa1, 0x12, 0, 1 }, { "fio", 7, 0xb1, 0x40, 9, 3 },
	{ "fio", 7, 0xa1, 0x10, 0, 1 }, { "cat", 8, 0xa1, 0x10, 0, 1 },
	{ "fio", 7, 0xa1, 0x11, 0, 4 },
};

static void assert_holder(const struct holder *h, uint32_t tid, int64_t n, int64_t pages,
			  uint64_t first, uint64_t last)
{
	assert_int_equal(h->holding, PGR_HOLD_PIN);
	assert_int_equal(h->task.tid, tid);
	assert_int_equal(h->n, n);
	assert_int_equal(h->pages, pages);
	assert_int_equal(h->first_pfn, first);
	assert_int_equal(h->last_pfn, last);
}

static void test_grouped_by_task_and_site(void **state)
{
	struct ledger *l = ledger_of(some, sizeof(some) / sizeof(*some));

	(void)state;
	assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
	assert_int_equal(ledger__nr(l), 3);
	assert_holder(ledger__holder(l, 0), 7, 6, 3, 0x10, 0x12);
	assert_int_equal(ledger__holder(l, 0)->first_ns, 0x10);
	assert_int_equal(ledger__holder(l, 0)->last_ns, 0x24);
	/* three pages of a large folio, but it is not known which */
	assert_holder(ledger__holder(l, 1), 7, 3, 3, 0x40, 0x23f);
	assert_holder(ledger__holder(l, 2), 8, 1, 1, 0x10, 0x10);
	assert_int_equal(pins__nr(l), 3);
	ledger__free(l);
	assert_int_equal(pins__nr(NULL), 0);
}

/* No more pages of a folio are pinned than it has. */
static void test_pages_of_a_folio_are_so_many(void **state)
{
	static const struct pin pin = { "fio", 7, 0xa1, 0x40, 2, 9 };
	struct ledger *l = ledger_of(&pin, 1);

	(void)state;
	assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
	assert_holder(ledger__holder(l, 0), 7, 9, 4, 0x40, 0x43);
	ledger__free(l);
}

/* Pins do not change the account of references, and are listed after all other holders. */
static void test_pins_are_no_references(void **state)
{
	static const struct pin get = { "hold", 9, 0xc1, 0x50, 0, 2 },
				entry = { "dd", 9, 0xc1, 0x60, 0, 1 };

	(void)state;
	for (int reconciled = 0; reconciled < 2; reconciled++) {
		struct ledger *l = ledger_of(some, sizeof(some) / sizeof(*some));

		add(l, PGR_HOLD_ENTRY, &entry, true);
		add(l, PGR_HOLD_GET, &get, true);
		if (reconciled) {
			assert_int_equal(ledger__reconcile(l, 0, false), 0);
			assert_int_equal(ledger__layers(l)->others, 2);
			assert_int_equal(ledger__layers(l)->folios, 0);
			assert_int_equal(ledger__layers(l)->entries, 1);
			assert_int_equal(ledger__layers(l)->without_entry, 0);
			assert_int_equal(ledger__layers(l)->without_reference, 1);
		}
		assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
		assert_int_equal(ledger__references(l), 2);
		assert_int_equal(ledger__nr(l), 5);
		assert_int_equal(ledger__holder(l, 0)->holding, PGR_HOLD_GET);
		assert_int_equal(ledger__holder(l, 1)->holding, PGR_HOLD_ENTRY);
		assert_int_equal(pins__nr(l), 3);
		ledger__free(l);
	}
}

static void test_those_that_are_left_out(void **state)
{
	struct ledger *l = ledger__new();

	(void)state;
	add(l, PGR_HOLD_PIN, &some[0], false);
	assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
	assert_int_equal(ledger__nr(l), 0);
	ledger__free(l);
}

static bool all_ended(void *ctx, pid_t tgid, uint64_t since_ns)
{
	(void)ctx;
	assert_int_not_equal(since_ns, 0);
	return tgid == 7;
}

/* pages: what a sweep found, or NULL. */
static const char *report_of(struct ledger *l, const struct pgr_sweep *pages, bool json)
{
	struct report r = { .out = open_out(json),
			    .details = true,
			    .ended = pages ? all_ended : NULL };

	if (l)
		assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
	out__begin(r.out, "test");
	part__pins(&r, l, pages, 0x10 + 1000);
	out__end(r.out);
	ledger__free(l);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static const char *report(struct ledger *l, bool json)
{
	return report_of(l, NULL, json);
}

static void test_text(void **state)
{
	(void)state;
	assert_string_equal(
		report(ledger_of(some, sizeof(some) / sizeof(*some)), false),
		"  pinned\n"
		"    holder (traced): 3 pages (6 pins) by fio/7, 1.0 us ago, pfn 0x10 to 0x12\n"
		"    holder (traced): 3 pins on 1 folio of 2 MiB by fio/7, 952 ns ago, "
		"pfn 0x40 to 0x23f\n"
		"    holder (traced): 1 page by cat/8, 1.0 us ago, pfn 0x10\n");
}

/* Compares the pins and other references that pages count with the traced ones. */
static void test_account(void **state)
{
	static const struct {
		uint64_t busy, pins, others;
		const char *text;
	} table[] = {
		{ 0, 0, 0, "  pinned\n" },
		{ 512, 1536, 0, "  pinned    1536 pins, 10 traced, 1526 not\n" },
		/* some were unpinned in the meantime */
		{ 1, 1, 0, "  pinned    1 pin, 1 traced, 0 not\n" },
		{ 4, 9, 3,
		  "  pinned    9 pins, 9 traced, 0 not; 3 other references, 1 traced, 2 not\n" },
		{ 4, 0, 1, "  pinned    1 reference, 1 traced, 0 not\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct pgr_sweep pages = { .busy = table[i].busy,
					   .pins = table[i].pins,
					   .others = table[i].others };
		struct ledger *l = ledger_of(some, sizeof(some) / sizeof(*some));
		struct pgr_ledger_key key = { .holding = PGR_HOLD_PIN, .subject = 0x99 };
		struct pgr_ledger_row row = { .ns = 1,
					      .stack = 0xe1,
					      .pfn = 0x99,
					      .n = 1,
					      .followed = 1,
					      .unconfirmed = PGR_PIN_GET };
		const char *text;

		ledger__add(l, &key, &row);
		text = report_of(l, &pages, false);
		assert_int_equal(strncmp(text, table[i].text, strlen(table[i].text)), 0);
		/* a process that has ended is marked */
		assert_non_null(strstr(text, "by fio/7 (ended), "));
		assert_non_null(strstr(text, "by cat/8, "));
	}
}

static void test_account_without_a_ledger(void **state)
{
	struct pgr_sweep pages = { .busy = 2, .pins = 3, .others = 1 };
	json_t *record, *account;

	(void)state;
	assert_string_equal(
		report_of(NULL, &pages, false),
		"  pinned    3 pins, 0 traced, 3 not; 1 other reference, 0 traced, 1 not\n");
	record = json_loads(report_of(NULL, &pages, true), 0, NULL);
	account = json_object_get(record, "pin_account");
	assert_int_equal(json_integer_value(json_object_get(account, "pins")), 3);
	assert_int_equal(json_integer_value(json_object_get(account, "pins_traced")), 0);
	assert_int_equal(json_integer_value(json_object_get(account, "others")), 1);
	json_decref(record);
}

static void test_nothing_is_said_of_none(void **state)
{
	static const struct pin get = { "hold", 9, 0xc1, 0x50, 0, 2 };
	struct ledger *l = ledger__new();

	(void)state;
	add(l, PGR_HOLD_GET, &get, true);
	assert_string_equal(report(l, false), "");
}

static void test_nothing_is_said_of_no_ledger(void **state)
{
	(void)state;
	assert_string_equal(report(NULL, false), "");
}

static void test_no_more_than_are_read(void **state)
{
	struct ledger *l = ledger__new();
	const char *text;
	size_t lines = 0;

	(void)state;
	for (uint32_t tid = 1; tid <= 25; tid++) {
		struct pin pin = { "fio", tid, 0xa1, 0x10, 0, 1 };

		add(l, PGR_HOLD_PIN, &pin, true);
	}
	text = report(l, false);
	for (const char *c = text; (c = strstr(c, "holder (traced)")); c++)
		lines++;
	assert_int_equal(lines, 20);
	assert_non_null(strstr(text, "    … and 5 more\n"));
}

static json_int_t number_of(json_t *holder, const char *key)
{
	return json_integer_value(json_object_get(holder, key));
}

static void test_json(void **state)
{
	json_t *record =
		json_loads(report(ledger_of(some, sizeof(some) / sizeof(*some)), true), 0, NULL);
	json_t *holders = json_object_get(record, "page_holders"), *first;

	(void)state;
	assert_int_equal(json_array_size(holders), 3);
	first = json_array_get(holders, 0);
	assert_string_equal(json_string_value(json_object_get(first, "source")), "traced");
	assert_string_equal(json_string_value(json_object_get(first, "holding")), "pin");
	assert_int_equal(number_of(first, "pages"), 3);
	assert_int_equal(number_of(first, "n"), 6);
	assert_int_equal(number_of(first, "first_ns"), 0x10);
	assert_string_equal(json_string_value(json_object_get(first, "last_pfn")), "0x12");
	assert_int_equal(number_of(json_object_get(first, "task"), "tgid"), 7);
	json_decref(record);
}

static void test_json_of_none(void **state)
{
	json_t *record = json_loads(report(NULL, true), 0, NULL);

	(void)state;
	assert_true(json_is_array(json_object_get(record, "page_holders")));
	assert_int_equal(json_array_size(json_object_get(record, "page_holders")), 0);
	json_decref(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grouped_by_task_and_site),
		cmocka_unit_test(test_pages_of_a_folio_are_so_many),
		cmocka_unit_test(test_pins_are_no_references),
		cmocka_unit_test(test_those_that_are_left_out),
		TEST(test_text),
		TEST(test_account),
		TEST(test_account_without_a_ledger),
		TEST(test_nothing_is_said_of_none),
		TEST(test_nothing_is_said_of_no_ledger),
		TEST(test_no_more_than_are_read),
		TEST(test_json),
		TEST(test_json_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

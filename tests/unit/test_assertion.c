// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The assertions of check: kept, failed, or not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "model/assertion.h"

static void test_a_maximum_fails_once_above_it(void **state)
{
	struct assertion a = { .kind = ASSERT_MAX_REFS, .limit = 5 };
	char buf[160];

	(void)state;
	assert_false(assertion__see(&a, 0, "pmem0"));
	assert_false(assertion__see(&a, 5, "pmem0"));
	assert_false(a.failed);
	assert_string_equal(assertion__message(&a, buf, sizeof(buf)),
			    "5 references above the baseline at most");
	/* reports the first value above the maximum, and only the first */
	assert_true(assertion__see(&a, 6, "pmem1"));
	assert_false(assertion__see(&a, 9, "pmem2"));
	assert_true(a.failed);
	assert_string_equal(assertion__message(&a, buf, sizeof(buf)),
			    "pmem1: 9 references above the baseline at most");
	assertion__finish(&a, NULL);
	assert_true(a.failed && !a.unknown);
}

static void test_a_least_fails_at_the_end(void **state)
{
	struct assertion a = { .kind = ASSERT_TEARDOWN, .limit = 2, .pgmap = "pmem*" };
	char buf[160];

	(void)state;
	assertion__count(&a, 1);
	assert_false(a.failed);
	assertion__finish(&a, NULL);
	assert_true(a.failed);
	assert_string_equal(assertion__message(&a, buf, sizeof(buf)), "1 teardown of pmem*");
	assertion__count(&a, 1);
	assertion__finish(&a, NULL);
	assert_false(a.failed);
	assert_string_equal(assertion__message(&a, buf, sizeof(buf)), "2 teardowns of pmem*");
}

/* Losses can hide that a maximum was exceeded or a minimum was reached, and nothing else. */
static void test_what_was_missed(void **state)
{
	for (int kind = ASSERT_MAX_REFS; kind <= ASSERT_EVENTS; kind++) {
		for (uint64_t seen = 4; seen <= 6; seen++) {
			struct assertion a = { .kind = kind, .limit = 5, .pgmap = "x" };
			bool least = kind == ASSERT_TEARDOWN || kind == ASSERT_EVENTS;

			assert_int_equal(assertion__is_least(&a), least);
			if (least)
				assertion__count(&a, seen);
			else
				assertion__see(&a, seen, "x");
			assertion__finish(&a, "lost: something");
			assert_int_equal(a.failed, !least && seen > 5);
			assert_int_equal(a.unknown, least ? seen < 5 : seen <= 5);
			if (a.unknown)
				assert_string_equal(a.why, "lost: something");
		}
	}
	(void)state;
}

static void test_names_are_as_given(void **state)
{
	static const struct {
		struct assertion a;
		const char *name;
	} table[] = {
		{ { .kind = ASSERT_MAX_REFS, .limit = 5 }, "--max-refs 5" },
		{ { .kind = ASSERT_MAX_BUSY, .limit = 0 }, "--max-busy 0" },
		{ { .kind = ASSERT_MAX_HELD, .limit = 1500000000 }, "--max-held 1500ms" },
		{ { .kind = ASSERT_MAX_HELD, .limit = 2000000000 }, "--max-held 2s" },
		{ { .kind = ASSERT_MAX_DRAIN, .limit = 200000 }, "--max-drain 200us" },
		{ { .kind = ASSERT_MAX_DRAIN, .limit = 1500 }, "--max-drain 1.5us" },
		{ { .kind = ASSERT_TEARDOWN, .limit = 3, .pgmap = "pmem0" },
		  "--expect-teardown pmem0,3" },
		{ { .kind = ASSERT_AGREE }, "references, entries and pages agree" },
		{ { .kind = ASSERT_EVENTS, .limit = UINT64_MAX },
		  "--expect-events 18446744073709551615" },
	};
	char buf[160];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_string_equal(assertion__name(&table[i].a, buf, sizeof(buf)), table[i].name);
}

static void test_messages_say_units(void **state)
{
	static const struct {
		enum assertion_kind kind;
		uint64_t seen;
		const char *message;
	} table[] = {
		{ ASSERT_MAX_REFS, 1, "p: 1 reference above the baseline at most" },
		{ ASSERT_MAX_BUSY, 2, "p: 2 busy pages at most" },
		{ ASSERT_MAX_HELD, 2500000000, "p: held for 2.50 s at most" },
		{ ASSERT_AGREE, 1, "p: they do not agree" },
		{ ASSERT_MAX_DRAIN, 20000000, "p: waited for 20.0 ms at most" },
	};
	char buf[160];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct assertion a = { .kind = table[i].kind };

		assert_true(assertion__see(&a, table[i].seen, "p"));
		assert_string_equal(assertion__message(&a, buf, sizeof(buf)), table[i].message);
		/* writes at most len bytes */
		for (size_t len = 1; len < sizeof(buf); len++) {
			memset(buf, 'x', sizeof(buf));
			assertion__message(&a, buf, len);
			assert_true(strnlen(buf, len) < len);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_maximum_fails_once_above_it),
		cmocka_unit_test(test_a_least_fails_at_the_end),
		cmocka_unit_test(test_what_was_missed),
		cmocka_unit_test(test_names_are_as_given),
		cmocka_unit_test(test_messages_say_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

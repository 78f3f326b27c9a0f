// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Test cases are kept as given and counted. No two have the same name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/testcase.h"

static struct testcases *add(struct testcases *c, const char *class_name, const char *name)
{
	struct testcase t = { .class_name = class_name, .name = name, .ns = 5 };

	assert_int_equal(testcases__add(c, &t), 0);
	return c;
}

static const char *last(const struct testcases *c)
{
	return testcases__at(c, testcases__nr(c) - 1)->name;
}

static void test_cases_are_copied(void **state)
{
	char class_name[] = "teardown", name[] = "pmem0", message[] = "leak", text[] = "a\n b";
	char type[] = "hang";
	struct testcase t = { class_name, name, CASE_FAILED, message, text, 42, type };
	struct testcases *c = testcases__new("suite");

	(void)state;
	assert_int_equal(testcases__nr(c), 0);
	assert_int_equal(testcases__add(c, &t), 0);
	memset(class_name, 'x', 3);
	memset(name, 'x', 3);
	memset(message, 'x', 3);
	memset(text, 'x', 3);
	memset(type, 'x', 3);
	assert_string_equal(testcases__suite(c), "suite");
	assert_string_equal(testcases__at(c, 0)->class_name, "teardown");
	assert_string_equal(testcases__at(c, 0)->name, "pmem0");
	assert_string_equal(testcases__at(c, 0)->message, "leak");
	assert_string_equal(testcases__at(c, 0)->text, "a\n b");
	assert_string_equal(testcases__at(c, 0)->type, "hang");
	assert_int_equal(testcases__at(c, 0)->ns, 42);
	assert_int_equal(testcases__at(c, 0)->result, CASE_FAILED);
	testcases__free(c);
	testcases__free(NULL);
}

static void test_properties_are_copied(void **state)
{
	char name[] = "kernel", value[] = "7.3";
	struct testcases *c = testcases__new("");

	(void)state;
	assert_int_equal(testcases__nr_properties(c), 0);
	assert_int_equal(testcases__add_property(c, name, value), 0);
	memset(name, 'x', 3);
	memset(value, 'x', 3);
	assert_int_equal(testcases__add_property(c, "hooks", "1 of 2"), 0);
	assert_int_equal(testcases__nr_properties(c), 2);
	assert_string_equal(testcases__property(c, 0)->name, "kernel");
	assert_string_equal(testcases__property(c, 0)->value, "7.3");
	assert_string_equal(testcases__property(c, 1)->name, "hooks");
	testcases__free(c);
}

static void test_cases_are_counted(void **state)
{
	struct testcases *c = testcases__new("");

	(void)state;
	for (int r = CASE_PASSED; r <= CASE_SUPPRESSED; r++)
		for (int i = 0; i <= r; i++) {
			struct testcase t = { "c", "n", r, NULL, NULL, UINT64_C(1) << 40, NULL };

			assert_int_equal(testcases__add(c, &t), 0);
		}
	assert_int_equal(testcases__nr(c), 10);
	assert_int_equal(testcases__count(c, CASE_PASSED), 1);
	assert_int_equal(testcases__count(c, CASE_FAILED), 2);
	assert_int_equal(testcases__count(c, CASE_INCONCLUSIVE), 3);
	assert_int_equal(testcases__count(c, CASE_SUPPRESSED), 4);
	assert_true(testcases__ns(c) == UINT64_C(10) << 40);
	testcases__free(c);
}

static void test_no_two_of_one_name(void **state)
{
	struct testcases *c = testcases__new("");

	(void)state;
	assert_string_equal(last(add(c, "teardown", "pmem0")), "pmem0");
	assert_string_equal(last(add(c, "teardown", "pmem0")), "pmem0 (2)");
	assert_string_equal(last(add(c, "end", "pmem0")), "pmem0");
	assert_string_equal(last(add(c, "teardown", "pmem1")), "pmem1");
	assert_string_equal(last(add(c, "teardown", "pmem0")), "pmem0 (3)");
	/* a name that an earlier test case got by its number */
	assert_string_equal(last(add(c, "teardown", "pmem0 (2)")), "pmem0 (2) (2)");
	assert_string_equal(last(add(c, "teardown", "pmem0 (4)")), "pmem0 (4)");
	assert_string_equal(last(add(c, "teardown", "pmem0")), "pmem0 (5)");
	/* names that look the same when they are shown */
	assert_string_equal(last(add(c, "x", "\x01")), "\xef\xbf\xbd");
	assert_string_equal(last(add(c, "x", "\xff")), "\xef\xbf\xbd (2)");
	testcases__free(c);
}

static void test_names_are_one_clean_line(void **state)
{
	static const struct {
		const char *name, *shown;
	} examples[] = {
		{ NULL, "?" },
		{ "", "?" },
		{ " \n\t", "?" },
		{ " a  b\n", "a b" },
		{ "a\r\n\v\fb", "a b" },
		{ "#<&>\"'\\", "#<&>\"'\\" },
		{ "\xc3\xa9", "\xc3\xa9" },
		{ "a\x1b[0m\x7f", "a\xef\xbf\xbd[0m\xef\xbf\xbd" },
		{ "a\xc3", "a\xef\xbf\xbd" },
		{ "\xe2\x80\xa8", "\xef\xbf\xbd" },
		{ "\xff\xff\xff", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		struct testcases *c = add(testcases__new(""), examples[i].name, examples[i].name);

		assert_string_equal(testcases__at(c, 0)->name, examples[i].shown);
		assert_string_equal(testcases__at(c, 0)->class_name, examples[i].shown);
		testcases__free(c);
	}
}

static void test_very_many_of_one_name(void **state)
{
	struct testcases *c = testcases__new("");

	(void)state;
	for (int i = 0; i < 20000; i++)
		add(c, "teardown", i % 2 ? "pmem0" : "pmem1");
	assert_string_equal(last(c), "pmem0 (10000)");
	testcases__free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_are_copied),
		cmocka_unit_test(test_properties_are_copied),
		cmocka_unit_test(test_cases_are_counted),
		cmocka_unit_test(test_no_two_of_one_name),
		cmocka_unit_test(test_names_are_one_clean_line),
		cmocka_unit_test(test_very_many_of_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

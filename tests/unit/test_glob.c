// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Globs, by examples and compared with fnmatch(3). */
#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/globmatch.h"
#include "kernel/glob.h"

static void assert_match(const char *pattern, const char *name, bool expected)
{
	struct glob g;

	assert_int_equal(glob__compile(pattern, &g), 0);
	if (globmatch(g.match, g.star, g.accept, name) != expected)
		fail_msg("\"%s\" on \"%s\": expected %d", pattern, name, expected);
}

static void test_examples(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} examples[] = {
		{ "fio", "fio", true },
		{ "fio", "fio2", false },
		{ "fio", "xfio", false },
		{ "fio", "fi", false },
		{ "fio", "FIO", false },
		{ "fio", "", false },
		{ "", "", true },
		{ "", "x", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "**", "", true },
		{ "?", "", false },
		{ "?", "x", true },
		{ "?", "xy", false },
		{ "?*", "", false },
		{ "?*", "x", true },
		{ "*?", "xyz", true },
		{ "qemu*", "qemu", true },
		{ "qemu*", "qemu-system-x86", true },
		{ "qemu*", "xqemu", false },
		{ "*86", "qemu-system-x86", true },
		{ "*86", "qemu-system-x868", false },
		{ "*86", "8686", true },
		{ "*-*-*", "qemu-system-x86", true },
		{ "*-*-*-*", "qemu-system-x86", false },
		{ "a*b*c", "abbbc", true },
		{ "a*b*c", "acb", false },
		{ "a**c", "abc", true },
		{ "a*c", "ac", true },
		/* all characters except * and ? stand for themselves */
		{ "[a-z]", "[a-z]", true },
		{ "[a-z]", "a", false },
		{ "a\\*", "a\\b", true },
		{ "a\\*", "a*", false },
		{ "(sd-pam)", "(sd-pam)", true },
		{ "kworker/0:1*", "kworker/0:1H", true },
		/* bytes that no character set has */
		{ "\xff?", "\xff\xfe", true },
		{ "\xff?", "\x7f\xfe", false },
		{ "?", "\x80", true },
		{ "?", "\x01", true },
		{ "*", "\xc3\xa9\xff", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
		assert_match(examples[i].pattern, examples[i].name, examples[i].matches);
}

static void test_longest_name_can_be_matched(void **state)
{
	static const char longest[] = "abcdefghijklmno"; /* fills PGR_COMM with its NUL */

	(void)state;
	assert_int_equal(sizeof(longest), PGR_COMM);
	assert_match(longest, longest, true);
	assert_match("???????????????", longest, true);
	assert_match("??????????????", longest, false);
	assert_match("a*b*c*d*e*f*g*h*i*j*k*l*m*n*o*", longest, true);
	assert_match("*a*b*c*d*e*f*g*h*i*j*k*l*m*n*o", longest, true);
	assert_match("****************************************", longest, true);
}

static void test_too_many_letters_are_refused(void **state)
{
	struct glob g;

	(void)state;
	assert_int_equal(glob__compile("abcdefghijklmnopq", &g), -E2BIG);
	assert_int_equal(glob__compile("?????????????????", &g), -E2BIG);
	assert_int_equal(glob__compile("*a*bcdefghijklmnopq*", &g), -E2BIG);
}

/* PGR_COMM letters leave no room for the NUL, so such a pattern would match no name. */
static void test_one_letter_too_many_is_refused(void **state)
{
	struct glob g;

	(void)state;
	assert_int_equal(glob__compile("abcdefghijklmnop", &g), -E2BIG);
	assert_int_equal(glob__compile("*abcdefgh?jklmnop*", &g), -E2BIG);
}

static void random_text(char *buf, size_t most, const char *letters)
{
	size_t len = rand() % (most + 1), nr = strlen(letters);

	for (size_t i = 0; i < len; i++)
		buf[i] = letters[rand() % nr];
	buf[len] = '\0';
}

static void test_same_as_fnmatch(void **state)
{
	/* few letters, so that many names match; one letter has its top bit set */
	static const char letters[] = "ab\xe9", wild[] = "ab\xe9*?*?";
	char pattern[PGR_COMM], name[PGR_COMM];
	unsigned int matched = 0;

	(void)state;
	srand(20220907);
	for (int i = 0; i < 300000; i++) {
		struct glob g;
		bool expected;

		random_text(pattern, i % 3 ? 6 : PGR_COMM - 1, wild);
		random_text(name, i % 2 ? 5 : PGR_COMM - 1, letters);
		assert_int_equal(glob__compile(pattern, &g), 0);
		expected = !fnmatch(pattern, name, FNM_NOESCAPE);
		matched += expected;
		if (globmatch(g.match, g.star, g.accept, name) != expected)
			fail_msg("\"%s\" on \"%s\": fnmatch says %d", pattern, name, expected);
	}
	/* enough names match, and enough do not */
	assert_in_range(matched, 10000, 290000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_longest_name_can_be_matched),
		cmocka_unit_test(test_too_many_letters_are_refused),
		cmocka_unit_test(test_one_letter_too_many_is_refused),
		cmocka_unit_test(test_same_as_fnmatch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

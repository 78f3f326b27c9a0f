// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Patterns of any length, by examples and against fnmatch(3); patterns made from names. */
#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wildcard.h"

static bool matches(const char *pattern, const char *name)
{
	struct wildcard w = { NULL, 0 };
	bool m;

	assert_int_equal(wildcard__compile(pattern, strlen(pattern), &w), 0);
	m = wildcard__matches(&w, name, strlen(name));
	wildcard__free(&w);
	return m;
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
		{ "fio", "", false },
		{ "fio", "FIO", false },
		{ "*", "", true },
		{ "**", "", true },
		{ "?", "", false },
		{ "?", "x", true },
		{ "?*", "x", true },
		{ "*?", "", false },
		{ "dax_*_entry", "dax_insert_entry", true },
		{ "dax_*_entry", "dax_insert_entries", false },
		{ "*entry*", "dax_insert_entry.cold", true },
		{ "a*b*c", "abbbc", true },
		{ "a*b*c", "acb", false },
		{ "*ab", "aab", true },
		{ "*aab", "aaab", true },
		{ "a*bc*d", "abcbcd", true },
		{ "a*bc*d", "abcbc", false },
		/* longer than the name of a task */
		{ "*zone_device_page_init*", "the_zone_device_page_init_of_a_driver", true },
		/* escapes */
		{ "\\x20", " ", true },
		{ "a\\x20b", "a b", true },
		{ "\\x2a", "*", true },
		{ "\\x2a", "x", false },
		{ "\\*", "*", true },
		{ "\\*", "x", false },
		{ "\\?", "?", true },
		{ "\\?", "x", false },
		{ "\\\\", "\\", true },
		{ "\\xfF", "\xff", true },
		{ "?", "\xff", true },
		{ "\\x01*", "\x01", true },
		{ "\xc3\xa9", "\xc3\xa9", true },
		{ "[a-z]", "a", false },
		{ "[a-z]", "[a-z]", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
		if (matches(examples[i].pattern, examples[i].name) != examples[i].matches)
			fail_msg("\"%s\" on \"%s\": expected %d", examples[i].pattern,
				 examples[i].name, examples[i].matches);
}

static void test_what_is_refused(void **state)
{
	static const char *const bad[] = { "",	    "\\",    "a\\",   "\\n",  "\\x",   "\\x2",
					   "\\x2g", "\\xg2", "\\x00", "a*\\", "\\X20", "\\x-1" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct wildcard w = { NULL, 4711 };

		if (wildcard__compile(bad[i], strlen(bad[i]), &w) != -EINVAL)
			fail_msg("\"%s\" was not refused", bad[i]);
		assert_int_equal(w.nr, 4711);
	}
}

static void test_only_the_given_bytes(void **state)
{
	struct wildcard w = { NULL, 0 };

	(void)state;
	assert_int_equal(wildcard__compile("abcdef\\", 3, &w), 0);
	assert_true(wildcard__matches(&w, "abcdef", 3));
	assert_false(wildcard__matches(&w, "abcdef", 4));
	wildcard__free(&w);
	assert_int_equal(wildcard__compile("\\x41", 3, &w), -EINVAL);
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
	static const char letters[] = "ab\xe9", wild[] = "ab\xe9*?*?";
	char pattern[32], name[64];
	unsigned int matched = 0, asked = 0;

	(void)state;
	srand(20221122);
	for (int i = 0; i < 300000; i++) {
		bool expected;

		random_text(pattern, i % 3 ? 6 : sizeof(pattern) - 1, wild);
		random_text(name, i % 2 ? 5 : sizeof(name) - 1, letters);
		if (!*pattern)
			continue;
		expected = !fnmatch(pattern, name, FNM_NOESCAPE);
		matched += expected;
		asked++;
		if (matches(pattern, name) != expected)
			fail_msg("\"%s\" on \"%s\": fnmatch says %d", pattern, name, expected);
	}
	/* enough names match, and enough do not */
	assert_in_range(matched, 10000, asked - 10000);
}

/* A matcher that tries all ways would take for ever. */
static void test_bounded_work(void **state)
{
	char pattern[2001], name[4001];

	(void)state;
	for (size_t i = 0; i < sizeof(pattern) - 1; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof(pattern) - 1] = '\0';
	pattern[sizeof(pattern) - 2] = 'b';
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(matches(pattern, name));
	name[sizeof(name) - 2] = 'b';
	assert_true(matches(pattern, name));
}

static void test_quoted_names_match_themselves_only(void **state)
{
	char name[256] = "", quoted[1100] = "comm=", other[256];
	struct wildcard w = { NULL, 0 };

	(void)state;
	for (int i = 1; i < 256; i++)
		name[i - 1] = i;
	assert_int_equal(wildcard__quote(name, 255, quoted, sizeof(quoted)), 0);
	assert_memory_equal(quoted, "comm=", 5);
	for (const char *p = quoted; *p; p++)
		assert_in_range((unsigned char)*p, '!', '~');
	assert_null(strchr(quoted, '#'));
	assert_int_equal(wildcard__compile(quoted + 5, strlen(quoted + 5), &w), 0);
	assert_true(wildcard__matches(&w, name, 255));
	for (int i = 0; i < 255; i++) {
		memcpy(other, name, sizeof(other));
		other[i] = name[i] == 'x' ? 'y' : 'x';
		assert_false(wildcard__matches(&w, other, 255));
	}
	wildcard__free(&w);
	strcpy(quoted, "");
	assert_int_equal(wildcard__quote("a b#*?\\=,:\xff", 11, quoted, sizeof(quoted)), 0);
	assert_string_equal(quoted, "a\\x20b\\x23\\*\\?\\\\=,:\\xff");
}

static void test_no_room_for_a_quoted_name(void **state)
{
	char buf[16] = "k=";

	(void)state;
	assert_int_equal(wildcard__quote("0123456789012", 13, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "k=0123456789012");
	strcpy(buf, "k=");
	assert_int_equal(wildcard__quote("01234567890123", 14, buf, sizeof(buf)), -ENOSPC);
	assert_string_equal(buf, "k=");
	assert_int_equal(wildcard__quote("0123456789 ", 11, buf, sizeof(buf)), -ENOSPC);
	assert_string_equal(buf, "k=");
	assert_int_equal(wildcard__quote("012345678 ", 10, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "k=012345678\\x20");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_only_the_given_bytes),
		cmocka_unit_test(test_same_as_fnmatch),
		cmocka_unit_test(test_bounded_work),
		cmocka_unit_test(test_quoted_names_match_themselves_only),
		cmocka_unit_test(test_no_room_for_a_quoted_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A text split into words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/words.h"

#define ROOM 5

/* The words, with | behind each; or the error. */
static const char *split(const char *text)
{
	static char buf[256], joined[512];
	char *words[ROOM];
	size_t at = 0;
	int n;

	snprintf(buf, sizeof(buf), "%s", text);
	n = words__split(buf, words, ROOM);
	if (n < 0)
		return n == -EINVAL ? "open" : n == -E2BIG ? "many" : "?";
	assert_null(words[n]);
	joined[0] = '\0';
	for (int i = 0; i < n; i++)
		at += snprintf(joined + at, sizeof(joined) - at, "%s|", words[i]);
	return joined;
}

static void test_words(void **state)
{
	static const char *const texts[][2] = {
		{ "", "" },
		{ " \t\n", "" },
		{ "a", "a|" },
		{ "a b", "a|b|" },
		{ "  --stuck=2s \t -j\n", "--stuck=2s|-j|" },
		{ "'a b' c", "a b|c|" },
		{ "\"a b\"c d", "a bc|d|" },
		{ "x'y z'\"'\"", "xy z'|" },
		{ "'\"'", "\"|" },
		{ "'' a", "|a|" },
		{ "a b c d", "a|b|c|d|" },
		{ "a b c d e", "many" },
		{ "'a", "open" },
		{ "a \"b'", "open" },
		{ "a'b c", "open" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_string_equal(split(texts[i][0]), texts[i][1]);
}

static void test_no_room_at_all(void **state)
{
	char text[] = "";
	char *words[1] = { text };

	(void)state;
	assert_int_equal(words__split(text, words, 0), -E2BIG);
	assert_ptr_equal(words[0], text);
	assert_int_equal(words__split(text, words, 1), 0);
	assert_null(words[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_no_room_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

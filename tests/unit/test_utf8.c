// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* UTF-8: encodes and decodes every character, and finds what is invalid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/utf8.h"

static void test_every_character_there_and_back(void **state)
{
	(void)state;
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char buf[5] = "";
		uint32_t back;
		size_t n;

		if (c == 0xd800)
			c = 0xe000;
		n = utf8__encode(c, buf);
		assert_int_equal(n, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
		assert_int_equal(strlen(buf), n);
		assert_int_equal(utf8__decode(buf, &back), n);
		assert_int_equal(back, c);
	}
	/* the numbers are from the standard */
	{
		char buf[4];

		assert_int_equal(utf8__encode(0x20ac, buf), 3);
		assert_memory_equal(buf, "\xe2\x82\xac", 3);
		assert_int_equal(utf8__encode(0x1f600, buf), 4);
		assert_memory_equal(buf, "\xf0\x9f\x98\x80", 4);
	}
}

static void test_what_is_none(void **state)
{
	/* clang-format off */
	static const char *const bad[] = {
		"\x80", "\xbf", "\xfe", "\xff", "\xf8\x88\x80\x80\x80", /* not a first byte */
		"\xc3", "\xc3x", "\xe2\x82", "\xe2\x82x", "\xf0\x9f\x98", "\xf0\x9f\x98x", /* cut */
		"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", /* longer than necessary */
		"\xed\xa0\x80", "\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80", "\xf7\xbf\xbf\xbf", /* beyond the last character */
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint32_t c = 0;

		assert_int_equal(utf8__decode(bad[i], &c), 1);
		assert_int_equal(c, UTF8_BAD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_character_there_and_back),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

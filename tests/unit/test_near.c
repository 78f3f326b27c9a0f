// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Words that somebody may have meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/near.h"

static const char *const candidates[] = { "trace",  "list",	"watch",    "check", "refs",
					  "probes", "max-refs", "max-busy", NULL };

static const char *near(const char *word)
{
	struct near n = { .word = word };

	for (const char *const *c = candidates; *c; c++)
		near__try(&n, *c);
	return n.found;
}

static void test_near(void **state)
{
	static const struct {
		const char *word, *found;
	} words[] = {
		{ "watch", "watch" },
		{ "wacth", "watch" },
		{ "wach", "watch" },
		{ "watchh", "watch" },
		{ "match", "watch" },
		{ "traces", "trace" },
		{ "prob", "probes" },
		{ "pro", "probes" },
		{ "ref", "refs" },
		{ "max-bussy", "max-busy" },
		{ "max-ref", "max-refs" },
		{ "maxrefs", "max-refs" },
		/* the first of two that are as near */
		{ "max-xxxx", NULL },
		{ "max-", "max-refs" },
		{ "lst", "list" },
		{ "tarce", "trace" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *found = near(words[i].word);

		if (words[i].found)
			assert_non_null(found);
		if (words[i].found)
			assert_string_equal(found, words[i].found);
		else
			assert_null(found);
	}
}

static void test_far(void **state)
{
	(void)state;
	assert_null(near("pmem0"));
	assert_null(near("frobnicate"));
	assert_null(near(""));
	assert_null(near("x"));
	assert_null(near("ls"));
	assert_null(near("lixx")); /* two of four letters */
	assert_null(near("lisxxx")); /* three of six */
	assert_null(near("watch watch watch watch watch watch")); /* too long */
}

static void test_the_nearest(void **state)
{
	struct near n = { .word = "stucs" };

	(void)state;
	near__try(&n, "stacks"); /* two letters away */
	assert_string_equal(n.found, "stacks");
	near__try(&n, "stuck"); /* one */
	assert_string_equal(n.found, "stuck");
	near__try(&n, "stucz"); /* also one: the first one stays */
	assert_string_equal(n.found, "stuck");
	near__try(&n, "stucs");
	assert_string_equal(n.found, "stucs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

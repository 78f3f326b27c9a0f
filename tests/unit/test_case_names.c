// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The names of test cases, and the owner of their file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/case_names.h"
#include "run/options.h"

static const struct verb watch = { .name = "watch" };

static void assert_names(struct options o, const char *suite, const char *class_name)
{
	char buf[CASE_NAMES_MAX];

	o.verb = &watch;
	assert_string_equal(case_names__suite(&o, buf, sizeof(buf)), suite);
	assert_string_equal(case_names__class(&o, buf, sizeof(buf)), class_name);
}

static void test_names(void **state)
{
	char *words[] = { (char *)"./test.sh", (char *)"-x", (char *)"a b", NULL };
	char *dots[] = { (char *)"...", NULL };

	(void)state;
	assert_names((struct options){ 0 }, "pgmapref watch", "pgmapref.watch");
	assert_names((struct options){ .command = words }, "pgmapref ./test.sh -x a b",
		     "pgmapref.test_sh_-x_a_b");
	assert_names((struct options){ .command = words, .junit_suite = "xfs/128" },
		     "pgmapref xfs/128", "pgmapref.xfs_128");
	/* The last dot ends the package. */
	assert_names((struct options){ .junit_suite = "a.b.c." }, "pgmapref a.b.c.",
		     "pgmapref.a_b_c");
	assert_names((struct options){ .command = dots }, "pgmapref ...", "pgmapref.run");
	assert_names((struct options){ .junit_suite = "\xc3\xa9t\xc3\xa9" },
		     "pgmapref \xc3\xa9t\xc3\xa9", "pgmapref.\xc3\xa9t\xc3\xa9");
}

static void test_long_names(void **state)
{
	char name[1000], buf[CASE_NAMES_MAX];
	struct options o = { .verb = &watch, .junit_suite = name };

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		size_t n;

		/* No character of two bytes is cut in two. */
		memset(name, 'x', shift);
		for (size_t i = shift; i + 2 < sizeof(name); i += 2)
			memcpy(name + i, "\xc3\xa9", 3);
		n = strlen(case_names__suite(&o, buf, sizeof(buf)));
		assert_in_range(n, 100, CASE_NAMES_MAX - 1);
		assert_int_equal((unsigned char)buf[n - 1], 0xa9);
		n = strlen(case_names__class(&o, buf, sizeof(buf)));
		assert_in_range(n, 100, CASE_NAMES_MAX - 1);
		assert_int_equal((unsigned char)buf[n - 1], 0xa9);
	}
}

static void assert_owner(const char *sudo_uid, const char *sudo_gid, uid_t uid, gid_t gid)
{
	uid_t u = -1;
	gid_t g = -1;

	case_names__sudo(sudo_uid, sudo_gid, &u, &g);
	assert_int_equal(u, uid);
	assert_int_equal(g, gid);
}

static void test_the_user_of_sudo(void **state)
{
	static const char *const wrong[] = { "",    "-1",  " 5",
					     "5 ",  "0x5", "4294967295",
					     "1e3", "+5",  "99999999999999999999" };

	(void)state;
	assert_owner("1000", "100", 1000, 100);
	assert_owner("0", "0", 0, 0);
	assert_owner("4294967294", "1", 4294967294, 1);
	assert_owner(NULL, NULL, -1, -1);
	assert_owner("1000", NULL, -1, -1);
	assert_owner(NULL, "1000", -1, -1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_owner(wrong[i], "1000", -1, -1);
		assert_owner("1000", wrong[i], -1, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_the_user_of_sudo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Functions that live patches replace. The sysfs is in a folder of each test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "kernel/livepatch.h"
#include "root.h"

struct names {
	size_t nr;
	char name[4][32];
};

static void add(void *ctx, const char *function)
{
	struct names *n = ctx;

	assert_true(n->nr < 4);
	snprintf(n->name[n->nr++], sizeof(n->name[0]), "%s", function);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void test_functions(void **state)
{
	/* clang-format off */
	static const char *const dirs[] = {
		"a/vmlinux/get_dev_pagemap,1", "a/vmlinux/dax_insert_entry,2",
		"a/nvme/nvme_free_ctrl,1", "b/vmlinux/get_dev_pagemap,1", "c/vmlinux",
	};
	/* clang-format on */
	struct names n = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		char path[128];

		snprintf(path, sizeof(path), "sys/kernel/livepatch/%s", dirs[i]);
		assert_int_equal(mkdir(in_root(path), 0700), 0);
	}
	/* next to the folders of objects and functions there are files */
	put_file("sys/kernel/livepatch/a/enabled", "");
	put_file("sys/kernel/livepatch/a/vmlinux/patched", "");
	assert_int_equal(livepatch__functions(root, add, &n), 0);
	assert_int_equal(n.nr, 4);
	qsort(n.name, n.nr, sizeof(n.name[0]), by_name);
	assert_string_equal(n.name[0], "dax_insert_entry");
	assert_string_equal(n.name[1], "get_dev_pagemap");
	assert_string_equal(n.name[2], "get_dev_pagemap");
	assert_string_equal(n.name[3], "nvme_free_ctrl");
}

static void test_a_kernel_without(void **state)
{
	struct names n = { 0 };

	(void)state;
	assert_int_equal(livepatch__functions(root, add, &n), 0);
	assert_int_equal(n.nr, 0);
}

static void test_unreadable(void **state)
{
	struct names n = { 0 };

	(void)state;
	put_file("sys/kernel/livepatch", "");
	assert_int_equal(livepatch__functions(root, add, &n), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_functions, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_a_kernel_without, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_unreadable, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

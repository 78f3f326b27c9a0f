// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines for the kernel's log, written to a file in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/kmsg.h"
#include "root.h"

static const char *written(void)
{
	static char text[4096];
	FILE *f = fopen(in_root("/dev/kmsg"), "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void test_a_line(void **state)
{
	int fd;

	(void)state;
	put_file("/dev/kmsg", "");
	fd = kmsg__open(root);
	assert_true(fd >= 0);
	assert_int_equal(kmsg__write(fd, "pmem0: UNBIND HANGS"), 0);
	assert_string_equal(written(), "<4>pgmapref: pmem0: UNBIND HANGS\n");
	close(fd);
	assert_int_equal(kmsg__write(fd, "closed"), -EBADF);
}

/* The kernel refuses a line that is too long. */
static void test_a_long_line(void **state)
{
	char text[2000];
	int fd;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_file("/dev/kmsg", "");
	fd = kmsg__open(root);
	assert_int_equal(kmsg__write(fd, text), 0);
	assert_in_range(strlen(written()), 800, 976);
	close(fd);
}

static void test_no_log(void **state)
{
	(void)state;
	assert_int_equal(kmsg__open(root), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_line, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_a_long_line, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_no_log, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

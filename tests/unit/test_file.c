// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading whole files, and the heads of files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/devnum.h"
#include "common/file.h"
#include "root.h"

/* A file of n bytes. Each byte depends on its offset. */
static const char *file_of(size_t n)
{
	const char *path = in_root("file");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		putc('a' + i * 7 % 26, f);
	assert_int_equal(fclose(f), 0);
	return path;
}

static void assert_content(const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (data[i] != (char)('a' + i * 7 % 26))
			fail_msg("byte %zu of %zu", i, n);
	assert_int_equal(data[n], 0);
}

static void test_any_size(void **state)
{
	/* sizes around that of the first buffer, and around twice that size */
	static const size_t sizes[] = { 0,     1,      4096,   65534,  65535,
					65536, 131070, 131071, 131072, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t len = 4711;
		char *data;

		assert_int_equal(file__read(file_of(sizes[i]), SIZE_MAX, &data, &len), 0);
		assert_int_equal(len, sizes[i]);
		assert_content(data, len);
		free(data);
	}
}

static void append(const char *path, const char *line)
{
	FILE *f = NULL;

	assert_int_equal(file__append(path, &f), 0);
	assert_true(fputs(line, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void assert_is(const char *path, const char *text)
{
	size_t len;
	char *data;

	assert_int_equal(file__read(path, SIZE_MAX, &data, &len), 0);
	assert_string_equal(data, text);
	free(data);
}

static void test_append(void **state)
{
	const char *path = in_root("file");
	FILE *f = NULL;

	(void)state;
	unlink(path);
	append(path, "one\n");
	append(path, "two");
	/* The line of an editor that ends no line. */
	append(path, "three\n");
	append(path, "four\n");
	assert_is(path, "one\ntwo\nthree\nfour\n");
	assert_int_equal(file__append("/nowhere/file", &f), -ENOENT);
	assert_int_equal(symlink("file", in_root("link")), 0);
	assert_int_equal(file__append(in_root("link"), &f), -ELOOP);
	assert_null(f);
	unlink(in_root("link"));
}

static void test_what_has_no_size(void **state)
{
	size_t len;
	char *data;

	(void)state;
	assert_int_equal(file__read("/proc/self/status", SIZE_MAX, &data, &len), 0);
	assert_int_equal(strlen(data), len);
	assert_non_null(strstr(data, "CapEff:"));
	free(data);
}

static void test_not_much_more_than_is_wanted(void **state)
{
	size_t len;
	char *data;

	(void)state;
	assert_int_equal(file__read(file_of(1 << 20), 100000, &data, &len), 0);
	assert_in_range(len, 100001, 200000);
	assert_content(data, len);
	free(data);
	assert_int_equal(file__read(file_of(100000), 100000, &data, &len), 0);
	assert_int_equal(len, 100000);
	free(data);
}

static void test_what_cannot_be_read(void **state)
{
	char *data = (char *)state;
	size_t len = 4711;

	assert_int_equal(file__read(in_root("nosuch"), SIZE_MAX, &data, &len), -ENOENT);
	assert_int_equal(file__read(root, SIZE_MAX, &data, &len), -EISDIR);
	assert_ptr_equal(data, state);
	assert_int_equal(len, 4711);
}

static void test_heads(void **state)
{
	char buf[16];

	(void)state;
	assert_int_equal(file__read_head(AT_FDCWD, file_of(5), buf, sizeof(buf)), 5);
	assert_content(buf, 5);
	assert_int_equal(file__read_head(AT_FDCWD, file_of(100), buf, sizeof(buf)), 15);
	assert_content(buf, 15);
	assert_int_equal(file__read_head(AT_FDCWD, file_of(0), buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	buf[0] = 'x';
	assert_int_equal(file__read_head(AT_FDCWD, in_root("nosuch"), buf, sizeof(buf)), -ENOENT);
	assert_string_equal(buf, "");
}

static void test_numbers_of_devices(void **state)
{
	(void)state;
	/* include/linux/kdev_t.h: 12 bits for the major number, 20 for the minor */
	assert_int_equal(devnum__make(259, 3), 259u * 1048576 + 3);
	assert_int_equal(devnum__make(4095, 1048575), 0xffffffffu);
	assert_int_equal(devnum__major(0xffefffffu), 4094);
	assert_int_equal(devnum__minor(0xffefffffu), 1048575);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_any_size),
		TEST(test_append),
		TEST(test_what_has_no_size),
		TEST(test_not_much_more_than_is_wanted),
		TEST(test_what_cannot_be_read),
		TEST(test_heads),
		TEST(test_numbers_of_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

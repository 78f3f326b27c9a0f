// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where the output goes: files and their modes, standard output, full disks; and the locale. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/out.h"
#include "out_dir.h"

static void empty_record(struct out *o)
{
	out__begin(o, "empty");
	out__end(o);
}

static void assert_mode(mode_t mask)
{
	mode_t old = umask(mask);
	struct out *o = open_out(false);
	struct stat st;

	umask(old);
	assert_int_equal(stat(out_path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(out__close(o), 0);
	unlink(out_path);
}

static void test_files_are_for_the_owner_only(void **state)
{
	(void)state;
	assert_mode(0);
	assert_mode(022);
	assert_mode(077);
}

static void test_an_older_file_is_replaced(void **state)
{
	FILE *f = fopen(out_path, "w");
	struct out *o;

	(void)state;
	assert_non_null(f);
	for (int i = 0; i < 100; i++)
		fputs("something old\n", f);
	fclose(f);
	o = open_out(true);
	empty_record(o);
	assert_int_equal(out__close(o), 0);
	assert_string_equal(read_file(out_path), "{\"type\":\"empty\"}\n");
}

static void test_symlinks_are_refused(void **state)
{
	struct out *o = (struct out *)state, *untouched = o;
	char target[96];
	FILE *f;

	(void)state;
	snprintf(target, sizeof(target), "%s/target", out_dir);
	assert_int_equal(symlink(target, out_path), 0);
	/* a link to a file that does not exist: O_CREAT would create it */
	assert_int_equal(out__open(out_path, false, &o), -ELOOP);
	assert_int_equal(access(target, F_OK), -1);
	f = fopen(target, "w");
	assert_non_null(f);
	fputs("precious\n", f);
	fclose(f);
	assert_int_equal(out__open(out_path, true, &o), -ELOOP);
	assert_ptr_equal(o, untouched);
	assert_string_equal(read_file(target), "precious\n");
}

static void test_what_cannot_be_opened(void **state)
{
	struct out *o = (struct out *)state, *untouched = o;
	char bad[128];

	snprintf(bad, sizeof(bad), "%s/no/such/dir", out_dir);
	assert_int_equal(out__open(bad, false, &o), -ENOENT);
	assert_int_equal(out__open(out_dir, false, &o), -EISDIR);
	assert_int_equal(out__open("", false, &o), -ENOENT);
	assert_ptr_equal(o, untouched);
}

static void assert_full(bool json, unsigned int fields)
{
	struct out *o = NULL;

	assert_int_equal(out__open("/dev/full", json, &o), 0);
	assert_int_equal(out__error(o), 0);
	out__begin(o, "doomed");
	/* less than a buffer of stdio, or more */
	for (unsigned int i = 0; i < fields; i++)
		out__str(o, "k", "%s\n", "0123456789012345678901234567890123456789");
	out__end(o);
	assert_int_equal(out__error(o), -ENOSPC);
	/* the error stays after later records */
	out__begin(o, "more");
	out__end(o);
	assert_int_equal(out__error(o), -ENOSPC);
	assert_int_equal(out__close(o), -ENOSPC);
}

static void test_a_full_disk_is_an_error_at_close(void **state)
{
	struct out *o = NULL;

	(void)state;
	assert_full(false, 1);
	assert_full(false, 1000);
	assert_full(true, 1);
	/* an error without a complete record */
	assert_int_equal(out__open("/dev/full", false, &o), 0);
	out__text(o, "left in the buffer");
	assert_int_equal(out__close(o), -ENOSPC);
	assert_int_equal(out__close(NULL), 0);
}

/* Each record is written when it ends, so that a reader need not wait for a full buffer. */
static void test_records_are_written_as_they_end(void **state)
{
	struct out *o = open_out(true);

	(void)state;
	out__begin(o, "first");
	out__end(o);
	assert_string_equal(read_file(out_path), "{\"type\":\"first\"}\n");
	assert_int_equal(out__close(o), 0);
	o = open_out(false);
	out__begin(o, "first");
	out__text(o, "first\n");
	out__end(o);
	assert_string_equal(read_file(out_path), "first\n");
	assert_int_equal(out__close(o), 0);
}

static void test_no_path_is_standard_output(void **state)
{
	struct out *o = NULL;
	int saved, fd;

	(void)state;
	fflush(stdout);
	saved = dup(1);
	fd = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(saved >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, 1), 1);
	assert_int_equal(out__open(NULL, true, &o), 0);
	assert_int_equal(out__fd(o), 1);
	empty_record(o);
	assert_int_equal(out__close(o), 0);
	/* standard output stays open */
	printf("after\n");
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	close(fd);
	assert_string_equal(read_file(out_path), "{\"type\":\"empty\"}\nafter\n");
}

/* The file can then be descriptor 0. */
static void test_without_standard_input(void **state)
{
	int saved = dup(0);
	struct out *o;

	(void)state;
	assert_true(saved >= 0);
	close(0);
	o = open_out(true);
	empty_record(o);
	assert_int_equal(out__fd(o), -1);
	assert_int_equal(out__close(o), 0);
	dup2(saved, 0);
	close(saved);
	assert_string_equal(read_file(out_path), "{\"type\":\"empty\"}\n");
}

static bool no_memory;

static void *allocate(size_t size)
{
	return no_memory ? NULL : malloc(size);
}

/* Fields of an object that there is no memory for go into the object around it. */
static void test_no_memory_for_an_object(void **state)
{
	struct out *o = open_out(true);

	(void)state;
	json_set_alloc_funcs(allocate, free);
	out__begin(o, "outer");
	no_memory = true;
	out__object(o, "inner");
	no_memory = false;
	out__int(o, "n", NULL, 1);
	out__pop(o);
	out__int(o, "last", NULL, 2);
	out__end(o);
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(out__close(o), -ENOMEM);
	assert_string_equal(read_file(out_path), "{\"type\":\"outer\",\"n\":1,\"last\":2}\n");
}

static void test_full_standard_output_is_an_error_at_close(void **state)
{
	struct out *o = NULL;
	int saved, fd, err;

	(void)state;
	fflush(stdout);
	saved = dup(1);
	fd = open("/dev/full", O_WRONLY);
	assert_true(saved >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, 1), 1);
	assert_int_equal(out__open(NULL, false, &o), 0);
	out__text(o, "left in the buffer");
	err = out__close(o);
	__fpurge(stdout);
	clearerr(stdout);
	dup2(saved, 1);
	close(saved);
	close(fd);
	assert_int_equal(err, -ENOSPC);
}

static void test_utf8_is_by_locale(void **state)
{
	struct out *o;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C"));
	o = open_out(false);
	assert_false(out__utf8(o));
	assert_int_equal(out__close(o), 0);
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	o = open_out(false);
	assert_true(out__utf8(o));
	assert_int_equal(out__close(o), 0);
	setlocale(LC_CTYPE, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files_are_for_the_owner_only),
		TEST(test_an_older_file_is_replaced),
		TEST(test_symlinks_are_refused),
		TEST(test_what_cannot_be_opened),
		TEST(test_a_full_disk_is_an_error_at_close),
		TEST(test_records_are_written_as_they_end),
		TEST(test_no_path_is_standard_output),
		TEST(test_without_standard_input),
		TEST(test_no_memory_for_an_object),
		TEST(test_full_standard_output_is_an_error_at_close),
		TEST(test_utf8_is_by_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

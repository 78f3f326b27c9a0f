// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Marks: the names of tests, which test ran when, and where marks come from. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/marks.h"
#include "out_dir.h"
#include "run/mark_source.h"

static void assert_parsed(const char *line, bool known, const char *wanted)
{
	char buf[MARK_NAME] = "";

	assert_int_equal(marks__parse(line, known, buf, sizeof(buf)), wanted != NULL);
	if (wanted)
		assert_string_equal(buf, wanted);
}

static void test_lines_of_suites(void **state)
{
	(void)state;
	for (int known = 0; known < 2; known++) {
		assert_parsed("run fstests generic/457 at 2026-11-28 02:00:00", known,
			      "generic/457");
		assert_parsed("run blktests block/001 at 2026-11-28 02:00:00", known, "block/001");
		assert_parsed("kselftest: Running tests in dax", known, "dax");
		assert_parsed("run fstests xfs/128", known, "xfs/128");
		assert_parsed("run fstests ", known, NULL);
		assert_parsed("", known, NULL);
		assert_parsed(" \t ", known, NULL);
	}
	assert_parsed("XFS (pmem0): Mounting V5 Filesystem", true, NULL);
	assert_parsed("  my test 3 \r", false, "my test 3");
}

static void test_long_names(void **state)
{
	char line[1000], buf[MARK_NAME];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_true(marks__parse(line, false, buf, sizeof(buf)));
	assert_int_equal(strlen(buf), MARK_NAME - 1);
}

static void test_which_test_ran(void **state)
{
	struct marks m = { 0 };
	char name[16];

	(void)state;
	assert_null(marks__at(&m, 5));
	for (uint64_t i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "t%d", (int)i);
		assert_int_equal(marks__add(&m, name, 10 + 2 * i), 0);
	}
	assert_null(marks__at(&m, 9));
	assert_string_equal(marks__at(&m, 10), "t0");
	assert_string_equal(marks__at(&m, 11), "t0");
	assert_string_equal(marks__at(&m, 12), "t1");
	assert_string_equal(marks__at(&m, 207), "t98");
	assert_string_equal(marks__at(&m, UINT64_MAX), "t99");
	marks__clear(&m);
	assert_null(marks__at(&m, 10));
}

static void assert_next(struct mark_source *s, const char *wanted)
{
	char buf[MARK_NAME];

	assert_int_equal(mark_source__next(s, buf, sizeof(buf)), wanted != NULL);
	if (wanted)
		assert_string_equal(buf, wanted);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_a_file_that_grows(void **state)
{
	struct mark_source *s;

	(void)state;
	assert_int_equal(mark_source__open(out_path, &s), -ENOENT);
	write_to(out_path, "old\n");
	assert_int_equal(mark_source__open(out_path, &s), 0);
	assert_int_equal(mark_source__fd(s), -1);
	assert_next(s, NULL);
	write_to(out_path, "one\ntw");
	assert_next(s, "one");
	assert_next(s, NULL);
	write_to(out_path, "o\n\nrun fstests xfs/1 at now\n");
	assert_next(s, "two");
	assert_next(s, "xfs/1");
	assert_next(s, NULL);
	mark_source__close(s);
}

/* Each writer of a FIFO may close it. */
static void test_a_fifo(void **state)
{
	struct mark_source *s;

	(void)state;
	assert_int_equal(mkfifo(out_path, 0600), 0);
	assert_int_equal(mark_source__open(out_path, &s), 0);
	for (int i = 0; i < 3; i++) {
		assert_next(s, NULL);
		write_to(out_path, "name\n");
		assert_true(mark_source__fd(s) >= 0);
		assert_next(s, "name");
		/* Without a writer, poll() waits. */
		assert_int_equal(poll(&(struct pollfd){ mark_source__fd(s), POLLIN, 0 }, 1, 0), 0);
	}
	mark_source__close(s);
}

static void test_a_descriptor(void **state)
{
	struct mark_source *s;
	char where[16];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(where, sizeof(where), "%d", fds[0]);
	assert_int_equal(mark_source__open(where, &s), 0);
	assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	/* The pipe blocks, the tool does not. */
	assert_next(s, NULL);
	assert_int_equal(write(fds[1], "a\nb\n", 4), 4);
	assert_next(s, "a");
	assert_next(s, "b");
	assert_next(s, NULL);
	assert_int_equal(mark_source__fd(s), fds[0]);
	close(fds[1]);
	assert_next(s, NULL);
	/* poll() would never wait again. */
	assert_int_equal(mark_source__fd(s), -1);
	mark_source__close(s);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(mark_source__open("9999", &s), -EBADF);
}

static void test_a_line_without_end(void **state)
{
	struct mark_source *s;
	char text[1001];

	(void)state;
	memset(text, 'x', 1000);
	text[1000] = '\0';
	write_to(out_path, "");
	assert_int_equal(mark_source__open(out_path, &s), 0);
	for (int i = 0; i < 50; i++)
		write_to(out_path, text);
	assert_next(s, NULL);
	write_to(out_path, "\nlast\n");
	while (1) {
		char buf[MARK_NAME];

		assert_true(mark_source__next(s, buf, sizeof(buf)));
		if (!strcmp(buf, "last"))
			break;
	}
	mark_source__close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_of_suites),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_which_test_ran),
		TEST(test_a_file_that_grows),
		TEST(test_a_fifo),
		TEST(test_a_descriptor),
		TEST(test_a_line_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The last line. Its first word corresponds to the exit status. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/report.h"
#include "run/say.h"
#include "out_dir.h"

static const struct judgement clean = { .verdict = VERDICT_CLEAN };
static const struct judgement leak = { .verdict = VERDICT_LEAK, .kinds = LEAK_HANG };
static const struct judgement doubt = { .verdict = VERDICT_INCONCLUSIVE, .why = "so it is" };

#define FIGURES "0 teardowns, 0 leaks, 0 inconclusive, 0 lost"

static void assert_line(const struct judgement *j, struct run_totals t, const char *wanted)
{
	char buf[1024];

	assert_string_equal(report__summary_line(j, &t, 0, buf, sizeof(buf)), wanted);
}

static void test_the_first_word(void **state)
{
	struct run_totals none = { 0 }, passed = { .assertions = 1 },
			  failed = { .assertions = 1, .failed = 1 },
			  unknown = { .assertions = 2, .unknown = 1 };

	(void)state;
	assert_line(&clean, none, "SUMMARY: pgmapref: clean: " FIGURES);
	assert_line(&clean, passed,
		    "SUMMARY: pgmapref: clean: " FIGURES ", 0 of 1 assertion failed");
	assert_line(&clean, failed,
		    "SUMMARY: pgmapref: failed: " FIGURES ", 1 of 1 assertion failed");
	assert_line(&clean, unknown,
		    "SUMMARY: pgmapref: inconclusive (an assertion could not be judged): " FIGURES
		    ", 0 of 2 assertions failed, 1 could not be judged");
	assert_line(&doubt, passed,
		    "SUMMARY: pgmapref: inconclusive (so it is): " FIGURES
		    ", 0 of 1 assertion failed");
	assert_line(&doubt, failed,
		    "SUMMARY: pgmapref: failed (so it is): " FIGURES ", 1 of 1 assertion failed");
	assert_line(&leak, failed,
		    "SUMMARY: pgmapref: leak hang: " FIGURES ", 1 of 1 assertion failed");
	unknown.failed = 1;
	assert_line(&clean, unknown,
		    "SUMMARY: pgmapref: failed: " FIGURES
		    ", 1 of 2 assertions failed, 1 could not be judged");
}

static void test_numbers(void **state)
{
	struct run_totals one = { .teardowns = 1,
				  .leaks = 1,
				  .suppressed = 1,
				  .blocked = 1,
				  .assertions = 2,
				  .failed = 2 };

	(void)state;
	assert_line(&leak, one,
		    "SUMMARY: pgmapref: leak hang: 1 teardown, 1 leak, 0 inconclusive, "
		    "0 lost, 1 suppressed, 1 blocked elsewhere, 2 of 2 assertions failed");
}

static void test_what_a_check_judged(void **state)
{
	struct run_totals none = { .counts_checks = true },
			  some = { .counts_checks = true, .pgmaps = 2, .teardowns = 1, .checks = 3 },
			  one = { .counts_checks = true, .pgmaps = 1, .checks = 1 };

	(void)state;
	assert_line(&clean, none,
		    "SUMMARY: pgmapref: clean: 0 pgmaps, 0 teardowns, 0 checks, 0 leaks, "
		    "0 inconclusive, 0 lost");
	assert_line(&clean, some,
		    "SUMMARY: pgmapref: clean: 2 pgmaps, 1 teardown, 3 checks, 0 leaks, "
		    "0 inconclusive, 0 lost");
	assert_line(&clean, one,
		    "SUMMARY: pgmapref: clean: 1 pgmap, 0 teardowns, 1 check, 0 leaks, "
		    "0 inconclusive, 0 lost");
}

static void test_tests_of_a_suite(void **state)
{
	struct run_totals all = { .marked = 10, .marked_failed = 2 }, one = { .marked = 1 };

	(void)state;
	assert_line(&clean, one,
		    "SUMMARY: pgmapref: clean: " FIGURES ", 0 of 1 test left something");
	assert_line(&clean, all,
		    "SUMMARY: pgmapref: failed: " FIGURES ", 2 of 10 tests left something");
	assert_line(&leak, all,
		    "SUMMARY: pgmapref: leak hang: " FIGURES ", 2 of 10 tests left something");
}

static void test_json_has_the_same_word(void **state)
{
	struct run_totals failed = { .assertions = 1, .failed = 1 };
	struct report r = { .out = open_out(true), .details = true };
	json_t *v;

	(void)state;
	report__summary(&r, &clean, &failed, 0);
	assert_int_equal(out__close(r.out), 0);
	v = json_loads(read_file(out_path), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(v, "result")), "failed");
	assert_string_equal(json_string_value(json_object_get(v, "verdict")), "clean");
	json_decref(v);
}

/* In packet mode each write is one packet. A line in several writes could mix with other output. */
static void test_one_write_a_line(void **state)
{
	char buf[2 * SAY_MAX], text[2 * SAY_MAX];
	int fds[2], err = dup(STDERR_FILENO);
	ssize_t n;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(pipe2(fds, O_DIRECT), 0);
	dup2(fds[1], STDERR_FILENO);
	say__line("%s, %d", "one", 2);
	say__plain("three");
	say__line("%s", text);
	dup2(err, STDERR_FILENO);
	close(err);
	n = read(fds[0], buf, sizeof(buf));
	assert_int_equal(n, strlen("pgmapref: one, 2\n"));
	assert_memory_equal(buf, "pgmapref: one, 2\n", n);
	n = read(fds[0], buf, sizeof(buf));
	assert_int_equal(n, strlen("three\n"));
	/* a line that is too long is cut, and ends with a newline */
	n = read(fds[0], buf, sizeof(buf));
	assert_in_range(n, SAY_MAX - 1, SAY_MAX);
	assert_int_equal(buf[n - 1], '\n');
	close(fds[0]);
	close(fds[1]);
}

static void say_text(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say__vtext(fmt, args);
	va_end(args);
}

/* A verifier's log is longer than any line, and has its own newlines. */
static void test_text_is_whole(void **state)
{
	char text[8 * SAY_MAX], buf[2 * sizeof(text)];
	int fds[2], err = dup(STDERR_FILENO);
	size_t n = 0;
	ssize_t got;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	say_text("libbpf: %s\n%d\n", text, 2);
	dup2(err, STDERR_FILENO);
	close(err);
	close(fds[1]);
	while ((got = read(fds[0], buf + n, sizeof(buf) - 1 - n)) > 0)
		n += got;
	close(fds[0]);
	buf[n] = '\0';
	assert_int_equal(n, strlen("libbpf: ") + sizeof(text) - 1 + strlen("\n2\n"));
	assert_memory_equal(buf, "libbpf: xxx", 11);
	assert_string_equal(buf + n - 5, "xx\n2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_first_word),	   TEST(test_numbers),
		TEST(test_what_a_check_judged),	   TEST(test_tests_of_a_suite),
		TEST(test_json_has_the_same_word), TEST(test_one_write_a_line),
		TEST(test_text_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

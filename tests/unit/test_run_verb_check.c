// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs check from its command line to its exit status, on a made-up kernel. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/process.h"
#include "kernel/symbols.h"
#include "out_dir.h"
#include "run/command.h"
#include "verb_world.h"

static void test_check_clean(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(check_that_makes_the_file(""), STATUS_CLEAN);
	assert_int_equal(access(done, F_OK), 0);
	has(said(), "SUMMARY: pgmapref: clean: 1 pgmap, 0 teardowns, 1 check, 0 leaks");
}

static void test_check_without_a_pgmap(void **state)
{
	(void)state;
	assert_int_equal(check_that_makes_the_file(""), STATUS_INCONCLUSIVE);
	has(said(), "SUMMARY: pgmapref: inconclusive (no pgmap was there: nothing was checked): "
		    "0 pgmaps, 0 teardowns, 0 checks, ");
}

static void test_check_without_a_pgmap_that_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(check_that_makes_the_file("--allow-none"), STATUS_CLEAN);
	has(said(), "SUMMARY: pgmapref: clean: 0 pgmaps, ");
}

static void test_check_of_no_pgmap_of_that_name(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(check_that_makes_the_file("-g nosuch"), STATUS_INCONCLUSIVE);
	has(said(), "inconclusive (no pgmap matched nosuch): 0 pgmaps, ");
}

static void test_check_of_no_pgmap_of_that_name_that_is_allowed(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(check_that_makes_the_file("-g nosuch --allow-none"), STATUS_CLEAN);
}

static void test_check_of_no_pgmap_of_that_type(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(check_that_makes_the_file("--type private"), STATUS_INCONCLUSIVE);
	has(said(), "(no pgmap was there: nothing was checked)");
}

static void test_check_of_what_command_leaves(void **state)
{
	(void)state;
	rises(make_pgmap(1, PGR_PGMAP_ADOPTED), 2);
	assert_int_equal(check_that_makes_the_file(""), STATUS_LEAK);
	has(output(), NAME);
	has(output(), "leak excess-at-end");
}

static void test_check_in_json(void **state)
{
	(void)state;
	rises(make_pgmap(1, PGR_PGMAP_ADOPTED), 2);
	assert_int_equal(check_that_makes_the_file("-j"), STATUS_LEAK);
	has(output(), "\"excess-at-end\"");
	has(output(), "{\"type\":\"summary\",\"result\":\"leak\"");
}

static void test_check_of_an_assertion(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(check_that_makes_the_file("--expect-teardown " NAME), STATUS_LEAK);
	has(said(), "1 of 1 assertion failed");
}

static void test_check_ends_with_the_status_of_command(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(pgmapref("check -q --settle 1ms -- sh -c exit\t7"), 7);
	assert_int_equal(pgmapref("check -q --settle 1ms -- /nowhere/program"), STATUS_USAGE);
}

static void test_check_says_what_still_runs(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(pgmapref("check --settle 1ms -- sh -c sleep\t9&"), STATUS_CLEAN);
	has(said(), "1 process started by COMMAND is still running");
	assert_true(command__signal_all(SIGKILL));
}

/* What breakpoints missed, no hook saw. */
static void test_an_exact_account_that_missed_writes(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(check_that_makes_the_file("--exact=" NAME), STATUS_CLEAN);
	kernel.exact_hits = 1;
	assert_int_equal(check_that_makes_the_file("--exact=" NAME), STATUS_INCONCLUSIVE);
	has(said(), "inconclusive (breakpoints missed gets or puts)");
}

static void test_check_that_takes_too_long(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(pgmapref("check -q --settle 1ms -d 50ms -- sleep 60"), 128 + SIGALRM);
}

static void test_check_fails_fast(void **state)
{
	struct pgr_rec_teardown begin;
	struct pgr_rec_sweep sweep;
	struct pgr_rec_step gone;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	begin = rec_begin(1, start + 1, 513);
	sweep = rec_sweep(1, start + 2, true, 3);
	gone = rec_gone(1, start + 3);
	COMES(begin);
	COMES(sweep);
	COMES(gone);
	assert_int_equal(pgmapref("check -q --settle 1ms --fail-fast --interval 10ms -- sleep 60"),
			 STATUS_LEAK);
	has(output(), "leak pinned-at-teardown");
}

static const char *junit_of(const char *more, int status)
{
	static char path[96];
	char line[300];

	snprintf(path, sizeof(path), "%s/made", out_dir);
	snprintf(line, sizeof(line), "--junit %s %s", path, more);
	assert_int_equal(check_that_makes_the_file(line), status);
	return read_file(path);
}

static void test_test_cases_of_a_leak(void **state)
{
	const char *xml;

	(void)state;
	rises(make_pgmap(1, PGR_PGMAP_ADOPTED), 2);
	xml = junit_of("--junit-suite xfs/128 --max-busy 7", STATUS_LEAK);
	has(xml, "<testsuite name=\"pgmapref xfs/128\" ");
	/* One leak is one failure. */
	has(xml, " tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\"");
	has(xml, "<testcase classname=\"pgmapref.xfs_128\" name=\"nothing left on " NAME "\" time=");
	has(xml, "<failure message=\"2 references left, by whom is not known\" "
		 "type=\"excess-at-end\">2 references left, by whom is not known\n\n");
	has(xml, "<testcase classname=\"pgmapref.xfs_128\" name=\"--max-busy 7\" time=");
	has(xml, "<testcase classname=\"pgmapref.xfs_128\" name=\"nothing was missed\" time=");
	has(xml, "<property name=\"command\" value=\"touch ");
	has(xml, "<property name=\"pgmaps\" value=\"" NAME "\"/>");
	has(xml, "<property name=\"hooks\" value=\"");
	has(xml, "<property name=\"kernel\" value=\"");
}

static void test_test_cases_of_a_failed_assertion(void **state)
{
	const char *xml;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	xml = junit_of("--expect-teardown " NAME, STATUS_LEAK);
	has(xml, " tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\"");
	has(xml, " type=\"assertion\">0 teardowns of " NAME "</failure>");
}

static void test_test_cases_of_a_run_that_missed_something(void **state)
{
	const char *xml;

	(void)state;
	xml = junit_of("", STATUS_INCONCLUSIVE);
	has(xml, " tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\"");
	has(xml, "name=\"nothing was missed\"");
	has(xml,
	    "<error message=\"no pgmap was there: nothing was checked\" type=\"inconclusive\">");
	has(xml, "<property name=\"pgmaps\" value=\"none\"/>");
}

static void test_the_file_of_test_cases(void **state)
{
	char path[96];
	struct stat st;
	mode_t mask = umask(022);

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	if (!geteuid()) {
		setenv("SUDO_UID", "12345", 1);
		setenv("SUDO_GID", "54321", 1);
	}
	junit_of("", STATUS_CLEAN);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	umask(mask);
	snprintf(path, sizeof(path), "%s/made", out_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(st.st_uid, geteuid() ? geteuid() : 12345);
	if (!geteuid())
		assert_int_equal(st.st_gid, 54321);
	/* A file that was there stays what it was. */
	assert_int_equal(chmod(path, 0600), 0);
	junit_of("", STATUS_CLEAN);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, geteuid() ? geteuid() : 12345);
	/* A link is not followed, and the file behind it is not given away. */
	assert_int_equal(rename(path, out_path), 0);
	assert_int_equal(symlink(out_path, path), 0);
	{
		char line[400];

		snprintf(line, sizeof(line), "check -q --junit %s -- true", path);
		assert_int_equal(pgmapref(line), STATUS_CANNOT);
	}
	has(said(), "it is a symbolic link, which is not followed");
}

/* The tool writes a pattern that allows the leak of the next run, once for both of its leaks. */
static void test_suppressions(void **state)
{
	char path[96], line[300];

	(void)state;
	snprintf(path, sizeof(path), "%s/made", out_dir);
	rises(make_pgmap(1, PGR_PGMAP_ADOPTED), 2);
	rises(make_pgmap(2, PGR_PGMAP_ADOPTED), 2);
	snprintf(line, sizeof(line), "--gen-suppressions=%s", path);
	assert_int_equal(check_that_makes_the_file(line), STATUS_LEAK);
	assert_string_equal(read_file(path), "excess-at-end pgmap=" NAME " type=devdax  "
					     "# 2 references left, by whom is not known\n");
	lacks(output(), "  allow  ");
	for (size_t i = 0; i < kernel.nr; i++)
		rises(&kernel.pgmap[i], 2);
	unlink(done);
	snprintf(line, sizeof(line), "--allow %s", path);
	assert_int_equal(check_that_makes_the_file(line), STATUS_CLEAN);
	has(output(), "Suppressions used (2 leaks; 0 of 1 unused):\n");
	has(output(), ":1  2 references left, by whom is not known\n");
	assert_int_equal(check_that_makes_the_file("--gen-suppressions=/nowhere/f"), STATUS_CANNOT);
	has(said(), "cannot write to /nowhere/f: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_check_clean),
		test(test_check_without_a_pgmap),
		test(test_check_without_a_pgmap_that_is_allowed),
		test(test_check_of_no_pgmap_of_that_name),
		test(test_check_of_no_pgmap_of_that_name_that_is_allowed),
		test(test_check_of_no_pgmap_of_that_type),
		test(test_check_of_what_command_leaves),
		test(test_test_cases_of_a_leak),
		test(test_test_cases_of_a_failed_assertion),
		test(test_test_cases_of_a_run_that_missed_something),
		test(test_the_file_of_test_cases),
		test(test_suppressions),
		test(test_check_in_json),
		test(test_check_of_an_assertion),
		test(test_check_ends_with_the_status_of_command),
		test(test_check_says_what_still_runs),
		test(test_an_exact_account_that_missed_writes),
		test(test_check_that_takes_too_long),
		test(test_check_fails_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

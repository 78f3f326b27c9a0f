// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs each verb from its command line to its exit status, on a made-up kernel. */
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
#include "run_world.h"

#define WORDS 24

static char done[96]; /* the file that COMMAND makes */
static char messages[96]; /* what the last run wrote to standard error */
static const char *caps;

const char *__wrap_process__missing_caps(char *buf, size_t len);
bool __wrap_process__pids_are_global(void);
int __real_symbols__load(const char *path, const char *const *first, struct symbols **out);
int __wrap_symbols__load(const char *path, const char *const *first, struct symbols **out);

const char *__wrap_process__missing_caps(char *buf, size_t len)
{
	snprintf(buf, len, "%s", caps);
	return buf;
}

/* The tests may run in a PID namespace. */
bool __wrap_process__pids_are_global(void)
{
	return true;
}

/* The addresses in the symbols of this machine do not fit the made-up kernel. */
int __wrap_symbols__load(const char *path, const char *const *first, struct symbols **out)
{
	char name[96];
	FILE *f;

	if (path)
		return __real_symbols__load(path, first, out);
	snprintf(name, sizeof(name), "%s/target", out_dir);
	f = fopen(name, "w");
	assert_non_null(f);
	fprintf(f, "ffffffff81000000 T _text\nffffffff81000400 T _etext\n");
	assert_int_equal(fclose(f), 0);
	return __real_symbols__load(name, first, out);
}

static int set_up_verbs(void **state)
{
	int err = set_up(state);

	if (err)
		return err;
	out__close(run.out.report.out); /* the run opens its own output */
	run.out.report.out = NULL;
	unlink(out_path);
	snprintf(done, sizeof(done), "%s/done", out_dir);
	snprintf(messages, sizeof(messages), "%s/messages", out_dir);
	caps = "";
	fake_tracer__offer(&kernel);
	return 0;
}

static int tear_down_verbs(void **state)
{
	fake_tracer__offer(NULL);
	unlink(done);
	snprintf(done, sizeof(done), "%s/made", out_dir); /* of some tests */
	unlink(done);
	unlink(messages);
	return tear_down(state);
}

#undef test
#define test(name) cmocka_unit_test_setup_teardown(name, set_up_verbs, tear_down_verbs)

static int run_verb(const struct options *mine)
{
	int fd = open(messages, O_WRONLY | O_CREAT | O_TRUNC, 0600), saved = dup(STDERR_FILENO);
	int status;

	assert_true(fd >= 0 && saved >= 0);
	dup2(fd, STDERR_FILENO);
	status = mine->verb->run(mine);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	return status;
}

/* Runs "pgmapref LINE -o out_path" and returns the exit status. Blanks separate words. */
static int pgmapref(const char *line)
{
	char text[512], *argv[WORDS] = { (char *)"pgmapref" }, *at = text, *word;
	struct options mine;
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	while ((word = strsep(&at, " ")) && argc < WORDS - 4) {
		if (!*word)
			continue;
		argv[argc++] = word;
		if (argc == 2) { /* directly after the verb */
			argv[argc++] = (char *)"-o";
			argv[argc++] = out_path;
			argv[argc++] = (char *)"--details";
		}
	}
	assert_null(word);
	optind = 0;
	options__parse(argc, argv, verbs, &mine);
	return run_verb(&mine);
}

static int check_that_makes_the_file(const char *more)
{
	char line[480];

	snprintf(line, sizeof(line), "check -q --settle 1ms %s -- touch %s", more, done);
	return pgmapref(line);
}

#define COMES(r) comes(&(r).h, sizeof(r))

/* The run gets the record while COMMAND runs. The caller keeps it until then. */
static void comes(const struct pgr_header *h, size_t size)
{
	kernel.record[kernel.nr_records].h = h;
	kernel.record[kernel.nr_records++].size = size;
}

static const char *output(void)
{
	return read_file(out_path);
}

static const char *said(void)
{
	return read_file(messages);
}

/* The excess of the pgmap becomes n when COMMAND has made the file. */
static void rises(struct fake_pgmap *k, int64_t n)
{
	k->moves = true;
	k->when = done;
	k->then = k->value + n;
}

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

static void test_names_that_are_not_there(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(pgmapref("list pmem9"), STATUS_USAGE);
	assert_int_equal(pgmapref("refs pmem9"), STATUS_USAGE);
	assert_int_equal(check_that_makes_the_file("-g pmem9"), STATUS_INCONCLUSIVE);
	has(said(), "inconclusive (no pgmap matched pmem9)");
}

static void test_watch(void **state)
{
	struct pgr_rec_teardown begin;
	struct pgr_rec_step drained, gone;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	begin = rec_begin(1, start + 1, 513);
	drained = rec_drained(1, start + 2);
	gone = rec_gone(1, start + 3);
	COMES(begin);
	COMES(drained);
	COMES(gone);
	pgmapref("watch -q -d 50ms");
	has(output(), NAME);
	has(said(), "1 teardown");
}

static void test_trace(void **state)
{
	struct pgr_rec_event get;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	get = rec_event(1, start + 1, 514);
	COMES(get);
	assert_int_equal(pgmapref("trace -q -d 50ms"), STATUS_CLEAN);
	has(output(), NAME);
	has(said(), "clean");
}

static void test_list(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED)->value += 3;
	assert_int_equal(pgmapref("list"), STATUS_CLEAN);
	has(output(), NAME);
	assert_int_equal(kernel.pgmap[0].sweeps, 1);
	assert_int_equal(pgmapref("list -H -d 30ms --interval 10ms " NAME), STATUS_CLEAN);
	has(output(), "all the time");
}

static void test_list_again_and_again(void **state)
{
	size_t tables = 0;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(pgmapref("list -w 10ms -d 1500ms"), STATUS_CLEAN);
	for (const char *at = output(); (at = strstr(at, "NAME ")); at++)
		tables++;
	assert_in_range(tables, 2, 151);
}

static void test_refs_without_a_walk(void **state)
{
	struct fake_pgmap *k = make_pgmap(1, PGR_PGMAP_ADOPTED);

	(void)state;
	k->sweep.busy = k->sweep.others = 1;
	assert_int_equal(pgmapref("refs " NAME), STATUS_CANNOT);
	has(output(), NAME);
}

/* Answers come in the order of the names, each pgmap once. (There is no walk here.) */
static void test_refs_in_the_order_of_names(void **state)
{
	char *first, *second, *third;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	strcpy(make_pgmap(2, PGR_PGMAP_ADOPTED)->k.dev, "dax78.0");
	strcpy(make_pgmap(3, PGR_PGMAP_ADOPTED)->k.dev, "dax79.0");
	assert_int_equal(pgmapref("refs dax79.0 " NAME " dax*"), STATUS_CANNOT);
	first = strstr(output(), "\ndax79.0 ");
	second = strstr(output(), "\n" NAME " ");
	third = strstr(output(), "\ndax78.0 ");
	assert_non_null(first);
	assert_non_null(third);
	assert_true(first < second && second < third);
	assert_null(strstr(third + 1, "\ndax79.0 "));
	assert_int_equal(pgmapref("refs"), STATUS_CANNOT);
	has(output(), NAME);
	has(output(), "dax78.0");
	has(output(), "dax79.0");
}

static void test_refs_that_follows_a_page(void **state)
{
	struct fake_pgmap *k = make_pgmap(1, PGR_PGMAP_ADOPTED);

	(void)state;
	assert_int_equal(pgmapref("refs --follow " NAME), STATUS_CLEAN);
	has(said(), "no busy page was found: nothing to follow");
	k->sweep.busy = k->sweep.others = k->sweep.listed = 1;
	k->sweep.list[0].pfn = 0xfff001000;
	kernel.still = 1;
	assert_int_equal(pgmapref("refs --follow -d 10ms " NAME), STATUS_INCONCLUSIVE);
	has(said(), NAME ": follows pfn 0xfff001000, refcount 2\n");
	has(said(), "ready: 1 page followed\n");
	has(output(), NAME ": pfn 0xfff001000: still busy after ");
	kernel.still_for = kernel.listed_sweeps + 2;
	assert_int_equal(pgmapref("refs -j -q --follow=0xfff001000"), STATUS_CLEAN);
	has(output(), "{\"type\":\"followed\"");
	has(output(), "\"result\":\"idle\"");
	assert_int_equal(pgmapref("refs --follow=0xfff001000"), STATUS_CLEAN);
	has(said(), NAME ": pfn 0xfff001000 is idle: nothing to follow\n");
	assert_int_equal(pgmapref("refs --follow=0x1"), STATUS_USAGE);
	has(said(), "pfn 0x1: no pgmap has this page (see 'pgmapref list')\n");
	assert_int_equal(pgmapref("refs --follow=0x1 " NAME), STATUS_USAGE);
	has(said(), "pfn 0x1: no pgmap that is selected has this page");
}

static void test_probes(void **state)
{
	char line[200];

	(void)state;
	assert_int_equal(pgmapref("probes"), STATUS_CLEAN);
	has(output(), "teardown");
	assert_int_equal(pgmapref("probes -d 10ms"), STATUS_CLEAN);
	snprintf(line, sizeof(line), "probes -- touch %s", done);
	assert_int_equal(pgmapref(line), STATUS_CLEAN);
	assert_int_equal(access(done, F_OK), 0);
}

static void test_what_keeps_a_run_from_starting(void **state)
{
	(void)state;
	caps = "CAP_BPF, CAP_SYSLOG";
	assert_int_equal(pgmapref("list"), STATUS_CANNOT);
	assert_int_equal(check_that_makes_the_file(""), STATUS_CANNOT);
	caps = "";
	fake_tracer__offer(NULL);
	assert_int_equal(pgmapref("list"), STATUS_CANNOT);
	assert_int_equal(check_that_makes_the_file(""), STATUS_CANNOT);
	fake_tracer__offer(&kernel);
	kernel.adopt_err = -ENOMEM;
	assert_int_equal(pgmapref("list"), STATUS_CANNOT);
	kernel.adopt_err = 0;
	assert_int_equal(pgmapref("watch -q -p 4194304"), STATUS_USAGE);
	assert_int_equal(check_that_makes_the_file("--allow /nowhere/file"), STATUS_USAGE);
	assert_int_equal(check_that_makes_the_file("--junit /nowhere/file"), STATUS_CANNOT);
	for (int h = 0; h < PGR_HOOKS; h++)
		kernel.plan.hook[h].nr = 0;
	assert_int_equal(check_that_makes_the_file(""), STATUS_CANNOT);
	/* None of these runs started COMMAND. */
	assert_int_not_equal(access(done, F_OK), 0);
	assert_int_equal(pgmapref("list"), STATUS_CLEAN);
}

static void test_an_output_that_cannot_be_written(void **state)
{
	(void)state;
	assert_int_equal(symlink("/nowhere", out_path), 0);
	assert_int_equal(pgmapref("list"), STATUS_CANNOT);
	assert_int_equal(check_that_makes_the_file(""), STATUS_CANNOT);
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
		test(test_names_that_are_not_there),
		test(test_watch),
		test(test_trace),
		test(test_list),
		test(test_list_again_and_again),
		test(test_refs_without_a_walk),
		test(test_refs_in_the_order_of_names),
		test(test_refs_that_follows_a_page),
		test(test_probes),
		test(test_what_keeps_a_run_from_starting),
		test(test_an_output_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
#include "verb_world.h"

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

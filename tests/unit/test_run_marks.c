// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* check --marks on a made-up kernel: what each test of a suite leaves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/testcase.h"
#include "run/mark_source.h"
#include "run/run_check.h"
#include "run/run_marks.h"
#include "run/summary.h"
#include "run_world.h"

static char path[96];
static FILE *file;

static int set_up_marks(void **state)
{
	int err = set_up(state);

	if (err)
		return err;
	o.verb = verb_of("check");
	o.marks = path;
	o.stuck_ns = NEVER;
	snprintf(path, sizeof(path), "%s/target", out_dir);
	file = fopen(path, "w");
	run.out.cases = testcases__new("suite");
	run.out.class_name = "pgmapref.suite";
	return !file || mark_source__open(path, &run.loop.marks);
}

static int tear_down_marks(void **state)
{
	fclose(file);
	testcases__free(run.out.cases);
	marks__clear(&run.model.marks);
	mark_source__close(run.loop.marks);
	return tear_down(state);
}

/* The suite begins a test. */
static void mark(const char *name)
{
	fprintf(file, "%s\n", name);
	fflush(file);
	run__read_marks(&run);
}

static void assert_case(size_t i, const char *name, enum case_result result, const char *message)
{
	const struct testcase *t = testcases__at(run.out.cases, i);

	assert_string_equal(t->class_name, "pgmapref.suite");
	assert_string_equal(t->name, name);
	assert_int_equal(t->result, result);
	if (message)
		has(t->message, message);
}

static void test_who_left_something(void **state)
{
	(void)state;
	bear(1);
	mark("t1");
	assert_int_equal(testcases__nr(run.out.cases), 0);
	mark("t2");
	kernel.pgmap[0].value += 2;
	mark("t3");
	mark("t4");
	kernel.pgmap[0].sweep.busy = 3;
	run__end_marks(&run);
	assert_int_equal(testcases__nr(run.out.cases), 4);
	assert_case(0, "t1", CASE_PASSED, NULL);
	assert_case(1, "t2", CASE_FAILED, "2 references left");
	assert_string_equal(testcases__at(run.out.cases, 1)->type, "excess-at-end");
	has(testcases__at(run.out.cases, 1)->text, "2 REFERENCES LEFT");
	/* What a test left is not charged to the next one. */
	assert_case(2, "t3", CASE_PASSED, NULL);
	assert_case(3, "t4", CASE_FAILED, "3 pages left in use");
	assert_int_equal(run.end.totals.marked, 4);
	assert_int_equal(run.end.totals.marked_failed, 2);
	assert_true(run.end.failing);
	/* The end says nothing that the tests have not said. */
	run__end_state(&run);
	assert_int_equal(testcases__nr(run.out.cases), 4);
}

static void test_what_goes_again(void **state)
{
	(void)state;
	bear(1);
	kernel.pgmap[0].value += 5;
	mark("t1");
	kernel.pgmap[0].value -= 3;
	mark("t2");
	/* More than at its begin, less than at that of the first. */
	kernel.pgmap[0].value += 1;
	run__end_marks(&run);
	assert_case(0, "t1", CASE_PASSED, NULL);
	assert_case(1, "t2", CASE_FAILED, "1 reference left");
	assert_int_equal(summary__status(&run.end), STATUS_LEAK);
}

static void test_a_pgmap_made_in_a_test(void **state)
{
	(void)state;
	mark("t1");
	bear(1);
	kernel.pgmap[0].value += 1;
	mark("t2");
	run__end_marks(&run);
	assert_case(0, "t1", CASE_FAILED, "1 reference left");
	assert_case(1, "t2", CASE_PASSED, NULL);
}

static void test_what_cannot_be_read(void **state)
{
	(void)state;
	bear(1);
	mark("t1");
	kernel.pgmap[0].sample_err = -EIO;
	mark("t2");
	assert_case(0, "t1", CASE_INCONCLUSIVE, "could not be read");
	assert_int_equal(run.end.totals.marked_failed, 0);
}

static void test_a_pgmap_that_is_not_wanted(void **state)
{
	(void)state;
	o.names[0] = "pmem9";
	o.nr_names = 1;
	bear(1);
	mark("t1");
	kernel.pgmap[0].value += 1;
	run__end_marks(&run);
	assert_case(0, "t1", CASE_PASSED, NULL);
}

#undef test
#define test(name) cmocka_unit_test_setup_teardown(name, set_up_marks, tear_down_marks)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_who_left_something),	       test(test_what_goes_again),
		test(test_a_pgmap_made_in_a_test),     test(test_what_cannot_be_read),
		test(test_a_pgmap_that_is_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

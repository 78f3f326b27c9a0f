// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Breakpoints of all CPUs, on a made-up machine of three CPUs, and what can be tried of this one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/clock.h"
#include "fake_tracer.h"
#include "kernel/breakpoints.h"

static struct fake_tracer kernel;
static const struct breakpoint_at at = { 0x1000, BREAKPOINT_CALL, 5 };

static int set(struct breakpoints **s)
{
	return breakpoints__set(&fake_breakpoint_ops, FAKE_PROGRAM, &at, 3, s);
}

static void test_each_online_cpu_has_one(void **state)
{
	struct breakpoints *s = NULL;

	(void)state;
	fake_tracer__init(&kernel);
	kernel.exact_offline = 2;
	assert_int_equal(set(&s), 0);
	assert_int_equal(kernel.exact_set, 2);
	assert_true(breakpoints__look(s));
	kernel.exact_hits = 4;
	assert_int_equal(breakpoints__hits(s), 8);
	breakpoints__clear(s);
	assert_int_equal(kernel.exact_set, 0);
	breakpoints__clear(NULL);
}

static void test_none_is_set_if_one_cannot_be(void **state)
{
	struct breakpoints *s = NULL;

	(void)state;
	fake_tracer__init(&kernel);
	kernel.exact_set_err = -ENOSPC;
	assert_int_equal(set(&s), -ENOSPC);
	kernel.exact_set_err = 0;
	kernel.exact_offline = 7;
	assert_int_equal(set(&s), -ENODEV);
	assert_int_equal(kernel.exact_set, 0);
	assert_null(s);
}

/* The clock of perf events may stand still for a moment: it is not off yet. */
static bool look_later(struct breakpoints *s)
{
	if (breakpoints__look(s) || !kernel.exact_off) {
		nanosleep(&(struct timespec){ .tv_nsec = 25 * NSEC_PER_MSEC }, NULL);
		return breakpoints__look(s);
	}
	return false;
}

static void test_cpus_go_and_come(void **state)
{
	struct breakpoints *s = NULL;

	(void)state;
	fake_tracer__init(&kernel);
	kernel.exact_offline = 4;
	assert_int_equal(set(&s), 0);
	assert_true(breakpoints__look(s));
	/* CPU 2 comes online: what it ran until now was not seen */
	kernel.exact_offline = 0;
	assert_false(breakpoints__look(s));
	assert_int_equal(kernel.exact_set, 3);
	assert_true(breakpoints__look(s));
	/* CPU 1 goes, and nothing runs on it; its hits are kept */
	kernel.exact_hits = 2;
	kernel.exact_off = kernel.exact_offline = 2;
	assert_true(look_later(s));
	assert_int_equal(kernel.exact_set, 2);
	assert_int_equal(breakpoints__hits(s), 6);
	/* and comes back */
	kernel.exact_off = kernel.exact_offline = 0;
	assert_false(breakpoints__look(s));
	assert_int_equal(breakpoints__hits(s), 8);
	/* between two looks it went and came back */
	kernel.exact_off = 2;
	assert_false(look_later(s));
	kernel.exact_off = 0;
	assert_true(breakpoints__look(s));
	/* another program took the breakpoint of CPU 0 meanwhile */
	kernel.exact_off = 1;
	kernel.exact_set_err = -ENOSPC;
	assert_false(look_later(s));
	assert_false(breakpoints__look(s));
	breakpoints__clear(s);
	assert_int_equal(kernel.exact_set, 0);
}

static int calls;

static int call(void *ctx)
{
	(void)ctx;
	calls++;
	return 0;
}

/* User space has no function at a kernel address: never hit, or not allowed. */
static void test_proof(void **state)
{
	char why[128];
	int err = breakpoint__prove(0xffffffff81000000, call, NULL);

	(void)state;
	assert_true(err < 0);
	assert_int_equal(calls, err == -EOPNOTSUPP);
	breakpoint__explain(-EOPNOTSUPP, why, sizeof(why));
	assert_string_equal(why, "this machine has no hardware breakpoints that work");
}

/* A program that is none: nothing is left behind. */
static void test_no_program(void **state)
{
	struct breakpoint *b = NULL;

	(void)state;
	assert_true(breakpoint_ops.set(-1, &at, 0, &b) < 0);
	assert_null(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_online_cpu_has_one),
		cmocka_unit_test(test_none_is_set_if_one_cannot_be),
		cmocka_unit_test(test_cpus_go_and_come),
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_no_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

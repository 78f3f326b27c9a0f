// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's time, learnt from one reading of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/clock.h"

#define S 1000000000LL
/* Two readings of this test may be this far apart on a busy machine. */
#define APART (60 * S)

static void assert_now(int64_t expected)
{
	int64_t off = (int64_t)clock__now() - expected;

	assert_true(off >= 0 && off < APART);
}

/* A time namespace can be ahead of the kernel or behind it, or there is none. */
static void test_learn(void **state)
{
	int64_t own = clock__now(), boot = clock__to_boottime();

	(void)state;
	clock__learn(own, own + 5, own + 10);
	assert_int_equal(clock__ahead(), 0);
	assert_now(own);
	clock__learn(own, own - 100000 * S, own + 10);
	assert_int_equal(clock__ahead(), 100000 * S + 5);
	assert_now(own - 100000 * S - 5);
	/* the offset of boot time, measured by two readings of clocks, may be off either way */
	boot += 100000 * S;
	assert_true(llabs(clock__to_boottime() - boot) < APART);
	/* the next program teaches the same offset */
	own = clock__now();
	clock__learn(own, own + 5, own + 10);
	assert_int_equal(clock__ahead(), 100000 * S + 5);
	clock__learn(own, own + 200000 * S, own + 10);
	assert_int_equal(clock__ahead(), -100000 * S + 10);
	assert_now(own + 200000 * S - 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

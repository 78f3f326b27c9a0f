// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which threads run in the kernel all the time, from look to look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/spinning.h"

#define S 1000000000ULL

static struct spinning s;

static int begin(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	return 0;
}

static uint64_t see(uint32_t tid, uint64_t start, uint64_t user, uint64_t system, uint64_t now)
{
	struct spinning_thread t = { .tid = tid, .start = start, .user = user, .system = system };

	return spinning__see(&s, &t, now);
}

static void test_one_that_stays_in_the_kernel(void **state)
{
	(void)state;
	spinning__begin_look(&s);
	assert_int_equal(see(1, 5, 3, 100, 1 * S), 0);
	spinning__end_look(&s);
	spinning__begin_look(&s);
	assert_int_equal(see(1, 5, 3, 200, 2 * S), 1 * S);
	spinning__end_look(&s);
	/* on a busy machine a quarter of the time is enough */
	spinning__begin_look(&s);
	assert_int_equal(see(1, 5, 3, 225, 3 * S), 1 * S);
}

static void test_those_that_do_not(void **state)
{
	(void)state;
	see(1, 5, 0, 0, 1 * S);
	see(2, 5, 0, 0, 1 * S);
	see(3, 5, 0, 0, 1 * S);
	see(4, 5, 0, 0, 1 * S);
	assert_int_equal(see(1, 5, 100, 0, 2 * S), 0); /* runs in user space */
	assert_int_equal(see(2, 5, 50, 50, 2 * S), 0); /* runs in user space half of the time */
	assert_int_equal(see(3, 5, 0, 10, 2 * S), 0); /* has hardly run */
	assert_int_equal(see(4, 6, 0, 100, 2 * S), 0); /* another thread with the same number */
	/* the time since it runs in the kernel, not the time since the first look */
	assert_int_equal(see(1, 5, 100, 100, 3 * S), 2 * S);
}

static void test_one_that_slept_begins_anew(void **state)
{
	(void)state;
	spinning__begin_look(&s);
	see(1, 5, 0, 0, 1 * S);
	spinning__end_look(&s);
	spinning__begin_look(&s);
	spinning__end_look(&s);
	spinning__begin_look(&s);
	assert_int_equal(see(1, 5, 0, 200, 3 * S), 0);
}

static void test_more_than_there_is_room_for(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= SPINNING_THREADS + 9; i++)
		assert_int_equal(see(i, 5, 0, 0, 1 * S), 0);
	assert_int_equal(s.nr, SPINNING_THREADS);
	assert_int_equal(see(1, 5, 0, 100, 2 * S), 1 * S);
	assert_int_equal(see(SPINNING_THREADS + 1, 5, 0, 100, 2 * S), 0);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup(fn, begin)
	static const struct CMUnitTest tests[] = {
		TEST(test_one_that_stays_in_the_kernel),
		TEST(test_those_that_do_not),
		TEST(test_one_that_slept_begins_anew),
		TEST(test_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Signals that arrive through a descriptor. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/signals.h"

static int fd;

/* A process can open them only once. */
static int open_signals(void **state)
{
	(void)state;
	fd = signals__open();
	return fd < 0 ? -1 : 0;
}

static bool is_readable(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void test_children_only_wake(void **state)
{
	(void)state;
	assert_false(is_readable());
	raise(SIGCHLD);
	assert_true(is_readable());
	assert_int_equal(signals__next(fd), 0);
	assert_false(is_readable());
	assert_int_equal(signals__asked(), 0);
}

/* More children end than the pipe has room for. */
static void test_the_end_is_not_lost_behind_children(void **state)
{
	(void)state;
	for (int i = 0; i < 70000; i++)
		raise(SIGCHLD);
	raise(SIGTERM);
	assert_int_equal(signals__asked(), SIGTERM);
	assert_int_equal(signals__next(fd), SIGTERM);
	assert_int_equal(signals__next(fd), 0);
	assert_false(is_readable());
}

/* The second request to end in this process. An alarm ends a process that does not end. */
static void test_one_after_the_other(void **state)
{
	(void)state;
	raise(SIGCHLD);
	raise(SIGINT);
	raise(SIGCHLD);
	assert_in_range(alarm(0), 1, 5);
	assert_int_equal(signals__next(fd), SIGINT);
	assert_int_equal(signals__next(fd), 0);
	assert_int_equal(signals__asked(), SIGTERM); /* the first signal that asked */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_only_wake),
		cmocka_unit_test(test_the_end_is_not_lost_behind_children),
		cmocka_unit_test(test_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, open_signals, NULL);
}

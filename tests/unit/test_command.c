// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Has a process ended that was there at some time? */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "kernel/process.h"
#include "run/command.h"

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void test_ended(void **state)
{
	siginfo_t info;
	pid_t pid;

	(void)state;
	if (!process__pids_are_global()) {
		/* the kernel's programs name others */
		assert_false(process__ended(getpid(), 0));
		skip();
	}
	assert_false(process__ended(getpid(), now()));
	/* so soon after the boot another one had this PID, however young the machine is */
	assert_true(process__ended(getpid(), 1));
	pid = fork();
	if (!pid)
		_exit(0);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(process__ended(pid, now())); /* a zombie */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(process__ended(pid, now()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How COMMAND is prepared, started and ended. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "kernel/process.h"
#include "run/command.h"

/* The number of open descriptors of this process. */
static unsigned int nr_open(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Waits for the command. Returns its exit status. */
static int end_of(struct command *c)
{
	int status = -1;

	while (!command__ended(c, &status))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	return status;
}

static void test_it_waits_for_the_word(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"exit 7", NULL };
	struct command c = { .go = -1, .failed = -1 };
	unsigned int before = nr_open();
	int status;

	(void)state;
	assert_int_equal(command__prepare(argv, false, &c), 0);
	assert_int_equal(nr_open(), before + 2);
	assert_true(process__alive(c.pid));
	assert_false(command__ended(&c, &status));
	assert_int_equal(command__start(&c), 0);
	assert_int_equal(nr_open(), before);
	assert_int_equal(end_of(&c), 7);
	assert_int_equal(c.pid, 0);
	command__kill(&c); /* the process has ended: does nothing */
}

/* If COMMAND is never started, its process ends and its descriptors are closed. */
static void test_one_that_was_never_started(void **state)
{
	char *argv[] = { (char *)"false", NULL };
	struct command c = { .go = -1, .failed = -1 };
	unsigned int before = nr_open();
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(command__prepare(argv, false, &c), 0);
	pid = c.pid;
	command__kill(&c);
	assert_int_equal(nr_open(), before);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* it is not the status of `false` */
	assert_true(WIFSIGNALED(status) || !WEXITSTATUS(status));
}

static void test_one_that_cannot_be_made(void **state)
{
	char *nosuch[] = { (char *)"nosuchcommand", NULL },
	     *folder[] = { (char *)"/dev/null", NULL };
	struct command c = { .go = -1, .failed = -1 };
	struct rlimit limit, few;
	unsigned int before = nr_open();

	(void)state;
	assert_int_equal(command__prepare(nosuch, false, &c), -ENOENT);
	assert_int_equal(command__prepare(folder, false, &c), -EACCES);
	/* room for the descriptors of one pipe, not of two */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = dup(0) + 3;
	close(few.rlim_cur - 3);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	nosuch[0] = (char *)"true";
	assert_int_equal(command__prepare(nosuch, false, &c), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(nr_open(), before);
	assert_int_equal(c.pid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_waits_for_the_word),
		cmocka_unit_test(test_one_that_was_never_started),
		cmocka_unit_test(test_one_that_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The line on a terminal's standard error, and what others write there. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/say.h"
#include "run/status.h"

#define ERASE "\r\033[K"

static int ends[2], saved;

/* Standard error becomes a terminal of 50 columns, or a pipe. */
static void open_stderr(bool terminal)
{
	struct winsize size = { .ws_col = 50, .ws_row = 24 };

	if (terminal) {
		ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
		assert_true(ends[0] >= 0);
		assert_int_equal(grantpt(ends[0]), 0);
		assert_int_equal(unlockpt(ends[0]), 0);
		ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
		assert_true(ends[1] >= 0);
		assert_int_equal(ioctl(ends[1], TIOCSWINSZ, &size), 0);
	} else {
		assert_int_equal(pipe(ends), 0);
	}
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
}

/* What was written since the last call. */
static const char *written(void)
{
	static char buf[1024];
	struct pollfd p = { .fd = ends[0], .events = POLLIN };
	int err = errno;
	size_t n = 0;
	ssize_t got;

	/* A terminal may give what was written in pieces, and a moment later. */
	while (poll(&p, 1, 50) == 1 && (got = read(ends[0], buf + n, sizeof(buf) - 1 - n)) > 0)
		n += got;
	buf[n] = '\0';
	errno = err;
	return buf;
}

static int set_up(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	ends[0] = ends[1] = -1;
	unsetenv("COLUMNS");
	return saved < 0;
}

static int tear_down(void **state)
{
	(void)state;
	status__off();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void later(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 260000000 }, NULL);
}

static void test_it_is_rewritten_in_place(void **state)
{
	(void)state;
	open_stderr(true);
	status__on(false);
	assert_true(status__is_due());
	status__show("refs %+d", 4);
	assert_string_equal(written(), ERASE "refs +4");
	/* a few times a second at most */
	assert_false(status__is_due());
	status__show("refs %+d", 5);
	assert_string_equal(written(), "");
	later();
	status__show("refs %+d", 6);
	assert_string_equal(written(), ERASE "refs +6");
	status__off();
	assert_string_equal(written(), ERASE);
	later();
	status__show("refs %+d", 7);
	assert_string_equal(written(), "");
}

static void test_it_goes_before_another_line(void **state)
{
	(void)state;
	open_stderr(true);
	status__on(false);
	status__show("watching");
	written();
	errno = EBUSY;
	say__line("ready");
	assert_string_equal(written(), ERASE "pgmapref: ready\r\n");
	say__line("twice");
	assert_string_equal(written(), "pgmapref: twice\r\n");
	later();
	status__show("watching");
	written();
	say__plain("SUMMARY");
	assert_string_equal(written(), ERASE "SUMMARY\r\n");
	assert_int_equal(errno, EBUSY);
}

/* 50 columns, of which the last one stays free. */
static void test_it_is_one_line(void **state)
{
	(void)state;
	open_stderr(true);
	status__on(false);
	status__show("%s", "1234567890123456789012345678901234567890123456789012345");
	assert_string_equal(written(), ERASE "1234567890123456789012345678901234567890123456789");
}

static void test_not_if_nobody_reads_it(void **state)
{
	(void)state;
	open_stderr(false);
	status__on(false);
	assert_false(status__is_due());
	status__show("watching");
	say__line("ready");
	status__off();
	assert_string_equal(written(), "pgmapref: ready\n");
}

static void test_not_if_quiet(void **state)
{
	(void)state;
	open_stderr(true);
	status__on(true);
	status__show("watching");
	status__clear();
	assert_string_equal(written(), "");
}

static void test_steps_of_the_start(void **state)
{
	(void)state;
	open_stderr(true);
	status__on(false);
	status__progress("attaching hooks", 12, 26);
	assert_string_equal(written(), ERASE "attaching hooks: 12 of 26");
	status__on(false);
	status__progress("loading", 3, 0);
	assert_string_equal(written(), ERASE "loading: 3");
	status__on(false);
	status__progress("looking", 0, 0);
	assert_string_equal(written(), ERASE "looking");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_it_is_rewritten_in_place),
		test(test_it_goes_before_another_line),
		test(test_it_is_one_line),
		test(test_not_if_nobody_reads_it),
		test(test_not_if_quiet),
		test(test_steps_of_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

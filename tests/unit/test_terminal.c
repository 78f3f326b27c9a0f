// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When output has colours, and how wide it is: on a terminal, in a pipe, in a file. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/terminal.h"

static int ends[2], saved;

/* Standard output becomes a terminal of so many columns. */
static void make_terminal(unsigned short columns)
{
	struct winsize size = { .ws_col = columns, .ws_row = 24 };

	ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(ends[0] >= 0);
	assert_int_equal(grantpt(ends[0]), 0);
	assert_int_equal(unlockpt(ends[0]), 0);
	ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
	assert_true(ends[1] >= 0);
	assert_int_equal(ioctl(ends[1], TIOCSWINSZ, &size), 0);
	assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
}

static void make_pipe(void)
{
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
}

static int set_up(void **state)
{
	(void)state;
	saved = dup(STDOUT_FILENO);
	ends[0] = ends[1] = -1;
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	return saved < 0;
}

static int tear_down(void **state)
{
	(void)state;
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static bool colors(enum color_when when, const char *output)
{
	struct options o = { .color = when, .output = output };

	return terminal__colors(&o);
}

static void test_colors_on_a_terminal(void **state)
{
	(void)state;
	make_terminal(80);
	assert_true(colors(COLOR_AUTO, NULL));
	assert_true(colors(COLOR_ALWAYS, NULL));
	assert_false(colors(COLOR_NEVER, NULL));
	assert_false(colors(COLOR_AUTO, "file"));
	assert_false(colors(COLOR_ALWAYS, "file"));
}

static void test_no_colors_by_the_environment(void **state)
{
	(void)state;
	make_terminal(80);
	setenv("NO_COLOR", "", 1);
	assert_true(colors(COLOR_AUTO, NULL));
	setenv("NO_COLOR", "1", 1);
	assert_false(colors(COLOR_AUTO, NULL));
	assert_true(colors(COLOR_ALWAYS, NULL));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(colors(COLOR_AUTO, NULL));
	unsetenv("TERM");
	assert_true(colors(COLOR_AUTO, NULL));
}

static void test_a_pipe_gets_colors_if_it_asks(void **state)
{
	(void)state;
	make_pipe();
	assert_false(colors(COLOR_AUTO, NULL));
	assert_true(colors(COLOR_ALWAYS, NULL));
	assert_int_equal(terminal__columns(STDOUT_FILENO), 0);
	setenv("COLUMNS", "100", 1);
	assert_int_equal(terminal__columns(STDOUT_FILENO), 100);
}

static void test_columns_of_a_terminal(void **state)
{
	(void)state;
	make_terminal(132);
	assert_int_equal(terminal__columns(STDOUT_FILENO), 132);
	setenv("COLUMNS", "60", 1);
	assert_int_equal(terminal__columns(STDOUT_FILENO), 60);
	setenv("COLUMNS", "5", 1);
	assert_int_equal(terminal__columns(STDOUT_FILENO), TERMINAL_LEAST);
	setenv("COLUMNS", "no number", 1);
	assert_int_equal(terminal__columns(STDOUT_FILENO), 132);
	setenv("COLUMNS", "99999999999", 1);
	assert_int_equal(terminal__columns(STDOUT_FILENO), 132);
}

/* A terminal over a serial line knows no size. */
static void test_a_terminal_without_a_size(void **state)
{
	(void)state;
	make_terminal(0);
	assert_int_equal(terminal__columns(STDOUT_FILENO), 80);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_colors_on_a_terminal),	  test(test_no_colors_by_the_environment),
		test(test_a_pipe_gets_colors_if_it_asks), test(test_columns_of_a_terminal),
		test(test_a_terminal_without_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

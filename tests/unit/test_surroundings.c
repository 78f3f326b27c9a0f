// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/surroundings.h"
#include "root.h"

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_root, remove_root)

static void test_what_is_not_mounted(void **state)
{
	char why[128] = "";

	(void)state;
	assert_int_equal(surroundings__check(root, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "/proc is not mounted here: mount -t proc proc /proc");
	put_file("/proc/self/stat", "");
	assert_int_equal(surroundings__check(root, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "/sys is not mounted here: mount -t sysfs sysfs /sys");
	put_file("/sys/kernel/notes", "");
	assert_int_equal(surroundings__check(root, why, sizeof(why)), 0);
	assert_int_equal(surroundings__check(NULL, why, sizeof(why)), 0);
}

static int check_with(const char *cgroup, const char *max, const char *above)
{
	char why[128];

	put_file("/proc/self/stat", "");
	put_file("/sys/kernel/notes", "");
	put_file("/proc/self/cgroup", cgroup);
	put_file("/sys/fs/cgroup/a/b/memory.max", max);
	put_file("/sys/fs/cgroup/a/memory.max", above);
	return surroundings__check(root, why, sizeof(why));
}

static void test_memory_of_a_cgroup(void **state)
{
	char why[128];

	(void)state;
	assert_int_equal(check_with("0::/a/b\n", "max\n", "max\n"), 0);
	assert_int_equal(check_with("0::/a/b\n", "33554432\n", "max\n"), 0);
	assert_int_equal(check_with("0::/a/b\n", "25165824\n", "max\n"), -ENOMEM);
	assert_int_equal(surroundings__check(root, why, sizeof(why)), -ENOMEM);
	assert_string_equal(why,
			    "the cgroup limits memory to 24576 KiB (memory.max), but 32768 KiB are "
			    "needed");
	/* the limit of a parent cgroup applies too; limits of other cgroups do not */
	assert_int_equal(check_with("0::/a/b\n", "max\n", "4096\n"), -ENOMEM);
	assert_int_equal(check_with("1:cpu:/a/b\n0::/a\n", "4096\n", "max\n"), 0);
	assert_int_equal(check_with("0::/\n", "4096\n", "4096\n"), 0);
	assert_int_equal(check_with("4:memory:/a/b\n", "4096\n", "4096\n"), 0);
}

static void test_lockdown(void **state)
{
	(void)state;
	assert_int_equal(surroundings__lockdown(root), LOCKDOWN_UNKNOWN);
	put_file("/sys/kernel/security/lockdown", "");
	assert_int_equal(surroundings__lockdown(root), LOCKDOWN_UNKNOWN);
	put_file("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_int_equal(surroundings__lockdown(root), LOCKDOWN_NONE);
	put_file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(surroundings__lockdown(root), LOCKDOWN_INTEGRITY);
	put_file("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	assert_int_equal(surroundings__lockdown(root), LOCKDOWN_CONFIDENTIALITY);
}

static void test_too_little(void **state)
{
	char why[256] = "as it was";

	(void)state;
	assert_false(surroundings__too_little(EINVAL, why, sizeof(why)));
	assert_false(surroundings__too_little(-EBUSY, why, sizeof(why)));
	assert_false(surroundings__too_little(0, why, sizeof(why)));
	assert_string_equal(why, "as it was");
	assert_true(surroundings__too_little(-EMFILE, why, sizeof(why)));
	assert_non_null(strstr(why, "(ulimit -n 1024)"));
	assert_true(surroundings__too_little(ENOMEM, why, sizeof(why)));
	assert_non_null(strstr(why, "memory"));
	assert_true(surroundings__too_little(ENFILE, why, sizeof(why)));
}

static void test_limits(void **state)
{
	struct rlimit was, now, low;
	struct sigaction sa;
	int fd, fds[40];
	size_t left;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	low = was;
	low.rlim_cur = 40;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	left = surroundings__files_left();
	assert_in_range(left, 1, 37);
	/* exactly `left` files can be opened */
	for (size_t i = 0; i < left; i++)
		assert_true((fds[i] = open("/dev/null", O_RDONLY)) >= 0);
	assert_int_equal(open("/dev/null", O_RDONLY), -1);
	assert_int_equal(errno, EMFILE);
	for (size_t i = 0; i < left; i++)
		close(fds[i]);
	fd = open("/dev/null", O_RDONLY);
	assert_int_equal(surroundings__files_left(), left - 1);
	close(fd);
	signal(SIGXFSZ, SIG_DFL);

	surroundings__raise_limits();
	getrlimit(RLIMIT_NOFILE, &now);
	assert_int_equal(now.rlim_cur, was.rlim_max);
	sigaction(SIGXFSZ, NULL, &sa);
	assert_ptr_equal(sa.sa_handler, SIG_IGN);
	surroundings__restore_limits();
	getrlimit(RLIMIT_NOFILE, &now);
	assert_int_equal(now.rlim_cur, 40);
	sigaction(SIGXFSZ, NULL, &sa);
	assert_ptr_equal(sa.sa_handler, SIG_DFL);
	setrlimit(RLIMIT_NOFILE, &was);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_not_mounted),
		TEST(test_memory_of_a_cgroup),
		TEST(test_lockdown),
		TEST(test_too_little),
		TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

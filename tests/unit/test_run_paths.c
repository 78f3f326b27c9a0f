// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Paths of files: from the kernel, with the mount point, and remembered. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "root.h"
#include "run/run_paths.h"
#include "run_world.h"

#define DEV (259u << 20 | 3)

static int set_up_paths(void **state)
{
	if (set_up(state) || make_root(state))
		return -1;
	put_file("/proc/self/mountinfo", "30 1 259:3 / /mnt/dax rw - ext4 /dev/pmem0 rw\n"
					 "31 1 259:4 / / rw - ext4 /dev/pmem1 rw\n");
	run.k.root = root;
	run.k.paths = paths__new();
	assert_non_null(run.k.paths);
	kernel.path = "dir/f";
	return 0;
}

static int tear_down_paths(void **state)
{
	paths__free(run.k.paths);
	run.k.paths = NULL;
	return remove_root(state) || tear_down(state) ? -1 : 0;
}

#define paths(name) cmocka_unit_test_setup_teardown(name, set_up_paths, tear_down_paths)

/* "": not known */
static const char *path_of(uint32_t dev, uint64_t ino, uint64_t pfn)
{
	static char path[64];

	if (run__path(&run.k, dev, ino, pfn, path, sizeof(path)))
		return "";
	return path;
}

static void test_where_it_is_mounted(void **state)
{
	(void)state;
	assert_string_equal(path_of(DEV, 12, 7), "/mnt/dax/dir/f12");
	assert_string_equal(path_of(DEV + 1, 12, 7), "/dir/f12");
	assert_string_equal(path_of(DEV + 2, 12, 7), ""); /* not mounted */
}

static void test_it_is_remembered(void **state)
{
	(void)state;
	assert_string_equal(path_of(DEV, 12, 0), ""); /* of no page */
	assert_int_equal(kernel.paths_asked, 0);
	assert_string_equal(path_of(DEV, 12, 7), "/mnt/dax/dir/f12");
	assert_string_equal(path_of(DEV, 12, 8), "/mnt/dax/dir/f12");
	assert_string_equal(path_of(DEV, 12, 0), "/mnt/dax/dir/f12");
	assert_int_equal(kernel.paths_asked, 1);
	/* Another file of the same place. */
	assert_string_equal(path_of(DEV, 12 + 256, 7), "/mnt/dax/dir/f268");
	assert_string_equal(path_of(DEV, 12, 0), "");
}

static void test_it_is_asked_again(void **state)
{
	const struct timespec a_while = { .tv_nsec = 110000000 };

	(void)state;
	assert_string_equal(path_of(DEV, 12, 7), "/mnt/dax/dir/f12");
	kernel.path = "new"; /* renamed, or another file with its number */
	nanosleep(&a_while, NULL);
	assert_string_equal(path_of(DEV, 12, 7), "/mnt/dax/new12");
	/* Its pages are gone: it keeps its path. */
	kernel.path_err = -ESTALE;
	nanosleep(&a_while, NULL);
	assert_string_equal(path_of(DEV, 12, 7), "/mnt/dax/new12");
	assert_int_equal(kernel.paths_asked, 3);
	/* Removed, or another file with its number and without a name: the path is that of none. */
	kernel.path_err = -ENOENT;
	nanosleep(&a_while, NULL);
	assert_string_equal(path_of(DEV, 12, 7), "");
}

static void test_one_without_a_path(void **state)
{
	(void)state;
	kernel.path_err = -ENOENT;
	assert_string_equal(path_of(DEV, 12, 7), "");
	assert_string_equal(path_of(DEV, 12, 7), "");
	assert_int_equal(kernel.paths_asked, 1);
}

static void test_no_room(void **state)
{
	char small[16];

	(void)state;
	assert_int_equal(run__path(&run.k, DEV, 12, 7, small, sizeof(small)), -ENAMETOOLONG);
	assert_int_equal(run__path(&run.k, DEV + 1, 12, 7, small, sizeof(small)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		paths(test_where_it_is_mounted),
		paths(test_it_is_remembered),
		paths(test_it_is_asked_again),
		paths(test_one_without_a_path),
		paths(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

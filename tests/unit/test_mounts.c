// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Mount points by device number. The files are in a folder of each test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "kernel/mounts.h"
#include "root.h"

#define DEV(major, minor) ((major) << 20 | (minor))

static void assert_at(uint32_t dev, const char *expected)
{
	char buf[MOUNTS_PATH] = "as it was";
	int err = mounts__at(root, dev, buf, sizeof(buf));

	assert_int_equal(err, expected ? 0 : -ENOENT);
	assert_string_equal(buf, expected ? expected : "as it was");
}

static void test_by_device_number(void **state)
{
	(void)state;
	put_file("proc/self/mountinfo", "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
					"40 22 259:0 / /mnt/a rw - ext4 /dev/pmem0 rw,dax=always\n"
					"41 22 259:10 / /mnt/b rw - xfs /dev/pmem1 rw\n");
	put_file("proc/1/mountinfo", "9 1 259:7 / /other rw - ext4 /dev/pmem7 rw\n");
	assert_at(DEV(8, 1), "/");
	assert_at(DEV(259, 0), "/mnt/a");
	assert_at(DEV(259, 10), "/mnt/b");
	assert_at(DEV(259, 1), NULL);
	/* mounted only in the mount namespace of process 1 */
	assert_at(DEV(259, 7), "/other");
}

static void test_the_whole_before_a_part(void **state)
{
	(void)state;
	put_file("proc/self/mountinfo", "40 22 259:0 /sub /mnt/part rw - ext4 /dev/pmem0 rw\n"
					"41 22 259:0 / /mnt/whole rw - ext4 /dev/pmem0 rw\n"
					"42 22 259:0 / /mnt/again rw - ext4 /dev/pmem0 rw\n"
					"43 22 259:1 /a /mnt/x rw - ext4 /dev/pmem1 rw\n"
					"44 22 259:1 /b /mnt/y rw - ext4 /dev/pmem1 rw\n");
	assert_at(DEV(259, 0), "/mnt/whole");
	assert_at(DEV(259, 1), "/mnt/x");
}

static const char *path_of(uint32_t dev, const char *in)
{
	static char buf[32];
	int err = mounts__path(root, dev, in, buf, sizeof(buf));

	return err == -ENOENT ? "none" : err == -ENAMETOOLONG ? "too long" : err ? "error" : buf;
}

/* A mount of a folder shows only what is in the folder, and without its name. */
static void test_the_path_of_a_file(void **state)
{
	(void)state;
	put_file("proc/self/mountinfo", "40 22 259:0 /sub /mnt/part rw - ext4 /dev/pmem0 rw\n"
					"41 22 259:0 / /mnt/whole rw - ext4 /dev/pmem0 rw\n"
					"43 22 259:1 /a\\040b /mnt/x rw - ext4 /dev/pmem1 rw\n"
					"44 22 259:1 /c /mnt/y rw - ext4 /dev/pmem1 rw\n"
					"45 22 259:2 / / rw - ext4 /dev/pmem2 rw\n");
	put_file("proc/1/mountinfo", "9 1 259:1 /d /other rw - ext4 /dev/pmem1 rw\n");
	assert_string_equal(path_of(DEV(259, 0), "/sub/f"), "/mnt/whole/sub/f");
	assert_string_equal(path_of(DEV(259, 1), "/a b/f"), "/mnt/x/f");
	assert_string_equal(path_of(DEV(259, 1), "/c/d/f"), "/mnt/y/d/f");
	assert_string_equal(path_of(DEV(259, 1), "/cc/f"), "none");
	assert_string_equal(path_of(DEV(259, 1), "/d/f"), "/other/f");
	assert_string_equal(path_of(DEV(259, 2), "/f"), "/f");
	assert_string_equal(path_of(DEV(259, 9), "/f"), "none");
	assert_string_equal(path_of(DEV(259, 0), "/a-name-that-has-many-letters"), "too long");
}

static void test_names_of_all_sorts(void **state)
{
	char buf[8];

	(void)state;
	put_file("proc/self/mountinfo",
		 "40 22 259:0 / /mnt/with\\040blank\\134n rw - ext4 /dev/pmem0 rw\n"
		 "\n"
		 "41 22\n"
		 "42 22 nonsense / /mnt/no rw\n"
		 "43 22 259:3 / /mnt/cut\\04");
	assert_at(DEV(259, 0), "/mnt/with blank\\n");
	assert_at(DEV(259, 3), "/mnt/cut\\04");
	assert_int_equal(mounts__at(root, DEV(259, 0), buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/mnt/wi");
}

static void assert_of(uint32_t pid, const char *name, uint32_t dev, const char *type, const char *at)
{
	struct mount_info m = { 0 };

	assert_int_equal(mounts__of_path(root, pid, name, &m), dev ? 0 : -ENOENT);
	assert_int_equal(m.dev, dev);
	assert_string_equal(m.type, type);
	assert_string_equal(m.at, at);
}

static void test_of_a_path(void **state)
{
	(void)state;
	put_file("proc/self/mountinfo",
		 "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
		 "40 22 259:0 / /mnt/a rw shared:2 master:1 - xfs /dev/pmem0 rw,dax=always\n"
		 "41 40 259:1 / /mnt/a/deep rw - ext4 /dev/pmem1 rw\n"
		 "42 22 259:2 / /mnt/with\\040blank rw - ext4 /dev/pmem2 rw\n"
		 "43 22 259:3 / /mnt/cut rw -\n"
		 "44 22 8:2 / /mnt rw - tmpfs none rw\n");
	put_file("proc/7/mountinfo", "40 22 259:7 / /mnt rw - ext4 /dev/pmem7 rw\n"
				     "41 22 259:8 / /mnt rw - xfs /dev/pmem8 rw\n");
	assert_of(0, "/mnt/a/f", DEV(259, 0), "xfs", "/mnt/a");
	assert_of(0, "/mnt/a", DEV(259, 0), "xfs", "/mnt/a");
	assert_of(0, "/mnt/ab", DEV(8, 2), "tmpfs", "/mnt");
	assert_of(0, "/mn", DEV(8, 1), "ext4", "/");
	assert_of(0, "/mnt/a/deep/f", DEV(259, 1), "ext4", "/mnt/a/deep");
	assert_of(0, "/mnt/with blank/f", DEV(259, 2), "ext4", "/mnt/with blank");
	assert_of(0, "/mnt/cut/f", DEV(8, 2), "tmpfs", "/mnt");
	/* another process has other mounts; the later one is on top */
	assert_of(7, "/mnt/a/f", DEV(259, 8), "xfs", "/mnt");
	assert_of(7, "/f", 0, "", "");
	assert_int_equal(mounts__of_path(root, 8, "/f", &(struct mount_info){ 0 }), -ENOENT);
}

static void test_an_xfs_lives_as_long_as_its_folder(void **state)
{
	(void)state;
	assert_false(mounts__xfs_lives(root, "pmem0"));
	assert_int_equal(mkdir(in_root("sys/fs/xfs/pmem0"), 0700), 0);
	assert_true(mounts__xfs_lives(root, "pmem0"));
	assert_false(mounts__xfs_lives(root, "pmem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_device_number, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_the_path_of_a_file, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_the_whole_before_a_part, make_root,
						remove_root),
		cmocka_unit_test_setup_teardown(test_names_of_all_sorts, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_of_a_path, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_an_xfs_lives_as_long_as_its_folder, make_root,
						remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which device a person means by a path, in a made-up /proc and /sys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/typed.h"
#include "root.h"

#define PMEM0 "/sys/devices/ndbus0/namespace0.0/block/pmem0"

static void put_link(const char *name, const char *to)
{
	assert_int_equal(symlink(to, in_root(name)), 0);
}

static int make_devices(void **state)
{
	char null[64];
	struct stat st;

	if (make_root(state) || stat("/dev/null", &st))
		return -1;
	put_file(PMEM0 "/pmem0p1/partition", "1\n");
	put_link("/sys/class/block/pmem0", "../../devices/ndbus0/namespace0.0/block/pmem0");
	put_link("/sys/class/block/pmem0p1",
		 "../../devices/ndbus0/namespace0.0/block/pmem0/pmem0p1");
	put_file("/sys/class/block/dm-0/slaves/pmem0p1/x", "");
	put_link("/sys/dev/block/259:0", "../../devices/ndbus0/namespace0.0/block/pmem0");
	put_link("/sys/dev/block/259:1", "../../devices/ndbus0/namespace0.0/block/pmem0/pmem0p1");
	put_link("/sys/dev/block/253:0", "../../devices/virtual/block/dm-0");
	snprintf(null, sizeof(null), "/sys/dev/char/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	put_link(null, "../../devices/dax/dax1.0");
	put_link("/sys/bus/nd/devices/namespace0.0", "../../../devices/ndbus0/namespace0.0");
	put_file("/proc/self/mountinfo", "1 1 0:99 / / rw - tmpfs none rw\n"
					 "2 1 259:0 / /mnt/whole rw - ext4 /dev/pmem0 rw\n"
					 "3 1 259:1 / /mnt/part rw - ext4 /dev/pmem0p1 rw\n"
					 "4 1 253:0 / /mnt/dm rw - xfs /dev/dm-0 rw\n"
					 "5 1 259:9 / /mnt/gone rw - xfs /dev/pmem9 rw\n");
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_devices, remove_root)

/* wanted NULL: no device */
static void assert_typed(const char *path, const char *wanted)
{
	char name[DEVICES_NAME_MAX] = "as it was";
	int err = typed__device(root, path, name);

	assert_int_equal(err, wanted ? 0 : -ENOENT);
	if (wanted)
		assert_string_equal(name, wanted);
}

static void test_names_are_left_alone(void **state)
{
	(void)state;
	assert_typed("pmem0", NULL);
	assert_typed("0x40000000", NULL);
	assert_typed("dax*", NULL);
}

static void test_sysfs(void **state)
{
	(void)state;
	assert_typed("/sys/bus/nd/devices/namespace0.0", "namespace0.0");
	assert_typed("/sys/block/pmem0/", "pmem0");
	assert_typed("/sys/bus/pci/devices/0000:01:00.0//", "0000:01:00.0");
}

static void test_files(void **state)
{
	(void)state;
	/* they need not be there: the path is not touched */
	assert_typed("/mnt/whole", "pmem0");
	assert_typed("/mnt/whole/no/such/file", "pmem0");
	assert_typed("/mnt/part/f", "pmem0");
	assert_typed("/mnt/dm/f", "pmem0");
	assert_typed("/mnt/gone/f", NULL);
	assert_typed("/no/such/file", NULL);
}

static void test_nodes(void **state)
{
	(void)state;
	/* the character device with the number of /dev/null is made up */
	assert_typed("/dev/null", "dax1.0");
	/* the node of a disk whose unbind hangs */
	assert_typed("/dev/pmem17", "pmem17");
}

static void test_names_of_devices(void **state)
{
	(void)state;
	assert_true(typed__is_device(root, "namespace0.0"));
	assert_false(typed__is_device(root, "wathc"));
	assert_false(typed__is_device(root, "/dev/pmem0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_are_left_alone),
		TEST(test_sysfs),
		TEST(test_files),
		TEST(test_nodes),
		TEST(test_names_of_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

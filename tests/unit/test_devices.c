// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Device names, from made-up sysfs trees and /proc/iomem in a folder of each test's own. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/devices.h"
#include "root.h"

static void put_link(const char *path, const char *target)
{
	assert_int_equal(symlink(target, in_root(path)), 0);
}

/*
 * An nd or dax device with its link on the bus. Its attributes are pipes without a writer: reading
 * them blocks for ever, like reading the real ones while an unbind hangs.
 */
static void put_device(const char *bus, const char *name)
{
	static const char *const attrs[] = { "resource", "size", "namespace", "holder" };
	char path[256], target[256];

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		snprintf(path, sizeof(path), "sys/devices/ndbus0/region0/%s/%s", name, attrs[i]);
		assert_int_equal(mkfifo(in_root(path), 0600), 0);
	}
	snprintf(path, sizeof(path), "sys/bus/%s/devices/%s", bus, name);
	snprintf(target, sizeof(target), "../../../devices/ndbus0/region0/%s", name);
	put_link(path, target);
}

static void put_disk(const char *disk, const char *parent)
{
	char link[256], target[256];

	snprintf(link, sizeof(link), "sys/devices/ndbus0/region0/%s/block/%s/device", parent, disk);
	snprintf(target, sizeof(target), "../../../%s", parent);
	put_link(link, target);
	snprintf(link, sizeof(link), "sys/block/%s", disk);
	snprintf(target, sizeof(target), "../devices/ndbus0/region0/%s/block/%s", parent, disk);
	put_link(link, target);
}

static void assert_name(uint64_t start, uint64_t end, const char *dev, const char *expected)
{
	char buf[DEVICES_NAME_MAX] = "unset";

	if (!expected) {
		assert_int_equal(devices__name(root, start, end, dev, buf, sizeof(buf)), -ENOENT);
		assert_string_equal(buf, "unset");
		return;
	}
	assert_int_equal(devices__name(root, start, end, dev, buf, sizeof(buf)), 0);
	assert_string_equal(buf, expected);
}

/*
 * Like 6.1 and 7.3: memmap= is region0; regions with labels have fsdax, devdax with 4K and 2M
 * alignment, and a btt. The number of a pfn device is not that of its namespace.
 */
static void put_pmem_tree(void)
{
	static const char *const nd[] = { "namespace0.0", "namespace2.0", "namespace2.1",
					  "namespace3.0", "namespace3.2", "namespace3.3",
					  "pfn2.0",	  "pfn2.1",	  "dax3.0",
					  "btt3.0" };

	for (size_t i = 0; i < sizeof(nd) / sizeof(nd[0]); i++)
		put_device("nd", nd[i]);
	put_device("dax", "dax2.0");
	put_device("dax", "dax3.2");
	put_disk("pmem0", "namespace0.0");
	put_disk("pmem2.1", "pfn2.0");
	put_disk("pmem3.3s", "btt3.0");
	put_link("sys/block/vda", "../devices/vda");
	put_link("sys/block/pmem9", "../devices/nowhere");
	put_file("proc/iomem", "30000000-4fffffff : Persistent Memory (legacy)\n"
			       "  30000000-4fffffff : namespace0.0\n"
			       "50000000-6fffffff : System RAM\n"
			       "140000000-17fffffff : Persistent Memory\n"
			       "  140000000-1401fffff : namespace2.0\n"
			       "  140200000-14fffffff : dax2.0\n"
			       "  150000000-15fffffff : namespace2.1\n"
			       "180000000-1bfffffff : Persistent Memory\n"
			       "  180000000-18fffffff : namespace3.0\n"
			       "  1a0000000-1a03fffff : namespace3.2\n"
			       "  1a0400000-1a7ffffff : dax3.2\n"
			       "  1a8000000-1afffffff : namespace3.3\n"
			       "300000000-3ffffffff : CXL Window 0\n"
			       "  300000000-33fffffff : dax4.0\n"
			       "  340000000-37fffffff : dax5.0\n"
			       "  380000000-3ffffffff : dax4.0\n");
}

static void test_pmem_by_range(void **state)
{
	(void)state;
	put_pmem_tree();
	assert_name(0x30000000, 0x4fffffff, NULL, "pmem0");
	assert_name(0x150000000, 0x15fffffff, NULL, "pmem2.1");
	/* while an unbind hangs, the disk is removed before the pgmap */
	assert_name(0x180000000, 0x18fffffff, NULL, "pmem3");
	/* the last byte, and the byte after it */
	assert_name(0x15fffffff, 0x15fffffff, NULL, "pmem2.1");
	assert_name(0x160000000, 0x16fffffff, NULL, NULL);
	assert_name(0x14fffffff, 0x14fffffff, NULL, "dax2.0");
	assert_name(0, 0x2fffffff, NULL, NULL);
}

static void test_pmem_by_parent(void **state)
{
	(void)state;
	put_pmem_tree();
	/* while the disk exists, its parent is enough, and the range does not matter */
	assert_name(0x150000000, 0x15fffffff, "pfn2.0", "pmem2.1");
	assert_name(0x900000000, 0x9ffffffff, "pfn2.0", "pmem2.1");
	assert_name(0x900000000, 0x9ffffffff, "namespace0.0", "pmem0");
	assert_name(0x900000000, 0x9ffffffff, "btt3.0", "pmem3.3s");
	/* without the disk, a namespace has the number in its name; a pfn device needs its range */
	assert_name(0x900000000, 0x9ffffffff, "namespace3.0", "pmem3");
	assert_name(0x900000000, 0x9ffffffff, "namespace12.34", "pmem12.34");
	assert_name(0x180000000, 0x18fffffff, "pfn2.1", "pmem3");
	assert_name(0x900000000, 0x9ffffffff, "pfn2.1", "pfn2.1");
	/* another device: found by the range */
	assert_name(0x30000000, 0x4fffffff, "virtio3", "pmem0");
	assert_name(0x30000000, 0x4fffffff, "", "pmem0");
	assert_name(0x900000000, 0x9ffffffff, "", NULL);
	/* similar names */
	assert_name(0x900000000, 0x9ffffffff, "namespace5", "namespace5");
	assert_name(0x900000000, 0x9ffffffff, "namespace5.", "namespace5.");
	assert_name(0x900000000, 0x9ffffffff, "namespace5.0x", "namespace5.0x");
	assert_name(0x900000000, 0x9ffffffff, "namespace5. 0", "namespace5. 0");
	assert_name(0x900000000, 0x9ffffffff, "namespace-5.0", "namespace-5.0");
}

static void test_dax(void **state)
{
	(void)state;
	put_pmem_tree();
	/* the range begins with the namespace's info block, but the dax device gives the name */
	assert_name(0x140000000, 0x14fffffff, NULL, "dax2.0");
	assert_name(0x1a0000000, 0x1a7ffffff, NULL, "dax3.2");
	assert_name(0x1a0000000, 0x1a7ffffff, "dax3.2", "dax3.2");
	assert_name(0x1a0000000, 0x1a7ffffff, "virtio3", "dax3.2");
	/* the driver core's name has priority over the range */
	assert_name(0x140000000, 0x14fffffff, "dax3.2", "dax3.2");
	/* one device has two ranges, with another device between them */
	assert_name(0x300000000, 0x33fffffff, NULL, "dax4.0");
	assert_name(0x340000000, 0x37fffffff, NULL, "dax5.0");
	assert_name(0x380000000, 0x3ffffffff, NULL, "dax4.0");
	/* while its unbind hangs, it is no longer on the bus */
	assert_name(0x900000000, 0x9ffffffff, "dax9.1", "dax9.1");
}

static void put_pci_iomem(void)
{
	put_file("proc/iomem", "00000000-00000fff : Reserved\n"
			       "00100000-3fffffff : System RAM\n"
			       "  01000000-01ffffff : Kernel code\n"
			       "c0000000-febfffff : PCI Bus 0000:00\n"
			       "  e0000000-efffffff : PCI Bus 0000:01\n"
			       "    e0000000-e3ffffff : 0000:01:00.0\n"
			       "    e4000000-e4003fff : 0000:01:00.0\n"
			       "      e4000000-e4003fff : nvme\n"
			       "    e8000000-ebffffff : 0000:01:00.1\n"
			       "      e8000000-e8ffffff : doorbell\n"
			       "4000000000-40ffffffff : PCI Bus 10000:e1\n"
			       "  4000000000-40ffffffff : 10000:e1:00.0\n"
			       "    4000000000-407fffffff : namespace9.x\n"
			       "3fffe0000000-3fffefffffff : hmm_dmirror\n"
			       "3ffff0000000-3fffffffffff : Soft Reserved\n"
			       "  3ffff0000000-3fffffffffff : CXL Window 0\n"
			       "    3ffff0000000-3fffffffffff : region0\n"
			       "      3ffff0000000-3fffffffffff : card1\n");
}

static void test_pci(void **state)
{
	(void)state;
	put_pci_iomem();
	assert_name(0xe0000000, 0xe3ffffff, NULL, "0000:01:00.0");
	assert_name(0xe1000000, 0xe1ffffff, NULL, "0000:01:00.0");
	assert_name(0xe4000000, 0xe4003fff, NULL, "0000:01:00.0");
	/* the PCI address has priority over names in the region and another device's name */
	assert_name(0xe8000000, 0xe8ffffff, NULL, "0000:01:00.1");
	assert_name(0xe8000000, 0xe8ffffff, "virtio1", "0000:01:00.1");
	assert_name(0xe8000000, 0xe8ffffff, "0000:02:00.0", "0000:02:00.0");
	assert_name(0x4000000000, 0x407fffffff, NULL, "10000:e1:00.0");
	/* the range is only partly in the region */
	assert_name(0xe3ff0000, 0xe4000fff, NULL, NULL);
	assert_name(0x7000000000, 0x7000000fff, "0000:03:00.0", "0000:03:00.0");
}

static void test_iomem_names(void **state)
{
	(void)state;
	put_pci_iomem();
	assert_name(0x3fffe0000000, 0x3fffefffffff, NULL, "hmm_dmirror");
	assert_name(0x3fffe0000000, 0x3fffefffffff, "card0", "card0");
	assert_name(0x3ffff0000000, 0x3fffffffffff, NULL, "card1");
	/* kinds of memory and bridges are not device names */
	assert_name(0x100000, 0x1fffff, NULL, NULL);
	assert_name(0x1000000, 0x1ffffff, NULL, NULL);
	assert_name(0xc0000000, 0xcfffffff, NULL, NULL);
	assert_name(0xc0000000, 0xcfffffff, "card0", "card0");
	assert_name(0, 0xfff, NULL, NULL);
}

static void test_name_errors(void **state)
{
	char buf[6] = "unset";

	(void)state;
	put_pmem_tree();
	assert_int_equal(devices__name(root, 0x30000000, 0x4fffffff, NULL, buf, 5), -ERANGE);
	assert_string_equal(buf, "unset");
	assert_int_equal(devices__name(root, 0x30000000, 0x4fffffff, NULL, buf, 6), 0);
	assert_string_equal(buf, "pmem0");
	assert_int_equal(devices__name(root, 0x900000000, 0x9ffffffff, "0000:01:00.0", buf,
				       sizeof(buf)),
			 -ERANGE);
	assert_int_equal(devices__name(root, 2, 1, "0000:01:00.0", buf, sizeof(buf)), -EINVAL);
	assert_string_equal(buf, "pmem0");
	assert_int_equal(devices__name("/nonexistent", 0, 1, NULL, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(devices__name("/nonexistent", 0, 1, "dax0.0", buf, 6), -ERANGE);
}

static void test_iomem(void **state)
{
	struct devices_range *r = NULL;
	size_t n = 0;

	(void)state;
	put_file("proc/iomem", "40000000-5fffffff : Persistent Memory (legacy)\n"
			       "  40000000-5fffffff : namespace0.0\n"
			       "garbage\n"
			       "60000000 : no end\n"
			       "60000000-5fffffff : backwards\n"
			       "60000000-6fffffff: no blank\n"
			       "    42000000-5fffffff : a : b\n"
			       "ffffffffffffff00-ffffffffffffffff : top");
	assert_int_equal(devices__iomem(root, &r, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(r[0].start, 0x40000000);
	assert_int_equal(r[0].end, 0x5fffffff);
	assert_int_equal(r[0].depth, 0);
	assert_string_equal(r[0].name, "Persistent Memory (legacy)");
	assert_int_equal(r[1].depth, 1);
	assert_string_equal(r[1].name, "namespace0.0");
	assert_int_equal(r[2].depth, 2);
	assert_int_equal(r[2].start, 0x42000000);
	assert_string_equal(r[2].name, "a : b");
	assert_int_equal(r[3].start, 0xffffffffffffff00);
	assert_int_equal(r[3].end, UINT64_MAX);
	assert_string_equal(r[3].name, "top");
	free(r);
}

static void test_iomem_errors(void **state)
{
	struct devices_range *untouched = (struct devices_range *)root, *r = untouched;
	char buf[DEVICES_NAME_MAX];
	size_t n = 77;

	(void)state;
	assert_int_equal(devices__iomem(root, &r, &n), -ENOENT);
	put_file("proc/iomem", "00000000-00000000 : Reserved\n  00000000-00000000 : 0000:01:00.0\n");
	assert_int_equal(devices__iomem(root, &r, &n), -EACCES);
	assert_ptr_equal(r, untouched);
	assert_int_equal(n, 77);
	/* hidden addresses give no name, but a device's name stays */
	assert_int_equal(devices__name(root, 0, 0, NULL, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(devices__name(root, 0, 0, "card0", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "card0");

	put_file("proc/iomem", "");
	assert_int_equal(devices__iomem(root, &r, &n), 0);
	assert_int_equal(n, 0);
	free(r);
}

static bool match(const char *pattern, const char *name, const char *dev)
{
	static const struct pgr_range ranges[] = { { 0x40000000, 0x4fffffff },
						   { 0x100000000, 0x1ffffffff } };

	return devices__match(pattern, name, dev, ranges, 2);
}

static void test_match(void **state)
{
	const struct pgr_range all = { 0x40000000, UINT64_MAX };

	(void)state;
	assert_true(match("pmem0", "pmem0", "pfn0.1"));
	assert_true(match("pfn0.1", "pmem0", "pfn0.1"));
	assert_true(match("pmem*", "pmem0.1", NULL));
	assert_true(match("pmem[01]", "pmem1", NULL));
	assert_true(match("dax?.0", NULL, "dax3.0"));
	assert_false(match("pmem0", "pmem0.1", NULL));
	assert_false(match("pmem", "pmem0", "pfn0.1"));
	assert_false(match("PMEM0", "pmem0", NULL));
	assert_false(match("", "pmem0", NULL));
	assert_false(match("pmem0", NULL, NULL));
	assert_false(match("*", NULL, NULL));
	assert_true(match("*", "pmem0", NULL));

	assert_true(match("0000:0a:00.0", "0000:0a:00.0", NULL));
	assert_true(match("0a:00.0", "0000:0a:00.0", NULL));
	assert_true(match("0A:00.0", NULL, "0000:0a:00.0"));
	assert_true(match("0a:*", NULL, "0000:0a:00.0"));
	assert_false(match("0a:00.0", "0001:0a:00.0", NULL));
	assert_false(match("0a:00.1", "0000:0a:00.0", NULL));
	assert_false(match("0.1", "0000:pfn0.1", NULL));
	assert_false(match("pfn0.1", "0000:pfn0.1", NULL));

	assert_true(match("0x40000000", "pmem0", NULL));
	assert_true(match("0x4fffffff", NULL, NULL));
	assert_true(match("0X1abcdef00", "pmem0", NULL));
	assert_false(match("0x3fffffff", "pmem0", NULL));
	assert_false(match("0x50000000", "pmem0", NULL));
	assert_false(match("0x200000000", "pmem0", NULL));
	assert_false(match("40000000", "pmem0", NULL));
	assert_false(match("0x", "pmem0", NULL));
	assert_false(match("0x40000000z", "pmem0", NULL));
	assert_false(match("0x10000000040000000", "pmem0", NULL));
	assert_true(match("0x40000000z", "0x40000000z", NULL));
	assert_false(devices__match("0x40000000", "pmem0", NULL, NULL, 0));
	/* a number that is too large is invalid and does not become the largest number */
	assert_true(devices__match("0xffffffffffffffff", NULL, NULL, &all, 1));
	assert_false(devices__match("0x1ffffffffffffffff", NULL, NULL, &all, 1));
}

static void test_cdev_number(void **state)
{
	uint32_t dev = 7;

	(void)state;
	put_link("sys/dev/char/252:3", "../../devices/platform/dax1.0");
	put_link("sys/dev/char/1:3", "../../devices/virtual/mem/null");
	assert_int_equal(devices__cdev_number(root, "dax1.0", &dev), 0);
	assert_int_equal(dev, 252 << 20 | 3);
	dev = 7;
	assert_int_equal(devices__cdev_number(root, "dax1", &dev), -ENOENT);
	assert_int_equal(devices__cdev_number(root, "dax1.00", &dev), -ENOENT);
	assert_int_equal(devices__cdev_number("/nonexistent", "dax1.0", &dev), -ENOENT);
	assert_int_equal(dev, 7);
}

static void test_bdev_name(void **state)
{
	char buf[16] = "unset";

	(void)state;
	put_link("sys/dev/block/259:0", "../../devices/ndbus0/region0/pfn0.1/block/pmem0");
	put_link("sys/dev/block/253:1", "dm-1");
	assert_int_equal(devices__bdev_name(root, 259, 0, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "pmem0");
	assert_int_equal(devices__bdev_name(root, 253, 1, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "dm-1");
	assert_int_equal(devices__bdev_name(root, 0, 45, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "0:45");
	assert_int_equal(devices__bdev_name(root, 259, 0, buf, 5), -ERANGE);
	assert_int_equal(devices__bdev_name(root, UINT32_MAX, UINT32_MAX, buf, sizeof(buf)),
			 -ERANGE);
	assert_string_equal(buf, "0:45");
}

/* NULL and "" are the running system. It has an iomem; its addresses may be hidden. */
static void test_real(void **state)
{
	struct devices_range *r = NULL;
	char buf[DEVICES_NAME_MAX];
	size_t n = 0;
	int err;

	(void)state;
	err = devices__iomem(NULL, &r, &n);
	if (err)
		skip();
	assert_true(n > 0);
	free(r);
	err = devices__iomem("", &r, &n);
	assert_int_equal(err, 0);
	free(r);
	assert_int_equal(devices__name(NULL, 1, 1, "no such device", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "no such device");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		TEST(test_pmem_by_range), TEST(test_pmem_by_parent), TEST(test_dax),
		TEST(test_pci),		  TEST(test_iomem_names),    TEST(test_name_errors),
		TEST(test_iomem),	  TEST(test_iomem_errors),   TEST(test_match),
		TEST(test_cdev_number),	  TEST(test_bdev_name),	     TEST(test_real),
	};

	/* if the code reads an attribute, it blocks: SIGALRM ends the test */
	alarm(60);

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}

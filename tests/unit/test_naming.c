// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of pgmaps, from made-up sysfs trees and /proc/iomem. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/naming.h"
#include "root.h"

/* A disk on a device of the nd bus, like those of pmem. */
static void put_disk(const char *parent, const char *disk)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), "sys/devices/region0/%s/block/%s/device", parent, disk);
	snprintf(target, sizeof(target), "../../../%s", parent);
	assert_int_equal(symlink(target, in_root(path)), 0);
	snprintf(path, sizeof(path), "sys/block/%s", disk);
	snprintf(target, sizeof(target), "../devices/region0/%s/block/%s", parent, disk);
	assert_int_equal(symlink(target, in_root(path)), 0);
	snprintf(path, sizeof(path), "sys/bus/nd/devices/%s", parent);
	snprintf(target, sizeof(target), "../../../devices/region0/%s", parent);
	assert_int_equal(symlink(target, in_root(path)), 0);
}

static struct pgr_pgmap pgmap(const char *dev)
{
	struct pgr_pgmap k = { .nr_range = 1, .first = { 0x100000000, 0x1ffffffff } };

	snprintf(k.dev, sizeof(k.dev), "%s", dev);
	return k;
}

static void expect(const struct pgr_pgmap *k, const char *ops, const char *name, bool found,
		   bool named)
{
	char buf[DEVICES_NAME_MAX] = "";
	bool is_named = false;

	assert_int_equal(naming__find(root, k, ops, buf, &is_named), found);
	assert_string_equal(buf, name);
	assert_int_equal(is_named, named);
}

static void test_a_device_of_its_own_comes_later(void **state)
{
	struct pgr_pgmap k = pgmap("pfn0.1");

	(void)state;
	put_file("proc/iomem", "");
	expect(&k, NULL, "pfn0.1", true, false);
	put_disk("pfn0.1", "pmem0");
	expect(&k, NULL, "pmem0", true, true);
}

static void test_drivers_devices_that_are_names(void **state)
{
	struct pgr_pgmap dax = pgmap("dax0.0"), pci = pgmap("0000:01:00.0");

	(void)state;
	put_file("proc/iomem", "");
	expect(&dax, NULL, "dax0.0", true, true);
	expect(&pci, NULL, "0000:01:00.0", true, true);
}

static void test_a_name_by_the_range(void **state)
{
	struct pgr_pgmap k = pgmap("");

	(void)state;
	put_file("proc/iomem", "100000000-1ffffffff : hmm_dmirror\n");
	expect(&k, "dmirror_devmem_ops", "hmm_dmirror", true, true);
}

static void test_a_makeshift(void **state)
{
	struct pgr_pgmap k = pgmap("");

	(void)state;
	put_file("proc/iomem", "100000000-1ffffffff : System RAM\n");
	expect(&k, "fsdax_pagemap_ops", "fsdax_pagemap_ops", false, false);
	expect(&k, NULL, "0x100000000", false, false);
	/* Without a range nothing is looked up. */
	k.nr_range = 0;
	snprintf(k.dev, sizeof(k.dev), "dax0.0");
	expect(&k, NULL, "0x100000000", false, false);
}

static void expect_dev(const char *iomem, const char *expected)
{
	struct pgr_pgmap k = pgmap("");
	char dev[DEVICES_NAME_MAX] = "as before";

	put_file("proc/iomem", iomem);
	naming__find_dev(root, &k, dev);
	assert_string_equal(dev, expected);
}

static void test_the_drivers_device_of_an_older_one(void **state)
{
	(void)state;
	expect_dev("100000000-1ffffffff : Persistent Memory\n"
		   "  100000000-1ffffffff : namespace0.0\n",
		   "namespace0.0");
	/* The innermost range gives the name. */
	expect_dev("100000000-1ffffffff : Persistent Memory\n"
		   "  100000000-1ffffffff : namespace0.0\n"
		   "    100200000-1ffffffff : dax0.0\n",
		   "dax0.0");
	/* Ranges that overlap by one byte, and ranges that do not overlap. */
	expect_dev("1ffffffff-2ffffffff : namespace1.0\n", "namespace1.0");
	expect_dev("00000000-100000000 : dax1.0\n", "dax1.0");
	expect_dev("00000000-ffffffff : namespace1.0\n200000000-2ffffffff : dax2.0\n", "as before");
	expect_dev("100000000-1ffffffff : namespace\n100000000-1ffffffff : dax\n", "as before");
}

static void test_no_iomem(void **state)
{
	struct pgr_pgmap k = pgmap("");
	char dev[DEVICES_NAME_MAX] = "as before";

	(void)state;
	naming__find_dev(root, &k, dev);
	assert_string_equal(dev, "as before");
}

#define test(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_a_device_of_its_own_comes_later),
		test(test_drivers_devices_that_are_names),
		test(test_a_name_by_the_range),
		test(test_a_makeshift),
		test(test_the_drivers_device_of_an_older_one),
		test(test_no_iomem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

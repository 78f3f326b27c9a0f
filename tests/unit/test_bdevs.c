// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of block devices, also of removed ones. The links are in a folder of each test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/bdevs.h"
#include "root.h"

static struct bdevs *known;

static int make_sysfs(void **state)
{
	if (make_root(state) || mkdir(in_root("sys/dev/block"), 0700))
		return -1;
	known = bdevs__new();
	return known ? 0 : -1;
}

static int remove_sysfs(void **state)
{
	bdevs__free(known);
	return remove_root(state);
}

static void take(uint32_t major, uint32_t minor)
{
	char link[128];

	snprintf(link, sizeof(link), "%s/sys/dev/block/%u:%u", root, major, minor);
	unlink(link);
}

static void put(uint32_t major, uint32_t minor, const char *name)
{
	char link[128], target[128];

	take(major, minor);
	snprintf(link, sizeof(link), "%s/sys/dev/block/%u:%u", root, major, minor);
	snprintf(target, sizeof(target), "../../devices/block/%s", name);
	assert_int_equal(symlink(target, link), 0);
}

static void assert_name(struct bdevs *b, uint32_t major, uint32_t minor, const char *expected)
{
	char buf[64];

	assert_int_equal(bdevs__name(b, root, major, minor, buf, sizeof(buf)), 0);
	assert_string_equal(buf, expected);
}

static void test_names_outlive_their_device(void **state)
{
	(void)state;
	put(259, 0, "pmem0");
	put(253, 1, "dm-1");
	bdevs__scan(known, root);
	take(259, 0);
	take(253, 1);
	assert_name(known, 259, 0, "pmem0");
	assert_name(known, 253, 1, "dm-1");
	assert_name(known, 259, 1, "259:1");
	assert_name(known, 253, 0, "253:0");
	/* later scans do not find it and change nothing */
	bdevs__scan(known, root);
	assert_name(known, 259, 0, "pmem0");
}

static void test_who_has_the_number_now_has_the_name(void **state)
{
	(void)state;
	put(259, 0, "pmem0");
	bdevs__scan(known, root);
	put(259, 0, "nvme0n1");
	assert_name(known, 259, 0, "nvme0n1");
	take(259, 0);
	assert_name(known, 259, 0, "nvme0n1");
	put(259, 0, "pmem1");
	bdevs__scan(known, root);
	take(259, 0);
	assert_name(known, 259, 0, "pmem1");
}

static void test_a_name_that_was_asked_for_is_known(void **state)
{
	(void)state;
	put(259, 3, "pmem3");
	assert_name(known, 259, 3, "pmem3");
	take(259, 3);
	assert_name(known, 259, 3, "pmem3");
}

static void test_nothing_is_remembered_without_memory(void **state)
{
	(void)state;
	put(259, 0, "pmem0");
	bdevs__scan(NULL, root);
	assert_name(NULL, 259, 0, "pmem0");
	take(259, 0);
	assert_name(NULL, 259, 0, "259:0");
	bdevs__free(NULL);
}

static void test_what_does_not_fit(void **state)
{
	char buf[8] = "unset";

	(void)state;
	put(259, 0, "0123456789012345678901234567890"); /* the kernel's longest name */
	put(259, 1, "01234567890123456789012345678901");
	bdevs__scan(known, root);
	assert_int_equal(bdevs__name(known, root, 259, 0, buf, sizeof(buf)), -ERANGE);
	assert_string_equal(buf, "unset");
	take(259, 0);
	take(259, 1);
	assert_name(known, 259, 0, "0123456789012345678901234567890");
	assert_name(known, 259, 1, "259:1");
	assert_int_equal(bdevs__name(known, root, 259, 0, buf, sizeof(buf)), -ERANGE);
}

/* The number of names is limited. Those of the devices that were removed first make room. */
static void test_those_gone_for_longest_make_room(void **state)
{
	char name[32];

	(void)state;
	put(8, 0, "stays");
	put(259, 0, "pmem0");
	bdevs__scan(known, root);
	take(259, 0);
	for (uint32_t i = 1; i < BDEVS_MAX - 1; i++) {
		snprintf(name, sizeof(name), "loop%u", i);
		put(7, i, name);
	}
	bdevs__scan(known, root);
	assert_name(known, 259, 0, "pmem0");
	put(253, 0, "dm-0");
	bdevs__scan(known, root);
	/* there is one device too many: the only removed one makes room */
	assert_name(known, 259, 0, "259:0");
	/* all names are of existing devices: a new device gets no place */
	put(253, 1, "dm-1");
	bdevs__scan(known, root);
	take(253, 1);
	assert_name(known, 253, 1, "253:1");
	take(253, 0);
	take(8, 0);
	assert_name(known, 253, 0, "dm-0");
	assert_name(known, 8, 0, "stays");
	take(7, BDEVS_MAX - 2);
	snprintf(name, sizeof(name), "loop%u", BDEVS_MAX - 2);
	assert_name(known, 7, BDEVS_MAX - 2, name);
}

/* Links in the folder of a dm or md device name the devices under it. */
static void stack(uint32_t major, uint32_t minor, const char *name, const char *below)
{
	char path[256], link[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s/slaves", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s/slaves/%s", root, name, below);
	assert_int_equal(symlink("../../anything", path), 0);
	snprintf(link, sizeof(link), "%s/sys/dev/block/%u:%u", root, major, minor);
	snprintf(path, sizeof(path), "../../../%s", name);
	assert_int_equal(symlink(path, link), 0);
}

static bool has(const uint32_t *dev, size_t n, uint32_t major, uint32_t minor)
{
	while (n--)
		if (dev[n] == (major << 20 | minor))
			return true;
	return false;
}

static void test_what_stands_on_a_disk(void **state)
{
	uint32_t dev[8];

	(void)state;
	put(259, 0, "pmem0");
	put(259, 1, "pmem0p1");
	put(259, 2, "pmem0.1");
	put(259, 3, "pmem01");
	put(259, 4, "pmem0p1x");
	put(8, 0, "sda");
	put(8, 1, "sda1");
	put(8, 2, "sdaa");
	stack(253, 1, "dm-1", "dm-0"); /* a scan may find it before the device under it */
	stack(253, 0, "dm-0", "pmem0p1");
	stack(9, 0, "md0", "sda");
	bdevs__scan(known, root);
	assert_int_equal(bdevs__stacked_on(known, "pmem0", dev, 8), 4);
	assert_true(has(dev, 4, 259, 0) && has(dev, 4, 259, 1));
	assert_true(has(dev, 4, 253, 0) && has(dev, 4, 253, 1));
	assert_int_equal(bdevs__stacked_on(known, "sda", dev, 8), 3);
	assert_true(has(dev, 3, 8, 0) && has(dev, 3, 8, 1) && has(dev, 3, 9, 0));
	/* removed devices still count; writes at most as many as there is room for */
	take(259, 0);
	take(259, 1);
	bdevs__scan(known, root);
	assert_int_equal(bdevs__stacked_on(known, "pmem0", dev, 8), 4);
	assert_int_equal(bdevs__stacked_on(known, "pmem0", dev, 3), 3);
	assert_int_equal(bdevs__stacked_on(known, "", dev, 8), 0);
	assert_int_equal(bdevs__stacked_on(NULL, "pmem0", dev, 8), 0);
	/* another device has the number now, and stands on nothing */
	put(253, 0, "loop0");
	bdevs__scan(known, root);
	assert_int_equal(bdevs__stacked_on(known, "pmem0", dev, 8), 2);
}

static void test_nothing_to_be_learnt(void **state)
{
	char path[128];
	FILE *f;

	(void)state;
	put(259, 0, "pmem0");
	bdevs__scan(known, root);
	take(259, 0);
	snprintf(path, sizeof(path), "%s/nowhere", root);
	bdevs__scan(known, path);
	assert_name(known, 259, 0, "pmem0");
	/* not a link: reading it fails, as when a device is removed during the scan */
	snprintf(path, sizeof(path), "%s/sys/dev/block/259:0", root);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	bdevs__scan(known, root);
	assert_name(known, 259, 0, "pmem0");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_sysfs, remove_sysfs)
	const struct CMUnitTest tests[] = {
		TEST(test_names_outlive_their_device),
		TEST(test_who_has_the_number_now_has_the_name),
		TEST(test_a_name_that_was_asked_for_is_known),
		TEST(test_nothing_is_remembered_without_memory),
		TEST(test_what_does_not_fit),
		TEST(test_those_gone_for_longest_make_room),
		TEST(test_what_stands_on_a_disk),
		TEST(test_nothing_to_be_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

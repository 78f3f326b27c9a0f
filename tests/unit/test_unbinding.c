// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which device a task unbinds, and which device a pgmap has, in a made-up /proc and /sys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/unbinding.h"
#include "root.h"

#define REGION "/sys/devices/platform/e820_pmem/ndbus0/region0"

static char path[UNBINDING_PATH];

static void folder(const char *name)
{
	mkdir(in_root(name), 0700);
}

static void put_link(const char *name, const char *to)
{
	const char *full = in_root(name);

	unlink(full);
	assert_int_equal(symlink(to, full), 0);
}

static int make_devices(void **state)
{
	if (make_root(state))
		return -1;
	strcpy(path, "as it was");
	folder(REGION "/namespace0.0");
	folder(REGION "/pfn0.1");
	put_link("/sys/bus/nd/devices/namespace0.0",
		 "../../../devices/platform/e820_pmem/ndbus0/region0/namespace0.0");
	put_link("/sys/bus/nd/devices/pfn0.1",
		 "../../../devices/platform/e820_pmem/ndbus0/region0/pfn0.1");
	put_link("/sys/bus/pci/devices/elsewhere", "../../../../class");
	folder("/sys/class");
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_devices, remove_root)

/* Process 10 is in a system call; its descriptor 3 is `file`, its memory has `text` at 0x100. */
static void task(const char *syscall, const char *file, const char *text)
{
	put_file("/proc/10/task/10/syscall", syscall);
	put_bytes("/proc/10/task/10/mem", "", 1, 0);
	put_bytes("/proc/10/task/10/mem", text, strlen(text), 0x100);
	put_link("/proc/10/task/10/fd/3", file);
}

static void assert_target(const char *wanted)
{
	assert_int_equal(unbinding__target(root, 10, 10, path), 0);
	assert_string_equal(path, wanted);
}

static void assert_none(void)
{
	assert_int_equal(unbinding__target(root, 10, 10, path), -ENOENT);
	assert_string_equal(path, "as it was");
}

#define WRITE(len) "1 0x3 0x100 " #len " 0x0 0x0 0x0 0x7ffc 0x7f00\n"
#define UNBIND "/sys/bus/nd/drivers/nd_pmem/unbind"

static void test_a_write_to_unbind(void **state)
{
	struct {
		uint64_t at, len;
	} iov = { 0x100, 12 };

	(void)state;
	task(WRITE(0xd), UNBIND, "namespace0.0\n");
	assert_target(REGION "/namespace0.0");
	/* The text has no newline, and goes on after what is written. */
	task(WRITE(0x6), UNBIND, "pfn0.1and more");
	assert_target(REGION "/pfn0.1");
	task("18 0x3 0x100 0x6 0x0 0x0 0x0 0x7ffc 0x7f00\n", UNBIND, "pfn0.1");
	assert_target(REGION "/pfn0.1");
	task("20 0x3 0x200 0x1 0x0 0x0 0x0 0x7ffc 0x7f00\n", UNBIND, "namespace0.0");
	put_bytes("/proc/10/task/10/mem", &iov, sizeof(iov), 0x200);
	assert_target(REGION "/namespace0.0");
}

/* If a task is running, /proc does not show its system call, but its registers may be known. */
static void test_by_arguments(void **state)
{
	uint64_t arg[3] = { 3, 0x100, 13 };

	(void)state;
	task("running\n", UNBIND, "namespace0.0\n");
	assert_none();
	assert_int_equal(unbinding__target_of(root, 10, 10, arg, path), 0);
	assert_string_equal(path, REGION "/namespace0.0");
	strcpy(path, "as it was");
	arg[0] = 4;
	assert_int_not_equal(unbinding__target_of(root, 10, 10, arg, path), 0);
	arg[0] = 3;
	arg[1] = 0xffffffff81000000;
	assert_int_not_equal(unbinding__target_of(root, 10, 10, arg, path), 0);
	assert_string_equal(path, "as it was");
}

static void test_a_write_to_an_attribute(void **state)
{
	(void)state;
	task(WRITE(0x1), "/sys/devices/pci0000:00/0000:00:03.0/remove", "1");
	assert_target("/sys/devices/pci0000:00/0000:00:03.0");
	task(WRITE(0x1), "/sys/devices/pci0000:00/0000:00:03.0/remove (deleted)", "1");
	assert_target("/sys/devices/pci0000:00/0000:00:03.0");
}

static void test_what_is_none(void **state)
{
	static const char *const texts[] = { "nosuch", "", "../x", "..", "a/b" };

	(void)state;
	assert_none(); /* no such process */
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		task(WRITE(0x20), UNBIND, texts[i]);
		assert_none();
	}
	task(WRITE(0xc), "/sys/bus/nd/drivers/nd_pmem/bind", "namespace0.0");
	assert_none();
	task(WRITE(0xc), "/tmp/drivers/nd_pmem/unbind", "namespace0.0");
	assert_none();
	task(WRITE(0xc), "/sys/bus/nd/unbind", "namespace0.0");
	assert_none();
	task(WRITE(0xc), "pipe:[12]", "namespace0.0");
	assert_none();
	/* A link to a place outside /sys/devices is not a device. */
	task(WRITE(0x9), "/sys/bus/pci/drivers/x/unbind", "elsewhere");
	assert_none();
	/* Another system call; a running task; a task in no system call. */
	task("87 0x3 0x100 0xc 0x0 0x0 0x0 0x7ffc 0x7f00\n", UNBIND, "namespace0.0");
	assert_none();
	task("running\n", UNBIND, "namespace0.0");
	assert_none();
	task("-1 0x7ffc 0x7f00\n", UNBIND, "namespace0.0");
	assert_none();
}

static void assert_device(const char *name, const char *dev, const char *wanted)
{
	assert_int_equal(unbinding__device(root, name, dev, path), 0);
	assert_string_equal(path, wanted);
}

static void test_the_device_of_a_pgmap(void **state)
{
	(void)state;
	/* The disk decides: between the namespace and the disk there may be another device. */
	assert_device("pmem0", "namespace0.0", REGION "/namespace0.0");
	folder(REGION "/pfn0.1/block/pmem0");
	put_link("/sys/block/pmem0/device",
		 "../../devices/platform/e820_pmem/ndbus0/region0/pfn0.1");
	assert_device("pmem0", "namespace0.0", REGION "/pfn0.1");
	folder("/sys/devices/pci0000:00/0000:00:03.0");
	put_link("/sys/bus/pci/devices/0000:00:03.0", "../../../devices/pci0000:00/0000:00:03.0");
	assert_device("0000:00:03.0", "", "/sys/devices/pci0000:00/0000:00:03.0");
	strcpy(path, "as it was");
	assert_int_equal(unbinding__device(root, "hmm_dmirror", "", path), -ENOENT);
	assert_int_equal(unbinding__device(root, "", "../../x", path), -ENOENT);
	assert_int_equal(unbinding__device(root, "", "elsewhere", path), -ENOENT);
	assert_string_equal(path, "as it was");
}

static void test_has_it_a_driver(void **state)
{
	(void)state;
	assert_false(unbinding__has_driver(root, REGION "/pfn0.1"));
	put_link(REGION "/pfn0.1/driver", "../../../../../..");
	assert_true(unbinding__has_driver(root, REGION "/pfn0.1"));
}

static void test_what_goes_with_what(void **state)
{
	static const struct {
		const char *target, *path;
		bool hits, sure;
	} cases[] = {
		{ REGION "/pfn0.1", REGION "/pfn0.1", true, true },
		{ REGION, REGION "/pfn0.1", true, true },
		{ REGION "/dax0.1", REGION "/dax0.1/dax0.0", true, true },
		{ REGION "/pfn0.1", REGION "/pfn0.10", false, true },
		{ REGION "/pfn0.1", REGION, false, true },
		{ REGION "/pfn0.1", REGION "/namespace0.0", true, false },
		{ REGION "/dax0.1", REGION "/namespace0.0", true, false },
		{ REGION "/btt0.1", REGION "/namespace0.0", false, true },
		{ "/sys/devices/region1/pfn1.1", REGION "/namespace0.0", false, false },
		{ REGION "/namespace0.0", REGION "/pfn0.1", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool sure;

		assert_int_equal(unbinding__affects(cases[i].target, cases[i].path, &sure),
				 cases[i].hits);
		assert_int_equal(sure, cases[i].sure);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_write_to_unbind),
		TEST(test_by_arguments),
		TEST(test_a_write_to_an_attribute),
		TEST(test_what_is_none),
		TEST(test_the_device_of_a_pgmap),
		TEST(test_has_it_a_driver),
		cmocka_unit_test(test_what_goes_with_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

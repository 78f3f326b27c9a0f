// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The system call of a thread, and its file, in a made-up /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/task_call.h"
#include "root.h"

#define NAME_AT 0x100ULL

static struct task_call call;

static void put_link(const char *name, const char *to)
{
	const char *full = in_root(name);

	unlink(full);
	assert_int_equal(symlink(to, full), 0);
}

/* Thread 11 of process 10 is in a system call; its memory has `text` at NAME_AT. */
static void read_call(long nr, unsigned long long a, unsigned long long b, unsigned long long c,
		      const char *text)
{
	char line[128];

	snprintf(line, sizeof(line), "%ld 0x%llx 0x%llx 0x%llx 0x0 0x0 0x0 0x7ffe 0x7fff\n", nr, a,
		 b, c);
	put_file("/proc/10/task/11/syscall", line);
	put_bytes("/proc/10/task/11/mem", "", 1, 0);
	put_bytes("/proc/10/task/11/mem", text, strlen(text) + 1, NAME_AT);
	put_link("/proc/10/task/11/fd/3", "/mnt/dax/f3");
	put_link("/proc/10/task/11/fd/4", "/mnt/folder");
	put_link("/proc/10/task/11/cwd", "/home/ann");
	memset(&call, 0x55, sizeof(call));
	task_call__read(root, 10, 11, &call);
}

static void assert_call(const char *name, const char *path)
{
	assert_string_equal(call.name, name);
	assert_string_equal(call.path, path);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_root, remove_root)

static void test_paths(void **state)
{
	(void)state;
	read_call(SYS_unlink, NAME_AT, 0, 0, "/mnt/dax/f0");
	assert_call("unlink", "/mnt/dax/f0");
	read_call(SYS_truncate, NAME_AT, 0, 0, "f0");
	assert_call("truncate", "/home/ann/f0");
	read_call(SYS_unlinkat, 4, NAME_AT, 0, "f0");
	assert_call("unlink", "/mnt/folder/f0");
	read_call(SYS_unlinkat, (unsigned int)-100, NAME_AT, 0, "f0");
	assert_call("unlink", "/home/ann/f0");
	read_call(SYS_unlinkat, 4, NAME_AT, 0, "/f0");
	assert_call("unlink", "/f0");
	read_call(SYS_umount2, NAME_AT, 0, 0, "/mnt/dax");
	assert_call("umount", "/mnt/dax");
	put_link("/proc/10/task/11/cwd", "/");
	task_call__read(root, 10, 11, &call);
}

static void test_descriptors(void **state)
{
	(void)state;
	read_call(SYS_write, 3, 0, 0, "");
	assert_call("write", "/mnt/dax/f3");
	read_call(SYS_ftruncate, 3, 0, 0, "");
	assert_call("truncate", "/mnt/dax/f3");
	read_call(SYS_copy_file_range, 9, 0, 3, "");
	assert_call("write", "/mnt/dax/f3");
	/* closed meanwhile */
	read_call(SYS_fsync, 7, 0, 0, "");
	assert_call("fsync", "");
}

static void test_no_file(void **state)
{
	(void)state;
	read_call(SYS_exit_group, 0, 0, 0, "");
	assert_call("exit", "");
	read_call(SYS_getpid, 0, 0, 0, "");
	assert_call("", "");
	read_call(-1, 0, 0, 0, "");
	assert_call("", "");
	put_file("/proc/10/task/11/syscall", "running\n");
	task_call__read(root, 10, 11, &call);
	assert_call("", "");
	task_call__read(root, 10, 12, &call);
	assert_call("", "");
}

static void test_names_that_cannot_be_read(void **state)
{
	char name[TASK_CALL_PATH + 1];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[TASK_CALL_PATH] = '\0';
	read_call(SYS_unlink, NAME_AT, 0, 0, name);
	assert_call("unlink", "");
	name[TASK_CALL_PATH - 1] = '\0';
	read_call(SYS_unlink, NAME_AT, 0, 0, name);
	assert_call("unlink", name);
	/* with the folder it is too long */
	name[0] = 'x';
	read_call(SYS_unlink, NAME_AT, 0, 0, name);
	assert_call("unlink", "");
	unlink(in_root("/proc/10/task/11/mem"));
	task_call__read(root, 10, 11, &call);
	assert_call("unlink", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_paths),
		TEST(test_descriptors),
		TEST(test_no_file),
		TEST(test_names_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

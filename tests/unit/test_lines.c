// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lines of source, from the DWARF of this program in place of vmlinux. It runs where the linker did
 * not say that it would, like a kernel with KASLR, and kallsyms is made up of its functions.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "kernel/lines.h"
#include "kernel/symbols.h"
#include "root.h"

#ifndef HAVE_LIBDW

static void test_without_libdw(void **state)
{
	struct lines *l = NULL;
	char why[256], buf[64];

	(void)state;
	assert_int_equal(lines__open(NULL, NULL, 0, NULL, &l, why, sizeof(why)), -ENOTSUP);
	assert_non_null(strstr(why, "libdw"));
	assert_null(l);
	assert_int_equal(lines__at(l, 1, buf, sizeof(buf)), -ENOENT);
	lines__close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_without_libdw) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* Where the functions below were called from. */
static uint64_t returns_to;
static volatile int sink;

__attribute__((noinline)) static void called(void)
{
	returns_to = (uintptr_t)__builtin_return_address(0);
	sink++;
}

/* The symbol that lines.c measures the kernel's place by. */
__attribute__((noinline, used)) void _stext(void);
void _stext(void)
{
	sink--;
}

static int plain_line;
__attribute__((noinline)) static void plain(void)
{
	plain_line = __LINE__ + 1;
	called();
	sink++;
}

static int inlined_line, inlining_line;
__attribute__((always_inline)) static inline void inlined(void)
{
	inlined_line = __LINE__ + 1;
	called();
	sink++;
}

__attribute__((noinline)) static void inlining(void)
{
	sink++;
	inlining_line = __LINE__ + 1;
	inlined();
	sink++;
}

static struct symbols *symbols;
static char self[512], why[512];
static struct lines *lines;

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Notes as the kernel shows them: another one first, and this program's. */
static void put_notes(void)
{
	static const char other[] = "\6\0\0\0\3\0\0\0\1\1\0\0Linux\0\0\0abc";
	char command[1024], *id;
	size_t len;

	snprintf(command, sizeof(command),
		 "objcopy -O binary --only-section=.note.gnu.build-id '%s' '%s/id'", self, root);
	assert_int_equal(system(command), 0);
	assert_int_equal(file__read(in_root("id"), SIZE_MAX, &id, &len), 0);
	put_bytes("sys/kernel/notes", other, sizeof(other), 0);
	put_bytes("sys/kernel/notes", id, len, sizeof(other));
	free(id);
}

static int make_kernel(void **state)
{
	char names[4][64], text[512] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0 || make_root(state))
		return -1;
	self[n] = '\0';
	snprintf(names[0], sizeof(names[0]), "%016" PRIxPTR " T _stext\n", (uintptr_t)_stext);
	snprintf(names[1], sizeof(names[1]), "%016" PRIxPTR " t plain\n", (uintptr_t)plain);
	snprintf(names[2], sizeof(names[2]), "%016" PRIxPTR " t inlining\n", (uintptr_t)inlining);
	snprintf(names[3], sizeof(names[3]), "%016" PRIxPTR " t called\n", (uintptr_t)called);
	qsort(names, 4, sizeof(names[0]), compare);
	for (int i = 0; i < 4; i++)
		strcat(text, names[i]);
	put_file("kallsyms", text);
	put_notes();
	lines = NULL;
	strcpy(why, "?");
	return symbols__load(in_root("kallsyms"), NULL, &symbols);
}

static int remove_kernel(void **state)
{
	lines__close(lines);
	symbols__free(symbols);
	return remove_root(state);
}

static int open_lines(const char *path)
{
	return lines__open(root, &path, 1, symbols, &lines, why, sizeof(why));
}

static void assert_line(uint64_t ip, const char *expected)
{
	char buf[512];

	assert_int_equal(lines__at(lines, ip, buf, sizeof(buf)), 0);
	assert_string_equal(buf, expected);
}

static void test_lines(void **state)
{
	char expected[256], buf[512];

	(void)state;
	assert_int_equal(open_lines(self), 0);
	assert_string_equal(why, "");
	plain();
	snprintf(expected, sizeof(expected), "%s:%d", __FILE__, plain_line);
	assert_line(returns_to, expected);
	inlining();
	snprintf(expected, sizeof(expected), "%s:%d, inlined at %s:%d", __FILE__, inlined_line,
		 __FILE__, inlining_line);
	assert_line(returns_to, expected);
	/* What does not fit is cut off, and ends with a NUL. */
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(lines__at(lines, returns_to, buf, 8), 0);
	assert_int_equal(strlen(buf), 7);
	assert_int_equal(lines__at(lines, returns_to, buf, strlen(expected) - 3), 0);
	assert_memory_equal(buf, expected, strlen(expected) - 4);
	assert_int_equal(lines__at(lines, 16, buf, sizeof(buf)), -ENOENT);
}

static void test_of_another_build(void **state)
{
	char notes[64] = "\4\0\0\0\4\0\0\0\3\0\0\0GNU\0abcd";

	(void)state;
	put_bytes("sys/kernel/notes", notes, 20, 0);
	assert_int_equal(truncate(in_root("sys/kernel/notes"), 20), 0);
	assert_int_equal(open_lines(self), -EINVAL);
	assert_non_null(strstr(why, self));
	assert_non_null(
		strstr(why, "of another build than the kernel that runs: the build IDs differ"));
	assert_null(lines);
	/* Notes that are cut at each byte. */
	for (int len = 19; len >= 0; len--) {
		assert_int_equal(truncate(in_root("sys/kernel/notes"), len), 0);
		assert_int_equal(open_lines(self), -EINVAL);
		assert_non_null(strstr(why, "what runs has no build ID"));
	}
	unlink(in_root("sys/kernel/notes"));
	assert_int_equal(open_lines(self), -EINVAL);
	assert_non_null(strstr(why, "what runs has no build ID"));
}

static void test_no_dwarf(void **state)
{
	char command[1200], path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s", in_root("stripped"));
	snprintf(command, sizeof(command), "strip -o '%s' '%s'", path, self);
	assert_int_equal(system(command), 0);
	assert_int_equal(open_lines(path), -EINVAL);
	assert_non_null(strstr(why, "no DWARF in it"));
}

static void test_bad_files(void **state)
{
	(void)state;
	assert_int_equal(open_lines("/nosuch/vmlinux"), -ENOENT);
	assert_string_equal(why, "/nosuch/vmlinux: No such file or directory");
	assert_null(lines);
	put_file("text", "not ELF\n");
	assert_int_equal(open_lines(in_root("text")), -EINVAL);
	assert_non_null(strstr(why, "/text: "));
	put_file("empty", "");
	assert_int_equal(open_lines(in_root("empty")), -EINVAL);
}

/* The symbol that the kernel's place is measured by is hidden. */
static void test_hidden_addresses(void **state)
{
	(void)state;
	symbols__free(symbols);
	put_file("kallsyms", "0000000000000000 T _stext\n0000000000000000 t plain\n");
	assert_int_equal(symbols__load(in_root("kallsyms"), NULL, &symbols), 0);
	assert_int_equal(open_lines(self), -EPERM);
	assert_non_null(strstr(why, "does not tell where _stext is"));
}

/* A module that is not loaded is no mistake: it may be loaded later. */
static void test_module_that_is_not_loaded(void **state)
{
	char path[128], buf[64];
	int err;

	(void)state;
	snprintf(path, sizeof(path), "%s", in_root("no-such-module.ko.xz"));
	put_file("no-such-module.ko.xz", "");
	err = open_lines(path);
	/* The vmlinux of this machine's kernel is searched, and need not be here. */
	assert_true(!err || err == -ENOENT);
	assert_non_null(lines);
	assert_true(!err == !why[0]);
	assert_int_equal(lines__at(lines, returns_to, buf, sizeof(buf)), -ENOENT);
}

int main(void)
{
#define test(f) cmocka_unit_test_setup_teardown(f, make_kernel, remove_kernel)
	const struct CMUnitTest tests[] = {
		test(test_lines),
		test(test_of_another_build),
		test(test_no_dwarf),
		test(test_bad_files),
		test(test_hidden_addresses),
		test(test_module_that_is_not_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Kernel symbols, from made-up kallsyms files in a folder of each test's own. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/symbols.h"

static char path[] = "/tmp/test_symbols.XXXXXX";

static int make_file(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/test_symbols.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	return close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static struct symbols *load(const char *text)
{
	struct symbols *s = NULL;

	write_file(text);
	assert_int_equal(symbols__load(path, NULL, &s), 0);
	assert_non_null(s);
	return s;
}

static void assert_format(struct symbols *s, uint64_t addr, const char *expected)
{
	char buf[128];

	assert_int_equal(symbols__format(s, addr, buf, sizeof(buf)), strlen(expected));
	assert_string_equal(buf, expected);
}

static void assert_sized(struct symbols *s, uint64_t addr, const char *expected)
{
	char buf[128];

	assert_int_equal(symbols__format_sized(s, addr, buf, sizeof(buf)), strlen(expected));
	assert_string_equal(buf, expected);
}

static const char typical[] = "0000000000000000 A fixed_percpu_data\n"
			      "000000000001f000 A this_cpu_off\n"
			      "ffffffff81000000 T _stext\n"
			      "ffffffff81000000 T _text\n"
			      "ffffffff81000100 t dax_disassociate_entry.isra.0\n"
			      "ffffffff81000200 T memunmap_pages\n"
			      "ffffffff81000300 t helper\n"
			      "ffffffff81000300 W helper_weak\n"
			      "ffffffff81000400 T last_function\n"
			      "ffffffff81000480 T _etext\n"
			      "ffffffff82000000 R rodata_thing\n"
			      "ffffffff82000100 D vmemmap_base\n"
			      "ffffffff82000200 b pgmap_array\n"
			      "ffffffff82000400 T _sinittext\n"
			      "ffffffff82000500 T _einittext\n"
			      "ffffffff82001000 B _end\n"
			      /* modules are not sorted */
			      "ffffffffc0203100 t xfs_last\t[xfs]\n"
			      "ffffffffc0203000 t xfs_first\t[xfs]\n"
			      "ffffffffc0203080 r xfs_table\t[xfs]\n"
			      "ffffffffc0203090 t xfs_second\t[xfs]\n"
			      "ffffffffc0101000 t helper\t[nd_pmem]\n"
			      "ffffffffc0101040 t pmem_probe\t[nd_pmem]\n"
			      "ffffffffc0101080 t $x\t[nd_pmem]\n"
			      "ffffffffc0300000 t ftrace_trampoline\t[__builtin__ftrace]\n"
			      "ffffffffc0400000 t bpf_prog_6deef7357e7b4530_on_get\t[bpf]\n";

static void test_addr(void **state)
{
	struct symbols *s = load(typical);

	(void)state;
	assert_false(symbols__hidden(s));
	assert_int_equal(symbols__addr(s, "memunmap_pages"), 0xffffffff81000200);
	assert_int_equal(symbols__addr(s, "vmemmap_base"), 0xffffffff82000100);
	assert_int_equal(symbols__addr(s, "pgmap_array"), 0xffffffff82000200);
	assert_int_equal(symbols__addr(s, "rodata_thing"), 0xffffffff82000000);
	assert_int_equal(symbols__addr(s, "helper_weak"), 0xffffffff81000300);
	assert_int_equal(symbols__addr(s, "this_cpu_off"), 0x1f000);
	assert_int_equal(symbols__addr(s, "pmem_probe"), 0xffffffffc0101040);
	assert_int_equal(symbols__addr(s, "ftrace_trampoline"), 0xffffffffc0300000);
	assert_int_equal(symbols__addr(s, "memunmap_page"), 0);
	assert_int_equal(symbols__addr(s, "memunmap_pagesx"), 0);
	assert_int_equal(symbols__addr(s, ""), 0);
	assert_true(symbols__has(s, "fixed_percpu_data"));
	assert_true(symbols__has(s, "dax_disassociate_entry.isra.0"));
	assert_false(symbols__has(s, "dax_disassociate_entry"));
	assert_false(symbols__has(s, "$x"));
	symbols__free(s);
	symbols__free(NULL);
}

static void test_object(void **state)
{
	const char *name = "unset", *module = "unset";
	struct symbols *s = load(typical);

	(void)state;
	assert_int_equal(symbols__object(s, 0xffffffffc0203080, &name, &module), 0);
	assert_string_equal(name, "xfs_table");
	assert_string_equal(module, "xfs");
	assert_int_equal(symbols__object(s, 0xffffffff82000000, &name, &module), 0);
	assert_string_equal(name, "rodata_thing");
	assert_null(module);
	assert_int_equal(symbols__object(s, 0xffffffffc0203080, NULL, NULL), 0);
	/* an address inside the object fails; a failed call sets nothing */
	assert_int_equal(symbols__object(s, 0xffffffff82000001, &name, &module), -ENOENT);
	assert_int_equal(symbols__object(s, 0, &name, &module), -ENOENT);
	assert_string_equal(name, "rodata_thing");
	/* finds the object of a module that came later, without symbols__reload() */
	symbols__free(s);
	s = load("ffffffff81000000 T _stext\n");
	write_file("ffffffff81000000 T _stext\n"
		   "ffffffffc0500000 d late_ops\t[late]\n");
	assert_int_equal(symbols__object(s, 0xffffffffc0500000, &name, &module), 0);
	assert_string_equal(name, "late_ops");
	assert_string_equal(module, "late");
	symbols__free(s);
	s = load("0000000000000000 T _stext\n");
	assert_int_equal(symbols__object(s, 0xffffffffc0500000, &name, &module), -EPERM);
	symbols__free(s);
}

static void test_vmlinux_first(void **state)
{
	/* symbols of vmlinux have priority, also after a module's; else the first line counts */
	struct symbols *s = load("ffffffffc0000000 t twin\t[mod]\n"
				 "ffffffff81000000 t twin\n"
				 "ffffffff81000100 t twin\n"
				 "ffffffffc0000100 t pair\t[mod]\n"
				 "ffffffffc0000200 t pair\t[other]\n");

	(void)state;
	assert_int_equal(symbols__addr(s, "twin"), 0xffffffff81000000);
	assert_int_equal(symbols__addr(s, "pair"), 0xffffffffc0000100);
	symbols__free(s);
}

static void test_suffixed(void **state)
{
	struct symbols *s = load("ffffffff81000000 t dax_disassociate_entry.isra.0\n"
				 "ffffffff81000020 t dax_disassociate_entry.isra.0.cold\n"
				 "ffffffff81000040 t __pfx_dax_disassociate_entry.isra.0\n"
				 "ffffffff81000080 t both.isra.0.constprop.12\n"
				 "ffffffff81000100 t cold_only.cold\n"
				 "ffffffff81000180 t two.isra.0\n"
				 "ffffffff81000200 t two.constprop.1\n"
				 "ffffffff81000280 t alias.isra.0\n"
				 "ffffffff81000280 t alias.llvm.123456789\n"
				 "ffffffff81000300 t part_of.part.3\n"
				 "ffffffff81000380 d data.isra.0\n"
				 "ffffffff81000400 t odd.isra\n"
				 "ffffffff81000480 t odd.isra.\n"
				 "ffffffff81000500 t odd.isra.0x\n"
				 "ffffffff81000580 t odd.other.0\n"
				 "ffffffff810005a0 t odd.isra.0xisra.1\n"
				 "ffffffff810005c0 t cold_only.cold.7\n"
				 "ffffffff81000600 t plain\n"
				 "ffffffffc0000000 t in_mod.lto_priv.0\t[mod]\n");

	(void)state;
	assert_string_equal(symbols__suffixed(s, "dax_disassociate_entry"),
			    "dax_disassociate_entry.isra.0");
	assert_string_equal(symbols__suffixed(s, "both"), "both.isra.0.constprop.12");
	assert_string_equal(symbols__suffixed(s, "alias"), "alias.isra.0");
	assert_string_equal(symbols__suffixed(s, "part_of"), "part_of.part.3");
	assert_string_equal(symbols__suffixed(s, "in_mod"), "in_mod.lto_priv.0");
	assert_null(symbols__suffixed(s, "two"));
	assert_null(symbols__suffixed(s, "cold_only"));
	assert_null(symbols__suffixed(s, "data"));
	assert_null(symbols__suffixed(s, "odd"));
	assert_null(symbols__suffixed(s, "plain"));
	assert_null(symbols__suffixed(s, "dax_disassociate"));
	assert_null(symbols__suffixed(s, "bot"));
	assert_null(symbols__suffixed(s, ""));
	symbols__free(s);
}

static void test_name(void **state)
{
	const char *name = "unset", *module = "unset";
	struct symbols *s = load(typical);
	uint64_t off = 77;

	(void)state;
	assert_int_equal(symbols__name(s, 0xffffffff81000212, &name, &module, &off), 0);
	assert_string_equal(name, "memunmap_pages");
	assert_null(module);
	assert_int_equal(off, 0x12);
	assert_int_equal(symbols__name(s, 0xffffffffc02030ff, &name, &module, &off), 0);
	assert_string_equal(name, "xfs_second");
	assert_string_equal(module, "xfs");
	assert_int_equal(off, 0x6f);
	assert_int_equal(symbols__name(s, 0xffffffffc0101041, NULL, NULL, NULL), 0);

	name = "unset";
	assert_int_equal(symbols__name(s, 0x1234, &name, &module, &off), -ENOENT);
	assert_string_equal(name, "unset");
	assert_string_equal(module, "xfs");
	assert_int_equal(off, 0x6f);
	symbols__free(s);
}

static void test_format(void **state)
{
	struct symbols *s = load(typical);
	char buf[8] = "";

	(void)state;
	assert_format(s, 0xffffffff81000200, "memunmap_pages+0x0");
	assert_format(s, 0xffffffff810002ff, "memunmap_pages+0xff");
	assert_format(s, 0xffffffff81000000, "_stext+0x0"); /* the first of several aliases */
	assert_format(s, 0xffffffff81000304, "helper+0x4");
	assert_format(s, 0xffffffff81000100, "dax_disassociate_entry.isra.0+0x0");
	assert_format(s, 0xffffffffc0203012, "xfs_first+0x12 [xfs]");
	assert_format(s, 0xffffffffc0203110, "xfs_last+0x10 [xfs]");
	assert_format(s, 0xffffffffc0101000, "helper+0x0 [nd_pmem]");
	assert_format(s, 0xffffffffc0300008, "ftrace_trampoline+0x8 [__builtin__ftrace]");
	assert_format(s, 0xffffffffc0400008, "bpf_prog_6deef7357e7b4530_on_get+0x8 [bpf]");

	/* with the size of the function: up to the next symbol, or to the end of a module's page */
	assert_int_equal(symbols__format_sized(s, 0xffffffff81000204, buf, sizeof(buf)), 24);
	assert_sized(s, 0xffffffff81000204, "memunmap_pages+0x4/0x100");
	assert_sized(s, 0xffffffff81000304, "helper+0x4/0x100");
	assert_sized(s, 0xffffffffc0203110, "xfs_last+0x10/0xf00 [xfs]");
	assert_sized(s, 0xffffffff00000000, "0xffffffff00000000");

	/* returns the length of the whole text, and cuts it */
	assert_int_equal(symbols__format(s, 0xffffffff81000200, buf, sizeof(buf)), 18);
	assert_string_equal(buf, "memunma");
	assert_int_equal(symbols__format(s, 0xffffffff81000200, NULL, 0), 18);
	symbols__free(s);
}

static void test_bounds(void **state)
{
	struct symbols *s = load(typical);

	(void)state;
	/* no function extends into data, or beyond the end of text */
	assert_format(s, 0xffffffffc0203081, "0xffffffffc0203081");
	assert_format(s, 0xffffffff8100047f, "last_function+0x7f");
	assert_format(s, 0xffffffff81000480, "0xffffffff81000480");
	assert_format(s, 0xffffffff81234567, "0xffffffff81234567");
	assert_format(s, 0xffffffff82000104, "0xffffffff82000104");
	assert_format(s, 0xffffffff82000500, "0xffffffff82000500");
	/* before the first symbol, after the last one, and in user space */
	assert_format(s, 0x10, "0x0000000000000010");
	assert_format(s, 0xffffffff80000000, "0xffffffff80000000");
	assert_format(s, UINT64_MAX, "0xffffffffffffffff");
	/* the last function of a module ends with its page */
	assert_format(s, 0xffffffffc0101fff, "pmem_probe+0xfbf [nd_pmem]");
	assert_format(s, 0xffffffffc0102000, "0xffffffffc0102000");
	symbols__free(s);

	/* two functions of one pseudo module with a gap between them are not one large function */
	s = load("ffffffff81000000 T f\n"
		 "ffffffffc0000000 t bpf_prog_a\t[bpf]\n"
		 "ffffffffc0001800 t bpf_prog_b\t[bpf]\n"
		 "ffffffffc0100000 t bpf_prog_c\t[bpf]\n"
		 "ffffffffc0102000 t next\t[mod]\n");
	assert_format(s, 0xffffffffc0001100, "bpf_prog_a+0x1100 [bpf]");
	assert_format(s, 0xffffffffc0001900, "bpf_prog_b+0x100 [bpf]");
	assert_format(s, 0xffffffffc0002000, "0xffffffffc0002000");
	/* a function does not extend into another module either */
	assert_format(s, 0xffffffffc0100fff, "bpf_prog_c+0xfff [bpf]");
	assert_format(s, 0xffffffffc0101000, "0xffffffffc0101000");
	symbols__free(s);
}

static void test_hidden(void **state)
{
	struct symbols *s = load("0000000000000000 T memunmap_pages\n"
				 "0000000000000000 t dax_disassociate_entry.isra.0\n"
				 "0000000000000000 t two.isra.0\n"
				 "0000000000000000 t two.isra.1\n"
				 "0000000000000000 t pmem_probe\t[nd_pmem]\n");
	const char *name = "unset";

	(void)state;
	assert_true(symbols__hidden(s));
	assert_true(symbols__has(s, "memunmap_pages"));
	assert_true(symbols__has(s, "pmem_probe"));
	assert_false(symbols__has(s, "pmem_remove"));
	assert_int_equal(symbols__addr(s, "memunmap_pages"), 0);
	assert_string_equal(symbols__suffixed(s, "dax_disassociate_entry"),
			    "dax_disassociate_entry.isra.0");
	assert_null(symbols__suffixed(s, "two"));
	assert_int_equal(symbols__name(s, 0, &name, NULL, NULL), -EPERM);
	assert_int_equal(symbols__name(s, 0xffffffffc0000000, &name, NULL, NULL), -EPERM);
	assert_string_equal(name, "unset");
	assert_format(s, 0xffffffff81000000, "0xffffffff81000000");
	symbols__free(s);
}

static void test_errors(void **state)
{
	struct symbols *untouched = (struct symbols *)&path, *s = untouched;

	(void)state;
	assert_int_equal(symbols__load("/nonexistent/kallsyms", NULL, &s), -ENOENT);
	assert_int_equal(symbols__load("/tmp", NULL, &s), -EISDIR);
	write_file("");
	assert_int_equal(symbols__load(path, NULL, &s), -EINVAL);
	write_file("these are\nnot symbols\n\n\nffffffff81000000\nffffffff81000000 T\n"
		   "ffffffff81000000 T \nffffffff81000000  T f\nffffffff81000000 Txf\n"
		   "fffffffff81000000 T too_many_digits\n T f\n");
	assert_int_equal(symbols__load(path, NULL, &s), -EINVAL);
	assert_ptr_equal(s, untouched);

	/* bad lines do not affect good ones; the last line has no newline */
	s = load("garbage\n81000000 T short_address\nffffffff81000100 T last");
	assert_int_equal(symbols__addr(s, "short_address"), 0x81000000);
	assert_int_equal(symbols__addr(s, "last"), 0xffffffff81000100);
	symbols__free(s);
}

static void test_reload(void **state)
{
	static const char before[] = "ffffffff81000000 T f\n"
				     "ffffffff81000100 T _etext\n"
				     "ffffffffc0000000 t gone\t[old]\n";
	static const char after[] = "ffffffff81000000 T f\n"
				    "ffffffff81000100 T _etext\n"
				    "ffffffffc0100000 t came\t[new]\n";
	static const char later[] = "ffffffff81000000 T f\n"
				    "ffffffff81000100 T _etext\n"
				    "ffffffffc0200000 t third\t[new]\n";
	const char *f = NULL, *gone = NULL, *old = NULL, *name = NULL;
	struct symbols *s = load(before);

	(void)state;
	assert_int_equal(symbols__name(s, 0xffffffff81000000, &f, NULL, NULL), 0);
	assert_int_equal(symbols__name(s, 0xffffffffc0000000, &gone, &old, NULL), 0);
	write_file(after);
	/* addresses that are known, in user space or in vmlinux are no reason to read again */
	assert_format(s, 0xffffffffc0000000, "gone+0x0 [old]");
	assert_format(s, 0x7fff00000000, "0x00007fff00000000");
	assert_format(s, 0xffffffff81000100, "0xffffffff81000100");
	assert_false(symbols__has(s, "came"));
	/* an unknown address that may belong to a module is */
	assert_format(s, 0xffffffffc0100004, "came+0x4 [new]");
	assert_false(symbols__has(s, "gone"));
	/* names that were returned before stay valid, and are the same pointers */
	assert_string_equal(gone, "gone");
	assert_string_equal(old, "old");
	assert_int_equal(symbols__name(s, 0xffffffff81000000, &name, NULL, NULL), 0);
	assert_ptr_equal(name, f);

	/* the file is not read twice within a second */
	write_file(later);
	assert_format(s, 0xffffffffc0200000, "0xffffffffc0200000");
	/* later it is read again */
	nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 20000000 }, NULL);
	assert_format(s, 0xffffffffc0200000, "third+0x0 [new]");

	/* symbols__reload() always reads it */
	write_file(before);
	assert_int_equal(symbols__reload(s), 0);
	assert_format(s, 0xffffffffc0000000, "gone+0x0 [old]");

	/* a failed reload changes nothing */
	write_file("0000000000000000 T f\n");
	assert_int_equal(symbols__reload(s), -EPERM);
	write_file("nothing\n");
	assert_int_equal(symbols__reload(s), -EINVAL);
	assert_format(s, 0xffffffffc0000000, "gone+0x0 [old]");
	assert_false(symbols__hidden(s));
	symbols__free(s);
}

/* Each symbol of a large file in a random order is found by name and by address. */
static void test_large(void **state)
{
	enum { NR = 50000 };
	struct symbols *s = NULL;
	char name[32];
	uint32_t at = 7;
	FILE *f;

	(void)state;
	f = fopen(path, "w");
	assert_non_null(f);
	for (uint32_t i = 0; i < NR; i++) {
		at = (at + 31337) % NR; /* coprime: gives each number once */
		fprintf(f, "%016llx t function_%u%s\n", 0xffffffff81000000ull + at * 16ull, at,
			i < NR / 2 ? "" : "\t[module]");
	}
	assert_int_equal(fclose(f), 0);
	assert_int_equal(symbols__load(path, NULL, &s), 0);
	for (uint32_t i = 0; i < NR; i++) {
		const char *found = NULL;
		uint64_t off = 0;

		snprintf(name, sizeof(name), "function_%u", i);
		assert_int_equal(symbols__addr(s, name), 0xffffffff81000000ull + i * 16ull);
		assert_int_equal(
			symbols__name(s, 0xffffffff81000005ull + i * 16ull, &found, NULL, &off), 0);
		assert_string_equal(found, name);
		assert_int_equal(off, 5);
	}
	assert_false(symbols__has(s, "function_50000"));
	symbols__free(s);
}

/* The symbols of this machine, if it has them. */
static void test_real(void **state)
{
	struct symbols *s = NULL;
	uint64_t addr;
	int err;

	(void)state;
	err = symbols__load(NULL, NULL, &s);
	if (err == -ENOENT)
		skip();
	assert_int_equal(err, 0);
	assert_true(symbols__has(s, "schedule"));
	addr = symbols__addr(s, "schedule");
	if (!symbols__hidden(s)) {
		assert_format(s, addr + 1, "schedule+0x1");
	} else {
		assert_int_equal(addr, 0);
	}
	symbols__free(s);
}

/* Symbols loaded with a list of first names give the same answers, whichever is asked first. */
static void test_first_names(void **state)
{
	static const char *const first[] = { "dax_disassociate_entry", "pgmap_array", "nothing",
					     NULL };
	struct symbols *s;
	const char *name;

	(void)state;
	for (int round = 0; round < 4; round++) {
		write_file(typical);
		assert_int_equal(symbols__load(path, first, &s), 0);
		assert_false(symbols__hidden(s));
		assert_int_equal(symbols__addr(s, "pgmap_array"), 0xffffffff82000200);
		assert_false(symbols__has(s, "nothing"));
		assert_false(symbols__has(s, "dax_disassociate_entry"));
		assert_string_equal(symbols__suffixed(s, "dax_disassociate_entry"),
				    "dax_disassociate_entry.isra.0");
		/* Indexing does not read the file again. */
		write_file("ffffffff81000000 T another\n");
		name = symbols__suffixed(s, "dax_disassociate_entry");
		switch (round) {
		case 0:
			assert_int_equal(symbols__index(s), 0);
			break;
		case 1:
			assert_true(symbols__has(s, "memunmap_pages"));
			break;
		case 2:
			assert_string_equal(symbols__at(s, 0xffffffff82000100), "vmemmap_base");
			break;
		case 3:
			assert_format(s, 0xffffffff81000310, "helper+0x10");
			break;
		}
		assert_int_equal(symbols__addr(s, "helper"), 0xffffffff81000300);
		assert_string_equal(name, "dax_disassociate_entry.isra.0");
		assert_int_equal(symbols__reload(s), 0);
		assert_false(symbols__has(s, "helper"));
		assert_string_equal(name, "dax_disassociate_entry.isra.0");
		symbols__free(s);
	}
}

/* A file without these names is no error, and neither is a file that hides addresses. */
static void test_first_names_missing(void **state)
{
	static const char *const first[] = { "memunmap_pages", NULL };
	struct symbols *s;

	(void)state;
	write_file("ffffffff81000000 T another\n");
	assert_int_equal(symbols__load(path, first, &s), 0);
	assert_false(symbols__has(s, "memunmap_pages"));
	assert_false(symbols__hidden(s));
	assert_int_equal(symbols__reload(s), 0);
	assert_true(symbols__has(s, "another"));
	symbols__free(s);
	write_file("0000000000000000 T another\n");
	assert_int_equal(symbols__load(path, first, &s), 0);
	assert_true(symbols__hidden(s));
	symbols__free(s);
	write_file("nothing of the kind\n");
	assert_int_equal(symbols__load(path, first, &s), -EINVAL);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_file, remove_file)
	const struct CMUnitTest tests[] = {
		TEST(test_object),	  TEST(test_addr),
		TEST(test_vmlinux_first), TEST(test_suffixed),
		TEST(test_name),	  TEST(test_format),
		TEST(test_bounds),	  TEST(test_hidden),
		TEST(test_errors),	  TEST(test_reload),
		TEST(test_large),	  TEST(test_real),
		TEST(test_first_names),	  TEST(test_first_names_missing),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Holders that were found, and those that were not, in text and JSON. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "model/grade.h"
#include "out_dir.h"
#include "report/report_parts.h"
#include "report/report_walked.h"

static struct walked_set *whole_set(void)
{
	struct walked_set *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->done = 7;
	s->pages = s->rings = true;
	s->seen = (struct pgr_walk_seen){ .tasks = 3, .files = 14, .maps = 15 };
	s->ns = 9000000;
	return s;
}

static void add(struct walked_set *s, enum pgr_walk_how how, const char *comm, uint32_t tgid,
		uint32_t fd, uint64_t object, uint64_t pages, uint32_t flags, const char *path)
{
	struct pgr_walked r = {
		.how = how,
		.fd = fd,
		.task = { .tgid = tgid, .tid = tgid },
		.object = object,
		.ino = 12,
		.dev = 4095u << 20 | 7,
		.mode = 0100644,
		.pages = pages,
		.flags = flags,
		.nr_ranges = pages > 0,
		.range = { { 0x100, pages } },
	};

	snprintf(r.task.comm, sizeof(r.task.comm), "%s", comm);
	if (how == PGR_WALK_MAP) {
		r.start = 0x7000;
		r.end = 0x9000;
	}
	assert_int_equal(walked__add(s, &r, path), 0);
}

/* Returns the report. Frees s. */
static const char *report(struct walked_set *s, const struct pgr_sweep *pages, bool json)
{
	struct grade_facts f = { .pages = pages, .idle = 1 };
	struct report r = { .out = open_out(json), .details = true };

	walked__finish(s);
	if (!s->err)
		grade__set(s, &f);
	out__begin(r.out, "test");
	part__walked(&r, s, pages);
	out__end(r.out);
	walked__free(s);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static void test_nothing_where_nobody_asked(void **state)
{
	struct report r = { .out = open_out(false), .details = true };

	(void)state;
	part__walked(&r, NULL, NULL);
	assert_int_equal(out__close(r.out), 0);
	assert_string_equal(read_file(out_path), "");
}

#define LOOKED "searched 3 tasks, 14 files, 15 mappings in 9.0 ms\n"

static void test_nobody(void **state)
{
	(void)state;
	assert_string_equal(report(whole_set(), NULL, false),
			    "  found     " LOOKED
			    "    no holder found in pipes, rings, mappings or open files\n");
}

#define DEV .dev = 4095u << 20 | 7

static void test_each_kind(void **state)
{
	struct pgr_sweep w = { .busy = 4,
			       .listed = 4,
			       .flags = PGR_SWEEP_DONE,
			       .list = { { .pfn = 0x100, .refcount = 2050, .ino = 12, DEV },
					 { .pfn = 0x101, .refcount = 2, .ino = 12, DEV },
					 { .pfn = 0x102, .refcount = 2, .ino = 12, DEV },
					 { .pfn = 0x200, .refcount = 2, .ino = 12, DEV } } };
	struct walked_set *s = whole_set();

	(void)state;
	add(s, PGR_WALK_PIPE, "pin", 5, 4, 1, 3, 0, "");
	add(s, PGR_WALK_URING, "ring", 6, PGR_NO_FD, 2, 1, PGR_WALKED_CUT, "");
	add(s, PGR_WALK_MAP, "app", 7, PGR_NO_FD, 0, 0, PGR_WALKED_STRONG, "/mnt/f");
	add(s, PGR_WALK_FD, "app", 7, 3, 0, 0, PGR_WALKED_STRONG, "");
	add(s, PGR_WALK_MAP, "all", 8, PGR_NO_FD, 0, 0, 0, "/mnt/g");
	add(s, PGR_WALK_MAP, "all", 8, PGR_NO_FD, 0, 0, 0, "/mnt/h");
	add(s, PGR_WALK_FD, "all", 8, 9, 0, 0, 0, "/mnt/g");
	add(s, PGR_WALK_PINNER, "mr", 9, 3, 0, 0, 0, "/dev/infiniband/uverbs0");
	add(s, PGR_WALK_PINNER, "mr", 10, 3, 0, 0, 0, "");
	add(s, PGR_WALK_URING, "io", 11, 5, 3, 0, 0, "");
	add(s, PGR_WALK_XDP, "xsk", 12, 6, 4, 1, 0, "");
	assert_string_equal(
		report(s, &w, false),
		"  found     3 of 4 busy pages in pipes, rings or umems\n"
		"            " LOOKED
		"    holds it (found) pin/5: pipe, fd 4; 3 pages, pfn 0x100 to 0x102\n"
		"    holds it (found) ring/6: io_uring buffer; 1 page, pfn 0x100, and perhaps more\n"
		"    holds it (found) xsk/12: umem of an AF_XDP socket, fd 6; 1 page, pfn 0x100\n"
		"    could hold it (found) app/7: maps /mnt/f, inode 12, at 0x7000\n"
		"    could hold it (found) io/11: has an io_uring, fd 5\n"
		"    could hold it (found) mr/9: has open /dev/infiniband/uverbs0 (RDMA), fd 3\n"
		"    could hold it (found) mr/10: has open a file that pins memory (RDMA), fd 3\n"
		"    has it open (found) app/7: a file on 4095:7, inode 12, fd 3\n"
		"    has it open (found) all/8: 2 mappings of files on 4095:7, as /mnt/g\n"
		"    has it open (found) all/8: 1 open file on 4095:7, as /mnt/g, fd 9\n"
		"    1 of 4 busy pages: holder not found: one listed as \"could hold it\",\n"
		"      or a pin in flight, or held by the kernel\n");
}

/* An object of an older generation of the device is not called a holder. */
static void test_stale_pages(void **state)
{
	struct pgr_sweep w = { .busy = 2,
			       .listed = 2,
			       .flags = PGR_SWEEP_DONE,
			       .list = { { .pfn = 0x100, .refcount = 2 },
					 { .pfn = 0x200, .refcount = 2 } } };
	struct walked_set *s = whole_set();

	(void)state;
	add(s, PGR_WALK_PIPE, "old", 5, 4, 1, 3, 0, "");
	s->v[0].idle = 3;
	add(s, PGR_WALK_PIPE, "half", 6, 4, 2, 3, 0, "");
	s->v[1].idle = 2;
	add(s, PGR_WALK_PIPE, "new", 7, 4, 3, 1, 0, "");
	add(s, PGR_WALK_PIPE, "one", 8, 4, 4, 1, 0, "");
	s->v[2].range[0].pfn = s->v[3].range[0].pfn = 0x200;
	assert_string_equal(
		report(s, &w, false),
		"  found     1 of 2 busy pages in pipes, rings or umems\n"
		"            " LOOKED
		"    could hold it (found) half/6: pipe, fd 4; 3 pages, pfn 0x100 to 0x102, "
		"of an older generation of the device, at least in part: 2 of them no longer in use\n"
		"    could hold it (found) new/7: pipe, fd 4; 1 page, pfn 0x200, "
		"perhaps of an older generation of the device: a page has fewer references than holders\n"
		"    could hold it (found) one/8: pipe, fd 4; 1 page, pfn 0x200, "
		"perhaps of an older generation of the device: a page has fewer references than holders\n"
		"    holds nothing (found) old/5: pipe, fd 4; 3 pages, pfn 0x100 to 0x102, "
		"of an older generation of the device: no longer in use\n"
		"    1 of 2 busy pages: holder not found: one listed as \"could hold it\",\n"
		"      or a pin in flight, or held by the kernel\n");
}

/* If a holder was traced, the report says that it found no other one. */
static void test_nobody_is_not_said_beside_a_holder(void **state)
{
	struct walked_set *s = whole_set();

	(void)state;
	s->others = true;
	assert_string_equal(report(s, NULL, false),
			    "  found     " LOOKED
			    "    no other holder found in pipes, rings, mappings or open files\n");
	s = whole_set();
	s->others = true;
	s->done = 3;
	assert_non_null(strstr(report(s, NULL, false), "    no other holder found so far\n"));
}

static void test_no_holder(void **state)
{
	struct pgr_sweep w = { .busy = 90, .listed = 2 };

	(void)state;
	assert_string_equal(
		report(whole_set(), &w, false),
		"  found     0 of the first 2 busy pages in pipes, rings or umems\n"
		"            " LOOKED "    no holder found in pipes, rings, mappings or open files\n"
		"    2 of 2 busy pages: holder not found: a pin in flight, or held by the kernel\n");
}

static void test_what_was_not_looked_at(void **state)
{
	struct walked_set *s = whole_set();

	(void)state;
	s->done = 1;
	s->rings = s->pages = false;
	s->seen.cut = 2;
	s->seen.pid_level = 1;
	s->seen.strange = PGR_STRANGE_PIPE | PGR_STRANGE_XDP;
	assert_string_equal(report(s, NULL, false),
			    "  found     " LOOKED "    no holder found so far\n"
			    "    not searched: all of open files, mappings, "
			    "pages (the address of the struct pages is not known), "
			    "io_uring (its address is hidden, or it is not there), "
			    "tasks outside of this PID namespace, "
			    "pipes (their layout in this kernel is not known), "
			    "AF_XDP umems (their layout in this kernel is not known), "
			    "the end of 2 pipes and rings\n");
}

static void test_no_walk_at_all(void **state)
{
	struct walked_set *s = whole_set();

	(void)state;
	s->err = -EPERM;
	snprintf(s->why, sizeof(s->why), "this kernel refuses");
	assert_string_equal(report(s, NULL, false), "  found     no search: this kernel refuses\n");
}

static void test_names_are_harmless_and_json_has_them_whole(void **state)
{
	struct walked_set *s = whole_set();
	json_t *line, *found, *h;

	(void)state;
	add(s, PGR_WALK_FD, "a\033b", 7, 3, 0, 0, PGR_WALKED_STRONG, "/mnt/\033[2J\n");
	assert_null(strchr(report(s, NULL, false), '\033'));
	s = whole_set();
	add(s, PGR_WALK_FD, "a", 7, 3, 0, 0, PGR_WALKED_STRONG, "/mnt/\033[2J\n");
	add(s, PGR_WALK_PINNER, "mr", 8, 3, 0, 0, 0, "/dev/infiniband/uverbs0");
	for (int i = 0; i < 50; i++)
		add(s, PGR_WALK_PIPE, "p", 100 + i, 3, 1, 2, 0, "");
	line = json_loads(report(s, NULL, true), 0, NULL);
	assert_non_null(line);
	found = json_object_get(line, "found");
	assert_true(json_is_true(json_object_get(found, "complete")));
	/* JSON has all of them; the text stops earlier */
	assert_int_equal(json_array_size(json_object_get(found, "holders")), 52);
	h = json_array_get(json_object_get(found, "holders"), 50);
	assert_string_equal(json_string_value(json_object_get(h, "how")), "pinner");
	assert_string_equal(json_string_value(json_object_get(h, "grade")), "could-hold");
	assert_string_equal(json_string_value(json_object_get(h, "kind")), "RDMA");
	h = json_array_get(json_object_get(found, "holders"), 51);
	assert_string_equal(json_string_value(json_object_get(h, "grade")), "has-open");
	assert_string_equal(json_string_value(json_object_get(h, "how")), "fd");
	assert_string_equal(json_string_value(json_object_get(h, "path")), "/mnt/\033[2J\n");
	assert_int_equal(json_integer_value(json_object_get(h, "inode")), 12);
	h = json_array_get(json_object_get(found, "holders"), 0);
	assert_string_equal(json_string_value(json_object_get(h, "grade")), "holds");
	assert_int_equal(json_integer_value(json_object_get(h, "pages")), 2);
	assert_string_equal(json_string_value(json_object_get(h, "first_pfn")), "0x100");
	json_decref(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_where_nobody_asked),
		TEST(test_nobody),
		TEST(test_each_kind),
		TEST(test_stale_pages),
		TEST(test_nobody_is_not_said_beside_a_holder),
		TEST(test_no_holder),
		TEST(test_what_was_not_looked_at),
		TEST(test_no_walk_at_all),
		TEST(test_names_are_harmless_and_json_has_them_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

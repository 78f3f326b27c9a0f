// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records of the walks become one entry for each process and object, in a useful order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/walked.h"

static struct walked_set *set;

static int make_set(void **state)
{
	(void)state;
	set = calloc(1, sizeof(*set));
	return set ? 0 : -1;
}

static int free_set(void **state)
{
	(void)state;
	walked__free(set);
	return 0;
}

static struct pgr_walked record(enum pgr_walk_how how, uint32_t tgid, uint32_t fd)
{
	struct pgr_walked r = { .how = how, .fd = fd, .task = { tgid, tgid, "t" } };

	return r;
}

static void add(const struct pgr_walked *r, const char *path)
{
	assert_int_equal(walked__add(set, r, path), 0);
}

static void add_pipe(uint32_t tgid, uint32_t fd, uint64_t object, uint64_t pfn, uint64_t nr)
{
	struct pgr_walked r = record(PGR_WALK_PIPE, tgid, fd);

	r.object = object;
	r.pages = nr;
	r.nr_ranges = 1;
	r.range[0] = (struct pgr_pfn_range){ pfn, nr };
	add(&r, "");
}

static void add_file(uint32_t tgid, uint32_t fd, uint64_t ino, uint32_t flags, const char *path)
{
	struct pgr_walked r = record(PGR_WALK_FD, tgid, fd);

	r.ino = ino;
	r.dev = 8;
	r.flags = flags;
	add(&r, path);
}

static void add_map(uint32_t tgid, uint64_t ino, uint64_t start, uint64_t end, uint32_t flags)
{
	struct pgr_walked r = record(PGR_WALK_MAP, tgid, PGR_NO_FD);

	r.ino = ino;
	r.dev = 8;
	r.start = start;
	r.end = end;
	r.flags = flags;
	add(&r, "");
}

static void finish(size_t expected)
{
	walked__finish(set);
	assert_int_equal(set->nr, expected);
}

static void test_nothing(void **state)
{
	(void)state;
	finish(0);
	walked__free(NULL);
}

/* A process has both ends of a pipe, and one of them twice: the pages count once. */
static void test_a_pipe_of_a_process_is_one(void **state)
{
	(void)state;
	add_pipe(10, 4, 0x1000, 100, 2);
	add_pipe(10, 5, 0x1000, 100, 2);
	add_pipe(10, 3, 0x1000, 100, 2);
	finish(1);
	assert_int_equal(set->v[0].pages, 2);
	assert_int_equal(set->v[0].items, 3);
	assert_int_equal(set->v[0].nr_fds, 3);
	assert_int_equal(set->v[0].fds[0], 3);
	assert_int_equal(set->v[0].fds[2], 5);
	assert_true(set->v[0].certain);
}

/* The pipe was filled during the walk: the largest number of pages is kept. */
static void test_the_fuller_look_is_kept(void **state)
{
	(void)state;
	add_pipe(10, 4, 0x1000, 100, 1);
	add_pipe(10, 5, 0x1000, 100, 3);
	add_pipe(10, 6, 0x1000, 100, 2);
	finish(1);
	assert_int_equal(set->v[0].pages, 3);
	assert_int_equal(set->v[0].range[0].nr, 3);
}

static void test_other_pipes_and_other_processes_are_others(void **state)
{
	(void)state;
	add_pipe(10, 4, 0x1000, 100, 2);
	add_pipe(10, 6, 0x2000, 200, 2);
	add_pipe(11, 4, 0x1000, 100, 2);
	finish(3);
}

static void test_strong_files_are_kept_apart_and_others_are_not(void **state)
{
	(void)state;
	add_file(10, 3, 12, PGR_WALKED_STRONG, "/mnt/a");
	add_file(10, 4, 13, PGR_WALKED_STRONG, "/mnt/b");
	add_file(10, 5, 13, PGR_WALKED_STRONG, "/mnt/b");
	add_file(10, 6, 14, 0, "/mnt/c");
	add_file(10, 7, 15, 0, "/mnt/d");
	add_file(11, 7, 15, 0, "/mnt/d");
	finish(4);
	assert_true(set->v[0].certain && set->v[1].certain);
	assert_false(set->v[2].certain || set->v[3].certain);
	assert_int_equal(set->v[0].ino, 12);
	assert_string_equal(set->v[1].path, "/mnt/b");
	assert_int_equal(set->v[1].items, 2);
	assert_int_equal(set->v[2].items, 2);
	assert_int_equal(set->v[2].task.tgid, 10);
	assert_int_equal(set->v[3].items, 1);
}

static void test_mappings_span_and_sum(void **state)
{
	(void)state;
	add_map(10, 12, 0x9000, 0xa000, PGR_WALKED_STRONG);
	add_map(10, 12, 0x3000, 0x5000, PGR_WALKED_STRONG);
	finish(1);
	assert_int_equal(set->v[0].start, 0x3000);
	assert_int_equal(set->v[0].end, 0xa000);
	assert_int_equal(set->v[0].bytes, 0x3000);
	assert_int_equal(set->v[0].items, 2);
	assert_int_equal(set->v[0].nr_fds, 0);
}

/* Files of different kinds are different objects. Several records of a ring are one object. */
static void test_files_that_pin(void **state)
{
	struct pgr_walked r = record(PGR_WALK_PINNER, 10, 3);

	(void)state;
	add(&r, "/dev/infiniband/uverbs0");
	r.fd = 4;
	add(&r, "/dev/infiniband/uverbs0");
	r.kind = 1;
	add(&r, "/dev/vfio/vfio");
	r = record(PGR_WALK_URING, 10, 5);
	r.object = 0x1000;
	add(&r, "");
	r.pages = r.idle = 2;
	r.nr_ranges = 1;
	r.range[0] = (struct pgr_pfn_range){ 100, 2 };
	add(&r, "");
	finish(3);
	assert_int_equal(set->v[0].how, PGR_WALK_URING);
	assert_int_equal(set->v[0].idle, 2);
	assert_true(set->v[0].certain);
	assert_int_equal(set->v[1].nr_fds, 2);
	assert_string_equal(set->v[1].path, "/dev/infiniband/uverbs0");
	assert_int_equal(set->v[2].kind, 1);
	assert_false(set->v[2].certain);
}

/* Records of one object may be far apart in the walk, and there may be any number of them. */
static void test_many(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t t = 1; t <= 1000; t++)
			for (uint32_t fd = 0; fd < 10; fd++)
				add_file(t, round * 10 + fd, 100 + fd, 0, "");
	assert_in_range(set->nr, 1000, 2000);
	finish(1000);
	for (uint32_t t = 0; t < 1000; t++) {
		assert_int_equal(set->v[t].task.tgid, t + 1);
		assert_int_equal(set->v[t].items, 20);
		assert_int_equal(set->v[t].nr_fds, WALKED_FDS);
		assert_int_equal(set->v[t].fds[0], 0);
		assert_int_equal(set->v[t].fds[WALKED_FDS - 1], WALKED_FDS - 1);
	}
}

/* A lower descriptor that comes later replaces a higher one. */
static void test_the_first_descriptors_are_kept(void **state)
{
	(void)state;
	for (uint32_t fd = 20; fd > 0; fd--)
		add_file(10, fd, 12, 0, "");
	walked__finish(set);
	for (uint32_t i = 0; i < WALKED_FDS; i++)
		assert_int_equal(set->v[0].fds[i], i + 1);
}

static void test_the_order_is_that_of_weight(void **state)
{
	(void)state;
	add_file(9, 3, 12, 0, "");
	add_file(7, 3, 12, PGR_WALKED_STRONG, "");
	add_map(8, 12, 0x1000, 0x2000, 0);
	add_map(6, 12, 0x1000, 0x2000, PGR_WALKED_STRONG);
	add_pipe(5, 3, 0x1000, 100, 1);
	add_pipe(4, 3, 0x2000, 200, 7);
	finish(6);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(set->v[i].task.tgid, 4 + i);
}

static void test_a_name_that_never_ends_is_ended(void **state)
{
	struct pgr_walked r = record(PGR_WALK_FD, 10, 3);
	char path[2 * WALKED_PATH];

	(void)state;
	memset(r.task.comm, 'x', sizeof(r.task.comm));
	memset(path, 'y', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	r.nr_ranges = 1000000;
	add(&r, path);
	assert_int_equal(strlen(set->v[0].task.comm), PGR_COMM - 1);
	assert_int_equal(strlen(set->v[0].path), WALKED_PATH - 1);
	assert_int_equal(set->v[0].nr_ranges, PGR_WALK_RANGES);
}

static void test_what_makes_it_complete(void **state)
{
	(void)state;
	set->done = 7;
	set->pages = set->rings = true;
	assert_true(walked__complete(set));
	set->done = 3;
	assert_false(walked__complete(set));
	set->done = 7;
	set->rings = false;
	assert_false(walked__complete(set));
	set->rings = true;
	set->pages = false;
	assert_false(walked__complete(set));
	set->pages = true;
	set->seen.cut = 1;
	assert_false(walked__complete(set));
	set->seen.cut = 0;
	set->seen.faults = 1;
	assert_false(walked__complete(set));
	set->seen.faults = 0;
	/* the walk saw only its PID namespace; then: a structure has an unknown layout */
	set->seen.pid_level = 1;
	assert_false(walked__complete(set));
	set->seen.pid_level = 0;
	set->seen.strange = PGR_STRANGE_RING;
	assert_false(walked__complete(set));
	set->seen.strange = 0;
	assert_true(walked__complete(set));
	set->err = -1;
	assert_false(walked__complete(set));
}

static void test_the_question(void **state)
{
	struct pgr_sweep w = { .listed = 5,
			       .list = { { .pfn = 256, .ino = 12, .dev = 8 },
					 { .pfn = 257, .ino = 12, .dev = 8 },
					 { .pfn = 258, .ino = 12, .dev = 9 },
					 { .pfn = 259 },
					 { .pfn = 260, .ino = 13, .dev = 77, .chr = 1 } } };
	struct pgr_walk_query q = { 0 };

	(void)state;
	walk_query__set(&q, &w);
	assert_int_equal(q.nr_inode, 2);
	assert_int_equal(q.inode[1].dev, 9);
	assert_int_equal(q.chr, 77);
	for (uint64_t ino = 100; ino < 300; ino++)
		walk_query__inode(&q, ino, 8);
	assert_int_equal(q.nr_inode, PGR_WALK_INODES);
	q = (struct pgr_walk_query){ 0 };
	walk_query__set(&q, NULL);
	assert_int_equal(q.nr_inode, 0);
}

static void test_the_ranges_of_the_question(void **state)
{
	struct pgr_range *many = calloc(PGR_RANGES_MAX + 1, sizeof(*many));
	struct pgr_range few[] = { { 0x400000, 0x400fff },
				   { 0x100000, 0x1fffff },
				   { 0x800000, 0x9fffff },
				   { 0x200000, 0x2fffff } };
	struct pgr_walk_query q = { 0 };
	struct pgr_pfn_range *v = walk_query__ranges(&q, few, 4);

	(void)state;
	/* ascending, and the two that touch are one */
	assert_int_equal(q.nr_range, 3);
	assert_int_equal(v[0].pfn, 0x100);
	assert_int_equal(v[0].nr, 0x200);
	assert_int_equal(v[1].pfn, 0x400);
	assert_int_equal(v[1].nr, 1);
	assert_int_equal(v[2].pfn, 0x800);
	assert_int_equal(v[2].nr, 0x200);
	free(v);
	v = walk_query__ranges(&q, few, 0);
	assert_int_equal(q.nr_range, 0);
	free(v);
	assert_non_null(many);
	for (uint64_t i = 0; i <= PGR_RANGES_MAX; i++)
		many[i] = (struct pgr_range){ i << 22, (i << 22) + 0x1fffff };
	v = walk_query__ranges(&q, many, PGR_RANGES_MAX + 1);
	assert_int_equal(q.nr_range, PGR_RANGES_MAX);
	assert_int_equal(v[PGR_RANGES_MAX - 1].pfn, (PGR_RANGES_MAX - 1) << 10);
	free(v);
	free(many);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_set, free_set)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_a_pipe_of_a_process_is_one),
		TEST(test_the_fuller_look_is_kept),
		TEST(test_other_pipes_and_other_processes_are_others),
		TEST(test_strong_files_are_kept_apart_and_others_are_not),
		TEST(test_mappings_span_and_sum),
		TEST(test_files_that_pin),
		TEST(test_many),
		TEST(test_the_first_descriptors_are_kept),
		TEST(test_the_order_is_that_of_weight),
		TEST(test_a_name_that_never_ends_is_ended),
		TEST(test_what_makes_it_complete),
		TEST(test_the_question),
		TEST(test_the_ranges_of_the_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How sure it is that a found object holds something, and which busy pages nothing explains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/grade.h"
#include "kernel/pinners.h"

static struct walked_set *set;
static struct pgr_sweep pages;
static bool traced[PGR_BUSY];
static struct grade_facts facts;

static int begin(void **state)
{
	(void)state;
	set = calloc(1, sizeof(*set));
	memset(&pages, 0, sizeof(pages));
	memset(traced, 0, sizeof(traced));
	pages.flags = PGR_SWEEP_DONE;
	facts = (struct grade_facts){ .pages = &pages, .idle = 1, .live = true, .ascending = true };
	return set ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	walked__free(set);
	return 0;
}

static void busy(uint64_t pfn, int32_t refcount, uint32_t order, uint64_t ino)
{
	pages.list[pages.listed++] = (struct pgr_busy_page){
		.pfn = pfn, .refcount = refcount, .order = order, .ino = ino, .dev = 8
	};
	pages.busy++;
}

static void add(struct pgr_walked r, uint32_t tgid)
{
	r.task.tgid = r.task.tid = tgid;
	r.dev = 8;
	assert_int_equal(walked__add(set, &r, ""), 0);
}

static void add_pages(enum pgr_walk_how how, uint32_t tgid, uint64_t object, uint64_t pfn,
		      uint64_t nr, uint64_t idle)
{
	add((struct pgr_walked){ .how = how,
				 .object = object,
				 .pages = nr,
				 .idle = idle,
				 .nr_ranges = 1,
				 .range = { { pfn, nr } } },
	    tgid);
}

static void add_file(enum pgr_walk_how how, uint32_t tgid, uint64_t ino, uint32_t flags)
{
	add((struct pgr_walked){ .how = how, .ino = ino, .flags = flags }, tgid);
}

static void judge(void)
{
	walked__finish(set);
	grade__set(set, &facts);
}

static const struct walked *of(uint32_t tgid)
{
	for (size_t i = 0; i < set->nr; i++)
		if (set->v[i].task.tgid == tgid)
			return &set->v[i];
	return NULL;
}

static void is(uint32_t tgid, enum walked_grade grade)
{
	assert_non_null(of(tgid));
	assert_int_equal(of(tgid)->grade, grade);
}

static void test_the_three_grades(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	busy(101, 2, 0, 12);
	busy(102, 1025, 0, 12);
	add_pages(PGR_WALK_PIPE, 1, 0x1000, 100, 2, 0);
	add_file(PGR_WALK_MAP, 2, 12, PGR_WALKED_STRONG);
	add_file(PGR_WALK_FD, 3, 12, PGR_WALKED_STRONG);
	add_file(PGR_WALK_FD, 4, 13, 0);
	add((struct pgr_walked){ .how = PGR_WALK_PINNER }, 5);
	add((struct pgr_walked){ .how = PGR_WALK_URING, .object = 0x2000 }, 6);
	judge();
	is(1, GRADE_HOLDS);
	is(2, GRADE_COULD);
	is(3, GRADE_OPEN);
	is(4, GRADE_OPEN);
	is(5, GRADE_COULD);
	is(6, GRADE_COULD);
	assert_int_equal(set->v[0].task.tgid, 1);
	assert_int_equal(set->v[5].grade, GRADE_OPEN);
	assert_int_equal(set->explained, 2);
	assert_int_equal(set->unexplained, 1);
}

/* Every busy page belongs to another file: the mapping only keeps the file system open. */
static void test_a_mapping_of_another_file(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	add_file(PGR_WALK_MAP, 1, 13, 0);
	/* also if the walk found it as a DAX file, or as the device, without a busy page */
	add_file(PGR_WALK_MAP, 2, 14, PGR_WALKED_STRONG);
	judge();
	is(1, GRADE_OPEN);
	is(2, GRADE_OPEN);
	/* a page of an unknown file may belong to the mapping */
	busy(101, 2, 0, 0);
	grade__set(set, &facts);
	is(1, GRADE_COULD);
	facts.pages = NULL;
	grade__set(set, &facts);
	is(1, GRADE_COULD);
}

static void test_mapped_peer_to_peer_memory(void **state)
{
	(void)state;
	add_file(PGR_WALK_MAP, 1, 12, PGR_WALKED_STRONG | PGR_WALKED_P2PMEM);
	add_file(PGR_WALK_FD, 2, 12, PGR_WALKED_STRONG | PGR_WALKED_P2PMEM);
	judge();
	is(1, GRADE_HOLDS);
	is(2, GRADE_OPEN);
	/* the unbind has removed it from the mapping */
	facts.live = false;
	grade__set(set, &facts);
	is(1, GRADE_COULD);
}

/* If all busy pages are explained, tasks that only could hold pages are not named. */
static void test_who_pins_at_large_is_named_only_where_somebody_is_missing(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	add_pages(PGR_WALK_PIPE, 1, 0x1000, 100, 1, 0);
	add((struct pgr_walked){ .how = PGR_WALK_PINNER }, 5);
	add((struct pgr_walked){ .how = PGR_WALK_URING, .object = 0x2000 }, 6);
	judge();
	assert_int_equal(set->nr, 1);
	assert_false(set->open_question);
}

static void test_traced_pins_explain_too(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	busy(101, 2, 0, 12);
	add((struct pgr_walked){ .how = PGR_WALK_PINNER }, 5);
	traced[1] = true;
	facts.traced = traced;
	facts.traced_pages = 1;
	judge();
	assert_int_equal(set->explained, 0);
	assert_int_equal(set->unexplained, 1);
	is(5, GRADE_COULD);
	/* more busy pages than the list has */
	traced[0] = true;
	pages.busy = 500;
	facts.traced_pages = 499;
	grade__set(set, &facts);
	assert_int_equal(set->unexplained, 0);
	is(5, GRADE_COULD);
	facts.traced_pages = 500;
	grade__set(set, &facts);
	assert_null(of(5));
}

static void test_pages_that_were_not_looked_at_are_an_open_question(void **state)
{
	(void)state;
	add((struct pgr_walked){ .how = PGR_WALK_PINNER }, 5);
	facts.pages = NULL;
	judge();
	is(5, GRADE_COULD);
	facts.private = true;
	grade__set(set, &facts);
	assert_int_equal(set->nr, 0);
}

static void test_pages_of_a_former_life(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	add_pages(PGR_WALK_PIPE, 1, 0x1000, 100, 2, 1); /* the second is idle now */
	add_pages(PGR_WALK_PIPE, 2, 0x2000, 100, 1, 0);
	add_pages(PGR_WALK_PIPE, 3, 0x3000, 200, 2, 2);
	judge();
	is(1, GRADE_COULD);
	is(2, GRADE_HOLDS);
	is(3, GRADE_STALE);
	assert_int_equal(set->explained, 1);
}

/* A pipe that may be from an earlier generation explains nothing. */
static void test_an_old_pipe_does_not_explain(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	add_pages(PGR_WALK_PIPE, 1, 0x1000, 100, 2, 1);
	judge();
	assert_int_equal(set->explained, 0);
	assert_int_equal(set->unexplained, 1);
}

static void test_more_claims_than_references(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	busy(200, 3, 0, 12);
	add_pages(PGR_WALK_PIPE, 1, 0x1000, 100, 1, 0);
	add_pages(PGR_WALK_PIPE, 2, 0x2000, 100, 1, 0);
	add_pages(PGR_WALK_PIPE, 3, 0x3000, 200, 1, 0);
	add_pages(PGR_WALK_PIPE, 4, 0x3000, 200, 1, 0); /* the same pipe */
	add_pages(PGR_WALK_PIPE, 5, 0x4000, 200, 1, 0);
	judge();
	is(1, GRADE_COULD);
	is(2, GRADE_COULD);
	assert_true(of(1)->contested);
	is(3, GRADE_HOLDS);
	is(4, GRADE_HOLDS);
	is(5, GRADE_HOLDS);
	/* each of the two pages is explained, page 100 by one of two pipes */
	assert_int_equal(set->explained, 2);
}

/* A pin of a small page counts 1024, one of a large folio 1, for any number of its pages. */
static void test_claims_of_fixed_buffers(void **state)
{
	(void)state;
	busy(100, 1025, 0, 12);
	busy(512, 2, 9, 12);
	add_pages(PGR_WALK_URING, 1, 0x1000, 100, 1, 0);
	add_pages(PGR_WALK_URING, 2, 0x2000, 600, 64, 0);
	judge();
	is(1, GRADE_HOLDS);
	is(2, GRADE_HOLDS);
	add_pages(PGR_WALK_PIPE, 3, 0x3000, 100, 1, 0);
	add_pages(PGR_WALK_XDP, 4, 0x4000, 512, 1, 0);
	judge();
	is(1, GRADE_COULD);
	is(2, GRADE_COULD);
	is(3, GRADE_COULD);
	is(4, GRADE_COULD);
}

/* If the pages are gone with their device, the last sweep decides, not their present refcounts. */
static void test_pages_that_are_gone(void **state)
{
	(void)state;
	busy(100, 2, 0, 12);
	facts.gone = true;
	facts.live = false;
	add_pages(PGR_WALK_PIPE, 1, 0x1000, 100, 1, 0);
	add_pages(PGR_WALK_PIPE, 2, 0x2000, 100, 2, 0);
	add_pages(PGR_WALK_PIPE, 3, 0x3000, 200, 2, 0);
	judge();
	is(1, GRADE_HOLDS);
	is(2, GRADE_COULD);
	is(3, GRADE_STALE);
	/* the list is full: the pages after its last one are not known */
	pages.busy = 500;
	grade__set(set, &facts);
	is(3, GRADE_HOLDS);
	/* the sweep was incomplete */
	pages.busy = 1;
	pages.flags = PGR_SWEEP_OUT_OF_TIME;
	grade__set(set, &facts);
	is(3, GRADE_HOLDS);
}

/* A folio of order 3, of which the last page is held. */
static void test_all_pages_of_a_folio_count(void **state)
{
	(void)state;
	busy(96, 2, 3, 0);
	add_pages(PGR_WALK_PIPE, 1, 0xa, 103, 1, 0);
	judge();
	is(1, GRADE_HOLDS);
	assert_int_equal(set->explained, 1);
	assert_false(set->open_question);
}

static void test_all_pages_of_a_folio_are_contested(void **state)
{
	(void)state;
	busy(96, 2, 3, 0);
	add_pages(PGR_WALK_PIPE, 1, 0xa, 103, 1, 0);
	add_pages(PGR_WALK_PIPE, 2, 0xb, 103, 1, 0);
	judge();
	is(1, GRADE_COULD);
	is(2, GRADE_COULD);
}

static void test_all_pages_of_a_folio_were_in_use(void **state)
{
	(void)state;
	facts.gone = true;
	busy(96, 2, 3, 0);
	busy(104, 2, 3, 0);
	add_pages(PGR_WALK_PIPE, 1, 0xa, 103, 2, 0);
	judge();
	is(1, GRADE_HOLDS);
	assert_int_equal(of(1)->idle, 0);
}

/* A page that a full list lacks may have been busy, except if the list is sorted by pfn. */
static void test_pages_that_are_gone_and_not_listed(void **state)
{
	(void)state;
	facts.gone = true;
	busy(100, 2, 0, 0);
	pages.busy = 5;
	add_pages(PGR_WALK_PIPE, 1, 0xa, 50, 1, 0);
	facts.ascending = false;
	judge();
	is(1, GRADE_HOLDS);
	facts.ascending = true;
	judge();
	is(1, GRADE_STALE);
}

/* A mapping has a reference of its own. */
static void test_mappings_claim_references(void **state)
{
	(void)state;
	busy(100, 3, 0, 0);
	pages.list[0].mapcount = 1;
	add_pages(PGR_WALK_PIPE, 1, 0xa, 100, 1, 0);
	judge();
	is(1, GRADE_HOLDS);
	add_pages(PGR_WALK_PIPE, 2, 0xb, 100, 1, 0);
	judge();
	is(1, GRADE_COULD);
	is(2, GRADE_COULD);
}

/* More pages are busy than listed. Are enough held? Pipes count once, idle pages not at all. */
static void test_pages_that_are_not_listed(void **state)
{
	(void)state;
	busy(100, 2, 0, 0);
	pages.busy = 4;
	add_pages(PGR_WALK_PIPE, 1, 0xa, 100, 1, 0);
	add_pages(PGR_WALK_PIPE, 2, 0xb, 200, 3, 0);
	judge();
	assert_false(set->open_question);
	pages.busy = 5;
	add_pages(PGR_WALK_PIPE, 3, 0xb, 200, 3, 0);
	add_pages(PGR_WALK_PIPE, 4, 0xc, 300, 3, 1);
	judge();
	assert_true(set->open_question);
}

/* Pages of a device-dax name no inode: the device number counts. */
static void test_a_mapping_of_a_device(void **state)
{
	(void)state;
	busy(100, 2, 0, 0);
	pages.list[0].chr = 1;
	add((struct pgr_walked){ .how = PGR_WALK_MAP,
				 .ino = 77,
				 .mode = 0020600,
				 .flags = PGR_WALKED_STRONG },
	    1);
	judge();
	is(1, GRADE_COULD);
	pages.list[0].chr = 0;
	pages.list[0].ino = 78;
	judge();
	is(1, GRADE_OPEN);
}

/* A task that unbinds has the device open, and waits for the others. */
static void test_who_unbinds(void **state)
{
	(void)state;
	busy(0x100, 2, 0, 0);
	add_pages(PGR_WALK_PIPE, 6, 0xa, 0x100, 1, 0);
	add((struct pgr_walked){ .how = PGR_WALK_FD, .ino = 3 }, 5);
	add((struct pgr_walked){ .how = PGR_WALK_FD, .ino = 3 }, 7);
	facts.unbinder = 5;
	walked__finish(set);
	grade__set(set, &facts);
	assert_int_equal(set->nr, 2);
	for (size_t i = 0; i < set->nr; i++)
		assert_int_not_equal(set->v[i].task.tgid, 5);
	/* What it certainly holds, it holds. */
	facts.unbinder = 6;
	grade__set(set, &facts);
	assert_int_equal(set->nr, 2);
}

static void test_names_never_change(void **state)
{
	(void)state;
	assert_string_equal(grade__name(GRADE_HOLDS), "holds");
	assert_string_equal(grade__name(GRADE_COULD), "could-hold");
	assert_string_equal(grade__name(GRADE_OPEN), "has-open");
	assert_string_equal(grade__name(GRADE_STALE), "stale");
}

static void test_the_table_of_pinners(void **state)
{
	unsigned int n = 0;

	(void)state;
	for (; pinners[n].release; n++) {
		assert_true(n < PGR_WALK_PINNERS);
		assert_string_equal(pinner__kind(n), pinners[n].kind);
		for (unsigned int k = 0; k < n; k++)
			assert_string_not_equal(pinners[k].release, pinners[n].release);
	}
	assert_string_equal(pinner__kind(n), "?");
	assert_string_equal(pinner__kind(UINT32_MAX), "?");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_the_three_grades),
		TEST(test_a_mapping_of_another_file),
		TEST(test_mapped_peer_to_peer_memory),
		TEST(test_who_pins_at_large_is_named_only_where_somebody_is_missing),
		TEST(test_traced_pins_explain_too),
		TEST(test_pages_that_were_not_looked_at_are_an_open_question),
		TEST(test_pages_of_a_former_life),
		TEST(test_an_old_pipe_does_not_explain),
		TEST(test_more_claims_than_references),
		TEST(test_claims_of_fixed_buffers),
		TEST(test_pages_that_are_gone),
		TEST(test_all_pages_of_a_folio_count),
		TEST(test_all_pages_of_a_folio_are_contested),
		TEST(test_all_pages_of_a_folio_were_in_use),
		TEST(test_pages_that_are_gone_and_not_listed),
		TEST(test_mappings_claim_references),
		TEST(test_pages_that_are_not_listed),
		TEST(test_a_mapping_of_a_device),
		TEST(test_who_unbinds),
		TEST(test_names_never_change),
		TEST(test_the_table_of_pinners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

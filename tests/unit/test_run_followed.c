// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* refs --follow on a made-up kernel: which pages it follows, what it shows, and how it ends. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/run_followed.h"
#include "run_world.h"

#define FIRST 0xfff001000ull /* the first pfn of pgmap 1 */

static struct following f;
static struct pgr_rec_change changes[4];
static size_t nr_changes;

static int set_up_followed(void **state)
{
	int err = set_up(state);

	memset(&f, 0, sizeof(f));
	nr_changes = 0;
	o.verb = verb_of("refs");
	o.follow = true;
	o.interval_ns = 1000000;
	o.ready_fd = -1;
	kernel.still = 1;
	return err;
}

#undef test
#define test(name) cmocka_unit_test_setup_teardown(name, set_up_followed, tear_down)

static struct pgr_sweep *busy(unsigned int n)
{
	static struct pgr_sweep w;

	w = (struct pgr_sweep){ .busy = n, .listed = n };
	for (unsigned int i = 0; i < n; i++)
		w.list[i].pfn = FIRST + i;
	return &w;
}

/* A change that the run gets at its first look. */
static void comes(uint64_t pfn, int32_t n, int32_t refcount, const char *comm, uint64_t stack)
{
	struct pgr_rec_change *c = &changes[nr_changes++];

	*c = (struct pgr_rec_change){
		.h = { PGR_REC_CHANGE, 1, clock__now() + 1000000 },
		.task = { .tgid = 7, .tid = 7 },
		.stack = stack,
		.pfn = pfn,
		.n = n,
		.refcount = refcount,
	};
	strcpy(c->task.comm, comm);
	kernel.record[kernel.nr_records].h = &c->h;
	kernel.record[kernel.nr_records++].size = sizeof(*c);
}

static void test_the_first_two_busy_pages(void **state)
{
	(void)state;
	bear(1);
	assert_true(following__may_choose(&o, p_of(1)));
	following__choose(&f, &o, p_of(1), NULL); /* the sweep failed */
	assert_int_equal(f.nr, 0);
	following__choose(&f, &o, p_of(1), busy(1));
	following__choose(&f, &o, p_of(1), busy(3));
	assert_int_equal(f.nr, 2);
	assert_int_equal(f.page[0].pfn, FIRST);
	assert_int_equal(f.page[1].pfn, FIRST);
}

static void test_pages_by_their_numbers(void **state)
{
	(void)state;
	bear(1);
	bear(2);
	o.follow_pfns[o.nr_follow_pfns++] = FIRST + 0x1ff;
	assert_int_equal(following__check(&o, &run.model.pgmaps), 0);
	assert_true(following__may_choose(&o, p_of(1)));
	assert_false(following__may_choose(&o, p_of(2)));
	following__choose(&f, &o, p_of(2), busy(3));
	assert_int_equal(f.nr, 0);
	following__choose(&f, &o, p_of(1), busy(3));
	assert_int_equal(f.nr, 1);
	assert_int_equal(f.page[0].pfn, FIRST + 0x1ff);
	/* behind the range, before it, and in one that is not wanted */
	o.follow_pfns[0] = FIRST + 0x200;
	assert_int_equal(following__check(&o, &run.model.pgmaps), STATUS_USAGE);
	o.follow_pfns[0] = FIRST - 1;
	assert_int_equal(following__check(&o, &run.model.pgmaps), STATUS_USAGE);
	o.follow_pfns[0] = FIRST;
	p_of(1)->wanted = false;
	assert_int_equal(following__check(&o, &run.model.pgmaps), STATUS_USAGE);
	assert_false(following__may_choose(&o, p_of(1)));
}

static int follow(void)
{
	return following__run(&f, &run, -1);
}

static void test_until_it_is_idle(void **state)
{
	const char *text;

	(void)state;
	bear(1);
	comes(FIRST, 1, 3, "app", 0);
	comes(FIRST + 9, 1, 3, "other", 0); /* of another page */
	comes(FIRST, -2, 1, "last", 0);
	kernel.still_for = 2;
	following__choose(&f, &o, p_of(1), busy(1));
	assert_int_equal(follow(), STATUS_CLEAN);
	assert_true(kernel.followed_closed);
	assert_int_equal(kernel.exact_set, 0);
	text = written();
	has(text, NAME "   get     0xfff001000   0     +1         3 app/7");
	has(text, NAME "   put     0xfff001000   0     -2         1 last/7");
	has(text, NAME ": pfn 0xfff001000: idle after ");
	has(text, "; the last reference was put by last/7\n");
	lacks(text, "other");
	lacks(text, "not seen");
}

static void test_an_interrupt(void **state)
{
	(void)state;
	bear(1);
	kernel.stack[0].key = 5;
	kernel.stack[0].stack =
		(struct pgr_stack){ .nr = 2, .ip = { 0xffffffff81000210, 0xffffffff81000310 } };
	kernel.nr_stacks = 1;
	comes(FIRST, -1, 1, "innocent", 5);
	kernel.still_for = 2;
	following__choose(&f, &o, p_of(1), busy(1));
	assert_int_equal(follow(), STATUS_CLEAN);
	has(written(), "; the last reference was put in an interrupt, vfs_write\n");
}

static void test_still_busy(void **state)
{
	(void)state;
	bear(1);
	o.duration_ns = 20 * 1000000;
	kernel.exact_hits = 1; /* of each of two breakpoints; the program ran once */
	kernel.followed_runs = 1;
	comes(FIRST, 1, 3, "app", 0);
	following__choose(&f, &o, p_of(1), busy(1));
	assert_int_equal(follow(), STATUS_INCONCLUSIVE);
	written();
	has(read_file(out_path), "still busy after ");
	has(read_file(out_path),
	    ", refcount 3, changes so far: 1\n    app/7: took 1 (changes: 1), dropped 0 (changes: 0)\n");
	has(read_file(out_path), "changes that were not seen: 1;");
}

static void test_a_pgmap_that_goes(void **state)
{
	(void)state;
	bear(1);
	following__choose(&f, &o, p_of(1), busy(2));
	assert_int_equal(f.nr, 2);
	kernel.pgmap[0].moves = true; /* the counter is gone at the third reading */
	kernel.pgmap[0].ref_flags = PGR_REF_EXITED;
	assert_int_equal(follow(), STATUS_CLEAN); /* already gone: nothing to follow */
	assert_int_equal(kernel.followed_starts, 0);
}

static void test_pages_that_are_idle_now(void **state)
{
	(void)state;
	bear(1);
	assert_int_equal(follow(), STATUS_CLEAN); /* no page was chosen */
	kernel.still = 0;
	following__choose(&f, &o, p_of(1), busy(2));
	assert_int_equal(follow(), STATUS_CLEAN);
	assert_int_equal(kernel.followed_starts, 0);
}

/* Two pages of one large folio have one refcount. */
static void test_a_folio_is_followed_once(void **state)
{
	(void)state;
	bear(1);
	o.follow_pfns[0] = FIRST + 1;
	o.follow_pfns[1] = FIRST + 1;
	o.nr_follow_pfns = 2;
	kernel.followed_head = 1;
	kernel.still_for = 2;
	following__choose(&f, &o, p_of(1), NULL);
	assert_int_equal(f.nr, 2);
	assert_int_equal(follow(), STATUS_CLEAN);
	assert_int_equal(f.nr, 1);
	assert_int_equal(f.page[0].pfn, FIRST);
	assert_int_equal(kernel.followed_starts, 1);
}

static void test_where_it_cannot(void **state)
{
	(void)state;
	bear(1);
	following__choose(&f, &o, p_of(1), busy(1));
	kernel.followed_err = -ENOTSUP;
	assert_int_equal(follow(), STATUS_CANNOT);
	f.nr = 0;
	following__choose(&f, &o, p_of(1), busy(1));
	kernel.followed_err = 0;
	kernel.exact_set_err = -ENOSPC;
	assert_int_equal(follow(), STATUS_CANNOT);
	f.nr = 0;
	following__choose(&f, &o, p_of(1), busy(1));
	kernel.exact_set_err = 0;
	kernel.plan.idle[PGR_TYPE_GENERIC] = -1;
	assert_int_equal(follow(), STATUS_CANNOT);
	f.nr = 0;
	following__choose(&f, &o, p_of(1), busy(1));
	kernel.followed_look_err = -EFAULT;
	assert_int_equal(follow(), STATUS_CANNOT);
	assert_int_equal(kernel.exact_set, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_the_first_two_busy_pages),
		test(test_pages_by_their_numbers),
		test(test_until_it_is_idle),
		test(test_an_interrupt),
		test(test_still_busy),
		test(test_a_pgmap_that_goes),
		test(test_pages_that_are_idle_now),
		test(test_a_folio_is_followed_once),
		test(test_where_it_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

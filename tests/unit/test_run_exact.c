// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which pgmaps of a run have an exact account, and what a run learns from it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/feed.h"
#include "run/run_exact.h"
#include "run_world.h"

static void check(void)
{
	run__check_exact(&run.k, &run.end, &o, p_of(1));
}

static void test_only_where_it_is_wanted(void **state)
{
	(void)state;
	bear(1);
	p_of(1)->named = true;
	check();
	assert_false(p_of(1)->exact.tried);
	o.exact = true;
	o.exact_names[o.nr_exact_names++] = "pmem*";
	check();
	assert_false(p_of(1)->exact.tried);
	o.exact_names[0] = "dax*";
	p_of(1)->named = false; /* its name may still come */
	check();
	assert_false(p_of(1)->exact.tried);
	p_of(1)->named = true;
	check();
	assert_true(p_of(1)->exact.on);
	assert_int_equal(kernel.exact_id, 1);
}

static void test_those_that_g_names(void **state)
{
	(void)state;
	bear(1);
	p_of(1)->named = true;
	o.exact = true;
	p_of(1)->wanted = false;
	check();
	assert_false(p_of(1)->exact.tried);
	p_of(1)->wanted = true;
	check();
	assert_true(p_of(1)->exact.on);
	assert_true(p_of(1)->exact.since_ns);
}

static void test_where_there_can_be_none(void **state)
{
	(void)state;
	bear(1);
	kernel.exact_err = -ENOTSUP;
	run__begin_exact(&run.k, p_of(1));
	assert_true(p_of(1)->exact.tried);
	assert_false(p_of(1)->exact.on);
	assert_string_equal(p_of(1)->exact.why_not, "there are no breakpoints");
	/* It is tried once. */
	kernel.exact_err = 0;
	run__begin_exact(&run.k, p_of(1));
	assert_false(p_of(1)->exact.on);
}

static void test_breakpoints_that_are_taken(void **state)
{
	(void)state;
	bear(1);
	kernel.exact_set_err = -ENOSPC;
	run__begin_exact(&run.k, p_of(1));
	assert_false(p_of(1)->exact.on);
	assert_string_equal(p_of(1)->exact.why_not,
			    "no breakpoint of a CPU is free: gdb, perf or pgmapref have them");
}

static void test_not_where_hooks_see_puts(void **state)
{
	(void)state;
	bear(1);
	kernel.plan.series.on = true;
	run__begin_exact(&run.k, p_of(1));
	assert_false(p_of(1)->exact.on);
	assert_string_equal(p_of(1)->exact.why_not, "hooks see each put on this kernel");
}

static void test_what_it_reads(void **state)
{
	struct pgmap *p;

	(void)state;
	bear(1);
	p = p_of(1);
	run__begin_exact(&run.k, p);
	kernel.account = (struct pgr_exact_read_args){
		.value = 5, .counter = 5, .quiet = true, .old_puts = 2, .open_puts = 1
	};
	check();
	assert_true(pgmap__is_exact(p));
	assert_int_equal(p->exact.old_puts, 2);
	assert_int_equal(p->exact.open_puts, 1);
	kernel.exact_hits = 1; /* four breakpoints, and no run */
	check();
	assert_false(pgmap__is_exact(p));
	assert_int_equal(p->exact.missed, 4);
}

/* A reference that came and went between two ticks is in the history. */
static void test_extremes(void **state)
{
	struct pgmap *p;
	int64_t peak;
	uint64_t t;

	(void)state;
	bear(1);
	p = p_of(1);
	run__begin_exact(&run.k, p);
	kernel.account = (struct pgr_exact_read_args){ .value = 5,
						       .counter = 5,
						       .quiet = true,
						       .high = PGR_EXACT_NONE,
						       .low = PGR_EXACT_NONE };
	feed__value(p, 0, 5, 0, clock__now());
	check();
	assert_int_equal(history__peak(p->history, HISTORY_VALUE, &peak, &t), 0);
	assert_int_equal(peak, 0x201); /* at its birth */
	kernel.account.high = 1234;
	kernel.account.low = 2;
	check();
	assert_int_equal(history__peak(p->history, HISTORY_VALUE, &peak, &t), 0);
	assert_int_equal(peak, 1234);
}

static void test_a_difference_that_stays(void **state)
{
	struct pgmap *p;

	(void)state;
	bear(1);
	p = p_of(1);
	run__begin_exact(&run.k, p);
	kernel.account = (struct pgr_exact_read_args){ .value = 5, .counter = 6 };
	check(); /* something moved meanwhile */
	assert_true(pgmap__is_exact(p));
	kernel.account.quiet = true;
	check();
	assert_false(pgmap__is_exact(p));
	assert_int_equal(p->exact.gap, 1);
	assert_true(run.end.exact_missed);
	/* It stays in doubt. */
	kernel.account.counter = 5;
	check();
	assert_false(pgmap__is_exact(p));
}

/* What was missed between the last tick and the end of the pgmap counts. */
static void test_what_its_end_missed(void **state)
{
	(void)state;
	bear(1);
	run__begin_exact(&run.k, p_of(1));
	check();
	assert_false(run.end.exact_missed);
	kernel.exact_hits = 1;
	kernel.account_err = -EFAULT;
	run__end_exact(&run.k, &run.end, run.o, p_of(1));
	assert_true(run.end.exact_missed);
}

/* The programs found it after the last tick; the counter is gone when the account is read. */
static void test_a_gap_before_its_end(void **state)
{
	(void)state;
	bear(1);
	run__begin_exact(&run.k, p_of(1));
	check();
	kernel.account = (struct pgr_exact_read_args){
		.value = 5, .counter = 94, .quiet = true, .gap = 3, .gaps = 1, .old_puts = 2
	};
	kernel.account_err = -EFAULT;
	run__end_exact(&run.k, &run.end, run.o, p_of(1));
	assert_true(run.end.exact_missed);
	assert_int_equal(p_of(1)->exact.gaps, 1);
	assert_int_equal(p_of(1)->exact.gap, 3);
	assert_int_equal(p_of(1)->exact.old_puts, 2);
}

static void test_not_for_one_that_is_not_wanted(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	p_of(1)->wanted = false;
	feed_begin(1, 1000, 2);
	run__tick(&run);
	assert_true(p_of(1)->td.stuck);
	assert_false(p_of(1)->exact.tried);
}

static void test_its_end(void **state)
{
	(void)state;
	bear(1);
	run__begin_exact(&run.k, p_of(1));
	kernel.account_err = -EFAULT; /* percpu_ref_exit() */
	check();
	assert_true(p_of(1)->exact.ended);
	assert_int_equal(kernel.exact_id, 0);
	check();
	run__end_exact(&run.k, &run.end, run.o, p_of(1));
	assert_int_equal(kernel.exact_id, 0);
}

/* Nobody asked for it: check -g begins it where it can be had, and says nothing where not. */
static void test_by_default(void **state)
{
	(void)state;
	bear(1);
	p_of(1)->named = p_of(1)->wanted = true;
	o.exact_if_can = true;
	kernel.exact_set_err = -ENOSPC;
	check();
	assert_false(p_of(1)->exact.on);
	assert_string_equal(p_of(1)->exact.why_not, "");
	kernel.exact_set_err = 0;
	check();
	assert_false(p_of(1)->exact.on); /* not at each tick */
	run__begin_exact(&run.k, p_of(1)); /* it hangs */
	assert_true(p_of(1)->exact.on);
	bear(2);
	p_of(2)->wanted = false;
	run__check_exact(&run.k, &run.end, &o, p_of(2));
	assert_false(p_of(2)->exact.tried);
}

/* What it missed matters for what is judged by it. */
static void test_what_the_default_missed(void **state)
{
	(void)state;
	bear(1);
	p_of(1)->named = p_of(1)->wanted = true;
	o.exact_if_can = true;
	check();
	kernel.exact_hits = 1;
	check();
	assert_false(pgmap__is_exact(p_of(1)));
	assert_false(run.end.exact_missed);
	p_of(1)->state = PGMAP_KILLED;
	check();
	assert_false(run.end.exact_missed);
	/* If somebody asked for it, it matters. */
	o.exact_if_can = false;
	o.exact = true;
	check();
	assert_true(run.end.exact_missed);
}

static void test_one_that_is_gone_gives_its_breakpoints_back(void **state)
{
	(void)state;
	o.verb = verb_of("trace");
	bear(1);
	run__begin_exact(&run.k, p_of(1));
	p_of(1)->state = PGMAP_GONE;
	p_of(1)->td.gone_ns = clock__now();
	run__tick(&run);
	assert_int_equal(kernel.exact_id, 0);
}

/* A teardown that is stuck gets an account by itself, and each put has a line. */
static void test_a_hang(void **state)
{
	struct pgr_rec_move put = rec_move(PGR_REC_DRAIN, 1, start + 5000, 1);
	const char *text;

	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	feed_begin(1, 1000, 2);
	run__tick(&run);
	assert_true(p_of(1)->td.stuck);
	assert_int_equal(kernel.exact_id, 1);
	RECORD(put);
	text = written();
	has(text, "exact     each get and each put is seen");
	has(text, NAME ": put 1 by task-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_only_where_it_is_wanted),
		test(test_those_that_g_names),
		test(test_where_there_can_be_none),
		test(test_breakpoints_that_are_taken),
		test(test_not_where_hooks_see_puts),
		test(test_what_it_reads),
		test(test_extremes),
		test(test_a_difference_that_stays),
		test(test_what_its_end_missed),
		test(test_a_gap_before_its_end),
		test(test_not_for_one_that_is_not_wanted),
		test(test_its_end),
		test(test_by_default),
		test(test_what_the_default_missed),
		test(test_one_that_is_gone_gives_its_breakpoints_back),
		test(test_a_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

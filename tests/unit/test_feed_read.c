// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the tool reads of pgmaps at each tick, in addition to records. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed_world.h"

static void test_counters_that_were_read(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_pgmap k = p->k;

	(void)state;
	memcpy(k.events, (uint64_t[]){ 6, 5, 4, 3, 2, 1 }, sizeof(k.events));
	k.entries = -4;
	k.drains = 77;
	feed__counters(p, &k, 1700);
	assert_memory_equal(&p->k, &k, sizeof(k));
	LAST(p, ENTRIES, 1700, -4);
	TOTALS(p, 6, 5, 4, 3, 2, 1);
	assert_int_equal(history__slot(p->history, 7)->events[HISTORY_GET], 6);
	k.events[PGR_EV_FREE] = 10;
	feed__counters(p, &k, 1800);
	TOTALS(p, 6, 5, 4, 10, 2, 1);
	assert_int_equal(history__slot(p->history, 8)->events[HISTORY_FREE], 7);
	assert_int_equal(history__slot(p->history, 8)->events[HISTORY_GET], 0);
}

static void test_a_value_that_was_read(void **state)
{
	struct pgmap *p = bear(3);

	(void)state;
	feed__value(p, 0, 600, PGR_REF_ATOMIC, 1700);
	assert_true(p->has_value);
	assert_int_equal(p->value, 600);
	assert_int_equal(p->ref_flags, PGR_REF_ATOMIC);
	assert_false(p->stale);
	LAST(p, VALUE, 1700, 600);
	feed__value(p, 0, 700, PGR_REF_UNREADABLE, 1800);
	assert_false(p->has_value);
	assert_int_equal(p->value, 700);
	assert_int_equal(p->ref_flags, PGR_REF_UNREADABLE);
	assert_false(p->stale);
	LAST(p, VALUE, 1700, 600);
	feed__value(p, 0, 601, PGR_REF_DYING, 1850);
	feed__value(p, -EIO, 0, 0, 1900);
	assert_false(p->has_value);
	assert_false(p->stale);
	assert_int_equal(p->value, 601);
	assert_int_equal(p->ref_flags, PGR_REF_DYING);
	LAST(p, VALUE, 1850, 601);
	feed__value(p, -ESTALE, 0, 0, 1900);
	assert_false(p->has_value);
	assert_true(p->stale);
	assert_int_equal(p->value, 601);
	assert_int_equal(p->ref_flags, PGR_REF_DYING);
	feed__value(p, 0, 602, 0, 2000);
	assert_false(p->stale);
	assert_true(p->has_value);
}

static void test_read_as_dying_twice(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_teardown b = rec_begin(3, 1900, 513);

	(void)state;
	assert_false(feed__see_dying(p, 1600, &c));
	assert_false(p->dying);
	p->ref_flags = PGR_REF_DYING | PGR_REF_ATOMIC;
	p->has_value = false;
	assert_false(feed__see_dying(p, 1600, &c));
	assert_false(p->dying);
	p->has_value = true;
	assert_true(feed__see_dying(p, 1700, &c));
	CHANGED(.kind = CHANGE_NONE, .id = 3, .p = p, .ns = 1700);
	assert_int_equal(p->state, PGMAP_LIVE);
	assert_true(feed__see_dying(p, 1800, &c));
	CHANGED(.kind = CHANGE_NONE, .killed = true, .id = 3, .p = p, .ns = 1800);
	assert_int_equal(p->state, PGMAP_KILLED);
	TEARDOWN(p, .begin_ns = 1800);
	MARKS(p, .live = BORN_NS, .killed = 1800);
	assert_false(feed__see_dying(p, 1900, &c));
	assert_false(c.killed);
	/* A record that arrives later is more exact. */
	TAKES(b);
	assert_false(c.killed);
	assert_int_equal(p->td.begin_ns, 1900);
	assert_true(p->td.begun);
}

static void test_gone_without_a_record(void **state)
{
	struct pgmap *p = bear(3);

	(void)state;
	assert_false(feed__see_stale(p, false, 1500, &c));
	p->stale = true;
	assert_true(feed__see_stale(p, false, 1600, &c));
	CHANGED(.kind = CHANGE_NONE, .id = 3, .p = p, .ns = 1600);
	assert_int_equal(p->state, PGMAP_LIVE);
	/* The pgmap was there again: now it must be missing in two more looks. */
	p->stale = false;
	assert_false(feed__see_stale(p, false, 1700, &c));
	p->stale = true;
	assert_true(feed__see_stale(p, false, 1800, &c));
	assert_int_equal(c.kind, CHANGE_NONE);
	assert_false(feed__see_stale(p, true, 1850, &c));
	assert_int_equal(c.kind, CHANGE_NONE);
	assert_true(feed__see_stale(p, false, 1900, &c));
	assert_int_equal(c.kind, CHANGE_NONE);
	MARKS(p, .live = BORN_NS);
	assert_true(feed__see_stale(p, false, 2000, &c));
	CHANGED(.kind = CHANGE_GONE, .killed = true, .id = 3, .p = p, .ns = 2000);
	assert_int_equal(p->state, PGMAP_GONE);
	TEARDOWN(p, .begin_ns = 2000);
	MARKS(p, .live = BORN_NS, .killed = 2000, .gone = 2000);
}

static void test_killed_and_gone_without_a_record(void **state)
{
	struct pgmap *p = bear_dying(3, 1);
	struct pgr_rec_step late = rec_gone(3, 2800);

	(void)state;
	p->stale = true;
	assert_true(feed__see_stale(p, false, 2900, &c));
	assert_true(feed__see_stale(p, false, 3000, &c));
	CHANGED(.kind = CHANGE_GONE, .id = 3, .p = p, .ns = 3000);
	TEARDOWN(p, BEGUN(1));
	MARKS(p, .live = BORN_NS, .killed = 2000, .gone = 3000);
	/* The teardown is judged. A record that arrives now is not a second end. */
	TAKES(late);
	CHANGED(.kind = CHANGE_NONE, .id = 3, .p = p, .ns = 2800);
}

static void test_overdue(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_teardown b = rec_begin(3, 2000, 513);

	(void)state;
	assert_false(feed__is_overdue(&feed, p, 90000));
	TAKES(b);
	assert_false(feed__is_overdue(&feed, p, 2000));
	assert_false(feed__is_overdue(&feed, p, 1999));
	assert_false(feed__is_overdue(&feed, p, 1999 + STUCK_NS));
	assert_true(feed__is_overdue(&feed, p, 2000 + STUCK_NS));
	feed.skips_older = true;
	assert_true(feed__is_overdue(&feed, p, 2000 + STUCK_NS));
	p->k.flags |= PGR_PGMAP_DYING_AT_START;
	assert_false(feed__is_overdue(&feed, p, 2000 + STUCK_NS));
	feed.skips_older = false;
	assert_true(feed__is_overdue(&feed, p, 2000 + STUCK_NS));
	p->state = PGMAP_DRAINED;
	assert_false(feed__is_overdue(&feed, p, 2000 + STUCK_NS));
	p->state = PGMAP_KILLED;
	p->td.stuck = true;
	assert_false(feed__is_overdue(&feed, p, 2000 + STUCK_NS));
}

static void test_stuck(void **state)
{
	struct pgmap *p = bear_dying(3, 1);

	(void)state;
	/* The pgmap is not killed yet; it is drained; its value is not known. */
	feed__value(p, 0, 514, PGR_REF_ATOMIC, 2500);
	assert_false(feed__stick(p, 13000));
	feed__value(p, 0, 0, PGR_REF_DYING, 2500);
	assert_false(feed__stick(p, 13000));
	feed__value(p, 0, 1, PGR_REF_DYING | PGR_REF_UNREADABLE, 2500);
	assert_false(feed__stick(p, 13000));
	TEARDOWN(p, BEGUN(1));
	feed__value(p, 0, 1, PGR_REF_DYING, 2500);
	assert_true(feed__stick(p, 13000));
	TEARDOWN(p, BEGUN(1), .stuck = true, .stuck_ns = 13000, .stuck_value = 1);
	feed__value(p, 0, -2, PGR_REF_DYING, 2500);
	assert_true(feed__stick(p, 14000));
	TEARDOWN(p, BEGUN(1), .stuck = true, .stuck_ns = 14000, .stuck_value = -2);
}

static void test_over(void **state)
{
	(void)state;
	assert_true(feed__is_over(-ESTALE, 0));
	assert_true(feed__is_over(-ESTALE, PGR_REF_DYING));
	assert_false(feed__is_over(-EIO, 0));
	assert_true(feed__is_over(0, 0));
	assert_true(feed__is_over(0, PGR_REF_ATOMIC));
	assert_false(feed__is_over(0, PGR_REF_DYING));
	assert_true(feed__is_over(0, PGR_REF_DYING | PGR_REF_EXITED));
	assert_true(feed__is_over(0, PGR_REF_EXITED));
	assert_false(feed__is_over(0, PGR_REF_UNREADABLE));
	assert_false(feed__is_over(0, PGR_REF_UNREADABLE | PGR_REF_EXITED));
}

static void test_closed_at_the_second_look(void **state)
{
	struct pgmap *p = bear(3);

	(void)state;
	p->state = PGMAP_KILLED;
	assert_false(feed__close_over(p, false));
	assert_false(feed__close_over(p, true));
	TEARDOWN(p, .over_once = true);
	assert_false(feed__close_over(p, false));
	TEARDOWN(p, .over_once = false);
	assert_false(feed__close_over(p, true));
	p->td.begun = true;
	assert_false(feed__close_over(p, true));
	p->td.begun = false;
	p->td.judged = true;
	assert_false(feed__close_over(p, true));
	TEARDOWN(p, .over_once = true, .judged = true);
	p->td.judged = false;
	assert_int_equal(p->state, PGMAP_KILLED);
	assert_true(feed__close_over(p, true));
	TEARDOWN(p, .over = true, .over_once = true);
	assert_int_equal(p->state, PGMAP_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_counters_that_were_read),
		test(test_a_value_that_was_read),
		test(test_read_as_dying_twice),
		test(test_gone_without_a_record),
		test(test_killed_and_gone_without_a_record),
		test(test_overdue),
		test(test_stuck),
		test(test_over),
		test(test_closed_at_the_second_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

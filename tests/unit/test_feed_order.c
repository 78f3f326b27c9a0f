// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records that were lost, and records that come out of order. */
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

/* ---- what was not seen ------------------------------------------------------- */

static void test_lost_births(void **state)
{
	struct pgr_rec_teardown b = rec_begin(3, 2000, 513);
	struct pgr_rec_sweep s = rec_sweep(3, 2000, 0, 5);
	struct pgr_rec_step d = rec_drained(3, 2000), g = rec_gone(3, 2000);
	struct pgr_rec_move l = rec_move(PGR_REC_LATE, 3, 2000, 1),
			    m = rec_move(PGR_REC_DRAIN, 3, 2000, 1);
	struct pgr_rec_event e = rec_event(3, 2000, 514);
	const struct {
		struct pgr_header *h;
		size_t size;
		enum change_kind then;
	} rs[] = {
		{ &b.h, sizeof(b), CHANGE_BEGUN },   { &s.h, sizeof(s), CHANGE_SWEPT },
		{ &d.h, sizeof(d), CHANGE_DRAINED }, { &g.h, sizeof(g), CHANGE_GONE },
		{ &l.h, sizeof(l), CHANGE_MOVED },   { &m.h, sizeof(m), CHANGE_MOVED },
		{ &e.h, sizeof(e), CHANGE_EVENT },
	};
	struct pgr_pgmap k = rec_pgmap(3);

	(void)state;
	for (size_t i = 0; i < sizeof(rs) / sizeof(*rs); i++) {
		/* Another pgmap is known, but the record is not about it. */
		struct pgmap *other = bear(2);
		struct snapshot *before = snapshot();

		assert_int_equal(feed__record(&feed, rs[i].h, rs[i].size, &c), 0);
		CHANGED(.kind = CHANGE_NO_PGMAP, .id = 3, .ns = 2000);
		nothing_changed(before);
		assert_int_equal(feed__add(&feed, &k, &c), 0);
		assert_true(c.fresh);
		assert_int_equal(feed__record(&feed, rs[i].h, rs[i].size, &c), 0);
		assert_int_equal(c.kind, rs[i].then);
		assert_int_equal(c.id, 3);
		assert_ptr_equal(c.p, pgmaps__find(&pgmaps, 3));
		assert_int_equal(c.ns, 2000);
		assert_int_equal(other->state, PGMAP_LIVE);
		pgmaps__free(&pgmaps);
	}
}

static void test_a_begin_that_was_not_seen(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_step d = rec_drained(3, 2200), g = rec_gone(3, 20000);

	(void)state;
	TAKES(d);
	CHANGED(.kind = CHANGE_DRAINED, .killed = true, .id = 3, .p = p, .ns = 2200,
		.task = rec_task(30));
	TEARDOWN(p, .begin_unseen = true, .begin_ns = 2200, .drained_ns = 2200,
		 .last = rec_task(30));
	MARKS(p, .live = BORN_NS, .killed = 2200, .drained = 2200);
	TAKES(g);
	CHANGED(.kind = CHANGE_GONE, .id = 3, .p = p, .ns = 20000, .task = rec_task(30));
	TEARDOWN(p, .begin_unseen = true, .begin_ns = 2200, .drained_ns = 2200, .gone_ns = 20000,
		 .last = rec_task(30));
}

static void test_nothing_but_the_end_was_seen(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_step g = rec_gone(3, 90000);

	(void)state;
	TAKES(g);
	CHANGED(.kind = CHANGE_GONE, .killed = true, .id = 3, .p = p, .ns = 90000,
		.task = rec_task(30));
	TEARDOWN(p, .begin_unseen = true, .begin_ns = 90000, .gone_ns = 90000);
	MARKS(p, .live = BORN_NS, .killed = 90000, .gone = 90000);
	assert_int_equal(p->state, PGMAP_GONE);
}

static void test_a_drain_that_was_not_seen(void **state)
{
	const struct {
		uint64_t took;
		bool unseen;
	} rs[] = { { 0, false }, { STUCK_NS - 1, false }, { STUCK_NS, true }, { 90000, true } };

	(void)state;
	for (size_t i = 0; i < sizeof(rs) / sizeof(*rs); i++) {
		struct pgmap *p = bear_dying(3, 1);
		struct pgr_rec_step g = rec_gone(3, 2000 + rs[i].took);

		TAKES(g);
		CHANGED(.kind = CHANGE_GONE, .id = 3, .p = p, .ns = 2000 + rs[i].took,
			.task = rec_task(30));
		/* Nobody knows how long the teardown waited, so it does not count as stuck. */
		TEARDOWN(p, BEGUN(1), .gone_ns = 2000 + rs[i].took, .wait_unseen = rs[i].unseen);
		MARKS(p, .live = BORN_NS, .killed = 2000, .gone = 2000 + rs[i].took);
		pgmaps__free(&pgmaps);
	}
}

static void test_a_wait_between_two_looks(void **state)
{
	const struct {
		uint64_t took;
		bool stuck;
	} rs[] = { { 0, false }, { STUCK_NS - 1, false }, { STUCK_NS, true }, { 90000, true } };

	(void)state;
	for (size_t i = 0; i < sizeof(rs) / sizeof(*rs); i++) {
		uint64_t ns = 2000 + rs[i].took;
		struct pgmap *p = bear_dying(3, 4);
		struct pgr_rec_step d = rec_drained(3, ns), g = rec_gone(3, 200000);

		TAKES(d);
		TEARDOWN(p, BEGUN(4), .drained_ns = ns, .last = rec_task(30), .stuck = rs[i].stuck,
			 .stuck_ns = rs[i].stuck ? ns : 0, .stuck_value = rs[i].stuck ? 4 : 0);
		/* The time between drain and end is not a wait. */
		TAKES(g);
		TEARDOWN(p, BEGUN(4), .drained_ns = ns, .gone_ns = 200000, .last = rec_task(30),
			 .stuck = rs[i].stuck, .stuck_ns = rs[i].stuck ? ns : 0,
			 .stuck_value = rs[i].stuck ? 4 : 0);
		pgmaps__free(&pgmaps);
	}
}

/* Long waits that do not count: nothing was held for sure, or they were reported before. */
static void test_waits_that_do_not_count(void **state)
{
	enum { NOTHING, AT_REST, BELOW, NOT_BEGUN, NO_VALUE, NO_REST, PART, STUCK, OLDER, EARLIER };
	struct pgr_rec_step d = rec_drained(3, 2000 + STUCK_NS), g = rec_gone(3, 2000 + STUCK_NS);

	(void)state;
	for (int why = NOTHING; why <= EARLIER; why++) {
		for (int end = 0; end < 2; end++) {
			struct pgr_rec_step *r = end ? &g : &d;
			struct pgmap *p = bear_dying(3, why == AT_REST ? 0 : why == BELOW ? -1 : 1);

			feed.skips_older = why == OLDER;
			if (why == NOT_BEGUN)
				p->td.begun = false;
			if (why == NO_VALUE)
				p->td.has_value = false;
			if (why == NO_REST)
				p->k.flags = PGR_PGMAP_NO_VALUE;
			if (why == PART)
				p->k.flags = PGR_PGMAP_ADOPTED | PGR_PGMAP_PAGES_PART;
			if (why == OLDER)
				p->k.flags = PGR_PGMAP_DYING_AT_START;
			if (why == EARLIER)
				p->td.begin_ns = r->h.ns + 1;
			if (why == STUCK) {
				p->td.stuck = true;
				p->td.stuck_ns = 5;
				p->td.stuck_value = 9;
			}
			TAKES(*r);
			assert_int_equal(p->td.wait_unseen, end && why == NOTHING);
			assert_int_equal(p->td.stuck, why == STUCK || (!end && why == NOTHING));
			assert_int_equal(p->td.stuck_ns, why == STUCK ? 5 :
							 p->td.stuck  ? r->h.ns :
									0);
			assert_int_equal(p->td.stuck_value, why == STUCK ? 9 : p->td.stuck ? 1 : 0);
			pgmaps__free(&pgmaps);
		}
	}
}

static void test_older_ones_count_where_they_may(void **state)
{
	struct pgmap *p = bear_dying(3, 1);
	struct pgr_rec_step d = rec_drained(3, 2000 + STUCK_NS);

	(void)state;
	p->k.flags = PGR_PGMAP_DYING_AT_START;
	TAKES(d);
	assert_true(p->td.stuck);
}

static void test_any_wait_is_long(void **state)
{
	struct pgmap *p = bear_dying(3, 1);
	struct pgr_rec_step d = rec_drained(3, 2000);

	(void)state;
	feed.stuck_ns = 0;
	TAKES(d);
	assert_true(p->td.stuck);
	assert_int_equal(p->td.stuck_ns, 2000);
}

static void test_two_teardowns_crossing(void **state)
{
	struct pgmap *one = bear(3), *two = bear(4);
	struct pgr_rec_teardown b3 = rec_begin(3, 2000, 514), b4 = rec_begin(4, 2100, 515);
	struct pgr_rec_sweep s3 = rec_sweep(3, 2200, 0, 1), s4 = rec_sweep(4, 2300, 0, 2);
	struct pgr_rec_step d4 = rec_drained(4, 2400), g4 = rec_gone(4, 2500);
	struct pgr_rec_step d3 = rec_drained(3, 2600), g3 = rec_gone(3, 2700);

	(void)state;
	b4.task = rec_task(21);
	d4.task = rec_task(31);
	d4.events[PGR_EV_GET] = 100;
	g4.events[PGR_EV_GET] = 101;
	TAKES(b3);
	TAKES(b4);
	TAKES(s3);
	assert_ptr_equal(c.p, one);
	TAKES(s4);
	assert_ptr_equal(c.p, two);
	TAKES(d4);
	CHANGED(.kind = CHANGE_DRAINED, .id = 4, .p = two, .ns = 2400, .task = rec_task(31));
	assert_int_equal(one->state, PGMAP_KILLED);
	TAKES(g4);
	CHANGED(.kind = CHANGE_GONE, .id = 4, .p = two, .ns = 2500, .task = rec_task(30));
	assert_int_equal(one->state, PGMAP_KILLED);
	assert_int_equal(one->value, 514);
	TAKES(d3);
	CHANGED(.kind = CHANGE_DRAINED, .id = 3, .p = one, .ns = 2600, .task = rec_task(30));
	TAKES(g3);
	CHANGED(.kind = CHANGE_GONE, .id = 3, .p = one, .ns = 2700, .task = rec_task(30));
	TEARDOWN(one, BEGUN(1), .drained_ns = 2600, .gone_ns = 2700, .last = rec_task(30));
	TEARDOWN(two, .begun = true, .begin_ns = 2100, .value = 515, .has_value = true,
		 .entries = 7, .task = rec_task(21), .stack = SITE, .drained_ns = 2400,
		 .gone_ns = 2500, .last = rec_task(31));
	assert_int_equal(one->td.sweep->busy, 1);
	assert_int_equal(two->td.sweep->busy, 2);
	MARKS(one, .live = BORN_NS, .killed = 2000, .drained = 2600, .gone = 2700);
	MARKS(two, .live = BORN_NS, .killed = 2100, .drained = 2400, .gone = 2500);
	TOTALS(one, 11, 12, 13, 14, 15, 16);
	TOTALS(two, 101, 12, 13, 14, 15, 16);
}

/* ---- out of order ------------------------------------------------------------ */

static void test_gone_before_drained(void **state)
{
	struct pgmap *p = bear_dying(3, 1);
	struct pgr_rec_step g = rec_gone(3, 30000), d = rec_drained(3, 29000);

	(void)state;
	TAKES(g);
	p->td.judged = true;
	TAKES(d);
	/* The record tells which task put last. It does not bring back an earlier state. */
	CHANGED(.kind = CHANGE_DRAINED, .id = 3, .p = p, .ns = 29000, .task = rec_task(30));
	assert_int_equal(p->state, PGMAP_GONE);
	TEARDOWN(p, BEGUN(1), .drained_ns = 29000, .gone_ns = 30000, .last = rec_task(30),
		 .wait_unseen = true, .judged = true);
	MARKS(p, .live = BORN_NS, .killed = 2000, .drained = 29000, .gone = 30000);
	LAST(p, VALUE, 30000, 0);
}

static void test_gone_twice(void **state)
{
	struct pgmap *p = bear_dying(3, 1);
	struct pgr_rec_step g = rec_gone(3, 3000), again = rec_gone(3, 4000);

	(void)state;
	TAKES(g);
	p->value = 8;
	again.task = rec_task(31);
	again.events[0] = 99;
	TAKES(again);
	CHANGED(.kind = CHANGE_NONE, .id = 3, .p = p, .ns = 4000);
	TEARDOWN(p, BEGUN(1), .gone_ns = 3000);
	assert_int_equal(p->value, 8);
	assert_int_equal(p->state, PGMAP_GONE);
	MARKS(p, .live = BORN_NS, .killed = 2000, .gone = 3000);
	/* The counters are those of the last record. */
	TOTALS(p, 99, 12, 13, 14, 15, 16);
}

static void test_a_sweep_after_the_end(void **state)
{
	struct pgmap *p = bear_dying(3, 0);
	struct pgr_rec_step g = rec_gone(3, 3000);
	struct pgr_rec_sweep s = rec_sweep(3, 2500, 1, 4);

	(void)state;
	TAKES(g);
	TAKES(s);
	CHANGED(.kind = CHANGE_SWEPT, .id = 3, .p = p, .ns = 2500, .pages = &s.sweep);
	assert_int_equal(p->state, PGMAP_GONE);
	assert_memory_equal(p->td.final, &s.sweep, sizeof(s.sweep));
	assert_null(p->td.sweep);
	LAST(p, BUSY, 2500, 4);
	TEARDOWN(p, BEGUN(0), .gone_ns = 3000);
}

static void test_a_begin_after_the_drain(void **state)
{
	for (int end = 0; end < 2; end++) {
		struct pgmap *p = bear(3);
		struct pgr_rec_step d = end ? rec_gone(3, 3000) : rec_drained(3, 3000);
		struct pgr_rec_teardown b = rec_begin(3, 2000, 520);

		(void)state;
		TAKES(d);
		assert_true(p->td.begin_unseen);
		TAKES(b);
		CHANGED(.kind = CHANGE_BEGUN, .id = 3, .p = p, .ns = 2000, .task = rec_task(20));
		TEARDOWN(p, BEGUN(7), .drained_ns = end ? 0 : 3000, .gone_ns = end ? 3000 : 0,
			 .last = end ? (struct pgr_task){ 0 } : rec_task(30));
		/* The value stays that of the later record. */
		assert_int_equal(p->state, end ? PGMAP_GONE : PGMAP_DRAINED);
		assert_int_equal(p->value, 0);
		assert_int_equal(p->ref_flags, 0);
		LAST(p, VALUE, 3000, 0);
		pgmaps__free(&pgmaps);
	}
}

static void test_events_after_the_end(void **state)
{
	struct pgmap *p = bear_dying(3, 0);
	struct pgr_rec_step g = rec_gone(3, 3000);
	struct pgr_rec_event e = rec_event(3, 2900, 2);
	struct pgr_rec_move m = rec_move(PGR_REC_DRAIN, 3, 2950, 1);

	(void)state;
	TAKES(g);
	TAKES(e);
	CHANGED(.kind = CHANGE_EVENT, .id = 3, .p = p, .ns = 2900, .task = rec_task(60),
		.event = &e);
	TAKES(m);
	assert_int_equal(c.kind, CHANGE_MOVED);
	assert_int_equal(p->td.drain.calls, 1);
	assert_int_equal(p->state, PGMAP_GONE);
	assert_int_equal(p->value, 0);
	TEARDOWN(p, BEGUN(0), .gone_ns = 3000);
	LAST(p, VALUE, 3000, 0);
}

static void test_counts_that_go_backward(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_pgmap k = p->k;
	struct pgr_rec_step d = rec_drained(3, 2500);

	(void)state;
	/* A tick reads counters that are newer than those of a record that arrives later. */
	memcpy(k.events, (uint64_t[]){ 20, 20, 20, 20, 20, 20 }, sizeof(k.events));
	feed__counters(p, &k, 2600);
	TOTALS(p, 20, 20, 20, 20, 20, 20);
	TAKES(d);
	TOTALS(p, 20, 20, 20, 20, 20, 20);
	assert_int_equal(p->k.events[0], 11);
	k.events[0] = 21;
	feed__counters(p, &k, 2700);
	TOTALS(p, 21, 20, 20, 20, 20, 20);
}

/* What must hold after any record at any time, whatever came before. */
static void test_any_order(void **state)
{
	unsigned int seed = 4711;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		unsigned int killed[3] = { 0 }, gone[3] = { 0 };
		enum pgmap_state before[3] = { 0 };

		feed.skips_older = round & 1;
		memset(feed.stack, 0, sizeof(feed.stack));
		for (int i = 0; i < 20; i++) {
			union any_record r;
			size_t size = rec_any(&r, 1 + rand_r(&seed) % PGR_REC_PUT);
			uint32_t id = 1 + rand_r(&seed) % 3;
			struct pgr_pgmap k = rec_pgmap(id);

			r.h.id = id;
			r.h.ns = BORN_NS + rand_r(&seed) % (4 * STUCK_NS);
			if (r.h.record == PGR_REC_PGMAP)
				r.pgmap.pgmap.id = id;
			if (r.h.record == PGR_REC_DRAINED)
				r.step.stack = rand_r(&seed) % 4;
			if (rand_r(&seed) % 2)
				k.flags = PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START;
			for (int tries = 0; tries < 4; tries++) {
				assert_int_equal(feed__record(&feed, &r.h, size, &c), 0);
				if (c.kind == CHANGE_NO_PGMAP)
					assert_int_equal(feed__add(&feed, &k, &c), 0);
				else if (c.kind == CHANGE_NO_STACK)
					feed__learn_stack(&feed, c.stack, c.stack & 1);
				else
					tries = 4;
				if (c.p)
					killed[id - 1] += c.killed;
			}
			assert_true(c.kind != CHANGE_NO_PGMAP && c.kind != CHANGE_NO_STACK);
			gone[id - 1] += c.kind == CHANGE_GONE;
			if (!c.p)
				continue;
			assert_true(c.p->state >= before[id - 1]);
			before[id - 1] = c.p->state;
			assert_int_equal(killed[id - 1], c.p->state != PGMAP_LIVE);
			assert_int_equal(gone[id - 1], c.p->state == PGMAP_GONE);
			assert_int_equal(c.p->td.gone_ns != 0, c.p->state == PGMAP_GONE);
			assert_int_equal(c.p->td.stuck, c.p->td.stuck_ns != 0);
		}
		pgmaps__free(&pgmaps);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_lost_births),
		test(test_a_begin_that_was_not_seen),
		test(test_nothing_but_the_end_was_seen),
		test(test_a_drain_that_was_not_seen),
		test(test_a_wait_between_two_looks),
		test(test_waits_that_do_not_count),
		test(test_older_ones_count_where_they_may),
		test(test_any_wait_is_long),
		test(test_two_teardowns_crossing),
		test(test_gone_before_drained),
		test(test_gone_twice),
		test(test_a_sweep_after_the_end),
		test(test_a_begin_after_the_drain),
		test(test_events_after_the_end),
		test(test_counts_that_go_backward),
		test(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

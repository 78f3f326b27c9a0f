// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What records change in the pgmaps of a run, when they arrive one after the other and in order. */
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

/* ---- births ------------------------------------------------------------------ */

static void test_a_birth(void **state)
{
	struct pgr_rec_pgmap r = rec_birth(3);
	struct pgmap *p;

	(void)state;
	TAKES(r);
	p = pgmaps.first;
	CHANGED(.kind = CHANGE_BORN, .fresh = true, .id = 3, .p = p, .ns = BORN_NS,
		.task = rec_task(10));
	assert_int_equal(nr_pgmaps(), 1);
	assert_memory_equal(&p->k, &r.pgmap, sizeof(p->k));
	assert_int_equal(p->state, PGMAP_LIVE);
	assert_true(p->has_value);
	assert_int_equal(p->value, 513);
	assert_int_equal(p->ref_flags, 0);
	assert_true(p->wanted);
	assert_false(p->named);
	assert_string_equal(p->dev, "namespace0.0");
	assert_string_equal(p->name, "");
	TEARDOWN(p, .begun = false);
	MARKS(p, .live = BORN_NS);
	LAST(p, VALUE, BORN_NS, 513);
	expect_none(p, HISTORY_ENTRIES);
	expect_none(p, HISTORY_BUSY);
	assert_int_equal(history__start_ns(p->history), BORN_NS);
	assert_int_equal(history__step_ns(p->history), SLOT_NS);
}

static void test_born_once(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_pgmap r = rec_birth(3);
	struct snapshot *s;

	(void)state;
	p->named = true;
	s = snapshot();
	r.pgmap.baseline = 99;
	TAKES(r);
	CHANGED(.kind = CHANGE_BORN, .id = 3, .p = p, .ns = BORN_NS, .task = rec_task(10));
	nothing_changed(s);
}

static void test_born_with_a_counter_that_cannot_be_read(void **state)
{
	struct pgr_rec_pgmap r = rec_birth(3);

	(void)state;
	r.pgmap.flags = PGR_PGMAP_NO_VALUE;
	TAKES(r);
	assert_false(c.p->has_value);
	assert_int_equal(c.p->state, PGMAP_LIVE);
	assert_false(c.killed);
}

static void test_adopted(void **state)
{
	struct pgr_rec_pgmap r = rec_birth(3);

	(void)state;
	r.pgmap.flags = PGR_PGMAP_ADOPTED;
	r.pgmap.creator = (struct pgr_task){ 0 };
	r.pgmap.dev[0] = '\0';
	TAKES(r);
	CHANGED(.kind = CHANGE_BORN, .fresh = true, .id = 3, .p = pgmaps.first, .ns = BORN_NS);
	assert_int_equal(c.p->state, PGMAP_LIVE);
	assert_false(c.p->has_value);
	assert_int_equal(c.p->value, 0);
	assert_string_equal(c.p->dev, "");
	expect_none(c.p, HISTORY_VALUE);
	MARKS(c.p, .live = BORN_NS);
}

static void test_adopted_in_the_middle_of_its_teardown(void **state)
{
	struct pgr_pgmap k = rec_pgmap(3);
	struct pgr_rec_step r = rec_drained(3, 5000);
	struct pgmap *p;

	(void)state;
	k.flags = PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START;
	assert_int_equal(feed__add(&feed, &k, &c), 0);
	p = pgmaps.first;
	CHANGED(.kind = CHANGE_BORN, .fresh = true, .killed = true, .id = 3, .p = p, .ns = BORN_NS,
		.task = rec_task(10));
	assert_int_equal(p->state, PGMAP_KILLED);
	assert_false(p->has_value);
	TEARDOWN(p, .begin_ns = BORN_NS);
	MARKS(p, .live = BORN_NS, .killed = BORN_NS);
	/* The begin was not seen: the teardown was in progress at the first look. */
	assert_false(feed__close_adopted(p));
	TAKES(r);
	CHANGED(.kind = CHANGE_DRAINED, .id = 3, .p = p, .ns = 5000, .task = rec_task(30));
	TEARDOWN(p, .begin_ns = BORN_NS, .drained_ns = 5000, .last = rec_task(30));
	assert_int_equal(p->state, PGMAP_DRAINED);
	assert_true(feed__close_adopted(p));
	assert_int_equal(p->state, PGMAP_GONE);
	TEARDOWN(p, .begin_ns = BORN_NS, .drained_ns = 5000, .last = rec_task(30));
	/* A pgmap is closed once. */
	assert_false(feed__close_adopted(p));
}

static void test_only_drained_and_unseen_ones_are_closed(void **state)
{
	struct pgmap *p = bear_dying(3, 0);
	struct pgr_rec_step r = rec_drained(3, 5000);

	(void)state;
	TAKES(r);
	assert_false(feed__close_adopted(p)); /* its begin was seen: a record will tell its end */
	assert_int_equal(p->state, PGMAP_DRAINED);
	p->td.begun = false;
	p->td.judged = true;
	assert_false(feed__close_adopted(p));
	assert_int_equal(p->state, PGMAP_DRAINED);
	p->td.judged = false;
	assert_true(feed__close_adopted(p));
}

static void test_a_generation_comes_back_at_the_address(void **state)
{
	struct pgmap *one = bear_dying(3, 0), *two;
	struct pgr_rec_step end = rec_gone(3, 9000);
	struct pgr_rec_event e = rec_event(4, 20000, 600);
	struct pgr_rec_pgmap r = rec_birth(4);
	struct snapshot *s;

	(void)state;
	TAKES(end);
	one->td.judged = true;
	s = snapshot();
	r.h.ns = r.pgmap.born_ns = 10000;
	TAKES(r);
	two = c.p;
	CHANGED(.kind = CHANGE_BORN, .fresh = true, .id = 4, .p = two, .ns = 10000,
		.task = rec_task(10));
	assert_ptr_not_equal(one, two);
	assert_int_equal(two->k.addr, one->k.addr);
	TAKES(e);
	assert_ptr_equal(c.p, two);
	assert_int_equal(two->state, PGMAP_LIVE);
	assert_int_equal(one->state, PGMAP_GONE);
	TEARDOWN(two, .begun = false);
	MARKS(two, .live = 10000);
	LAST(two, VALUE, 20000, 600);
	/* In the first generation, only the link to the second one changed. */
	pgmaps__drop(&pgmaps, two);
	nothing_changed(s);
}

static void test_a_generation_comes_before_the_end_of_the_last(void **state)
{
	struct pgmap *one = bear(3), *two = bear(4);
	struct pgr_rec_teardown r = rec_begin(4, 3000, 513);

	(void)state;
	/* The end of the first was lost. The teardown of the second does not change the first. */
	TAKES(r);
	assert_ptr_equal(c.p, two);
	assert_int_equal(one->state, PGMAP_LIVE);
	assert_int_equal(two->state, PGMAP_KILLED);
	assert_int_equal(two->td.begin_ns, 3000);
	MARKS(one, .live = BORN_NS);
}

/* ---- a teardown, step by step ------------------------------------------------ */

static void test_a_whole_teardown(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_teardown b = rec_begin(3, 2000, 520);
	struct pgr_rec_sweep s = rec_sweep(3, 2100, 0, 5), f = rec_sweep(3, 2300, 1, 4);
	struct pgr_rec_step d = rec_drained(3, 2200), g = rec_gone(3, 2400);

	(void)state;
	p->value = 1;
	TAKES(b);
	CHANGED(.kind = CHANGE_BEGUN, .killed = true, .id = 3, .p = p, .ns = 2000,
		.task = rec_task(20));
	assert_int_equal(p->state, PGMAP_KILLED);
	assert_int_equal(p->value, 520);
	assert_true(p->has_value);
	assert_int_equal(p->ref_flags, PGR_REF_ATOMIC);
	TEARDOWN(p, BEGUN(7));
	MARKS(p, .live = BORN_NS, .killed = 2000);
	LAST(p, VALUE, 2000, 520);
	LAST(p, ENTRIES, 2000, 7);
	assert_null(p->td.sweep);

	TAKES(s);
	CHANGED(.kind = CHANGE_SWEPT, .id = 3, .p = p, .ns = 2100, .pages = &s.sweep);
	assert_memory_equal(p->td.sweep, &s.sweep, sizeof(s.sweep));
	assert_null(p->td.final);
	LAST(p, BUSY, 2100, 5);
	assert_int_equal(p->state, PGMAP_KILLED);

	TAKES(d);
	CHANGED(.kind = CHANGE_DRAINED, .id = 3, .p = p, .ns = 2200, .task = rec_task(30));
	assert_int_equal(p->state, PGMAP_DRAINED);
	assert_int_equal(p->value, 0);
	TEARDOWN(p, BEGUN(7), .drained_ns = 2200, .last = rec_task(30));
	MARKS(p, .live = BORN_NS, .killed = 2000, .drained = 2200);
	LAST(p, VALUE, 2200, 0);
	LAST(p, ENTRIES, 2200, 17);
	assert_memory_equal(p->k.events, d.events, sizeof(d.events));
	assert_int_equal(p->k.entries, 17);
	assert_int_equal(p->k.entry_pages, 18);
	assert_int_equal(p->k.foreign_puts, 19);
	assert_int_equal(p->k.former_deletes, 20);
	assert_int_equal(p->k.drains, 21);
	assert_int_equal(p->k.drain_refs, 22);
	assert_int_equal(p->k.drain_known, 23);
	TOTALS(p, 11, 12, 13, 14, 15, 16);

	TAKES(f);
	CHANGED(.kind = CHANGE_SWEPT, .id = 3, .p = p, .ns = 2300, .pages = &f.sweep);
	assert_memory_equal(p->td.final, &f.sweep, sizeof(f.sweep));
	assert_memory_equal(p->td.sweep, &s.sweep, sizeof(s.sweep));
	LAST(p, BUSY, 2300, 4);
	assert_int_equal(p->state, PGMAP_DRAINED);

	p->value = 1;
	g.events[PGR_EV_PUT] = 15;
	g.entries = 0;
	TAKES(g);
	CHANGED(.kind = CHANGE_GONE, .id = 3, .p = p, .ns = 2400, .task = rec_task(30));
	assert_int_equal(p->state, PGMAP_GONE);
	assert_int_equal(p->value, 0);
	TEARDOWN(p, BEGUN(7), .drained_ns = 2200, .gone_ns = 2400, .last = rec_task(30));
	MARKS(p, .live = BORN_NS, .killed = 2000, .drained = 2200, .gone = 2400);
	LAST(p, VALUE, 2400, 0);
	LAST(p, ENTRIES, 2400, 0);
	TOTALS(p, 11, 15, 13, 14, 15, 16);
}

static void test_a_begin_whose_value_cannot_be_read(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_teardown r = rec_begin(3, 2000, 77);

	(void)state;
	r.ref_flags = PGR_REF_UNREADABLE;
	TAKES(r);
	assert_false(p->has_value);
	assert_false(p->td.has_value);
	assert_int_equal(p->ref_flags, PGR_REF_UNREADABLE);
	LAST(p, VALUE, BORN_NS, 513);
	LAST(p, ENTRIES, 2000, 7);
}

static void test_a_sweep_is_replaced(void **state)
{
	struct pgmap *p = bear_dying(3, 0);
	struct pgr_rec_sweep one = rec_sweep(3, 2100, 0, 5), two = rec_sweep(3, 2200, 0, 6);

	(void)state;
	TAKES(one);
	TAKES(two);
	assert_memory_equal(p->td.sweep, &two.sweep, sizeof(two.sweep));
	/* After an incomplete sweep the busy pages are known, but the history gets no sample. */
	two.h.ns = 2300;
	two.sweep.flags = PGR_SWEEP_OUT_OF_TIME;
	two.sweep.busy = 1;
	TAKES(two);
	assert_int_equal(p->td.sweep->busy, 1);
	LAST(p, BUSY, 2200, 6);
}

static void test_moves_after_the_kill(void **state)
{
	struct pgmap *p = bear_dying(3, 5);
	struct pgr_rec_move put = rec_move(PGR_REC_DRAIN, 3, 2100, 2);
	struct pgr_rec_move get = rec_move(PGR_REC_LATE, 3, 2200, 1);
	struct late_moves late = { 0 }, drain = { 0 };

	(void)state;
	TAKES(put);
	CHANGED(.kind = CHANGE_MOVED, .id = 3, .p = p, .ns = 2100, .task = rec_task(40));
	late_moves__add(&drain, &put);
	assert_memory_equal(&p->td.drain, &drain, sizeof(drain));
	assert_memory_equal(&p->td.late, &late, sizeof(late));
	TAKES(get);
	CHANGED(.kind = CHANGE_MOVED, .id = 3, .p = p, .ns = 2200, .task = rec_task(40));
	late_moves__add(&late, &get);
	assert_memory_equal(&p->td.drain, &drain, sizeof(drain));
	assert_memory_equal(&p->td.late, &late, sizeof(late));
	TEARDOWN(p, BEGUN(5));
}

static void test_a_put_of_an_exact_account(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_move put = rec_move(PGR_REC_PUT, 3, 2100, 2);

	(void)state;
	TAKES(put);
	assert_int_equal(c.kind, CHANGE_MOVED);
	assert_ptr_equal(c.move, &put);
	assert_int_equal(p->exact.puts.nr, 1);
	assert_int_equal(p->exact.puts.n, 2);
	assert_int_equal(p->td.drain.calls, 0);
	assert_int_equal(p->td.late.calls, 0);
}

/* ---- events ------------------------------------------------------------------ */

static void test_an_event(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_event e = rec_event(3, 1500, 600);
	int64_t v;
	uint64_t t;

	(void)state;
	TAKES(e);
	/* The task of an event's stack is looked up only when the event is shown. */
	CHANGED(.kind = CHANGE_EVENT, .id = 3, .p = p, .ns = 1500, .task = rec_task(60),
		.event = &e);
	LAST(p, VALUE, 1500, 600);
	LAST(p, ENTRIES, 1500, 4);
	e = rec_event(3, 1501, 550);
	TAKES(e);
	assert_int_equal(history__peak(p->history, HISTORY_VALUE, &v, &t), 0);
	assert_int_equal(v, 600);
	assert_int_equal(t, 1500);
	/* The value is the one that was last read, not that of an event. */
	assert_int_equal(p->value, 513);
	assert_int_equal(p->state, PGMAP_LIVE);
	TOTALS(p, 0, 0, 0, 0, 0, 0);
}

/* References above the value at rest, which the kill takes away: it makes no cliff. */
static void test_extremes_around_the_kill(void **state)
{
	struct pgmap *p = bear(3);
	int64_t v;
	uint64_t t;

	(void)state;
	/* The kill came after the flags were read. */
	feed__extremes(p, 3, 515, 1600);
	assert_int_equal(history__peak(p->history, HISTORY_REFS, &v, &t), 0);
	assert_int_equal(v, 2);
	assert_int_equal(history__low(p->history, HISTORY_REFS, &v, &t), 0);
	assert_int_equal(v, 0);
	/* The kill came between them. */
	p->ref_flags = PGR_REF_DYING;
	p->value = 1;
	feed__extremes(p, 1, 520, 1700);
	assert_int_equal(history__peak(p->history, HISTORY_REFS, &v, &t), 0);
	assert_int_equal(v, 7);
	LAST(p, REFS, 1700, 1);
	/* Both are from after it. */
	feed__extremes(p, 1, 30, 1800);
	assert_int_equal(history__peak(p->history, HISTORY_REFS, &v, &t), 0);
	assert_int_equal(v, 30);
	assert_int_equal(history__low(p->history, HISTORY_REFS, &v, &t), 0);
	assert_int_equal(v, 0);
}

static void test_an_event_whose_value_cannot_be_read(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_event e = rec_event(3, 1500, 600);

	(void)state;
	e.ref_flags = PGR_REF_UNREADABLE | PGR_REF_DYING;
	TAKES(e);
	assert_int_equal(c.kind, CHANGE_EVENT);
	LAST(p, VALUE, BORN_NS, 513);
	LAST(p, ENTRIES, 1500, 4);
}

static void test_the_first_pin(void **state)
{
	struct pgr_header h = { PGR_REC_PINNED, 0, 1500 };
	struct snapshot *s;

	(void)state;
	bear(3);
	s = snapshot();
	assert_int_equal(feed__record(&feed, &h, sizeof(h), &c), 0);
	CHANGED(.kind = CHANGE_PINNED, .ns = 1500);
	nothing_changed(s);
}

/* ---- interrupts -------------------------------------------------------------- */

static void test_stacks(void **state)
{
	bool interrupt = true;

	(void)state;
	assert_true(feed__knows_stack(&feed, 0, &interrupt));
	assert_false(interrupt);
	assert_false(feed__knows_stack(&feed, IRQ, &interrupt));
	feed__learn_stack(&feed, IRQ, true);
	assert_true(feed__knows_stack(&feed, IRQ, &interrupt));
	assert_true(interrupt);
	feed__learn_stack(&feed, SITE, false);
	assert_true(feed__knows_stack(&feed, SITE, &interrupt));
	assert_false(interrupt);
	assert_true(feed__knows_stack(&feed, IRQ, &interrupt));
	assert_true(interrupt);
	/* Another stack takes the same place. */
	feed__learn_stack(&feed, IRQ + 2 * FEED_STACKS, false);
	assert_false(feed__knows_stack(&feed, IRQ, &interrupt));
	assert_true(feed__knows_stack(&feed, IRQ + 2 * FEED_STACKS, &interrupt));
	assert_false(interrupt);
	/* Key 0 means no stack, although another stack has its place now. */
	feed__learn_stack(&feed, 2 * FEED_STACKS, true);
	assert_true(feed__knows_stack(&feed, 0, &interrupt));
	assert_false(interrupt);
	/* As many stacks as there are places. */
	for (uint64_t i = 0; i < FEED_STACKS; i++)
		feed__learn_stack(&feed, 2 * i + 1, i % 3);
	for (uint64_t i = 0; i < FEED_STACKS; i++) {
		assert_true(feed__knows_stack(&feed, 2 * i + 1, &interrupt));
		assert_int_equal(interrupt, i % 3 ? 1 : 0);
	}
}

static void test_whose_stack_it_is_is_asked(void **state)
{
	const struct pgr_task nobody = { 0 };
	struct pgr_rec_step d = rec_drained(3, 2500);
	struct pgr_rec_move late = rec_move(PGR_REC_LATE, 3, 2300, 1);
	struct pgr_rec_move drain = rec_move(PGR_REC_DRAIN, 3, 2400, 1);
	const struct {
		struct pgr_header *h;
		size_t size;
		enum change_kind then;
		struct pgr_task task;
	} rs[] = {
		{ &d.h, sizeof(d), CHANGE_DRAINED, rec_task(30) },
		{ &late.h, sizeof(late), CHANGE_MOVED, rec_task(40) },
		{ &drain.h, sizeof(drain), CHANGE_MOVED, rec_task(40) },
	};

	(void)state;
	d.stack = late.stack = drain.stack = IRQ;
	for (size_t i = 0; i < sizeof(rs) / sizeof(*rs); i++) {
		for (int interrupt = 0; interrupt < 2; interrupt++) {
			struct pgmap *p = bear_dying(3, 3);
			struct snapshot *s = snapshot();

			memset(feed.stack, 0, sizeof(feed.stack));
			assert_int_equal(feed__record(&feed, rs[i].h, rs[i].size, &c), 0);
			CHANGED(.kind = CHANGE_NO_STACK, .id = 3, .p = p, .ns = rs[i].h->ns,
				.stack = IRQ);
			nothing_changed(s);
			feed__learn_stack(&feed, IRQ, interrupt);
			assert_int_equal(feed__record(&feed, rs[i].h, rs[i].size, &c), 0);
			CHANGED(.kind = rs[i].then, .id = 3, .p = p, .ns = rs[i].h->ns,
				.task = interrupt ? nobody : rs[i].task);
			if (rs[i].h == &d.h) {
				assert_task(&p->td.last, interrupt ? &nobody : &rs[i].task);
				assert_int_equal(p->td.last_stack, IRQ);
			} else {
				const struct late_moves *m = rs[i].h == &late.h ? &p->td.late :
										  &p->td.drain;

				assert_int_equal(m->nr, 1);
				assert_int_equal(m->n, 1);
				assert_int_equal(m->group[0].stack, IRQ);
				assert_task(&m->group[0].task, interrupt ? &nobody : &rs[i].task);
				assert_int_equal(m->group[0].taker.tgid, 50);
			}
			pgmaps__free(&pgmaps);
		}
	}
}

static void test_who_ends_it_is_no_interrupt(void **state)
{
	struct pgmap *p = bear_dying(3, 0);
	struct pgr_rec_step g = rec_gone(3, 2500);

	(void)state;
	g.stack = IRQ;
	TAKES(g);
	CHANGED(.kind = CHANGE_GONE, .id = 3, .p = p, .ns = 2500, .task = rec_task(30));
	assert_int_equal(p->td.last_stack, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_a_birth),
		test(test_born_once),
		test(test_born_with_a_counter_that_cannot_be_read),
		test(test_adopted),
		test(test_adopted_in_the_middle_of_its_teardown),
		test(test_only_drained_and_unseen_ones_are_closed),
		test(test_a_generation_comes_back_at_the_address),
		test(test_a_generation_comes_before_the_end_of_the_last),
		test(test_a_whole_teardown),
		test(test_a_begin_whose_value_cannot_be_read),
		test(test_a_sweep_is_replaced),
		test(test_moves_after_the_kill),
		test(test_a_put_of_an_exact_account),
		test(test_an_event),
		test(test_extremes_around_the_kill),
		test(test_an_event_whose_value_cannot_be_read),
		test(test_the_first_pin),
		test(test_stacks),
		test(test_whose_stack_it_is_is_asked),
		test(test_who_ends_it_is_no_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run knows of holders, whether the layers agree, and what was dropped since the start. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/run_ledger.h"
#include "run/run_replaced.h"
#include "run_world.h"

static void add_row(uint32_t id, uint32_t holding, uint64_t subject, int64_t n)
{
	size_t i = kernel.nr_rows++;

	kernel.row[i].key = (struct pgr_ledger_key){
		.id = id, .holding = holding, .subject = subject, .tid = 61
	};
	kernel.row[i].row = (struct pgr_ledger_row){
		.ns = start, .last_ns = start, .n = n, .task = rec_task(60), .pfn = subject
	};
}

static struct ledger *ledger_of(uint32_t id, bool drop)
{
	return run__ledger(&run.k, &o, p_of(id), NULL, drop);
}

static void test_filters(void **state)
{
	char *command[] = { "true", NULL };

	(void)state;
	assert_false(run__filters(&o));
	o.command = command;
	assert_true(run__filters(&o)); /* a trace of COMMAND shows only COMMAND's tasks */
	o.verb = verb_of("check");
	assert_false(run__filters(&o));
	o.nr_pids = 1;
	assert_true(run__filters(&o));
	o.nr_pids = 0;
	o.nr_tids = 1;
	assert_true(run__filters(&o));
	o.nr_tids = 0;
	o.comm = "fio";
	assert_true(run__filters(&o));
}

static void test_is_the_ledger_whole(void **state)
{
	(void)state;
	assert_true(run__ledger_is_whole(run.k.tracer, &o));
	kernel.loss.cause[PGR_LOSS_LEDGER_FULL] = 1;
	assert_false(run__ledger_is_whole(run.k.tracer, &o));
	kernel.loss.cause[PGR_LOSS_LEDGER_FULL] = 0;
	kernel.loss_err = -EIO;
	assert_false(run__ledger_is_whole(run.k.tracer, &o));
	kernel.loss_err = 0;
	o.nr_pids = 1;
	assert_false(run__ledger_is_whole(run.k.tracer, &o));
}

static void test_a_ledger(void **state)
{
	struct ledger *l;

	(void)state;
	bear(1);
	bear(2);
	add_row(1, PGR_HOLD_PAGE, 5, 2);
	add_row(2, PGR_HOLD_PAGE, 6, 3);
	l = ledger_of(1, false);
	assert_non_null(l);
	assert_int_equal(ledger__nr(l), 1);
	assert_int_equal(ledger__references(l), 2);
	assert_int_equal(ledger__holder(l, 0)->task.tgid, 60);
	ledger__free(l);
	assert_int_equal(kernel.nr_rows, 2);
	l = ledger_of(2, true);
	assert_int_equal(ledger__references(l), 3);
	ledger__free(l);
	assert_int_equal(kernel.nr_rows, 0);
}

static void test_a_ledger_that_cannot_be_read(void **state)
{
	(void)state;
	bear(1);
	kernel.ledger_err = -EIO;
	assert_null(ledger_of(1, false));
}

/* A kernel whose pgmaps account for their folios, with one pgmap at rest. */
static struct fake_pgmap *with_layers(void)
{
	kernel.plan.series.on = kernel.plan.series.puts_visible = true;
	bear(1);
	p_of(1)->k.type = kernel.pgmap[0].k.type = PGR_TYPE_FSDAX;
	kernel.takes = PGR_TAKES;
	return &kernel.pgmap[0];
}

static void test_where_layers_can_be_compared(void **state)
{
	(void)state;
	with_layers();
	assert_true(run__sees_layers(run.k.tracer, &o, p_of(1)));
	kernel.takes = PGR_TAKES_UNKNOWN;
	assert_false(run__sees_layers(run.k.tracer, &o, p_of(1)));
	p_of(1)->k.type = PGR_TYPE_GENERIC;
	assert_true(run__sees_layers(run.k.tracer, &o, p_of(1)));
	p_of(1)->k.type = PGR_TYPE_P2PDMA;
	assert_false(run__sees_layers(run.k.tracer, &o, p_of(1)));
	p_of(1)->k.type = PGR_TYPE_GENERIC;
	o.nr_pids = 1;
	assert_false(run__sees_layers(run.k.tracer, &o, p_of(1)));
	o.nr_pids = 0;
	kernel.plan.series.on = false;
	assert_false(run__sees_layers(run.k.tracer, &o, p_of(1)));
}

static void check(struct pgr_sweep *w)
{
	run__sample(run.k.tracer, p_of(1));
	run__check_layers(&run, p_of(1), w);
}

static void test_layers_that_agree(void **state)
{
	struct fake_pgmap *k = with_layers();
	struct pgr_sweep w = { .flags = PGR_SWEEP_DONE, .used = 3 };

	(void)state;
	k->value = k->k.baseline + 3;
	for (int i = 0; i < 3; i++)
		check(&w);
	assert_false(p_of(1)->layers_reported);
}

static void test_layers_that_differ_at_two_samples(void **state)
{
	struct fake_pgmap *k = with_layers();
	struct pgr_sweep w = { .flags = PGR_SWEEP_DONE, .used = 3 };

	(void)state;
	k->value = k->k.baseline + 4;
	check(&w);
	assert_false(p_of(1)->layers_reported);
	check(&w);
	assert_true(p_of(1)->layers_reported);
	check(&w); /* it is reported once */
	assert_true(p_of(1)->layers_reported);
}

static void test_samples_while_something_moves_are_none(void **state)
{
	struct fake_pgmap *k = with_layers();
	struct pgr_sweep w = { .flags = PGR_SWEEP_DONE, .used = 3 };

	(void)state;
	k->value = k->k.baseline + 4;
	for (int i = 0; i < 5; i++) {
		/* An event was recorded after the counters were read, and changed only them. */
		k->k.events[PGR_EV_GET]++;
		check(&w);
	}
	assert_false(p_of(1)->layers_reported);
	/* The counter changes while the ledger is read. */
	memcpy(p_of(1)->k.events, k->k.events, sizeof(k->k.events));
	for (int i = 0; i < 5; i++) {
		k->value = k->k.baseline + 4;
		k->moves = true;
		k->then = k->k.baseline + 5;
		check(&w);
	}
	assert_false(p_of(1)->layers_reported);
	k->moves = false;
	k->value = k->k.baseline + 4;
	/* An incomplete sweep shows nothing. */
	w.flags = PGR_SWEEP_OUT_OF_TIME;
	check(&w);
	check(&w);
	assert_false(p_of(1)->layers_reported);
}

/* ---- what went since the start ------------------------------------------------ */

static struct pgmap *at_start(int64_t excess)
{
	struct pgmap *p;

	bear(1);
	p = p_of(1);
	p->start.there = true;
	p->start.state.excess = excess;
	return p;
}

static void see_less(struct pgmap *p, int64_t value, const struct pgr_sweep *w)
{
	kernel.pgmap[0].value = value;
	run__sample(run.k.tracer, p);
	run__see_less(run.k.tracer, p, w);
}

static void test_a_counter_that_fell(void **state)
{
	struct pgmap *p = at_start(5);

	(void)state;
	see_less(p, 513 + 5, NULL);
	assert_false(p->start.has_low);
	see_less(p, 513 + 3, NULL);
	assert_true(p->start.has_low);
	assert_int_equal(p->start.low, 3);
	see_less(p, 513 + 4, NULL);
	assert_int_equal(p->start.low, 3);
}

static void test_a_counter_that_falls_while_it_is_read(void **state)
{
	struct pgmap *p = at_start(5);

	(void)state;
	kernel.pgmap[0].moves = true;
	kernel.pgmap[0].then = 513 + 5;
	see_less(p, 513 + 1, NULL); /* the second reading is not lower */
	assert_false(p->start.has_low);
	kernel.pgmap[0].then = 513 + 2;
	see_less(p, 513 + 1, NULL);
	assert_int_equal(p->start.low, 2);
}

static void test_starts_that_are_not_known(void **state)
{
	struct pgmap *p = at_start(5);

	(void)state;
	p->start.there = false;
	p->k.flags = PGR_PGMAP_ADOPTED;
	see_less(p, 513 - 1, NULL);
	assert_false(p->start.has_low);
	p->k.flags = PGR_PGMAP_NO_VALUE;
	see_less(p, 513 - 1, NULL);
	assert_false(p->start.has_low);
	/* A pgmap that was made since the start began with no excess. */
	p->k.flags = 0;
	see_less(p, 513, NULL);
	assert_false(p->start.has_low);
	see_less(p, 513 - 1, NULL);
	assert_int_equal(p->start.low, -1);
}

static void test_what_folios_explain(void **state)
{
	struct pgr_sweep w = { .flags = PGR_SWEEP_DONE, .used = 3 };
	struct pgmap *p = at_start(5);

	(void)state;
	kernel.plan.series.on = true;
	see_less(p, 513 + 4, NULL); /* the folios in use were not counted */
	assert_false(p->start.has_low);
	see_less(p, 513 + 4, &w);
	assert_int_equal(p->start.low, 1);
	w.used = 4;
	kernel.pgmap[0].moves = true;
	kernel.pgmap[0].then = 513 + 5;
	see_less(p, 513 + 4, &w); /* the counter changed between the readings */
	assert_int_equal(p->start.low, 1);
}

static void test_pages_of_the_start(void **state)
{
	struct pgr_busy_row rows[] = { { .pfn = 1, .extra = 1 }, { .pfn = 2, .extra = 1 } };
	struct pgmap *p = at_start(0);

	(void)state;
	see_less(p, 513, NULL);
	assert_int_equal(kernel.listed_sweeps, 0); /* no page was busy */
	assert_int_equal(busy__add(&p->start.busy, rows, 2), 0);
	assert_int_equal(busy__copy(&p->start.floor, &p->start.busy), 0);
	kernel.still = 1;
	see_less(p, 513, NULL);
	assert_int_equal(kernel.listed_sweeps, 1);
	assert_int_equal(busy__lowered(&p->start.busy, &p->start.floor), 1);
	/* The next sweep is not due yet. */
	p->start.next_reread_ns = NEVER;
	see_less(p, 513, NULL);
	assert_int_equal(kernel.listed_sweeps, 1);
}

static struct end_facts events_of(struct pgmap *p, int64_t before, int64_t after)
{
	static struct busy_change change;
	struct reading r = { .state = { .has_value = true, .excess = after } };
	struct end_facts f = { .after = r.state, .before = { .has_value = true, .excess = before } };

	run__see_events(&run.k, run.o, p, &r, &f, &change);
	assert_ptr_equal(f.pages, &change);
	return f;
}

static void test_what_was_taken_in_the_run(void **state)
{
	struct pgmap *p = at_start(5);
	struct end_facts f;

	(void)state;
	o.pins = true;
	p->start.ns = start;
	p->start.has_low = true;
	p->start.low = 2;
	add_row(1, PGR_HOLD_PAGE, 5, 2);
	add_row(1, PGR_HOLD_PAGE, 6, 4);
	add_row(1, PGR_HOLD_ENTRY, 7, 8);
	kernel.row[1].row.last_ns = start - 1; /* before the start, by another task */
	kernel.row[1].row.task = rec_task(80);
	f = events_of(p, 5, 3);
	assert_true(f.has_low);
	assert_int_equal(f.low, 2);
	assert_int_equal(f.taken, 2);
	assert_null(f.taken_unseen);
	assert_null(f.pins_unseen);
	/* If nothing of the start can be left, the ledger is not read. */
	f = events_of(p, 0, 3);
	assert_int_equal(f.taken, 0);
	f = events_of(p, 5, 0);
	assert_int_equal(f.taken, 0);
	kernel.ledger_err = -EIO;
	f = events_of(p, 5, 3);
	assert_int_equal(f.taken, 0);
	assert_string_equal(f.taken_unseen, "the ledger could not be read");
	kernel.loss_err = -EIO;
	f = events_of(p, 5, 3);
	assert_string_equal(f.taken_unseen, "what was lost is not known");
	assert_string_equal(f.pins_unseen, "what was lost is not known");
	o.nr_pids = 1;
	f = events_of(p, 5, 3);
	assert_string_equal(f.taken_unseen, "a filter leaves out tasks that took references");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_filters),
		test(test_is_the_ledger_whole),
		test(test_a_ledger),
		test(test_a_ledger_that_cannot_be_read),
		test(test_where_layers_can_be_compared),
		test(test_layers_that_agree),
		test(test_layers_that_differ_at_two_samples),
		test(test_samples_while_something_moves_are_none),
		test(test_a_counter_that_fell),
		test(test_a_counter_that_falls_while_it_is_read),
		test(test_starts_that_are_not_known),
		test(test_what_folios_explain),
		test(test_pages_of_the_start),
		test(test_what_was_taken_in_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

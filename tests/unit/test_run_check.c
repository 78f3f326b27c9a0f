// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* check on a made-up kernel: the start, the end and the assertions of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/run_assertions.h"
#include "run/run_check.h"
#include "run_world.h"

static int set_up_check(void **state)
{
	int err = set_up(state);

	o.verb = verb_of("check");
	o.stuck_ns = NEVER;
	return err;
}

static int tear_down_check(void **state)
{
	free(run.model.assertions);
	return tear_down(state);
}

static void asserts(enum assertion_kind kind, uint64_t limit)
{
	o.assertions[o.nr_assertions++] = (struct assertion){ .kind = kind, .limit = limit };
}

/* The i-th assertion after the end of the run. */
static struct assertion finish(size_t i)
{
	const char *stopped[PGR_HOOKS] = { NULL };
	bool missing[PGR_HOOKS] = { false };
	struct loss_facts f = { .cause = kernel.loss.cause,
				.missed_runs = kernel.loss.missed_runs,
				.missing = missing,
				.stopped = stopped,
				.adopted_all = true };

	run__end_assertions(&run, &f);
	assert_int_equal(run.end.totals.assertions, run.model.nr_assertions);
	return run.model.assertions[i];
}

static void busy(struct fake_pgmap *k, uint64_t pfn)
{
	k->row[k->nr_rows++] = (struct pgr_busy_row){ .pfn = pfn, .extra = 1 };
	k->sweep.list[k->sweep.listed++] = (struct pgr_busy_page){ .pfn = pfn, .refcount = 2 };
	k->sweep.busy++;
	k->sweep.extra++;
	k->sweep.others++;
}

static void start_run(void)
{
	assert_int_equal(run__start_state(&run), 0);
	assert_false(run.end.failed);
}

static void test_clean(void **state)
{
	struct fake_pgmap *k = &kernel.pgmap[0];

	(void)state;
	o.pins = true; /* otherwise a new pin may have replaced an old one */
	bear(1);
	busy(k, 5);
	k->value += 3;
	start_run();
	assert_true(p_of(1)->start.there);
	assert_int_equal(p_of(1)->start.state.excess, 3);
	assert_int_equal(p_of(1)->start.busy.nr, 1);
	/* The end is as busy as the start: clean. */
	assert_true(run__at_rest(&run));
	run__end_state(&run);
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
	assert_int_equal(run.end.totals.leaks + run.end.totals.inconclusive, 0);
	assert_false(run.end.failing);
}

static void test_what_may_have_been_replaced(void **state)
{
	(void)state;
	bear(1);
	busy(&kernel.pgmap[0], 5);
	start_run();
	assert_false(run__at_rest(&run));
	run__end_state(&run);
	assert_int_equal(run.end.worst.verdict, VERDICT_INCONCLUSIVE);
	has(run.end.worst.why, "pins are not traced");
	assert_int_equal(run.end.totals.inconclusive, 1);
	assert_false(run.end.failing);
}

static void test_references_that_are_left(void **state)
{
	(void)state;
	bear(1);
	start_run();
	kernel.pgmap[0].value += 2;
	assert_false(run__at_rest(&run));
	run__end_state(&run);
	assert_int_equal(run.end.worst.verdict, VERDICT_LEAK);
	assert_int_equal(run.end.worst.kinds, LEAK_EXCESS_AT_END);
	assert_int_equal(run.end.totals.leaks, 1);
	assert_true(run.end.failing);
	has(written(), "excess-at-end");
}

static void test_pages_that_are_left(void **state)
{
	(void)state;
	bear(1);
	start_run();
	busy(&kernel.pgmap[0], 5);
	assert_false(run__at_rest(&run));
	run__end_state(&run);
	assert_int_equal(run.end.worst.kinds, LEAK_BUSY_AT_END);
	has(written(), "busy-at-end");
}

static void test_one_that_was_made_since(void **state)
{
	(void)state;
	start_run();
	bear(1);
	assert_true(run__at_rest(&run));
	kernel.pgmap[0].value++;
	assert_false(run__at_rest(&run));
	run__end_state(&run);
	assert_int_equal(run.end.worst.kinds, LEAK_EXCESS_AT_END);
}

static void test_no_rest_while_a_teardown_is_open(void **state)
{
	(void)state;
	bear(1);
	start_run();
	feed_begin(1, 1000, 0);
	assert_false(run__at_rest(&run));
	feed_drained(1, 2000);
	assert_false(run__at_rest(&run));
	feed_gone(1, 3000);
	assert_true(run__at_rest(&run));
	/* check does not wait for a stuck teardown. */
	p_of(1)->state = PGMAP_KILLED;
	p_of(1)->td.stuck = true;
	assert_true(run__at_rest(&run));
}

static void test_those_that_are_not_wanted(void **state)
{
	(void)state;
	o.names[0] = "pmem0";
	o.nr_names = 1;
	asserts(ASSERT_MAX_REFS, 0);
	bear(1);
	start_run();
	kernel.pgmap[0].value += 2;
	run__tick(&run);
	assert_true(run__at_rest(&run));
	run__end_state(&run);
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
	assert_false(finish(0).failed);
}

static void test_most_references(void **state)
{
	struct pgr_rec_event e = rec_event(1, start + 1, 513 + 7);

	(void)state;
	asserts(ASSERT_MAX_REFS, 4);
	bear(1);
	kernel.pgmap[0].value += 2;
	start_run();
	RECORD(e);
	assert_true(run.end.failing);
	assert_int_equal(finish(0).seen, 5); /* references above those of the start */
	assert_true(run.model.assertions[0].failed);
	assert_string_equal(run.model.assertions[0].where, NAME);
	assert_int_equal(run.end.totals.failed, 1);
}

static void test_events_that_are_no_references(void **state)
{
	struct pgr_rec_event e = rec_event(1, start + 1, 513 + 7);

	(void)state;
	asserts(ASSERT_MAX_REFS, 4);
	bear(1);
	start_run();
	e.ref_flags = PGR_REF_UNREADABLE;
	RECORD(e);
	e.ref_flags = PGR_REF_DYING;
	RECORD(e);
	assert_int_equal(finish(0).seen, 0);
	assert_false(run.end.failing);
}

static void test_how_long_a_reference_is_held(void **state)
{
	struct pgr_rec_event e = rec_event(1, start + 1, 513);

	(void)state;
	asserts(ASSERT_MAX_HELD, 100);
	bear(1);
	start_run();
	e.held_ns = 90;
	e.event = PGR_EV_PUT;
	RECORD(e);
	e.held_ns = 101;
	e.event = PGR_EV_GET;
	RECORD(e);
	assert_false(run.end.failing);
	e.event = PGR_EV_FREE;
	RECORD(e);
	assert_true(run.end.failing);
	assert_int_equal(finish(0).seen, 101);
}

static void test_most_busy_pages(void **state)
{
	(void)state;
	asserts(ASSERT_MAX_BUSY, 1);
	bear(1);
	busy(&kernel.pgmap[0], 5);
	start_run();
	feed_begin(1, 1000, 0);
	feed_sweep(1, 1500, 0, 2);
	assert_false(run.end.failing);
	feed_sweep(1, 1600, 1, 4);
	assert_true(run.end.failing);
	assert_int_equal(finish(0).seen, 3);
}

static void test_how_long_it_drains(void **state)
{
	(void)state;
	asserts(ASSERT_MAX_DRAIN, 999);
	asserts(ASSERT_TEARDOWN, 1);
	o.assertions[1].pgmap = NAME;
	asserts(ASSERT_EVENTS, 81);
	bear(1);
	start_run();
	feed_begin(1, 1000, 0);
	feed_drained(1, 2000);
	feed_gone(1, 9000);
	assert_true(run.end.failing);
	assert_int_equal(finish(0).seen, 1000);
	assert_int_equal(run.model.assertions[1].seen, 1);
	assert_false(run.model.assertions[1].failed);
	assert_int_equal(run.model.assertions[2].seen, 11 + 12 + 13 + 14 + 15 + 16);
	assert_false(run.model.assertions[2].failed);
	assert_int_equal(run.end.drains_unseen, 0);
	assert_int_equal(run.end.totals.failed, 1);
}

static void test_a_drain_that_was_not_seen(void **state)
{
	(void)state;
	asserts(ASSERT_MAX_DRAIN, NEVER);
	bear(1);
	start_run();
	feed_begin(1, 1000, 0);
	feed_gone(1, 9000);
	assert_int_equal(run.end.drains_unseen, 1);
	assert_true(finish(0).unknown);
	assert_string_equal(run.model.assertions[0].why, "the last put of a teardown was not seen");
	assert_int_equal(run.end.totals.unknown, 1);
}

static void test_layers_are_asserted_where_there_are_any(void **state)
{
	(void)state;
	start_run();
	assert_int_equal(run.model.nr_assertions, 0);
	free(run.model.assertions);
	kernel.plan.series.on = true;
	bear(1);
	start_run();
	assert_int_equal(run.model.nr_assertions, 1);
	assert_int_equal(run.model.assertions[0].kind, ASSERT_AGREE);
	p_of(1)->layers_reported = true;
	run__see_state(&run, p_of(1), NULL);
	assert_true(run.end.failing);
	assert_true(finish(0).failed);
}

static void test_what_is_promised(void **state)
{
	char *command[] = { "true", NULL };

	(void)state;
	assert_int_equal(run__promises(&o, NULL), PROMISE_TEARDOWNS | PROMISE_ENDS);
	kernel.plan.series.on = true;
	assert_int_equal(run__promises(&o, run.k.tracer),
			 PROMISE_TEARDOWNS | PROMISE_ENDS | PROMISE_LATE_GETS);
	kernel.plan.series.on = false;
	o.verb = verb_of("watch");
	assert_int_equal(run__promises(&o, run.k.tracer), PROMISE_TEARDOWNS);
	o.verb = verb_of("trace");
	assert_int_equal(run__promises(&o, run.k.tracer), PROMISE_TEARDOWNS | PROMISE_EVENTS);
	o.command = command;
	assert_int_equal(run__promises(&o, run.k.tracer),
			 PROMISE_TEARDOWNS | PROMISE_EVENTS | PROMISE_CHILDREN);
}

static void test_who_wants_events(void **state)
{
	(void)state;
	assert_false(run__wants_events(&o));
	asserts(ASSERT_MAX_DRAIN, 1);
	assert_false(run__wants_events(&o));
	asserts(ASSERT_MAX_HELD, 1);
	assert_true(run__wants_events(&o));
	o.assertions[1].kind = ASSERT_MAX_REFS;
	assert_true(run__wants_events(&o));
	o.nr_assertions = 0;
	o.verb = verb_of("trace");
	assert_true(run__wants_events(&o));
	o.verb = verb_of("probes");
	assert_true(run__wants_events(&o));
	o.verb = verb_of("watch");
	assert_false(run__wants_events(&o));
}

#define check(name) cmocka_unit_test_setup_teardown(name, set_up_check, tear_down_check)

int main(void)
{
	const struct CMUnitTest tests[] = {
		check(test_clean),
		check(test_what_may_have_been_replaced),
		check(test_references_that_are_left),
		check(test_pages_that_are_left),
		check(test_one_that_was_made_since),
		check(test_no_rest_while_a_teardown_is_open),
		check(test_those_that_are_not_wanted),
		check(test_most_references),
		check(test_events_that_are_no_references),
		check(test_how_long_a_reference_is_held),
		check(test_most_busy_pages),
		check(test_how_long_it_drains),
		check(test_a_drain_that_was_not_seen),
		check(test_layers_are_asserted_where_there_are_any),
		check(test_what_is_promised),
		check(test_who_wants_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

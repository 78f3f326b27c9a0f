// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs on a made-up kernel: what a tick reads, stuck teardowns, summaries, and the end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "run_world.h"

static void test_a_tick_meets_reads_and_sweeps(void **state)
{
	struct fake_pgmap *p = make_pgmap(1, PGR_PGMAP_ADOPTED);

	(void)state;
	p->k.events[PGR_EV_GET] = 4;
	p->value = 515;
	run__tick(&run);
	assert_int_equal(p_of(1)->value, 515);
	assert_true(p_of(1)->has_value);
	assert_int_equal(p->samples, 1);
	assert_int_equal(p->sweeps, 1);
	assert_int_equal(history__total(p_of(1)->history, HISTORY_GET), 4);
	/* Pages are swept at most once a second. */
	p->k.events[PGR_EV_GET] = 6;
	run__tick(&run);
	assert_int_equal(p->samples, 2);
	assert_int_equal(p->sweeps, 1);
	assert_int_equal(history__total(p_of(1)->history, HISTORY_GET), 6);
}

static void test_the_counters_of_another_generation_are_not_its(void **state)
{
	(void)state;
	bear(1);
	kernel.pgmap[0].k.id = 2;
	kernel.pgmap[0].k.events[PGR_EV_GET] = 4;
	run__tick(&run);
	assert_int_equal(p_of(1)->k.id, 1);
	assert_int_equal(history__total(p_of(1)->history, HISTORY_GET), 0);
	assert_true(p_of(1)->stale);
	assert_int_equal(p_of(2)->state, PGMAP_LIVE);
}

static void test_gone_without_a_record(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	kernel.pgmap[0].sample_err = -ESTALE;
	run__tick(&run);
	assert_int_equal(p_of(1)->state, PGMAP_LIVE);
	assert_int_equal(kernel.pgmap[0].forgotten, 0);
	run__tick(&run);
	/* Only a trace keeps pgmaps that are gone. */
	assert_int_equal(kernel.pgmap[0].forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.inconclusive, 1);
	assert_int_equal(run.end.worst.verdict, VERDICT_INCONCLUSIVE);
}

static void test_one_that_dies_waits_for_its_record(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	feed_begin(1, 1000, 0);
	kernel.pgmap[0].sample_err = -ESTALE;
	for (int i = 0; i < 5; i++)
		run__tick(&run);
	assert_int_equal(kernel.pgmap[0].forgotten, 0);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	/* Without the hook there will be no record. */
	kernel.plan.hook[PGR_HOOK_GONE].nr = 0;
	run__tick(&run);
	assert_int_equal(kernel.pgmap[0].forgotten, 0);
	run__tick(&run);
	assert_int_equal(kernel.pgmap[0].forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
}

static void test_dying_at_two_looks(void **state)
{
	(void)state;
	bear(1);
	kernel.pgmap[0].ref_flags = PGR_REF_DYING;
	kernel.pgmap[0].value = 1;
	run__tick(&run);
	assert_int_equal(p_of(1)->state, PGMAP_LIVE);
	assert_int_equal(run.end.totals.teardowns, 0);
	run__tick(&run);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(kernel.pgmap[0].sweeps, 0);
}

static void test_stuck(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	feed_begin(1, 1000, 2);
	run__tick(&run);
	assert_true(p_of(1)->td.stuck);
	assert_int_equal(p_of(1)->td.stuck_value, 2);
	assert_false(p_of(1)->td.judged);
	assert_int_equal(run.end.worst.kinds, LEAK_HANG);
	assert_int_equal(run.end.totals.leaks, 0);
	run__tick(&run); /* it is reported once */
	run__finish(&run);
	assert_true(p_of(1)->td.judged);
	assert_int_equal(run.end.totals.leaks, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
	{
		const char *text = written(), *first = strstr(text, "hang");

		assert_non_null(first);
		lacks(strstr(first, "\n") ? strstr(first, "\n") : "", "teardown stuck");
	}
}

/* A stuck teardown is said again, in one line, when its time has come. */
static void test_still_stuck(void **state)
{
	const char *text, *line;
	uint64_t again;

	(void)state;
	o.verb = verb_of("watch");
	run.out.report.details = false;
	bear(1);
	feed_begin(1, 1000, 2);
	run__tick(&run); /* the report */
	run__tick(&run); /* sets the time */
	again = p_of(1)->td.again_ns;
	assert_true(again >= clock__now() + 50 * SECOND_NS);
	run__tick(&run); /* too early */
	assert_int_equal(p_of(1)->td.again_ns, again);
	p_of(1)->td.again_ns = 1;
	run__tick(&run);
	assert_true(p_of(1)->td.again_ns > 1);
	text = written();
	line = strstr(text, "still hangs after");
	assert_non_null(line);
	has(line, ", 2 references left\n");
	assert_null(strstr(line + 1, "still hangs"));
	assert_non_null(strstr(text, "UNBIND HANGS"));
	assert_null(strstr(strstr(text, "UNBIND HANGS") + 1, "UNBIND HANGS"));
}

static void test_not_stuck_before_its_time(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	o.stuck_ns = NEVER;
	bear(1);
	feed_begin(1, 1000, 2);
	run__tick(&run);
	assert_false(p_of(1)->td.stuck);
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
}

static void test_check_leaves_older_ones_alone(void **state)
{
	struct fake_pgmap *p = make_pgmap(1, PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START);

	(void)state;
	o.verb = verb_of("check");
	p->ref_flags = PGR_REF_DYING;
	p->value = 2;
	assert_int_equal(run__adopt(&run), 0);
	assert_true(run.end.adopted_all);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	assert_int_equal(run.end.totals.teardowns, 1);
	run__tick(&run);
	assert_false(p_of(1)->td.stuck);
	/* Other verbs wait for the same time, but report the pgmap. */
	run.model.feed.pgmaps = NULL;
	o.verb = verb_of("watch");
	run__tick(&run);
	assert_true(p_of(1)->td.stuck);
}

static void test_adopted_and_drained(void **state)
{
	struct fake_pgmap *p = make_pgmap(1, PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START);

	(void)state;
	o.verb = verb_of("watch");
	p->ref_flags = PGR_REF_DYING;
	p->value = 2;
	assert_int_equal(run__adopt(&run), 0);
	feed_drained(1, 1000);
	assert_false(p_of(1)->td.judged);
	run__tick(&run);
	assert_int_equal(p->forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.inconclusive, 1); /* the value at the begin is not known */
}

static void test_over_before_its_hooks_were_there(void **state)
{
	struct fake_pgmap *p = make_pgmap(1, PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START);

	(void)state;
	o.verb = verb_of("trace");
	p->ref_flags = PGR_REF_DYING;
	p->value = 2;
	assert_int_equal(run__adopt(&run), 0);
	p->ref_flags = PGR_REF_DYING | PGR_REF_EXITED;
	run__tick(&run);
	assert_int_equal(p->forgotten, 0);
	run__tick(&run);
	assert_int_equal(p->forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
}

static void test_stuck_at_the_end(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	feed_begin(1, 1000, 2);
	run__finish(&run);
	assert_true(p_of(1)->td.stuck);
	assert_true(p_of(1)->td.judged);
	assert_int_equal(run.end.totals.leaks, 1);
	assert_int_equal(run.end.worst.kinds, LEAK_HANG);
}

static void test_an_end_of_one_that_lives_is_no_teardown(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	run__finish(&run);
	assert_false(p_of(1)->td.judged);
	assert_int_equal(run.end.totals.inconclusive, 0);
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
}

static void test_sweeps_that_take_long_are_rare(void **state)
{
	uint64_t before = clock__now();

	(void)state;
	bear(1);
	kernel.pgmap[0].sweep.ns = SECOND_NS;
	run__tick(&run);
	assert_true(p_of(1)->next_sweep_ns >= before + 50 * SECOND_NS);
	assert_true(p_of(1)->next_sweep_ns <= clock__now() + 50 * SECOND_NS);
	p_of(1)->next_sweep_ns = 0;
	kernel.pgmap[0].sweep.ns = 1;
	before = clock__now();
	run__tick(&run);
	assert_true(p_of(1)->next_sweep_ns >= before + SECOND_NS);
	assert_true(p_of(1)->next_sweep_ns <= clock__now() + SECOND_NS);
	assert_int_equal(kernel.pgmap[0].sweeps, 2);
}

static void test_one_in_the_making_is_asked_for_again(void **state)
{
	(void)state;
	kernel.pending = true;
	assert_int_equal(run__adopt(&run), 0);
	assert_true(run.loop.adopt_again);
	run__tick(&run);
	assert_true(run.loop.adopt_again);
	kernel.pending = false;
	kernel.adopted_all = false;
	run__tick(&run);
	assert_false(run.loop.adopt_again);
	assert_false(run.end.adopted_all);
}

static void test_what_ticks_tell_assertions(void **state)
{
	struct assertion most[2] = { { .kind = ASSERT_MAX_REFS, .limit = 3 },
				     { .kind = ASSERT_MAX_BUSY, .limit = 3 } };

	(void)state;
	o.verb = verb_of("check");
	run.model.assertions = most;
	run.model.nr_assertions = 2;
	bear(1);
	kernel.pgmap[0].value += 4;
	kernel.pgmap[0].sweep.busy = 5;
	run__tick(&run);
	assert_int_equal(most[0].seen, 4);
	assert_int_equal(most[1].seen, 5);
	assert_true(run.end.failing);
	/* At a tick without a sweep only the counter is read. */
	kernel.pgmap[0].value += 2;
	kernel.pgmap[0].sweep.busy = 9;
	run__tick(&run);
	assert_int_equal(most[0].seen, 6);
	assert_int_equal(most[1].seen, 5);
	run.model.assertions = NULL;
}

/* ---- the end of a trace ------------------------------------------------------- */

static void hold(void)
{
	kernel.row[0].key =
		(struct pgr_ledger_key){ .id = 1, .holding = PGR_HOLD_PAGE, .subject = 5 };
	kernel.row[0].row = (struct pgr_ledger_row){ .n = 2, .task = rec_task(60), .pfn = 5 };
	kernel.nr_rows = 1;
}

static void test_a_summary_of_one_that_lives(void **state)
{
	const char *text;

	(void)state;
	bear(1);
	hold();
	run__summarise(&run, p_of(1));
	assert_int_equal(kernel.pgmap[0].sweeps, 0); /* its pages are not swept */
	o.pins = true;
	run__summarise(&run, p_of(1));
	assert_int_equal(kernel.pgmap[0].sweeps, 1);
	p_of(1)->state = PGMAP_KILLED;
	run__summarise(&run, p_of(1));
	assert_int_equal(kernel.pgmap[0].sweeps, 1);
	assert_int_equal(kernel.nr_rows, 1); /* the rows stay in the map */
	text = written();
	has(text, NAME);
	has(text, "task-60");
}

static void test_a_summary_of_one_that_is_gone(void **state)
{
	const char *text;

	(void)state;
	bear(1);
	hold();
	o.pins = true;
	p_of(1)->state = PGMAP_GONE;
	run__summarise(&run, p_of(1));
	assert_int_equal(kernel.pgmap[0].sweeps, 0);
	text = written();
	has(text, NAME);
	lacks(text, "task-60");
}

static void test_no_summary_of_one_that_is_not_wanted(void **state)
{
	(void)state;
	bear(1);
	p_of(1)->wanted = false;
	run__summarise(&run, p_of(1));
	lacks(strstr(written(), "created") + strlen("created"), NAME);
}

static void test_open_at_the_end(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	o.stuck_ns = NEVER;
	bear(1);
	feed_begin(1, 1000, 0);
	run__finish(&run);
	assert_true(p_of(1)->td.judged);
	assert_int_equal(run.end.totals.teardowns, 1);
	has(written(), "open");
}

static void test_what_comes_with_the_last_tick_is_judged(void **state)
{
	struct pgr_rec_step g = rec_gone(1, start + 3000);

	(void)state;
	o.verb = verb_of("watch");
	o.stuck_ns = NEVER;
	bear(1);
	feed_begin(1, 1000, 0);
	kernel.record[0].h = &g.h;
	kernel.record[0].size = sizeof(g);
	kernel.nr_records = 1;
	run__finish(&run);
	assert_int_equal(p_of(1)->state, PGMAP_GONE);
	assert_int_equal(p_of(1)->td.gone_ns, start + 3000);
	lacks(written(), "open");
}

static void test_generations_that_are_gone_are_dropped(void **state)
{
	struct pgr_rec_pgmap r = { .h = { PGR_REC_PGMAP, 0, 0 } };
	struct pgr_rec_step g;
	size_t n = 0;

	(void)state;
	for (uint32_t id = 1; id <= 50; id++) {
		r.pgmap = rec_pgmap(id);
		r.pgmap.type = PGR_TYPE_GENERIC;
		snprintf(r.pgmap.dev, sizeof(r.pgmap.dev), "%s", NAME);
		r.h.id = id;
		r.h.ns = r.pgmap.born_ns = start;
		RECORD(r);
		g = rec_gone(id, start + 1000);
		RECORD(g);
	}
	run__tick(&run);
	for (struct pgmap *p = run.model.pgmaps.first; p; p = p->next)
		n++;
	assert_int_equal(n, 32);
	assert_int_equal(run.model.pgmaps.first->k.id, 19);
	/* A pgmap that is just gone is kept. Otherwise the tool would find it and add it again. */
	o.verb = verb_of("watch");
	run.model.pgmaps.first->td.gone_ns = clock__now();
	run__tick(&run);
	assert_int_equal(run.model.pgmaps.first->k.id, 19);
	assert_null(run.model.pgmaps.first->next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_a_tick_meets_reads_and_sweeps),
		test(test_the_counters_of_another_generation_are_not_its),
		test(test_gone_without_a_record),
		test(test_one_that_dies_waits_for_its_record),
		test(test_dying_at_two_looks),
		test(test_stuck),
		test(test_still_stuck),
		test(test_not_stuck_before_its_time),
		test(test_check_leaves_older_ones_alone),
		test(test_adopted_and_drained),
		test(test_over_before_its_hooks_were_there),
		test(test_stuck_at_the_end),
		test(test_an_end_of_one_that_lives_is_no_teardown),
		test(test_sweeps_that_take_long_are_rare),
		test(test_one_in_the_making_is_asked_for_again),
		test(test_what_ticks_tell_assertions),
		test(test_a_summary_of_one_that_lives),
		test(test_a_summary_of_one_that_is_gone),
		test(test_no_summary_of_one_that_is_not_wanted),
		test(test_open_at_the_end),
		test(test_what_comes_with_the_last_tick_is_judged),
		test(test_generations_that_are_gone_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

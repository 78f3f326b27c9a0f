// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs on a made-up kernel: what a run does after a record changed the model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/frames.h"
#include "run_world.h"

static size_t lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static void test_trace_has_a_line_for_each_step(void **state)
{
	const char *text, *at;

	(void)state;
	bear(1);
	assert_string_equal(p_of(1)->name, NAME);
	feed_begin(1, 1000, 0);
	feed_sweep(1, 1500, 0, 0);
	feed_drained(1, 2000);
	feed_sweep(1, 2500, 1, 0);
	feed_gone(1, 3000);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.leaks, 0);
	assert_int_equal(run.end.totals.events, 0);
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
	assert_false(run.end.failed);
	text = written();
	assert_int_equal(lines(text), 4);
	at = strstr(text, "created");
	assert_non_null(at);
	has(at, "task-10");
	at = strstr(at, "killed");
	assert_non_null(at);
	has(at, "task-20");
	at = strstr(at, "drained");
	assert_non_null(at);
	has(at, "task-30");
	has(at, "gone");
}

static void test_an_adopted_one_was_not_created_now(void **state)
{
	struct fake_pgmap *p = make_pgmap(1, PGR_PGMAP_ADOPTED);
	struct pgr_rec_pgmap r = { .h = { PGR_REC_PGMAP, 1, start }, .pgmap = p->k };

	(void)state;
	RECORD(r);
	assert_false(p_of(1)->has_value);
	lacks(written(), "created");
}

static void test_a_lost_birth_is_asked_for(void **state)
{
	(void)state;
	make_pgmap(5, 0);
	make_pgmap(1, 0);
	feed_begin(1, 1000, 0);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	assert_null(pgmaps__find(&run.model.pgmaps, 5));
	assert_int_equal(run.end.totals.teardowns, 1);
	has(written(), "killed");
}

static void test_records_of_nobody(void **state)
{
	struct pgr_rec_event e = rec_event(9, start, 514);

	(void)state;
	make_pgmap(1, 0);
	feed_begin(9, 1000, 0);
	RECORD(e);
	assert_null(run.model.pgmaps.first);
	assert_int_equal(run.end.totals.teardowns, 0);
	assert_int_equal(run.end.totals.events, 1);
	assert_false(run.end.failed);
}

static void test_teardowns_count_whatever_was_seen_of_them(void **state)
{
	(void)state;
	bear(1);
	feed_drained(1, 2000);
	assert_int_equal(run.end.totals.teardowns, 1);
	feed_gone(1, 3000);
	assert_int_equal(run.end.totals.teardowns, 1);
	bear(2);
	feed_gone(2, 3000);
	assert_int_equal(run.end.totals.teardowns, 2);
	assert_true(p_of(1)->td.judged && p_of(2)->td.judged);
}

static void test_a_driver_is_looked_up_while_it_is_there(void **state)
{
	struct fake_pgmap *p = make_pgmap(1, PGR_PGMAP_ADOPTED);
	struct pgr_rec_pgmap born = { .h = { PGR_REC_PGMAP, 2, start } };

	(void)state;
	p->k.ops = 0xffffffffc0101000;
	assert_int_equal(run__adopt(&run), 0);
	assert_null(p_of(1)->ops); /* the run has not looked up the driver yet */
	feed_begin(1, 1000, 0);
	assert_string_equal(p_of(1)->ops, "dmirror_devmem_ops");
	assert_string_equal(p_of(1)->module, "test_hmm");
	born.pgmap = p->k;
	born.pgmap.id = 2;
	born.pgmap.flags = 0;
	RECORD(born);
	assert_string_equal(p_of(2)->ops, "dmirror_devmem_ops");
}

static void test_nobody_is_named_for_an_interrupt(void **state)
{
	struct pgr_rec_step d = rec_drained(1, start + 2000);
	struct pgr_rec_event e = rec_event(1, start + 500, 514);
	const char *text;

	(void)state;
	kernel.stack[0].key = IRQ;
	kernel.stack[0].stack = (struct pgr_stack){
		.nr = 3, .ip = { 0xffffffff81000110, 0xffffffff81000310, 0xffffffff81000210 }
	};
	kernel.stack[1].key = SITE;
	kernel.stack[1].stack =
		(struct pgr_stack){ .nr = 2, .ip = { 0xffffffff81000110, 0xffffffff81000210 } };
	kernel.nr_stacks = 2;
	assert_true(frames__in_interrupt(run.k.symbols, &kernel.stack[0].stack));
	assert_false(frames__in_interrupt(run.k.symbols, &kernel.stack[1].stack));
	bear(1);
	RECORD(e);
	e.task = rec_task(61);
	e.stack = IRQ;
	RECORD(e);
	feed_begin(1, 1000, 3);
	d.stack = IRQ;
	RECORD(d);
	assert_int_equal(p_of(1)->td.last.tgid, 0);
	assert_int_equal(p_of(1)->td.last_stack, IRQ);
	assert_int_equal(run.end.totals.events, 2);
	text = written();
	has(text, "task-60");
	lacks(text, "task-61");
	lacks(text, "task-30");
}

static void test_whose_a_stack_is_is_asked_once(void **state)
{
	struct pgr_rec_move m = rec_move(PGR_REC_DRAIN, 1, start + 1500, 1);

	(void)state;
	kernel.stack[0].key = SITE;
	kernel.stack[0].stack = (struct pgr_stack){ .nr = 1, .ip = { 0xffffffff81000210 } };
	kernel.nr_stacks = 1;
	m.stack = SITE;
	bear(1);
	feed_begin(1, 1000, 3);
	for (int i = 0; i < 10; i++)
		RECORD(m);
	assert_int_equal(kernel.stacks_asked, 1);
	assert_int_equal(p_of(1)->td.drain.calls, 10);
	assert_int_equal(p_of(1)->td.drain.group[0].task.tgid, 40);
}

static void test_those_that_are_not_wanted(void **state)
{
	struct pgr_rec_event e = rec_event(1, start + 500, 514);
	const char *text;

	(void)state;
	o.names[0] = "dax78.*";
	o.nr_names = 1;
	bear(1);
	assert_int_equal(kernel.pgmap[0].selected, -1);
	assert_int_equal(run.model.names_matched, 0);
	RECORD(e);
	feed_begin(1, 1000, 0);
	feed_gone(1, 3000);
	assert_int_equal(run.end.totals.teardowns, 0);
	assert_int_equal(run.end.totals.events, 1);
	text = written();
	lacks(text, NAME);
}

static void test_those_that_are_wanted(void **state)
{
	(void)state;
	o.names[0] = "dax78.*";
	o.names[1] = NAME;
	o.nr_names = 2;
	bear(1);
	assert_int_equal(kernel.pgmap[0].selected, 1);
	assert_int_equal(run.model.names_matched, 2);
	assert_true(p_of(1)->wanted);
}

/* known: the BPF programs had room for its ranges. */
static void bear_ranges(uint32_t id, bool known)
{
	static const struct pgr_range three[] = { { 0x800000000, 0x8001fffff },
						  { 0x900000000, 0x9001fffff },
						  { 0x700000000, 0x7001fffff } };
	struct fake_pgmap *p = make_pgmap(id, 0);
	struct pgr_rec_pgmap r;

	p->k.nr_range = 3;
	p->k.first = three[0];
	p->k.span = (struct pgr_range){ three[2].start, three[1].end };
	p->ranges = known ? three : NULL;
	r = (struct pgr_rec_pgmap){ .h = { PGR_REC_PGMAP, id, start }, .pgmap = p->k };
	RECORD(r);
}

static void test_any_range_is_wanted(void **state)
{
	(void)state;
	o.names[0] = "0x7001fffff";
	o.names[1] = "0x800200000"; /* between two ranges */
	o.nr_names = 2;
	bear_ranges(1, true);
	assert_int_equal(kernel.pgmap[0].selected, 1);
	assert_int_equal(run.model.names_matched, 1);
	/* If its ranges are not known, each address between them may be one of its own. */
	bear_ranges(2, false);
	assert_int_equal(kernel.pgmap[1].selected, 1);
	assert_int_equal(run.model.names_matched, 3);
}

static void test_the_first_pin_makes_sweeps_due(void **state)
{
	struct pgr_header h = { PGR_REC_PINNED, 0, start };

	(void)state;
	bear(1);
	p_of(1)->next_sweep_ns = UINT64_MAX;
	kernel.unpins_anew = true;
	run__record(&run, &h, sizeof(h));
	assert_int_equal(kernel.unpins_updated, 0); /* pins are not traced */
	o.pins = true;
	kernel.unpins_anew = false;
	run__record(&run, &h, sizeof(h));
	assert_int_equal(kernel.unpins_updated, 1);
	assert_int_equal(p_of(1)->next_sweep_ns, UINT64_MAX);
	kernel.unpins_anew = true;
	run__record(&run, &h, sizeof(h));
	assert_int_equal(p_of(1)->next_sweep_ns, 0);
}

static void test_pinned_at_teardown(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	feed_begin(1, 1000, 0);
	feed_sweep(1, 1500, 0, 2);
	feed_drained(1, 2000);
	feed_sweep(1, 2500, 1, 2);
	feed_gone(1, 3000);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.leaks, 1);
	assert_int_equal(run.end.worst.verdict, VERDICT_LEAK);
	assert_int_equal(run.end.worst.kinds, LEAK_PINNED);
	has(written(), "pinned-at-teardown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_trace_has_a_line_for_each_step),
		test(test_an_adopted_one_was_not_created_now),
		test(test_a_lost_birth_is_asked_for),
		test(test_records_of_nobody),
		test(test_teardowns_count_whatever_was_seen_of_them),
		test(test_a_driver_is_looked_up_while_it_is_there),
		test(test_nobody_is_named_for_an_interrupt),
		test(test_whose_a_stack_is_is_asked_once),
		test(test_those_that_are_not_wanted),
		test(test_those_that_are_wanted),
		test(test_any_range_is_wanted),
		test(test_the_first_pin_makes_sweeps_due),
		test(test_pinned_at_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

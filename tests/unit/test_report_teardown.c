// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The report of a teardown and the summary of a trace: times and headings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "out_dir.h"
#include "report/report.h"
#include "report/report_pgmap.h"

#define MS 1000000ULL

static struct pgmap p;
static struct judgement j;
static struct ledger *l;

static int set_up(void **state)
{
	memset(&p, 0, sizeof(p));
	memset(&j, 0, sizeof(j));
	strcpy(p.name, "pmem0");
	p.k.type = PGR_TYPE_FSDAX;
	p.k.baseline = 100;
	p.state = PGMAP_KILLED;
	l = ledger__new();
	return history__new(0, MS, &p.history) || !l || make_dir(state) ? -1 : 0;
}

static int clean_up(void **state)
{
	history__free(p.history);
	ledger__free(l);
	return remove_dir(state);
}

static bool is_transient(void *ctx, uint64_t stack)
{
	(void)ctx;
	return stack == 7;
}

static void add(uint32_t holding, uint64_t stack, int64_t n)
{
	struct pgr_ledger_key key = { .id = 1, .holding = holding };
	struct pgr_ledger_row row = {
		.pfn = 0x100, .n = n, .followed = 1, .stack = stack, .task = { 9, 9, "app" }
	};

	ledger__add(l, &key, &row);
}

static const char *teardown(enum finding_phase phase, uint64_t now, bool json)
{
	struct finding f = { .p = &p, .phase = phase, .j = j, .ledger = l };
	struct report r = { .out = open_out(json), .details = true };

	assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
	report__finding(&r, &f, now);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static const char *summary(void)
{
	struct report r = { .out = open_out(false), .details = true };

	p.k.events[PGR_EV_GET] = 1;
	assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
	report__pgmap_summary(&r, &p, l, NULL, 1000 * MS);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

/* The search for holders took some time: the report shows the figures from before it. */
static void test_a_stuck_one_is_spoken_of_as_it_was(void **state)
{
	json_t *line;

	(void)state;
	p.td = (struct teardown){ .begun = true,
				  .has_value = true,
				  .value = 103,
				  .begin_ns = 1000 * MS,
				  .stuck = true,
				  .stuck_ns = 3000 * MS,
				  .stuck_value = 3,
				  .task = { 5, 5, "sh" } };
	j.verdict = VERDICT_LEAK;
	j.kinds = LEAK_HANG;
	has(teardown(FINDING_STUCK, 3500 * MS, false), "  waits for 3 references after 2.00 s\n"
						       "  unbind    by sh/5, 2.00 s so far\n");
	line = json_loads(teardown(FINDING_STUCK, 3500 * MS, true), 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(line, "duration_ns")), 2000 * MS);
	json_decref(line);
	/* a teardown that is over took until its end, whenever it is reported */
	p.td.drained_ns = 4000 * MS;
	p.td.gone_ns = 4100 * MS;
	has(teardown(FINDING_DRAINED, 9000 * MS, false), "  unbind    by sh/5, 3.10 s\n");
}

static void test_times_that_were_not_seen_are_not_given(void **state)
{
	json_t *line;

	(void)state;
	/* in progress at the start: it takes at least this long */
	p.td.begin_ns = 1000 * MS;
	has(teardown(FINDING_OPEN, 1500 * MS, false),
	    "  unbind    by -, more than 500.0 ms so far\n");
	/* it began and ended before the hooks were attached */
	p.td.over = true;
	has(teardown(FINDING_OVER, 3080 * MS, false),
	    "  unbind    by -, neither its begin nor its end was seen\n");
	line = json_loads(teardown(FINDING_OVER, 3080 * MS, true), 0, NULL);
	assert_null(json_object_get(line, "duration_ns"));
	json_decref(line);
	/* its end was the first that was seen of it */
	p.td.over = false;
	p.td.begin_unseen = true;
	p.td.drained_ns = 1000 * MS;
	has(teardown(FINDING_OPEN, 3080 * MS, false),
	    "  unbind    by -, its begin was not seen, drained\n");
	p.td.gone_ns = 1001 * MS;
	has(teardown(FINDING_GONE, 3080 * MS, false), "  unbind    by -, its begin was not seen\n");
}

static void test_a_drop_in_an_interrupt_is_nobodys(void **state)
{
	(void)state;
	p.td = (struct teardown){ .begun = true,
				  .begin_ns = 1000 * MS,
				  .stuck = true,
				  .stuck_ns = 2000 * MS,
				  .drained_ns = 3000 * MS,
				  .last_stack = 5 };
	has(teardown(FINDING_DRAINED, 4000 * MS, false),
	    "  drained   last reference dropped by no task: in "
	    "an interrupt, or by a callback of RCU\n");
	p.td.last = (struct pgr_task){ 8, 8, "app" };
	has(teardown(FINDING_DRAINED, 4000 * MS, false),
	    "  drained   last reference dropped by app/8\n");
}

static void test_entries_alone_have_a_heading(void **state)
{
	(void)state;
	p.td = (struct teardown){ .begun = true, .has_value = true, .value = 100 };
	j.verdict = VERDICT_LEAK;
	j.kinds = LEAK_PINNED;
	lacks(teardown(FINDING_GONE, 1, false), "  holders");
	add(PGR_HOLD_ENTRY, 1, 1);
	has(teardown(FINDING_GONE, 1, false), "  holders\n    1 DAX entry by app/9");
}

static void test_nothing_outstanding_is_not_printed(void **state)
{
	(void)state;
	lacks(summary(), "outstanding");
	add(PGR_HOLD_GET, 7, 1); /* a transient reference */
	lacks(summary(), "outstanding");
	add(PGR_HOLD_PIN, 1, 1);
	lacks(summary(), "outstanding");
	add(PGR_HOLD_GET, 1, 1);
	has(summary(), "  outstanding\n    1 reference by app/9");
}

int main(void)
{
#define TEST_P(fn) cmocka_unit_test_setup_teardown(fn, set_up, clean_up)
	static const struct CMUnitTest tests[] = {
		TEST_P(test_a_stuck_one_is_spoken_of_as_it_was),
		TEST_P(test_times_that_were_not_seen_are_not_given),
		TEST_P(test_a_drop_in_an_interrupt_is_nobodys),
		TEST_P(test_entries_alone_have_a_heading),
		TEST_P(test_nothing_outstanding_is_not_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

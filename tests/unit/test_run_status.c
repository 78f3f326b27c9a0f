// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the line on the terminal says while a run waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/busy.h"
#include "run/reading.h"
#include "run/run_status.h"
#include "run_world.h"

static const char *status_after(uint64_t s)
{
	static char line[160];

	run.out.report.start_ns = start;
	return run__status(&run, start + s * SECOND_NS, line, sizeof(line));
}

static void test_nothing_yet(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	assert_string_equal(
		status_after(0),
		"watching 0 pgmaps: 0 unbinds so far, refs +0, busy 0 pages. ^C ends. 00:00:00");
	run.out.report.start_ns = start;
	assert_string_equal(
		run__status(&run, start - 1, (char[160]){ 0 }, 160),
		"watching 0 pgmaps: 0 unbinds so far, refs +0, busy 0 pages. ^C ends. 00:00:00");
}

static void test_figures(void **state)
{
	(void)state;
	o.verb = verb_of("watch");
	bear(1);
	p_of(1)->value += 4;
	history__sample(p_of(1)->history, start + 1, HISTORY_BUSY, 3);
	history__sample(p_of(1)->history, start + 2, HISTORY_BUSY, 2);
	run.end.totals.teardowns = 1;
	assert_string_equal(
		status_after(3 * 3600 + 62),
		"watching 1 pgmap: 1 unbind so far, refs +4, busy 2 pages. ^C ends. 03:01:02");
	bear(2);
	p_of(2)->value -= 5;
	history__sample(p_of(1)->history, start + 3, HISTORY_BUSY, 1);
	assert_string_equal(
		status_after(59),
		"watching 2 pgmaps: 1 unbind so far, refs -1, busy 1 page. ^C ends. 00:00:59");
	p_of(1)->wanted = false;
	p_of(2)->state = PGMAP_GONE;
	o.verb = verb_of("trace");
	run.end.totals.events = 610;
	assert_string_equal(status_after(1),
			    "tracing 0 pgmaps: 610 events, 1 unbind so far, refs +0, busy 0 pages. "
			    "^C ends. 00:00:01");
}

static void test_a_long_sweep(void **state)
{
	struct pgr_sweep w = { .pages = 402653184, .ns = 3000000000ULL };
	char line[160];

	(void)state;
	bear(1);
	assert_string_equal(run__sweep_status(p_of(1), &w, line, sizeof(line)),
			    "looking at " NAME ": 0 % of 402653184 pages, 0 ns left");
	w.seen = 200000000;
	w.faults = 1326592;
	assert_string_equal(run__sweep_status(p_of(1), &w, line, sizeof(line)),
			    "looking at " NAME ": 50 % of 402653184 pages, 3.00 s left");
	w.seen = 402653190; /* a range has grown */
	assert_string_equal(run__sweep_status(p_of(1), &w, line, sizeof(line)),
			    "looking at " NAME ": 100 % of 402653184 pages, 0 ns left");
}

/* Only where nothing waits for it. */
static void test_patience(void **state)
{
	struct busy_set busy;

	(void)state;
	bear(1);
	free(run__sweep(run.k.tracer, p_of(1)));
	assert_false(kernel.patient);
	free(run__sweep_whole(run.k.tracer, p_of(1), &busy));
	busy__free(&busy);
	assert_true(kernel.patient);
	free(reading__read(&run.k, &o, p_of(1)));
	assert_true(kernel.patient);
	run__tick(&run);
	assert_false(kernel.patient);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_nothing_yet),
		test(test_figures),
		test(test_a_long_sweep),
		test(test_patience),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

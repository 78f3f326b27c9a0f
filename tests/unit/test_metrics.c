// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Figures for Prometheus: what is counted, and the text. tests/formats.t has promtool read it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden_file.h"
#include "report/metrics.h"

#define GOLDEN "tests/unit/golden_reports/metrics.prom"

static struct tally tally;

static int free_tally(void **state)
{
	(void)state;
	tally__free(&tally);
	return 0;
}

static struct judgement judged(enum verdict v, unsigned int kinds)
{
	return (struct judgement){ .verdict = v, .kinds = kinds };
}

static void test_results(void **state)
{
	struct judgement j = judged(VERDICT_CLEAN, 0);
	struct tally_row *row;

	(void)state;
	row = tally__row(&tally, "pmem0");
	assert_non_null(row);
	assert_string_equal(row->name, "pmem0");
	tally__judge(row, &j);
	j = judged(VERDICT_LEAK, LEAK_HANG | LEAK_GET_AFTER_KILL);
	tally__judge(row, &j);
	tally__judge(row, &j);
	/* What is allowed is no leak. */
	j.allowed = true;
	tally__judge(row, &j);
	/* A doubt has no kinds, whatever is there. */
	j = judged(VERDICT_INCONCLUSIVE, LEAK_HANG);
	tally__judge(row, &j);
	assert_int_equal(row->results[TALLY_CLEAN], 1);
	assert_int_equal(row->results[TALLY_LEAK], 2);
	assert_int_equal(row->results[TALLY_ALLOWED], 1);
	assert_int_equal(row->results[TALLY_INCONCLUSIVE], 1);
	for (unsigned int i = 0; i < TALLY_KINDS; i++)
		assert_int_equal(row->kinds[i], i == 0 || i == 3 ? 2 : 0);
	assert_null(verdict__kind(TALLY_KINDS));
	assert_ptr_equal(tally__row(&tally, "pmem0"), row);
}

static void test_many_names(void **state)
{
	struct tally_row *others;
	char name[32];

	(void)state;
	for (int i = 0; i < TALLY_ROWS; i++) {
		snprintf(name, sizeof(name), "dax%d.0", i);
		assert_non_null(tally__row(&tally, name));
	}
	others = tally__row(&tally, "dax5000.0");
	assert_string_equal(others->name, "others");
	assert_ptr_equal(tally__row(&tally, "dax5001.0"), others);
	assert_string_equal(tally__row(&tally, "dax77.0")->name, "dax77.0");
	assert_int_equal(tally.nr, TALLY_ROWS + 1);
}

static void test_text(void **state)
{
	const __u64 gone[PGR_EVENTS] = { 1, 2, 3, 4, 5, 6 },
		    live[PGR_EVENTS] = { 10, 9, 0, 0, 4, 4 };
	const struct judgement leak = judged(VERDICT_LEAK, LEAK_PINNED);
	const struct metrics_pgmap pgmaps[] = {
		{ .name = "pmem0",
		  .type = "fsdax",
		  .bytes = 1ULL << 40,
		  .has_references = true,
		  .references = -3,
		  .has_busy = true,
		  .busy = 12,
		  .unbinding = 65.5,
		  .hangs = true },
		{ .name = "a \"b\\\n", .type = "p2pdma" },
	};
	uint64_t lost[PGR_LOSSES] = { 5 };
	struct metrics m = {
		.version = "0.1",
		.kernel = "6.1.0-56-amd64",
		.running = true,
		.start = 1764000000.125,
		.now = 1764000060.25,
		.pgmaps = pgmaps,
		.nr = 2,
		.tally = &tally,
		.lost = lost,
	};
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	tally__judge(tally__row(&tally, "pmem0"), &leak);
	tally__retire(tally__row(&tally, "pmem0"), gone);
	tally__row(&tally, pgmaps[1].name);
	tally__row(&tally, "dax0.0");
	tally__live(tally__row(&tally, "dax0.0"), live);
	tally__refresh(&tally);
	tally__live(tally__row(&tally, "pmem0"), live);
	assert_int_equal(metrics__write(&m, f), 0);
	m.running = false;
	m.lost = NULL;
	m.nr = 0;
	tally.nr = 0;
	fputs("# ---- nothing is there\n", f);
	assert_int_equal(metrics__write(&m, f), 0);
	fclose(f);
	assert_true(golden_file__is(GOLDEN, text));
	free(text);
}

static void test_full_disk(void **state)
{
	const struct metrics m = { .version = "0.1", .kernel = "6.1", .tally = &tally };
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(metrics__write(&m, f), -ENOSPC);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_results, free_tally),
		cmocka_unit_test_teardown(test_many_names, free_tally),
		cmocka_unit_test_teardown(test_text, free_tally),
		cmocka_unit_test_teardown(test_full_disk, free_tally),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

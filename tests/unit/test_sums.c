// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sums of events. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/sums.h"

#define MS 1000000ULL

static struct sums *s;
static unsigned int asked; /* names of sites */

static void name_site(void *ctx, uint64_t stack, char *buf, size_t len)
{
	assert_ptr_equal(ctx, &asked);
	asked++;
	/* Stacks 10 to 19 have one site. */
	snprintf(buf, len, "site%u", (unsigned int)stack / 10);
}

static void begin(unsigned int by)
{
	asked = 0;
	s = sums__new(by, name_site, &asked);
	assert_non_null(s);
}

static int end(void **state)
{
	(void)state;
	sums__free(s);
	s = NULL;
	return 0;
}

static struct pgr_task task(uint32_t pid)
{
	struct pgr_task t = { .tgid = pid, .tid = pid };

	snprintf(t.comm, sizeof(t.comm), "fio%u", pid % 10);
	return t;
}

static void take(const char *pgmap, uint32_t event, uint32_t pid, uint64_t stack, int64_t n)
{
	struct pgr_rec_event e = {
		.event = event, .n = n, .stack = stack, .task = task(pid), .ino = pid, .dev = 5
	};

	assert_int_equal(sums__add(s, pgmap, &e), 0);
}

/* `by` gives back what `pid` took at `stack`. */
static void give(const char *pgmap, uint32_t event, uint32_t pid, uint64_t stack, int64_t n,
		 uint64_t held)
{
	struct pgr_rec_event e = { .event = event,
				   .n = -n,
				   .stack = 990,
				   .task = task(999),
				   .taken_at = stack,
				   .held_ns = held,
				   .ino = pid,
				   .dev = 5 };

	if (pid)
		e.taker = task(pid);
	assert_int_equal(sums__add(s, pgmap, &e), 0);
}

static void test_a_row_for_each_taker(void **state)
{
	const struct sum_row *row;

	(void)state;
	begin(0);
	assert_int_equal(sums__by(s), SUM_BY_PGMAP | SUM_BY_SITE | SUM_BY_COMM);
	take("pmem0", PGR_EV_INSERT, 11, 10, 1);
	take("pmem0", PGR_EV_INSERT, 21, 15, 512); /* the same site and the same name */
	take("pmem0", PGR_EV_INSERT, 12, 10, 1);
	take("pmem1", PGR_EV_INSERT, 11, 10, 1);
	take("pmem0", PGR_EV_INSERT, 11, 20, 1);
	take("pmem0", PGR_EV_GET, 11, 10, 3);
	assert_int_equal(asked, 3); /* once for each stack */
	give("pmem0", PGR_EV_DELETE, 11, 10, 13, 5 * MS);
	sums__sort(s);
	assert_int_equal(sums__nr(s), 5);
	row = sums__row(s, 0);
	assert_int_equal(row->kind, SUM_ENTRIES);
	assert_string_equal(row->pgmap, "pmem0");
	assert_string_equal(row->site, "site1");
	assert_string_equal(row->task.comm, "fio1");
	assert_int_equal(row->task.tgid, 0);
	assert_int_equal(row->taken, 513);
	assert_int_equal(row->takings, 2);
	assert_int_equal(row->given, 13);
	assert_int_equal(row->max_ns, 5 * MS);
	assert_int_equal(row->ino, 0);
	assert_int_equal(sums__row(s, 4)->kind, SUM_REFS);
	assert_int_equal(sums__row(s, 4)->taken, 3);
}

/* What stands behind the end of a name is no part of it. */
static void test_a_name_with_a_rest(void **state)
{
	struct pgr_rec_event e = { .event = PGR_EV_GET, .n = 1, .task = task(1) };

	(void)state;
	begin(SUM_BY_COMM);
	assert_int_equal(sums__add(s, "p", &e), 0);
	memset(e.task.comm + strlen(e.task.comm) + 1, 'x', 3);
	assert_int_equal(sums__add(s, "p", &e), 0);
	assert_int_equal(sums__nr(s), 1);
}

static void test_by_task_and_file(void **state)
{
	(void)state;
	begin(SUM_BY_TASK | SUM_BY_FILE);
	take("pmem0", PGR_EV_ALLOC, 11, 10, 1);
	take("pmem1", PGR_EV_ALLOC, 11, 20, 1);
	take("pmem0", PGR_EV_ALLOC, 21, 10, 1);
	assert_int_equal(sums__nr(s), 2);
	assert_int_equal(asked, 0);
	assert_int_equal(sums__row(s, 0)->kind, SUM_PAGES);
	assert_int_equal(sums__row(s, 0)->task.tgid, 11);
	assert_int_equal(sums__row(s, 0)->ino, 11);
	assert_int_equal(sums__row(s, 0)->dev, 5);
	assert_null(sums__row(s, 0)->pgmap);
	assert_null(sums__row(s, 0)->site);
}

static void test_what_was_not_seen_when_taken(void **state)
{
	(void)state;
	begin(0);
	give("pmem0", PGR_EV_DELETE, 0, 0, 7, 0);
	give("pmem0", PGR_EV_FREE, 0, 0, 1, 0);
	assert_int_equal(sums__nr(s), 0);
	assert_int_equal(sums__unknown(s, SUM_ENTRIES), 7);
	assert_int_equal(sums__unknown(s, SUM_PAGES), 1);
	assert_int_equal(sums__unknown(s, SUM_REFS), 0);
}

static void test_order(void **state)
{
	(void)state;
	begin(SUM_BY_TASK);
	take("p", PGR_EV_GET, 1, 10, 100);
	give("p", PGR_EV_PUT, 1, 10, 100, MS);
	take("p", PGR_EV_GET, 2, 10, 200);
	give("p", PGR_EV_PUT, 2, 10, 200, MS);
	take("p", PGR_EV_GET, 3, 10, 1);
	take("p", PGR_EV_INSERT, 4, 10, 1);
	/* A put of another task's reference: more given than taken. */
	take("p", PGR_EV_GET, 5, 10, 300);
	give("p", PGR_EV_PUT, 5, 10, 301, MS);
	sums__sort(s);
	assert_int_equal(sums__row(s, 0)->task.tgid, 4);
	assert_int_equal(sums__row(s, 1)->task.tgid, 3);
	assert_int_equal(sums__row(s, 2)->task.tgid, 5);
	assert_int_equal(sums__row(s, 3)->task.tgid, 2);
	assert_int_equal(sums__row(s, 4)->task.tgid, 1);
}

static void test_what_is_still_held(void **state)
{
	struct holder h = { .holding = PGR_HOLD_ENTRY, .stack = 10, .first_ns = 500 };

	(void)state;
	begin(SUM_BY_SITE | SUM_BY_COMM);
	h.task = task(1);
	sums__see_holder(s, "p", &h); /* of nothing that was seen */
	assert_int_equal(sums__nr(s), 0);
	take("p", PGR_EV_INSERT, 1, 10, 2);
	take("p", PGR_EV_GET, 1, 10, 2);
	sums__see_holder(s, "p", &h);
	h.first_ns = 400;
	sums__see_holder(s, "p", &h);
	h.first_ns = 450;
	sums__see_holder(s, "p", &h);
	h.holding = PGR_HOLD_PIN; /* a pin is none of them */
	h.first_ns = 1;
	sums__see_holder(s, "p", &h);
	assert_int_equal(sums__row(s, 0)->oldest_ns, 400);
	assert_int_equal(sums__row(s, 1)->oldest_ns, 0);
	h.holding = PGR_HOLD_FOLIO;
	h.first_ns = 7;
	sums__see_holder(s, "p", &h);
	assert_int_equal(sums__row(s, 1)->oldest_ns, 7);
}

static uint64_t held(const struct sum_row *row, unsigned int permille)
{
	uint64_t ns;

	assert_true(sum_row__held(row, permille, &ns));
	return ns;
}

static void test_percentiles(void **state)
{
	static const uint64_t times[] = { 0,	1,	   15,	       16,	   17,
					  1000, 123456789, 1ULL << 40, ~0ULL >> 1, ~0ULL };
	const struct sum_row *row;
	uint64_t ns;

	(void)state;
	begin(SUM_BY_TASK);
	take("p", PGR_EV_INSERT, 1, 10, 1);
	row = sums__row(s, 0);
	assert_false(sum_row__held(row, 500, &ns));
	for (uint64_t i = 1; i <= 1000; i++)
		give("p", PGR_EV_DELETE, 1, 10, 1, i * MS);
	/* To within a sixteenth. */
	assert_in_range(held(row, 500), 500 * MS * 15 / 16, 500 * MS * 17 / 16);
	assert_in_range(held(row, 990), 990 * MS * 15 / 16, 1000 * MS);
	assert_in_range(held(row, 1), MS * 15 / 16, MS * 17 / 16);
	assert_int_equal(held(row, 1000), 1000 * MS);
	/* One of many weighs what it holds. */
	give("p", PGR_EV_DELETE, 1, 10, 99000, 2 * MS);
	assert_in_range(held(row, 500), 2 * MS * 15 / 16, 2 * MS * 17 / 16);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		sums__free(s);
		begin(SUM_BY_TASK);
		take("p", PGR_EV_INSERT, 1, 10, 1);
		give("p", PGR_EV_DELETE, 1, 10, 1, times[i]);
		ns = held(sums__row(s, 0), 500);
		assert_true(ns <= times[i] && ns >= times[i] - times[i] / 16);
	}
}

static void test_too_many_rows(void **state)
{
	uint64_t taken = 0;

	(void)state;
	begin(SUM_BY_TASK);
	for (uint32_t pid = 1; pid <= SUMS_ROWS + 100; pid++) {
		take("p", PGR_EV_INSERT, pid, 10, 1);
		take("p", PGR_EV_GET, pid, 10, 1);
	}
	give("p", PGR_EV_DELETE, SUMS_ROWS + 50, 10, 1, MS);
	sums__sort(s);
	assert_int_equal(sums__nr(s), SUMS_ROWS - 1);
	for (size_t i = 0; i < sums__nr(s); i++) {
		const struct sum_row *row = sums__row(s, i);

		taken += row->taken;
		assert_int_equal(row->rest,
				 i + 1 == sums__nr(s) || sums__row(s, i + 1)->kind != row->kind);
		assert_int_equal(row->given, row->rest && row->kind == SUM_ENTRIES);
	}
	assert_int_equal(taken, 2 * (SUMS_ROWS + 100));
}

static void test_many_stacks(void **state)
{
	(void)state;
	begin(SUM_BY_SITE);
	for (uint64_t round = 0; round < 2; round++)
		for (uint64_t stack = 1; stack <= 3000; stack++)
			take("p", PGR_EV_GET, 1, stack * 10, 1);
	take("p", PGR_EV_GET, 1, 0, 1);
	assert_int_equal(asked, 3000);
	assert_int_equal(sums__nr(s), 3001);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(sums__row(s, i)->taken, 2);
	assert_string_equal(sums__row(s, 3000)->site, "");
}

static void test_words(void **state)
{
	unsigned int by;
	char bad[8];

	(void)state;
	assert_int_equal(sum_by__parse("task", &by, bad, sizeof(bad)), 0);
	assert_int_equal(by, SUM_BY_TASK);
	assert_int_equal(sum_by__parse("file,pgmap,site,comm", &by, bad, sizeof(bad)), 0);
	assert_int_equal(by, SUM_BY_FILE | SUM_BY_PGMAP | SUM_BY_SITE | SUM_BY_COMM);
	assert_int_equal(sum_by__parse("site,tasks", &by, bad, sizeof(bad)), -EINVAL);
	assert_string_equal(bad, "tasks");
	assert_int_equal(sum_by__parse("site,site", &by, bad, sizeof(bad)), -EINVAL);
	assert_int_equal(sum_by__parse("", &by, bad, sizeof(bad)), -EINVAL);
	assert_int_equal(sum_by__parse("si", &by, bad, sizeof(bad)), -EINVAL);
	assert_int_equal(sum_by__parse("site,", &by, bad, sizeof(bad)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_row_for_each_taker, end),
		cmocka_unit_test_teardown(test_a_name_with_a_rest, end),
		cmocka_unit_test_teardown(test_by_task_and_file, end),
		cmocka_unit_test_teardown(test_what_was_not_seen_when_taken, end),
		cmocka_unit_test_teardown(test_order, end),
		cmocka_unit_test_teardown(test_what_is_still_held, end),
		cmocka_unit_test_teardown(test_percentiles, end),
		cmocka_unit_test_teardown(test_too_many_rows, end),
		cmocka_unit_test_teardown(test_many_stacks, end),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* References that were taken or put after a kill, grouped by task, call site and taker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/late_moves.h"

static struct pgr_rec_move move(uint32_t tid, uint32_t taker, uint64_t stack, int64_t n)
{
	return (struct pgr_rec_move){
		.h.ns = 100,
		.task = { .tgid = tid, .tid = tid },
		.taker = { .tgid = taker, .tid = taker },
		.stack = stack,
		.n = n,
	};
}

static void test_one_group_for_one_who_puts_many(void **state)
{
	struct pgr_rec_move r = move(7, 8, 1, 2);
	struct late_moves m = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		r.h.ns = 100 + i;
		r.pfn = 5000 - i;
		r.held_ns = i == 500 ? 9000 : i;
		r.value = 1000 - i;
		late_moves__add(&m, &r);
	}
	assert_int_equal(m.nr, 1);
	assert_int_equal(m.calls, 1000);
	assert_int_equal(m.n, 2000);
	assert_int_equal(m.group[0].calls, 1000);
	assert_int_equal(m.group[0].n, 2000);
	assert_int_equal(m.group[0].first_ns, 100);
	assert_int_equal(m.group[0].last_ns, 1099);
	assert_int_equal(m.group[0].first_pfn, 4001);
	assert_int_equal(m.group[0].last_pfn, 5000);
	assert_int_equal(m.group[0].held_ns, 9000);
	assert_int_equal(m.group[0].value, 1);
	assert_int_equal(m.group[0].task.tid, 7);
	assert_int_equal(m.group[0].taker.tid, 8);
}

static void test_groups_differ_by_task_taker_and_site(void **state)
{
	const struct pgr_rec_move rs[] = { move(7, 8, 1, 1), move(9, 8, 1, 1), move(7, 9, 1, 1),
					   move(7, 8, 2, 1), move(7, 8, 1, 1) };
	struct late_moves m = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rs) / sizeof(*rs); i++)
		late_moves__add(&m, &rs[i]);
	assert_int_equal(m.nr, 4);
	assert_int_equal(m.group[0].n, 2);
	for (int i = 1; i < 4; i++)
		assert_int_equal(m.group[i].n, 1);
}

static void test_a_pfn_that_is_not_known_is_no_bound(void **state)
{
	struct pgr_rec_move r = move(1, 2, 3, 1);
	struct late_moves m = { 0 };

	(void)state;
	late_moves__add(&m, &r);
	assert_int_equal(m.group[0].first_pfn, 0);
	r.pfn = 77;
	late_moves__add(&m, &r);
	r.pfn = 0;
	late_moves__add(&m, &r);
	assert_int_equal(m.group[0].first_pfn, 77);
	assert_int_equal(m.group[0].last_pfn, 77);
}

static void test_more_groups_than_are_kept_are_counted(void **state)
{
	struct late_moves m = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= LATE_MOVES_KEPT + 10; i++) {
		struct pgr_rec_move r = move(i, 0, 0, 3);

		late_moves__add(&m, &r);
	}
	assert_int_equal(m.nr, LATE_MOVES_KEPT);
	assert_int_equal(m.calls, LATE_MOVES_KEPT + 10);
	assert_int_equal(m.n, 3 * (LATE_MOVES_KEPT + 10));
	assert_int_equal(m.group[LATE_MOVES_KEPT - 1].task.tid, LATE_MOVES_KEPT);
}

static void test_sums_that_have_no_number(void **state)
{
	const int64_t ends[] = { INT64_MAX, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pgr_rec_move r = move(7, 8, 1, ends[i]);
		struct late_moves m = { 0 };

		late_moves__add(&m, &r);
		late_moves__add(&m, &r);
		assert_int_equal(m.n, ends[i]);
		assert_int_equal(m.group[0].n, ends[i]);
		assert_int_equal(m.calls, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_group_for_one_who_puts_many),
		cmocka_unit_test(test_sums_that_have_no_number),
		cmocka_unit_test(test_groups_differ_by_task_taker_and_site),
		cmocka_unit_test(test_a_pfn_that_is_not_known_is_no_bound),
		cmocka_unit_test(test_more_groups_than_are_kept_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Histories: the figures are exact, also after many halvings. */
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "model/history.h"

#define US 1000ull
#define MS 1000000ull
#define SEC 1000000000ull
#define HOUR (3600 * SEC)

static struct history *new_history(uint64_t start, uint64_t step)
{
	struct history *h = NULL;

	assert_int_equal(history__new(start, step, &h), 0);
	assert_non_null(h);
	return h;
}

static void assert_peak(const struct history *h, enum history_series series, int64_t v, uint64_t t)
{
	int64_t peak = 0;
	uint64_t at = 0;

	assert_int_equal(history__peak(h, series, &peak, &at), 0);
	assert_int_equal(peak, v);
	assert_int_equal(at, t);
}

static void assert_low(const struct history *h, enum history_series series, int64_t v, uint64_t t)
{
	int64_t low = 0;
	uint64_t at = 0;

	assert_int_equal(history__low(h, series, &low, &at), 0);
	assert_int_equal(low, v);
	assert_int_equal(at, t);
}

static const struct history_cell *cell(const struct history *h, unsigned int i,
				       enum history_series series)
{
	const struct history_slot *slot = history__slot(h, i);

	assert_non_null(slot);
	return &slot->cells[series];
}

static void assert_cell(const struct history *h, unsigned int i, int64_t min, int64_t max,
			int64_t last)
{
	const struct history_cell *c = cell(h, i, HISTORY_VALUE);

	assert_true(c->sampled);
	assert_int_equal(c->min, min);
	assert_int_equal(c->max, max);
	assert_int_equal(c->last, last);
}

static void test_empty(void **state)
{
	struct history *h = (struct history *)state, *untouched = h;
	char buf[8] = "unset";
	struct history_cell c;
	uint64_t t = 5;
	int64_t v = 6;

	assert_int_equal(history__new(0, 0, &h), -EINVAL);
	assert_ptr_equal(h, untouched);
	h = new_history(100, 7);
	assert_int_equal(history__nr_slots(h), 0);
	assert_int_equal(history__step_ns(h), 7);
	assert_int_equal(history__start_ns(h), 100);
	assert_null(history__slot(h, 0));
	assert_int_equal(history__shown(h, 0, HISTORY_VALUE, &c), -EINVAL);
	assert_int_equal(history__peak(h, HISTORY_VALUE, &v, &t), -ENODATA);
	assert_int_equal(history__low(h, HISTORY_VALUE, &v, &t), -ENODATA);
	assert_int_equal(history__at(h, HISTORY_LIVE, &t), -ENODATA);
	assert_int_equal(history__total(h, HISTORY_GET), 0);
	assert_int_equal(history__sparkline(h, HISTORY_VALUE, 8, true, buf, sizeof(buf), &v, NULL),
			 -ENODATA);
	/* a damaged recording must not make the code write beyond the arrays */
	assert_int_equal(history__sample(h, 0, HISTORY_NR_SERIES, 1), -EINVAL);
	assert_int_equal(history__sample(h, 0, (enum history_series) - 1, 1), -EINVAL);
	assert_int_equal(history__count(h, 0, HISTORY_NR_EVENTS, 1), -EINVAL);
	assert_int_equal(history__mark(h, 0, HISTORY_NR_MARKS), -EINVAL);
	assert_int_equal(history__peak(h, HISTORY_NR_SERIES, &v, &t), -EINVAL);
	assert_int_equal(history__at(h, HISTORY_NR_MARKS, &t), -EINVAL);
	assert_int_equal(history__total(h, HISTORY_NR_EVENTS), 0);
	assert_int_equal(history__nr_slots(h), 0);
	assert_int_equal(t, 5);
	assert_int_equal(v, 6);
	assert_string_equal(buf, "unset");
	history__free(h);
	history__free(NULL);
}

static void test_slots(void **state)
{
	struct history *h = new_history(1000, 10);
	struct history_cell c;

	(void)state;
	history__sample(h, 1000, HISTORY_VALUE, 5);
	history__sample(h, 1008, HISTORY_VALUE, -3);
	history__sample(h, 1009, HISTORY_VALUE, -1);
	history__sample(h, 1035, HISTORY_VALUE, 8);
	history__sample(h, 1031, HISTORY_ENTRIES, 2);
	history__count(h, 1030, HISTORY_GET, 3);
	history__count(h, 1039, HISTORY_GET, 4);
	history__count(h, 1039, HISTORY_DELETE, 1);
	assert_int_equal(history__nr_slots(h), 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(history__slot(h, i)->start, i * 10);
	assert_null(history__slot(h, 4));
	assert_cell(h, 0, -3, 5, -1);
	assert_int_equal(cell(h, 0, HISTORY_VALUE)->last_ns, 9);
	assert_cell(h, 3, 8, 8, 8);
	assert_false(cell(h, 1, HISTORY_VALUE)->sampled);
	assert_int_equal(history__slot(h, 3)->events[HISTORY_GET], 7);
	assert_int_equal(history__slot(h, 3)->events[HISTORY_DELETE], 1);
	assert_int_equal(history__slot(h, 3)->events[HISTORY_PUT], 0);

	/* a slot without a sample shows the value before it; slots before the first are empty */
	assert_int_equal(history__shown(h, 2, HISTORY_VALUE, &c), 0);
	assert_false(c.sampled);
	assert_int_equal(c.min, -1);
	assert_int_equal(c.max, -1);
	assert_int_equal(c.last, -1);
	assert_int_equal(history__shown(h, 3, HISTORY_VALUE, &c), 0);
	assert_true(c.sampled);
	assert_int_equal(history__shown(h, 0, HISTORY_VALUE, &c), 0);
	assert_int_equal(c.max, 5);
	assert_int_equal(history__shown(h, 2, HISTORY_ENTRIES, &c), -ENODATA);
	assert_int_equal(history__shown(h, 3, HISTORY_BUSY, &c), -ENODATA);
	assert_int_equal(history__shown(h, 4, HISTORY_VALUE, &c), -EINVAL);
	history__free(h);
}

static void test_late_and_early(void **state)
{
	struct history *h = new_history(1000, 10);

	(void)state;
	history__sample(h, 1050, HISTORY_VALUE, 50);
	history__sample(h, 1025, HISTORY_VALUE, 25);
	history__sample(h, 1045, HISTORY_VALUE, 45);
	/* in one slot too, the latest time gives the last value, not the latest call */
	history__sample(h, 1021, HISTORY_VALUE, 99);
	history__sample(h, 1058, HISTORY_VALUE, 58);
	history__sample(h, 1051, HISTORY_VALUE, 51);
	assert_cell(h, 2, 25, 99, 25);
	assert_cell(h, 4, 45, 45, 45);
	assert_cell(h, 5, 50, 58, 58);
	/* if the times are equal, the later call counts */
	history__sample(h, 1058, HISTORY_VALUE, 57);
	assert_cell(h, 5, 50, 58, 57);
	/* a time before the start */
	history__sample(h, 3, HISTORY_VALUE, -7);
	history__count(h, 0, HISTORY_PUT, 2);
	assert_cell(h, 0, -7, -7, -7);
	assert_int_equal(history__slot(h, 0)->events[HISTORY_PUT], 2);
	assert_low(h, HISTORY_VALUE, -7, 3);
	assert_int_equal(history__nr_slots(h), 6);
	/* a merged slot keeps the order of times */
	history__sample(h, 1000 + 10 * HISTORY_SLOTS, HISTORY_VALUE, 0);
	assert_int_equal(history__step_ns(h), 20);
	assert_cell(h, 1, 25, 99, 25);
	assert_cell(h, 2, 45, 58, 57);
	history__free(h);
}

static void test_first_halving(void **state)
{
	struct history *h = new_history(0, 1);

	(void)state;
	for (unsigned int i = 0; i < HISTORY_SLOTS; i++) {
		history__sample(h, i, HISTORY_VALUE, i);
		history__count(h, i, HISTORY_ALLOC, i);
	}
	assert_int_equal(history__nr_slots(h), HISTORY_SLOTS);
	assert_int_equal(history__step_ns(h), 1);
	history__sample(h, HISTORY_SLOTS, HISTORY_VALUE, 7);
	assert_int_equal(history__step_ns(h), 2);
	assert_int_equal(history__nr_slots(h), HISTORY_SLOTS / 2 + 1);
	for (unsigned int i = 0; i < HISTORY_SLOTS / 2; i++) {
		assert_int_equal(history__slot(h, i)->start, 2 * i);
		assert_cell(h, i, 2 * i, 2 * i + 1, 2 * i + 1);
		assert_int_equal(history__slot(h, i)->events[HISTORY_ALLOC], 4 * i + 1);
	}
	assert_cell(h, HISTORY_SLOTS / 2, 7, 7, 7);
	assert_int_equal(history__slot(h, HISTORY_SLOTS / 2)->start, HISTORY_SLOTS);
	assert_int_equal(history__slot(h, HISTORY_SLOTS / 2)->events[HISTORY_ALLOC], 0);
	history__free(h);
}

/*
 * The value is 1000 for 4096 ms, then 131073 for 4096 ms, and again. It is sampled each ms, first
 * into slots of 1 us. After ten or more halvings each slot shows the exact heights.
 */
static void test_square_wave(void **state)
{
	struct history *h = new_history(0, US);
	const uint64_t half = 4096;
	unsigned int nr, per_half;

	(void)state;
	for (uint64_t ms = 0; ms < 16 * half; ms++) {
		int64_t v = (ms / half) % 2 ? 131073 : 1000;

		history__sample(h, ms * MS, HISTORY_VALUE, v);
	}
	/* 65.536 s in at most 256 slots of 1 us << k */
	assert_int_equal(history__step_ns(h), US << 18);
	nr = history__nr_slots(h);
	assert_int_equal(nr, (16 * half * MS - MS) / (US << 18) + 1);
	per_half = 0;
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t first = i * (US << 18), last = first + (US << 18) - 1;
		uint64_t a = (first + MS - 1) / MS / half, b = last / MS / half;
		int64_t va = a % 2 ? 131073 : 1000, vb = b % 2 ? 131073 : 1000;

		/* a slot over an edge has both heights */
		assert_cell(h, i, va < vb ? va : vb, va > vb ? va : vb, vb);
		per_half += a == 0 && b == 0;
	}
	assert_int_equal(per_half, 15);
	assert_peak(h, HISTORY_VALUE, 131073, half * MS);
	assert_low(h, HISTORY_VALUE, 1000, 0);
	history__free(h);
}

/* Ten minutes at 1 MHz: the memory does not grow, totals and extremes are exact. */
static void test_long_run(void **state)
{
	struct history *h = new_history(5 * SEC, 10 * US);
	size_t usable = malloc_usable_size(h), in_use = mallinfo2().uordblks;
	uint64_t gets = 0, puts = 0, sum = 0;

	(void)state;
	/* each event of the first 2 s, then a thousand events at a time */
	for (uint64_t us = 0; us < 2000000; us++) {
		uint64_t t = 5 * SEC + us * US;

		history__count(h, t, us % 2 ? HISTORY_PUT : HISTORY_GET, 1);
		gets += !(us % 2);
		puts += us % 2;
		history__sample(h, t, HISTORY_VALUE, us % 2 ? 131073 : 131074);
	}
	for (uint64_t ms = 2000; ms < 600000; ms++) {
		uint64_t t = 5 * SEC + ms * MS;

		history__count(h, t, HISTORY_GET, 501);
		history__count(h, t, HISTORY_PUT, 499);
		gets += 501;
		puts += 499;
		history__sample(h, t, HISTORY_VALUE, ms == 123456 ? 999999 : 131073);
	}
	assert_int_equal(malloc_usable_size(h), usable);
	assert_int_equal(mallinfo2().uordblks, in_use);
	assert_in_range(history__nr_slots(h), HISTORY_SLOTS / 2, HISTORY_SLOTS);
	assert_int_equal(history__total(h, HISTORY_GET), gets);
	assert_int_equal(history__total(h, HISTORY_PUT), puts);
	assert_int_equal(gets + puts, 600000000);
	for (unsigned int i = 0; i < history__nr_slots(h); i++)
		sum += history__slot(h, i)->events[HISTORY_GET];
	assert_int_equal(sum, gets);
	assert_peak(h, HISTORY_VALUE, 999999, 5 * SEC + 123456 * MS);
	assert_int_equal(
		cell(h, (unsigned int)(123456 * MS / history__step_ns(h)), HISTORY_VALUE)->max,
		999999);
	assert_low(h, HISTORY_VALUE, 131073, 5 * SEC + US);
	history__free(h);
}

static void test_extremes(void **state)
{
	struct history *h = new_history(0, 10);

	(void)state;
	history__sample(h, 100, HISTORY_VALUE, -5);
	assert_peak(h, HISTORY_VALUE, -5, 100);
	assert_low(h, HISTORY_VALUE, -5, 100);
	history__sample(h, 200, HISTORY_VALUE, 7);
	history__sample(h, 300, HISTORY_VALUE, 7);
	assert_peak(h, HISTORY_VALUE, 7, 200);
	/* a sample of the same height arrives late: the peak was earlier */
	history__sample(h, 150, HISTORY_VALUE, 7);
	assert_peak(h, HISTORY_VALUE, 7, 150);
	history__sample(h, 50, HISTORY_VALUE, -5);
	assert_low(h, HISTORY_VALUE, -5, 50);
	history__sample(h, 20 * HOUR, HISTORY_VALUE, 0);
	assert_peak(h, HISTORY_VALUE, 7, 150);
	history__sample(h, 21 * HOUR, HISTORY_VALUE, INT64_MAX);
	history__sample(h, 22 * HOUR, HISTORY_VALUE, INT64_MIN);
	assert_peak(h, HISTORY_VALUE, INT64_MAX, 21 * HOUR);
	assert_low(h, HISTORY_VALUE, INT64_MIN, 22 * HOUR);
	assert_int_equal(history__peak(h, HISTORY_BUSY, NULL, NULL), -ENODATA);
	assert_int_equal(history__peak(h, HISTORY_VALUE, NULL, NULL), 0);
	history__free(h);
}

static void test_marks(void **state)
{
	struct history *h = new_history(1000, 10);
	uint64_t t = 0;

	(void)state;
	assert_int_equal(history__mark(h, 1001, HISTORY_LIVE), 0);
	assert_int_equal(history__mark(h, 1077, HISTORY_KILLED), 0);
	assert_int_equal(history__mark(h, 1078, HISTORY_KILLED), -EEXIST);
	assert_int_equal(history__mark(h, 1000 + 30 * HOUR + 1, HISTORY_GONE), 0);
	assert_int_equal(history__at(h, HISTORY_LIVE, &t), 0);
	assert_int_equal(t, 1001);
	assert_int_equal(history__at(h, HISTORY_KILLED, &t), 0);
	assert_int_equal(t, 1077);
	assert_int_equal(history__at(h, HISTORY_DRAINED, &t), -ENODATA);
	assert_int_equal(history__at(h, HISTORY_GONE, &t), 0);
	assert_int_equal(t, 1000 + 30 * HOUR + 1);
	/* the time line includes a mark without a sample */
	assert_true(history__nr_slots(h) * history__step_ns(h) > 30 * HOUR);
	/* 0 is a valid time */
	assert_int_equal(history__mark(h, 0, HISTORY_DRAINED), 0);
	assert_int_equal(history__mark(h, 5, HISTORY_DRAINED), -EEXIST);
	assert_int_equal(history__at(h, HISTORY_DRAINED, &t), 0);
	assert_int_equal(t, 0);
	history__free(h);
}

static void test_jumps(void **state)
{
	struct timespec a, b;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int round = 0; round < 1000; round++) {
		struct history *h = new_history(0, 1);

		history__sample(h, 0, HISTORY_VALUE, 3);
		history__sample(h, 255, HISTORY_VALUE, 9);
		history__count(h, 255, HISTORY_INSERT, 11);
		history__sample(h, 100 * HOUR, HISTORY_VALUE, 5);
		assert_cell(h, 0, 3, 9, 9);
		assert_int_equal(history__slot(h, 0)->events[HISTORY_INSERT], 11);
		assert_int_equal(history__nr_slots(h), 100 * HOUR / history__step_ns(h) + 1);
		assert_in_range(history__nr_slots(h), HISTORY_SLOTS / 2 + 1, HISTORY_SLOTS);
		assert_cell(h, history__nr_slots(h) - 1, 5, 5, 5);
		assert_false(cell(h, 1, HISTORY_VALUE)->sampled);
		assert_int_equal(cell(h, 1, HISTORY_VALUE)->max, 0);
		/* the latest possible time */
		history__sample(h, UINT64_MAX, HISTORY_VALUE, 1);
		assert_int_equal(history__step_ns(h), 1ull << 56);
		assert_int_equal(history__nr_slots(h), HISTORY_SLOTS);
		assert_cell(h, 0, 3, 9, 5);
		assert_cell(h, HISTORY_SLOTS - 1, 1, 1, 1);
		history__free(h);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	/* a walk over 100 hours in steps of 1 ns would take for ever */
	assert_true(b.tv_sec - a.tv_sec < 10);

	/* a step that is not a power of two, and a step that is large enough for every jump */
	struct history *h = new_history(0, 3);

	history__sample(h, UINT64_MAX, HISTORY_VALUE, 1);
	assert_int_equal(history__step_ns(h), 3ull << 55);
	history__free(h);
	h = new_history(0, UINT64_MAX);
	history__sample(h, UINT64_MAX, HISTORY_VALUE, 1);
	history__sample(h, UINT64_MAX - 1, HISTORY_VALUE, 2);
	assert_cell(h, 0, 2, 2, 2);
	assert_cell(h, 1, 1, 1, 1);
	assert_int_equal(history__nr_slots(h), 2);
	history__free(h);
}

static void assert_spark(const struct history *h, unsigned int width, bool ascii,
			 const char *expected, int64_t lo, int64_t hi)
{
	int64_t got_lo = 0, got_hi = 0;
	char buf[3 * HISTORY_SLOTS + 1];

	assert_true(history__sparkline(h, HISTORY_VALUE, width, ascii, buf, sizeof(buf), &got_lo,
				       &got_hi) > 0);
	assert_string_equal(buf, expected);
	assert_int_equal(got_lo, lo);
	assert_int_equal(got_hi, hi);
}

static void test_sparkline(void **state)
{
	struct history *h = new_history(0, 10);
	char buf[64] = "unset";
	int64_t lo = 1, hi = 2;

	(void)state;
	for (int64_t i = 0; i < 8; i++)
		history__sample(h, (uint64_t)i * 10, HISTORY_VALUE, 100 + i);
	assert_spark(h, 80, false, "▁▂▃▄▅▆▇█", 100, 107);
	assert_spark(h, 8, false, "▁▂▃▄▅▆▇█", 100, 107);
	assert_spark(h, 80, true, "_.-==*##", 100, 107);
	assert_spark(h, 4, false, "▁▄▆█", 101, 107);
	assert_spark(h, 3, false, "▁▅█", 101, 107);
	assert_spark(h, 1, false, "▁", 107, 107);

	/* the number of columns, and the room for them */
	assert_int_equal(history__sparkline(h, HISTORY_VALUE, 80, false, buf, 24, NULL, NULL),
			 -ERANGE);
	assert_int_equal(history__sparkline(h, HISTORY_VALUE, 0, false, buf, 64, &lo, &hi), -EINVAL);
	assert_int_equal(history__sparkline(h, HISTORY_NR_SERIES, 8, false, buf, 64, &lo, &hi),
			 -EINVAL);
	assert_int_equal(history__sparkline(h, HISTORY_BUSY, 8, false, buf, 64, &lo, &hi), -ENODATA);
	assert_string_equal(buf, "unset");
	assert_int_equal(lo, 1);
	assert_int_equal(hi, 2);
	assert_int_equal(history__sparkline(h, HISTORY_VALUE, 80, false, buf, 25, NULL, NULL), 8);
	assert_int_equal(history__sparkline(h, HISTORY_VALUE, 3, false, buf, 10, NULL, NULL), 3);
	assert_int_equal(history__sparkline(h, HISTORY_VALUE, 80, true, buf, 9, NULL, NULL), 8);
	history__free(h);

	/* blanks before the first sample; gaps show the value before; one page too many shows */
	h = new_history(0, 10);
	history__sample(h, 20, HISTORY_VALUE, 0);
	history__sample(h, 40, HISTORY_VALUE, 1000);
	history__sample(h, 45, HISTORY_VALUE, 1);
	history__count(h, 70, HISTORY_PUT, 1);
	assert_spark(h, 80, false, "  ▁▁█▂▂▂", 0, 1000);
	assert_spark(h, 80, true, "  __#...", 0, 1000);
	assert_spark(h, 4, false, " ▁█▂", 0, 1000);
	history__free(h);

	/* a constant value */
	h = new_history(0, 10);
	history__sample(h, 0, HISTORY_VALUE, 131073);
	history__sample(h, 25, HISTORY_VALUE, 131073);
	assert_spark(h, 80, false, "▁▁▁", 131073, 131073);
	history__free(h);

	/* the whole range of values */
	h = new_history(0, 10);
	history__sample(h, 0, HISTORY_VALUE, INT64_MIN);
	history__sample(h, 10, HISTORY_VALUE, INT64_MAX);
	history__sample(h, 20, HISTORY_VALUE, 0);
	assert_spark(h, 80, false, "▁█▅", INT64_MIN, INT64_MAX);
	history__free(h);
}

/* A spike of one sample in hours is visible at every width. */
static void test_spike_stays(void **state)
{
	char buf[3 * HISTORY_SLOTS + 1];
	struct history *h = new_history(0, MS);

	(void)state;
	for (uint64_t s = 0; s < 10000; s++)
		history__sample(h, s * SEC, HISTORY_VALUE, s == 4321 ? 131999 : 131073);
	for (unsigned int width = 2; width <= 300; width++) {
		int nr = history__sparkline(h, HISTORY_VALUE, width, true, buf, sizeof(buf), NULL,
					    NULL);
		const char *spike = strchr(buf, '#');

		assert_int_equal(nr, width < history__nr_slots(h) ? width : history__nr_slots(h));
		assert_int_equal(strlen(buf), nr);
		assert_non_null(spike);
		assert_ptr_equal(spike, strrchr(buf, '#'));
		assert_in_range(spike - buf + 1, nr * 4321 / 10300, nr * 4321 / 9700 + 2);
	}
	history__free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	       cmocka_unit_test(test_slots),
		cmocka_unit_test(test_late_and_early), cmocka_unit_test(test_first_halving),
		cmocka_unit_test(test_square_wave),    cmocka_unit_test(test_long_run),
		cmocka_unit_test(test_extremes),       cmocka_unit_test(test_marks),
		cmocka_unit_test(test_jumps),	       cmocka_unit_test(test_sparkline),
		cmocka_unit_test(test_spike_stays),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}

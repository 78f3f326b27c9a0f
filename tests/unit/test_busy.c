// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares the busy pages of two sweeps: which are new, judged by the sweeps and by traced pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/busy.h"

#define PIN 1024 /* what a pin adds to the refcount of a small folio */

static struct busy_set set_of(const struct pgr_busy_row *rows, size_t nr)
{
	struct busy_set s = { 0 };

	assert_int_equal(busy__add(&s, rows, nr), 0);
	return s;
}

/* A small folio: its refcount contains the pins. */
static struct pgr_busy_row small(uint64_t pfn, int pins, int rest)
{
	return (struct pgr_busy_row){ .pfn = pfn, .extra = pins * PIN + rest, .pins = pins };
}

/* A large folio: it counts pins separately. */
static struct pgr_busy_row large(uint64_t pfn, int pins, int rest)
{
	return (struct pgr_busy_row){ .pfn = pfn, .extra = pins + rest, .pins = pins, .order = 9 };
}

static struct busy_change compare(const struct pgr_busy_row *then, size_t nr_then,
				  const struct pgr_busy_row *now, size_t nr_now)
{
	struct busy_set a = set_of(then, nr_then), b = set_of(now, nr_now);
	struct busy_change c;

	busy__compare(&a, &a, &b, NULL, 0, true, &c);
	busy__free(&a);
	busy__free(&b);
	return c;
}

/* A sweep goes by ranges, which may have any order. */
static void test_any_order(void **state)
{
	const struct pgr_busy_row then[] = { small(900, 0, 1), small(901, 0, 1), small(100, 0, 1) };
	const struct pgr_busy_row now[] = { small(900, 0, 1), small(500, 0, 1), small(100, 0, 1) };
	struct busy_set a = set_of(then, 3), b = set_of(now, 3), none = { 0 };
	struct busy_change c;

	(void)state;
	busy__sort(&none);
	busy__sort(&a);
	busy__sort(&b);
	for (size_t i = 1; i < 3; i++)
		assert_true(a.v[i - 1].pfn < a.v[i].pfn && b.v[i - 1].pfn < b.v[i].pfn);
	busy__compare(&a, &a, &b, NULL, 0, true, &c);
	assert_int_equal(c.pages, 1);
	assert_int_equal(c.references, 1);
	busy__lower(&a, &b);
	assert_int_equal(a.nr, 2);
	busy__free(&a);
	busy__free(&b);
}

static void test_by_reading(void **state)
{
	static const struct {
		size_t nr_then, nr_now;
		uint64_t then[4], now[4];
		int refs_then[4], refs_now[4];
		uint64_t pages, references, known, hidden;
	} table[] = {
		{ 0, 0, {}, {}, {}, {}, 0, 0, 0, 0 },
		{ 2, 2, { 5, 9 }, { 5, 9 }, { 1, 1 }, { 1, 1 }, 0, 0, 0, 2 },
		{ 2, 1, { 5, 9 }, { 9 }, { 1, 1 }, { 1 }, 0, 0, 0, 1 }, /* page 5 is idle now */
		{ 2, 2, { 5, 9 }, { 5, 8 }, { 1, 1 }, { 1, 1 }, 1, 1, 0, 1 }, /* another page */
		{ 2, 2, { 5, 9 }, { 4, 9 }, { 1, 1 }, { 1, 1 }, 1, 1, 0, 1 },
		{ 2, 2, { 5, 9 }, { 5, 9 }, { 1, 2 }, { 2, 2 }, 1, 1, 1, 2 }, /* busier */
		{ 2, 2, { 5, 9 }, { 5, 9 }, { 3, 2 }, { 2, 2 }, 0, 0, 0, 2 }, /* less busy */
		{ 0, 3, {}, { 1, 2, 3 }, {}, { 1, 1, 5 }, 3, 7, 0, 0 },
		{ 3, 4, { 1, 2, 3 }, { 1, 3, 4, 5 }, { 1, 1, 1 }, { 1, 1, 1, 1 }, 2, 2, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct pgr_busy_row then[4], now[4];
		struct busy_change c;

		for (size_t k = 0; k < 4; k++) {
			then[k] = small(table[i].then[k], 0, table[i].refs_then[k]);
			now[k] = small(table[i].now[k], 0, table[i].refs_now[k]);
		}
		c = compare(then, table[i].nr_then, now, table[i].nr_now);
		assert_int_equal(c.pages, table[i].pages);
		assert_int_equal(c.references, table[i].references);
		assert_int_equal(c.known, table[i].known);
		assert_int_equal(c.hidden, table[i].hidden);
		assert_int_equal(c.unsure, 0);
	}
}

/* A pin is one reference, though it adds 1024. New pins do not make up for lost references. */
static void test_pins_are_told_from_references(void **state)
{
	struct pgr_busy_row then[] = { small(5, 1, 0), large(512, 512, 1) };
	struct pgr_busy_row now[] = { small(5, 0, 3), large(512, 1024, 1) };
	struct busy_change c = compare(then, 2, now, 2);

	(void)state;
	assert_int_equal(c.pages, 2);
	assert_int_equal(c.references, 3 + 512);
	assert_int_equal(c.pins, 512);
	assert_int_equal(c.large, 1);
	/* a large folio has one pin more and one reference less: both are counted separately */
	now[0] = small(5, 1, 0);
	now[1] = large(512, 513, 0);
	c = compare(then, 2, now, 2);
	assert_int_equal(c.pages, 1);
	assert_int_equal(c.references, 1);
	assert_int_equal(c.pins, 1);
}

/* Only an idle folio can get another order, so another order means another folio. */
static void test_another_order_is_another_folio(void **state)
{
	struct pgr_busy_row then[] = { small(512, 9, 9) }, now[] = { large(512, 1, 1) };
	struct busy_change c = compare(then, 1, now, 1);

	(void)state;
	assert_int_equal(c.references, 2);
	assert_int_equal(c.hidden, 0);
}

static void test_any_number(void **state)
{
	size_t nr = 100000;
	struct pgr_busy_row *then = calloc(nr, sizeof(*then)), *now = calloc(nr, sizeof(*now));
	struct busy_change c;

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		then[i] = small(2 * i, 0, 1);
		now[i] = small(2 * i + (i == 70000), 0, 1);
	}
	c = compare(then, nr, now, nr);
	assert_int_equal(c.pages, 1);
	assert_int_equal(c.hidden, nr - 1);
	c = compare(then, nr, then, nr);
	assert_int_equal(c.pages, 0);
	free(then);
	free(now);
}

static void test_no_more_than_can_be_kept(void **state)
{
	static struct pgr_busy_row rows[1 << 16];
	struct busy_set s = { 0 }, copy = { 0 }, floor;

	(void)state;
	for (size_t i = 0; i < BUSY_MOST / (1 << 16); i++) {
		for (size_t k = 0; k < 1 << 16; k++)
			rows[k] = small((i << 16) + k, 0, 1);
		assert_int_equal(busy__add(&s, rows, 1 << 16), 0);
	}
	assert_false(s.cut);
	rows[0].pfn = BUSY_MOST;
	assert_int_equal(busy__add(&s, rows, 1), 0);
	assert_true(s.cut);
	assert_int_equal(s.nr, BUSY_MOST);
	assert_int_equal(busy__copy(&copy, &s), 0);
	assert_true(copy.cut);
	busy__free(&copy);
	/* a page that the full set could not hold may be busy too */
	rows[0].pfn = BUSY_MOST + 1;
	floor = set_of(rows, 1);
	busy__lower(&floor, &s);
	assert_int_equal(floor.nr, 1);
	busy__free(&floor);
	busy__free(&s);
}

/* References that a sweep between start and end did not find are not those of the start. */
static void test_looks_in_between(void **state)
{
	struct pgr_busy_row rows[] = { small(1, 0, 1), small(2, 2, 3), large(512, 512, 1) };
	struct pgr_busy_row between[] = { small(2, 1, 3), large(512, 512, 0), small(700, 0, 1) };
	struct busy_set start = set_of(rows, 3), floor = { 0 }, look = set_of(between, 3);
	struct busy_change c;

	(void)state;
	assert_int_equal(busy__copy(&floor, &start), 0);
	assert_int_equal(busy__lowered(&start, &floor), 0);
	busy__lower(&floor, &look);
	assert_int_equal(floor.nr, 2);
	assert_int_equal(busy__lowered(&start, &floor), 3);
	busy__compare(&start, &floor, &start, NULL, 0, true, &c);
	assert_int_equal(c.pages, 3);
	assert_int_equal(c.references, 1 + 1 + 1);
	assert_int_equal(c.pins, 1);
	assert_int_equal(c.known, 3);
	assert_int_equal(c.hidden, 2);
	/* a later sweep does not raise the minimum again */
	busy__lower(&floor, &start);
	assert_int_equal(floor.nr, 2);
	/* each pin tells how many references others had when it was made */
	busy__lower_page(&floor, 2, PIN + 1);
	busy__lower_page(&floor, 3, 0);
	busy__lower_page(&floor, 512, 100);
	busy__compare(&start, &floor, &start, NULL, 0, true, &c);
	assert_int_equal(c.references, 1 + (1 + 2) + 413);
	busy__lower_page(&floor, 2, 0);
	busy__lower_page(&floor, 512, -1);
	busy__compare(&start, &floor, &start, NULL, 0, true, &c);
	assert_int_equal(c.references, 1 + 5 + 513);
	assert_int_equal(c.pins, 2 + 512);
	assert_int_equal(c.hidden, 0);
	busy__free(&start);
	busy__free(&floor);
	busy__free(&look);
}

/*
 * A page has one reference more for some time. When it has as many as at the start again, the one
 * that is left may be the new one.
 */
static void test_more_in_between(void **state)
{
	/* clang-format off */
	struct pgr_busy_row rows[] = {
		small(1, 0, 1), small(2, 1, 1), small(9, 1, 0), large(512, 3, 1),
	};
	/* clang-format on */
	/* clang-format off */
	struct pgr_busy_row more[] = {
		small(1, 0, 2), small(2, 2, 1), small(9, 1, 1), large(512, 3, 2),
	};
	/* clang-format on */
	/* clang-format off */
	struct pgr_busy_row pinned[] = {
		small(1, 0, 1), small(2, 1, 1), small(9, 1, 0), large(512, 9, 1),
	};
	/* clang-format on */
	struct busy_set start = set_of(rows, 4), look = set_of(more, 4), other = set_of(pinned, 4);
	struct busy_set floor = { 0 };
	struct busy_change c;

	(void)state;
	assert_int_equal(busy__copy(&floor, &start), 0);
	busy__lower(&floor, &other); /* tracing sees pins come and go */
	busy__compare(&start, &floor, &start, NULL, 0, true, &c);
	assert_int_equal(c.rose, 0);
	busy__lower(&floor, &look);
	/* while there is one more, it is a leak, not a doubt */
	busy__compare(&start, &floor, &look, NULL, 0, true, &c);
	assert_int_equal(c.rose, 0);
	assert_int_equal(c.references, 4);
	busy__lower(&floor, &start);
	/* of page 9 only the pin is left, and it never had more pins */
	busy__compare(&start, &floor, &start, NULL, 0, true, &c);
	assert_int_equal(c.pages, 0);
	assert_int_equal(c.rose, 2);
	assert_int_equal(c.hidden, 4);
	busy__free(&start);
	busy__free(&look);
	busy__free(&other);
	busy__free(&floor);
}

static void test_pins_of_the_run(void **state)
{
	static const struct {
		const char *what;
		bool seen; /* every unpin was seen */
		int pins_then, rest_then, pins_now, rest_now; /* of page 7 */
		struct busy_pin pin[2];
		uint64_t pages, references, pins, traced, unsure;
	} table[] = {
		{ "as before, and nothing was traced", true, 1, 1, 1, 1, {}, 0, 0, 0, 0, 0 },
		{ "pinned, and then one of before let go",
		  true,
		  1,
		  0,
		  1,
		  0,
		  { { 7, 1, 0, 0, 1 } },
		  1,
		  1,
		  1,
		  1,
		  0 },
		{ "the same, of several sites",
		  true,
		  3,
		  0,
		  3,
		  0,
		  { { 7, 1, 0, 0, 1 }, { 7, 1, 0, 0, 2 } },
		  1,
		  2,
		  2,
		  2,
		  0 },
		{ "nobody of before was seen to let go",
		  true,
		  1,
		  0,
		  1,
		  0,
		  { { 7, 1, 0, 0, 0 } },
		  0,
		  0,
		  0,
		  0,
		  1 },
		{ "not so many were", true, 3, 0, 3, 0, { { 7, 2, 0, 0, 1 } }, 0, 0, 0, 0, 1 },
		{ "more than the page counts are there no more",
		  true,
		  1,
		  0,
		  1,
		  0,
		  { { 7, 5, 0, 0, 1 } },
		  1,
		  1,
		  1,
		  1,
		  0 },
		{ "not every unpin was seen", false, 1, 0, 1, 0, { { 7, 1, 0, 0, 1 } }, 0, 0, 0, 0, 1 },
		{ "new by reading, too", true, 1, 0, 2, 0, { { 7, 1, 0, 0, 0 } }, 1, 1, 1, 0, 0 },
		{ "new by reading, and unpins not seen",
		  false,
		  1,
		  0,
		  2,
		  0,
		  { { 7, 1, 0, 0, 0 } },
		  1,
		  1,
		  1,
		  0,
		  0 },
		{ "one new by reading, two by pins",
		  true,
		  2,
		  0,
		  3,
		  0,
		  { { 7, 2, 0, 0, 1 } },
		  1,
		  2,
		  2,
		  1,
		  0 },
		{ "somebody's unpin took it for the other",
		  true,
		  1,
		  0,
		  1,
		  0,
		  { { 7, 0, 0, 1, 0 } },
		  0,
		  0,
		  0,
		  0,
		  1 },
		{ "the same, and no other was there",
		  true,
		  0,
		  1,
		  1,
		  1,
		  { { 7, 0, 0, 1, 0 } },
		  1,
		  1,
		  1,
		  0,
		  0 },
		{ "got, whose return is not seen",
		  true,
		  0,
		  1,
		  0,
		  1,
		  { { 7, 1, 1, 0, 0 } },
		  0,
		  0,
		  0,
		  0,
		  1 },
		{ "got, and given back for sure",
		  true,
		  1,
		  0,
		  1,
		  0,
		  { { 7, 1, 1, 0, 0 } },
		  0,
		  0,
		  0,
		  0,
		  0 },
		{ "got, and new by reading", true, 0, 1, 0, 2, { { 7, 1, 1, 0, 0 } }, 1, 1, 0, 0, 0 },
		{ "got twice, one of them new by reading",
		  true,
		  0,
		  1,
		  0,
		  2,
		  { { 7, 2, 1, 0, 0 } },
		  1,
		  1,
		  0,
		  0,
		  1 },
		{ "another page's", true, 1, 0, 1, 0, { { 8, 1, 0, 0, 0 } }, 0, 0, 0, 0, 0 },
	};

	(void)state;
	for (int order = 0; order < 2; order++) {
		for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
			struct pgr_busy_row (*row)(uint64_t, int, int) = order ? large : small;
			struct pgr_busy_row then = row(7, table[i].pins_then, table[i].rest_then);
			struct pgr_busy_row now = row(7, table[i].pins_now, table[i].rest_now);
			struct busy_set a = set_of(&then, then.extra > 0);
			struct busy_set b = set_of(&now, 1);
			struct busy_pin pins[2];
			struct busy_change c;

			memcpy(pins, table[i].pin, sizeof(pins));
			busy__compare(&a, &a, &b, pins, 2, table[i].seen, &c);
			if (c.pages != table[i].pages || c.references != table[i].references ||
			    c.pins != table[i].pins || c.traced != table[i].traced ||
			    c.unsure != table[i].unsure)
				fail_msg("order %d, %s: pages %d references %d pins %d traced %d "
					 "unsure %d",
					 order, table[i].what, (int)c.pages, (int)c.references,
					 (int)c.pins, (int)c.traced, (int)c.unsure);
			busy__free(&a);
			busy__free(&b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_by_reading),
		cmocka_unit_test(test_pins_are_told_from_references),
		cmocka_unit_test(test_another_order_is_another_folio),
		cmocka_unit_test(test_any_number),
		cmocka_unit_test(test_no_more_than_can_be_kept),
		cmocka_unit_test(test_looks_in_between),
		cmocka_unit_test(test_more_in_between),
		cmocka_unit_test(test_pins_of_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

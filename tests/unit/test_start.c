// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The state of a pgmap at the start of a run, and how much of it can still be left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/start.h"
#include "records.h"

/* Linked with --wrap: realloc() fails. */
static bool no_memory;

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_realloc(void *p, size_t size)
{
	return no_memory ? NULL : __real_realloc(p, size);
}

static struct pgmaps pgmaps;
static struct pgmap *p;

static int set_up(void **state)
{
	struct pgr_pgmap k = rec_pgmap(1);

	(void)state;
	p = pgmaps__add(&pgmaps, &k, 100);
	return p ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	pgmaps__free(&pgmaps);
	return 0;
}

/* A reading: pages 1, 2, ... have so many references each. */
static struct reading reading(int64_t excess, size_t nr, const int32_t *extra)
{
	struct reading l = { .state = {
				     .has_value = true, .explained_all = true, .excess = excess } };

	l.sweep = calloc(1, sizeof(*l.sweep));
	assert_non_null(l.sweep);
	l.sweep->flags = PGR_SWEEP_DONE;
	l.state.pages = l.sweep;
	for (size_t i = 0; i < nr; i++) {
		struct pgr_busy_row row = { .pfn = i + 1, .extra = extra[i] };

		if (extra[i])
			assert_int_equal(busy__add(&l.busy, &row, 1), 0);
	}
	return l;
}

static void free_reading(struct reading *l)
{
	free(l->sweep);
	busy__free(&l->busy);
}

#define READING(excess, ...)                                                  \
	reading(excess, sizeof((int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t), \
		(const int32_t[]){ __VA_ARGS__ })

static void test_the_start_is_noted(void **state)
{
	struct reading l = READING(5, 2, 0, 3);

	(void)state;
	assert_int_equal(start__low(p), 0); /* made since the start: nothing can be left of it */
	assert_int_equal(start__note(p, &l, 777), 0);
	assert_true(p->start.there);
	assert_int_equal(p->start.ns, 777);
	assert_int_equal(p->start.state.excess, 5);
	assert_ptr_equal(p->start.sweep, l.sweep);
	assert_int_equal(p->start.busy.nr, 2);
	assert_ptr_equal(p->start.busy.v, l.busy.v);
	/* All of it may be left: the floor is a copy. */
	assert_int_equal(p->start.floor.nr, 2);
	assert_ptr_not_equal(p->start.floor.v, l.busy.v);
	assert_int_equal(p->start.floor.v[1].pfn, 3);
	assert_int_equal(p->start.floor.v[1].rest, 3);
	assert_false(p->start.has_low);
	assert_int_equal(start__low(p), 5);
}

static void test_the_least_counts(void **state)
{
	(void)state;
	start__lower(p, 4);
	assert_true(p->start.has_low);
	assert_int_equal(start__low(p), 4);
	start__lower(p, 5);
	assert_int_equal(start__low(p), 4);
	start__lower(p, 3);
	assert_int_equal(start__low(p), 3);
	start__lower(p, -1);
	assert_int_equal(start__low(p), -1);
	assert_int_equal(p->start.low, -1);
}

static void test_the_first_counts_though_it_is_more(void **state)
{
	struct reading l = READING(5, 0);

	(void)state;
	assert_int_equal(start__note(p, &l, 777), 0);
	start__lower(p, 9);
	assert_true(p->start.has_low);
	assert_int_equal(start__low(p), 9);
}

/* References of the start that an exact account saw being put are not left. */
static void test_an_exact_account_takes_off(void **state)
{
	struct reading l = READING(5, 0);

	(void)state;
	p->exact = (struct pgmap_exact){ .tried = true, .on = true, .since_ns = 700, .old_puts = 1 };
	assert_int_equal(start__note(p, &l, 777), 0);
	assert_int_equal(p->start.old_puts, 1);
	start__see_exact(p);
	assert_int_equal(start__low(p), 5);
	p->exact.old_puts = 3;
	start__see_exact(p);
	assert_int_equal(start__low(p), 3);
	/* An account that missed writes tells nothing, like one that began later. */
	p->exact.old_puts = 4;
	p->exact.missed = 1;
	start__see_exact(p);
	p->exact.missed = 0;
	p->exact.gaps = 1;
	start__see_exact(p);
	p->exact.gaps = 0;
	p->exact.since_ns = 778;
	start__see_exact(p);
	p->exact.since_ns = 777;
	p->start.state.explained_all = false;
	start__see_exact(p);
	p->start.state.explained_all = true;
	p->exact.on = false;
	start__see_exact(p);
	assert_int_equal(start__low(p), 3);
	p->exact.on = true;
	p->start.state.explained = 1;
	start__see_exact(p);
	assert_int_equal(start__low(p), 1);
}

static void test_readings_take_off(void **state)
{
	struct reading l = READING(5, 2, 4), later = READING(6, 2, 1);

	(void)state;
	assert_int_equal(start__note(p, &l, 777), 0);
	later.state.explained = 4;
	start__see(p, &later);
	assert_int_equal(start__low(p), 2);
	assert_int_equal(p->start.floor.v[0].rest, 2);
	assert_int_equal(p->start.floor.v[1].rest, 1);
	assert_int_equal(p->start.busy.v[1].rest, 4);
	free_reading(&later);
}

static void test_readings_that_say_nothing(void **state)
{
	struct reading l = READING(5, 2, 4), later = READING(1, 0, 0);

	(void)state;
	assert_int_equal(start__note(p, &l, 777), 0);
	later.sweep->faults = 1; /* not all pages were swept */
	later.state.has_value = false;
	start__see(p, &later);
	later.state.has_value = true;
	later.state.explained_all = false;
	start__see(p, &later);
	assert_false(p->start.has_low);
	assert_int_equal(p->start.floor.v[0].rest, 2);
	assert_int_equal(p->start.floor.v[1].rest, 4);
	/* Only the sweep is complete; then only the counter is explained. */
	later.sweep->faults = 0;
	start__see(p, &later);
	assert_false(p->start.has_low);
	assert_int_equal(busy__lowered(&p->start.busy, &p->start.floor), 2);
	later.sweep->faults = 1;
	later.state.explained_all = true;
	start__see(p, &later);
	assert_int_equal(start__low(p), 1);
	free_reading(&later);
}

static struct pgr_pin pin(uint64_t last_ns, int64_t n)
{
	return (struct pgr_pin){ .last_ns = last_ns, .n = n, .least = PGR_PIN_LEAST_UNKNOWN };
}

static void test_pins_of_the_run(void **state)
{
	struct reading l = READING(5, 2, 4);
	struct start_pins pins = { .p = p };
	struct pgr_pin_key key = { .id = 1, .pfn = 2 };
	struct pgr_pin old = pin(776, 1), first = pin(777, 2), got = pin(900, 3);

	(void)state;
	assert_int_equal(start__note(p, &l, 777), 0);
	start__add_pin(&pins, &key, &old);
	assert_int_equal(pins.nr, 0);
	start__add_pin(&pins, &key, &first);
	got.how = PGR_PIN_GET;
	got.foreign = 4;
	got.elders = 5;
	key.pfn = 7;
	start__add_pin(&pins, &key, &got);
	assert_int_equal(pins.nr, 2);
	assert_false(pins.failed);
	assert_int_equal(pins.v[0].pfn, 2);
	assert_int_equal(pins.v[0].n, 2);
	assert_false(pins.v[0].got);
	assert_false(pins.v[0].foreign);
	assert_int_equal(pins.v[0].elders, 0);
	assert_int_equal(pins.v[1].pfn, 7);
	assert_int_equal(pins.v[1].n, 3);
	assert_true(pins.v[1].got);
	assert_true(pins.v[1].foreign);
	assert_int_equal(pins.v[1].elders, 5);
	assert_int_equal(p->start.floor.v[1].rest, 4);
	free(pins.v);
}

static void test_what_others_had_while_it_was_pinned(void **state)
{
	struct reading l = READING(5, 2, 4);
	struct start_pins pins = { .p = p };
	struct pgr_pin_key key = { .id = 1, .pfn = 2 };
	struct pgr_pin r = pin(800, 1);

	(void)state;
	assert_int_equal(start__note(p, &l, 777), 0);
	r.least = 3;
	start__add_pin(&pins, &key, &r);
	assert_int_equal(p->start.floor.v[0].rest, 2);
	assert_int_equal(p->start.floor.v[1].rest, 3);
	/* A pin before the start shows nothing. */
	r.last_ns = 776;
	r.least = 1;
	start__add_pin(&pins, &key, &r);
	assert_int_equal(p->start.floor.v[1].rest, 3);
	free(pins.v);
}

static void test_many_pins(void **state)
{
	struct start_pins pins = { .p = p };

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		struct pgr_pin_key key = { .pfn = i };
		struct pgr_pin r = pin(1, (int64_t)i + 1);

		start__add_pin(&pins, &key, &r);
	}
	assert_int_equal(pins.nr, 1000);
	assert_in_range(pins.room, 1000, 2048);
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(pins.v[i].pfn, i);
		assert_int_equal(pins.v[i].n, i + 1);
	}
	free(pins.v);
}

static void test_pins_for_which_there_is_no_memory(void **state)
{
	struct start_pins pins = { .p = p };
	struct pgr_pin_key key = { .pfn = 1 };
	struct pgr_pin r = pin(1, 1);

	(void)state;
	start__add_pin(&pins, &key, &r);
	no_memory = true;
	while (pins.nr < pins.room)
		start__add_pin(&pins, &key, &r);
	assert_false(pins.failed);
	start__add_pin(&pins, &key, &r);
	assert_true(pins.failed);
	assert_int_equal(pins.nr, 64);
	assert_int_equal(pins.v[63].pfn, 1);
	no_memory = false;
	free(pins.v);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_the_start_is_noted),
		test(test_the_least_counts),
		test(test_the_first_counts_though_it_is_more),
		test(test_an_exact_account_takes_off),
		test(test_readings_take_off),
		test(test_readings_that_say_nothing),
		test(test_pins_of_the_run),
		test(test_what_others_had_while_it_was_pinned),
		test(test_many_pins),
		test(test_pins_for_which_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The pgmaps of a run: they are kept by id and selected by name; and what is known of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/pgmaps.h"
#include "records.h"

static struct pgmaps pgmaps;

static int tear_down(void **state)
{
	(void)state;
	pgmaps__free(&pgmaps);
	return 0;
}

static struct pgmap *add(uint32_t id)
{
	struct pgr_pgmap k = rec_pgmap(id);
	struct pgmap *p = pgmaps__add(&pgmaps, &k, 100);

	assert_non_null(p);
	return p;
}

static void assert_ids(const char *expected)
{
	char ids[64] = "";
	size_t at = 0;

	for (struct pgmap *p = pgmaps.first; p; p = p->next)
		at += snprintf(ids + at, sizeof(ids) - at, "%u ", p->k.id);
	assert_string_equal(ids, expected);
}

static void test_kept_by_id(void **state)
{
	struct pgmap *p[5];

	(void)state;
	assert_null(pgmaps__find(&pgmaps, 1));
	p[3] = add(3);
	p[1] = add(1);
	p[4] = add(4);
	p[2] = add(2);
	assert_ids("1 2 3 4 ");
	for (uint32_t id = 1; id <= 4; id++)
		assert_ptr_equal(pgmaps__find(&pgmaps, id), p[id]);
	assert_null(pgmaps__find(&pgmaps, 5));
	pgmaps__drop(&pgmaps, p[3]);
	assert_ids("1 2 4 ");
	pgmaps__drop(&pgmaps, p[1]);
	pgmaps__drop(&pgmaps, p[4]);
	assert_ids("2 ");
	assert_null(pgmaps__find(&pgmaps, 3));
}

static void test_what_one_owns_goes_with_it(void **state)
{
	struct pgmap *p = add(1);

	(void)state;
	/* The build with sanitizers reports memory that is not freed. */
	p->td.sweep = calloc(1, sizeof(*p->td.sweep));
	p->td.final = calloc(1, sizeof(*p->td.final));
	p->td.text = strdup("a report");
	p->start.sweep = calloc(1, sizeof(*p->start.sweep));
	assert_int_equal(
		busy__add(&p->start.busy, &(struct pgr_busy_row){ .pfn = 1, .extra = 1 }, 1), 0);
	assert_int_equal(busy__copy(&p->start.floor, &p->start.busy), 0);
	pgmaps__drop(&pgmaps, p);
	assert_null(pgmaps.first);
}

static void test_no_history_without_steps(void **state)
{
	struct pgr_pgmap k = rec_pgmap(1);

	(void)state;
	assert_null(pgmaps__add(&pgmaps, &k, 0));
	assert_null(pgmaps.first);
}

static bool matches(const struct pgmap *p, const char *name)
{
	return pgmap__matches(p, &name, 1);
}

static void test_matches(void **state)
{
	const char *const names[] = { "pmem1", "pmem2", "pmem0" };
	struct pgmap *p = add(1);

	(void)state;
	snprintf(p->name, sizeof(p->name), "pmem0");
	snprintf(p->dev, sizeof(p->dev), "namespace7.0");
	assert_true(pgmap__matches(p, names, 3));
	assert_false(pgmap__matches(p, names, 2));
	assert_false(pgmap__matches(p, names, 0));
	assert_true(matches(p, "pmem*"));
	assert_true(matches(p, "namespace7.0"));
	assert_false(matches(p, "namespace7.1"));
	assert_true(matches(p, "0x100000000"));
	assert_true(matches(p, "0x1001fffff"));
	assert_false(matches(p, "0x100200000"));
	assert_false(matches(p, "0xffffffff"));
	p->k.nr_range = 0;
	assert_false(matches(p, "0x100000000"));
}

static void test_ranges(void **state)
{
	struct pgmap *p = add(1);
	uint32_t nr;

	(void)state;
	assert_ptr_equal(pgmap__ranges(p, &nr), &p->k.first);
	assert_int_equal(nr, 1);
	assert_true(pgmap__ranges_ascend(p));
	p->k.nr_range = 300;
	p->k.span.end = p->k.span.start + (300ULL << 30) - 1;
	/* Only the first is known: any address up to the last range may be of this pgmap. */
	pgmap__ranges(p, &nr);
	assert_int_equal(nr, 1);
	assert_false(pgmap__ranges_ascend(p));
	assert_true(matches(p, "0x100000000"));
	assert_true(matches(p, "0x140200000"));
	assert_false(matches(p, "0x4c00000000"));
	p->ranges = calloc(300, sizeof(*p->ranges));
	assert_non_null(p->ranges);
	for (uint64_t i = 0; i < 300; i++)
		p->ranges[i] =
			(struct pgr_range){ 0x100000000 + (i << 30), 0x1001fffff + (i << 30) };
	assert_ptr_equal(pgmap__ranges(p, &nr), p->ranges);
	assert_int_equal(nr, 300);
	assert_true(pgmap__ranges_ascend(p));
	assert_true(matches(p, "0x100000000"));
	assert_true(matches(p, "0x140000000"));
	assert_true(matches(p, "0x4bc01fffff")); /* the last byte of the last range */
	assert_false(matches(p, "0x4bc0200000"));
	assert_false(matches(p, "0x140200000")); /* between two ranges */
	p->ranges[299] = p->ranges[0];
	assert_false(pgmap__ranges_ascend(p));
	/* More ranges than are followed. */
	p->k.nr_range = PGR_RANGES_MAX + 1;
	pgmap__ranges(p, &nr);
	assert_int_equal(nr, PGR_RANGES_MAX);
	p->k.nr_range = 300;
}

static void test_names_of_types_and_states(void **state)
{
	struct pgmap *p = add(1);

	(void)state;
	snprintf(p->name, sizeof(p->name), "dax0.0");
	assert_string_equal(pgmap__type_name(p), "fsdax");
	p->k.type = PGR_TYPE_GENERIC;
	assert_string_equal(pgmap__type_name(p), "devdax");
	snprintf(p->name, sizeof(p->name), "dax0");
	assert_string_equal(pgmap__type_name(p), "generic");
	assert_string_equal(pgmap__state_name(p), "live");
	p->state = PGMAP_KILLED;
	assert_string_equal(pgmap__state_name(p), "killed");
	p->state = PGMAP_DRAINED;
	assert_string_equal(pgmap__state_name(p), "drained");
	p->state = PGMAP_GONE;
	assert_string_equal(pgmap__state_name(p), "gone");
}

static void test_when_rest_is_known(void **state)
{
	const struct {
		uint32_t flags;
		bool known;
	} rs[] = {
		{ 0, true },
		{ PGR_PGMAP_NO_VALUE, false },
		{ PGR_PGMAP_PAGES_PART, true }, /* the baseline was read at birth */
		{ PGR_PGMAP_ADOPTED, true },
		{ PGR_PGMAP_ADOPTED | PGR_PGMAP_NO_VALUE, true }, /* the baseline is computed */
		{ PGR_PGMAP_ADOPTED | PGR_PGMAP_PAGES_PART, false },
		{ PGR_PGMAP_TRUNCATED | PGR_PGMAP_DYING_AT_START, true },
	};
	struct pgmap *p = add(1);

	(void)state;
	for (size_t i = 0; i < sizeof(rs) / sizeof(*rs); i++) {
		p->k.flags = rs[i].flags;
		p->ref_flags = 0;
		assert_int_equal(pgmap__has_baseline(p), rs[i].known);
		p->has_value = true;
		assert_int_equal(pgmap__has_excess(p), rs[i].known);
		p->has_value = false;
		assert_false(pgmap__has_excess(p));
		/* For a dying pgmap the value is sufficient. */
		p->ref_flags = PGR_REF_DYING;
		assert_false(pgmap__has_excess(p));
		p->has_value = true;
		assert_true(pgmap__has_excess(p));
	}
}

static void test_excess(void **state)
{
	struct pgmap *p = add(1);

	(void)state;
	p->value = 515;
	assert_int_equal(pgmap__excess(p), 2);
	p->value = 510;
	assert_int_equal(pgmap__excess(p), -3);
	p->ref_flags = PGR_REF_DYING;
	assert_int_equal(pgmap__excess(p), 510);
	p->ref_flags = PGR_REF_ATOMIC;
	p->value = INT64_MIN;
	assert_int_equal(pgmap__excess(p), INT64_MIN);
	assert_int_equal(pgmap__above(INT64_MAX, -1), INT64_MAX);
	assert_int_equal(pgmap__above(INT64_MIN, 1), INT64_MIN);
	assert_int_equal(pgmap__above(3, 5), -2);
}

static void test_facts_of_nothing_seen(void **state)
{
	struct teardown_facts f, none = { .baseline = 513 };

	(void)state;
	pgmap__facts(add(1), &f);
	assert_int_equal(f.begun, none.begun);
	assert_false(f.has_value || f.rest_unknown || f.swept || f.final_swept || f.drained ||
		     f.gone || f.stuck || f.wait_unseen || f.sweep_whole || f.final_whole);
	assert_int_equal(f.baseline, 513);
	assert_int_equal(f.value | f.stuck_value, 0);
	assert_int_equal(f.late_gets | f.busy | f.mapped | f.entry_pages, 0);
	assert_int_equal(f.final_busy | f.final_mapped | f.final_entry_pages, 0);
}

static void test_facts(void **state)
{
	struct pgmap *p = add(1);
	struct teardown *td = &p->td;
	struct teardown_facts f;

	(void)state;
	td->begun = td->has_value = td->stuck = td->wait_unseen = true;
	td->value = 520;
	td->stuck_value = 7;
	td->drained_ns = 5;
	td->late.calls = 3;
	td->sweep = calloc(1, sizeof(*td->sweep));
	td->final = calloc(1, sizeof(*td->final));
	assert_true(td->sweep && td->final);
	td->sweep->flags = td->final->flags = PGR_SWEEP_DONE;
	td->sweep->busy = 11;
	td->sweep->mapped = 12;
	td->sweep->entry_pages = 13;
	td->final->busy = 21;
	td->final->mapped = 22;
	td->final->entry_pages = 23;
	pgmap__facts(p, &f);
	assert_true(f.begun && f.has_value && f.swept && f.final_swept && f.drained && f.stuck);
	assert_true(f.wait_unseen && f.sweep_whole && f.final_whole);
	assert_false(f.gone || f.rest_unknown);
	assert_int_equal(f.value, 520);
	assert_int_equal(f.baseline, 513);
	assert_int_equal(f.stuck_value, 7);
	assert_int_equal(f.late_gets, 3);
	assert_int_equal(f.busy, 11);
	assert_int_equal(f.mapped, 12);
	assert_int_equal(f.entry_pages, 13);
	assert_int_equal(f.final_busy, 21);
	assert_int_equal(f.final_mapped, 22);
	assert_int_equal(f.final_entry_pages, 23);
	/* A pgmap that is gone has drained. */
	td->drained_ns = 0;
	td->gone_ns = 6;
	td->sweep->faults = 1;
	td->final->flags |= PGR_SWEEP_NO_IDLE;
	p->k.flags = PGR_PGMAP_NO_VALUE;
	pgmap__facts(p, &f);
	assert_true(f.drained && f.gone && f.rest_unknown);
	assert_false(f.sweep_whole || f.final_whole || f.has_value);
	td->sweep->faults = 0;
	td->sweep->flags = 0;
	td->final->flags = PGR_SWEEP_DONE;
	td->final->faults = 1;
	pgmap__facts(p, &f);
	assert_false(f.sweep_whole || f.final_whole);
}

#define test(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_kept_by_id),
		test(test_what_one_owns_goes_with_it),
		test(test_no_history_without_steps),
		test(test_matches),
		test(test_ranges),
		test(test_names_of_types_and_states),
		test(test_when_rest_is_known),
		test(test_excess),
		test(test_facts_of_nothing_seen),
		test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

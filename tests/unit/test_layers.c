// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Do references, entries and folios in use agree? Samples of one pgmap, one after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/layers.h"

#define SMALL(n) .without_reference = (n), .pages_without_reference = (n)

static enum layers_verdict sample(struct layers_state *s, int64_t excess, uint64_t used,
				  const struct layers *traced)
{
	const struct layers_sample k = { .excess = excess, .used = used, .traced = traced };

	return layers__judge(s, &k);
}

/* A sample of a pgmap that is older than the tool. */
static enum layers_verdict sample_older(struct layers_state *s, int64_t excess, uint64_t used,
					int64_t foreign_puts, const struct layers *traced)
{
	const struct layers_sample k = { .adopted = true,
					 .excess = excess,
					 .used = used,
					 .foreign_puts = foreign_puts,
					 .traced = traced };

	return layers__judge(s, &k);
}

static void assert_off(const struct layers_state *s, uint64_t many, uint64_t few, uint64_t bare)
{
	assert_int_equal(s->off.refs_too_many, many);
	assert_int_equal(s->off.refs_too_few, few);
	assert_int_equal(s->off.without_reference, bare);
}

/* Two samples agree that the layers differ, and how. */
static void assert_differ(int64_t excess, uint64_t used, const struct layers *y, uint64_t many,
			  uint64_t few, uint64_t bare)
{
	struct layers_state s = { 0 };

	assert_int_equal(sample(&s, excess, used, y), LAYERS_OPEN);
	assert_int_equal(sample(&s, excess, used, y), LAYERS_DIFFER);
	assert_off(&s, many, few, bare);
	assert_false(s.off.perhaps_untraced);
}

static void test_folios_in_use_explain_all(void **state)
{
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample(&s, 0, 0, NULL), LAYERS_AGREE);
	assert_int_equal(sample(&s, 7, 7, NULL), LAYERS_AGREE);
	assert_off(&s, 0, 0, 0);
}

static void test_the_ledger_is_asked_when_they_do_not(void **state)
{
	const struct layers others = { .folios = 5, .others = 2, .entries = 5 };
	const struct layers_sample puts = { .excess = 1, .used = 1, .foreign_puts = 1 };
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample(&s, 7, 5, NULL), LAYERS_ASK);
	assert_int_equal(sample(&s, 7, 5, &others), LAYERS_AGREE);
	assert_int_equal(sample(&s, 4, 5, NULL), LAYERS_ASK);
	assert_int_equal(layers__judge(&s, &puts), LAYERS_ASK);
}

static void test_each_layer_that_is_off(void **state)
{
	static const struct layers none = { 0 }, two_others = { .others = 2 },
				   too_many_puts = { .others = -2 }, bare = { SMALL(2) },
				   bare_large = { .without_reference = 1,
						  .pages_without_reference = 512 },
				   bare_and_puts = { .others = -1, SMALL(1) },
				   large_and_puts = { .others = -1,
						      .without_reference = 1,
						      .pages_without_reference = 512 };

	(void)state;
	assert_differ(2, 0, &none, 2, 0, 0); /* two not put, or taken unseen */
	assert_differ(7, 4, &two_others, 1, 0, 0);
	assert_differ(-1, 0, &none, 0, 1, 0); /* put twice, and one put was not seen */
	assert_differ(4, 5, &two_others, 0, 3, 0);
	assert_differ(-2, 0, &too_many_puts, 0, 2, 0);
	assert_differ(3, 5, &bare, 0, 0, 2);
	/* the bare entry lacks the reference of one folio, or one per page: no put too many */
	assert_differ(4, 5, &bare_large, 0, 0, 1);
	assert_differ(0, 512, &bare_large, 0, 0, 1);
	assert_differ(-1, 512, &bare_large, 0, 1, 1);
	assert_differ(-2, 0, &bare_and_puts, 0, 1, 1);
	assert_differ(3, 5, &large_and_puts, 0, 1, 1);
}

static void test_errors_that_hide_each_other(void **state)
{
	static const struct layers puts = { .others = -1 }, bare = { SMALL(1) };
	struct layers_state s = { 0 };

	(void)state;
	/* one put too many and one put too few: only the puts that were seen show this */
	assert_differ(0, 0, &puts, 1, 1, 0);
	/* an entry without a reference, and a reference that was not put */
	assert_differ(5, 5, &bare, 1, 0, 1);
	assert_int_equal(sample(&s, 0, 0, NULL), LAYERS_AGREE);
}

static void test_only_what_two_samples_in_a_row_find(void **state)
{
	const struct layers none = { 0 };
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample(&s, 1, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample(&s, 2, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample(&s, 0, 0, NULL), LAYERS_AGREE);
	assert_int_equal(sample(&s, 2, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample(&s, 0, 2, &none), LAYERS_OPEN); /* as much in the other direction */
	assert_int_equal(sample(&s, 2, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample(&s, 3, 1, &none), LAYERS_DIFFER);
}

static void test_idle_at_the_start_has_none_that_are_older(void **state)
{
	const struct layers none = { 0 };
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample_older(&s, 0, 0, 0, NULL), LAYERS_AGREE);
	assert_int_equal(sample_older(&s, 2, 0, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 2, 0, 0, &none), LAYERS_DIFFER);
	assert_off(&s, 2, 0, 0);
}

static void test_what_nobody_was_seen_to_take_is_older(void **state)
{
	const struct layers none = { 0 }, got = { .others = 1 }, put = { .others = -3 },
			    put_more = { .others = -4 };
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample_older(&s, 5, 2, 0, NULL), LAYERS_ASK);
	assert_int_equal(sample_older(&s, 5, 2, 0, &none), LAYERS_OPEN);
	/* one more was taken meanwhile, and this was seen: three are older */
	assert_int_equal(sample_older(&s, 6, 2, 0, &got), LAYERS_AGREE);
	assert_int_equal(s.older, 3);
	assert_int_equal(sample_older(&s, 9, 6, 0, NULL), LAYERS_AGREE);
	/* three puts by unknown takers are no fault, a fourth one is */
	assert_int_equal(sample_older(&s, 6, 6, 3, NULL), LAYERS_ASK);
	assert_int_equal(sample_older(&s, 6, 6, 3, &put), LAYERS_AGREE);
	assert_int_equal(sample_older(&s, 5, 6, 4, &put_more), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 5, 6, 4, &put_more), LAYERS_DIFFER);
	assert_off(&s, 0, 1, 0);
	assert_false(s.off.perhaps_untraced);
}

/* References put before the first sample existed when the tool started. */
static void test_older_ones_that_were_put_at_once(void **state)
{
	const struct layers put = { .others = -5 };
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample_older(&s, 0, 0, 5, NULL), LAYERS_ASK);
	assert_int_equal(sample_older(&s, 0, 0, 5, &put), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 0, 0, 5, &put), LAYERS_AGREE);
	assert_int_equal(s.older, 5);
}

/* Folios that come and go during the first sample must not count as older references. */
static void test_a_busy_start_settles_later(void **state)
{
	const struct layers none = { 0 };
	struct layers_state s = { 0 };

	(void)state;
	/* as many as folios in use, by chance */
	assert_int_equal(sample_older(&s, 50, 50, 0, NULL), LAYERS_ASK);
	assert_int_equal(sample_older(&s, 50, 50, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 50, 41, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 50, 55, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 50, 49, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 61, 60, 0, &none), LAYERS_AGREE);
	assert_int_equal(s.older, 1);
}

/* There cannot be fewer references than folios in use, at any time. */
static void test_too_few_at_the_start(void **state)
{
	const struct layers none = { 0 };
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample_older(&s, 3, 5, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 3, 5, 0, &none), LAYERS_OPEN);
	assert_int_equal(sample_older(&s, 3, 5, 0, NULL), LAYERS_ASK);
	assert_int_equal(sample_older(&s, 3, 5, 0, &none), LAYERS_DIFFER);
	assert_off(&s, 0, 2, 0);
	assert_true(s.off.perhaps_untraced);
}

static void test_with_rows_lost_nothing_traced_is_missing(void **state)
{
	const struct layers lost = { .incomplete = true, .others = -2 };
	struct layers_state s = { 0 };

	(void)state;
	assert_int_equal(sample(&s, 5, 2, &lost), LAYERS_INCOMPLETE);
	assert_int_equal(sample(&s, 5, 2, &lost), LAYERS_INCOMPLETE);
	assert_off(&s, 0, 0, 0);
	/* both numbers were read and not traced, so lost rows do not explain the difference */
	assert_int_equal(sample(&s, 2, 5, &lost), LAYERS_OPEN);
	assert_int_equal(sample(&s, 2, 5, &lost), LAYERS_DIFFER);
	assert_off(&s, 0, 3, 0);
	assert_true(s.off.perhaps_untraced);
}

static void test_types_that_have_layers(void **state)
{
	(void)state;
	for (int t = 0; t < PGR_TYPES; t++)
		assert_int_equal(layers__have(t), t != PGR_TYPE_UNKNOWN && t != PGR_TYPE_P2PDMA);
}

static void test_what_loses_rows(void **state)
{
	static const bool causes[PGR_LOSSES] = {
		[PGR_LOSS_LEDGER_FULL] = true,	[PGR_LOSS_LEDGER_ERR] = true,
		[PGR_LOSS_READ] = true,		[PGR_LOSS_STASH] = true,
		[PGR_LOSS_ENTRY_LAYOUT] = true,
	};
	static const bool hooks[PGR_HOOKS] = {
		[PGR_HOOK_GET] = true,	     [PGR_HOOK_PUT] = true,
		[PGR_HOOK_INSERT] = true,    [PGR_HOOK_DELETE] = true,
		[PGR_HOOK_FOLIO_GET] = true, [PGR_HOOK_FOLIO_MAKE] = true,
		[PGR_HOOK_FOLIO_PUT] = true, [PGR_HOOK_FOLIO_ALLOC] = true,
		[PGR_HOOK_ALLOC] = true,     [PGR_HOOK_FREE] = true,
	};

	(void)state;
	for (int i = -1; i < PGR_LOSSES; i++) {
		uint64_t cause[PGR_LOSSES] = { 0 }, missed[PGR_HOOKS] = { 0 };

		if (i >= 0)
			cause[i] = 1;
		assert_int_equal(layers__lost(cause, missed), i >= 0 && causes[i]);
	}
	for (int i = 0; i < PGR_HOOKS; i++) {
		uint64_t cause[PGR_LOSSES] = { 0 }, missed[PGR_HOOKS] = { 0 };

		missed[i] = 1;
		assert_int_equal(layers__lost(cause, missed), hooks[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folios_in_use_explain_all),
		cmocka_unit_test(test_the_ledger_is_asked_when_they_do_not),
		cmocka_unit_test(test_each_layer_that_is_off),
		cmocka_unit_test(test_errors_that_hide_each_other),
		cmocka_unit_test(test_only_what_two_samples_in_a_row_find),
		cmocka_unit_test(test_idle_at_the_start_has_none_that_are_older),
		cmocka_unit_test(test_what_nobody_was_seen_to_take_is_older),
		cmocka_unit_test(test_older_ones_that_were_put_at_once),
		cmocka_unit_test(test_a_busy_start_settles_later),
		cmocka_unit_test(test_too_few_at_the_start),
		cmocka_unit_test(test_with_rows_lost_nothing_traced_is_missing),
		cmocka_unit_test(test_types_that_have_layers),
		cmocka_unit_test(test_what_loses_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The end of a check against its start: what is new, what was there, what cannot be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "verdict.h"

/* A look at all pages, of which those at pfns are busy, with so many references each. */
static struct pgr_sweep look(size_t n, const uint64_t *pfns, const int *refs)
{
	struct pgr_sweep s = { .flags = PGR_SWEEP_DONE, .pages = 1000, .seen = 1000, .busy = n };

	for (size_t i = 0; i < n; i++) {
		s.extra += refs[i];
		s.fingerprint += (pfns[i] * 2654435761u + 1) * refs[i];
		if (i >= PGR_BUSY)
			continue;
		s.list[s.listed++] = (struct pgr_busy_page){ .pfn = pfns[i], .refcount = refs[i] };
	}
	return s;
}

static struct end_facts facts(int64_t before, const struct pgr_sweep *then, int64_t after,
			      const struct pgr_sweep *now)
{
	return (struct end_facts){
		.before = { .has_value = true, .explained_all = true, .excess = before,
			    .pages = then },
		.after = { .has_value = true, .explained_all = true, .excess = after,
			   .pages = now },
	};
}

static void test_references(void **state)
{
	static const struct {
		int64_t before, before_ok, after, after_ok;
		int64_t left, there;
		unsigned int kinds;
	} table[] = {
		{ 0, 0, 0, 0, 0, 0, 0 },
		{ 0, 0, 3, 0, 3, 0, LEAK_EXCESS_AT_END },
		{ 2, 0, 2, 0, 0, 2, 0 }, /* pre-existing */
		{ 2, 0, 3, 0, 1, 2, LEAK_EXCESS_AT_END },
		{ 3, 0, 1, 0, 0, 3, 0 }, /* fewer than there were */
		{ 0, 0, 9, 9, 0, 0, 0 }, /* of folios in use */
		{ 4, 4, 9, 9, 0, 0, 0 },
		{ 4, 4, 9, 8, 1, 0, LEAK_EXCESS_AT_END },
		{ 4, 3, 9, 8, 0, 1, 0 },
		{ 0, 0, -1, 0, 0, 0, LEAK_UNDERFLOW },
		{ -1, 0, -1, 0, 0, 0, 0 }, /* it was so before */
		{ -1, 0, -2, 0, 0, 0, LEAK_UNDERFLOW },
		{ 0, 0, 9, 10, 0, 0, LEAK_UNDERFLOW }, /* fewer than folios in use */
	};
	struct pgr_sweep none = look(0, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct end_facts f = facts(table[i].before, &none, table[i].after, &none);
		struct end_counts n;
		struct judgement j;

		f.before.explained = table[i].before_ok;
		f.after.explained = table[i].after_ok;
		verdict__end(&f, &n, &j);
		assert_int_equal(j.kinds, table[i].kinds);
		assert_int_equal(j.verdict, table[i].kinds ? VERDICT_LEAK : VERDICT_CLEAN);
		assert_int_equal(n.references, table[i].left);
		assert_int_equal(n.pre_existing, table[i].there);
	}
}

static void test_references_that_cannot_be_judged(void **state)
{
	struct pgr_sweep none = look(0, NULL, NULL);
	struct end_facts f = facts(-1, &none, 0, &none);
	struct end_counts n;
	struct judgement j;

	(void)state;
	/* paid back, or one is left */
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "below rest at the start"));
	/* what explains them is not whole, at one end or the other */
	for (int i = 0; i < 2; i++) {
		f = facts(0, &none, 2, &none);
		f.before.explained_all = i;
		f.after.explained_all = !i;
		verdict__end(&f, &n, &j);
		assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
		assert_non_null(strstr(j.why, "by right"));
		f.after.excess = 0;
		verdict__end(&f, &n, &j);
		assert_int_equal(j.verdict, VERDICT_CLEAN);
	}
	f = facts(0, &none, 0, &none);
	f.after.has_value = false;
	f.after.moving = true;
	verdict__end(&f, &n, &j);
	assert_non_null(strstr(j.why, "come to rest"));
}

static void test_of_one_made_since_nothing_was_there(void **state)
{
	uint64_t pfns[] = { 7 };
	int refs[] = { 1 };
	struct pgr_sweep now = look(1, pfns, refs);
	struct end_facts f = { .made = true,
			       .after = { .has_value = true, .explained_all = true, .excess = 1,
					  .pages = &now } };
	struct end_counts n;
	struct judgement j;

	(void)state;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.kinds, LEAK_EXCESS_AT_END | LEAK_BUSY_AT_END);
	assert_int_equal(n.busy, 1);
	assert_true(n.busy_exact);
	f.after.excess = -1;
	verdict__end(&f, &n, &j);
	assert_true(j.kinds & LEAK_UNDERFLOW);
}

static void test_pages(void **state)
{
	static const struct {
		size_t nr_then, nr_now;
		uint64_t then[4], now[4];
		int refs_then[4], refs_now[4];
		uint64_t busy;
	} table[] = {
		{ 0, 0, {}, {}, {}, {}, 0 },
		{ 2, 2, { 5, 9 }, { 5, 9 }, { 1, 1 }, { 1, 1 }, 0 },
		{ 2, 1, { 5, 9 }, { 9 }, { 1, 1 }, { 1 }, 0 }, /* one is idle now */
		{ 2, 2, { 5, 9 }, { 5, 8 }, { 1, 1 }, { 1, 1 }, 1 }, /* as many, but another */
		{ 2, 2, { 5, 9 }, { 4, 9 }, { 1, 1 }, { 1, 1 }, 1 },
		{ 2, 2, { 5, 9 }, { 5, 9 }, { 1, 2 }, { 2, 2 }, 1 }, /* busier */
		{ 2, 2, { 5, 9 }, { 5, 9 }, { 3, 2 }, { 2, 2 }, 0 }, /* less so */
		{ 0, 3, {}, { 1, 2, 3 }, {}, { 1, 1, 1 }, 3 },
		{ 3, 4, { 1, 2, 3 }, { 1, 3, 4, 5 }, { 1, 1, 1 }, { 1, 1, 1, 1 }, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct pgr_sweep then = look(table[i].nr_then, table[i].then, table[i].refs_then);
		struct pgr_sweep now = look(table[i].nr_now, table[i].now, table[i].refs_now);
		struct end_facts f = facts(0, &then, 0, &now);
		struct end_counts n;
		struct judgement j;

		verdict__end(&f, &n, &j);
		assert_int_equal(n.busy, table[i].busy);
		assert_int_equal(n.busy_before, table[i].nr_then);
		assert_true(n.busy_exact);
		assert_int_equal(j.kinds, table[i].busy ? LEAK_BUSY_AT_END : 0);
	}
}

/* More than are listed: the same are the same, more are more, and others cannot be told apart. */
static void test_many_pages(void **state)
{
	uint64_t pfns[2 * PGR_BUSY], others[2 * PGR_BUSY];
	struct pgr_sweep then, now;
	int refs[2 * PGR_BUSY];
	struct end_counts n;
	struct judgement j;
	struct end_facts f;

	(void)state;
	for (size_t i = 0; i < 2 * PGR_BUSY; i++) {
		pfns[i] = 100 + i;
		others[i] = 100 + i + (i > PGR_BUSY);
		refs[i] = 1;
	}
	then = look(2 * PGR_BUSY, pfns, refs);
	now = then;
	f = facts(0, &then, 0, &now);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_CLEAN);
	assert_int_equal(n.busy, 0);

	now = look(2 * PGR_BUSY, others, refs);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "too many to tell apart"));

	then = look(2 * PGR_BUSY - 3, pfns, refs);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.kinds, LEAK_BUSY_AT_END);
	assert_int_equal(n.busy, 3);
	assert_false(n.busy_exact);

	/* none at the start: all are new, and so many */
	then = look(0, NULL, NULL);
	verdict__end(&f, &n, &j);
	assert_int_equal(n.busy, 2 * PGR_BUSY);
	assert_true(n.busy_exact);
}

static void test_what_was_not_looked_at(void **state)
{
	uint64_t pfns[] = { 7, 8 };
	int refs[] = { 1, 1 };
	struct pgr_sweep none = look(0, NULL, NULL), two = look(2, pfns, refs), part = none;
	struct end_counts n;
	struct judgement j;
	struct end_facts f;

	(void)state;
	part.flags = PGR_SWEEP_OUT_OF_TIME;
	f = facts(0, &none, 0, &part);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "at the end"));
	f = facts(0, &none, 0, NULL);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	/* those that were seen are busy all the same */
	part = two;
	part.faults = 3;
	f = facts(0, &none, 0, &part);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.kinds, LEAK_BUSY_AT_END);
	/* whatever was there at the start: nothing is now */
	f = facts(0, NULL, 0, &none);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_CLEAN);
	f = facts(0, NULL, 0, &two);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "at the start"));
	/* and the counter */
	f = facts(0, &none, 0, &none);
	f.before.has_value = false;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_CLEAN);
	f.after.excess = 1;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	f.after.has_value = false;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_references_that_cannot_be_judged),
		cmocka_unit_test(test_of_one_made_since_nothing_was_there),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_many_pages),
		cmocka_unit_test(test_what_was_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

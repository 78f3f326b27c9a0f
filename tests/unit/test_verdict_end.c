// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The end of a check compared with its start, and with readings and events in between: what is new,
 * what was there before, and what is not known. test_busy.c tests which pages are new.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "model/verdict.h"

/* A sweep of all pages. Those at pfns are busy, with refs references each. */
static struct pgr_sweep look(size_t n, const uint64_t *pfns, const int *refs)
{
	struct pgr_sweep s = { .flags = PGR_SWEEP_DONE, .pages = 1000, .seen = 1000, .busy = n };

	for (size_t i = 0; i < n; i++) {
		s.extra += refs[i];
		if (i >= PGR_BUSY)
			continue;
		s.list[s.listed++] = (struct pgr_busy_page){ .pfn = pfns[i], .refcount = refs[i] };
	}
	return s;
}

/* So many pages are new; `hidden` pages count as those of the start. */
static struct busy_change change(uint64_t pages, uint64_t hidden)
{
	return (struct busy_change){ .pages = pages, .references = pages, .hidden = hidden };
}

static const struct busy_change nothing;

static struct end_facts facts(int64_t before, const struct pgr_sweep *then, int64_t after,
			      const struct pgr_sweep *now)
{
	return (struct end_facts){
		.before = { .has_value = true,
			    .explained_all = true,
			    .excess = before,
			    .pages = then },
		.after = { .has_value = true, .explained_all = true, .excess = after, .pages = now },
		.pages = &nothing,
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
		{ 2, 0, 2, 0, 0, 2, 0 }, /* from the start */
		{ 2, 0, 3, 0, 1, 2, LEAK_EXCESS_AT_END },
		{ 3, 0, 1, 0, 0, 3, 0 }, /* fewer than at the start */
		{ 0, 0, 9, 9, 0, 0, 0 }, /* all are of folios in use */
		{ 4, 4, 9, 9, 0, 0, 0 },
		{ 4, 4, 9, 8, 1, 0, LEAK_EXCESS_AT_END },
		{ 4, 3, 9, 8, 0, 1, 0 },
		{ 0, 0, -1, 0, 0, 0, LEAK_UNDERFLOW },
		{ -1, 0, -1, 0, 0, 0, 0 }, /* the same at the start */
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
	/* a put was made up for, or a reference is left: not known */
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "below the baseline at the start"));
	/* references are not fully explained, at the end or at the start */
	for (int i = 0; i < 2; i++) {
		f = facts(0, &none, 2, &none);
		f.before.explained_all = i;
		f.after.explained_all = !i;
		verdict__end(&f, &n, &j);
		assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
		assert_non_null(strstr(j.why, "cannot tell which references are legitimate"));
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
	struct end_facts f = {
		.made = true,
		.after = { .has_value = true, .explained_all = true, .excess = 1, .pages = &now }
	};
	struct busy_change c = change(1, 0);
	struct end_counts n;
	struct judgement j;

	(void)state;
	f.pages = &c;
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
	uint64_t pfns[] = { 5, 9 };
	int refs[] = { 1, 1 };
	struct pgr_sweep then = look(2, pfns, refs), now = then;
	struct busy_change c = change(0, 2);
	struct end_facts f = facts(0, &then, 0, &now);
	struct end_counts n;
	struct judgement j;

	(void)state;
	f.pages = &c;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_CLEAN);
	assert_int_equal(n.busy, 0);
	assert_int_equal(n.busy_before, 2);
	/* as many pages, but one is not of the start */
	c = change(1, 1);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.kinds, LEAK_BUSY_AT_END);
	assert_int_equal(n.busy, 1);
	assert_int_equal(n.pages.references, 1);
	assert_true(n.busy_exact);
	/* no page is busy, so it does not matter what events show */
	now = look(0, NULL, NULL);
	f.pins_unseen = "hook pin is missing";
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_CLEAN);
}

/* As many pages as at the start, but events show that they may be other pages. */
static void test_pages_that_may_have_been_replaced(void **state)
{
	uint64_t pfns[] = { 5 };
	int refs[] = { 1 };
	struct pgr_sweep one = look(1, pfns, refs);
	struct busy_change c = change(0, 1);
	struct end_facts f = facts(0, &one, 0, &one);
	struct end_counts n;
	struct judgement j;

	(void)state;
	f.pages = &c;
	c.unsure = 1;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "1 page is as busy as at the start, but tasks pinned it"));
	c.unsure = 0;
	f.pins_unseen = "pins are not traced";
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "some pins may be new: pins are not traced"));
	/* a new page is a leak, whatever else is not known */
	c = change(1, 1);
	c.unsure = 1;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.kinds, LEAK_BUSY_AT_END);
	/* no page of the start is left that could have been replaced */
	c = change(0, 0);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_CLEAN);
}

/* References that were not there at some time between start and end are not those of the start. */
static void test_references_that_were_replaced(void **state)
{
	static const struct {
		int64_t before, low, after, taken;
		bool unseen;
		int64_t left, there, unsure;
		enum verdict verdict;
		const char *why;
	} table[] = {
		{ 2, 2, 2, 0, false, 0, 2, 0, VERDICT_CLEAN, NULL },
		{ 2, 0, 2, 0, false, 2, 2, 0, VERDICT_LEAK, NULL }, /* dropped, and taken again */
		{ 2, 1, 2, 0, false, 1, 2, 0, VERDICT_LEAK, NULL },
		{ 2, 0, 0, 0, false, 0, 2, 0, VERDICT_CLEAN, NULL },
		{ 2, 0, 0, 9, true, 0, 2, 0, VERDICT_CLEAN, NULL }, /* nothing is left */
		{ 0, 0, 0, 9, true, 0, 0, 0, VERDICT_CLEAN, NULL }, /* nothing can be replaced */
		{ 2, 2, 2, 1, false, 0, 2, 1, VERDICT_INCONCLUSIVE, "tasks took 1 reference in" },
		{ 2, 2, 2, 9, false, 0, 2, 2, VERDICT_INCONCLUSIVE, "tasks took 9 references in" },
		{ 2, 2, 2, 0, true, 0, 2, 0, VERDICT_INCONCLUSIVE,
		  "some references may be new: hook get" },
		{ 2, 2, 1, 1, false, 0, 2, 1, VERDICT_INCONCLUSIVE, "tasks took 1 reference in" },
		{ 2, 2, 3, 1, false, 1, 2, 1, VERDICT_LEAK, NULL }, /* and not dropped */
		{ 0, -1, 0, 0, false, 0, 0, 0, VERDICT_INCONCLUSIVE,
		  "below the baseline in between" },
		{ 0, -1, 1, 0, false, 1, 0, 0, VERDICT_LEAK, NULL },
		{ 0, -1, -1, 0, false, 0, 0, 0, VERDICT_LEAK, NULL }, /* underflow */
	};
	struct pgr_sweep none = look(0, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct end_facts f = facts(table[i].before, &none, table[i].after, &none);
		struct end_counts n;
		struct judgement j;

		f.has_low = true;
		f.low = table[i].low;
		f.taken = table[i].taken;
		f.taken_unseen = table[i].unseen ? "hook get is missing" : NULL;
		verdict__end(&f, &n, &j);
		assert_int_equal(j.verdict, table[i].verdict);
		assert_int_equal(n.references, table[i].left);
		assert_int_equal(n.pre_existing, table[i].there);
		assert_int_equal(n.unsure, table[i].unsure);
		if (table[i].why)
			assert_non_null(strstr(j.why, table[i].why));
	}
}

/* Too many busy pages to compare each. More pages prove a leak; as many prove nothing. */
static void test_too_many_pages(void **state)
{
	uint64_t pfns[] = { 1, 2, 3 };
	int refs[] = { 1, 1, 1 };
	struct pgr_sweep then = look(3, pfns, refs), now = then;
	struct end_facts f = facts(0, &then, 0, &now);
	struct end_counts n;
	struct judgement j;

	(void)state;
	f.pages = NULL;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "more busy pages than can be compared"));

	then = look(2, pfns, refs);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.kinds, LEAK_BUSY_AT_END);
	assert_int_equal(n.busy, 1);
	assert_false(n.busy_exact);

	/* no page was busy at the start, so all are new, and their number is exact */
	then = look(0, NULL, NULL);
	verdict__end(&f, &n, &j);
	assert_int_equal(n.busy, 3);
	assert_true(n.busy_exact);
}

static void test_what_was_not_looked_at(void **state)
{
	uint64_t pfns[] = { 7, 8 };
	int refs[] = { 1, 1 };
	struct pgr_sweep none = look(0, NULL, NULL), two = look(2, pfns, refs), part = none;
	struct busy_change c = change(2, 0);
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
	/* pages that an incomplete sweep found are busy nevertheless */
	part = two;
	part.faults = 3;
	f = facts(0, &none, 0, &part);
	f.pages = &c;
	verdict__end(&f, &n, &j);
	assert_int_equal(j.kinds, LEAK_BUSY_AT_END);
	/* no page is busy at the end, so it does not matter what was busy at the start */
	f = facts(0, NULL, 0, &none);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_CLEAN);
	f = facts(0, NULL, 0, &two);
	verdict__end(&f, &n, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "at the start"));
	/* the same with the counter */
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
		cmocka_unit_test(test_pages_that_may_have_been_replaced),
		cmocka_unit_test(test_references_that_were_replaced),
		cmocka_unit_test(test_too_many_pages),
		cmocka_unit_test(test_what_was_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

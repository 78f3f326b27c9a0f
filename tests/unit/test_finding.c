// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How findings are judged and counted, and who can be the leak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/walked.h"
#include "models.h"

static void test_phases_have_names(void **state)
{
	static const char *const names[] = { "stuck", "drained", "gone", "over", "open" };

	(void)state;
	for (int i = FINDING_STUCK; i < FINDING_END; i++)
		assert_string_equal(finding__phase_name(i), names[i]);
	assert_null(finding__phase_name(FINDING_END));
}

static void test_a_teardown_is_judged(void **state)
{
	struct teardown_facts facts = { .begun = true,
					.has_value = true,
					.value = 105,
					.baseline = 100,
					.stuck = true,
					.stuck_value = 2 };

	(void)state;
	finding__judge_teardown(&m.f, &facts);
	assert_int_equal(m.f.j.verdict, VERDICT_LEAK);
	assert_int_equal(m.f.j.kinds, LEAK_HANG);
	/* the excess is what was above rest at the begin of the teardown, */
	assert_int_equal(m.f.excess, 5);
	/* or, if that is not known, the references that the teardown waits for */
	facts.has_value = false;
	finding__judge_teardown(&m.f, &facts);
	assert_int_equal(m.f.excess, 2);
	facts.has_value = true;
	facts.begun = false;
	finding__judge_teardown(&m.f, &facts);
	assert_int_equal(m.f.excess, 2);
}

static void test_an_end_is_judged(void **state)
{
	struct busy_change change = { .pages = 3, .references = 4 };

	(void)state;
	m.f.phase = FINDING_END;
	m.f.facts.before = m.f.facts.after =
		(struct state_facts){ .has_value = true, .explained_all = true, .pages = &m.sweep };
	m.f.facts.after.excess = 7;
	m.f.facts.before.excess = 2;
	m.f.facts.pages = &change;
	m.sweep.busy = 3;
	finding__judge_end(&m.f);
	assert_int_equal(m.f.j.verdict, VERDICT_LEAK);
	assert_int_equal(m.f.j.kinds, LEAK_EXCESS_AT_END | LEAK_BUSY_AT_END);
	assert_int_equal(m.f.counts.references, 5);
	assert_int_equal(m.f.excess, 5);
	assert_int_equal(m.f.counts.pages.references, 4);
	/* the finding must not point to it any more, because it may be freed first */
	assert_null(m.f.facts.pages);
}

static void test_who_is_looked_for(void **state)
{
	(void)state;
	assert_false(finding__has_holders(&m.f));
	m.f.j.verdict = VERDICT_INCONCLUSIVE;
	assert_false(finding__has_holders(&m.f));
	m.f.j.verdict = VERDICT_LEAK;
	m.f.j.kinds = LEAK_UNDERFLOW;
	assert_false(finding__has_holders(&m.f));
	m.f.j.kinds = LEAK_UNDERFLOW | LEAK_PINNED;
	assert_true(finding__has_holders(&m.f));
}

static void test_what_is_held(void **state)
{
	(void)state;
	m.f.counts.references = 1; /* has no meaning for a teardown */
	m.p.state = PGMAP_GONE;
	assert_false(finding__is_held(&m.f));
	m.p.state = PGMAP_DRAINED;
	assert_false(finding__is_held(&m.f));
	m.p.state = PGMAP_KILLED;
	assert_true(finding__is_held(&m.f));
	m.f.phase = FINDING_END;
	assert_true(finding__is_held(&m.f));
	m.f.counts.references = 0;
	assert_false(finding__is_held(&m.f));
}

static void test_what_tells(void **state)
{
	(void)state;
	m.f.counts.pre_existing = m.f.counts.busy_before = 1;
	assert_false(finding__tells(&m.f));
	m.f.phase = FINDING_END;
	assert_true(finding__tells(&m.f));
	m.f.counts.busy_before = 0;
	assert_true(finding__tells(&m.f));
	m.f.counts.pre_existing = 0;
	assert_false(finding__tells(&m.f));
	m.f.counts.busy_before = 1;
	assert_true(finding__tells(&m.f));
	m.f.phase = FINDING_GONE;
	m.f.j.verdict = VERDICT_INCONCLUSIVE;
	assert_true(finding__tells(&m.f));
}

static void test_clear_frees_once(void **state)
{
	(void)state;
	m.f.ledger = ledger__new();
	m.f.found = calloc(1, sizeof(*m.f.found));
	finding__clear(&m.f);
	assert_null(m.f.ledger);
	assert_null(m.f.found);
	finding__clear(&m.f);
}

/* ---- culprits ---- */

static char told[256];
static unsigned int stop_after;

static bool tell(void *ctx, const struct culprit *c)
{
	assert_ptr_equal(ctx, told);
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s@%x ",
		 c->comm ? c->comm : "-", (unsigned int)c->stack);
	return !stop_after || --stop_after;
}

/* wanted: "comm@stack " for each culprit. */
static void assert_culprits(unsigned int kinds, const char *wanted)
{
	m.f.j.verdict = VERDICT_LEAK;
	m.f.j.kinds = kinds;
	told[0] = '\0';
	assert_true(finding__each_culprit(&m.f, tell, told));
	assert_string_equal(told, wanted);
}

/* Adds a holder of each kind that a ledger can have. */
static void add_each_kind(void)
{
	add_row_of(PGR_HOLD_GET, "get", 1, AT_CHUNK, 0x10, 3);
	add_row_of(PGR_HOLD_GET, "gup", 2, AT_PIN, 0x11, 1);
	add_row_of(PGR_HOLD_PAGE, "page", 3, AT_CHUNK, 0x12, 2);
	add_row_of(PGR_HOLD_PIN, "pin", 4, AT_PIN, 0x13, 1);
	add_row_of(PGR_HOLD_FOLIO, "folio", 5, AT_FAULT, 0x14, 1);
	add_row_of(PGR_HOLD_FOLIO, "alone", 6, AT_FAULT, 0x15, 1);
	add_entry_of("entry", 5, 12, 0, 0x14, 0);
	add_entry_of("bare", 7, 12, 1, 0x16, 0);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	finish_ledger();
	m.f.ledger = m.l;
	m.f.pages = &m.sweep;
}

static void test_each_leak_has_its_culprits(void **state)
{
	(void)state;
	add_each_kind();
	m.f.excess = 7;
	/* while the pgmap lives, the folio of a file's entry has its reference legitimately */
	assert_culprits(LEAK_EXCESS_AT_END, "get@c1 page@c1 alone@f1 bare@f1 ");
	m.p.state = PGMAP_KILLED;
	assert_culprits(LEAK_HANG, "get@c1 page@c1 folio@f1 alone@f1 bare@f1 ");
	m.sweep.others = 1;
	assert_culprits(LEAK_PINNED, "pin@e1 ");
	assert_culprits(LEAK_BUSY_AT_END, "pin@e1 ");
	m.sweep.entry_pages = 2;
	assert_culprits(LEAK_ENTRIES, "entry@f1 bare@f1 ");
	assert_culprits(LEAK_UNDERFLOW, "-@0 ");
	assert_culprits(LEAK_UNDERFLOW | LEAK_PINNED, "pin@e1 -@0 ");
}

static void test_nobody_in_particular_has_the_rest(void **state)
{
	(void)state;
	add_each_kind();
	m.p.state = PGMAP_KILLED;
	m.f.excess = 8;
	assert_culprits(LEAK_HANG, "get@c1 page@c1 folio@f1 alone@f1 bare@f1 -@0 ");
	m.p.k.drain_known = 1; /* one more was put during the drain, by a known taker */
	assert_culprits(LEAK_HANG, "get@c1 page@c1 folio@f1 alone@f1 bare@f1 ");
	m.sweep.entry_pages = 3;
	assert_culprits(LEAK_ENTRIES, "entry@f1 bare@f1 -@0 ");
	m.sweep.pins = m.sweep.others = 1;
	assert_culprits(LEAK_PINNED, "pin@e1 -@0 ");
	m.sweep.pins = 0;
	m.sweep.mapped = 1; /* pins do not tell who mapped a page */
	assert_culprits(LEAK_PINNED, "pin@e1 -@0 ");
	m.f.pages = NULL;
	assert_culprits(LEAK_PINNED, "pin@e1 -@0 ");
	assert_culprits(LEAK_ENTRIES, "entry@f1 bare@f1 -@0 ");
	m.f.ledger = NULL;
	assert_culprits(LEAK_HANG, "-@0 ");
	m.f.excess = 0;
	assert_culprits(LEAK_HANG, "-@0 ");
}

static void test_those_who_took_after_the_kill(void **state)
{
	struct pgr_rec_move r = { .n = 1, .stack = AT_FAULT };

	(void)state;
	finish_ledger();
	m.f.ledger = m.l;
	for (uint32_t i = 0; i < 2; i++) {
		r.task = task_of(i ? "b" : "a", 20 + i, 20 + i);
		late_moves__add(&m.p.td.late, &r);
	}
	assert_culprits(LEAK_GET_AFTER_KILL, "a@f1 b@f1 ");
	m.p.td.late.calls++; /* one more, for which the list had no room */
	assert_culprits(LEAK_GET_AFTER_KILL, "a@f1 b@f1 -@0 ");
}

static void test_no_ends_it(void **state)
{
	static const char *const wanted[] = { "a@c1 ", "a@c1 late@f1 ", "a@c1 late@f1 -@0 " };
	struct pgr_rec_move r = { .n = 1, .stack = AT_FAULT, .task = task_of("late", 9, 9) };

	(void)state;
	add_row_of(PGR_HOLD_GET, "a", 1, AT_CHUNK, 0x10, 1);
	finish_ledger();
	m.f.ledger = m.l;
	m.f.excess = 2;
	m.f.j.kinds = LEAK_HANG | LEAK_GET_AFTER_KILL;
	late_moves__add(&m.p.td.late, &r);
	for (unsigned int i = 0; i < 3; i++) {
		told[0] = '\0';
		stop_after = i + 1;
		assert_false(finding__each_culprit(&m.f, tell, told));
		assert_string_equal(told, wanted[i]);
	}
	stop_after = 0;
}

static void test_a_task_that_is_not_known_has_no_name(void **state)
{
	(void)state;
	add_row_of(PGR_HOLD_GET, "junk", 0, AT_CHUNK, 0x10, 1);
	finish_ledger();
	m.f.ledger = m.l;
	m.f.excess = 1;
	assert_culprits(LEAK_HANG, "-@c1 ");
}

/* ---- figures ---- */

static const struct judgement clean = { .verdict = VERDICT_CLEAN };
static const struct judgement doubt = { .verdict = VERDICT_INCONCLUSIVE, .why = "why" };
static const struct judgement leak = { .verdict = VERDICT_LEAK, .kinds = LEAK_HANG };
static const struct judgement allowed = { .verdict = VERDICT_LEAK,
					  .kinds = LEAK_PINNED,
					  .allowed = true };

static void assert_totals(const struct run_totals *t, uint64_t leaks, uint64_t suppressed,
			  uint64_t inconclusive)
{
	const struct run_totals wanted = { .leaks = leaks,
					   .suppressed = suppressed,
					   .inconclusive = inconclusive };

	assert_memory_equal(t, &wanted, sizeof(wanted));
}

static void test_each_is_counted_once(void **state)
{
	struct run_totals t = { 0 };

	(void)state;
	totals__add(&t, &clean);
	assert_totals(&t, 0, 0, 0);
	totals__add(&t, &leak);
	assert_totals(&t, 1, 0, 0);
	totals__add(&t, &allowed);
	assert_totals(&t, 1, 1, 0);
	totals__add(&t, &doubt);
	assert_totals(&t, 1, 1, 1);
	for (int i = 0; i < 3; i++)
		totals__add(&t, &leak);
	assert_totals(&t, 4, 1, 1);
}

static void test_the_worst_counts(void **state)
{
	struct judgement worst = { 0 };

	(void)state;
	assert_false(judgement__worsen(&worst, &clean));
	assert_int_equal(worst.verdict, VERDICT_CLEAN);
	assert_false(judgement__worsen(&worst, &allowed));
	assert_int_equal(worst.verdict, VERDICT_CLEAN);
	assert_int_equal(worst.kinds, 0);
	assert_false(judgement__worsen(&worst, &doubt));
	assert_int_equal(worst.verdict, VERDICT_INCONCLUSIVE);
	assert_string_equal(worst.why, "why");
	/* the first reason is kept */
	assert_false(judgement__worsen(&worst, &(struct judgement){ .verdict = VERDICT_INCONCLUSIVE,
								    .why = "another" }));
	assert_string_equal(worst.why, "why");
	assert_true(judgement__worsen(&worst, &leak));
	assert_int_equal(worst.verdict, VERDICT_LEAK);
	assert_string_equal(worst.why, "");
	/* a second leak adds its kinds */
	assert_true(judgement__worsen(&worst, &(struct judgement){ .verdict = VERDICT_LEAK,
								   .kinds = LEAK_ENTRIES }));
	assert_int_equal(worst.kinds, LEAK_HANG | LEAK_ENTRIES);
	assert_false(judgement__worsen(&worst, &clean));
	assert_int_equal(worst.verdict, VERDICT_LEAK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_phases_have_names),
		TEST_MODEL(test_a_teardown_is_judged),
		TEST_MODEL(test_an_end_is_judged),
		TEST_MODEL(test_who_is_looked_for),
		TEST_MODEL(test_what_is_held),
		TEST_MODEL(test_what_tells),
		TEST_MODEL(test_clear_frees_once),
		TEST_MODEL(test_each_leak_has_its_culprits),
		TEST_MODEL(test_nobody_in_particular_has_the_rest),
		TEST_MODEL(test_those_who_took_after_the_kill),
		TEST_MODEL(test_no_ends_it),
		TEST_MODEL(test_a_task_that_is_not_known_has_no_name),
		cmocka_unit_test(test_each_is_counted_once),
		cmocka_unit_test(test_the_worst_counts),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Verdicts: examples of each rule, then what must hold for every combination of facts. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/names.h"
#include "model/verdict.h"

#define BASE 131073
#define HANG LEAK_HANG
#define PINNED LEAK_PINNED
#define UNDER LEAK_UNDERFLOW
#define ENTRIES LEAK_ENTRIES

struct rule {
	const char *name;
	struct teardown_facts f;
	enum verdict verdict;
	unsigned int kinds;
	const char *why; /* a part of the text */
};

/* The teardown was seen from its begin to its end. */
#define FOLLOWED .begun = true, .has_value = true, .baseline = BASE, .drained = true, .gone = true
#define SWEPT .swept = true, .sweep_whole = true
#define LOOKED_AGAIN .final_swept = true, .final_whole = true

/* clang-format off */
static const struct rule rules[] = {
	{ "idle when it began, not looked at when pages went", { FOLLOWED, SWEPT, .value = BASE },
	  VERDICT_INCONCLUSIVE, 0, "just before the struct pages went" },
	{ "nothing is wrong", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE },
	  VERDICT_CLEAN, 0, "" },
	{ "waited and came to an end", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE + 3 },
	  VERDICT_CLEAN, 0, "" },
	{ "busy at first, not at the end",
	  { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE + 3, .busy = 3, .mapped = 1 },
	  VERDICT_CLEAN, 0, "" },
	{ "the second look is enough", { FOLLOWED, LOOKED_AGAIN, .value = BASE }, VERDICT_CLEAN, 0,
	  "" },
	{ "the second look is whole, the first was not",
	  { FOLLOWED, LOOKED_AGAIN, .swept = true, .value = BASE }, VERDICT_CLEAN, 0, "" },

	{ "hang", { .begun = true, .has_value = true, .baseline = BASE, .value = BASE + 1, SWEPT,
		    .stuck = true, .stuck_value = 1 }, VERDICT_LEAK, HANG, "" },
	{ "hang that went away", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE + 1,
				   .stuck = true, .stuck_value = 1 }, VERDICT_LEAK, HANG, "" },
	{ "it took as long, its drain was not seen",
	  { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE + 1, .wait_unseen = true },
	  VERDICT_INCONCLUSIVE, 0, "how long it waited was not seen" },
	{ "hang of one that was adopted in it", { .stuck = true, .stuck_value = 1 },
	  VERDICT_LEAK, HANG, "" },
	{ "hang, counter not readable at its begin",
	  { .begun = true, SWEPT, .stuck = true, .stuck_value = 1 }, VERDICT_LEAK, HANG, "" },
	{ "hang, no look at pages", { .begun = true, .has_value = true, .baseline = BASE,
				      .value = BASE + 1, .stuck = true, .stuck_value = 1 },
	  VERDICT_LEAK, HANG, "" },
	{ "hang, pages busy meanwhile", { .begun = true, .has_value = true, .baseline = BASE,
					  .value = BASE + 1, SWEPT, .busy = 1, .stuck = true,
					  .stuck_value = 1 }, VERDICT_LEAK, HANG, "" },

	{ "pinned: no excess, so no wait", { FOLLOWED, SWEPT, .value = BASE, .busy = 2 },
	  VERDICT_LEAK, PINNED, "" },
	{ "pinned, seen before the end", { .begun = true, .has_value = true, .baseline = BASE,
					   .value = BASE, SWEPT, .busy = 2 }, VERDICT_LEAK, PINNED,
	  "" },
	{ "still mapped", { FOLLOWED, SWEPT, .value = BASE, .mapped = 1 }, VERDICT_LEAK, PINNED,
	  "" },
	{ "pinned, found by half a look", { FOLLOWED, .swept = true, .value = BASE, .busy = 1 },
	  VERDICT_LEAK, PINNED, "" },
	{ "pinned when pages went", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE + 1, .busy = 2,
				      .final_busy = 1 }, VERDICT_LEAK, PINNED, "" },
	{ "mapped when pages went", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE,
				      .final_mapped = 1 }, VERDICT_LEAK, PINNED, "" },
	{ "pinned when pages went, found by half a look",
	  { FOLLOWED, SWEPT, .value = BASE, .final_swept = true, .final_busy = 1 }, VERDICT_LEAK,
	  PINNED, "" },
	{ "pinned when pages of an adopted one went", { .final_swept = true, .final_whole = true,
							.final_busy = 1, .gone = true },
	  VERDICT_LEAK, PINNED, "" },
	{ "pinned when pages went, value not known", { .begun = true, SWEPT, LOOKED_AGAIN,
						       .final_busy = 1, .gone = true },
	  VERDICT_LEAK, PINNED, "" },
	{ "first look busy, second not: put in between",
	  { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE, .busy = 2 }, VERDICT_CLEAN, 0, "" },

	{ "entries outlive their pages", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE,
					   .entry_pages = 512, .final_entry_pages = 512 },
	  VERDICT_LEAK, ENTRIES, "" },
	{ "entries that went between the looks",
	  { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE, .entry_pages = 512 }, VERDICT_CLEAN, 0,
	  "" },
	{ "entries at the begin, no wait, no second look",
	  { FOLLOWED, SWEPT, .value = BASE, .entry_pages = 512 }, VERDICT_LEAK, ENTRIES, "" },
	{ "entries at the begin, a wait, no second look",
	  { FOLLOWED, SWEPT, .value = BASE + 1, .entry_pages = 512 }, VERDICT_INCONCLUSIVE, 0,
	  "just before the struct pages went" },
	{ "entries, found by half a look",
	  { FOLLOWED, SWEPT, .value = BASE, .final_swept = true, .final_entry_pages = 1 },
	  VERDICT_LEAK, ENTRIES, "" },
	{ "entries of one that was adopted in its teardown",
	  { .final_swept = true, .final_whole = true, .final_entry_pages = 1, .gone = true },
	  VERDICT_LEAK, ENTRIES, "" },
	{ "entries, one of them pinned", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE,
					   .final_busy = 1, .final_entry_pages = 2 },
	  VERDICT_LEAK, PINNED | ENTRIES, "" },
	{ "perhaps shared by files", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE,
				       .maybe_shared = 1 },
	  VERDICT_INCONCLUSIVE, 0, "several files may share pages" },

	{ "traced and not shown", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE,
				    .unshown_entries = 1 },
	  VERDICT_INCONCLUSIVE, 0, "not visible in the pages" },

	{ "underflow", { FOLLOWED, SWEPT, .value = BASE - 1 }, VERDICT_LEAK, UNDER, "" },
	{ "underflow far below zero", { FOLLOWED, SWEPT, .value = -5 }, VERDICT_LEAK, UNDER, "" },
	{ "underflow, no look at pages", { FOLLOWED, .value = BASE - 1 }, VERDICT_LEAK, UNDER, "" },
	{ "underflow and pinned", { FOLLOWED, SWEPT, .value = BASE - 1, .busy = 1 }, VERDICT_LEAK,
	  UNDER | PINNED, "" },
	{ "hang after underflow", { .begun = true, .has_value = true, .baseline = BASE,
				    .value = BASE - 1, SWEPT, .stuck = true, .stuck_value = 1 },
	  VERDICT_LEAK, HANG | UNDER, "" },
	{ "all three", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE - 1, .stuck = true,
			 .stuck_value = 1, .final_busy = 1 }, VERDICT_LEAK, HANG | PINNED | UNDER,
	  "" },
	{ "a value that was not read is not below", { .begun = true, SWEPT, LOOKED_AGAIN,
						      .baseline = BASE, .gone = true },
	  VERDICT_INCONCLUSIVE, 0, "counter" },
	{ "nor is that of one adopted in its teardown", { .has_value = true, .baseline = BASE,
							  LOOKED_AGAIN, .gone = true },
	  VERDICT_INCONCLUSIVE, 0, "begin was not seen" },

	{ "adopted in its teardown", { .drained = true, .gone = true }, VERDICT_INCONCLUSIVE, 0,
	  "begin was not seen" },
	{ "adopted, idle at the end", { .drained = true, .gone = true, LOOKED_AGAIN },
	  VERDICT_INCONCLUSIVE, 0, "begin was not seen" },
	{ "counter not readable", { .begun = true, SWEPT, .drained = true, .gone = true },
	  VERDICT_INCONCLUSIVE, 0, "counter" },
	{ "no look at pages", { FOLLOWED, .value = BASE }, VERDICT_INCONCLUSIVE, 0,
	  "pages were not swept" },
	{ "half a look at pages", { FOLLOWED, .swept = true, .value = BASE }, VERDICT_INCONCLUSIVE,
	  0, "not every page" },
	{ "half a look when pages went", { FOLLOWED, SWEPT, .value = BASE, .final_swept = true },
	  VERDICT_INCONCLUSIVE, 0, "not every page" },
	{ "end not seen",
	  { .begun = true, .has_value = true, .baseline = BASE, .value = BASE, SWEPT },
	  VERDICT_INCONCLUSIVE, 0, "end was not seen" },
	{ "end not seen, though pages went",
	  { .begun = true, .has_value = true, .baseline = BASE, .value = BASE, SWEPT,
	    LOOKED_AGAIN }, VERDICT_INCONCLUSIVE, 0, "end was not seen" },
	{ "drained is an end", { .begun = true, .has_value = true, .baseline = BASE,
				 .value = BASE, SWEPT, LOOKED_AGAIN, .drained = true },
	  VERDICT_CLEAN, 0, "" },
	{ "gone is an end", { .begun = true, .has_value = true, .baseline = BASE,
			      .value = BASE, SWEPT, LOOKED_AGAIN, .gone = true },
	  VERDICT_CLEAN, 0, "" },
	{ "pinned when it began, half a look when pages went",
	  { FOLLOWED, SWEPT, .value = BASE, .busy = 2, .final_swept = true }, VERDICT_LEAK,
	  PINNED, "" },
	{ "waited, then idle pages went", { FOLLOWED, SWEPT, LOOKED_AGAIN, .value = BASE + 1 },
	  VERDICT_CLEAN, 0, "" },
	{ "waited, pages not looked at again", { FOLLOWED, SWEPT, .value = BASE + 1 },
	  VERDICT_INCONCLUSIVE, 0, "just before the struct pages went" },
	{ "perhaps waited, busy when it began", { .begun = true, SWEPT, .busy = 1, .gone = true },
	  VERDICT_INCONCLUSIVE, 0, "counter" },
	{ "busy when it began to wait, not looked at again",
	  { FOLLOWED, SWEPT, .value = BASE + 1, .busy = 1 }, VERDICT_INCONCLUSIVE, 0,
	  "just before the struct pages went" },
	{ "mapped when it began to wait, not looked at again",
	  { FOLLOWED, SWEPT, .value = BASE + 1, .mapped = 1 }, VERDICT_INCONCLUSIVE, 0,
	  "just before the struct pages went" },
};
/* clang-format on */

static void test_teardown_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct rule *r = &rules[i];
		struct judgement j;

		memset(&j, 0x5a, sizeof(j)); /* earlier content must not matter */
		verdict__teardown(&r->f, &j);
		if (j.verdict != r->verdict || j.kinds != r->kinds)
			fail_msg("%s: %s %#x, expected %s %#x", r->name, verdict__name(j.verdict),
				 j.kinds, verdict__name(r->verdict), r->kinds);
		if (*r->why ? !strstr(j.why, r->why) : *j.why)
			fail_msg("%s: why \"%s\", expected \"%s\"", r->name, j.why, r->why);
	}
}

/*
 * If the last hook of memunmap_pages() is missing, and the hook before the pages are removed too,
 * the teardown ends with the drain. Pages that were busy at the begin may still be busy then.
 */
static void test_drained_is_no_look_at_pages(void **state)
{
	const struct teardown_facts f = {
		.begun = true,
		.has_value = true,
		.baseline = BASE,
		.value = BASE + 1,
		SWEPT,
		.busy = 2,
		.drained = true,
	};
	struct judgement j;

	(void)state;
	verdict__teardown(&f, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "just before the struct pages went"));
}

static bool bit(unsigned int *bits)
{
	bool b = *bits & 1;

	*bits >>= 1;
	return b;
}

/* What must hold for each verdict, over all combinations of facts. */
static void test_teardown_invariants(void **state)
{
	unsigned int seen[3] = { 0 };

	(void)state;
	for (unsigned int n = 0; n < 3u << 15; n++) {
		unsigned int bits = n % (1u << 15);
		int64_t excess = (int64_t)(n >> 15) - 1;
		struct teardown_facts f = {
			.begun = bit(&bits),
			.has_value = bit(&bits),
			.swept = bit(&bits),
			.sweep_whole = bit(&bits),
			.busy = bit(&bits),
			.mapped = bit(&bits),
			.final_swept = bit(&bits),
			.final_whole = bit(&bits),
			.final_busy = bit(&bits),
			.final_mapped = bit(&bits),
			.entry_pages = bit(&bits),
			.final_entry_pages = bit(&bits),
			.drained = bit(&bits),
			.gone = bit(&bits),
			.stuck = bit(&bits),
			.baseline = BASE,
			.value = BASE + excess,
		};
		bool valued = f.begun && f.has_value, final, first, waits = !valued || excess > 0;
		struct judgement j;

		verdict__teardown(&f, &j);
		assert_in_range(j.verdict, VERDICT_CLEAN, VERDICT_LEAK);
		seen[j.verdict]++;
		/* a leak has kinds, an inconclusive verdict has a reason */
		assert_int_equal(j.verdict == VERDICT_LEAK, j.kinds != 0);
		assert_int_equal(j.verdict == VERDICT_INCONCLUSIVE, j.why[0] != '\0');
		/* what was seen is a leak, whatever else is not known */
		assert_int_equal(!!(j.kinds & HANG), f.stuck);
		assert_int_equal(!!(j.kinds & UNDER), valued && excess < 0);
		final = f.final_swept && (f.final_busy || f.final_mapped);
		first = f.swept && (f.busy || f.mapped);
		if (final)
			assert_true(j.kinds & PINNED);
		else if (f.final_swept && f.final_whole)
			assert_false(j.kinds & PINNED);
		else if (valued && excess <= 0)
			assert_int_equal(!!(j.kinds & PINNED), first);
		else
			assert_false(j.kinds & PINNED); /* it may wait until they are idle */
		if (f.final_swept && (f.final_entry_pages || f.final_whole))
			assert_int_equal(!!(j.kinds & ENTRIES), f.final_entry_pages);
		else
			assert_int_equal(!!(j.kinds & ENTRIES), f.swept && f.entry_pages && !waits);
		/* clean: seen from the begin, with a known value and a complete final sweep */
		if (j.verdict == VERDICT_CLEAN) {
			assert_true(valued);
			assert_true(f.final_swept && f.final_whole && !final);
			assert_false(f.final_entry_pages);
			assert_true(f.drained || f.gone);
			assert_true(excess >= 0);
		}
	}
	for (int v = 0; v < 3; v++)
		assert_true(seen[v] > 0);
}

/* A run without losses. */
struct run {
	uint64_t cause[PGR_LOSSES];
	uint64_t missed_runs[PGR_HOOKS];
	bool missing[PGR_HOOKS];
	const char *stopped[PGR_HOOKS];
	struct loss_facts f;
};

static void clean_run(struct run *r, bool events)
{
	memset(r, 0, sizeof(*r));
	r->f.cause = r->cause;
	r->f.missed_runs = r->missed_runs;
	r->f.missing = r->missing;
	r->f.stopped = r->stopped;
	r->f.promises = PROMISE_TEARDOWNS | (events ? PROMISE_EVENTS | PROMISE_CHILDREN : 0);
	r->f.adopted_all = true;
}

/* Does this run make a clean verdict inconclusive? If it does, the reason must contain the name. */
static bool weakens(const struct run *r, const char *name)
{
	static const struct judgement leak = { .verdict = VERDICT_LEAK, .kinds = HANG | PINNED },
				      inconclusive = { .verdict = VERDICT_INCONCLUSIVE,
						       .why = "as it was" };
	struct judgement j = { .verdict = VERDICT_CLEAN };
	bool weakened;

	verdict__loss(&r->f, &j);
	weakened = j.verdict == VERDICT_INCONCLUSIVE;
	if (weakened) {
		if (!strstr(j.why, name))
			fail_msg("\"%s\" does not name %s", j.why, name);
	} else {
		assert_int_equal(j.verdict, VERDICT_CLEAN);
		assert_string_equal(j.why, "");
	}
	assert_int_equal(j.kinds, 0);
	/* losses do not change other verdicts */
	j = leak;
	verdict__loss(&r->f, &j);
	assert_memory_equal(&j, &leak, sizeof(j));
	j = inconclusive;
	verdict__loss(&r->f, &j);
	assert_memory_equal(&j, &inconclusive, sizeof(j));
	return weakened;
}

static void test_without_loss_clean_stays_clean(void **state)
{
	struct run r;

	(void)state;
	clean_run(&r, false);
	assert_false(weakens(&r, ""));
	clean_run(&r, true);
	assert_false(weakens(&r, ""));
}

/* Does it weaken a run that judges teardowns? And a run that also promises every event? */
struct weight {
	bool teardowns, events;
};

static void test_lost_causes(void **state)
{
	static const struct weight expected[PGR_LOSSES] = {
		[PGR_LOSS_CONTROL_RING] = { true, true },
		[PGR_LOSS_EVENT_RING] = { false, true },
		[PGR_LOSS_LEDGER_FULL] = { false, true },
		[PGR_LOSS_LEDGER_ERR] = { false, true },
		/* an event without its stack is still an event */
		[PGR_LOSS_STACK_FULL] = { false, false },
		[PGR_LOSS_STACK_ERR] = { false, false },
		[PGR_LOSS_PGMAP_FULL] = { true, true },
		[PGR_LOSS_PGMAP_UNKNOWN] = { false, true },
		/* the teardown without this sweep is inconclusive for that reason */
		[PGR_LOSS_SWEEP_FULL] = { false, false },
		[PGR_LOSS_READ] = { false, true },
		[PGR_LOSS_STASH] = { true, true },
		[PGR_LOSS_ENTRY_LAYOUT] = { false, true },
		[PGR_LOSS_FOLLOW] = { false, true },
	};

	(void)state;
	for (int c = 0; c < PGR_LOSSES; c++) {
		for (int events = 0; events < 2; events++) {
			bool want = events ? expected[c].events : expected[c].teardowns;
			struct run r;

			clean_run(&r, events);
			r.cause[c] = 1;
			if (weakens(&r, loss__name(c)) != want)
				fail_msg("%s, events %d: expected %d", loss__name(c), events, want);
			r.cause[c] = UINT64_MAX;
			if (weakens(&r, "18446744073709551615") != want)
				fail_msg("%s, all of them: expected %d", loss__name(c), want);
		}
	}
}

enum absence { MISSING, STOPPED, MISSED };

static void assert_hook(enum pgr_hook h, const struct weight *expected, enum absence a)
{
	/* the longest reason for one hook */
	static const char stopped[] =
		"was attached but did not run for some time (kprobes were disarmed: "
		"/sys/kernel/debug/kprobes/enabled was 0)";

	for (int events = 0; events < 2; events++) {
		bool want = events ? expected->events : expected->teardowns;
		struct run r;

		clean_run(&r, events);
		if (a == MISSING)
			r.missing[h] = true;
		else if (a == STOPPED)
			r.stopped[h] = stopped;
		else
			r.missed_runs[h] = 3;
		if (weakens(&r, hook__name(h)) != want)
			fail_msg("hook %s, events %d: expected %d", hook__name(h), events, want);
		if (want && a == MISSED)
			assert_true(weakens(&r, " 3 "));
		if (want && a == STOPPED) {
			assert_true(weakens(&r, stopped));
			assert_true(weakens(&r, "may be unseen"));
		}
	}
}

/* Whether a hook weakens a run, if it is missing, did not run, or missed calls. */
/* clang-format off */
static const struct weight hook_weights[PGR_HOOKS] = {
	/* without it no teardown is judged */
	[PGR_HOOK_TEARDOWN] = { true, true },
	/* each of them makes lines of trace */
	[PGR_HOOK_CREATE] = { false, true }, [PGR_HOOK_DRAINED] = { false, true },
	[PGR_HOOK_GONE] = { false, true }, [PGR_HOOK_GET] = { false, true },
	[PGR_HOOK_ALLOC] = { false, true }, [PGR_HOOK_FREE] = { false, true },
	[PGR_HOOK_INSERT] = { false, true }, [PGR_HOOK_DELETE] = { false, true },
	/* a device's name is not an event */
	[PGR_HOOK_NAME] = { false, false },
	/* each teardown is judged by whether its pages were swept */
	[PGR_HOOK_SWEEP] = { false, false }, [PGR_HOOK_FINAL] = { false, false },
	/* children of COMMAND have events; their leaks are seen by reading */
	[PGR_HOOK_FORK] = { false, true },
	/* hooks of pgmaps that account for their folios */
	[PGR_HOOK_PUT] = { false, true }, [PGR_HOOK_FOLIO_GET] = { false, true },
	[PGR_HOOK_FOLIO_MAKE] = { false, true }, [PGR_HOOK_FOLIO_PUT] = { false, true },
	[PGR_HOOK_FOLIO_ALLOC] = { false, true },
	[PGR_HOOK_P2P_ALLOC] = { false, true }, [PGR_HOOK_P2P_FREE] = { false, true },
	[PGR_HOOK_P2P_MAP] = { false, true }, [PGR_HOOK_P2P_MAP_PAGE] = { false, true },
	[PGR_HOOK_P2P_PAGE_FREE] = { false, true },
};
/* clang-format on */

/* Only the hooks of takers see a reference that is taken of a dying pgmap (on some kernels). */
static void test_missing_get_hides_late_gets(void **state)
{
	static const enum pgr_hook takers[] = { PGR_HOOK_GET, PGR_HOOK_FOLIO_GET,
						PGR_HOOK_FOLIO_MAKE, PGR_HOOK_FOLIO_ALLOC };
	struct run r;

	(void)state;
	for (int i = 0; i < 16; i++) {
		enum pgr_hook taker = takers[i / 4];
		bool missed = i & 1, late = i & 2;

		clean_run(&r, false);
		r.f.promises |= late ? PROMISE_LATE_GETS : 0;
		assert_false(weakens(&r, ""));
		r.missing[taker] = !missed;
		r.missed_runs[taker] = missed;
		assert_int_equal(weakens(&r, late ? hook__name(taker) : ""), late);
	}
}

static void test_missing_hooks(void **state)
{
	(void)state;
	for (int h = 0; h < PGR_HOOKS; h++)
		assert_hook(h, &hook_weights[h], MISSING);
}

static void test_stopped_hooks(void **state)
{
	(void)state;
	for (int h = 0; h < PGR_HOOKS; h++)
		assert_hook(h, &hook_weights[h], STOPPED);
}

static void test_missed_runs(void **state)
{
	(void)state;
	for (int h = 0; h < PGR_HOOKS; h++)
		assert_hook(h, &hook_weights[h], MISSED);
}

static void test_teardowns_not_followed_weaken(void **state)
{
	struct run r;

	(void)state;
	for (int events = 0; events < 2; events++) {
		clean_run(&r, events);
		r.f.unjudged = 2;
		assert_true(weakens(&r, "2 teardowns"));
		clean_run(&r, events);
		r.f.adopted_all = false;
		assert_true(weakens(&r, "older than the tool"));
	}
}

static void test_everything_lost_names_one(void **state)
{
	struct judgement j = { .verdict = VERDICT_CLEAN };
	struct run r;

	(void)state;
	clean_run(&r, true);
	r.f.unjudged = UINT64_MAX;
	r.f.adopted_all = false;
	for (int c = 0; c < PGR_LOSSES; c++)
		r.cause[c] = UINT64_MAX;
	for (int h = 0; h < PGR_HOOKS; h++) {
		r.missing[h] = true;
		r.missed_runs[h] = UINT64_MAX;
	}
	verdict__loss(&r.f, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(j.why, "18446744073709551615 teardowns"));
	assert_true(strlen(j.why) < sizeof(j.why) - 1);
}

static void test_names(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(verdict__name(VERDICT_CLEAN), "clean");
	assert_string_equal(verdict__name(VERDICT_INCONCLUSIVE), "inconclusive");
	assert_string_equal(verdict__name(VERDICT_LEAK), "leak");
	/* the worst verdict has the largest number: a run has the maximum of its teardowns */
	assert_true(VERDICT_CLEAN < VERDICT_INCONCLUSIVE && VERDICT_INCONCLUSIVE < VERDICT_LEAK);

	assert_ptr_equal(verdict__kinds(0, buf, sizeof(buf)), buf);
	assert_string_equal(buf, "");
	assert_string_equal(verdict__kinds(HANG, buf, sizeof(buf)), "hang");
	assert_string_equal(verdict__kinds(PINNED, buf, sizeof(buf)), "pinned-at-teardown");
	assert_string_equal(verdict__kinds(UNDER, buf, sizeof(buf)), "underflow");
	assert_string_equal(verdict__kinds(HANG | UNDER, buf, sizeof(buf)), "hang, underflow");
	assert_string_equal(verdict__kinds(HANG | PINNED | UNDER, buf, sizeof(buf)),
			    "hang, pinned-at-teardown, underflow");
}

static void test_kinds_are_cut_to_the_buffer(void **state)
{
	char buf[64];

	(void)state;
	for (size_t len = 1; len < 40; len++) {
		memset(buf, 'x', sizeof(buf));
		verdict__kinds(HANG | PINNED | UNDER, buf, len);
		assert_true(strnlen(buf, len) < len);
		assert_memory_equal(buf, "hang, pinned-at-teardown, underflow", strlen(buf));
		for (size_t i = len; i < sizeof(buf); i++)
			assert_int_equal(buf[i], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_teardown_rules),
		cmocka_unit_test(test_drained_is_no_look_at_pages),
		cmocka_unit_test(test_teardown_invariants),
		cmocka_unit_test(test_without_loss_clean_stays_clean),
		cmocka_unit_test(test_lost_causes),
		cmocka_unit_test(test_missing_hooks),
		cmocka_unit_test(test_stopped_hooks),
		cmocka_unit_test(test_missing_get_hides_late_gets),
		cmocka_unit_test(test_missed_runs),
		cmocka_unit_test(test_teardowns_not_followed_weaken),
		cmocka_unit_test(test_everything_lost_names_one),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_kinds_are_cut_to_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

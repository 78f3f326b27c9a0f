// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of hooks: complete rows, numbers that do not change, and what is derived from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/hooks.h"
#include "common/names.h"
#include "kernel/plan_table.h"

/* Records contain the numbers and users type the names. Both stay for ever, in this order. */
static void test_numbers_and_names_stay(void **state)
{
	/* clang-format off */
	static const char *const names[] = {
		"create", "name", "teardown", "sweep", "final", "drained", "gone", "get", "alloc",
		"free", "insert", "delete", "fork", "put", "folio_get", "folio_make", "folio_put",
		"folio_alloc", "p2p_alloc", "p2p_free", "p2p_map", "p2p_map_page", "p2p_page_free",
		"pin_fast", "pin", "pin_remote", "pin_unlocked", "gup_fast", "gup", "gup_remote",
		"gup_unlocked", "unpin_page", "unpin_pages", "unpin_dirty", "unpin_range",
		"unpin_folio", "pin_fast_only", "gup_fast_only",
	};
	/* clang-format on */

	(void)state;
	assert_in_range(PGR_HOOKS, sizeof(names) / sizeof(*names), 64);
	for (size_t h = 0; h < sizeof(names) / sizeof(*names); h++)
		assert_string_equal(hook__name(h), names[h]);
	assert_int_equal(PGR_HOOK_GET, 7);
	assert_int_equal(PGR_HOOK_FOLIO_ALLOC, 17);
	assert_int_equal(PGR_HOOK_PIN_FAST, 23);
	assert_int_equal(PGR_HOOK_GUP_FAST_ONLY, 37);
}

static void test_every_row_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < PGR_HOOKS; i++) {
		const struct hook *h = &hooks[i];

		if (!h->name || !*h->name || !h->function || !*h->function || !h->without ||
		    !*h->without)
			fail_msg("hook %d has no name, function or reason", i);
		if (h->shown_by >> (PGR_HOOKS - 1) >> 1)
			fail_msg("%s is shown by a hook that there is not", h->name);
		/* Each event is a line of trace. Without the hook, lines may be missing. */
		if ((h->events || h->adds_to || h->takes_from) && !(h->sees & SEES_EVENTS))
			fail_msg("%s makes events that it does not see", h->name);
		if (h->events >> PGR_EVENTS)
			fail_msg("%s makes events that there are not", h->name);
		if (h->adds_to && h->takes_from)
			fail_msg("%s adds rows and takes them", h->name);
		/* Otherwise rows of one kind of page depend on the hooks of another kind. */
		if ((h->adds_to == PGR_HOLD_PAGE || h->takes_from == PGR_HOLD_PAGE) &&
		    h->p2pdma_only == h->not_p2pdma)
			fail_msg("%s does not say which device pages it is of", h->name);
		if ((h->effect_of_many || h->effect_per_page) && !h->effect)
			fail_msg("%s has no effect on most kernels", h->name);
		if (h->effect && h->effect_is_learned)
			fail_msg("%s knows its effect and learns it", h->name);
		if (pgr_hook__is_pin(i) && h->sees & ~(SEES_PINS | SEES_UNPINS))
			fail_msg("%s is a pin hook, and a verdict depends on it", h->name);
	}
}

/* If a hook adds rows of a kind to the ledger, another hook takes them. */
static void test_rows_come_and_go(void **state)
{
	unsigned int added = 0, taken = 0;

	(void)state;
	for (int i = 0; i < PGR_HOOKS; i++) {
		added |= 1u << hooks[i].adds_to;
		taken |= 1u << hooks[i].takes_from;
	}
	assert_int_equal(added, taken);
	assert_int_equal(added,
			 1u | 1u << PGR_HOLD_PAGE | 1u << PGR_HOLD_ENTRY | 1u << PGR_HOLD_FOLIO);
}

static void test_sets(void **state)
{
	(void)state;
	assert_int_equal(hooks__seeing(0), 0);
	assert_int_equal(hooks__seeing(SEES_TEARDOWNS), 1ull << PGR_HOOK_TEARDOWN);
	assert_int_equal(hooks__seeing(SEES_CHILDREN), 1ull << PGR_HOOK_FORK);
	assert_int_equal(hooks__seeing(SEES_UNPINS), 0x1full << PGR_HOOK_UNPIN_PAGE);
	assert_int_equal(hooks__seeing(SEES_PINS | SEES_UNPINS), 0x7fffull << PGR_HOOK_PIN_FAST);
	for (int h = 0; h < PGR_HOOKS; h++) {
		assert_int_equal(pgr_hook__is_pin(h),
				 h >= PGR_HOOK_PIN_FAST && h <= PGR_HOOK_GUP_FAST_ONLY);
		assert_int_equal(pgr_hook__is_unpin(h),
				 h >= PGR_HOOK_UNPIN_PAGE && h <= PGR_HOOK_UNPIN_FOLIO);
	}
	assert_false(pgr_hook__is_pin(PGR_HOOKS));
	for (int h = 0; h <= PGR_HOOKS; h++)
		assert_int_equal(pgr_hook__follows_children(h), h == PGR_HOOK_FORK);
	assert_false(pgr_hook__is_unpin(PGR_HOOKS));
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

static void test_every_hook_can_be_served(void **state)
{
	static const char *const ends[PGR_MECHANISMS] = {
		[PGR_BY_FENTRY] = "_fentry", [PGR_BY_FEXIT] = "_fexit",
		[PGR_BY_KPROBE] = "_kprobe", [PGR_BY_KRETPROBE] = "_kretprobe",
		[PGR_BY_RAW_TP] = "_raw",    [PGR_BY_BREAKPOINT] = "_breakpoint",
	};
	unsigned int served[PGR_HOOKS] = { 0 };
	bool named[PGR_HOOKS] = { false };

	(void)state;
	for (size_t i = 0; i < nr_variants; i++) {
		const struct variant *v = &variants[i];

		served[v->hook]++;
		named[v->hook] = named[v->hook] || !strcmp(v->symbol, hooks[v->hook].function);
		assert_non_null(v->prog[0].name);
		for (int p = 0; p < PLAN_PROGS && v->prog[p].name; p++) {
			bool traced = v->prog[p].by == PGR_BY_FENTRY ||
				      v->prog[p].by == PGR_BY_FEXIT;

			assert_true(ends_with(v->prog[p].name, ends[v->prog[p].by]));
			assert_int_equal(v->how == PLAN_FENTRY, traced);
			assert_int_equal(v->how == PLAN_RAW_TP, v->prog[p].by == PGR_BY_RAW_TP);
			assert_int_equal(v->how == PLAN_BREAKPOINT,
					 v->prog[p].by == PGR_BY_BREAKPOINT);
		}
	}
	for (int h = 0; h < PGR_HOOKS; h++) {
		if (!served[h] || !named[h])
			fail_msg("%s has no program, or none at %s", hooks[h].name,
				 hooks[h].function);
		/* further attempts would be dropped silently */
		assert_in_range(served[h], 1, PLAN_ATTEMPTS);
	}
}

static bool has(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

/* Each function of the plan, except those that may be the call site. */
static void test_stacks_skip_every_hooked_function(void **state)
{
	size_t symbols = 0, callees = 0, sites = 0;

	(void)state;
	for (size_t i = 0; i < nr_variants; i++) {
		const struct variant *v = &variants[i];

		assert_true(has(plan__symbols(), v->symbol));
		if (has(plan__callees(), v->symbol) == hooks[v->hook].is_site)
			fail_msg("%s is%s skipped", v->symbol, hooks[v->hook].is_site ? "" : " not");
	}
	while (plan__symbols()[symbols])
		symbols++;
	while (plan__callees()[callees])
		callees++;
	for (int h = 0; h < PGR_HOOKS; h++)
		sites += hooks[h].is_site;
	assert_int_equal(callees + sites, symbols);
	assert_in_range(symbols, 44, PLAN_FUNCTIONS);
	assert_false(has(plan__callees(), "p2pmem_alloc_mmap"));
	assert_true(has(plan__callees(), "vm_insert_page"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_and_names_stay),
		cmocka_unit_test(test_every_row_is_whole),
		cmocka_unit_test(test_rows_come_and_go),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_every_hook_can_be_served),
		cmocka_unit_test(test_stacks_skip_every_hooked_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

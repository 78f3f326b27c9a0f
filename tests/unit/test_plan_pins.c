// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The plan for the hooks of pins, on a kernel of each series. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "real_kernels.h"

#define FEXIT(hook, name, function)      \
	{                                \
		hook, "fexit", function, \
		{                        \
			name "_fexit"    \
		}                        \
	}
#define RETURN(hook, name, function)                      \
	{                                                 \
		hook, "kretprobe", function,              \
		{                                         \
			name "_kprobe", name "_kretprobe" \
		}                                         \
	}
#define FENTRY(hook, name, function)      \
	{                                 \
		hook, "fentry", function, \
		{                         \
			name "_fentry"    \
		}                         \
	}
#define KPROBE(hook, name, function)      \
	{                                 \
		hook, "kprobe", function, \
		{                         \
			name "_kprobe"    \
		}                         \
	}

/* exit: for functions of up to six arguments; exit_of_many: for others; entry: for unpins. */
#define TABLE(exit, exit_of_many, entry)                                                           \
	{                                                                                          \
		exit(PGR_HOOK_PIN_FAST, "pin_fast", "pin_user_pages_fast"),                        \
			exit(PGR_HOOK_PIN, "pin", "pin_user_pages"),                               \
			exit_of_many(PGR_HOOK_PIN_REMOTE, "pin_remote", "pin_user_pages_remote"),  \
			exit(PGR_HOOK_PIN_UNLOCKED, "pin_unlocked", "pin_user_pages_unlocked"),    \
			exit(PGR_HOOK_GUP_FAST, "gup_fast", "get_user_pages_fast"),                \
			exit(PGR_HOOK_GUP, "gup", "get_user_pages"),                               \
			exit_of_many(PGR_HOOK_GUP_REMOTE, "gup_remote", "get_user_pages_remote"),  \
			exit(PGR_HOOK_GUP_UNLOCKED, "gup_unlocked", "get_user_pages_unlocked"),    \
			exit(PGR_HOOK_GUP_FAST_ONLY, "gup_fast_only", "get_user_pages_fast_only"), \
			entry(PGR_HOOK_UNPIN_PAGE, "unpin_page", "unpin_user_page"),               \
			entry(PGR_HOOK_UNPIN_PAGES, "unpin_pages", "unpin_user_pages"),            \
			entry(PGR_HOOK_UNPIN_DIRTY, "unpin_dirty", "unpin_user_pages_dirty_lock"), \
			entry(PGR_HOOK_UNPIN_RANGE, "unpin_range",                                 \
			      "unpin_user_page_range_dirty_lock"),                                 \
	}

/* A trampoline of 6.1 takes six arguments. With vmas these functions had seven. */
static const struct golden with_vmas[] = TABLE(FEXIT, RETURN, FENTRY);
static const struct golden without_vmas[] = TABLE(FEXIT, FEXIT, FENTRY);
static const struct golden kprobes[] = TABLE(RETURN, RETURN, KPROBE);

static const struct kernel *const old[] = { &k6_1, &k6_1_patched, &k_series_v1, &k_series_v3 };
static const struct kernel *const young[] = { &k6_12, &k6_16, &k6_17, &k6_18, &k6_19,
					      &k7_0,  &k7_1,  &k7_2,  &k7_3 };

#define NR(array) (sizeof(array) / sizeof(*(array)))

static void test_old_kernels(void **state)
{
	static const struct golden fast_only[] = {
		FEXIT(PGR_HOOK_PIN_FAST_ONLY, "pin_fast_only", "pin_user_pages_fast_only"),
	};
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < NR(old); i++) {
		plan_of(old[i], NULL, &plan);
		ASSERT_GOLDEN(old[i], &plan, with_vmas);
		ASSERT_GOLDEN(old[i], &plan, fast_only);
		assert_true(plan.hook[PGR_HOOK_UNPIN_FOLIO].absent);
	}
}

static void test_young_kernels(void **state)
{
	static const struct golden folio[] = {
		FENTRY(PGR_HOOK_UNPIN_FOLIO, "unpin_folio", "unpin_user_folio"),
	};
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < NR(young); i++) {
		plan_of(young[i], NULL, &plan);
		ASSERT_GOLDEN(young[i], &plan, without_vmas);
		ASSERT_GOLDEN(young[i], &plan, folio);
		for (int h = 0; h < PGR_HOOKS; h++)
			if (pgr_hook__is_pin(h))
				assert_int_equal(plan.hook[h].absent, h == PGR_HOOK_PIN_FAST_ONLY);
	}
}

static void test_only_kprobes(void **state)
{
	const struct plan_options o = { .mechanism = PLAN_ONLY_KPROBE };
	struct plan plan;

	(void)state;
	plan_of(&k6_1, &o, &plan);
	ASSERT_GOLDEN(&k6_1, &plan, kprobes);
	plan_of(&k7_3, &o, &plan);
	ASSERT_GOLDEN(&k7_3, &plan, kprobes);
}

/* If a function exists but cannot be hooked, its hook is missing, and no other hook. */
static void test_seven_arguments_are_too_many_for_fentry(void **state)
{
	const struct plan_options o = { .mechanism = PLAN_ONLY_FENTRY };
	struct plan plan;

	(void)state;
	plan_of(&k6_1, &o, &plan);
	for (int h = 0; h < PGR_HOOKS; h++) {
		bool missing = h == PGR_HOOK_PIN_REMOTE || h == PGR_HOOK_GUP_REMOTE;

		if (!pgr_hook__is_pin(h) || plan.hook[h].absent)
			continue;
		assert_int_equal(!plan_hook__attempt(&plan.hook[h]), missing);
		assert_int_equal(!!strstr(plan.hook[h].missing, "--attach"), missing);
	}
}

static void test_each_can_be_disabled(void **state)
{
	(void)state;
	for (int h = 0; h < PGR_HOOKS; h++)
		if (pgr_hook__is_pin(h))
			assert_disabled_alone(h == PGR_HOOK_PIN_FAST_ONLY ? &k6_1 : &k7_3, h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_kernels),
		cmocka_unit_test(test_young_kernels),
		cmocka_unit_test(test_only_kprobes),
		cmocka_unit_test(test_seven_arguments_are_too_many_for_fentry),
		cmocka_unit_test(test_each_can_be_disabled),
	};

	return cmocka_run_group_tests(tests, real_kernels__read, NULL);
}

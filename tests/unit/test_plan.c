// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The attach plan on a real kernel of each series, and on kernels that differ from it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/names.h"
#include "kernel/plan.h"
#include "golden.h"
#include "real_kernels.h"

static const struct golden best_of_all[] = {
	{ PGR_HOOK_CREATE, "fexit", "memremap_pages", { "create_fexit" } },
	{ PGR_HOOK_NAME, "fentry", "devm_memremap_pages", { "name_fentry" } },
	{ PGR_HOOK_TEARDOWN, "fentry", "memunmap_pages", { "teardown_fentry" } },
	{ PGR_HOOK_SWEEP, "fentry", "memunmap_pages", { "sweep_fentry", "sweep2_fentry" } },
	{ PGR_HOOK_FINAL, "fentry", "remove_pfn_range_from_zone", { "final_fentry" } },
	{ PGR_HOOK_DRAINED, "fentry", "dev_pagemap_percpu_release", { "drained_fentry" } },
	{ PGR_HOOK_GONE, "fexit", "memunmap_pages", { "gone_fexit" } },
	{ PGR_HOOK_INSERT, "fexit", "dax_insert_entry", { "insert6_fexit" } },
	{ PGR_HOOK_FORK, "raw_tp", "sched_process_fork", { "fork_raw", "exit_raw" } },
};

#define GET2                                              \
	{                                                 \
		PGR_HOOK_GET, "fexit", "get_dev_pagemap", \
		{                                         \
			"get2_fexit"                      \
		}                                         \
	}
#define GET1                                              \
	{                                                 \
		PGR_HOOK_GET, "fexit", "get_dev_pagemap", \
		{                                         \
			"get1_fexit"                      \
		}                                         \
	}
#define ALLOC1                                                    \
	{                                                         \
		PGR_HOOK_ALLOC, "fexit", "zone_device_page_init", \
		{                                                 \
			"alloc1_fexit"                            \
		}                                                 \
	}
#define ALLOC3                                                    \
	{                                                         \
		PGR_HOOK_ALLOC, "fexit", "zone_device_page_init", \
		{                                                 \
			"alloc3_fexit"                            \
		}                                                 \
	}
#define FREE_PAGE                                                 \
	{                                                         \
		PGR_HOOK_FREE, "fentry", "free_zone_device_page", \
		{                                                 \
			"free_fentry"                             \
		}                                                 \
	}
#define FREE_FOLIO                                                 \
	{                                                          \
		PGR_HOOK_FREE, "fentry", "free_zone_device_folio", \
		{                                                  \
			"free_fentry"                              \
		}                                                  \
	}
#define DELETE_ENTRY                                                 \
	{                                                            \
		PGR_HOOK_DELETE, "fentry", "dax_disassociate_entry", \
		{                                                    \
			"delete_entry_fentry"                        \
		}                                                    \
	}
#define DELETE_PUT                                                     \
	{                                                              \
		PGR_HOOK_DELETE, "breakpoint", "dax_folio_put.isra.0", \
		{                                                      \
			"delete_put_breakpoint"                        \
		}                                                      \
	}
#define DELETE_RESET                                                \
	{                                                           \
		PGR_HOOK_DELETE, "fentry", "dax_folio_reset_order", \
		{                                                   \
			"delete_reset_fentry"                       \
		}                                                   \
	}

static const struct generation {
	const struct kernel *kernel;
	struct golden golden[4];
	bool alloc_per_page;
	int32_t idle_fsdax, idle_p2pdma;
	uint8_t maps_hold;
	uint32_t share_how;
} generations[] = {
	{ &k6_1, { GET2, ALLOC1, FREE_PAGE, DELETE_ENTRY }, false, 1, 1, 0, PGR_SHARE_MARKED },
	{ &k6_12, { GET2, ALLOC1, FREE_FOLIO, DELETE_ENTRY }, false, 1, 1, 0, PGR_SHARE_MARKED },
	{ &k6_16, { GET2, ALLOC1, FREE_FOLIO, DELETE_PUT }, false, 0, 0, 1, PGR_SHARE_UNSURE },
	{ &k6_17, { GET2, ALLOC1, FREE_FOLIO, DELETE_PUT }, false, 0, 0, 1, PGR_SHARE_UNSURE },
	{ &k6_18, { GET1, ALLOC1, FREE_FOLIO, DELETE_PUT }, false, 0, 0, 1, PGR_SHARE_UNSURE },
	{ &k6_19, { GET1, ALLOC3, FREE_FOLIO, DELETE_PUT }, true, 0, 0, 1, PGR_SHARE_UNSURE },
	{ &k7_0, { GET1, ALLOC3, FREE_FOLIO, DELETE_PUT }, true, 0, 0, 1, PGR_SHARE_UNSURE },
	{ &k7_1, { GET1, ALLOC3, FREE_FOLIO, DELETE_RESET }, true, 0, 0, 1, PGR_SHARE_NULL },
	{ &k7_2, { GET1, ALLOC3, FREE_FOLIO, DELETE_RESET }, true, 0, 0, 1, PGR_SHARE_NULL },
	{ &k7_3, { GET1, ALLOC3, FREE_FOLIO, DELETE_RESET }, true, 0, 0, 1, PGR_SHARE_NULL },
};

#define FOR_EACH_GENERATION(g)                         \
	for (const struct generation *g = generations; \
	     g < generations + sizeof(generations) / sizeof(*generations); g++)

static void test_each_generation_gets_its_programs(void **state)
{
	struct plan plan;

	(void)state;
	FOR_EACH_GENERATION(g)
	{
		plan_of(g->kernel, NULL, &plan);
		assert_string_equal(plan.unusable, "");
		ASSERT_GOLDEN(g->kernel, &plan, best_of_all);
		ASSERT_GOLDEN(g->kernel, &plan, g->golden);
	}
}

/* On a kernel without the series, its hooks are not missing. */
static void test_series_is_absent(void **state)
{
	struct plan plan;

	(void)state;
	FOR_EACH_GENERATION(g)
	{
		plan_of(g->kernel, NULL, &plan);
		for (int h = 0; h < PGR_HOOK_P2P_ALLOC; h++)
			assert_int_equal(plan.hook[h].absent, h > PGR_HOOK_FORK);
		assert_false(plan.series.on);
		assert_false(plan.series.puts_visible);
		assert_false(plan.series.free_puts_all);
		assert_true(plan.series.range_refs);
		assert_int_equal(plan.dax_shift, 4);
	}
}

static void test_hooks_are_described(void **state)
{
	struct plan plan;

	(void)state;
	plan_of(&k6_12, NULL, &plan);
	for (int h = 0; h < PGR_HOOKS; h++) {
		assert_string_equal(plan.hook[h].name, hook__name(h));
		assert_true(strlen(plan.hook[h].wanted) > 0);
		assert_true(strlen(plan.hook[h].without) > 0);
		assert_int_equal(plan.hook[h].next, 0);
	}
}

static void test_idle_refcounts_of_each_generation(void **state)
{
	struct plan plan;

	(void)state;
	FOR_EACH_GENERATION(g)
	{
		plan_of(g->kernel, NULL, &plan);
		assert_int_equal(plan.idle[PGR_TYPE_UNKNOWN], -1);
		assert_int_equal(plan.idle[PGR_TYPE_PRIVATE], 0);
		assert_int_equal(plan.idle[PGR_TYPE_COHERENT], 0);
		assert_int_equal(plan.idle[PGR_TYPE_FSDAX], g->idle_fsdax);
		assert_int_equal(plan.idle[PGR_TYPE_GENERIC], 1);
		assert_int_equal(plan.idle[PGR_TYPE_P2PDMA], g->idle_p2pdma);
		assert_int_equal(plan.maps_hold[PGR_TYPE_FSDAX], g->maps_hold);
		assert_int_equal(plan.maps_hold[PGR_TYPE_GENERIC], g->maps_hold);
		assert_int_equal(plan.maps_hold[PGR_TYPE_UNKNOWN], 0);
		assert_int_equal(plan.share_how, g->share_how);
		assert_int_equal(plan.alloc_per_page, g->alloc_per_page);
	}
}

static void test_idle_is_not_known_where_no_page_has_a_pgmap(void **state)
{
	struct kernel k = k6_12;
	struct plan plan;

	(void)state;
	k.owner = PGMAP_OF_NEITHER;
	plan_of(&k, NULL, &plan);
	for (int t = 0; t < PGR_TYPES; t++) {
		assert_int_equal(plan.idle[t], -1);
		assert_int_equal(plan.maps_hold[t], 0);
	}
}

/* ---- mechanisms ------------------------------------------------------------------- */

/* clang-format off */
static const struct golden kprobes_7_3[] = {
	{ PGR_HOOK_CREATE, "kretprobe", "memremap_pages", { "create_kprobe", "create_kretprobe" } },
	{ PGR_HOOK_NAME, "kprobe", "devm_memremap_pages", { "name_kprobe" } },
	{ PGR_HOOK_TEARDOWN, "kprobe", "memunmap_pages", { "teardown_kprobe" } },
	{ PGR_HOOK_SWEEP, "kprobe", "memunmap_pages", { "sweep_kprobe" } },
	{ PGR_HOOK_FINAL, "kprobe", "remove_pfn_range_from_zone", { "final_kprobe" } },
	{ PGR_HOOK_DRAINED, "kprobe", "dev_pagemap_percpu_release", { "drained_kprobe" } },
	{ PGR_HOOK_GONE, "kretprobe", "memunmap_pages", { "gone_kretprobe" } },
	{ PGR_HOOK_GET, "kretprobe", "get_dev_pagemap", { "get_kprobe", "get1_kretprobe" } },
	{ PGR_HOOK_ALLOC, "kretprobe", "zone_device_page_init",
	  { "alloc_kprobe", "alloc3_kretprobe" } },
	{ PGR_HOOK_FREE, "kprobe", "free_zone_device_folio", { "free_kprobe" } },
	{ PGR_HOOK_INSERT, "kretprobe", "dax_insert_entry",
	  { "insert6_kprobe", "insert6_kretprobe" } },
	{ PGR_HOOK_DELETE, "kprobe", "dax_folio_reset_order", { "delete_reset_kprobe" } },
	{ PGR_HOOK_FORK, "raw_tp", "sched_process_fork", { "fork_raw", "exit_raw" } },
};
/* clang-format on */

static const struct golden kprobes_6_1[] = {
	{ PGR_HOOK_GET, "kretprobe", "get_dev_pagemap", { "get_kprobe", "get2_kretprobe" } },
	{ PGR_HOOK_ALLOC,
	  "kretprobe",
	  "zone_device_page_init",
	  { "alloc_kprobe", "alloc1_kretprobe" } },
	{ PGR_HOOK_FREE, "kprobe", "free_zone_device_page", { "free_kprobe" } },
	{ PGR_HOOK_DELETE, "kprobe", "dax_disassociate_entry", { "delete_entry_kprobe" } },
};

static const struct golden kprobes_6_16[] = {
	{ PGR_HOOK_GET, "kretprobe", "get_dev_pagemap", { "get_kprobe", "get2_kretprobe" } },
	{ PGR_HOOK_DELETE, "breakpoint", "dax_folio_put.isra.0", { "delete_put_breakpoint" } },
};

static void test_only_kprobes(void **state)
{
	const struct plan_options o = { .mechanism = PLAN_ONLY_KPROBE };
	struct plan plan;

	(void)state;
	plan_of(&k7_3, &o, &plan);
	ASSERT_GOLDEN(&k7_3, &plan, kprobes_7_3);
	plan_of(&k6_1, &o, &plan);
	ASSERT_GOLDEN(&k6_1, &plan, kprobes_6_1);
	plan_of(&k6_16, &o, &plan);
	ASSERT_GOLDEN(&k6_16, &plan, kprobes_6_16);
	for (int h = 0; h < PGR_HOOKS; h++)
		for (unsigned int i = 0; i < plan.hook[h].nr; i++)
			assert_int_not_equal(plan.hook[h].attempt[i].how, PLAN_FENTRY);
}

static void test_only_fentry(void **state)
{
	const struct plan_options o = { .mechanism = PLAN_ONLY_FENTRY };
	struct plan plan;

	(void)state;
	FOR_EACH_GENERATION(g)
	{
		plan_of(g->kernel, &o, &plan);
		ASSERT_GOLDEN(g->kernel, &plan, best_of_all);
		ASSERT_GOLDEN(g->kernel, &plan, g->golden);
		for (int h = 0; h < PGR_HOOKS; h++)
			for (unsigned int i = 0; i < plan.hook[h].nr; i++)
				assert_int_not_equal(plan.hook[h].attempt[i].how, PLAN_KPROBE);
	}
}

/* ---- attempts --------------------------------------------------------------------- */

static void test_failures_walk_the_attempts(void **state)
{
	static const struct golden walk[] = {
		{ PGR_HOOK_GET, "fexit", "get_dev_pagemap", { "get2_fexit" } },
		{ PGR_HOOK_GET, "kretprobe", "get_dev_pagemap", { "get_kprobe", "get2_kretprobe" } },
	};
	struct plan_hook *hook;
	struct plan plan;

	(void)state;
	plan_of(&k6_12, NULL, &plan);
	hook = &plan.hook[PGR_HOOK_GET];
	assert_int_equal(hook->nr, 2);
	assert_attempt(&k6_12, &walk[0], plan_hook__attempt(hook));
	plan_hook__fail(hook, "no ftrace site");
	assert_string_equal(hook->missing, ""); /* another attempt is left */
	assert_attempt(&k6_12, &walk[1], plan_hook__attempt(hook));
	plan_hook__fail(hook, "kprobes are off");
	assert_null(plan_hook__attempt(hook));
	assert_string_equal(hook->missing, "kprobes are off");
	/* a second failure changes only the reason */
	plan_hook__fail(hook, "still off");
	assert_null(plan_hook__attempt(hook));
	assert_int_equal(hook->nr, 2);
	assert_string_equal(hook->missing, "still off");
	/* other hooks are unchanged */
	ASSERT_GOLDEN(&k6_12, &plan, best_of_all);
}

static void test_delete_of_7_3_ends_at_the_clone(void **state)
{
	static const struct golden walk[] = {
		DELETE_RESET,
		{ PGR_HOOK_DELETE, "kprobe", "dax_folio_reset_order", { "delete_reset_kprobe" } },
		{ PGR_HOOK_DELETE,
		  "kprobe",
		  "dax_disassociate_entry.isra.0",
		  { "delete_entry_kprobe" } },
	};
	struct plan_hook *hook;
	struct plan plan;

	(void)state;
	plan_of(&k7_3, NULL, &plan);
	hook = &plan.hook[PGR_HOOK_DELETE];
	for (size_t i = 0; i < sizeof(walk) / sizeof(*walk); i++) {
		assert_non_null(plan_hook__attempt(hook));
		assert_attempt(&k7_3, &walk[i], plan_hook__attempt(hook));
		plan_hook__fail(hook, "no");
	}
	assert_null(plan_hook__attempt(hook));
	assert_string_equal(hook->missing, "no");
}

/* A kernel with all functions of all releases has more attempts than any real kernel. */
static void test_all_functions_at_once_fit(void **state)
{
	static const char *const order[] = {
		"dax_folio_reset_order",  "dax_folio_reset_order",  "dax_folio_put",
		"dax_disassociate_entry", "dax_disassociate_entry",
	};
	static const enum plan_how how[] = { PLAN_FENTRY, PLAN_KPROBE, PLAN_BREAKPOINT, PLAN_FENTRY,
					     PLAN_KPROBE };
	struct kernel k = {
		"all",
		PGMAP_OF_FOLIO,
		REF_STRUCT,
		{ COMMON, FN("get_dev_pagemap", 1), FN("zone_device_page_init", 3),
		  FN("free_zone_device_folio", 1), FN("free_zone_device_page", 1),
		  FN("dax_folio_reset_order", 1), FN("dax_folio_put", 1),
		  FN("dax_disassociate_entry", 3) },
	};
	struct plan plan;

	(void)state;
	plan_of(&k, NULL, &plan);
	assert_int_equal(plan.hook[PGR_HOOK_DELETE].nr, 5);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(plan.hook[PGR_HOOK_DELETE].attempt[i].symbol, order[i]);
		assert_int_equal(plan.hook[PGR_HOOK_DELETE].attempt[i].how, how[i]);
	}
	assert_int_equal(plan.hook[PGR_HOOK_FREE].nr, 4);
	assert_string_equal(plan.hook[PGR_HOOK_FREE].attempt[0].symbol, "free_zone_device_folio");
}

/* ---- disabled by the user -------------------------------------------------------------- */

static void plan_without(const struct kernel *k, const char *a, const char *b, struct plan *plan)
{
	const char *const disabled[] = { a, b, NULL };
	const struct plan_options o = { .disabled = disabled };

	plan_of(k, &o, plan);
}

static void assert_disabled(const struct plan *plan, enum pgr_hook hook)
{
	assert_true(plan->hook[hook].disabled);
	assert_null(plan_hook__attempt(&plan->hook[hook]));
	assert_non_null(strstr(plan->hook[hook].missing, "--disable-hook"));
}

static void test_hooks_can_be_disabled_by_name(void **state)
{
	struct plan plan;

	(void)state;
	for (int h = 0; h < PGR_HOOK_P2P_ALLOC; h++) {
		plan_without(h > PGR_HOOK_FORK ? &k6_1_patched : &k7_3, hook__name(h), NULL, &plan);
		for (int other = 0; other <= (h > PGR_HOOK_FORK ? h : PGR_HOOK_FORK); other++) {
			if (other == h) {
				assert_disabled(&plan, other);
				continue;
			}
			assert_false(plan.hook[other].disabled);
			assert_non_null(plan_hook__attempt(&plan.hook[other]));
		}
	}
	plan_without(&k7_3, "get", "alloc", &plan);
	assert_disabled(&plan, PGR_HOOK_GET);
	assert_disabled(&plan, PGR_HOOK_ALLOC);
	assert_non_null(plan_hook__attempt(&plan.hook[PGR_HOOK_FREE]));
}

static void test_functions_can_be_disabled(void **state)
{
	static const struct golden next = { PGR_HOOK_DELETE,
					    "kprobe",
					    "dax_disassociate_entry.isra.0",
					    { "delete_entry_kprobe" } };
	struct plan plan;

	(void)state;
	/* all hooks on the function */
	plan_without(&k6_1, "memunmap_pages", NULL, &plan);
	assert_disabled(&plan, PGR_HOOK_TEARDOWN);
	assert_disabled(&plan, PGR_HOOK_SWEEP);
	assert_disabled(&plan, PGR_HOOK_GONE);
	assert_non_null(plan_hook__attempt(&plan.hook[PGR_HOOK_CREATE]));
	/* one of several functions that serve a hook: the next one is used */
	plan_without(&k7_3, "dax_folio_reset_order", NULL, &plan);
	assert_non_null(plan_hook__attempt(&plan.hook[PGR_HOOK_DELETE]));
	assert_attempt(&k7_3, &next, plan_hook__attempt(&plan.hook[PGR_HOOK_DELETE]));
	/* the name of the source, though the kernel has only a clone */
	plan_without(&k7_3, "dax_folio_reset_order", "dax_disassociate_entry", &plan);
	assert_disabled(&plan, PGR_HOOK_DELETE);
	/* a function of other kernels is accepted too */
	plan_without(&k7_3, "free_zone_device_page", NULL, &plan);
	assert_false(plan.hook[PGR_HOOK_FREE].disabled);
	plan_without(&k7_3, "sched_process_fork", NULL, &plan);
	assert_disabled(&plan, PGR_HOOK_FORK);
}

static void test_unknown_name_is_refused(void **state)
{
	static const char *const wrong[] = { "gets",	      "",	   "GET",
					     "memunmap_page", "get_fexit", "vfs_read" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *const disabled[] = { "get", wrong[i], "nonsense", NULL };
		const struct plan_options o = { .disabled = disabled };
		const char *unknown = NULL;
		struct plan plan;

		assert_int_equal(make_plan(&k6_12, &o, &plan, &unknown), -ENOENT);
		assert_ptr_equal(unknown, wrong[i]);
	}
}

static void test_empty_list_disables_nothing(void **state)
{
	const char *const disabled[] = { NULL };
	const struct plan_options o = { .disabled = disabled };
	struct plan plan;

	(void)state;
	plan_of(&k6_12, &o, &plan);
	ASSERT_GOLDEN(&k6_12, &plan, best_of_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_generation_gets_its_programs),
		cmocka_unit_test(test_series_is_absent),
		cmocka_unit_test(test_hooks_are_described),
		cmocka_unit_test(test_idle_refcounts_of_each_generation),
		cmocka_unit_test(test_idle_is_not_known_where_no_page_has_a_pgmap),
		cmocka_unit_test(test_only_kprobes),
		cmocka_unit_test(test_only_fentry),
		cmocka_unit_test(test_failures_walk_the_attempts),
		cmocka_unit_test(test_delete_of_7_3_ends_at_the_clone),
		cmocka_unit_test(test_all_functions_at_once_fit),
		cmocka_unit_test(test_hooks_can_be_disabled_by_name),
		cmocka_unit_test(test_functions_can_be_disabled),
		cmocka_unit_test(test_unknown_name_is_refused),
		cmocka_unit_test(test_empty_list_disables_nothing),
	};

	return cmocka_run_group_tests(tests, real_kernels__read, NULL);
}

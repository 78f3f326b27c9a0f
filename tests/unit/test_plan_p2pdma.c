// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The attach plan for peer-to-peer memory of drivers and of processes that map it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "real_kernels.h"

#define ALLOC                                                    \
	{                                                        \
		PGR_HOOK_P2P_ALLOC, "fexit", "pci_alloc_p2pmem", \
		{                                                \
			"p2p_alloc_fexit"                        \
		}                                                \
	}
#define FREE                                                    \
	{                                                       \
		PGR_HOOK_P2P_FREE, "fentry", "pci_free_p2pmem", \
		{                                               \
			"p2p_free_fentry"                       \
		}                                               \
	}
#define MAP                                                     \
	{                                                       \
		PGR_HOOK_P2P_MAP, "fexit", "p2pmem_alloc_mmap", \
		{                                               \
			"p2p_map_fentry", "p2p_map_fexit"       \
		}                                               \
	}
#define MAP_PAGE                                                  \
	{                                                         \
		PGR_HOOK_P2P_MAP_PAGE, "fexit", "vm_insert_page", \
		{                                                 \
			"p2p_map_page_fexit"                      \
		}                                                 \
	}
#define PAGE_FREE(function)                                 \
	{                                                   \
		PGR_HOOK_P2P_PAGE_FREE, "fentry", function, \
		{                                           \
			"p2p_page_free_fentry"              \
		}                                           \
	}
#define NONE(hook)                \
	{                         \
		hook, NULL, NULL, \
		{                 \
			NULL      \
		}                 \
	}

#define FIRST PGR_HOOK_P2P_ALLOC
#define LAST PGR_HOOK_P2P_PAGE_FREE

static const struct golden by_page[] = { ALLOC, FREE, MAP, MAP_PAGE, PAGE_FREE("p2pdma_page_free") };
static const struct golden by_folio[] = { ALLOC, FREE, MAP, MAP_PAGE,
					  PAGE_FREE("p2pdma_folio_free") };

static void test_mapped_by_page_then_by_folio(void **state)
{
	static const struct {
		const struct kernel *kernel;
		const struct golden *golden;
	} table[] = {
		{ &k6_16, by_page }, { &k6_17, by_page }, { &k6_18, by_page }, { &k6_19, by_folio },
		{ &k7_0, by_folio }, { &k7_1, by_folio }, { &k7_2, by_folio }, { &k7_3, by_folio },
	};
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		plan_of(table[i].kernel, NULL, &plan);
		assert_golden(table[i].kernel, &plan, table[i].golden, 5);
		assert_int_equal(plan.maps_hold[PGR_TYPE_P2PDMA], 1);
		for (int h = FIRST; h <= LAST; h++)
			assert_false(plan.hook[h].absent);
	}
	assert_string_equal(plan__effect(&plan, PGR_HOOK_P2P_ALLOC), "+1");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_P2P_FREE), "-1");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_P2P_MAP), "");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_P2P_MAP_PAGE), "+1");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_P2P_PAGE_FREE), "-1");
}

/* Every kernel has vm_insert_page(). It is hooked only if the other functions exist. */
static void test_absent_where_it_is_not_configured(void **state)
{
	static const struct kernel *const without[] = { &k6_1, &k6_12, &k_series_v1 };
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof(without) / sizeof(*without); i++) {
		plan_of(without[i], NULL, &plan);
		assert_int_equal(plan.maps_hold[PGR_TYPE_P2PDMA], 0);
		for (int h = FIRST; h <= LAST; h++) {
			assert_true(plan.hook[h].absent);
			assert_null(plan_hook__attempt(&plan.hook[h]));
		}
	}
}

static void test_only_drivers_can_take_it(void **state)
{
	static const struct golden drivers[] = { ALLOC, FREE, NONE(PGR_HOOK_P2P_MAP),
						 NONE(PGR_HOOK_P2P_MAP_PAGE),
						 NONE(PGR_HOOK_P2P_PAGE_FREE) };
	struct plan plan;

	(void)state;
	plan_of(&k6_1_patched, NULL, &plan);
	ASSERT_GOLDEN(&k6_1_patched, &plan, drivers);
	for (int h = FIRST; h <= LAST; h++)
		assert_int_equal(plan.hook[h].absent, h >= PGR_HOOK_P2P_MAP);
}

static void test_kprobes(void **state)
{
	/* clang-format off */
	static const struct golden kprobes[] = {
		{ PGR_HOOK_P2P_ALLOC, "kretprobe", "pci_alloc_p2pmem",
		  { "p2p_alloc_kprobe", "p2p_alloc_kretprobe" } },
		{ PGR_HOOK_P2P_FREE, "kprobe", "pci_free_p2pmem", { "p2p_free_kprobe" } },
		{ PGR_HOOK_P2P_MAP, "kretprobe", "p2pmem_alloc_mmap.isra.0",
		  { "p2p_map_kprobe", "p2p_map_kretprobe" } },
		{ PGR_HOOK_P2P_MAP_PAGE, "kretprobe", "vm_insert_page",
		  { "p2p_map_page_kprobe", "p2p_map_page_kretprobe" } },
		{ PGR_HOOK_P2P_PAGE_FREE, "kprobe", "p2pdma_folio_free",
		  { "p2p_page_free_kprobe" } },
	};
	/* clang-format on */
	const struct plan_options o = { .mechanism = PLAN_ONLY_KPROBE };
	struct kernel k = k7_3;
	struct plan plan;

	(void)state;
	/* the hook reads no argument of p2pmem_alloc_mmap(), so it can use a clone */
	kernel__fn(&k, "p2pmem_alloc_mmap")->arity = NO_BTF;
	kernel__fn(&k, "p2pmem_alloc_mmap")->symbol = "p2pmem_alloc_mmap.isra.0";
	plan_of(&k, &o, &plan);
	ASSERT_GOLDEN(&k, &plan, kprobes);
}

/* A function that exists but cannot be hooked, or that the user disabled, is missing. */
static void test_parts_that_are_missing(void **state)
{
	const char *const disabled[] = { "p2p_alloc", "p2p_free", NULL };
	const struct plan_options o = { .disabled = disabled };
	struct kernel k = k7_3;
	struct plan plan;

	(void)state;
	kernel__fn(&k, "p2pmem_alloc_mmap")->arity = 5;
	plan_of(&k, NULL, &plan);
	assert_null(plan_hook__attempt(&plan.hook[PGR_HOOK_P2P_MAP]));
	assert_false(plan.hook[PGR_HOOK_P2P_MAP].absent);
	assert_non_null(plan_hook__attempt(&plan.hook[PGR_HOOK_P2P_MAP_PAGE]));
	plan_of(&k6_1_patched, &o, &plan);
	assert_true(plan.hook[PGR_HOOK_P2P_ALLOC].disabled);
	assert_false(plan.hook[PGR_HOOK_P2P_ALLOC].absent);
	assert_true(plan.hook[PGR_HOOK_P2P_MAP].absent);
}

static void test_each_can_be_disabled(void **state)
{
	(void)state;
	for (int h = FIRST; h <= LAST; h++)
		assert_disabled_alone(&k7_3, h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapped_by_page_then_by_folio),
		cmocka_unit_test(test_absent_where_it_is_not_configured),
		cmocka_unit_test(test_only_drivers_can_take_it),
		cmocka_unit_test(test_kprobes),
		cmocka_unit_test(test_parts_that_are_missing),
		cmocka_unit_test(test_each_can_be_disabled),
	};

	return cmocka_run_group_tests(tests, real_kernels__read, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The plan on kernels that lack functions, or all of them, or whose functions differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "real_kernels.h"

static void assert_one(const struct kernel *k, const struct golden *g)
{
	struct plan plan;

	plan_of(k, NULL, &plan);
	assert_golden(k, &plan, g, 1);
}

static void test_only_a_clone_is_probed_by_kprobe(void **state)
{
	static const struct golden delete_clone = { PGR_HOOK_DELETE,
						    "kprobe",
						    "dax_disassociate_entry.isra.0",
						    { "delete_entry_kprobe" } },
				   free_clone = { PGR_HOOK_FREE,
						  "kprobe",
						  "free_zone_device_folio.constprop.0",
						  { "free_kprobe" } },
				   drained_clone = { PGR_HOOK_DRAINED,
						     "kprobe",
						     "dev_pagemap_percpu_release.llvm.123",
						     { "drained_kprobe" } };
	struct kernel k = k6_12;
	struct fn *f = kernel__fn(&k, "dax_disassociate_entry");

	(void)state;
	f->arity = NO_BTF;
	f->symbol = "dax_disassociate_entry.isra.0";
	assert_one(&k, &delete_clone);
	f = kernel__fn(&k, "free_zone_device_folio");
	f->arity = NO_BTF;
	f->symbol = "free_zone_device_folio.constprop.0";
	assert_one(&k, &free_clone);
	f = kernel__fn(&k, "dev_pagemap_percpu_release");
	f->symbol = "dev_pagemap_percpu_release.llvm.123"; /* BTF has it under its plain name */
	assert_one(&k, &drained_clone);
}

/* A clone keeps at most its first argument. Hooks that read more, or the result, cannot use it. */
static void test_clones_do_not_do_where_arguments_matter(void **state)
{
	static const struct {
		const char *name, *clone;
		enum pgr_hook hook;
	} clones[] = {
		{ "memremap_pages", "memremap_pages.isra.0", PGR_HOOK_CREATE },
		{ "devm_memremap_pages", "devm_memremap_pages.isra.0", PGR_HOOK_NAME },
		{ "get_dev_pagemap", "get_dev_pagemap.constprop.0", PGR_HOOK_GET },
		{ "zone_device_page_init", "zone_device_page_init.isra.0", PGR_HOOK_ALLOC },
		{ "dax_insert_entry", "dax_insert_entry.isra.0", PGR_HOOK_INSERT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(clones) / sizeof(*clones); i++) {
		const struct golden missing = { .hook = clones[i].hook };
		struct kernel k = k6_12;
		struct fn *f = kernel__fn(&k, clones[i].name);

		f->symbol = clones[i].clone;
		assert_one(&k, &missing);
		f->arity = NO_BTF;
		assert_one(&k, &missing);
	}
}

static void test_clones_that_cannot_be_told_apart_are_missing(void **state)
{
	static const struct golden missing = { .hook = PGR_HOOK_DELETE };
	struct kernel k = k6_12;
	struct fn *f = kernel__fn(&k, "dax_disassociate_entry");
	int last = 0;

	(void)state;
	f->arity = NO_BTF;
	f->symbol = "dax_disassociate_entry.isra.0";
	while (k.fns[last].name)
		last++;
	assert_true(last < FNS - 1);
	k.fns[last] = (struct fn){ .name = "another",
				   .arity = NO_BTF,
				   .symbol = "dax_disassociate_entry.isra.1" };
	assert_one(&k, &missing);
}

static void test_cold_piece_is_no_function(void **state)
{
	static const struct golden missing = { .hook = PGR_HOOK_DELETE };
	struct kernel k = k6_12;
	struct fn *f = kernel__fn(&k, "dax_disassociate_entry");

	(void)state;
	f->arity = NO_BTF;
	f->symbol = "dax_disassociate_entry.cold";
	assert_one(&k, &missing);
}

static void test_in_btf_but_not_in_kallsyms_is_missing(void **state)
{
	static const struct golden none[] = {
		{ .hook = PGR_HOOK_CREATE },   { .hook = PGR_HOOK_NAME },
		{ .hook = PGR_HOOK_TEARDOWN }, { .hook = PGR_HOOK_SWEEP },
		{ .hook = PGR_HOOK_FINAL },    { .hook = PGR_HOOK_DRAINED },
		{ .hook = PGR_HOOK_GONE },     { .hook = PGR_HOOK_GET },
		{ .hook = PGR_HOOK_ALLOC },    { .hook = PGR_HOOK_FREE },
		{ .hook = PGR_HOOK_INSERT },   { .hook = PGR_HOOK_DELETE },
	};
	struct kernel k = k6_12;
	struct plan plan;

	(void)state;
	for (int i = 0; i < FNS && k.fns[i].name; i++)
		k.fns[i].symbol = NULL;
	plan_of(&k, NULL, &plan);
	ASSERT_GOLDEN(&k, &plan, none);
	/* a tracepoint is not a function */
	assert_non_null(plan_hook__attempt(&plan.hook[PGR_HOOK_FORK]));
}

static void test_not_in_btf_is_probed_where_arity_does_not_matter(void **state)
{
	static const struct golden expected[] = {
		{ PGR_HOOK_FINAL, "kprobe", "remove_pfn_range_from_zone", { "final_kprobe" } },
		{ PGR_HOOK_DRAINED, "kprobe", "dev_pagemap_percpu_release", { "drained_kprobe" } },
		{ PGR_HOOK_FREE, "kprobe", "free_zone_device_folio", { "free_kprobe" } },
		{ PGR_HOOK_DELETE, "kprobe", "dax_disassociate_entry", { "delete_entry_kprobe" } },
		{ .hook = PGR_HOOK_GET },
		{ .hook = PGR_HOOK_ALLOC },
		{ .hook = PGR_HOOK_INSERT },
	};
	struct kernel k = k6_12;
	struct plan plan;

	(void)state;
	for (int i = 0; i < FNS && k.fns[i].name; i++)
		k.fns[i].arity = NO_BTF;
	plan_of(&k, NULL, &plan);
	ASSERT_GOLDEN(&k, &plan, expected);
	assert_false(plan.alloc_per_page);
}

static void test_wrong_arity_is_missing(void **state)
{
	static const struct {
		const char *name;
		int arity;
		enum pgr_hook hook;
	} wrong[] = {
		{ "get_dev_pagemap", 3, PGR_HOOK_GET },
		{ "get_dev_pagemap", 0, PGR_HOOK_GET },
		{ "zone_device_page_init", 2, PGR_HOOK_ALLOC }, /* 6.19-rc: (page, order) */
		{ "dax_insert_entry", 7, PGR_HOOK_INSERT },
		{ "dax_disassociate_entry", 2, PGR_HOOK_DELETE },
		{ "free_zone_device_folio", 2, PGR_HOOK_FREE },
		{ "memremap_pages", 1, PGR_HOOK_CREATE },
		{ "memunmap_pages", 2, PGR_HOOK_TEARDOWN },
		{ "memunmap_pages", 2, PGR_HOOK_SWEEP },
		{ "memunmap_pages", 2, PGR_HOOK_GONE },
		{ "devm_memremap_pages", 3, PGR_HOOK_NAME },
		{ "dev_pagemap_percpu_release", 2, PGR_HOOK_DRAINED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct golden missing = { .hook = wrong[i].hook };
		struct kernel k = k6_12;
		struct plan plan;

		kernel__fn(&k, wrong[i].name)->arity = wrong[i].arity;
		assert_one(&k, &missing);
		plan_of(&k, NULL, &plan);
		assert_false(plan.alloc_per_page);
	}
}

static void test_arity_of_remove_pfn_range_from_zone_does_not_matter(void **state)
{
	static const struct golden final = {
		PGR_HOOK_FINAL, "fentry", "remove_pfn_range_from_zone", { "final_fentry" }
	};
	struct kernel k = k6_12;

	(void)state;
	kernel__fn(&k, "remove_pfn_range_from_zone")->arity = 2; /* no argument is read */
	assert_one(&k, &final);
}

/* ---- kernels for which there is nothing to be done ---------------------------------------- */

static void test_counter_behind_a_pointer_is_unusable(void **state)
{
	struct kernel k = k6_1;
	struct plan plan;

	(void)state;
	k.ref = REF_POINTER;
	plan_of(&k, NULL, &plan);
	assert_non_null(strstr(plan.unusable, "pointer"));
	assert_non_null(strstr(plan.unusable, "5.16"));
}

static void test_no_dev_pagemap_is_unusable(void **state)
{
	struct kernel k = { .name = "CONFIG_ZONE_DEVICE=n",
			    .owner = PGMAP_OF_NEITHER,
			    .ref = REF_NONE };
	struct plan plan;

	(void)state;
	plan_of(&k, NULL, &plan);
	assert_non_null(strstr(plan.unusable, "CONFIG_ZONE_DEVICE"));
	for (int h = 0; h < PGR_HOOKS; h++)
		if (h != PGR_HOOK_FORK)
			assert_null(plan_hook__attempt(&plan.hook[h]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_a_clone_is_probed_by_kprobe),
		cmocka_unit_test(test_clones_do_not_do_where_arguments_matter),
		cmocka_unit_test(test_clones_that_cannot_be_told_apart_are_missing),
		cmocka_unit_test(test_cold_piece_is_no_function),
		cmocka_unit_test(test_in_btf_but_not_in_kallsyms_is_missing),
		cmocka_unit_test(test_not_in_btf_is_probed_where_arity_does_not_matter),
		cmocka_unit_test(test_wrong_arity_is_missing),
		cmocka_unit_test(test_arity_of_remove_pfn_range_from_zone_does_not_matter),
		cmocka_unit_test(test_counter_behind_a_pointer_is_unusable),
		cmocka_unit_test(test_no_dev_pagemap_is_unusable),
	};

	return cmocka_run_group_tests(tests, real_kernels__read, NULL);
}

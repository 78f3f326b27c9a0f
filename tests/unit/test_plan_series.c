// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The attach plan on kernels with the versions of the series of 2022, "Fix the DAX-gup mistake",
 * and what their functions mean.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "real_kernels.h"

#define GET2                                              \
	{                                                 \
		PGR_HOOK_GET, "fexit", "get_dev_pagemap", \
		{                                         \
			"get2_fexit"                      \
		}                                         \
	}
#define GET3                                                   \
	{                                                      \
		PGR_HOOK_GET, "fexit", "get_dev_pagemap_many", \
		{                                              \
			"get3_fentry", "get3_fexit"            \
		}                                              \
	}
#define ALLOC1                                                    \
	{                                                         \
		PGR_HOOK_ALLOC, "fexit", "zone_device_page_init", \
		{                                                 \
			"alloc1_fexit"                            \
		}                                                 \
	}
#define NO_ALLOC                            \
	{                                   \
		PGR_HOOK_ALLOC, NULL, NULL, \
		{                           \
			NULL                \
		}                           \
	}
#define FREE                                                      \
	{                                                         \
		PGR_HOOK_FREE, "fentry", "free_zone_device_page", \
		{                                                 \
			"free_fentry"                             \
		}                                                 \
	}
#define INSERT5                                               \
	{                                                     \
		PGR_HOOK_INSERT, "fexit", "dax_insert_entry", \
		{                                             \
			"insert5_fentry", "insert5_fexit"     \
		}                                             \
	}
#define INSERT6                                               \
	{                                                     \
		PGR_HOOK_INSERT, "fexit", "dax_insert_entry", \
		{                                             \
			"insert6_fexit"                       \
		}                                             \
	}
#define DELETE                                                       \
	{                                                            \
		PGR_HOOK_DELETE, "fentry", "dax_disassociate_entry", \
		{                                                    \
			"delete_entry_fentry"                        \
		}                                                    \
	}
#define FOLIO_GET(name)                                       \
	{                                                     \
		PGR_HOOK_FOLIO_GET, "fexit", name,            \
		{                                             \
			"folio_get_fentry", "folio_get_fexit" \
		}                                             \
	}

/* Hooks of the series for which this version has no function. They are not missing. */
#define ABSENT(hook) (1u << (hook))
#define NO_PUT ABSENT(PGR_HOOK_PUT)
#define NO_GET ABSENT(PGR_HOOK_FOLIO_GET)
#define NO_MAKE ABSENT(PGR_HOOK_FOLIO_MAKE)
#define NO_RANGE ABSENT(PGR_HOOK_FOLIO_ALLOC)
#define NO_FOLIO_PUT ABSENT(PGR_HOOK_FOLIO_PUT)

static const struct version {
	const struct kernel *kernel;
	struct golden golden[9]; /* ends with a row without a symbol (that is of hook 0) */
	uint32_t absent;
	bool folio_refs, puts_visible, free_puts_all, sees_folios;
	uint8_t dax_shift;
	int32_t idle_fsdax, idle_generic, idle_p2pdma;
} versions[] = {
	{ &k6_1_patched,
	  { GET3,
	    ALLOC1,
	    FREE,
	    INSERT6,
	    DELETE,
	    FOLIO_GET("pgmap_get_folio"),
	    { PGR_HOOK_FOLIO_MAKE,
	      "fexit",
	      "pgmap_construct_folio",
	      { "folio_make_fentry", "folio_make_fexit" } },
	    { PGR_HOOK_FOLIO_ALLOC,
	      "fexit",
	      "pgmap_alloc_folios",
	      { "folio_alloc_fentry", "folio_alloc_fexit" } },
	    { PGR_HOOK_FOLIO_PUT,
	      "fexit",
	      "pgmap_put_folio",
	      { "folio_put_fentry", "folio_put_fexit" } } },
	  0,
	  true,
	  true,
	  false,
	  true,
	  4,
	  1,
	  1,
	  1 },
	{ &k_series_v1,
	  { GET3, ALLOC1, FREE, INSERT5, DELETE },
	  NO_PUT | NO_GET | NO_MAKE | NO_RANGE | NO_FOLIO_PUT,
	  false,
	  false,
	  false,
	  false,
	  4,
	  1,
	  1,
	  1 },
	{ &k_series_v2,
	  { GET3, ALLOC1, FREE, INSERT5, DELETE },
	  NO_PUT | NO_GET | NO_MAKE | NO_RANGE | NO_FOLIO_PUT,
	  false,
	  false,
	  false,
	  false,
	  5,
	  0,
	  0,
	  1 },
	{ &k_series_v3_middle,
	  { GET2,
	    ALLOC1,
	    FREE,
	    INSERT5,
	    DELETE,
	    { PGR_HOOK_FOLIO_ALLOC,
	      "fexit",
	      "pgmap_request_folios",
	      { "folio_requests_fentry", "folio_requests_fexit" } } },
	  NO_PUT | NO_GET | NO_MAKE | NO_FOLIO_PUT,
	  true,
	  false,
	  false,
	  false,
	  6,
	  1,
	  1,
	  1 },
	{ &k_series_v3,
	  { GET2,
	    NO_ALLOC,
	    FREE,
	    INSERT5,
	    DELETE,
	    { PGR_HOOK_FOLIO_ALLOC,
	      "fexit",
	      "pgmap_request_folios",
	      { "folio_requests_fentry", "folio_requests_fexit" } } },
	  NO_PUT | NO_GET | NO_MAKE | NO_FOLIO_PUT,
	  true,
	  false,
	  true,
	  false,
	  6,
	  0,
	  0,
	  0 },
	{ &k_series_next,
	  { GET2,
	    NO_ALLOC,
	    FREE,
	    INSERT5,
	    DELETE,
	    { PGR_HOOK_FOLIO_MAKE,
	      "fexit",
	      "pgmap_request_folio",
	      { "folio_request_fentry", "folio_make_fexit" } } },
	  NO_PUT | NO_GET | NO_RANGE | NO_FOLIO_PUT,
	  true,
	  false,
	  true,
	  false,
	  6,
	  0,
	  0,
	  0 },
	{ &k_series_get_folio,
	  { GET3, ALLOC1, FREE, INSERT5, DELETE, FOLIO_GET("pgmap_get_folio") },
	  NO_PUT | NO_MAKE | NO_RANGE | NO_FOLIO_PUT,
	  true,
	  false,
	  false,
	  false,
	  5,
	  0,
	  0,
	  1 },
	{ &k_series_folio_get,
	  { GET3, ALLOC1, FREE, INSERT5, DELETE, FOLIO_GET("pgmap_folio_get") },
	  NO_PUT | NO_MAKE | NO_RANGE | NO_FOLIO_PUT,
	  true,
	  false,
	  false,
	  false,
	  5,
	  0,
	  0,
	  1 },
};

#define FOR_EACH_VERSION(v)                      \
	for (const struct version *v = versions; \
	     v < versions + sizeof(versions) / sizeof(*versions); v++)

static size_t golden_rows(const struct version *v)
{
	size_t n = 0;

	while (n < sizeof(v->golden) / sizeof(*v->golden) && v->golden[n].hook)
		n++;
	return n;
}

static void test_each_version_gets_its_programs(void **state)
{
	struct plan plan;

	(void)state;
	FOR_EACH_VERSION(v)
	{
		plan_of(v->kernel, NULL, &plan);
		assert_string_equal(plan.unusable, "");
		assert_golden(v->kernel, &plan, v->golden, golden_rows(v));
		for (int h = 0; h < PGR_HOOK_P2P_ALLOC; h++)
			if (plan.hook[h].absent != (v->absent >> h & 1))
				fail_msg("%s: hook %s is %sabsent", v->kernel->name,
					 plan.hook[h].name, plan.hook[h].absent ? "" : "not ");
	}
}

static void test_each_version_by_kprobes(void **state)
{
	const struct plan_options kprobes = { .mechanism = PLAN_ONLY_KPROBE };
	struct plan plan;

	(void)state;
	FOR_EACH_VERSION(v)
	{
		plan_of(v->kernel, &kprobes, &plan);
		for (size_t i = 0; i < golden_rows(v); i++) {
			const struct golden *g = &v->golden[i];
			const struct plan_attempt *a = plan_hook__attempt(&plan.hook[g->hook]);

			if (!a != !g->symbol)
				fail_msg("%s: %s by kprobe", v->kernel->name,
					 plan.hook[g->hook].name);
			if (!a)
				continue;
			assert_int_equal(a->how, PLAN_KPROBE);
			assert_string_equal(a->symbol, g->symbol);
			/* kprobes serve the same entries and exits as fentry and fexit */
			for (int p = 0; p < PLAN_PROGS && a->prog[p]; p++)
				assert_non_null(strstr(a->prog[p], "probe"));
		}
	}
}

static void test_what_the_functions_mean(void **state)
{
	struct plan plan;

	(void)state;
	FOR_EACH_VERSION(v)
	{
		plan_of(v->kernel, NULL, &plan);
		assert_int_equal(plan.series.on, v->folio_refs);
		assert_int_equal(plan.series.puts_visible, v->puts_visible);
		assert_int_equal(plan.series.free_puts_all, v->free_puts_all);
		assert_int_equal(plan.series.range_refs, !v->free_puts_all);
		assert_int_equal(plan__sees_folios(&plan), v->sees_folios);
		assert_int_equal(plan.dax_shift, v->dax_shift);
		assert_int_equal(plan.idle[PGR_TYPE_FSDAX], v->idle_fsdax);
		assert_int_equal(plan.idle[PGR_TYPE_GENERIC], v->idle_generic);
		assert_int_equal(plan.idle[PGR_TYPE_P2PDMA], v->idle_p2pdma);
		assert_int_equal(plan.idle[PGR_TYPE_PRIVATE], 0);
	}
}

/* If any of these hooks is missing, the tool cannot account for folios. */
/* For which types an unbind waits until pages in use are dropped. */
static void test_pages_that_hold(void **state)
{
	static const bool hold[PGR_TYPES] = {
		[PGR_TYPE_PRIVATE] = true, [PGR_TYPE_COHERENT] = true, [PGR_TYPE_P2PDMA] = true
	};
	struct plan plan = { 0 };

	(void)state;
	for (int type = 0; type < PGR_TYPES; type++) {
		assert_int_equal(plan__pages_hold(NULL, type), hold[type]);
		assert_int_equal(plan__pages_hold(&plan, type), hold[type]);
	}
	plan.series.on = true;
	for (int type = 0; type < PGR_TYPES; type++)
		assert_true(plan__pages_hold(&plan, type));
}

static void test_account_needs_every_hook(void **state)
{
	static const enum pgr_hook needed[] = { PGR_HOOK_GET,	      PGR_HOOK_PUT,
						PGR_HOOK_FOLIO_GET,   PGR_HOOK_FOLIO_MAKE,
						PGR_HOOK_FOLIO_ALLOC, PGR_HOOK_FOLIO_PUT,
						PGR_HOOK_INSERT,      PGR_HOOK_DELETE,
						PGR_HOOK_ALLOC,	      PGR_HOOK_FREE };
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		struct plan_hook *h = &plan.hook[needed[i]];
		const char *const disabled[] = { NULL, NULL };
		struct plan_options o = { .disabled = disabled };
		const char *name;

		plan_of(&k6_1_patched, NULL, &plan);
		assert_true(plan__sees_folios(&plan));
		while (plan_hook__attempt(h))
			plan_hook__fail(h, "refused");
		assert_false(plan__sees_folios(&plan));
		name = h->name;
		o.disabled = (const char *const[]){ name, NULL };
		plan_of(&k6_1_patched, &o, &plan);
		assert_true(h->disabled);
		assert_false(h->absent);
		assert_false(plan__sees_folios(&plan));
	}
}

/* The BPF side is told that it sees a call only while the hook of this call is attached. */
static void test_told_as_it_is_attached(void **state)
{
	struct pgr_series s;
	struct plan plan;

	(void)state;
	FOR_EACH_VERSION(v)
	{
		plan_of(v->kernel, NULL, &plan);
		s = plan__series(&plan);
		assert_int_equal(s.on, v->folio_refs);
		assert_int_equal(s.puts_visible, v->puts_visible);
		assert_int_equal(s.free_puts_all, v->free_puts_all);
		assert_int_equal(s.range_refs, !v->free_puts_all);
		assert_int_equal(s.drops_seen,
				 v->free_puts_all ||
					 plan_hook__attempt(&plan.hook[PGR_HOOK_FOLIO_PUT]));
	}
	plan_of(&k6_1_patched, NULL, &plan);
	s = plan__series(&plan);
	assert_true(s.on && s.puts_visible && s.drops_seen);
	while (plan_hook__attempt(&plan.hook[PGR_HOOK_PUT]))
		plan_hook__fail(&plan.hook[PGR_HOOK_PUT], "refused");
	s = plan__series(&plan);
	assert_true(s.on && !s.puts_visible && s.drops_seen);
	while (plan_hook__attempt(&plan.hook[PGR_HOOK_FOLIO_PUT]))
		plan_hook__fail(&plan.hook[PGR_HOOK_FOLIO_PUT], "refused");
	s = plan__series(&plan);
	assert_true(s.on && !s.puts_visible && !s.drops_seen);
	plan_of(&k7_3, NULL, &plan);
	s = plan__series(&plan);
	assert_true(!s.on && !s.puts_visible && !s.free_puts_all && s.range_refs && !s.drops_seen);
}

static void test_effects(void **state)
{
	struct plan plan;

	(void)state;
	plan_of(&k6_1_patched, NULL, &plan);
	assert_string_equal(plan__effect(&plan, PGR_HOOK_GET), "+refs");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_PUT), "-refs");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_FOLIO_PUT), "-1 if idle");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_ALLOC), "+1");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_INSERT), "");
	/* the names do not tell the effect: it is learned */
	assert_null(plan__effect(&plan, PGR_HOOK_FOLIO_GET));
	assert_null(plan__effect(&plan, PGR_HOOK_FOLIO_MAKE));
	assert_null(plan__effect(&plan, PGR_HOOK_FOLIO_ALLOC));
	plan_of(&k7_3, NULL, &plan);
	assert_string_equal(plan__effect(&plan, PGR_HOOK_GET), "+1");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_ALLOC), "+1 a page");
	assert_string_equal(plan__effect(&plan, PGR_HOOK_FREE), "-1 a page");
}

/* What is concluded from several calls, some of which were disturbed by other tasks. */
static void test_learning(void **state)
{
	static const struct {
		struct pgr_effect e;
		uint32_t takes;
	} learned[] = {
		{ { 0, 0, 0 }, PGR_TAKES_UNKNOWN }, { { 1, 1, 0 }, PGR_TAKES },
		{ { 1, 0, 1 }, PGR_TAKES_UNKNOWN }, { { 2, 1, 1 }, PGR_TAKES },
		{ { 7, 0, 7 }, PGR_TAKES_UNKNOWN }, { { 7, 0, 0 }, PGR_TAKES_UNKNOWN },
		{ { 8, 0, 8 }, PGR_TAKES_NOTHING }, { { 64, 64, 0 }, PGR_TAKES },
		{ { 64, 50, 10 }, PGR_TAKES },	    { { 64, 3, 61 }, PGR_TAKES_NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(learned) / sizeof(*learned); i++)
		assert_int_equal(pgr_effect__takes(&learned[i].e), learned[i].takes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_version_gets_its_programs),
		cmocka_unit_test(test_each_version_by_kprobes),
		cmocka_unit_test(test_what_the_functions_mean),
		cmocka_unit_test(test_pages_that_hold),
		cmocka_unit_test(test_account_needs_every_hook),
		cmocka_unit_test(test_told_as_it_is_attached),
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_learning),
	};

	return cmocka_run_group_tests(tests, real_kernels__read, NULL);
}

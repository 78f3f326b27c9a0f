// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is not known if a hook of a pair is missing or does not run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/names.h"
#include "model/unseen.h"

/* Every hook is attached. */
static void whole(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	for (int h = 0; h < PGR_HOOKS; h++) {
		plan->hook[h].nr = 1;
		plan->hook[h].name = hook__name(h);
	}
}

static struct plan without(enum pgr_hook hook)
{
	struct plan plan;

	whole(&plan);
	plan.hook[hook].next = 1;
	return plan;
}

static void assert_missing(struct unseen got, enum pgr_hook wanted)
{
	assert_non_null(got.hook);
	assert_string_equal(got.hook, hook__name(wanted));
	assert_string_equal(got.how, "is missing");
}

#define ASSERT_HOOK(plan, got, wanted) assert_missing(got, PGR_HOOK_##wanted)

static void test_nothing_is_missing(void **state)
{
	struct plan plan;

	(void)state;
	whole(&plan);
	for (int t = 0; t < PGR_TYPES; t++) {
		for (int h = PGR_HOLD_GET; h <= PGR_HOLD_PIN; h++) {
			assert_null(unseen__outlived(&plan, NULL, h, t).hook);
			assert_null(unseen__uncounted(&plan, NULL, h, t).hook);
		}
		for (int e = 0; e < PGR_EVENTS; e++)
			assert_null(unseen__event(&plan, NULL, e, t).hook);
	}
	assert_null(unseen__unpin(&plan, NULL).hook);
}

/* A hook that a kernel does not have is not missing: nothing depends on it. */
static void test_absent_is_not_missing(void **state)
{
	struct plan plan = without(PGR_HOOK_FOLIO_PUT);

	(void)state;
	plan.hook[PGR_HOOK_FOLIO_PUT].absent = true;
	assert_null(unseen__outlived(&plan, NULL, PGR_HOLD_FOLIO, PGR_TYPE_FSDAX).hook);
	assert_null(unseen__event(&plan, NULL, PGR_EV_PUT, PGR_TYPE_FSDAX).hook);
}

static void test_deletes_unseen(void **state)
{
	struct plan plan = without(PGR_HOOK_DELETE);

	(void)state;
	ASSERT_HOOK(plan, unseen__outlived(&plan, NULL, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX), DELETE);
	ASSERT_HOOK(plan, unseen__uncounted(&plan, NULL, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX), DELETE);
	ASSERT_HOOK(plan, unseen__event(&plan, NULL, PGR_EV_DELETE, PGR_TYPE_FSDAX), DELETE);
	assert_null(unseen__event(&plan, NULL, PGR_EV_INSERT, PGR_TYPE_FSDAX).hook);
	assert_null(unseen__outlived(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_PRIVATE).hook);
	assert_null(unseen__outlived(&plan, NULL, PGR_HOLD_GET, PGR_TYPE_FSDAX).hook);
}

/* Without the hook no rows are made, so none can be left. But their number is not known. */
static void test_inserts_unseen(void **state)
{
	struct plan plan = without(PGR_HOOK_INSERT);

	(void)state;
	assert_null(unseen__outlived(&plan, NULL, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX).hook);
	ASSERT_HOOK(plan, unseen__uncounted(&plan, NULL, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX), INSERT);
	ASSERT_HOOK(plan, unseen__event(&plan, NULL, PGR_EV_INSERT, PGR_TYPE_FSDAX), INSERT);
}

/* Pages of peer-to-peer memory have their own hooks: a pair for drivers and a pair for mappings. */
static void test_frees_unseen(void **state)
{
	struct plan plan = without(PGR_HOOK_FREE);

	(void)state;
	ASSERT_HOOK(plan, unseen__outlived(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_PRIVATE), FREE);
	ASSERT_HOOK(plan, unseen__event(&plan, NULL, PGR_EV_FREE, PGR_TYPE_COHERENT), FREE);
	assert_null(unseen__outlived(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA).hook);
	assert_null(unseen__event(&plan, NULL, PGR_EV_FREE, PGR_TYPE_P2PDMA).hook);
	plan = without(PGR_HOOK_P2P_FREE);
	ASSERT_HOOK(plan, unseen__outlived(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA), P2P_FREE);
	ASSERT_HOOK(plan, unseen__event(&plan, NULL, PGR_EV_FREE, PGR_TYPE_P2PDMA), P2P_FREE);
	assert_null(unseen__outlived(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_PRIVATE).hook);
	plan = without(PGR_HOOK_P2P_PAGE_FREE);
	ASSERT_HOOK(plan, unseen__outlived(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA),
		    P2P_PAGE_FREE);
	plan = without(PGR_HOOK_P2P_MAP_PAGE);
	assert_null(unseen__outlived(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA).hook);
	ASSERT_HOOK(plan, unseen__uncounted(&plan, NULL, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA),
		    P2P_MAP_PAGE);
	ASSERT_HOOK(plan, unseen__event(&plan, NULL, PGR_EV_ALLOC, PGR_TYPE_P2PDMA), P2P_MAP_PAGE);
}

static void test_folios(void **state)
{
	struct plan plan = without(PGR_HOOK_FOLIO_PUT);

	(void)state;
	ASSERT_HOOK(plan, unseen__outlived(&plan, NULL, PGR_HOLD_FOLIO, PGR_TYPE_FSDAX), FOLIO_PUT);
	ASSERT_HOOK(plan, unseen__event(&plan, NULL, PGR_EV_PUT, PGR_TYPE_FSDAX), FOLIO_PUT);
	plan = without(PGR_HOOK_FOLIO_MAKE);
	ASSERT_HOOK(plan, unseen__event(&plan, NULL, PGR_EV_GET, PGR_TYPE_FSDAX), FOLIO_MAKE);
}

/* A hook that is attached but does not run has the same effect as a missing hook. */
static void test_hooks_that_do_not_run(void **state)
{
	struct alive_look look = { .ftrace_off = true };
	struct alive alive = { 0 };
	struct unseen unseen;
	struct plan plan;

	(void)state;
	whole(&plan);
	assert_null(unseen__outlived(&plan, &alive, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX).hook);
	look.canary[0] = CANARY_SILENT;
	look.hook[PGR_HOOK_DELETE].by = 1u << 0;
	look.hook[PGR_HOOK_DELETE].site = SITE_CALLS_NOBODY;
	alive__see(&alive, &look);
	assert_non_null(alive__doubt(&alive, PGR_HOOK_DELETE));
	unseen = unseen__outlived(&plan, &alive, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX);
	assert_string_equal(unseen.hook, "delete");
	assert_string_equal(unseen.how, alive__doubt(&alive, PGR_HOOK_DELETE));
	assert_null(unseen__event(&plan, &alive, PGR_EV_INSERT, PGR_TYPE_FSDAX).hook);
	/* without a plan (in tests) no hook is known to be missing */
	assert_null(unseen__outlived(NULL, NULL, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX).hook);
}

static void test_unpins(void **state)
{
	struct plan plan = without(PGR_HOOK_PIN_FAST);

	(void)state;
	assert_null(unseen__unpin(&plan, NULL).hook);
	plan = without(PGR_HOOK_UNPIN_FOLIO);
	ASSERT_HOOK(plan, unseen__unpin(&plan, NULL), UNPIN_FOLIO);
}

#define H(hook) (1ULL << PGR_HOOK_##hook)

/* Each hook in turn is missing. hooks: those without which the figure of the row is not known. */
static void test_each_hook(void **state)
{
	static const struct {
		enum { OUTLIVED, UNCOUNTED, EVENT } of;
		unsigned int holding_or_event, type;
		uint64_t hooks;
	} rows[] = {
		{ OUTLIVED, PGR_HOLD_GET, PGR_TYPE_FSDAX, 0 },
		{ OUTLIVED, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX, H(DELETE) },
		{ OUTLIVED, PGR_HOLD_PAGE, PGR_TYPE_PRIVATE, H(FREE) },
		{ OUTLIVED, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA, H(P2P_FREE) | H(P2P_PAGE_FREE) },
		{ OUTLIVED, PGR_HOLD_FOLIO, PGR_TYPE_FSDAX, H(FOLIO_PUT) },
		{ OUTLIVED, PGR_HOLD_FOLIO, PGR_TYPE_P2PDMA, H(FOLIO_PUT) },
		{ UNCOUNTED, PGR_HOLD_GET, PGR_TYPE_FSDAX, 0 },
		{ UNCOUNTED, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX, H(DELETE) | H(INSERT) },
		{ UNCOUNTED, PGR_HOLD_PAGE, PGR_TYPE_COHERENT, H(ALLOC) | H(FREE) },
		{ UNCOUNTED, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA,
		  H(P2P_ALLOC) | H(P2P_FREE) | H(P2P_MAP_PAGE) | H(P2P_PAGE_FREE) },
		{ UNCOUNTED, PGR_HOLD_FOLIO, PGR_TYPE_FSDAX,
		  H(FOLIO_GET) | H(FOLIO_MAKE) | H(FOLIO_ALLOC) | H(FOLIO_PUT) },
		{ EVENT, PGR_EV_GET, PGR_TYPE_FSDAX,
		  H(GET) | H(FOLIO_GET) | H(FOLIO_MAKE) | H(FOLIO_ALLOC) },
		{ EVENT, PGR_EV_PUT, PGR_TYPE_FSDAX, H(GET) | H(PUT) | H(FOLIO_PUT) },
		{ EVENT, PGR_EV_ALLOC, PGR_TYPE_PRIVATE, H(ALLOC) },
		{ EVENT, PGR_EV_FREE, PGR_TYPE_PRIVATE, H(FREE) },
		{ EVENT, PGR_EV_ALLOC, PGR_TYPE_P2PDMA,
		  H(P2P_ALLOC) | H(P2P_MAP) | H(P2P_MAP_PAGE) },
		{ EVENT, PGR_EV_FREE, PGR_TYPE_P2PDMA, H(P2P_FREE) | H(P2P_PAGE_FREE) },
		{ EVENT, PGR_EV_INSERT, PGR_TYPE_FSDAX, H(INSERT) },
		{ EVENT, PGR_EV_DELETE, PGR_TYPE_P2PDMA, H(DELETE) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int h = 0; h < PGR_HOOKS; h++) {
			struct plan plan = without(h);
			unsigned int what = rows[i].holding_or_event;
			struct unseen got =
				rows[i].of == OUTLIVED ?
					unseen__outlived(&plan, NULL, what, rows[i].type) :
				rows[i].of == UNCOUNTED ?
					unseen__uncounted(&plan, NULL, what, rows[i].type) :
					unseen__event(&plan, NULL, what, rows[i].type);

			if (!!got.hook != (rows[i].hooks >> h & 1))
				fail_msg("row %zu without %s: %s", i, hook__name(h),
					 got.hook ? got.hook : "nothing is said");
			if (got.hook)
				assert_missing(got, h);
		}
	}
	for (int h = 0; h < PGR_HOOKS; h++) {
		struct plan plan = without(h);

		assert_int_equal(!!unseen__unpin(&plan, NULL).hook, !!pgr_hook__is_unpin(h));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_missing),
		cmocka_unit_test(test_each_hook),
		cmocka_unit_test(test_absent_is_not_missing),
		cmocka_unit_test(test_deletes_unseen),
		cmocka_unit_test(test_inserts_unseen),
		cmocka_unit_test(test_frees_unseen),
		cmocka_unit_test(test_folios),
		cmocka_unit_test(test_hooks_that_do_not_run),
		cmocka_unit_test(test_unpins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is not known where one hook of a pair is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/plan.h"

/* Everything attached. */
static void whole(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	for (int h = 0; h < PGR_HOOKS; h++)
		plan->hook[h].nr = 1;
}

static struct plan without(enum pgr_hook hook)
{
	struct plan plan;

	whole(&plan);
	plan.hook[hook].next = 1;
	return plan;
}

#define ASSERT_HOOK(plan, got, wanted) assert_ptr_equal(got, &(plan).hook[PGR_HOOK_##wanted])

static void test_nothing_is_missing(void **state)
{
	struct plan plan;

	(void)state;
	whole(&plan);
	for (int t = 0; t < PGR_TYPES; t++) {
		for (int h = PGR_HOLD_GET; h <= PGR_HOLD_PIN; h++) {
			assert_null(plan__outlived(&plan, h, t));
			assert_null(plan__uncounted(&plan, h, t));
		}
		for (int e = 0; e < PGR_EVENTS; e++)
			assert_null(plan__event_unseen(&plan, e, t));
	}
	assert_null(plan__unpin_unseen(&plan));
}

/* What a kernel does not have is not missing there: nothing goes by it. */
static void test_absent_is_not_missing(void **state)
{
	struct plan plan = without(PGR_HOOK_FOLIO_PUT);

	(void)state;
	plan.hook[PGR_HOOK_FOLIO_PUT].absent = true;
	assert_null(plan__outlived(&plan, PGR_HOLD_FOLIO, PGR_TYPE_FSDAX));
	assert_null(plan__event_unseen(&plan, PGR_EV_PUT, PGR_TYPE_FSDAX));
}

static void test_deletes_unseen(void **state)
{
	struct plan plan = without(PGR_HOOK_DELETE);

	(void)state;
	ASSERT_HOOK(plan, plan__outlived(&plan, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX), DELETE);
	ASSERT_HOOK(plan, plan__uncounted(&plan, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX), DELETE);
	ASSERT_HOOK(plan, plan__event_unseen(&plan, PGR_EV_DELETE, PGR_TYPE_FSDAX), DELETE);
	assert_null(plan__event_unseen(&plan, PGR_EV_INSERT, PGR_TYPE_FSDAX));
	assert_null(plan__outlived(&plan, PGR_HOLD_PAGE, PGR_TYPE_PRIVATE));
	assert_null(plan__outlived(&plan, PGR_HOLD_GET, PGR_TYPE_FSDAX));
}

/* Rows that were never made do not outlive anything; but their number says nothing. */
static void test_inserts_unseen(void **state)
{
	struct plan plan = without(PGR_HOOK_INSERT);

	(void)state;
	assert_null(plan__outlived(&plan, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX));
	ASSERT_HOOK(plan, plan__uncounted(&plan, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX), INSERT);
	ASSERT_HOOK(plan, plan__event_unseen(&plan, PGR_EV_INSERT, PGR_TYPE_FSDAX), INSERT);
}

/* Pages of peer-to-peer memory have hooks of their own, a pair for each way they go. */
static void test_frees_unseen(void **state)
{
	struct plan plan = without(PGR_HOOK_FREE);

	(void)state;
	ASSERT_HOOK(plan, plan__outlived(&plan, PGR_HOLD_PAGE, PGR_TYPE_PRIVATE), FREE);
	ASSERT_HOOK(plan, plan__event_unseen(&plan, PGR_EV_FREE, PGR_TYPE_COHERENT), FREE);
	assert_null(plan__outlived(&plan, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA));
	assert_null(plan__event_unseen(&plan, PGR_EV_FREE, PGR_TYPE_P2PDMA));
	plan = without(PGR_HOOK_P2P_FREE);
	ASSERT_HOOK(plan, plan__outlived(&plan, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA), P2P_FREE);
	ASSERT_HOOK(plan, plan__event_unseen(&plan, PGR_EV_FREE, PGR_TYPE_P2PDMA), P2P_FREE);
	assert_null(plan__outlived(&plan, PGR_HOLD_PAGE, PGR_TYPE_PRIVATE));
	plan = without(PGR_HOOK_P2P_PAGE_FREE);
	ASSERT_HOOK(plan, plan__outlived(&plan, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA), P2P_PAGE_FREE);
	plan = without(PGR_HOOK_P2P_MAP_PAGE);
	assert_null(plan__outlived(&plan, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA));
	ASSERT_HOOK(plan, plan__uncounted(&plan, PGR_HOLD_PAGE, PGR_TYPE_P2PDMA), P2P_MAP_PAGE);
	ASSERT_HOOK(plan, plan__event_unseen(&plan, PGR_EV_ALLOC, PGR_TYPE_P2PDMA), P2P_MAP_PAGE);
}

static void test_folios(void **state)
{
	struct plan plan = without(PGR_HOOK_FOLIO_PUT);

	(void)state;
	ASSERT_HOOK(plan, plan__outlived(&plan, PGR_HOLD_FOLIO, PGR_TYPE_FSDAX), FOLIO_PUT);
	ASSERT_HOOK(plan, plan__event_unseen(&plan, PGR_EV_PUT, PGR_TYPE_FSDAX), FOLIO_PUT);
	plan = without(PGR_HOOK_FOLIO_MAKE);
	ASSERT_HOOK(plan, plan__event_unseen(&plan, PGR_EV_GET, PGR_TYPE_FSDAX), FOLIO_MAKE);
}

static void test_unpins(void **state)
{
	struct plan plan = without(PGR_HOOK_PIN_FAST);

	(void)state;
	assert_null(plan__unpin_unseen(&plan));
	plan = without(PGR_HOOK_UNPIN_FOLIO);
	ASSERT_HOOK(plan, plan__unpin_unseen(&plan), UNPIN_FOLIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_missing),
		cmocka_unit_test(test_absent_is_not_missing),
		cmocka_unit_test(test_deletes_unseen),
		cmocka_unit_test(test_inserts_unseen),
		cmocka_unit_test(test_frees_unseen),
		cmocka_unit_test(test_folios),
		cmocka_unit_test(test_unpins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

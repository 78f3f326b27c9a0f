// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Each number of records.h has a name, no two names are equal, and names lead back to numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/names.h"

/* Names are used in JSON keys and on command lines: they are lower case, and no two are equal. */
static void assert_names(const char *(*name)(unsigned int), unsigned int first, unsigned int end,
			 const char *allowed)
{
	for (unsigned int i = first; i < end; i++) {
		const char *n = name(i);

		assert_non_null(n);
		assert_string_not_equal(n, "?");
		assert_true(strlen(n) > 0);
		if (strspn(n, allowed) != strlen(n))
			fail_msg("%u: \"%s\" has other characters than %s", i, n, allowed);
		for (unsigned int j = first; j < i; j++)
			assert_string_not_equal(n, name(j));
	}
	assert_string_equal(name(end), "?");
	assert_string_equal(name(1000000), "?");
	assert_string_equal(name(UINT32_MAX), "?");
}

#define WORD "abcdefghijklmnopqrstuvwxyz0123456789_"

static void test_every_type_has_a_name(void **state)
{
	(void)state;
	assert_names(type__name, 0, PGR_TYPES, WORD);
	assert_string_equal(type__name(PGR_TYPE_UNKNOWN), "unknown");
	assert_string_equal(type__name(PGR_TYPE_PRIVATE), "private");
	assert_string_equal(type__name(PGR_TYPE_COHERENT), "coherent");
	assert_string_equal(type__name(PGR_TYPE_FSDAX), "fsdax");
	assert_string_equal(type__name(PGR_TYPE_GENERIC), "generic");
	assert_string_equal(type__name(PGR_TYPE_P2PDMA), "p2pdma");
}

static void test_every_event_has_a_name(void **state)
{
	(void)state;
	assert_names(event__name, 0, PGR_EVENTS, WORD);
	assert_string_equal(event__name(PGR_EV_GET), "get");
	assert_string_equal(event__name(PGR_EV_PUT), "put");
	assert_string_equal(event__name(PGR_EV_ALLOC), "alloc");
	assert_string_equal(event__name(PGR_EV_FREE), "free");
	assert_string_equal(event__name(PGR_EV_INSERT), "insert");
	assert_string_equal(event__name(PGR_EV_DELETE), "delete");
}

static void test_every_hook_has_a_name(void **state)
{
	(void)state;
	assert_names(hook__name, 0, PGR_HOOKS, WORD);
	assert_string_equal(hook__name(PGR_HOOK_CREATE), "create");
	assert_string_equal(hook__name(PGR_HOOK_FINAL), "final");
	assert_string_equal(hook__name(PGR_HOOK_FORK), "fork");
}

static void test_every_loss_has_a_name(void **state)
{
	(void)state;
	assert_names(loss__name, 0, PGR_LOSSES, WORD);
	assert_string_equal(loss__name(PGR_LOSS_CONTROL_RING), "control_ring_full");
	assert_string_equal(loss__name(PGR_LOSS_STACK_FULL), "stacks_full");
	assert_string_equal(loss__name(PGR_LOSS_ENTRY_LAYOUT), "entry_layout_unknown");
}

static void test_every_holding_has_a_name(void **state)
{
	(void)state;
	assert_names(holding__name, PGR_HOLD_GET, PGR_HOLD_PIN + 1, WORD " ");
	assert_string_equal(holding__name(0), "?");
	assert_string_equal(holding__name(PGR_HOLD_GET), "reference");
}

static void test_types_are_found_by_name(void **state)
{
	static const char *const none[] = { "",	    "unknown", "?",	"FSDAX", "fsdax ",
					    "fsda", "devda",   "pmem0", "3" };

	(void)state;
	for (int t = PGR_TYPE_UNKNOWN + 1; t < PGR_TYPES; t++)
		assert_int_equal(type__of_name(type__name(t)), t);
	assert_int_equal(type__of_name("devdax"), PGR_TYPE_GENERIC);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(type__of_name(none[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type_has_a_name),
		cmocka_unit_test(test_every_event_has_a_name),
		cmocka_unit_test(test_every_hook_has_a_name),
		cmocka_unit_test(test_every_loss_has_a_name),
		cmocka_unit_test(test_every_holding_has_a_name),
		cmocka_unit_test(test_types_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Why the tool may not know all pins, unpins and takers of references of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/names.h"
#include "model/blind.h"
#include "model/verdict.h"

static struct plan plan;
static struct alive alive;
static uint64_t cause[PGR_LOSSES], missed[PGR_HOOKS];
static struct blind_facts f;

static int set_up(void **state)
{
	(void)state;
	memset(&plan, 0, sizeof(plan));
	memset(&alive, 0, sizeof(alive));
	memset(cause, 0, sizeof(cause));
	memset(missed, 0, sizeof(missed));
	for (int h = 0; h < PGR_HOOKS; h++)
		plan.hook[h].nr = 1;
	f = (struct blind_facts){
		.plan = &plan, .alive = &alive, .cause = cause, .missed_runs = missed, .pins = true
	};
	return 0;
}

/* "": all are known */
static void expect(const char *pins, const char *unpins, const char *taken)
{
	struct blind b;

	memset(&b, 0xff, sizeof(b));
	blind__see(&b, &f);
	assert_string_equal(b.pins.text, pins);
	assert_string_equal(b.unpins.text, unpins);
	assert_string_equal(b.taken.text, taken);
	if (*pins)
		assert_ptr_equal(blind__text(&b.pins), b.pins.text);
	else
		assert_null(blind__text(&b.pins));
}

static void test_all_is_seen(void **state)
{
	(void)state;
	expect("", "", "");
}

static void test_what_is_not_traced(void **state)
{
	(void)state;
	f.pins = false;
	expect("pins are not traced", "", "");
	f.filtered = true;
	expect("pins are not traced", "", "a filter leaves out tasks that took references");
	f.pins = true;
	expect("", "", "a filter leaves out tasks that took references");
}

static void test_losses_that_are_not_known(void **state)
{
	const char *why = "what was lost is not known";

	(void)state;
	f.cause = NULL;
	expect(why, why, why);
	f.cause = cause;
	f.missed_runs = NULL;
	expect(why, why, why);
	/* Of two reasons the first one counts. */
	f.pins = false;
	f.filtered = true;
	expect("pins are not traced", why, "a filter leaves out tasks that took references");
}

/* What may be unknown without each hook, and after each cause of loss. */
static void test_hooks(void **state)
{
	(void)state;
	for (int h = 0; h < PGR_HOOKS; h++) {
		char missing[112], doubt[112], lost[112];
		bool pin = h == PGR_HOOK_PIN_FAST_ONLY || h == PGR_HOOK_GUP_FAST_ONLY ||
			   (h >= PGR_HOOK_PIN_FAST && h <= PGR_HOOK_UNPIN_FOLIO);
		bool unpin = h >= PGR_HOOK_UNPIN_PAGE && h <= PGR_HOOK_UNPIN_FOLIO;
		bool takes = verdict__takes(h);

		snprintf(missing, sizeof(missing), "hook %s is missing", hook__name(h));
		snprintf(doubt, sizeof(doubt), "hook %s does not run", hook__name(h));
		snprintf(lost, sizeof(lost), "hook %s missed calls", hook__name(h));
		missed[h] = 1;
		expect(pin ? lost : "", unpin ? lost : "", takes ? lost : "");
		strcpy(alive.hook[h].doubt, "does not run");
		alive.hook[h].worst = ALIVE_STOPPED;
		expect(pin ? doubt : "", unpin ? doubt : "", takes ? doubt : "");
		plan.hook[h].nr = 0;
		expect(pin ? missing : "", unpin ? missing : "", takes ? missing : "");
		/* A hook that this kernel does not have is not missing. */
		plan.hook[h].absent = true;
		expect(pin ? doubt : "", unpin ? doubt : "", takes ? doubt : "");
		set_up(NULL);
	}
}

static void test_causes(void **state)
{
	(void)state;
	for (int i = 0; i < PGR_LOSSES; i++) {
		bool pins = false, unpins = false, taken = false;
		char lost[112];

		switch (i) {
		case PGR_LOSS_PIN_MORE:
		case PGR_LOSS_PIN_READ:
			unpins = true;
			/* fall through */
		case PGR_LOSS_PIN_FULL:
		case PGR_LOSS_PIN_SLOTS:
		case PGR_LOSS_PIN_STASH:
			pins = true;
			break;
		case PGR_LOSS_LEDGER_FULL:
		case PGR_LOSS_LEDGER_ERR:
		case PGR_LOSS_PGMAP_UNKNOWN:
		case PGR_LOSS_READ:
		case PGR_LOSS_STASH:
			taken = true;
		}
		cause[i] = 1;
		snprintf(lost, sizeof(lost), "lost: %s", loss__name(i));
		expect(pins ? lost : "", unpins ? lost : "", taken ? lost : "");
		cause[i] = 0;
	}
}

static void test_the_first_reason_counts(void **state)
{
	struct blind_reason r = { "" };

	(void)state;
	assert_null(blind__text(&r));
	blind__because(&r, "%s %d", "one", 1);
	blind__because(&r, "two");
	assert_string_equal(blind__text(&r), "one 1");
	plan.hook[PGR_HOOK_PIN].nr = 0;
	cause[PGR_LOSS_PIN_FULL] = 1;
	expect("hook pin is missing", "", "");
}

#define test(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_all_is_seen),
		test(test_what_is_not_traced),
		test(test_losses_that_are_not_known),
		test(test_hooks),
		test(test_causes),
		test(test_the_first_reason_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Figures that are not known are left out or marked, in text and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "out_dir.h"
#include "report/report.h"
#include "report/report_pgmap.h"
#include "rows.h"

static struct pgmap pgmap_of(uint32_t flags)
{
	struct pgmap p = { .name = "pmem0",
			   .has_value = true,
			   .value = 327681,
			   .k = { .type = PGR_TYPE_FSDAX,
				  .id = 1,
				  .flags = flags,
				  .nr_range = 10,
				  .pages = 262144,
				  .baseline = 262145 } };

	assert_int_equal(history__new(0, 1000, &p.history), 0);
	return p;
}

/* ---- a pgmap of which a range could not be read */

static const char *listed(const struct pgmap *p, bool json)
{
	struct report r = { .out = open_out(json), .details = true };

	report__list(&r, p, NULL, false);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static void test_a_part_of_its_ranges(void **state)
{
	struct pgmap p = pgmap_of(PGR_PGMAP_ADOPTED | PGR_PGMAP_PAGES_PART);
	json_t *v, *pgmap;

	(void)state;
	assert_false(pgmap__has_baseline(&p));
	assert_false(pgmap__has_excess(&p));
	assert_string_equal(
		listed(&p, false),
		"pmem0      fsdax    0x0           262144+    327681         ?      ?     ? live\n"
		"           ranges: 10, from 0x0 to 0x0\n");
	v = json_loads(listed(&p, true), 0, NULL);
	pgmap = json_object_get(v, "pgmap");
	assert_int_equal(json_integer_value(json_object_get(pgmap, "pages_at_least")), 262144);
	assert_int_equal(json_integer_value(json_object_get(pgmap, "nr_ranges")), 10);
	assert_null(json_object_get(pgmap, "pages"));
	assert_null(json_object_get(pgmap, "baseline"));
	assert_null(json_object_get(pgmap, "baseline_from"));
	assert_null(json_object_get(v, "excess"));
	assert_int_equal(json_integer_value(json_object_get(v, "value")), 327681);
	json_decref(v);
	/* the value of a dying pgmap is its excess: the baseline does not matter */
	p.ref_flags = PGR_REF_DYING;
	assert_true(pgmap__has_excess(&p));
	history__free(p.history);
}

/* A baseline that was read at birth does not depend on the ranges. */
static void test_sampled_baseline(void **state)
{
	struct pgmap p = pgmap_of(PGR_PGMAP_PAGES_PART);

	(void)state;
	assert_true(pgmap__has_excess(&p));
	assert_non_null(strstr(listed(&p, false), " 262145  65536 "));
	p.k.flags = PGR_PGMAP_NO_VALUE;
	assert_false(pgmap__has_excess(&p));
	history__free(p.history);
}

static void test_no_verdict_without_rest(void **state)
{
	struct pgmap p = pgmap_of(PGR_PGMAP_ADOPTED | PGR_PGMAP_PAGES_PART);
	struct report r = { .out = open_out(false), .details = true };
	struct teardown_facts f;
	struct judgement j;
	const char *text;

	(void)state;
	p.td.begun = p.td.has_value = true;
	p.td.value = 327681;
	p.td.begin_ns = 1;
	p.td.drained_ns = p.td.gone_ns = 2;
	p.state = PGMAP_GONE;
	pgmap__facts(&p, &f);
	verdict__teardown(&f, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_string_equal(j.why, "the counter's value at rest is not known");
	report__finding(&r, &(struct finding){ .p = &p, .phase = FINDING_GONE, .j = j }, 3);
	assert_int_equal(out__close(r.out), 0);
	text = read_file(out_path);
	assert_non_null(strstr(text, "\n  value     327681, baseline not known: not all of its "
				     "ranges could be read\n"));
	assert_null(strstr(text, "excess"));
	history__free(p.history);
}

/* ---- a hook that is missing */

static struct plan plan_without(enum pgr_hook hook)
{
	struct plan plan = { .series = { .on = 0 } };

	for (int h = 0; h < PGR_HOOKS; h++)
		plan.hook[h].nr = 1;
	plan.hook[hook].next = 1;
	plan.hook[hook].name = "delete";
	return plan;
}

static bool not_transient(void *ctx, uint64_t stack)
{
	(void)ctx;
	(void)stack;
	return false;
}

/* The summary of a pgmap with a reference and three inserts, whose deletes were not seen. */
static const char *summarised(const struct plan *plan, bool json)
{
	struct report r = { .out = open_out(json), .details = true, .plan = plan };
	struct pgmap p = pgmap_of(PGR_PGMAP_ADOPTED);
	struct ledger *l = new_ledger();

	p.k.pages = 327680;
	p.k.baseline = 327680;
	p.k.events[PGR_EV_INSERT] = 3;
	p.k.events[PGR_EV_GET] = 1;
	p.k.entries = p.k.entry_pages = 3;
	history__sample(p.history, 10, HISTORY_ENTRIES, 3);
	history__count(p.history, 10, HISTORY_INSERT, 3);
	if (plan)
		ledger__leave_out(l, PGR_HOLD_ENTRY,
				  unseen__outlived(plan, NULL, PGR_HOLD_ENTRY, PGR_TYPE_FSDAX));
	for (int i = 0; i < 3; i++)
		add_entry(l, 12, i, 0x1000 + i, 0);
	add_get(l, CAT, SITE_A, 1);
	assert_int_equal(ledger__finish(l, not_transient, NULL), 0);
	report__pgmap_summary(&r, &p, l, NULL, 3000);
	ledger__free(l);
	history__free(p.history);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static void test_entries_without_deletes(void **state)
{
	struct plan plan = plan_without(PGR_HOOK_DELETE);
	const char *text = summarised(&plan, false);
	json_t *v, *unknown;

	(void)state;
	assert_non_null(
		strstr(text, " insert 3 delete ?; entries not known: hook delete is missing\n"));
	assert_non_null(
		strstr(text, "    3 DAX entries taken since the start: the tool cannot tell which "
			     "are left and who holds them, because hook delete is missing\n"));
	assert_non_null(strstr(text, "    entries    not known: hook delete is missing\n"));
	assert_null(strstr(text, "DAX entries by"));
	assert_non_null(strstr(text, "    1 reference by task-4712/4712"));
	v = json_loads(summarised(&plan, true), 0, NULL);
	assert_null(json_object_get(v, "entries"));
	assert_null(json_object_get(v, "entry_pages"));
	assert_string_equal(json_string_value(json_object_get(v, "entries_not_known")), "delete");
	assert_null(json_object_get(json_object_get(v, "events"), "delete"));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(v, "events"), "insert")), 3);
	assert_null(json_object_get(json_object_get(v, "history"), "entries"));
	assert_int_equal(json_array_size(json_object_get(v, "outstanding")), 1);
	unknown = json_array_get(json_object_get(v, "not_known"), 0);
	assert_string_equal(json_string_value(json_object_get(unknown, "holding")), "dax entry");
	assert_int_equal(json_integer_value(json_object_get(unknown, "taken")), 3);
	assert_string_equal(json_string_value(json_object_get(unknown, "hook")), "delete");
	json_decref(v);
}

static void test_entries_with_all_hooks(void **state)
{
	const char *text = summarised(NULL, false);
	json_t *v;

	(void)state;
	assert_non_null(
		strstr(text, " insert 3; entries 3 (3 pages) since the start, of all tasks\n"));
	assert_non_null(strstr(text, "    3 DAX entries by task-4711/4711"));
	assert_null(strstr(text, "known"));
	v = json_loads(summarised(NULL, true), 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(v, "entries")), 3);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(v, "events"), "delete")), 0);
	assert_non_null(json_object_get(json_object_get(v, "history"), "entries"));
	assert_int_equal(json_array_size(json_object_get(v, "not_known")), 0);
	json_decref(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_part_of_its_ranges),    TEST(test_sampled_baseline),
		TEST(test_no_verdict_without_rest), TEST(test_entries_without_deletes),
		TEST(test_entries_with_all_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

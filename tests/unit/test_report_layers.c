// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Layers that differ: which one is off, and what the text and JSON show of the ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "out_dir.h"
#include "report/report.h"
#include "report/report_pgmap.h"

static bool is_transient(void *ctx, uint64_t stack)
{
	(void)ctx;
	(void)stack;
	return false;
}

static void add(struct ledger *l, uint32_t holding, const char *comm, uint32_t tid, uint64_t pfn,
		int64_t n)
{
	struct pgr_ledger_key key = { .id = 1, .holding = holding };
	struct pgr_ledger_row row = { .pfn = pfn, .n = n, .followed = 1 };

	row.task.tgid = row.task.tid = tid;
	snprintf(row.task.comm, sizeof(row.task.comm), "%s", comm);
	ledger__add(l, &key, &row);
}

/* Returns the report with the holders of l. Frees l. */
static const char *report(const struct layers_off *off, struct ledger *l, bool lost, bool json)
{
	struct pgmap p = { .name = "pmem0",
			   .k = { .type = PGR_TYPE_FSDAX },
			   .layers = { .off = *off } };
	struct report r = { .out = open_out(json), .details = true };

	assert_int_equal(ledger__reconcile(l, 0, lost), 0);
	assert_int_equal(ledger__finish(l, is_transient, NULL), 0);
	report__layers(&r, &p, l, NULL, 1000);
	ledger__free(l);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static void assert_text(const struct layers_off *off, struct ledger *l, const char *wanted)
{
	assert_string_equal(report(off, l, false, false), wanted);
}

#define HEAD "pmem0: references, entries and pages do not agree\n"
#define NOTHING_TRACED "  layers    excess 0; traced: 0 of folios, 0 others, 0 entries\n"

static void test_the_layer_that_is_off_is_named(void **state)
{
	static const struct {
		struct layers_off off;
		const char *text;
	} cases[] = {
		{ { .refs_too_many = 1 },
		  "  off       1 reference more than folios in use and others\n" },
		{ { .refs_too_many = 3 },
		  "  off       3 references more than folios in use and others\n" },
		{ { .refs_too_few = 1 }, "  off       1 put too many\n" },
		{ { .refs_too_few = 2 }, "  off       2 puts too many\n" },
		{ { .refs_too_few = 2, .perhaps_untraced = true },
		  "  off       2 references too few: put too often, or never taken for entries "
		  "that were not traced\n" },
		{ { .refs_too_many = 1, .refs_too_few = 1 },
		  "  off       1 reference more than folios in use and "
		  "others\n  off       1 put too many\n" },
		{ { .without_reference = 1 }, "" }, /* shown below: each entry is listed */
	};
	char wanted[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(wanted, sizeof(wanted), HEAD "%s" NOTHING_TRACED, cases[i].text);
		assert_text(&cases[i].off, ledger__new(), wanted);
	}
}

/* A bare entry, folios with and without an entry, and other holders; in no order. */
static struct ledger *mixed(void)
{
	struct ledger *l = ledger__new();

	add(l, PGR_HOLD_GET, "getter", 7, 0x10, 3);
	add(l, PGR_HOLD_FOLIO, "good", 4, 0x1000, 1);
	add(l, PGR_HOLD_FOLIO, "pinner", 5, 0x2000, 1);
	add(l, PGR_HOLD_ENTRY, "good", 4, 0x1000, 1);
	add(l, PGR_HOLD_ENTRY, "writer", 6, 0x3000, 1);
	return l;
}

static void test_what_matters_first(void **state)
{
	static const struct layers_off many = { .refs_too_many = 3, .without_reference = 1 },
				       few = { .refs_too_few = 1 };
	static const char bare[] = "    1 DAX entry by writer/6, 1.0 us ago, without a reference\n",
			  idle[] = "    1 folio's reference by pinner/5, 1.0 us ago, "
				   "without an entry\n",
			  others[] = "    3 references by getter/7, 1.0 us ago\n",
			  layers[] = "  layers    excess 0; traced: 2 of folios, 3 others, "
				     "2 entries\n"
				     "            1 entry without a reference\n"
				     "            1 folio's reference without an entry: pinned, or "
				     "not put\n";
	char wanted[1024];

	(void)state;
	snprintf(wanted, sizeof(wanted),
		 HEAD "  off       3 references more than folios in use "
		      "and others\n%s%s%s%s",
		 layers, bare, idle, others);
	assert_text(&many, mixed(), wanted);
	/* holders of other references are shown only if there are too many references */
	snprintf(wanted, sizeof(wanted), HEAD "  off       1 put too many\n%s%s%s", layers, bare,
		 idle);
	assert_text(&few, mixed(), wanted);
}

static struct ledger *crowd(unsigned int n)
{
	struct ledger *l = ledger__new();

	for (unsigned int i = 0; i < n; i++)
		add(l, i % 3 ? PGR_HOLD_ENTRY : PGR_HOLD_FOLIO, "one", 100 + i, 0x1000 * (i + 1), 1);
	return l;
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_a_list_that_is_cut_says_so(void **state)
{
	static const struct layers_off off = { .without_reference = 1 };
	const char *text;
	json_t *v;

	(void)state;
	/* the header, the layers, and two lines about bare entries and idle folios */
	text = report(&off, crowd(20), false, false);
	assert_int_equal(lines(text), 4 + 20);
	assert_null(strstr(text, "more"));
	text = report(&off, crowd(33), false, false);
	assert_int_equal(lines(text), 4 + 20 + 1);
	assert_non_null(strstr(text, "\n    … and 13 more\n"));
	/* entries come first: none of the 20 lines is about a folio */
	assert_null(strstr(text, "folio's"));
	v = json_loads(report(&off, crowd(33), false, true), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(v, "holders")), 33);
	json_decref(v);
}

static void test_json_has_the_same(void **state)
{
	static const struct layers_off off = { .refs_too_many = 2,
					       .refs_too_few = 3,
					       .without_reference = 4,
					       .perhaps_untraced = true };
	json_t *v, *layers;
	long long many, few, bare;
	int unseen, incomplete;

	(void)state;
	v = json_loads(report(&off, mixed(), false, true), 0, NULL);
	assert_int_equal(json_unpack(v, "{s:{s:I, s:I, s:I, s:b !}}", "off", "references_too_many",
				     &many, "references_too_few", &few, "entries_without_reference",
				     &bare, "untraced_entries", &unseen),
			 0);
	assert_true(many == 2 && few == 3 && bare == 4 && unseen);
	layers = json_object_get(v, "layers");
	assert_int_equal(json_unpack(layers, "{s:b, s:I, s:I}", "incomplete", &incomplete,
				     "entries_without_reference", &bare, "references_without_entry",
				     &many),
			 0);
	assert_true(!incomplete && bare == 1 && many == 1);
	assert_int_equal(json_array_size(json_object_get(v, "holders")), 3);
	json_decref(v);
}

static void test_rows_that_were_lost(void **state)
{
	static const struct layers_off off = { .refs_too_few = 1, .perhaps_untraced = true };
	const char *text;
	json_t *v;

	(void)state;
	text = report(&off, mixed(), true, false);
	assert_string_equal(text, HEAD
			    "  off       1 reference too few: put too often, or never taken for "
			    "entries that were not traced\n"
			    "  layers    excess 0; traced: 2 of folios, 3 others, 2 entries; "
			    "incomplete: rows of the ledger were lost\n");
	v = json_loads(report(&off, mixed(), true, true), 0, NULL);
	assert_true(json_is_true(json_object_get(json_object_get(v, "layers"), "incomplete")));
	assert_true(
		json_is_integer(json_object_get(json_object_get(v, "off"), "references_too_many")));
	assert_null(json_object_get(json_object_get(v, "layers"), "entries_without_reference"));
	assert_null(json_object_get(json_object_get(v, "layers"), "references_without_entry"));
	assert_int_equal(json_array_size(json_object_get(v, "holders")), 0);
	json_decref(v);
}

static void test_entries_that_are_bare_in_part(void **state)
{
	static const struct layers_off off = { .without_reference = 1 };
	struct pgr_ledger_key key = { .id = 1, .holding = PGR_HOLD_ENTRY };
	struct pgr_ledger_row row = { .pfn = 0x4000, .n = 1, .order = 9 };
	struct ledger *l = ledger__new();

	(void)state;
	ledger__add(l, &key, &row);
	add(l, PGR_HOLD_FOLIO, "one", 1, 0x4000, 1);
	assert_text(&off, l,
		    HEAD "  layers    excess 0; traced: 1 of folios, 0 others, 1 entries\n"
			 "            1 entry without a reference\n"
			 "    1 DAX entry (512 pages) by -, 1.0 us ago, 511 pages without a "
			 "reference\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_layer_that_is_off_is_named),
		TEST(test_what_matters_first),
		TEST(test_a_list_that_is_cut_says_so),
		TEST(test_json_has_the_same),
		TEST(test_rows_that_were_lost),
		TEST(test_entries_that_are_bare_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

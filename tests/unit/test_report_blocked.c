// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The report of a task that is blocked elsewhere: the pgmap, and the pages that it waits for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "kernel/blocked.h"
#include "out_dir.h"
#include "report/report.h"
#include "report/report_blocked.h"

static struct blocked_task task;
static struct pgmap pmem[2] = { { .name = "pmem0", .k = { .id = 1, .type = PGR_TYPE_FSDAX } },
				{ .name = "pmem1", .k = { .id = 2, .type = PGR_TYPE_FSDAX } } };
static struct blocked_report b;

static int set_up(void **state)
{
	memset(&task, 0, sizeof(task));
	memset(&b, 0, sizeof(b));
	task.task = (struct pgr_task){ .tgid = 10, .tid = 10, .comm = "sh" };
	task.since_ns = 1000000000;
	blocked__parse("[<0>] blk_mq_freeze_queue_wait+0x1/0x2\n"
		       "[<0>] pmem_release_disk+0x1/0x2 [nd_pmem]\n[<0>] unbind_store+0x1/0x2\n",
		       &task.stack);
	b.task = &task;
	b.device = "";
	b.sure = true;
	b.nr = 1;
	b.pgmap[0].p = &pmem[0];
	return make_dir(state);
}

/* Text: the figures; golden_reports/blocked.text has the answer before them. */
static const char *report(bool json)
{
	struct report r = { .out = open_out(json), .details = true };
	const char *text, *at;

	report__blocked(&r, &b, 3000000000);
	assert_int_equal(out__close(r.out), 0);
	text = read_file(out_path);
	if (json)
		return text;
	at = strstr(text, ": blocked-elsewhere, not a leak\n");
	assert_non_null(at);
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

#define HEAD(names)                                                \
	names ": blocked-elsewhere, not a leak\n"                  \
	      "  task      sh/10, in D state for 2.00 s or more\n" \
	      "  waits in  blk_mq_freeze_queue_wait\n"
#define PGMAP(name, id) "  pgmap     " name ", fsdax, generation " #id ", 0 pages at 0x0\n"
#define STACK                                         \
	"  stack\n        blk_mq_freeze_queue_wait\n" \
	"        pmem_release_disk [nd_pmem]\n        unbind_store\n"

static void test_text(void **state)
{
	(void)state;
	b.device = "/sys/devices/region0/pfn0.1";
	assert_string_equal(report(false),
			    HEAD("pmem0") "  way       unbind_store of pfn0.1; memunmap_pages() is "
					  "not yet called\n" PGMAP("pmem0", 1) STACK);
}

static void test_how_sure(void **state)
{
	(void)state;
	b.sure = false;
	assert_string_equal(
		report(false),
		HEAD("pmem0") "  way       unbind_store; memunmap_pages() is not yet called\n"
			      "            probably its pgmap\n" PGMAP("pmem0", 1) STACK);
	b.pgmap[b.nr++].p = &pmem[1];
	assert_string_equal(
		report(false),
		HEAD("pmem0, pmem1") "  way       unbind_store; memunmap_pages() is not "
				     "yet called\n            one of these pgmaps\n" PGMAP(
					     "pmem0", 1) PGMAP("pmem1", 2) STACK);
}

static void test_one_that_runs(void **state)
{
	json_t *line;

	(void)state;
	task.runs = true;
	assert_string_equal(report(false),
			    "pmem0: blocked-elsewhere, not a leak\n"
			    "  task      sh/10, running for 2.00 s or more\n"
			    "  spins in  blk_mq_freeze_queue_wait\n"
			    "  way       unbind_store; memunmap_pages() is not yet called\n" PGMAP(
				    "pmem0", 1) STACK);
	line = json_loads(report(true), 0, NULL);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "state")), "R");
	assert_string_equal(json_string_value(json_object_get(line, "spins_in")),
			    "blk_mq_freeze_queue_wait");
	assert_null(json_object_get(line, "waits_in"));
	json_decref(line);
}

static void add_page(struct pgr_sweep *s, uint64_t pfn, uint64_t ino, uint32_t going)
{
	s->list[s->listed++] = (struct pgr_busy_page){
		.pfn = pfn, .ino = ino, .inode_going_away = going, .refcount = 2
	};
	s->busy++;
}

/* Compares the pages of the JSON record with wanted: "0x1 0x2 ". */
static void assert_pages(struct pgr_sweep *s, const char *wanted)
{
	char got[256] = "";
	json_t *r, *page;
	size_t i;

	b.pgmap[0].pages = s;
	r = json_loads(report(true), 0, NULL);
	assert_non_null(r);
	json_array_foreach(
		json_object_get(json_array_get(json_object_get(r, "pgmaps"), 0), "pages"), i, page)
	{
		strcat(got, json_string_value(json_object_get(page, "pfn")));
		strcat(got, " ");
	}
	json_decref(r);
	assert_string_equal(got, wanted);
}

static void test_pages_of_the_file_that_goes(void **state)
{
	static struct pgr_sweep s;

	(void)state;
	memset(&s, 0, sizeof(s));
	add_page(&s, 1, 100, 0);
	add_page(&s, 2, 200, 0);
	add_page(&s, 3, 0, 0); /* of no file */
	assert_pages(&s, "0x1 0x2 "); /* no inode is going away: pages of all files */
	add_page(&s, 4, 300, 1);
	add_page(&s, 5, 300, 1);
	assert_pages(&s, "0x4 0x5 ");
}

static void test_its_holders(void **state)
{
	static const uint64_t inodes[] = { 100, 300, 300 };
	static struct pgr_sweep s;
	struct ledger *l = ledger__new();
	const char *text;

	(void)state;
	memset(&s, 0, sizeof(s));
	add_page(&s, 4, 300, 1);
	for (uint32_t i = 0; i < 3; i++) {
		struct pgr_ledger_key key = { .id = 1, .holding = PGR_HOLD_ENTRY, .subject = i };
		struct pgr_ledger_row row = { .pfn = i,
					      .n = 1,
					      .ino = inodes[i],
					      .dev = i == 2 ? 7 << 20 : 0,
					      .task = { .tgid = 20 + i, .tid = 20 + i } };

		snprintf(row.task.comm, sizeof(row.task.comm), "taker%u", i);
		ledger__add(l, &key, &row);
	}
	assert_int_equal(ledger__finish(l, NULL, NULL), 0);
	b.pgmap[0].pages = &s;
	b.pgmap[0].ledger = l;
	text = report(false);
	/* taker0 has an entry of another file, taker2 one of inode 300 on another file system. */
	assert_non_null(strstr(text, "  holders\n    1 DAX entry by taker1/21, "));
	assert_null(strstr(text, "taker0"));
	assert_null(strstr(text, "taker2"));
	ledger__free(l);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_text),	  CASE(test_how_sure),
		CASE(test_one_that_runs), CASE(test_pages_of_the_file_that_goes),
		CASE(test_its_holders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

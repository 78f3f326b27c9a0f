// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parts of several reports: pages, entries of files, histories. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden_text.h"
#include "models.h"
#include "report/report_entries.h"
#include "report/report_history.h"
#include "report/report_pages.h"
#include "report/report_parts.h"

static const char *when;

static void put_pages(struct report *r)
{
	out__begin(r->out, "test");
	part__pages(r, &m.p, &m.sweep, when);
	out__end(r->out);
}

static void put_entries(struct report *r)
{
	out__begin(r->out, "test");
	part__entries(r, &m.sweep, m.l, when);
	out__end(r->out);
}

static void put_history(struct report *r)
{
	out__begin(r->out, "test");
	part__history(r, &m.p);
	out__end(r->out);
}

static void show(const char *title, golden_fn fn)
{
	if (m.l)
		finish_ledger();
	golden__add(title, &m.r, fn);
	fresh_model();
	when = "now";
}

static void test_pages(void **state)
{
	struct pgr_busy_page *b;

	(void)state;
	when = "now";
	golden__begin("pages");
	show("nothing is busy", put_pages);

	b = add_busy(0x140010, 3);
	b->pins = 1;
	b->mapcount = 2;
	b->order = 9;
	b->ino = 12;
	b->dev = DISK;
	b->index = 5;
	b = add_busy(0x140210, 2);
	b->chr = 1;
	b->dev = CDEV;
	b->index = 6;
	b = add_busy(0x140211, 2);
	b->mapping = 0xffff888100000001;
	b->index = 7;
	b = add_busy(0x140212, 2);
	b->mapping = 0xffff888100000010;
	b->index = 8;
	b = add_busy(0x140213, 2);
	b->mapping = 1;
	b = add_busy(0x140214, 2);
	b->mapping = 5;
	b = add_busy(0x140215, 2);
	b->mapping = 0xffff888100000003;
	m.sweep.mapped = 2;
	show("what a page says of itself", put_pages);

	for (int i = 0; i < 8; i++)
		add_busy(0x140010 + i, 2);
	show("as many as are shown", put_pages);

	for (int i = 0; i < 9; i++)
		add_busy(0x140010 + i, 2);
	show("one more than is shown", put_pages);

	for (int i = 0; i < 50; i++)
		add_busy(0x140010 + i, 2);
	m.sweep.listed = 50; /* the kernel side never lists so many */
	show("more than are listed", put_pages);

	m.p.k.vmemmap_shift = 9;
	m.sweep.pages = m.sweep.seen = 512;
	show("large ones", put_pages);

	m.sweep.flags = PGR_SWEEP_NO_VMEMMAP;
	show("no struct pages", put_pages);
	m.sweep.flags = PGR_SWEEP_NO_IDLE;
	show("no idle refcount", put_pages);
	m.sweep.flags = PGR_SWEEP_OUT_OF_TIME;
	m.sweep.seen = 100;
	m.sweep.faults = 12;
	show("out of time", put_pages);
	m.sweep.flags = PGR_SWEEP_TRUNCATED | PGR_SWEEP_DONE;
	m.sweep.seen = 100000;
	m.sweep.faults = 44;
	show("ranges that are not kept", put_pages);
	m.sweep.flags = PGR_SWEEP_TRUNCATED | PGR_SWEEP_DONE;
	m.sweep.seen -= 44;
	m.sweep.faults = 44;
	show("no page is in these", put_pages);
	m.sweep.flags = PGR_SWEEP_TRUNCATED | PGR_SWEEP_DONE;
	show("nor was one unreadable", put_pages);
	m.sweep.flags = 0;
	show("not done", put_pages);
	m.sweep.seen -= 3;
	show("not done, some were not reached", put_pages);
	m.sweep.faults = 3;
	show("pages that could not be read", put_pages);
	b = add_busy(0x140010, 2);
	b->mapping = 4;
	show("a mapping of a low address", put_pages);
	b = add_busy(0x140010, 2);
	b->dev = DISK;
	b->ino = 12;
	m.r.file_path = path_of;
	show("the path of a file", put_pages);
	golden__end();
}

static void test_sizes(void **state)
{
	static const struct {
		unsigned int order;
		const char *text;
	} sizes[] = {
		{ 0, "" },	     { 1, " of 8 KiB" },  { 7, " of 512 KiB" },
		{ 8, " of 1 MiB" },  { 9, " of 2 MiB" },  { 17, " of 512 MiB" },
		{ 18, " of 1 GiB" }, { 19, " of 2 GiB" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		assert_string_equal(part__size(sizes[i].order, buf, sizeof(buf)), sizes[i].text);
}

static struct pgr_entry_file *add_file(uint64_t ino, uint64_t first, uint64_t last)
{
	struct pgr_entry_file *f = &m.sweep.file[m.sweep.nr_files++];

	*f = (struct pgr_entry_file){ .ino = ino,
				      .dev = DISK,
				      .entries = last - first + 1,
				      .pages = last - first + 1,
				      .first_index = first,
				      .last_index = last,
				      .first_pfn = 0x140000 + first,
				      .last_pfn = 0x140000 + last };
	m.sweep.entries += f->entries;
	m.sweep.entry_pages += f->pages;
	return f;
}

static void test_entries(void **state)
{
	(void)state;
	when = "now";
	golden__begin("entries");
	show("none", put_entries);

	add_file(12, 5, 5);
	add_entry_of("fio", 9, 12, 5, 0x140005, 0);
	show("one, traced", put_entries);

	add_file(12, 5, 6);
	add_file(13, 0, 511)->entries = 1;
	add_file(14, 7, 7)->unlinked = 1;
	m.sweep.entries -= 511;
	m.sweep.shared_pages = 3;
	m.sweep.other_pages = 4;
	m.sweep.maybe_shared = 5;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	show("of several files, not traced", put_entries);

	add_file(12, 5, 6);
	add_entry_of("fio", 9, 12, 5, 0x140005, 0);
	add_entry_of("fio", 9, 12, 6, 0x140006, 0);
	add_entry_of("fio", 9, 13, 7, 0x140007, 0);
	show("more are traced than there are", put_entries);

	add_file(12, 5, 8);
	add_entry_of("fio", 9, 12, 5, 0x140005, 0);
	add_entry_of("cat", 10, 12, 6, 0x140006, 1);
	show("of several tasks; not all are traced", put_entries);

	m.sweep.maybe_shared = 5;
	show("perhaps shared", put_entries);

	m.sweep.entries = m.sweep.entry_pages = 1;
	m.sweep.shared_pages = 1;
	ledger__free(m.l);
	m.l = NULL;
	show("shared, no ledger", put_entries);

	for (int i = 0; i < PGR_ENTRY_FILES; i++)
		add_file(12 + i, i, i);
	m.sweep.nr_files = PGR_ENTRY_FILES + 3; /* the kernel side never lists so many */
	show("as many files as are kept", put_entries);

	add_file(12, 5, 6);
	m.r.file_path = path_of;
	show("with its path", put_entries);
	golden__end();
}

static int made_up_name(void *ctx, uint32_t dev, bool chr, char *buf, size_t len)
{
	assert_ptr_equal(ctx, &m);
	if (dev != (chr ? CDEV : DISK))
		return -ENOENT;
	snprintf(buf, len, "%s", chr ? "dax1.0" : "pmem7");
	return 0;
}

static int made_up_mount(void *ctx, uint32_t dev, char *buf, size_t len)
{
	assert_ptr_equal(ctx, &m);
	if (dev != DISK)
		return -ENOENT;
	snprintf(buf, len, "/mnt/\033x");
	return 0;
}

/* In a report with made-up names, and in one without names. */
static void assert_names(golden_fn put, bool json, bool names, const char *wanted)
{
	struct report r = m.r;
	char *text;

	if (names) {
		r.device_name = made_up_name;
		r.mount_point = made_up_mount;
		r.names_ctx = &m;
	}
	text = golden__render(&r, put, json);
	if (!strstr(text, wanted))
		fail_msg("no %s in %s", wanted, text);
	free(text);
}

/* The names are those of the machine that the report is about, which may be another machine. */
static void test_names(void **state)
{
	(void)state;
	when = "now";
	add_file(12, 5, 5);
	assert_names(put_entries, false, true, "inode 12 on pmem7, mounted at /mnt/?x\n");
	assert_names(put_entries, true, true,
		     "\"filesystem\":\"pmem7\",\"mounted_at\":\"/mnt/?x\",\"without_name\"");
	assert_names(put_entries, false, false, "inode 12 on 4095:7\n");
	assert_names(put_entries, true, false, "\"filesystem\":\"4095:7\",\"without_name\"");
	m.sweep.file[0].dev++;
	assert_names(put_entries, false, true, "inode 12 on 4095:8\n");
	fresh_model();
	when = "now";
	add_busy(0x140000, 2)->dev = CDEV;
	m.sweep.list[0].chr = 1;
	m.sweep.list[0].ino = 4;
	assert_names(put_pages, false, true, " of dax1.0");
	assert_names(put_pages, false, false, " of 4094:9");
}

static void test_histories(void **state)
{
	(void)state;
	golden__begin("history");
	show("nothing but its start", put_history);

	for (int i = 0; i < 10; i++) {
		history__sample(m.p.history, (1 + i) * SEC, HISTORY_VALUE, 262145 + i * i);
		history__sample(m.p.history, (1 + i) * SEC, HISTORY_REFS, i * i);
		history__sample(m.p.history, (1 + i) * SEC, HISTORY_ENTRIES, i % 3);
		history__sample(m.p.history, (1 + i) * SEC, HISTORY_BUSY, 4);
		history__count(m.p.history, (1 + i) * SEC, i % HISTORY_NR_EVENTS, i + 1);
	}
	history__mark(m.p.history, 9 * SEC, HISTORY_KILLED);
	history__mark(m.p.history, 10 * SEC, HISTORY_DRAINED);
	history__mark(m.p.history, 11 * SEC, HISTORY_GONE);
	show("all of it", put_history);

	history__sample(m.p.history, 3 * SEC, HISTORY_BUSY, 0);
	history__sample(m.p.history, 5 * SEC, HISTORY_BUSY, 2);
	history__sample(m.p.history, 5 * SEC, HISTORY_ENTRIES, 0);
	history__mark(m.p.history, 9 * SEC, HISTORY_KILLED);
	show("a gap, and a series that is flat at nothing", put_history);

	history__sample(m.p.history, SEC / 2, HISTORY_VALUE, 262146);
	history__mark(m.p.history, 9 * SEC, HISTORY_DRAINED);
	show("a peak from before its start", put_history);

	history__free(m.p.history);
	assert_int_equal(history__new(SEC, SEC, &m.p.history), 0);
	show("empty", put_history);

	m.r.plan = &m.plan;
	m.plan.hook[PGR_HOOK_DELETE].next = 1;
	history__sample(m.p.history, 5 * SEC, HISTORY_ENTRIES, 1);
	show("entries are not known, and there were none", put_history);

	m.r.plan = &m.plan;
	m.plan.hook[PGR_HOOK_DELETE].next = 1;
	history__sample(m.p.history, 5 * SEC, HISTORY_ENTRIES, 1);
	history__count(m.p.history, 5 * SEC, HISTORY_INSERT, 1);
	show("entries are not known", put_history);

	history__free(m.p.history);
	assert_int_equal(history__new(0, SEC, &m.p.history), 0);
	for (int i = 0; i < 100; i++)
		history__sample(m.p.history, i * SEC, HISTORY_REFS, i - 3);
	history__mark(m.p.history, 0, HISTORY_LIVE);
	history__mark(m.p.history, 97 * SEC, HISTORY_KILLED);
	history__mark(m.p.history, 97 * SEC + MS, HISTORY_DRAINED);
	history__mark(m.p.history, 99 * SEC, HISTORY_GONE);
	show("more slots than columns", put_history);

	history__free(m.p.history);
	assert_int_equal(history__new(0, 3600 * SEC, &m.p.history), 0);
	for (int i = 0; i < 30; i++) {
		history__sample(m.p.history, 3600 * i * SEC, HISTORY_REFS,
				i == 7 ? INT64_MAX : INT64_MIN);
		history__sample(m.p.history, 3600 * i * SEC, HISTORY_BUSY, i);
	}
	show("past midnight, with large figures", put_history);

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (int i = 0; i < 10; i++)
		history__sample(m.p.history, (1 + i) * SEC, HISTORY_REFS, i * i);
	show("in blocks", put_history);
	setlocale(LC_CTYPE, "C");
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_pages), cmocka_unit_test(test_sizes), TEST_MODEL(test_entries),
		TEST_MODEL(test_names), TEST_MODEL(test_histories),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

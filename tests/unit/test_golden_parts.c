// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parts that several reports have: holders, pins, pages, entries, histories, layers. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "report/report_parts.h"
#include "report/report_pins.h"
#include "golden_text.h"
#include "models.h"

static const struct pgr_sweep *pages;
static int64_t excess;
static const char *when;
static uint64_t now = NOW;

static void put_holders(struct report *r)
{
	out__begin(r->out, "test");
	part__holders(r, &m.p, m.l, excess, now);
	out__end(r->out);
}

static void put_pins(struct report *r)
{
	out__begin(r->out, "test");
	part__pins(r, m.l, pages, NOW);
	out__end(r->out);
}

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

static void put_layers(struct report *r)
{
	out__begin(r->out, "test");
	part__layers(r, &m.p, m.l, excess, pages);
	out__end(r->out);
}

static void put_differ(struct report *r)
{
	report__layers(r, &m.p, m.l, pages, NOW);
}

static void show(const char *title, golden_fn fn)
{
	if (m.l)
		finish_ledger();
	golden__add(title, &m.r, fn);
	fresh_model();
	excess = 0;
	pages = NULL;
	when = "now";
	now = NOW;
}

static void add_folio(const char *comm, uint32_t tgid, uint64_t pfn)
{
	add_row_of(PGR_HOLD_FOLIO, comm, tgid, 0, pfn, 1);
}

static void test_holders(void **state)
{
	(void)state;
	golden__begin("holders");
	show("nobody, and nothing", put_holders);

	excess = 3;
	show("nobody of three", put_holders);

	excess = 3;
	m.p.k.flags = PGR_PGMAP_ADOPTED;
	show("nobody of three of one that is older than the tool", put_holders);

	excess = 6;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	add_row_of(PGR_HOLD_GET, "gone", 66, AT_FAULT, 0x140010, 1);
	add_row_of(PGR_HOLD_PAGE, "hmm", 8, NO_STACK, 0x140011, 2);
	add_folio("fio", 9, 0x140020);
	add_entry_of("fio", 9, 12, 0, 0x140020, 0);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	show("each kind; all are traced", put_holders);

	excess = 4;
	add_row_of(PGR_HOLD_PAGE, "hmm", 8, 0, 0x140011, 1);
	add_folio("fio", 9, 0x140020);
	add_folio("fio", 9, 0x140021);
	add_row_of(7, "odd", 10, 0, 0x140022, 1);
	show("one of several, and a kind that there is not", put_holders);

	excess = 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	show("more than there are", put_holders);

	excess = 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	assert_int_equal(ledger__reconcile(m.l, 1, false), 0);
	show("more than there are: of one that accounts for its folios", put_holders);

	excess = -1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	show("below rest", put_holders);

	excess = 0;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	add_row_of(PGR_HOLD_GET, "app", 8, AT_CHUNK, 0x140010, 2);
	show("nothing above rest", put_holders);

	excess = 2;
	m.p.td.stuck = true;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	add_row_of(PGR_HOLD_GET, "gup", 8, AT_PIN, 0x140010, 1);
	show("one that is unexplained, while it waits", put_holders);

	excess = 2;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	add_row_of(PGR_HOLD_GET, "gup", 8, AT_PIN, 0x140010, 1);
	show("one that is unexplained, and it does not wait", put_holders);

	excess = 1;
	m.p.td.stuck = true;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	add_row_of(PGR_HOLD_GET, "gup", 8, AT_PIN, 0x140010, 1);
	show("nothing is unexplained, while it waits", put_holders);

	excess = 5;
	m.p.k.drain_known = 2;
	m.p.k.foreign_puts = 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	show("has not drained", put_holders);

	excess = 5;
	m.p.td.drained_ns = 6 * SEC;
	m.p.k.drain_known = 2;
	m.p.k.foreign_puts = 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	show("has drained", put_holders);

	excess = 5;
	m.p.td.drained_ns = 6 * SEC;
	m.p.k.drain_known = 2;
	m.p.k.foreign_puts = 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("has drained: of one that accounts for its folios", put_holders);

	excess = 40;
	for (uint32_t i = 0; i < 20; i++)
		add_row_of(PGR_HOLD_GET, "app", 7 + i, 0, 0x140010, 2);
	show("as many as are shown", put_holders);

	excess = 42;
	for (uint32_t i = 0; i < 21; i++)
		add_row_of(PGR_HOLD_GET, "app", 7 + i, 0, 0x140010, 2);
	show("one more than is shown", put_holders);

	ledger__free(m.l);
	m.l = NULL;
	excess = 2;
	show("no ledger", put_holders);
	golden__end();
}

static void test_entries_of_holders(void **state)
{
	(void)state;
	golden__begin("holders-entries");
	add_entry_of("fio", 9, 12, 5, 0x140020, 0);
	show("one index", put_holders);

	add_entry_of("fio", 9, 12, 5, 0x140020, 0);
	add_entry_of("fio", 9, 12, 6, 0x140021, 0);
	show("one after the other", put_holders);

	add_entry_of("fio", 9, 12, 5, 0x140020, 0);
	add_entry_of("fio", 9, 12, 7, 0x140021, 0);
	add_entry_of("fio", 9, 12, 9, 0x140022, 0);
	show("scattered", put_holders);

	for (uint32_t i = 0; i < 17; i++)
		add_entry_of("fio", 9, 12, 2 * i, 0x140020 + i, 0);
	show("scattered, more than are kept", put_holders);

	add_entry_of("fio", 9, 12, 512, 0x140200, 9);
	show("a large one", put_holders);

	add_entry_of("fio", 9, 12, 5, 0x140020, 0);
	add_entry_of("cat", 10, 12, 6, 0x140021, 0);
	add_folio("cat", 10, 0x140021);
	add_folio("pin", 11, 0x140040);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("without a reference, and a reference without an entry", put_holders);

	add_entry_of("fio", 9, 12, 512, 0x140200, 9);
	add_folio("fio", 9, 0x140200);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("a large one over one folio", put_holders);

	m.r.ended = NULL;
	add_entry_of("fio", 0, 12, 5, 0x140020, 0);
	show("of nobody who is known, and not asked for", put_holders);

	add_entry_of("fio", 0, 12, 5, 0x140020, 0);
	show("of nobody who is known", put_holders);

	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	add_row_of(5 + 1, "odd", 10, 0, 0x140022, 1);
	show("of a kind that is the first after those there are", put_holders);

	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	now = 10 * SEC;
	show("taken this moment", put_holders);

	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	now = 9 * SEC;
	show("taken before now was read", put_holders);
	golden__end();
}

static void test_layers(void **state)
{
	(void)state;
	golden__begin("layers");
	show("not asked for", put_layers);

	excess = 3;
	pages = &m.sweep;
	m.sweep.used = 2;
	add_entry_of("fio", 9, 12, 5, 0x140020, 0);
	add_folio("fio", 9, 0x140040);
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("one of each is off", put_layers);

	excess = 3;
	pages = &m.sweep;
	m.sweep.flags = PGR_SWEEP_OUT_OF_TIME;
	for (uint32_t i = 0; i < 2; i++) {
		add_entry_of("fio", 9, 12, 5 + i, 0x140020 + i, 0);
		add_folio("fio", 9, 0x140040 + i);
	}
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("two of each are off; not all pages were looked at", put_layers);

	add_folio("fio", 9, 0x140040);
	assert_int_equal(ledger__reconcile(m.l, 0, true), 0);
	show("rows were lost", put_layers);

	m.p.k.type = PGR_TYPE_P2PDMA;
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("a type without layers", put_layers);

	ledger__free(m.l);
	m.l = NULL;
	show("no ledger", put_layers);
	golden__end();
}

static void add_all_ranks(void)
{
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	add_folio("good", 9, 0x140020);
	add_entry_of("good", 9, 12, 4, 0x140020, 0);
	add_folio("alone", 10, 0x140040);
	add_entry_of("bare", 11, 12, 6, 0x140050, 0);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
}

static void test_layers_that_differ(void **state)
{
	(void)state;
	golden__begin("layers-differ");
	m.p.layers.off = (struct layers_off){ .refs_too_many = 1 };
	m.p.value += 2;
	pages = &m.sweep;
	add_all_ranks();
	show("a reference too many", put_differ);

	m.p.layers.off = (struct layers_off){ .refs_too_many = 2, .without_reference = 1 };
	m.p.value += 4;
	add_all_ranks();
	show("two too many", put_differ);

	m.p.layers.off = (struct layers_off){ .refs_too_few = 1 };
	add_all_ranks();
	show("a put too many", put_differ);

	m.p.layers.off = (struct layers_off){ .refs_too_few = 2 };
	show("two puts too many", put_differ);

	m.p.layers.off = (struct layers_off){ .refs_too_few = 1, .perhaps_untraced = true };
	show("a reference too few, perhaps", put_differ);

	m.p.layers.off = (struct layers_off){ .refs_too_few = 2, .perhaps_untraced = true };
	show("two references too few, perhaps", put_differ);

	m.p.layers.off = (struct layers_off){ .without_reference = 21 };
	for (uint32_t i = 0; i < 21; i++)
		add_entry_of("bare", 11 + i, 12, 6 + i, 0x140050 + i, 0);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("more entries without a reference than are shown", put_differ);

	m.p.layers.off = (struct layers_off){ .without_reference = 20 };
	for (uint32_t i = 0; i < 20; i++)
		add_entry_of("bare", 11 + i, 12, 6 + i, 0x140050 + i, 0);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("as many as are shown", put_differ);
	golden__end();
}

static void add_pin_of(const char *comm, uint32_t tgid, uint64_t pfn, uint32_t order, int64_t n,
		       bool got)
{
	struct pgr_ledger_key key = { .id = 3, .holding = PGR_HOLD_PIN };
	struct pgr_ledger_row row = { .ns = 10 * SEC,
				      .last_ns = 12 * SEC,
				      .stack = AT_PIN,
				      .pfn = pfn,
				      .n = n,
				      .order = order,
				      .followed = 1,
				      .unconfirmed = got ? PGR_PIN_GET : PGR_PIN_PIN,
				      .task = task_of(comm, tgid, tgid) };

	ledger__add(m.l, &key, &row);
}

static void test_pins(void **state)
{
	(void)state;
	golden__begin("pins");
	show("none", put_pins);

	pages = &m.sweep;
	show("none, and no page is busy", put_pins);

	pages = &m.sweep;
	add_busy(0x140010, 3);
	show("references on a page that nobody was seen to take", put_pins);

	pages = &m.sweep;
	add_busy(0x140010, 2);
	show("one of them", put_pins);

	pages = &m.sweep;
	add_busy(0x140010, 1025);
	m.sweep.pins = 1;
	m.sweep.others = 0;
	add_pin_of("dio", 9, 0x140010, 0, 1, false);
	show("one pin, traced", put_pins);

	pages = &m.sweep;
	add_busy(0x140010, 2050);
	m.sweep.pins = 2;
	m.sweep.others = 1;
	add_pin_of("dio", 9, 0x140010, 0, 3, false);
	add_pin_of("dio", 9, 0x140012, 0, 1, false);
	add_pin_of("got", 10, 0x140010, 0, 2, true);
	add_pin_of("got", 11, 0x140010, 0, 0, true);
	show("pins and others; more were traced than there are", put_pins);

	pages = &m.sweep;
	m.sweep.busy = 3;
	m.sweep.pins = 1;
	m.sweep.others = 2;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	show("a pin and two others", put_pins);

	pages = &m.sweep;
	m.sweep.busy = 3;
	m.sweep.pins = 0;
	m.sweep.others = 0;
	show("busy without either", put_pins);

	add_pin_of("large", 9, 0x140200, 9, 3, false);
	add_pin_of("one", 10, 0x140400, 9, 1, false);
	add_pin_of("two", 11, 0x140600, 9, 1, false);
	add_pin_of("two", 11, 0x140800, 9, 1, false);
	add_pin_of("mixed", 12, 0x140a00, 9, 1, false);
	add_pin_of("mixed", 12, 0x140c00, 4, 1, false);
	show("large folios; pages were not looked at", put_pins);

	m.plan.hook[PGR_HOOK_UNPIN_PAGE].next = 1;
	m.r.plan = &m.plan;
	add_pin_of("dio", 9, 0x140010, 0, 1, false);
	show("unpins are not seen", put_pins);

	m.plan.hook[PGR_HOOK_UNPIN_PAGE].next = 1;
	m.r.plan = &m.plan;
	pages = &m.sweep;
	add_busy(0x140010, 2);
	add_pin_of("dio", 9, 0x140010, 0, 1, false);
	show("nor are they with busy pages", put_pins);

	for (uint32_t i = 0; i < 20; i++)
		add_pin_of("dio", 9 + i, 0x140010, 0, 1, false);
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	show("as many as are shown", put_pins);

	for (uint32_t i = 0; i < 21; i++)
		add_pin_of("dio", 9 + i, 0x140010, 0, 1, false);
	show("one more than is shown", put_pins);

	ledger__free(m.l);
	m.l = NULL;
	pages = &m.sweep;
	add_busy(0x140010, 2);
	show("no ledger", put_pins);
	golden__end();
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
	m.sweep.listed = 50; /* what the kernel side would never say */
	show("more than are listed", put_pages);

	m.p.k.vmemmap_shift = 9;
	m.sweep.pages = m.sweep.seen = 512;
	show("large ones", put_pages);

	m.sweep.flags = PGR_SWEEP_NO_VMEMMAP;
	show("no struct pages", put_pages);
	m.sweep.flags = PGR_SWEEP_NO_IDLE;
	show("no idle refcount", put_pages);
	m.sweep.flags = PGR_SWEEP_OUT_OF_TIME;
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
	m.sweep.nr_files = PGR_ENTRY_FILES + 3; /* what the kernel side would never say */
	show("as many files as are kept", put_entries);
	golden__end();
}

static void put_mounted(struct report *r)
{
	struct pgr_sweep s = m.sweep;
	struct stat st;

	assert_int_equal(stat("/proc", &st), 0);
	s.file[0].dev = major(st.st_dev) << 20 | minor(st.st_dev);
	out__begin(r->out, "test");
	part__entries(r, &s, m.l, "now");
	out__end(r->out);
}

/* By the device number of this host's /proc, which is not the same everywhere. */
static void test_mounted_at(void **state)
{
	char *text;
	size_t n;

	(void)state;
	add_file(12, 5, 5);
	for (int json = 0; json < 2; json++) {
		struct report r = m.r;
		FILE *f = open_memstream(&text, &n);

		assert_int_equal(out__to(f, json, &r.out), 0);
		put_mounted(&r);
		out__close(r.out);
		fclose(f);
		if (!strstr(text, json ? "\"mounted_at\":\"/proc\"" : ", mounted at /proc\n"))
			fail_msg("no mount point in %s", text);
		free(text);
	}
}

static void test_histories(void **state)
{
	(void)state;
	golden__begin("history");
	show("nothing but its start", put_history);

	for (int i = 0; i < 10; i++) {
		history__sample(m.p.history, (1 + i) * SEC, HISTORY_VALUE, 262145 + i * i);
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
		history__sample(m.p.history, i * SEC, HISTORY_VALUE, i);
	show("more slots than columns", put_history);

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (int i = 0; i < 10; i++)
		history__sample(m.p.history, (1 + i) * SEC, HISTORY_VALUE, 262145 + i * i);
	show("in blocks", put_history);
	setlocale(LC_CTYPE, "C");
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_holders),     TEST_MODEL(test_entries_of_holders),
		TEST_MODEL(test_layers),      TEST_MODEL(test_layers_that_differ),
		TEST_MODEL(test_pins),	      TEST_MODEL(test_pages),
		cmocka_unit_test(test_sizes), TEST_MODEL(test_entries),
		TEST_MODEL(test_mounted_at),  TEST_MODEL(test_histories),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parts of several reports: holders, layers, pins. */
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
#include "report/report_holders.h"
#include "report/report_parts.h"
#include "report/report_pgmap.h"
#include "report/report_pins.h"

static const struct pgr_sweep *pages;
static int64_t excess;
static uint64_t now = NOW;

static void put_holders(struct report *r)
{
	out__begin(r->out, "test");
	m.f.ledger = m.l;
	part__holders(r, &m.f, excess, now);
	out__end(r->out);
}

static void put_pins(struct report *r)
{
	out__begin(r->out, "test");
	part__pins(r, m.l, pages, NOW);
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

	add_entry_of("fio", 9, 12, 5, 0x140020, 0);
	m.r.file_path = path_of;
	show("with the path", put_holders);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_holders), TEST_MODEL(test_entries_of_holders),
		TEST_MODEL(test_layers),  TEST_MODEL(test_layers_that_differ),
		TEST_MODEL(test_pins),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

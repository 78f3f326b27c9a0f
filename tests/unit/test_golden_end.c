// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports of check about a pgmap that lives at its end, and the summary of a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "golden_text.h"
#include "models.h"
#include "report/report_pgmap.h"

static const struct pgr_sweep *pages;

static void put_end(struct report *r)
{
	report__finding(r, &m.f, NOW);
}

static void put_summary(struct report *r)
{
	report__pgmap_summary(r, &m.p, m.l, pages, NOW);
}

/* The value at the end is `excess` above rest. */
static void set_excess(int64_t excess)
{
	m.p.value += excess;
	m.f.facts.after.has_value = true;
	m.f.facts.after.excess = excess;
}

static void show(const char *title, const struct pgr_sweep *with, golden_fn fn)
{
	pages = with;
	finish_ledger();
	m.f.phase = FINDING_END;
	m.f.pages = with;
	m.f.ledger = m.l;
	golden__add(title, &m.r, fn);
	fresh_model();
	m.f.counts.busy_exact = true;
}

static void test_references(void **state)
{
	(void)state;
	golden__begin("end-references");
	m.f.counts.busy_exact = true;
	set_excess(0);
	show("clean", &m.sweep, put_end);

	set_excess(2);
	leaks(LEAK_EXCESS_AT_END);
	m.f.counts.references = 2;
	m.f.facts.made = true;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	show("excess, of one that was made since", &m.sweep, put_end);

	set_excess(1);
	leaks(LEAK_EXCESS_AT_END);
	m.f.counts.references = 1;
	m.f.j.allowed = true;
	show("one, suppressed, no pages", NULL, put_end);

	set_excess(4);
	m.f.facts.after.explained = 4;
	show("all of it is explained", &m.sweep, put_end);

	set_excess(3);
	m.f.counts.pre_existing = 3;
	show("as many were there at the start", &m.sweep, put_end);

	set_excess(5);
	leaks(LEAK_EXCESS_AT_END);
	m.f.facts.has_low = true;
	m.f.facts.low = 2;
	m.f.counts.references = 3;
	m.f.counts.pre_existing = 3;
	m.f.counts.unsure = 1;
	show("one of the start has gone since", &m.sweep, put_end);

	set_excess(5);
	leaks(LEAK_EXCESS_AT_END);
	m.f.facts.has_low = true;
	m.f.facts.low = -1;
	m.f.counts.references = 5;
	m.f.counts.pre_existing = 3;
	show("all of the start have gone since", &m.sweep, put_end);

	set_excess(5);
	m.f.facts.has_low = true;
	m.f.facts.low = 3;
	m.f.counts.pre_existing = 3;
	show("none of the start has gone since", &m.sweep, put_end);

	set_excess(5);
	m.f.facts.low = 1;
	m.f.counts.pre_existing = 3;
	show("nothing is known of what was in between", &m.sweep, put_end);

	set_excess(-1);
	leaks(LEAK_UNDERFLOW);
	show("underflow", &m.sweep, put_end);

	doubts("the counter did not come to rest");
	m.f.facts.after.moving = true;
	show("moving", &m.sweep, put_end);

	doubts("the counter could not be read");
	m.p.k.flags = PGR_PGMAP_NO_VALUE;
	show("no value at rest", &m.sweep, put_end);

	set_excess(2);
	doubts("the tool cannot tell which references are legitimate");
	m.sweep.used = 1;
	add_row_of(PGR_HOLD_FOLIO, "fio", 11, AT_FAULT, 0x140000, 1);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("it accounts for its folios", &m.sweep, put_end);
	golden__end();
}

static void test_busy_pages(void **state)
{
	(void)state;
	golden__begin("end-busy");
	m.f.counts.busy_exact = true;
	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	add_busy(0x140010, 1025);
	m.f.counts.busy = 1;
	m.f.counts.pages = (struct busy_change){ .pages = 1, .references = 1, .pins = 1 };
	look_for_holders();
	show("one page, pinned", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 2;
	m.f.counts.pages = (struct busy_change){ .pages = 2, .references = 3, .pins = 1 };
	show("two, some pins", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 2;
	m.f.counts.pages = (struct busy_change){ .pages = 2, .references = 2 };
	show("two, no pins: nothing more to say", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 2;
	m.f.counts.pages = (struct busy_change){ .pages = 2, .references = 3 };
	show("two, no pins, three references", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 2;
	m.f.counts.busy_before = 1;
	m.f.counts.pages = (struct busy_change){
		.pages = 2, .references = 2, .known = 1, .unsure = 2, .rose = 3
	};
	m.f.facts.lowered = 1;
	show("one was busy at the start", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 3;
	m.f.counts.busy_before = 4;
	m.f.counts.pages = (struct busy_change){
		.pages = 3, .references = 4, .pins = 4, .known = 2, .traced = 1
	};
	m.f.facts.lowered = 2;
	show("two were, and one shows by its pin alone", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 2;
	m.p.k.type = PGR_TYPE_GENERIC;
	m.p.k.vmemmap_shift = 9;
	m.f.counts.pages =
		(struct busy_change){ .pages = 2, .references = 2, .pins = 2, .large = 2 };
	show("pages of 2 MiB", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 1;
	m.f.counts.busy_exact = false;
	m.f.counts.pages = (struct busy_change){
		.pages = 1, .references = 1, .traced = 1, .large = 1, .known = 1
	};
	show("a large folio, and at least", &m.sweep, put_end);

	set_excess(0);
	doubts("more busy pages than can be compared");
	m.f.counts.busy_exact = false;
	show("none, as far as is known", &m.sweep, put_end);

	set_excess(1);
	leaks(LEAK_EXCESS_AT_END | LEAK_BUSY_AT_END);
	m.f.counts.busy = 1;
	m.f.counts.references = 1;
	m.p.k.type = PGR_TYPE_PRIVATE;
	add_busy(0x140010, 2);
	show("a page and a reference, private", &m.sweep, put_end);

	set_excess(0);
	leaks(LEAK_BUSY_AT_END);
	m.f.counts.busy = 1;
	add_busy(0x140010, 2);
	m.sweep.entries = m.sweep.entry_pages = 1;
	add_entry_of("fio", 11, 12, 0, 0x140000, 0);
	show("with an entry", &m.sweep, put_end);

	set_excess(0);
	m.f.counts.busy_before = 1;
	show("one was busy before", &m.sweep, put_end);
	golden__end();
}

static void count_events(void)
{
	for (int i = 0; i < PGR_EVENTS; i++)
		m.p.k.events[i] = i + 1;
	m.p.k.entries = 1;
	m.p.k.entry_pages = 512;
}

static void test_summary(void **state)
{
	(void)state;
	golden__begin("pgmap-summary");
	show("nothing happened", NULL, put_summary);

	count_events();
	show("events", NULL, put_summary);

	m.p.k.events[PGR_EV_GET] = 2;
	m.p.k.former_deletes = 3;
	m.p.value += 3;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	add_row_of(PGR_HOLD_GET, "gup", 8, AT_PIN, 0x140020, 1);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	show("holders", &m.sweep, put_summary);

	m.p.k.events[PGR_EV_GET] = 2;
	m.p.value += 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	show("more were traced than there are", &m.sweep, put_summary);

	m.p.k.events[PGR_EV_GET] = 2;
	m.p.value -= 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	show("below rest", &m.sweep, put_summary);

	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	show("a pin and no event", &m.sweep, put_summary);

	m.p.k.type = PGR_TYPE_PRIVATE;
	add_busy(0x140010, 2);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	show("private memory", &m.sweep, put_summary);

	m.p.state = PGMAP_GONE;
	ledger__free(m.l);
	m.l = NULL;
	pages = NULL;
	golden__add("gone", &m.r, put_summary);
	fresh_model();

	m.p.state = PGMAP_KILLED;
	m.p.ref_flags = PGR_REF_DYING;
	m.p.value = 3;
	show("killed", NULL, put_summary);

	m.p.state = PGMAP_DRAINED;
	show("drained", NULL, put_summary);

	m.p.k.events[PGR_EV_GET] = 2;
	m.p.has_value = false;
	show("no value", NULL, put_summary);

	m.p.k.events[PGR_EV_GET] = 1;
	m.p.value += 1;
	ledger__free(m.l);
	m.l = NULL;
	pages = NULL;
	golden__add("no ledger", &m.r, put_summary);
	fresh_model();

	m.p.k.events[PGR_EV_INSERT] = 25;
	for (uint32_t i = 0; i < 20; i++)
		add_row_of(PGR_HOLD_GET, "app", 7 + i, 0, 0x140010, 2);
	show("as many holders as are shown", NULL, put_summary);

	m.p.k.events[PGR_EV_INSERT] = 25;
	m.r.stack = NULL;
	for (uint32_t i = 0; i < 21; i++)
		add_row_of(PGR_HOLD_GET, "app", 7 + i, AT_CHUNK, 0x140010, 2);
	show("one more holder than is shown, no stacks", NULL, put_summary);

	m.p.k.events[PGR_EV_GET] = 1;
	m.p.value += 2;
	m.sweep.used = 1;
	add_row_of(PGR_HOLD_FOLIO, "fio", 11, AT_FAULT, 0x140000, 1);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("it accounts for its folios", &m.sweep, put_summary);
	golden__end();
}

static void miss(enum pgr_hook hook)
{
	m.plan.hook[hook].next = 1;
	m.r.plan = &m.plan;
	m.r.alive = &m.alive;
}

/* A figure is left out if a hook that it needs does not run. */
static void test_unseen(void **state)
{
	(void)state;
	golden__begin("pgmap-summary-unseen");
	count_events();
	m.r.plan = &m.plan;
	show("every hook runs", NULL, put_summary);

	count_events();
	miss(PGR_HOOK_DELETE);
	for (int holding = PGR_HOLD_GET; holding < PGR_HOLD_PIN; holding++)
		ledger__leave_out(m.l, holding,
				  unseen__outlived(m.r.plan, NULL, holding, m.p.k.type));
	add_entry_of("fio", 11, 12, 0, 0x140000, 0);
	add_entry_of("fio", 11, 12, 1, 0x140001, 0);
	history__count(m.p.history, 2 * SEC, HISTORY_INSERT, 2);
	history__sample(m.p.history, 2 * SEC, HISTORY_ENTRIES, 2);
	show("deletes are not seen", NULL, put_summary);

	count_events();
	miss(PGR_HOOK_INSERT);
	history__count(m.p.history, 2 * SEC, HISTORY_DELETE, 2);
	show("inserts are not seen", NULL, put_summary);

	miss(PGR_HOOK_DELETE);
	m.p.state = PGMAP_KILLED;
	show("no event was seen, nor all of them", NULL, put_summary);

	count_events();
	miss(PGR_HOOK_UNPIN_PAGE);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	show("unpins are not seen", NULL, put_summary);

	count_events();
	miss(PGR_HOOK_UNPIN_PAGE);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	add_busy(0x140030, 2);
	show("unpins are not seen, a page is busy", &m.sweep, put_summary);

	count_events();
	miss(PGR_HOOK_FREE);
	for (int holding = PGR_HOLD_GET; holding < PGR_HOLD_PIN; holding++)
		ledger__leave_out(m.l, holding,
				  unseen__outlived(m.r.plan, NULL, holding, m.p.k.type));
	add_row_of(PGR_HOLD_PAGE, "hmm", 11, AT_CHUNK, 0x140000, 1);
	show("that a device page is freed is not seen", NULL, put_summary);

	count_events();
	m.r.plan = &m.plan;
	m.r.alive = &m.alive;
	m.alive.hook[PGR_HOOK_DELETE].worst = ALIVE_STOPPED;
	strcpy(m.alive.hook[PGR_HOOK_DELETE].doubt, "is attached but does not run");
	show("a hook has stopped", NULL, put_summary);
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_references),
		TEST_MODEL(test_busy_pages),
		TEST_MODEL(test_summary),
		TEST_MODEL(test_unseen),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

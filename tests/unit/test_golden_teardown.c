// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports about teardowns, in each phase and with each verdict. */
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

static void put(struct report *r)
{
	report__finding(r, &m.f, NOW);
}

static void show(const char *title, enum finding_phase phase, const struct pgr_sweep *pages)
{
	m.f.phase = phase;
	m.f.pages = pages;
	finish_ledger();
	m.f.ledger = m.l;
	golden__add(title, &m.r, put);
	fresh_model();
}

/* The pgmap drained at 6.5 s and was gone 100 ms later. */
static void end_teardown(void)
{
	m.p.state = PGMAP_GONE;
	m.p.value = 0;
	m.p.td.drained_ns = 6500 * MS;
	m.p.td.gone_ns = 6600 * MS;
	history__sample(m.p.history, 6500 * MS, HISTORY_VALUE, 0);
	history__mark(m.p.history, 6500 * MS, HISTORY_DRAINED);
	history__mark(m.p.history, 6600 * MS, HISTORY_GONE);
}

static void stick(int64_t value)
{
	m.p.td.stuck = true;
	m.p.td.stuck_ns = 7 * SEC;
	m.p.td.stuck_value = value;
}

static void test_without_a_leak(void **state)
{
	(void)state;
	golden__begin("teardown-clean");
	begin_teardown(0);
	end_teardown();
	m.p.td.final = &m.sweep;
	m.p.td.sweep = NULL;
	show("clean, gone", FINDING_GONE, &m.sweep);

	begin_teardown(1);
	end_teardown();
	m.p.td.last = task_of("app", 7, 8);
	m.p.k.drains = m.p.k.drain_refs = 1;
	show("clean, one reference was put in time: looked at when it began", FINDING_GONE,
	     &m.sweep);

	begin_teardown(2);
	end_teardown();
	doubts("the pages were not swept just before the struct pages went");
	show("inconclusive, gone", FINDING_GONE, NULL);

	begin_teardown(0);
	end_teardown();
	m.p.td.has_value = false;
	m.p.td.sweep = NULL;
	m.p.k.flags = PGR_PGMAP_NO_VALUE;
	doubts("the counter could not be read");
	show("the counter could not be read", FINDING_GONE, NULL);

	begin_teardown(4);
	end_teardown();
	m.p.k.flags = PGR_PGMAP_NO_VALUE;
	show("the counter could not be read at birth", FINDING_GONE, NULL);

	begin_teardown(4);
	end_teardown();
	m.p.k.flags = PGR_PGMAP_ADOPTED | PGR_PGMAP_PAGES_PART;
	m.p.k.nr_range = 10;
	doubts("the counter's value at rest is not known");
	show("a part of its ranges", FINDING_GONE, NULL);
	golden__end();
}

static void test_times(void **state)
{
	(void)state;
	golden__begin("teardown-times");
	begin_teardown(1);
	doubts("its end was not seen");
	show("open: still waits", FINDING_OPEN, &m.sweep);

	m.p.state = PGMAP_KILLED;
	m.p.td.begin_ns = 2 * SEC;
	m.p.k.flags = PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START;
	doubts("its begin was not seen: the pages were not swept then");
	show("under way at the start", FINDING_OPEN, NULL);

	m.p.td.begin_ns = 2 * SEC;
	m.p.td.drained_ns = 6 * SEC;
	doubts("its begin was not seen: the pages were not swept then");
	show("under way at the start, drained", FINDING_DRAINED, NULL);

	m.p.td.begin_unseen = true;
	m.p.td.drained_ns = 6 * SEC;
	doubts("its begin was not seen: the pages were not swept then");
	show("its drain was the first that was seen", FINDING_OPEN, NULL);

	m.p.td.begin_unseen = true;
	m.p.td.gone_ns = 6 * SEC;
	doubts("its begin was not seen: the pages were not swept then");
	show("that it went was the first that was seen", FINDING_GONE, NULL);

	m.p.td.over = true;
	doubts("its begin was not seen: the pages were not swept then");
	show("over: neither was seen", FINDING_OVER, NULL);

	begin_teardown(1);
	m.p.td.over = true;
	doubts("its end was not seen");
	show("over: its end was not seen", FINDING_OVER, NULL);

	begin_teardown(1);
	m.p.td.drained_ns = 6500 * MS;
	doubts("its end was not seen");
	show("open: drained, not gone", FINDING_OPEN, NULL);
	golden__end();
}

static void test_hangs(void **state)
{
	(void)state;
	golden__begin("teardown-hang");
	begin_teardown(3);
	stick(3);
	leaks(LEAK_HANG);
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	add_row_of(PGR_HOLD_GET, "gup", 8, AT_PIN, 0x140020, 1);
	show("stuck: two of three are traced", FINDING_STUCK, &m.sweep);

	begin_teardown(3);
	stick(2);
	leaks(LEAK_HANG);
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 2);
	add_row_of(PGR_HOLD_GET, "gup", 8, AT_PIN, 0x140020, 1);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140030, 1);
	show("stuck: all are traced; nobody looked at its pages", FINDING_STUCK, NULL);

	begin_teardown(1);
	stick(1);
	end_teardown();
	leaks(LEAK_HANG);
	m.p.td.last = task_of("app", 7, 8);
	m.p.td.last_stack = AT_CHUNK;
	m.p.k.drains = m.p.k.drain_refs = m.p.k.drain_known = 1;
	m.f.j.allowed = true;
	show("drained late; suppressed", FINDING_DRAINED, &m.sweep);

	begin_teardown(1);
	stick(1);
	end_teardown();
	leaks(LEAK_HANG);
	m.p.td.last_stack = NO_STACK;
	show("drained late by an interrupt", FINDING_DRAINED, NULL);

	begin_teardown(1);
	stick(1);
	end_teardown();
	leaks(LEAK_HANG);
	show("drained late by somebody", FINDING_DRAINED, NULL);

	begin_teardown(-2);
	leaks(LEAK_UNDERFLOW);
	stick(-2);
	show("one put too many, and stuck", FINDING_STUCK, NULL);

	begin_teardown(-1);
	end_teardown();
	leaks(LEAK_UNDERFLOW);
	show("underflow", FINDING_GONE, NULL);

	begin_teardown(2);
	stick(1);
	m.p.td.begun = false;
	m.p.td.has_value = false;
	leaks(LEAK_HANG);
	doubts("its begin was not seen: the pages were not swept then");
	m.f.j.verdict = VERDICT_LEAK;
	show("stuck since before the start", FINDING_STUCK, NULL);

	begin_teardown(2);
	doubts("how long it waited was not seen");
	stick(2);
	show("no leak, though stuck", FINDING_OPEN, NULL);
	golden__end();
}

static struct pgr_rec_move move_of(const char *comm, uint32_t tgid, const char *taker,
				   uint32_t taker_tgid, uint64_t stack)
{
	struct pgr_rec_move r = { .h = { .id = 3, .ns = 5500 * MS }, .n = 1, .value = 2 };

	r.task = task_of(comm, tgid, tgid);
	if (taker)
		r.taker = task_of(taker, taker_tgid, taker_tgid);
	r.stack = stack;
	return r;
}

static void test_moves_after_the_kill(void **state)
{
	struct pgr_rec_move r;

	(void)state;
	golden__begin("teardown-moves");
	begin_teardown(3);
	leaks(LEAK_GET_AFTER_KILL);
	r = move_of("late", 20, NULL, 0, AT_FAULT);
	late_moves__add(&m.p.td.late, &r);
	r = move_of("app", 7, "app", 7, AT_CHUNK);
	r.pfn = 0x140010;
	r.held_ns = 30 * MS;
	r.value = 0;
	late_moves__add(&m.p.td.drain, &r);
	r.pfn = 0x140013;
	r.h.ns = 5700 * MS;
	r.ref_flags = PGR_REF_UNREADABLE;
	late_moves__add(&m.p.td.drain, &r);
	r = move_of("other", 9, "app", 7, NO_STACK);
	r.pfn = 0x140020;
	r.held_ns = 30 * MS;
	r.h.ns = 4 * SEC; /* before the begin of the teardown */
	late_moves__add(&m.p.td.drain, &r);
	r.task.tid = 10;
	r.task.tgid = 10;
	r.h.ns = 5 * SEC;
	late_moves__add(&m.p.td.drain, &r);
	r.h.ns = 4 * SEC;
	late_moves__add(&m.p.td.drain, &r);
	m.p.k.drains = 6;
	m.p.k.drain_refs = 7;
	end_teardown();
	show("a get, puts, and one of which there is no record", FINDING_GONE, NULL);

	begin_teardown(3);
	for (uint32_t i = 0; i < 18; i++) {
		r = move_of("late", 20 + i, NULL, 0, 0);
		late_moves__add(&m.p.td.late, &r);
		if (i < 16)
			late_moves__add(&m.p.td.drain, &r);
	}
	m.p.k.drains = m.p.k.drain_refs = 16;
	stick(3);
	leaks(LEAK_HANG | LEAK_GET_AFTER_KILL);
	show("as many as are shown, and more", FINDING_STUCK, NULL);

	begin_teardown(3);
	m.p.k.drains = m.p.k.drain_refs = 3;
	end_teardown();
	doubts("not every page was swept before the struct pages went");
	show("puts of one that leaks nothing are counted", FINDING_GONE, NULL);
	golden__end();
}

static void add_entry_file(uint64_t ino, uint64_t entries)
{
	m.sweep.file[m.sweep.nr_files++] = (struct pgr_entry_file){
		.ino = ino, .dev = DISK, .entries = entries, .pages = entries
	};
	m.sweep.entries += entries;
	m.sweep.entry_pages += entries;
}

static void test_pages(void **state)
{
	(void)state;
	golden__begin("teardown-pages");
	begin_teardown(0);
	end_teardown();
	leaks(LEAK_PINNED);
	add_busy(0x140010, 3);
	m.p.td.final = &m.sweep;
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140010, 1);
	look_for_holders();
	show("pinned, before they went", FINDING_GONE, &m.sweep);

	begin_teardown(0);
	end_teardown();
	leaks(LEAK_PINNED);
	add_busy(0x140010, 3);
	m.p.k.type = PGR_TYPE_PRIVATE;
	add_row_of(PGR_HOLD_PAGE, "hmm", 9, AT_CHUNK, 0x140010, 1);
	show("of a driver's private memory, at its begin", FINDING_GONE, &m.sweep);

	begin_teardown(0);
	end_teardown();
	leaks(LEAK_PINNED);
	add_busy(0x140010, 3);
	m.p.k.type = PGR_TYPE_COHERENT;
	show("of coherent memory", FINDING_GONE, &m.sweep);

	begin_teardown(0);
	end_teardown();
	leaks(LEAK_PINNED);
	add_busy(0x140010, 3);
	m.p.k.type = PGR_TYPE_GENERIC;
	strcpy(m.p.name, "dax0.0");
	m.p.k.vmemmap_shift = 9;
	add_entry_file(12, 1);
	show("of a device-dax, which has no entries", FINDING_GONE, &m.sweep);

	begin_teardown(0);
	m.p.td.sweep = NULL;
	end_teardown();
	leaks(LEAK_ENTRIES);
	add_entry_file(12, 2);
	add_entry_of("fio", 11, 12, 0, 0x140000, 0);
	show("entries of files, while it waits", FINDING_GONE, &m.sweep);
	golden__end();
}

/* On a kernel whose pgmaps account for their folios. */
static void test_layers(void **state)
{
	(void)state;
	golden__begin("teardown-layers");
	begin_teardown(3);
	stick(2);
	leaks(LEAK_HANG);
	m.sweep.used = 1;
	add_row_of(PGR_HOLD_FOLIO, "fio", 11, AT_FAULT, 0x140000, 1);
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	assert_int_equal(ledger__reconcile(m.l, 0, false), 0);
	show("they are compared while it waits", FINDING_STUCK, &m.sweep);

	begin_teardown(3);
	end_teardown();
	stick(2);
	leaks(LEAK_HANG);
	m.p.k.drain_known = 1;
	m.p.k.foreign_puts = 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	assert_int_equal(ledger__reconcile(m.l, 1, false), 0);
	show("and no more when it has drained", FINDING_DRAINED, &m.sweep);

	begin_teardown(3);
	end_teardown();
	leaks(LEAK_PINNED);
	m.p.k.drain_known = 1;
	m.p.k.foreign_puts = 1;
	m.p.td.drained_ns = 0;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	show("no layers are asked for", FINDING_GONE, NULL);

	begin_teardown(3);
	end_teardown();
	leaks(LEAK_PINNED);
	m.p.k.drain_known = 2;
	m.p.k.foreign_puts = 1;
	add_row_of(PGR_HOLD_GET, "app", 7, AT_CHUNK, 0x140010, 1);
	show("who put is known of them, too", FINDING_GONE, NULL);
	golden__end();
}

static void test_names(void **state)
{
	struct pgr_range two[] = { { 5ULL << 30, (6ULL << 30) - 1 },
				   { 8ULL << 30, (9ULL << 30) - 1 } };
	static const char *const titles[] = {
		"a driver that is no module, two ranges",
		"two ranges, each of them shown",
		"more ranges than are followed, and not known",
	};

	(void)state;
	golden__begin("teardown-names");
	begin_teardown(0);
	end_teardown();
	strcpy(m.p.k.dev, "namespace0.0");
	m.p.k.ops = 0xffffffffc0101000;
	m.p.k.owner = 0xffff888100abcdef;
	m.p.ops = "fsdax_pagemap_ops";
	m.p.module = "nd_pmem";
	show("all that is known of its driver", FINDING_GONE, NULL);

	begin_teardown(0);
	end_teardown();
	m.p.k.ops = 0xffffffffc0101000;
	show("operations without a name", FINDING_GONE, NULL);

	begin_teardown(0);
	end_teardown();
	m.p.k.owner = 0xffff888100abcdef;
	m.p.k.flags = PGR_PGMAP_ADOPTED;
	m.p.td.task = task_of("a\033[2J", 100, 101);
	show("an owner, and a task with an odd name", FINDING_GONE, NULL);

	for (int i = 0; i < 3; i++) {
		begin_teardown(0);
		end_teardown();
		m.p.ops = "fsdax_pagemap_ops";
		m.p.k.ops = 0xffffffff81000000;
		m.p.k.nr_range = i < 2 ? 2 : PGR_RANGES_MAX + 1;
		m.p.k.span.end = (9ULL << 30) - 1;
		m.p.ranges = i < 2 ? two : NULL;
		m.r.ranges = i > 0;
		show(titles[i], FINDING_GONE, NULL);
	}
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_without_a_leak), TEST_MODEL(test_times),
		TEST_MODEL(test_hangs),		 TEST_MODEL(test_moves_after_the_kill),
		TEST_MODEL(test_pages),		 TEST_MODEL(test_layers),
		TEST_MODEL(test_names),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

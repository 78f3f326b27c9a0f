// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The answer, in one screen: each kind of finding in terminals of three widths. */
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
#include "kernel/walked.h"
#include "model/grade.h"
#include "models.h"
#include "report/report_blame.h"
#include "report/report_pgmap.h"

static bool colored; /* the next finding is shown in colour, too */

static void put(struct report *r)
{
	report__finding(r, &m.f, NOW);
}

static void put_line(struct report *r)
{
	char line[512];

	out__text(r->out, "%s\n", report__line(r, &m.f, line, sizeof(line)));
}

/* Shows the finding, and as JSON. Returns its lines at 80 columns. */
static size_t show(const char *title, enum finding_phase phase)
{
	size_t lines;

	m.f.phase = phase;
	m.r.details = false;
	finish_ledger();
	m.f.ledger = m.l;
	golden__add_width(title, &m.r, put, 60);
	lines = golden__add_width(title, &m.r, put, 80);
	golden__add_width(title, &m.r, put, 120);
	if (m.f.j.verdict == VERDICT_LEAK)
		golden__add_width("one line", &m.r, put_line, 512);
	if (colored)
		golden__add_color(title, &m.r, put);
	m.r.details = true;
	if (colored)
		golden__add_color("all figures", &m.r, put);
	colored = false;
	fresh_model();
	return lines;
}

static void hang(int64_t n)
{
	begin_teardown(n);
	m.p.td.stuck = true;
	m.p.td.stuck_ns = 7 * SEC;
	m.p.td.stuck_value = n;
	m.p.state = PGMAP_KILLED;
	m.p.k.flags = PGR_PGMAP_ADOPTED;
	m.p.module = "nd_pmem";
	m.f.pages = &m.sweep;
	leaks(LEAK_HANG);
	look_for_holders();
}

/* The search found that a process has pages in an object, or a file open. */
static void found(enum pgr_walk_how how, const char *comm, uint32_t tgid, uint64_t pfn, uint64_t nr,
		  const char *path)
{
	struct pgr_walked w = { .how = how, .task = task_of(comm, tgid, tgid), .dev = DISK };

	w.ino = how == PGR_WALK_FD ? 12 : 0;
	w.object = pfn;
	w.pages = nr;
	w.fd = 4;
	w.nr_ranges = nr ? 1 : 0;
	w.range[0] = (struct pgr_pfn_range){ pfn, nr };
	assert_int_equal(walked__add(m.f.found, &w, path), 0);
	walked__finish(m.f.found);
	grade__set(m.f.found,
		   &(struct grade_facts){ .pages = &m.sweep, .idle = 1, .ascending = true });
}

static void hang_of_twelve(void)
{
	char name[16];

	hang(78);
	for (uint32_t i = 1; i <= 12; i++) {
		snprintf(name, sizeof(name), "wrk%u", i);
		add_row_of(PGR_HOLD_GET, name, 300 + i, AT_CHUNK, 0x140000 + i, i);
	}
}

static void test_a_hang(void **state)
{
	(void)state;
	golden__begin("brief-hang");
	hang(4);
	add_row_of(PGR_HOLD_GET, "rdma_reader", 66, AT_CHUNK, 0x140000, 3);
	add_row_of(PGR_HOLD_GET, "worker2", 268, AT_CHUNK, 0x140004, 1);
	colored = true;
	assert_true(show("two tasks, one call", FINDING_STUCK) <= 24);

	hang(1);
	add_row_of(PGR_HOLD_GET, "app", 7, AT_FAULT, 0x140000, 1);
	assert_true(show("one holder", FINDING_STUCK) <= 24);

	hang_of_twelve();
	assert_true(show("twelve tasks, one call", FINDING_STUCK) <= 30);
	hang_of_twelve();
	m.r.stacks = STACKS_SITE;
	show("twelve tasks, the site", FINDING_STUCK);
	hang_of_twelve();
	m.r.stacks = STACKS_FULL;
	show("twelve tasks, all frames", FINDING_STUCK);

	hang(20);
	for (uint32_t i = 1; i <= 20; i++)
		add_row_of(PGR_HOLD_GET, "many", 300 + i, AT_CHUNK, 0x140000 + i, 1);
	show("twenty tasks", FINDING_STUCK);

	hang(2);
	show("nobody is known", FINDING_STUCK);

	/* Pages in use beside the references: on this kernel they hold nothing up. */
	hang(1);
	add_busy(0x140002, 2);
	add_row_of(PGR_HOLD_GET, "app", 7, AT_FAULT, 0x140000, 1);
	add_row_of(PGR_HOLD_PIN, "daxpin", 234, AT_PIN, 0x140002, 1);
	show("and a pinned page", FINDING_STUCK);

	/* Of a type whose pages have references, a page in use is what the unbind waits for. */
	hang(1);
	m.p.k.type = PGR_TYPE_P2PDMA;
	m.f.pages_hold = true;
	add_busy(0x140002, 2);
	found(PGR_WALK_PIPE, "app", 7, 0x140002, 1, "");
	show("a page that has a reference", FINDING_STUCK);

	hang(2);
	m.p.k.flags = 0;
	m.f.found->err = -1;
	show("not seen, no search", FINDING_STUCK);

	hang(-1);
	leaks(LEAK_HANG | LEAK_UNDERFLOW);
	show("put too often", FINDING_STUCK);

	hang(2);
	m.f.said = LEAK_HANG;
	show("said before, still hangs", FINDING_OPEN);

	hang(2);
	m.f.said = LEAK_HANG;
	m.p.td.drained_ns = 17 * SEC;
	m.p.td.last = task_of("insmod", 301, 301);
	show("said before, has drained", FINDING_DRAINED);
	golden__end();
}

static void test_pages(void **state)
{
	(void)state;
	golden__begin("brief-pages");
	begin_teardown(0);
	m.p.td.gone_ns = m.p.td.drained_ns = 5058 * MS;
	m.p.state = PGMAP_GONE;
	add_busy(0x140002, 2);
	add_busy(0x140003, 2);
	m.f.pages = m.p.td.final = &m.sweep;
	leaks(LEAK_PINNED);
	look_for_holders();
	add_row_of(PGR_HOLD_PIN, "daxpin", 234, AT_PIN, 0x140002, 2);
	assert_true(show("pinned at the teardown", FINDING_GONE) <= 30);

	/* In a pipe, as found; of a file, whose path the search saw. */
	begin_teardown(0);
	m.p.td.gone_ns = m.p.td.drained_ns = 5058 * MS;
	m.p.state = PGMAP_GONE;
	for (uint64_t i = 0; i < 2; i++) {
		struct pgr_busy_page *b = add_busy(0x140002 + i, 2);

		b->ino = 12;
		b->dev = DISK;
		b->index = 7 + i;
	}
	m.f.pages = m.p.td.final = &m.sweep;
	leaks(LEAK_PINNED);
	look_for_holders();
	found(PGR_WALK_PIPE, "daxpin", 234, 0x140002, 2, "");
	found(PGR_WALK_FD, "daxpin", 234, 0, 0, "/mnt/dax/f0");
	add_row_of(PGR_HOLD_PIN, "daxpin", 234, AT_PIN, 0x140002, 2);
	colored = true;
	assert_true(show("pinned, traced and found", FINDING_GONE) <= 30);

	begin_teardown(0);
	m.p.td.gone_ns = m.p.td.drained_ns = 5058 * MS;
	m.p.state = PGMAP_GONE;
	m.f.pages = m.p.td.final = &m.sweep;
	leaks(LEAK_ENTRIES);
	m.sweep.entry_pages = 1;
	add_entry_of("writer", 12, 99, 3, 0x140003, 0);
	show("files have entries", FINDING_GONE);
	golden__end();
}

static void test_at_the_end(void **state)
{
	struct marks marks = { 0 };

	(void)state;
	golden__begin("brief-end");
	leaks(LEAK_EXCESS_AT_END);
	m.f.counts.references = 2;
	m.f.facts.after = (struct state_facts){ .has_value = true, .excess = 2 };
	add_row_of(PGR_HOLD_GET, "rdma_reader", 238, AT_CHUNK, 0x140000, 2);
	show("references", FINDING_END);

	/* Rows are from 10 s on. */
	assert_int_equal(marks__add(&marks, "generic/456", 5 * SEC), 0);
	assert_int_equal(marks__add(&marks, "generic/457", 9 * SEC), 0);
	assert_int_equal(marks__add(&marks, "generic/458", 11 * SEC), 0);
	leaks(LEAK_EXCESS_AT_END);
	m.r.marks = &marks;
	m.f.counts.references = 2;
	m.f.facts.after = (struct state_facts){ .has_value = true, .excess = 2 };
	add_row_of(PGR_HOLD_GET, "rdma_reader", 238, AT_CHUNK, 0x140000, 2);
	show("references, with marks", FINDING_END);

	/* Of the second test: the row was last seen at 12 s, and one of four references is new. */
	leaks(LEAK_EXCESS_AT_END);
	m.r.marks = &marks;
	m.f.since_ns = 11 * SEC;
	m.f.counts.references = 1;
	m.f.facts.after = (struct state_facts){ .has_value = true, .excess = 4 };
	add_row_of(PGR_HOLD_GET, "rdma_reader", 238, AT_CHUNK, 0x140000, 1);
	show("of one test", FINDING_END);

	leaks(LEAK_EXCESS_AT_END);
	m.f.since_ns = 13 * SEC;
	m.f.counts.references = 1;
	add_row_of(PGR_HOLD_GET, "rdma_reader", 238, AT_CHUNK, 0x140000, 3);
	show("of a test after all rows", FINDING_END);
	marks__clear(&marks);

	leaks(LEAK_BUSY_AT_END);
	add_busy(0x140002, 2);
	m.f.counts.busy = 1;
	m.f.pages = &m.sweep;
	m.f.facts.after = (struct state_facts){ .has_value = true };
	look_for_holders();
	m.f.found->unexplained = 1;
	show("a page", FINDING_END);

	leaks(LEAK_UNDERFLOW);
	m.f.facts.after = (struct state_facts){ .has_value = true, .excess = -1 };
	show("put too often", FINDING_END);

	doubts("the counter did not come to rest");
	colored = true;
	show("not known", FINDING_END);

	leaks(LEAK_EXCESS_AT_END);
	m.f.j.allowed = true;
	m.f.counts.references = 1;
	colored = true;
	show("suppressed", FINDING_END);
	golden__end();
}

static void test_lines(void **state)
{
	(void)state;
	golden__begin("brief-lines");
	begin_teardown(0);
	m.p.td.gone_ns = m.p.td.drained_ns = 5081 * MS;
	m.p.state = PGMAP_GONE;
	colored = true;
	assert_int_equal(show("clean", FINDING_GONE), 1);

	m.f.counts.pre_existing = 2;
	m.f.counts.busy_before = 1;
	show("as it was at the start", FINDING_END);

	begin_teardown(0);
	m.p.td.gone_ns = 5081 * MS;
	m.p.state = PGMAP_GONE;
	leaks(LEAK_GET_AFTER_KILL);
	late_moves__add(&m.p.td.late,
			&(struct pgr_rec_move){ .h = { .ns = 6 * SEC, .record = PGR_REC_LATE },
						.n = 1,
						.stack = AT_FAULT });
	show("taken after the kill", FINDING_GONE);
	golden__end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_MODEL(test_a_hang),
		TEST_MODEL(test_pages),
		TEST_MODEL(test_at_the_end),
		TEST_MODEL(test_lines),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* trace -c: tables of sums on terminals of several widths. */
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
#include "report/report_sums.h"

static struct sums *sums;
static bool puts_seen;

static void name_site(void *ctx, uint64_t stack, char *buf, size_t len)
{
	(void)ctx;
	snprintf(buf, len, "%s",
		 stack == 1 ? "dax_fault_iter" :
		 stack == 2 ? "pgmapref_fault_get [pgmapref_fault]" :
			      "");
}

static void add(uint32_t event, const char *comm, uint32_t pid, uint64_t stack, int64_t n,
		uint64_t held)
{
	struct pgr_rec_event e = { .event = event,
				   .n = n,
				   .stack = stack,
				   .taken_at = stack,
				   .held_ns = held,
				   .ino = 12 + pid % 2,
				   .dev = DISK,
				   .task = task_of(comm, pid, pid) };

	if (n < 0)
		e.taker = e.task;
	assert_int_equal(sums__add(sums, m.p.name, &e), 0);
}

static void make(unsigned int by)
{
	struct holder h = { .holding = PGR_HOLD_GET,
			    .task = task_of("rdma_reader", 266, 266),
			    .stack = 2,
			    .first_ns = NOW - 5400000000ULL };

	sums__free(sums);
	sums = sums__new(by, name_site, NULL);
	assert_non_null(sums);
	for (int i = 0; i < 100; i++)
		add(PGR_EV_INSERT, "daxfiles", 262, 1, 10, 0);
	for (int i = 1; i <= 1000; i++)
		add(PGR_EV_DELETE, "daxfiles", 262, 1, -1, i * 1000000ULL);
	add(PGR_EV_INSERT, "a_long_command", 1000263, 1, 131072, 0);
	add(PGR_EV_GET, "rdma_reader", 266, 2, 3, 0);
	add(PGR_EV_GET, "worker", 267, 3, 1, 0);
	add(PGR_EV_PUT, "worker", 267, 3, -1, 1200);
	sums__see_holder(sums, m.p.name, &h);
	sums__add(sums, m.p.name, &(struct pgr_rec_event){ .event = PGR_EV_DELETE, .n = -12 });
	sums__sort(sums);
}

static void put(struct report *r)
{
	report__sums(r, sums, puts_seen, NOW);
}

static void test_tables(void **state)
{
	static const unsigned int widths[] = { 60, 80, 120 };

	(void)state;
	golden__begin("sums");
	make(0);
	golden__add("puts are not seen", &m.r, put);
	puts_seen = true;
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++)
		golden__add_width("it fits", &m.r, put, widths[i]);
	make(SUM_BY_TASK);
	golden__add("by task", &m.r, put);
	make(SUM_BY_FILE | SUM_BY_PGMAP);
	golden__add("by file", &m.r, put);
	golden__end();
}

/* The kernel may have many: all only with --details. */
static void test_many(void **state)
{
	(void)state;
	make(SUM_BY_TASK);
	for (uint32_t pid = 1; pid <= 60; pid++)
		add(PGR_EV_ALLOC, "fio", pid, 1, 1, 0);
	sums__sort(sums);
	golden__begin("sums-many");
	golden__add("all rows", &m.r, put);
	m.r.details = false;
	golden__add("the first rows", &m.r, put);
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_tables),
		TEST_MODEL(test_many),
	};
	int failed = cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);

	sums__free(sums);
	return failed;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A leak in one sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"
#include "report/report_blame.h"

static void assert_blame(const char *wanted)
{
	char buf[512];

	finish_ledger();
	m.f.ledger = m.l;
	assert_string_equal(report__blame(&m.r, &m.f, buf, sizeof(buf)), wanted);
}

static void at_end(unsigned int kinds, int64_t references)
{
	leaks(kinds);
	m.f.phase = FINDING_END;
	m.f.counts.references = references;
	m.f.facts.after.excess = references;
}

static void test_one_task(void **state)
{
	(void)state;
	at_end(LEAK_EXCESS_AT_END, 2);
	add_row_of(PGR_HOLD_GET, "rdma_reader", 238, AT_CHUNK, 0, 2);
	assert_blame("2 references left by rdma_reader/238 at dmirror_allocate_chunk [test_hmm]");
}

static void test_no_stack(void **state)
{
	(void)state;
	at_end(LEAK_EXCESS_AT_END, 1);
	add_row_of(PGR_HOLD_GET, "a", 1, NO_STACK, 0, 1);
	assert_blame("1 reference left by a/1");
}

static void test_some(void **state)
{
	(void)state;
	at_end(LEAK_EXCESS_AT_END, 20);
	add_row_of(PGR_HOLD_GET, "a", 1, NO_STACK, 0, 7);
	add_row_of(PGR_HOLD_GET, "b", 2, NO_STACK, 0, 6);
	add_row_of(PGR_HOLD_GET, "c", 3, NO_STACK, 0, 3);
	add_row_of(PGR_HOLD_GET, "d", 4, NO_STACK, 0, 2);
	assert_blame("20 references left: 7 by a/1, 6 by b/2, 3 by c/3, and 1 more, "
		     "2 by whom is not known");
}

static void test_nobody(void **state)
{
	(void)state;
	at_end(LEAK_EXCESS_AT_END, 3);
	assert_blame("3 references left, by whom is not known");
}

static void test_pages(void **state)
{
	(void)state;
	at_end(LEAK_BUSY_AT_END, 0);
	add_busy(0x140005, 2);
	m.f.pages = &m.sweep;
	add_row_of(PGR_HOLD_PIN, "daxpin", 9, AT_PIN, 0x140005, 1);
	finish_ledger();
	m.f.ledger = m.l;
	{
		char buf[512];

		report__blame(&m.r, &m.f, buf, sizeof(buf));
		assert_non_null(strstr(buf, "1 page left in use by daxpin/9"));
	}
}

static void test_put_too_often(void **state)
{
	(void)state;
	at_end(LEAK_UNDERFLOW, -1);
	assert_blame("a reference was put too often, by whom is not known");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_MODEL(test_one_task), TEST_MODEL(test_no_stack),
		TEST_MODEL(test_some),	   TEST_MODEL(test_nobody),
		TEST_MODEL(test_pages),	   TEST_MODEL(test_put_too_often),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Exact accounts in reports, and the lines of puts while a teardown waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "golden_text.h"
#include "models.h"
#include "report/report_exact.h"
#include "report/report_moves.h"

static struct pgr_rec_move move;

static struct pgr_rec_move move_of(uint32_t record, const char *comm, uint64_t stack)
{
	return (struct pgr_rec_move){ .h = { .record = record, .id = 3, .ns = 5500 * MS },
				      .n = 1,
				      .value = 2,
				      .stack = stack,
				      .task = task_of(comm, 7, 7) };
}

static void put_exact(struct report *r)
{
	out__begin(r->out, "test");
	part__exact(r, &m.p);
	out__end(r->out);
}

static void put_move(struct report *r)
{
	report__move(r, &m.p, &move, &move.task);
}

static void put_move_of_an_interrupt(struct report *r)
{
	report__move(r, &m.p, &move, &(struct pgr_task){ 0 });
}

static void test_accounts(void **state)
{
	struct pgmap_exact *x = &m.p.exact;
	struct pgr_rec_move r;

	(void)state;
	golden__begin("exact");
	golden__add("none was tried", &m.r, put_exact);
	x->tried = true;
	snprintf(x->why_not, sizeof(x->why_not), "the breakpoints of a CPU are taken");
	golden__add("there can be none", &m.r, put_exact);
	*x = (struct pgmap_exact){ .tried = true, .on = true, .since_ns = 3 * SEC };
	golden__add("nothing moved", &m.r, put_exact);
	x->old_puts = 1;
	r = move_of(PGR_REC_PUT, "elder", AT_CHUNK);
	late_moves__add(&x->puts, &r);
	golden__add("one of the start was put", &m.r, put_exact);
	x->old_puts = 2;
	x->open_puts = 3;
	r = move_of(PGR_REC_PUT, "other", AT_FAULT);
	late_moves__add(&x->puts, &r);
	golden__add("puts of either", &m.r, put_exact);
	x->missed = 4;
	x->gaps = 1;
	x->gap = -2;
	golden__add("writes were missed", &m.r, put_exact);
	golden__end();
}

static void test_moves(void **state)
{
	(void)state;
	golden__begin("moves");
	move = move_of(PGR_REC_DRAIN, "app", AT_CHUNK);
	golden__add("a put of an unknown taker", &m.r, put_move);
	move.taker = task_of("taker", 9, 9);
	move.held_ns = 40 * MS;
	move.n = 2;
	golden__add("a put of a known one", &m.r, put_move);
	move.ref_flags = PGR_REF_UNREADABLE;
	move.stack = NO_STACK;
	golden__add("without value and stack", &m.r, put_move);
	move = move_of(PGR_REC_LATE, "late", AT_FAULT);
	golden__add("a get", &m.r, put_move);
	golden__add("a get in an interrupt", &m.r, put_move_of_an_interrupt);
	golden__end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_MODEL(test_accounts),
		TEST_MODEL(test_moves),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

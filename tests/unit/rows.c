// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "rows.h"

struct ledger *new_ledger(void)
{
	struct ledger *l = ledger__new();

	assert_non_null(l);
	return l;
}

struct pgr_ledger_row row_of(uint32_t tid, uint64_t stack, int64_t n)
{
	struct pgr_ledger_row row = { .ns = 1000, .last_ns = 2000, .stack = stack, .n = n };

	row.task.tgid = row.task.tid = tid;
	snprintf(row.task.comm, sizeof(row.task.comm), "task-%u", tid);
	return row;
}

void add_row(struct ledger *l, uint32_t holding, const struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = {
		.id = 1,
		.holding = holding,
		.subject = holding == PGR_HOLD_GET ? row->stack : row->pfn,
		.tid = holding == PGR_HOLD_GET ? row->task.tid : 0,
	};

	ledger__add(l, &key, row);
}

void add_get(struct ledger *l, uint32_t tid, uint64_t stack, int64_t n)
{
	struct pgr_ledger_row row = row_of(tid, stack, n);

	add_row(l, PGR_HOLD_GET, &row);
}

void add_entry(struct ledger *l, uint64_t ino, uint64_t index, uint64_t pfn, uint32_t order)
{
	struct pgr_ledger_row row = row_of(FIO, SITE_A, 1);

	row.ino = ino;
	row.dev = 259 << 20;
	row.index = index;
	row.pfn = pfn;
	row.order = order;
	add_row(l, PGR_HOLD_ENTRY, &row);
}

static bool is_transient(void *ctx, uint64_t stack)
{
	struct asked *asked = ctx;

	asked->calls++;
	asked->about_none += !stack;
	return stack == SITE_GUP;
}

struct asked finish(struct ledger *l)
{
	struct asked asked = { 0 };

	assert_int_equal(ledger__finish(l, is_transient, &asked), 0);
	assert_int_equal(asked.about_none, 0);
	return asked;
}

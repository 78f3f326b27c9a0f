// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* bpf/ledger.bpf.h: rows are added, taken and refused; from which row a put is taken. */
#include <string.h>

#include "bed.h"

#define ROOM 4 /* rows of the ledger */

static int setup(void **state)
{
	struct units_bpf *u = bed__open();

	if (u) {
		bpf_map__set_max_entries(u->maps.ledger, ROOM);
		u->rodata->series.puts_visible = 1;
	}
	return bed__load(state, u);
}

static bool add(struct units_bpf *u, uint64_t subject, int64_t n, uint64_t ns)
{
	u->bss->the_key =
		(struct pgr_ledger_key){ .id = 1, .holding = PGR_HOLD_PAGE, .subject = subject };
	u->bss->the_row = (struct pgr_ledger_row){ .n = n, .ns = ns, .last_ns = ns, .pfn = ns + 1 };
	bed__run(u->progs.run_ledger_add);
	return u->bss->result;
}

static int64_t take(struct units_bpf *u, uint64_t subject, int64_t n)
{
	u->bss->the_key =
		(struct pgr_ledger_key){ .id = 1, .holding = PGR_HOLD_PAGE, .subject = subject };
	u->bss->arg[0] = n;
	bed__run(u->progs.run_ledger_take);
	return u->bss->result;
}

/* References of the row; 0: there is no row. */
static int64_t held(struct units_bpf *u, uint32_t holding, uint64_t subject, uint32_t tid,
		    struct pgr_ledger_row *row)
{
	struct pgr_ledger_key key = { .id = 1, .holding = holding, .subject = subject, .tid = tid };

	memset(row, 0, sizeof(*row));
	bpf_map_lookup_elem(bpf_map__fd(u->maps.ledger), &key, row);
	return row->n;
}

static void test_add_and_take(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_ledger_row row;

	assert_true(add(u, 10, 2, 100));
	assert_int_equal(held(u, PGR_HOLD_PAGE, 10, 0, &row), 2);
	/* The same key again: one row, with the first and the last time. */
	assert_true(add(u, 10, 3, 200));
	assert_int_equal(held(u, PGR_HOLD_PAGE, 10, 0, &row), 5);
	assert_int_equal(row.ns, 100);
	assert_int_equal(row.last_ns, 200);
	assert_int_equal(row.pfn, 201);

	assert_int_equal(take(u, 10, 1), 1);
	assert_int_equal(u->bss->the_row.n, 5); /* the copy shows the row before the change */
	assert_int_equal(held(u, PGR_HOLD_PAGE, 10, 0, &row), 4);
	/* No more than the row has; then the row is gone. */
	assert_int_equal(take(u, 10, 9), 4);
	assert_int_equal(held(u, PGR_HOLD_PAGE, 10, 0, &row), 0);
	assert_int_equal(take(u, 10, 1), 0);
}

static void test_take_all(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_ledger_row row;

	add(u, 11, 7, 1);
	add(u, 12, 1, 1);
	assert_int_equal(take(u, 11, 0), 7);
	assert_int_equal(held(u, PGR_HOLD_PAGE, 11, 0, &row), 0);
	assert_int_equal(held(u, PGR_HOLD_PAGE, 12, 0, &row), 1);
	/* Exactly what the row has: no row with 0 references is left. */
	assert_int_equal(take(u, 12, 1), 1);
	assert_int_equal(held(u, PGR_HOLD_PAGE, 12, 0, &row), 0);
}

static void test_full(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_ledger_row row;

	for (uint64_t i = 1; i <= ROOM; i++)
		assert_true(add(u, i, 1, 1));
	assert_false(u->bss->ledger_full);
	assert_int_equal(bed__lost(u, PGR_LOSS_LEDGER_FULL), 0);
	for (uint64_t i = 1; i <= 3; i++) {
		assert_false(add(u, ROOM + i, 1, 1));
		assert_int_equal(bed__lost(u, PGR_LOSS_LEDGER_FULL), i);
		assert_true(u->bss->ledger_full);
	}
	/* References can still be added to an existing row. */
	assert_true(add(u, 2, 5, 2));
	assert_int_equal(held(u, PGR_HOLD_PAGE, 2, 0, &row), 6);
	/* While ledger_full is set, the map is not used; only a deleted row clears it. */
	assert_int_equal(take(u, 2, 1), 1);
	assert_true(u->bss->ledger_full);
	assert_int_equal(take(u, 1, 1), 1);
	assert_false(u->bss->ledger_full);
	assert_true(add(u, ROOM + 1, 1, 1));
	assert_int_equal(bed__lost(u, PGR_LOSS_LEDGER_FULL), 3);
	assert_int_equal(bed__lost(u, PGR_LOSS_LEDGER_ERR), 0);
}

static void get(struct units_bpf *u, uint32_t tid, uint64_t site)
{
	u->bss->the_key = (struct pgr_ledger_key){
		.id = 1, .holding = PGR_HOLD_GET, .subject = site, .tid = tid
	};
	u->bss->the_row = (struct pgr_ledger_row){ .n = 1, .stack = site };
	bed__run(u->progs.run_get);
}

/* Returns how many takers were known; *site is the call site of the first one. */
static int64_t put(struct units_bpf *u, uint32_t tid, int64_t n, uint64_t *site)
{
	u->bss->the_key = (struct pgr_ledger_key){ .id = 1, .tid = tid };
	u->bss->arg[0] = n;
	bed__run(u->progs.run_put);
	*site = u->bss->the_row.stack;
	return u->bss->result;
}

/* A task gives back its newest reference first. */
static void test_puts_in_turn(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_ledger_row row;
	uint64_t site;

	get(u, 7, 0xa1);
	get(u, 7, 0xb1);
	get(u, 7, 0xc1);
	assert_int_equal(held(u, PGR_HOLD_GET, 0xc1, 7, &row), 1);
	assert_int_equal(row.prev, 0xb1);
	assert_int_equal(put(u, 7, 1, &site), 1);
	assert_int_equal(site, 0xc1);
	assert_int_equal(put(u, 7, 1, &site), 1);
	assert_int_equal(site, 0xb1);
	assert_int_equal(put(u, 7, 1, &site), 1);
	assert_int_equal(site, 0xa1);
	assert_int_equal(put(u, 7, 1, &site), 0);
}

/* A call site that takes again keeps its place in the chain. */
static void test_one_site_again(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_ledger_row row;
	uint64_t site;

	get(u, 7, 0xa1);
	get(u, 7, 0xb1);
	get(u, 7, 0xa1);
	assert_int_equal(held(u, PGR_HOLD_GET, 0xa1, 7, &row), 2);
	assert_int_equal(row.prev, 0);
	put(u, 7, 1, &site);
	assert_int_equal(site, 0xb1);
	assert_int_equal(put(u, 7, 1, &site), 1);
	assert_int_equal(site, 0xa1);
	assert_int_equal(held(u, PGR_HOLD_GET, 0xa1, 7, &row), 1);
}

/* A put of several references continues with the older call sites. */
static void test_put_of_many(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_ledger_row row;
	uint64_t site;

	get(u, 7, 0xa1);
	get(u, 7, 0xa1);
	get(u, 7, 0xb1);
	assert_int_equal(put(u, 7, 2, &site), 2);
	assert_int_equal(site, 0xb1); /* the newest call site */
	assert_int_equal(held(u, PGR_HOLD_GET, 0xa1, 7, &row), 1);
	assert_int_equal(put(u, 7, 5, &site), 1);
}

/* A put does not take from a row of another task. A missing row ends the chain. */
static void test_others(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_ledger_key key = { .id = 1, .holding = PGR_HOLD_GET, .subject = 0xb1, .tid = 7 };
	struct pgr_ledger_row row;
	uint64_t site;

	get(u, 7, 0xa1);
	assert_int_equal(put(u, 8, 1, &site), 0);
	assert_int_equal(held(u, PGR_HOLD_GET, 0xa1, 7, &row), 1);
	get(u, 7, 0xb1);
	assert_int_equal(bpf_map_delete_elem(bpf_map__fd(u->maps.ledger), &key), 0);
	assert_int_equal(put(u, 7, 1, &site), 0);
	assert_int_equal(held(u, PGR_HOLD_GET, 0xa1, 7, &row), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_take),   cmocka_unit_test(test_take_all),
		cmocka_unit_test(test_full),	       cmocka_unit_test(test_puts_in_turn),
		cmocka_unit_test(test_one_site_again), cmocka_unit_test(test_put_of_many),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, setup, bed__close);
}

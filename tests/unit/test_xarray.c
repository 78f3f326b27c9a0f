// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Walks an xarray in made-up memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/xarray.h"

#define XARRAY 0xffffffff82a01000ull
#define NODE(i) (0xffff888100000000ull + (i)*0x240)
#define LINK(i) (NODE(i) + 2) /* the entry that leads to a node */
#define ENTRY(i) (0xffff888200000000ull + (i)*0x100)
#define SIBLING(offset) ((offset) << 2 | 2) /* the sibling of the entry in this slot */
#define RETRY (256ull << 2 | 2)
#define ZERO (257ull << 2 | 2)
#define VALUE(v) ((v) << 1 | 1)
#define NODES 24
#define SEEN 80

struct memory {
	uint64_t head;
	unsigned int nr; /* slots in a node: 64, or 16 with CONFIG_BASE_SMALL */
	uint64_t slots[NODES][64];
	unsigned int nodes;
	unsigned int reads;
};

struct seen {
	uint64_t entry[SEEN];
	unsigned int nr;
};

static int read_memory(void *ctx, uint64_t node, uint64_t xarray, uint64_t *slots, unsigned int *nr)
{
	struct memory *m = ctx;

	assert_int_equal(xarray, XARRAY);
	m->reads++;
	if (!node) {
		slots[0] = m->head;
		*nr = 1;
		return 0;
	}
	for (unsigned int i = 0; i < m->nodes; i++) {
		if (node != NODE(i))
			continue;
		memcpy(slots, m->slots[i], m->nr * sizeof(*slots));
		*nr = m->nr;
		return 0;
	}
	return -EFAULT;
}

static void note(void *ctx, uint64_t entry)
{
	struct seen *s = ctx;

	assert_in_range(s->nr, 0, SEEN - 1);
	s->entry[s->nr++] = entry;
}

static int walk(struct memory *m, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	m->reads = 0;
	return xarray__walk(XARRAY, read_memory, m, note, s);
}

static void test_empty_has_no_entry(void **state)
{
	struct memory m = { .head = 0, .nr = 64 };
	struct seen s;

	(void)state;
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 0);
	assert_int_equal(m.reads, 1);
	/* a node may stay without entries */
	m.head = LINK(0);
	m.nodes = 1;
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 0);
	assert_int_equal(m.reads, 2);
}

static void test_one_entry_is_in_the_head(void **state)
{
	struct memory m = { .head = ENTRY(1), .nr = 64 };
	struct seen s;

	(void)state;
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 1);
	assert_int_equal(s.entry[0], ENTRY(1));
	assert_int_equal(m.reads, 1);
}

static void test_levels_are_walked_in_order(void **state)
{
	struct memory m = { .head = LINK(0), .nr = 64, .nodes = 5 };
	struct seen s;

	(void)state;
	m.slots[0][0] = LINK(1);
	m.slots[0][2] = ENTRY(3);
	m.slots[0][63] = LINK(2);
	m.slots[1][0] = ENTRY(1);
	m.slots[1][1] = LINK(3);
	m.slots[3][63] = ENTRY(2);
	m.slots[2][5] = LINK(4);
	m.slots[4][0] = ENTRY(4);
	m.slots[4][63] = ENTRY(5);
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 5);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(s.entry[i], ENTRY(i + 1));
	assert_int_equal(m.reads, 6);
}

static void test_full_node_gives_every_slot(void **state)
{
	struct memory m = { .head = LINK(0), .nr = 64, .nodes = 1 };
	struct seen s;

	(void)state;
	for (unsigned int i = 0; i < 64; i++)
		m.slots[0][i] = ENTRY(i);
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 64);
	assert_int_equal(s.entry[63], ENTRY(63));
}

static void test_small_nodes_end_after_16_slots(void **state)
{
	struct memory m = { .head = LINK(0), .nr = 16, .nodes = 2 };
	struct seen s;

	(void)state;
	m.slots[0][3] = LINK(1);
	m.slots[0][15] = ENTRY(2);
	m.slots[0][16] = ENTRY(66); /* not a slot of the node */
	m.slots[1][15] = ENTRY(1);
	m.slots[1][40] = LINK(7);
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 2);
	assert_int_equal(s.entry[0], ENTRY(1));
	assert_int_equal(s.entry[1], ENTRY(2));
}

/* A pgmap with so many indices that it has an entry and siblings. */
static void test_siblings_and_marks_are_no_entries(void **state)
{
	struct memory m = { .head = LINK(0), .nr = 64, .nodes = 1 };
	struct seen s;

	(void)state;
	m.slots[0][8] = ENTRY(1);
	for (unsigned int i = 9; i < 16; i++)
		m.slots[0][i] = SIBLING(8ull);
	m.slots[0][16] = ENTRY(2);
	m.slots[0][17] = SIBLING(0ull);
	m.slots[0][18] = SIBLING(62ull);
	m.slots[0][20] = RETRY;
	m.slots[0][21] = ZERO;
	m.slots[0][22] = VALUE(5ull);
	m.slots[0][23] = ENTRY(3) | 1; /* a marked entry */
	m.slots[0][24] = ENTRY(3) | 3;
	m.slots[0][25] = 4094; /* the last internal entry that is not a node */
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 2);
	assert_int_equal(s.entry[0], ENTRY(1));
	assert_int_equal(s.entry[1], ENTRY(2));
	assert_int_equal(m.reads, 2);
}

static void test_reader_error_is_returned(void **state)
{
	struct memory m = { .head = LINK(9), .nr = 64, .nodes = 1 };
	struct seen s;

	(void)state;
	assert_int_equal(walk(&m, &s), -EFAULT);
	assert_int_equal(s.nr, 0);
	/* the node in slot 1 cannot be read: slot 0 was reported, slot 2 is not */
	m.head = LINK(0);
	m.slots[0][0] = ENTRY(1);
	m.slots[0][1] = LINK(9);
	m.slots[0][2] = ENTRY(2);
	assert_int_equal(walk(&m, &s), -EFAULT);
	assert_int_equal(s.nr, 1);
	assert_int_equal(s.entry[0], ENTRY(1));
}

/* An index of 64 bits needs 16 levels of 4 bits. No tree is deeper. */
static void test_deepest_tree_is_walked(void **state)
{
	struct memory m = { .head = LINK(0), .nr = 16, .nodes = 16 };
	struct seen s;

	(void)state;
	for (unsigned int i = 0; i < 15; i++)
		m.slots[i][1] = LINK(i + 1);
	m.slots[15][15] = ENTRY(1);
	assert_int_equal(walk(&m, &s), 0);
	assert_int_equal(s.nr, 1);
	assert_int_equal(m.reads, 17);
}

static void test_loop_ends(void **state)
{
	struct memory m = { .head = LINK(0), .nr = 64, .nodes = NODES };
	struct seen s;

	(void)state;
	/* the node is in each of its own slots: the walk must not follow it 64 times 64 times */
	for (unsigned int i = 0; i < 64; i++)
		m.slots[0][i] = LINK(0);
	assert_int_equal(walk(&m, &s), -ELOOP);
	assert_in_range(m.reads, 2, 32);
	/* two nodes contain each other */
	memset(m.slots, 0, sizeof(m.slots));
	m.slots[0][7] = LINK(1);
	m.slots[1][0] = LINK(0);
	assert_int_equal(walk(&m, &s), -ELOOP);
	assert_in_range(m.reads, 3, 32);
	/* no loop, but deeper than an xarray can be */
	memset(m.slots, 0, sizeof(m.slots));
	for (unsigned int i = 0; i + 1 < NODES; i++)
		m.slots[i][0] = LINK(i + 1);
	assert_int_equal(walk(&m, &s), -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_has_no_entry),
		cmocka_unit_test(test_one_entry_is_in_the_head),
		cmocka_unit_test(test_levels_are_walked_in_order),
		cmocka_unit_test(test_full_node_gives_every_slot),
		cmocka_unit_test(test_small_nodes_end_after_16_slots),
		cmocka_unit_test(test_siblings_and_marks_are_no_entries),
		cmocka_unit_test(test_reader_error_is_returned),
		cmocka_unit_test(test_deepest_tree_is_walked),
		cmocka_unit_test(test_loop_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

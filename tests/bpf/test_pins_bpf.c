// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * bpf/pins.bpf.h: the slots of a page, which pin an unpin removes, what a sweep keeps; the bounds.
 */
#include <string.h>
#include <unistd.h>

#include "pages.h"

#define PGMAP 0xffff888012345000ULL
#define OTHER_PGMAP 0xffff888012346000ULL
#define LIST ELSEWHERE /* array of struct page * */
#define NR 64 /* pages of the pgmap */

static int load(void **state, bool others, uint32_t room)
{
	struct units_bpf *u = bed__open();

	if (u) {
		u->rodata->want_pins = 1;
		u->rodata->want_others = others;
		bpf_map__set_max_entries(u->maps.pins, room);
	}
	return bed__load(state, u);
}

static int setup(void **state)
{
	return load(state, false, 8);
}

static int setup_check(void **state)
{
	return load(state, true, 64);
}

/* A pgmap of NR idle pages; pages 16 to 31 are one folio. Sets the bounds to its pages. */
static struct units_bpf *begin(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_pgmap p = { .addr = PGMAP,
			       .id = 1,
			       .type = PGR_TYPE_FSDAX,
			       .nr_range = 1,
			       .first = { PFN << 12, ((PFN + NR) << 12) - 1 } };

	pages__begin(u);
	for (uint64_t pfn = PFN; pfn < PFN + NR; pfn++)
		pages__pgmap(u, pfn, PGMAP);
	pages__fold(u, PFN + 16, 4, TAIL_ADDRESS);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(u->maps.pgmaps), &p.addr, &p, BPF_ANY), 0);
	u->data->bounds_low = pages__address(u, PFN);
	u->bss->bounds_high = pages__address(u, PFN + NR);
	u->bss->the_stack = 0xa1;
	return u;
}

static void list(struct units_bpf *u, const uint64_t *pfns, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		bed__put64(u, LIST + i * 8, pfns[i] ? pages__address(u, pfns[i]) : 0);
	u->bss->arg[0] = bed__address(u, LIST);
	u->bss->arg[1] = nr;
}

static void pin(struct units_bpf *u, enum pgr_pin_how how, const uint64_t *pfns, size_t nr)
{
	list(u, pfns, nr);
	u->bss->arg[2] = how;
	bed__run(u->progs.run_pin);
}

static void pin_one(struct units_bpf *u, uint64_t stack, uint64_t pfn)
{
	u->bss->the_stack = stack;
	pin(u, PGR_PIN_PIN, &pfn, 1);
}

static void unpin(struct units_bpf *u, const uint64_t *pfns, size_t nr, bool as_another)
{
	list(u, pfns, nr);
	u->bss->arg[2] = 1;
	if (as_another)
		bed__run_as_another(u->progs.run_unpin);
	else
		bed__run(u->progs.run_unpin);
}

/* Pins in this slot; -1: the slot is empty. */
static int64_t slot(struct units_bpf *u, uint64_t pfn, uint32_t nr, struct pgr_pin *row)
{
	struct pgr_pin_key key = { .id = 1, .slot = nr, .pfn = pfn };

	memset(row, 0, sizeof(*row));
	return bpf_map_lookup_elem(bpf_map__fd(u->maps.pins), &key, row) ? -1 : row->n;
}

static void test_slots(void **state)
{
	struct units_bpf *u = begin(state);
	struct pgr_pin row;
	uint32_t me;

	assert_false(u->bss->pins_any);
	pin_one(u, 0xa1, PFN + 3);
	assert_true(u->bss->pins_any);
	assert_int_equal(slot(u, PFN + 3, 0, &row), 1);
	assert_int_equal(row.stack, 0xa1);
	/* In a PID namespace getpid() is another number. */
	me = row.task.tgid;
	assert_true(me);
	assert_int_equal(row.how, PGR_PIN_PIN);
	assert_int_equal(row.followed, 1);
	/* The same call site adds to its slot; another call site gets its own slot. */
	pin_one(u, 0xa1, PFN + 3);
	pin_one(u, 0xb1, PFN + 3);
	assert_int_equal(slot(u, PFN + 3, 0, &row), 2);
	assert_int_equal(slot(u, PFN + 3, 1, &row), 1);
	assert_int_equal(row.stack, 0xb1);
	assert_int_equal(row.task.tgid, me);
	/* The other kind of pin gets its own slot too. */
	u->bss->the_stack = 0xa1;
	pin(u, PGR_PIN_GET, &(uint64_t){ PFN + 3 }, 1);
	assert_int_equal(slot(u, PFN + 3, 2, &row), 1);
	assert_int_equal(row.how, PGR_PIN_GET);
	assert_int_equal(bed__lost(u, PGR_LOSS_PIN_SLOTS), 0);
}

static void test_no_slot_left(void **state)
{
	struct units_bpf *u = begin(state);
	struct pgr_pin row;

	for (uint64_t i = 0; i < PGR_PIN_SLOTS + 2; i++)
		pin_one(u, 0xa1 + i, PFN);
	assert_int_equal(bed__lost(u, PGR_LOSS_PIN_SLOTS), 2);
	assert_int_equal(slot(u, PFN, PGR_PIN_SLOTS - 1, &row), 1);
	assert_int_equal(slot(u, PFN, PGR_PIN_SLOTS, &row), -1);
}

static void test_full(void **state)
{
	struct units_bpf *u = begin(state);
	struct pgr_pin row;

	for (uint64_t i = 0; i < 8; i++)
		pin_one(u, 0xa1, PFN + i);
	assert_false(u->bss->pins_full);
	pin_one(u, 0xa1, PFN + 8);
	assert_true(u->bss->pins_full);
	pin_one(u, 0xa1, PFN + 9);
	assert_int_equal(bed__lost(u, PGR_LOSS_PIN_FULL), 2);
	assert_int_equal(slot(u, PFN + 9, 0, &row), -1);
	/* Existing rows still count pins; an unpin makes room. */
	pin_one(u, 0xa1, PFN + 7);
	assert_int_equal(slot(u, PFN + 7, 0, &row), 2);
	unpin(u, &(uint64_t){ PFN + 6 }, 1, false);
	assert_false(u->bss->pins_full);
	pin_one(u, 0xa1, PFN + 9);
	assert_int_equal(slot(u, PFN + 9, 0, &row), 1);
}

/* Pages of a large folio are counted at its head. The row tells the order. */
static void test_a_folio(void **state)
{
	struct units_bpf *u = begin(state);
	static const uint64_t pfns[] = { PFN + 16, PFN + 17, PFN + 31, PFN + 32 };
	struct pgr_pin row;

	pin(u, PGR_PIN_PIN, pfns, 4);
	assert_int_equal(slot(u, PFN + 16, 0, &row), 3);
	assert_int_equal(row.of_call, 3);
	assert_int_equal(row.order, 4);
	assert_int_equal(slot(u, PFN + 17, 0, &row), -1);
	assert_int_equal(slot(u, PFN + 32, 0, &row), 1);
	/* An unpin of two pins at once. */
	u->bss->arg[0] = pages__address(u, PFN + 16);
	u->bss->arg[1] = 2;
	bed__run(u->progs.run_unpin_folio);
	assert_int_equal(slot(u, PFN + 16, 0, &row), 1);
}

/*
 * A call is ignored if its first and last page do not belong to the pgmap. If one of them does, all
 * its pages are checked.
 */
static void test_what_is_looked_at(void **state)
{
	struct units_bpf *u = begin(state);
	static const uint64_t amid[] = { PFN + NR, PFN + 1, PFN + NR + 1 };
	static const uint64_t last[] = { PFN + NR, PFN + 2, PFN + 3 };
	static const uint64_t holes[] = { PFN + 4, 0, PFN + 5 };
	struct pgr_pgmap p = { .addr = OTHER_PGMAP, .id = 2, .selected = PGR_SELECT_NO };
	struct pgr_pin row;

	pin(u, PGR_PIN_PIN, amid, 3);
	assert_int_equal(slot(u, PFN + 1, 0, &row), -1);
	assert_false(u->bss->pins_any);
	pin(u, PGR_PIN_PIN, last, 3);
	assert_int_equal(slot(u, PFN + 2, 0, &row), 1);
	assert_int_equal(slot(u, PFN + 3, 0, &row), 1);
	pin(u, PGR_PIN_PIN, holes, 3);
	assert_int_equal(slot(u, PFN + 5, 0, &row), 1);
	/* A failed call, and a call without an array. */
	list(u, last, 3);
	u->bss->arg[1] = -14;
	bed__run(u->progs.run_pin);
	u->bss->arg[0] = 0;
	u->bss->arg[1] = 3;
	bed__run(u->progs.run_pin);
	assert_int_equal(slot(u, PFN + 2, 0, &row), 1);
	assert_int_equal(bed__lost(u, PGR_LOSS_PIN_READ), 0);
	/* A pgmap that -g left out. */
	bpf_map_update_elem(bpf_map__fd(u->maps.pgmaps), &p.addr, &p, BPF_ANY);
	pages__pgmap(u, PFN + 9, OTHER_PGMAP);
	pin_one(u, 0xa1, PFN + 9);
	assert_int_equal(slot(u, PFN + 9, 0, &row), -1);
	/* An array that cannot be read counts as a loss. */
	u->bss->arg[0] = 1ULL << 47;
	u->bss->arg[1] = 1;
	bed__run(u->progs.run_pin);
	assert_int_equal(bed__lost(u, PGR_LOSS_PIN_READ), 1);
}

/*
 * An unpin removes a pin of its own process, or, if there is none, a pin of any process. It never
 * removes a page of get_user_pages().
 */
static void test_whose_unpin(void **state)
{
	struct units_bpf *u = begin(state);
	uint64_t pfn = PFN + 3;
	struct pgr_pin row;
	uint32_t me;

	pin(u, PGR_PIN_GET, &pfn, 1);
	list(u, &pfn, 1);
	u->bss->arg[2] = PGR_PIN_PIN;
	bed__run_as_another(u->progs.run_pin);
	pin_one(u, 0xc1, pfn);
	assert_int_equal(slot(u, pfn, 0, &row), 1);
	me = row.task.tgid;
	assert_int_equal(slot(u, pfn, 1, &row), 1);
	assert_true(row.task.tgid != me);
	unpin(u, &pfn, 1, false);
	assert_int_equal(slot(u, pfn, 2, &row), -1);
	assert_int_equal(slot(u, pfn, 1, &row), 1);
	unpin(u, &pfn, 1, false);
	assert_int_equal(slot(u, pfn, 1, &row), -1);
	unpin(u, &pfn, 1, false);
	assert_int_equal(slot(u, pfn, 0, &row), 1);
}

/* Contiguous pages, without an array. */
static void test_unpin_in_a_row(void **state)
{
	struct units_bpf *u = begin(state);
	struct pgr_pin row;

	for (uint64_t i = 0; i < 4; i++)
		pin_one(u, 0xa1, PFN + i);
	u->bss->arg[0] = pages__address(u, PFN + 1);
	u->bss->arg[1] = 2;
	u->bss->arg[2] = 0;
	bed__run(u->progs.run_unpin);
	assert_int_equal(slot(u, PFN, 0, &row), 1);
	assert_int_equal(slot(u, PFN + 1, 0, &row), -1);
	assert_int_equal(slot(u, PFN + 2, 0, &row), -1);
	assert_int_equal(slot(u, PFN + 3, 0, &row), 1);
}

static void mark(struct units_bpf *u, uint64_t pfn, uint64_t ns, uint32_t pins, uint32_t others)
{
	u->bss->the_key.id = 1;
	u->bss->arg[0] = pfn;
	u->bss->arg[1] = ns;
	u->bss->arg[2] = pins;
	u->bss->arg[3] = others;
	bed__run(u->progs.run_pins_mark);
}

/* A sweep lowers the pins to the references. Rows that a sweep did not mark are deleted. */
static void test_sweeps(void **state)
{
	struct units_bpf *u = begin(state);
	const uint64_t late = 1ULL << 62;
	struct pgr_pin row;

	for (int i = 0; i < 3; i++)
		pin_one(u, 0xa1, PFN);
	pin(u, PGR_PIN_GET, &(uint64_t){ PFN }, 1);
	pin_one(u, 0xa1, PFN + 1);
	/* A sweep that began before the pins does not change them. */
	mark(u, PFN, 1, 2, 0);
	assert_int_equal(slot(u, PFN, 0, &row), 3);
	mark(u, PFN, late, 2, 0);
	assert_int_equal(slot(u, PFN, 0, &row), 2);
	assert_int_equal(row.seen_ns, late);
	/* There are no references other than the pins. */
	assert_int_equal(slot(u, PFN, 1, &row), 0);
	assert_int_equal(row.seen_ns, 0);
	u->bss->arg[0] = late;
	bed__run(u->progs.run_pins_forget);
	assert_int_equal(slot(u, PFN, 0, &row), 2);
	assert_int_equal(slot(u, PFN, 1, &row), -1);
	assert_int_equal(slot(u, PFN + 1, 0, &row), -1);
}

/* A check: the references of others at a pin, and unpins that may have removed pins of others. */
static void test_others(void **state)
{
	struct units_bpf *u = begin(state);
	uint64_t pfn = PFN + 3;
	struct pgr_pin row;

	pages__count(u, pfn, GUP_PIN_BIAS + 5);
	pin_one(u, 0xa1, pfn);
	slot(u, pfn, 0, &row);
	assert_int_equal(row.least, 5);
	pages__count(u, pfn, 2 * GUP_PIN_BIAS);
	pin_one(u, 0xa1, pfn);
	slot(u, pfn, 0, &row);
	assert_int_equal(row.least, 5); /* still the smallest number: now others have one pin */
	pages__count(u, pfn, GUP_PIN_BIAS - 1); /* fewer than the pin itself needs */
	pin_one(u, 0xa1, pfn);
	slot(u, pfn, 0, &row);
	assert_int_equal(row.least, 0);
	/* An unpin by another process may belong to another pin: the row stays for its mark. */
	unpin(u, &pfn, 1, true);
	assert_int_equal(slot(u, pfn, 0, &row), 2);
	assert_int_equal(row.foreign, 1);
	unpin(u, &pfn, 1, false);
	unpin(u, &pfn, 1, false);
	assert_int_equal(slot(u, pfn, 0, &row), 0);
	/* A pin at another call site takes over the slot and the mark. */
	pin_one(u, 0xb1, pfn);
	assert_int_equal(slot(u, pfn, 0, &row), 1);
	assert_int_equal(row.stack, 0xb1);
	assert_int_equal(row.foreign, 1);
}

/* ---- bounds ---------------------------------------------------------------------- */

static void add_pgmap(struct units_bpf *u, uint64_t addr, uint64_t from, uint64_t to)
{
	struct pgr_pgmap p = { .addr = addr,
			       .nr_range = 1,
			       .span = { from << 12, ((to + 1) << 12) - 1 } };

	bpf_map_update_elem(bpf_map__fd(u->maps.pgmaps), &addr, &p, BPF_ANY);
	memcpy(&u->bss->the_pgmap, &p, sizeof(p));
	bed__run(u->progs.run_bounds_add);
}

static void assert_bounds(struct units_bpf *u, uint64_t from, uint64_t to)
{
	assert_int_equal(u->data->bounds_low, pages__address(u, from));
	assert_int_equal(u->bss->bounds_high, pages__address(u, to + 1));
}

static void test_bounds(void **state)
{
	struct units_bpf *u = bed__of(state);
	uint64_t gone = 2;

	pages__begin(u);
	u->data->bounds_low = ~0ULL;
	u->bss->bounds_high = 0;
	add_pgmap(u, 1, PFN + 100, PFN + 199);
	assert_bounds(u, PFN + 100, PFN + 199);
	add_pgmap(u, 2, PFN + 10, PFN + 19);
	assert_bounds(u, PFN + 10, PFN + 199);
	add_pgmap(u, 3, PFN + 150, PFN + 299);
	assert_bounds(u, PFN + 10, PFN + 299);
	bpf_map_delete_elem(bpf_map__fd(u->maps.pgmaps), &gone);
	bed__run(u->progs.run_bounds_narrow);
	assert_bounds(u, PFN + 100, PFN + 299);
	/* Not all ranges are known: any page may belong to the pgmap. */
	u->bss->the_pgmap.flags = PGR_PGMAP_TRUNCATED;
	bed__run(u->progs.run_bounds_add);
	assert_int_equal(u->data->bounds_low, 0);
	assert_int_equal(u->bss->bounds_high, ~0ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_no_slot_left),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_a_folio),
		cmocka_unit_test(test_what_is_looked_at),
		cmocka_unit_test(test_whose_unpin),
		cmocka_unit_test(test_unpin_in_a_row),
		cmocka_unit_test(test_sweeps),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test_setup_teardown(test_others, setup_check, bed__close),
	};

	return cmocka_run_group_tests(tests, setup, bed__close);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The counter in each of its modes, its account, DAX entries, filters and globs. */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "bed.h"
#include "common/exact.h"
#include "common/refvalue.h"
#include "kernel/glob.h"

#define CPUS 3
/* Offsets in `memory`. */
#define PGMAP 0
#define DATA 1024
#define COUNTERS 2048

#define PATTERN "q?mu*86"

static int setup(void **state)
{
	struct units_bpf *u = bed__open();
	struct glob g;

	if (u) {
		u->rodata->nr_cpus = CPUS;
		u->rodata->filter_comm = 1;
		u->rodata->filter_tgids = 1;
		u->rodata->filter_tids = 1;
		assert_int_equal(glob__compile(PATTERN, &g), 0);
		memcpy((void *)u->rodata->glob_match, g.match, sizeof(g.match));
		u->rodata->glob_star = g.star;
		u->rodata->glob_accept = g.accept;
	}
	return bed__load(state, u);
}

/* ---- the counter ------------------------------------------------------------- */

static void put_ref(struct units_bpf *u, const char *member, uint64_t value)
{
	bed__put64(u, PGMAP + bed__offset("dev_pagemap", "ref") + bed__offset("percpu_ref", member),
		   value);
}

static void put_data(struct units_bpf *u, const char *member, uint64_t value)
{
	bed__put64(u, DATA + bed__offset("percpu_ref_data", member), value);
}

/* flags: flag bits of percpu_count_ptr */
static void make_ref(struct units_bpf *u, uint64_t flags, uint64_t count, const int64_t *cpu)
{
	put_ref(u, "percpu_count_ptr", bed__address(u, COUNTERS) | flags);
	put_ref(u, "data", bed__address(u, DATA));
	put_data(u, "count.counter", count);
	put_data(u, "confirm_switch", 0);
	for (int i = 0; i < CPUS; i++) {
		u->bss->cpu_off[i] = i * 64;
		bed__put64(u, COUNTERS + i * 64, cpu[i]);
	}
}

static int64_t value(struct units_bpf *u)
{
	u->bss->arg[0] = bed__address(u, PGMAP);
	bed__run(u->progs.run_ref_value);
	return u->bss->result;
}

static void test_percpu(void **state)
{
	struct units_bpf *u = bed__of(state);
	/* CPU 1 put references that other CPUs got. */
	static const int64_t cpu[CPUS] = { 10, -7, 4 };

	make_ref(u, 0, REFVALUE_BIAS + 1, cpu);
	assert_int_equal(value(u), 8);
	assert_int_equal(u->bss->result_flags, 0);
	assert_int_equal(u->bss->results[0], 0);
}

static void test_atomic(void **state)
{
	struct units_bpf *u = bed__of(state);
	/* Stale per-CPU counters: they must not be added. */
	static const int64_t cpu[CPUS] = { 100, 100, 100 };

	make_ref(u, REFVALUE_PTR_ATOMIC, 5, cpu);
	assert_int_equal(value(u), 5);
	assert_int_equal(u->bss->result_flags, PGR_REF_ATOMIC);
	/* More puts than gets. */
	make_ref(u, REFVALUE_PTR_ATOMIC, -2, cpu);
	assert_int_equal(value(u), -2);
}

static void test_dead(void **state)
{
	struct units_bpf *u = bed__of(state);
	static const int64_t cpu[CPUS] = { 1, 2, 3 };

	/*
	 * Killed, but the per-CPU counters are not added yet; the switch holds one more reference.
	 */
	make_ref(u, REFVALUE_PTR_ATOMIC | REFVALUE_PTR_DEAD, REFVALUE_BIAS + 4, cpu);
	put_data(u, "confirm_switch", 1);
	assert_int_equal(value(u), 4 + 6 - 1);
	assert_int_equal(u->bss->result_flags, PGR_REF_DYING);
	assert_int_equal(u->bss->results[0], PGR_REF_DYING);
	/*
	 * The kernel puts its bulk references before the switch ends: the count is below the bias.
	 */
	make_ref(u, REFVALUE_PTR_ATOMIC | REFVALUE_PTR_DEAD, REFVALUE_BIAS - 5, cpu);
	assert_int_equal(value(u), 1);
	/* The per-CPU counters have been added. */
	make_ref(u, REFVALUE_PTR_ATOMIC | REFVALUE_PTR_DEAD, 2, cpu);
	assert_int_equal(value(u), 2);
	assert_int_equal(u->bss->result_flags, PGR_REF_DYING | PGR_REF_ATOMIC);
}

/* percpu_ref_exit() leaves the count in the pointer. */
static void test_exited(void **state)
{
	struct units_bpf *u = bed__of(state);

	put_ref(u, "percpu_count_ptr", 3 << 2 | REFVALUE_PTR_ATOMIC | REFVALUE_PTR_DEAD);
	put_ref(u, "data", 0);
	assert_int_equal(value(u), 3);
	assert_int_equal(u->bss->result_flags, PGR_REF_EXITED | PGR_REF_DYING);
}

static void test_unreadable(void **state)
{
	struct units_bpf *u = bed__of(state);
	static const int64_t cpu[CPUS] = { 1, 1, 1 };

	/* The counter itself cannot be read; its data cannot; the counter of one CPU cannot. */
	u->bss->arg[0] = 1ULL << 47;
	bed__run(u->progs.run_ref_value);
	assert_int_equal(u->bss->result, 0);
	assert_int_equal(u->bss->result_flags, PGR_REF_UNREADABLE);

	make_ref(u, 0, REFVALUE_BIAS, cpu);
	put_ref(u, "data", 1ULL << 47);
	assert_int_equal(value(u), 0);
	assert_int_equal(u->bss->result_flags, PGR_REF_UNREADABLE);

	make_ref(u, 0, REFVALUE_BIAS, cpu);
	u->bss->cpu_off[1] = 1ULL << 62;
	assert_int_equal(value(u), 0);
	assert_int_equal(u->bss->result_flags, PGR_REF_UNREADABLE);
	/* In atomic mode no per-CPU counter is read. */
	make_ref(u, REFVALUE_PTR_ATOMIC, 9, cpu);
	u->bss->cpu_off[1] = 1ULL << 62;
	assert_int_equal(value(u), 9);
	u->bss->cpu_off[1] = 64;
}

/* ---- the account of the counter ------------------------------------------------ */

#define ID 7

/* An account that says 5 of a counter that says 5. */
static void make_account(struct units_bpf *u)
{
	static const int64_t cpu[CPUS] = { 0 };
	uint64_t addr = bed__address(u, PGMAP);
	uint32_t slot = 0;
	struct pgr_pgmap p = { .id = ID };
	struct pgr_exact_slot s = {
		.addr = addr,
		.id = ID,
		.began = 5,
		.count = bed__address(u, DATA) + bed__offset("percpu_ref_data", "count"),
		.gaps = 1,
	};

	make_ref(u, REFVALUE_PTR_ATOMIC | REFVALUE_PTR_DEAD, 5, cpu);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(u->maps.pgmaps), &addr, &p, BPF_ANY), 0);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(u->maps.exact_slots), &slot, &s, BPF_ANY),
			 0);
}

static struct pgr_exact_read_args read_account(struct units_bpf *u)
{
	struct pgr_exact_read_args a = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &a, .ctx_size_in = sizeof(a));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(u->progs.exact_read), &opts), 0);
	return a;
}

static void test_account(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_exact_read_args a;

	make_account(u);
	a = read_account(u);
	assert_int_equal(a.err, 0);
	assert_int_equal(a.value, 5);
	assert_int_equal(a.counter, 5);
	assert_int_equal(a.gaps, 1);
}

/* Memory that the driver has freed, and that others have written, is no counter. */
static void test_account_of_freed_memory(void **state)
{
	struct units_bpf *u = bed__of(state);
	struct pgr_exact_read_args a;
	uint64_t addr = bed__address(u, PGMAP);

	make_account(u);
	put_ref(u, "data", bed__address(u, COUNTERS));
	put_data(u, "count.counter", 0x561bb8bdffff);
	a = read_account(u);
	assert_int_equal(a.err, -EFAULT);
	assert_int_equal(a.gaps, 1);
	/* A new pgmap has it. */
	make_account(u);
	put_data(u, "count.counter", 900);
	assert_int_equal(read_account(u).err, 0);
	assert_int_equal(bpf_map_delete_elem(bpf_map__fd(u->maps.pgmaps), &addr), 0);
	assert_int_equal(read_account(u).err, -EFAULT);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(u->maps.pgmaps), &addr,
					     &(struct pgr_pgmap){ .id = ID + 1 }, BPF_ANY),
			 0);
	assert_int_equal(read_account(u).err, -EFAULT);
}

/* ---- DAX entries ------------------------------------------------------------- */

static void decode(struct units_bpf *u, uint64_t entry)
{
	u->bss->arg[0] = entry;
	bed__run(u->progs.run_dax_entry);
}

/* fs/dax.c: bit 0: xarray value, 1: locked, 2: PMD, 3: zero page, 4: empty, from 5 on: the pfn. */
static void test_entries(void **state)
{
	struct units_bpf *u = bed__of(state);

	u->data->dax_shift = 4;
	decode(u, 0x12345ULL << 5 | 1);
	assert_int_equal(u->bss->result_2, 0x12345);
	assert_int_equal(u->bss->results[0], 1);
	assert_int_equal(u->bss->results[1], 1);
	assert_int_equal(u->bss->results[2], 0);
	decode(u, 0x200ULL << 5 | 1 << 2 | 1 << 1 | 1);
	assert_int_equal(u->bss->result_2, 0x200);
	assert_int_equal(u->bss->results[1], 1);
	assert_int_equal(u->bss->results[2], 9);
	decode(u, 1 << 3 | 1); /* a hole */
	assert_int_equal(u->bss->results[1], 0);
	decode(u, 1 << 4 | 1); /* a reservation */
	assert_int_equal(u->bss->results[1], 0);
	decode(u, 0xffff888000000000); /* an internal entry */
	assert_int_equal(u->bss->results[0], 0);
	u->data->dax_shift = 6;
	decode(u, 0x12345ULL << 7 | 1);
	assert_int_equal(u->bss->result_2, 0x12345);
}

static bool learn(struct units_bpf *u, uint64_t entry, uint64_t pfn)
{
	u->bss->arg[0] = entry;
	u->bss->arg[1] = pfn;
	bed__run(u->progs.run_dax_shift_learn);
	return u->bss->result;
}

static void test_shift_is_learnt(void **state)
{
	struct units_bpf *u = bed__of(state);

	u->data->dax_shift = 4;
	for (unsigned int shift = 4; shift <= 6; shift++) {
		assert_true(learn(u, 0x4321ULL << (shift + 1) | 1, 0x4321));
		assert_int_equal(u->data->dax_shift, shift);
	}
	/* No known shift fits: dax_shift is not changed. */
	assert_false(learn(u, 0x4321ULL << 8 | 1, 0x4321));
	assert_false(learn(u, 0x4321ULL << 4 | 1, 0x4321));
	assert_int_equal(u->data->dax_shift, 6);
}

/* ---- filters ----------------------------------------------------------------- */

static bool passes(struct units_bpf *u, uint32_t tgid, uint32_t tid, const char *comm)
{
	u->bss->the_task = (struct pgr_task){ .tgid = tgid, .tid = tid };
	memcpy(u->bss->the_task.comm, comm, strnlen(comm, PGR_COMM));
	bed__run(u->progs.run_filter);
	assert_int_equal(u->bss->results[1], 1);
	return u->bss->result;
}

static void test_filters(void **state)
{
	struct units_bpf *u = bed__of(state);
	uint32_t tgid = 20, tid = 21;
	uint8_t one = 1;

	bpf_map_update_elem(bpf_map__fd(u->maps.tgids), &tgid, &one, BPF_ANY);
	bpf_map_update_elem(bpf_map__fd(u->maps.tids), &tid, &one, BPF_ANY);
	assert_true(passes(u, 20, 21, "qemu-x86"));
	assert_false(passes(u, 19, 21, "qemu-x86"));
	assert_false(passes(u, 20, 20, "qemu-x86"));
	assert_false(passes(u, 20, 21, "bash"));
}

/* The automaton in the kernel gives the same results as fnmatch(3). */
static void test_globs(void **state)
{
	struct units_bpf *u = bed__of(state);
	static const char *const names[] = {
		"qemu86",
		"qxmu-system-86",
		"qemu-system-x86",
		"qmu86",
		"qemu8",
		"86",
		"",
		"qemu86x",
		"qemu8686",
		"QEMU86",
		"q?mu86",
		"\xff\xe4mu86",
		"qemu-of-16-b-86",
	};
	unsigned int matched = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		passes(u, 1, 1, names[i]);
		if (u->bss->results[0] != !fnmatch(PATTERN, names[i], 0))
			fail_msg("\"%s\": %u", names[i], u->bss->results[0]);
		matched += u->bss->results[0];
	}
	assert_int_equal(matched, 6);
	/* A name that fills its array has no NUL. */
	passes(u, 1, 1, "qemu-of-16-by-86");
	assert_int_equal(u->bss->results[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percpu),
		cmocka_unit_test(test_atomic),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_exited),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_account_of_freed_memory),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_shift_is_learnt),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_globs),
	};

	return cmocka_run_group_tests(tests, setup, bed__close);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The value of a percpu_ref in each state in which lib/percpu-refcount.c and memunmap_pages() leave
 * it, with the numbers of a pgmap of 512 MiB.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/refvalue.h"

#define BIAS 0x8000000000000000ull
#define N 131072ll /* bulk references: one for each page */
#define X 3ll /* references that are not put yet */
#define PERCPU 0x0000607f8a0c1230ull /* up to 7.2: a small offset */
#define PERCPU_HIGH 0xfffffffff8a0c234ull /* 7.3: the base is not 0, and base + offset wraps */
#define DEAD 2ull
#define ATOMIC 1ull
#define CPUS 4

struct state {
	const char *name;
	uint64_t ptr;
	bool has_data;
	uint64_t count;
	bool switching;
	uint64_t cpu[CPUS];
	int64_t value;
	uint32_t flags;
};

static void assert_states(const struct state *s, size_t nr)
{
	for (size_t i = 0; i < nr; i++, s++) {
		uint32_t flags = 0xdeadbeef;
		uint64_t sum = 0;
		int64_t value;

		for (int c = 0; c < CPUS; c++)
			sum += s->cpu[c];
		value = refvalue(s->ptr, s->has_data, s->count, s->switching, sum, &flags);
		if (value != s->value)
			fail_msg("%s: value %" PRId64 ", expected %" PRId64, s->name, value,
				 s->value);
		if (flags != s->flags)
			fail_msg("%s: flags %#x, expected %#x", s->name, flags, s->flags);
	}
}

#define ASSERT_STATES(s) assert_states(s, sizeof(s) / sizeof(*(s)))

static void test_live_counts_all_cpus(void **state)
{
	/* clang-format off */
	static const struct state states[] = {
		{ "just initialised", PERCPU, 1, BIAS + 1, 0, { 0 }, 1, 0 },
		{ "at rest", PERCPU, 1, BIAS + 1, 0, { 0, N, 0, 0 }, 1 + N, 0 },
		{ "device-dax of 2 MiB pages", PERCPU, 1, BIAS + 1, 0, { 62 }, 63, 0 },
		{ "some out", PERCPU, 1, BIAS + 1, 0, { N, X, 0, 0 }, 1 + N + X, 0 },
		{ "taken on one CPU, put on another", PERCPU, 1, BIAS + 1, 0,
		  { N + 1000, -400ull, -597ull, 0 }, 1 + N + X, 0 },
		{ "only puts after the first CPU", PERCPU, 1, BIAS + 1, 0,
		  { N + X, -X, -1ull, 1 }, 1 + N, 0 },
		{ "single counters wrapped", PERCPU, 1, BIAS + 1, 0,
		  { INT64_MAX, INT64_MAX, N + 1, 1 }, 1 + N, 0 },
		{ "a counter at its negative end", PERCPU, 1, BIAS + 1, 0,
		  { BIAS, BIAS, N, X }, 1 + N + X, 0 },
		{ "more put than taken", PERCPU, 1, BIAS + 1, 0, { -5ull }, -4, 0 },
		{ "none left of many", PERCPU, 1, BIAS + 1, 0, { N, -N - 1 }, 0, 0 },
		{ "the counter's own share is not 1", PERCPU, 1, BIAS + 7, 0, { N }, 7 + N, 0 },
		{ "per-CPU base not 0", PERCPU_HIGH, 1, BIAS + 1, 0, { N, X }, 1 + N + X, 0 },
		{ "the highest pointer there is", ~3ull, 1, BIAS + 1, 0, { N }, 1 + N, 0 },
	};
	/* clang-format on */

	(void)state;
	ASSERT_STATES(states);
}

/* Steps 0 to 8 of memunmap_pages(), for fsdax and similar types, while X references are not put. */
static void test_teardown_with_references_out(void **state)
{
	/* clang-format off */
	static const struct state states[] = {
		{ "0: entered", PERCPU, 1, BIAS + 1, 0, { N, X }, 1 + N + X, 0 },
		{ "1: killed, base not put yet", PERCPU | DEAD | ATOMIC, 1, BIAS + 2, 1,
		  { N, X }, 1 + N + X, PGR_REF_DYING },
		{ "1: killed", PERCPU | DEAD | ATOMIC, 1, BIAS + 1, 1, { N, X }, N + X,
		  PGR_REF_DYING },
		{ "2: bulk references half put", PERCPU | DEAD | ATOMIC, 1, BIAS + 1 - N / 2, 1,
		  { N, X }, N / 2 + X, PGR_REF_DYING },
		{ "2: bulk references put", PERCPU | DEAD | ATOMIC, 1, BIAS + 1 - N, 1,
		  { N, X }, X, PGR_REF_DYING },
		{ "3: waits, one put meanwhile", PERCPU | DEAD | ATOMIC, 1, BIAS + 1 - N - 1, 1,
		  { N, X }, X - 1, PGR_REF_DYING },
		{ "3: the same, per-CPU base not 0", PERCPU_HIGH | DEAD | ATOMIC, 1,
		  BIAS + 1 - N - 1, 1, { N + X }, X - 1, PGR_REF_DYING },
		{ "4: bias off, switch not confirmed", PERCPU | DEAD | ATOMIC, 1, X + 1, 1,
		  { N, X }, X, PGR_REF_DYING | PGR_REF_ATOMIC },
		/* For a few ns the reference of the switch looks like any other reference. */
		{ "4: confirmed, its reference not put", PERCPU | DEAD | ATOMIC, 1, X + 1, 0,
		  { N, X }, X + 1, PGR_REF_DYING | PGR_REF_ATOMIC },
		{ "4: switched, per-CPU memory freed", DEAD | ATOMIC, 1, X, 0,
		  { 0x6b6b6b6b6b6b6b6bull }, X, PGR_REF_DYING | PGR_REF_ATOMIC },
		{ "5: drained", DEAD | ATOMIC, 1, 0, 0, { 0 }, 0,
		  PGR_REF_DYING | PGR_REF_ATOMIC },
		{ "7: exited", DEAD | ATOMIC, 0, 0, 0, { 0 }, 0, PGR_REF_DYING | PGR_REF_EXITED },
	};
	/* clang-format on */

	(void)state;
	ASSERT_STATES(states);
}

static void test_top_bit_says_nothing_while_biased(void **state)
{
	static const uint32_t dying = PGR_REF_DYING;
	/* clang-format off */
	const struct state states[] = {
		{ "no bulk references", PERCPU | 3, 1, BIAS + 1, 1, { X }, X, dying },
		{ "one", PERCPU | 3, 1, BIAS, 1, { 1 + X }, X, dying },
		{ "two: top bit clear", PERCPU | 3, 1, BIAS - 1, 1, { 2 + X }, X, dying },
		{ "two, none out", PERCPU | 3, 1, BIAS - 1, 1, { 2 }, 0, dying },
		{ "many", PERCPU | 3, 1, BIAS + 1 - N, 1, { N + X }, X, dying },
		{ "256 TiB", PERCPU | 3, 1, BIAS + 1 - (1ull << 36), 1, { (1ull << 36) + X }, X,
		  dying },
		{ "many, put on other CPUs", PERCPU | 3, 1, BIAS + 1 - N, 1,
		  { N + 5, -3ull, -2ull, X }, X, dying },
		{ "many, underflow to come", PERCPU | 3, 1, BIAS + 1 - N, 1, { N, -2ull }, -2,
		  dying },
	};
	/* clang-format on */

	(void)state;
	ASSERT_STATES(states);
}

static void test_atomic_ignores_cpus(void **state)
{
	static const uint32_t both = PGR_REF_DYING | PGR_REF_ATOMIC;
	/* clang-format off */
	const struct state states[] = {
		{ "switched but not killed", PERCPU | ATOMIC, 1, 7, 0, { 99, -1ull }, 7,
		  PGR_REF_ATOMIC },
		{ "switched, being confirmed", PERCPU | ATOMIC, 1, 8, 1, { 99 }, 7,
		  PGR_REF_ATOMIC },
		{ "X left", PERCPU | 3, 1, X, 0, { 99 }, X, both },
		{ "zero", PERCPU | 3, 1, 0, 0, { 99 }, 0, both },
		{ "one below zero", PERCPU | 3, 1, -1ull, 0, { 99 }, -1, both },
		{ "three below zero", PERCPU | 3, 1, -3ull, 0, { 99 }, -3, both },
		{ "below zero and being confirmed", PERCPU | 3, 1, -3ull, 1, { 99 }, -4, both },
		{ "N below zero", PERCPU | 3, 1, -N, 0, { 99 }, -N, both },
	};
	/* clang-format on */

	(void)state;
	ASSERT_STATES(states);
}

static void test_exited_has_count_in_pointer(void **state)
{
	static const uint32_t gone = PGR_REF_DYING | PGR_REF_EXITED;
	const struct state states[] = {
		{ "at zero", 3, 0, 0, 0, { 0 }, 0, gone },
		{ "at five", 3 | 5 << 2, 0, 0, 0, { 0 }, 5, gone },
		{ "at N", 3 | N << 2, 0, 0, 0, { 0 }, N, gone },
		{ "count and CPUs mean nothing", 3 | 5 << 2, 0, BIAS + 9, 1, { 99 }, 5, gone },
		{ "never initialised", 0, 0, 0, 0, { 0 }, 0, PGR_REF_EXITED },
	};

	(void)state;
	ASSERT_STATES(states);
}

/* percpu_ref_exit() shifts the count left. The sign of the count is that of the pointer. */
static void test_exited_below_zero_is_negative(void **state)
{
	static const uint32_t gone = PGR_REF_DYING | PGR_REF_EXITED;
	const struct state states[] = {
		{ "at -1", 3 | -1ull << 2, 0, 0, 0, { 0 }, -1, gone },
		{ "at -7", 3 | -7ull << 2, 0, 0, 0, { 0 }, -7, gone },
	};

	(void)state;
	ASSERT_STATES(states);
}

static void test_bias_is_told_by_distance(void **state)
{
	static const uint64_t quarter = 1ull << 62;
	static const struct {
		uint64_t count;
		bool biased;
	} counts[] = {
		{ BIAS, true },
		{ BIAS + 1, true },
		{ BIAS - 1, true },
		{ BIAS + quarter - 1, true },
		{ BIAS + quarter, false },
		{ BIAS + quarter + 1, false },
		{ BIAS - quarter + 1, true },
		{ BIAS - quarter, false },
		{ BIAS - quarter - 1, false },
		{ 0, false },
		{ 1, false },
		{ -1ull, false },
		{ N, false },
		{ -N, false },
	};
	/* clang-format off */
	const struct state states[] = {
		{ "last that is biased, above", PERCPU, 1, BIAS + quarter - 1, 0, { 1 },
		  quarter, 0 },
		{ "first that is not, above", PERCPU, 1, BIAS + quarter, 0, { 1 },
		  -(int64_t)quarter, PGR_REF_ATOMIC },
		{ "last that is biased, below", PERCPU, 1, BIAS - quarter + 1, 0, { 1 },
		  2 - (int64_t)quarter, 0 },
		{ "first that is not, below", PERCPU, 1, BIAS - quarter, 0, { 1 }, quarter,
		  PGR_REF_ATOMIC },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (refvalue_biased(counts[i].count) != counts[i].biased)
			fail_msg("count %#" PRIx64 ": biased expected %d", counts[i].count,
				 counts[i].biased);
	ASSERT_STATES(states);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live_counts_all_cpus),
		cmocka_unit_test(test_teardown_with_references_out),
		cmocka_unit_test(test_top_bit_says_nothing_while_biased),
		cmocka_unit_test(test_atomic_ignores_cpus),
		cmocka_unit_test(test_exited_has_count_in_pointer),
		cmocka_unit_test(test_exited_below_zero_is_negative),
		cmocka_unit_test(test_bias_is_told_by_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

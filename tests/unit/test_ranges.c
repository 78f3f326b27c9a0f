// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/ranges.h"

static uint32_t taken, missing;

static uint64_t start_of(uint32_t i)
{
	return (uint64_t)(i ^ 1) << 30; /* not ascending */
}

static int take(void *ctx, const struct pgr_range_key *key, struct pgr_range_chunk *out)
{
	assert_ptr_equal(ctx, &taken);
	assert_int_equal(key->id, 7);
	assert_int_equal(key->chunk, taken);
	taken++;
	if (key->chunk == missing)
		return -ENOENT;
	for (uint32_t i = 0; i < PGR_RANGE_CHUNK; i++)
		out->range[i].start = start_of(key->chunk * PGR_RANGE_CHUNK + i);
	return 0;
}

static int read_ranges(uint32_t nr, struct pgr_range **out)
{
	struct pgr_pgmap k = { .id = 7, .nr_range = nr };

	taken = 0;
	*out = NULL;
	return ranges__read(&k, take, &taken, out);
}

static void test_numbers(void **state)
{
	static const struct {
		uint32_t nr, known, chunks;
	} table[] = {
		{ 2, 2, 1 },	 { 64, 64, 1 },		 { 65, 65, 2 },
		{ 300, 300, 5 }, { 65536, 65536, 1024 }, { 65537, 65536, 1024 },
	};
	struct pgr_range *v;

	(void)state;
	missing = ~0u;
	for (size_t k = 0; k < sizeof(table) / sizeof(*table); k++) {
		assert_int_equal(read_ranges(table[k].nr, &v), 0);
		assert_int_equal(taken, table[k].chunks);
		for (uint32_t i = 0; i < table[k].known; i++)
			assert_int_equal(v[i].start, start_of(i));
		free(v);
	}
}

static void test_one_is_missing(void **state)
{
	struct pgr_range *v;

	(void)state;
	for (missing = 0; missing < 5; missing++) {
		assert_int_equal(read_ranges(300, &v), -ENOENT);
		assert_null(v);
		assert_int_equal(taken, 5); /* no chunk stays behind */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_one_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

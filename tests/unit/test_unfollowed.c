// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/symbols.h"
#include "kernel/unfollowed.h"

static struct symbols *symbols_of(const char *lines)
{
	char path[] = "/tmp/test_unfollowed.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct symbols *s = NULL;

	assert_non_null(f);
	fprintf(f, "ffffffff81000000 T _text\n%sffffffff81000400 T _etext\n", lines);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(symbols__load(path, NULL, &s), 0);
	unlink(path);
	return s;
}

/* The rows that are there, as bits. */
static unsigned int there(const char *lines)
{
	struct symbols *s = symbols_of(lines);
	unsigned int bits = 0;

	for (int i = 0; unfollowed[i].function; i++)
		bits |= unfollowed__is_there(&unfollowed[i], s) << i;
	symbols__free(s);
	return bits;
}

static void test_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(there(""), 0);
	assert_int_equal(there("ffffffff81000100 T memremap_pages\n"), 0);
	assert_int_equal(there("ffffffff81000100 T memremap_device_private_pagemap\n"), 1);
	assert_int_equal(there("ffffffff81000100 T pcim_p2pdma_provider\n"), 2);
	assert_int_equal(there("ffffffffc0001000 t dev_dax_kmem_probe\t[kmem]\n"), 4);
	/* kptr_restrict hides addresses, not names */
	assert_int_equal(there("0000000000000000 T pcim_p2pdma_provider\n"), 2);
}

static void test_only_memory_that_is_counted_matters(void **state)
{
	(void)state;
	for (int i = 0; unfollowed[i].function; i++)
		assert_int_equal(unfollowed[i].counts, !strcmp(unfollowed[i].function,
							       "memremap_device_private_pagemap"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_there),
		cmocka_unit_test(test_only_memory_that_is_counted_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

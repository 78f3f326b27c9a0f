// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes of the kernel's code, read from a ring that perf fills. */
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/pokes.h"

#define SIZE 256

struct seen {
	int n;
	uint64_t addr[8];
	uint8_t first[8]; /* the first byte of the new code */
	size_t len[8];
};

static void see(void *ctx, uint64_t addr, const uint8_t *code, size_t len)
{
	struct seen *s = ctx;

	assert_true(s->n < 8);
	s->addr[s->n] = addr;
	s->first[s->n] = code ? code[0] : 0;
	s->len[s->n++] = len;
}

/* Puts a record at `at`: five bytes before (1..5) and after (first, then 0s). Returns its end. */
static uint64_t put(uint8_t *data, uint64_t at, uint32_t type, uint64_t addr, uint8_t first)
{
	uint8_t r[40] = { 0 };
	struct perf_event_header h = { .type = type, .size = sizeof(r) };
	uint16_t len[2] = { 5, 5 };

	memcpy(r, &h, sizeof(h));
	memcpy(r + 8, &addr, sizeof(addr));
	memcpy(r + 16, len, sizeof(len));
	memcpy(r + 20, (uint8_t[]){ 1, 2, 3, 4, 5, first }, 6);
	for (size_t i = 0; i < sizeof(r); i++)
		data[(at + i) % SIZE] = r[i];
	return at + sizeof(r);
}

/* A record may begin at any place of the ring, and may continue at its start. */
static void test_records(void **state)
{
	(void)state;
	for (uint64_t at = 0; at < 4 * SIZE; at += 8) {
		uint8_t data[SIZE] = { 0 };
		struct seen s = { 0 };
		uint64_t head;

		head = put(data, at, PERF_RECORD_TEXT_POKE, 0x1234, 0x0f);
		head = put(data, head, PERF_RECORD_LOST, 0x99, 0x99);
		head = put(data, head, PERF_RECORD_TEXT_POKE, 0x5678, 0xe8);
		assert_int_equal(pokes__parse(data, SIZE, at, head, see, &s), head);
		assert_int_equal(s.n, 3);
		assert_int_equal(s.addr[0], 0x1234);
		assert_int_equal(s.first[0], 0x0f);
		/* a record of lost records is reported too */
		assert_int_equal(s.addr[1], 0);
		assert_int_equal(s.len[1], 0);
		assert_int_equal(s.addr[2], 0x5678);
		assert_int_equal(s.first[2], 0xe8);
		assert_int_equal(s.len[2], 5);
		/* no new record */
		assert_int_equal(pokes__parse(data, SIZE, head, head, see, &s), head);
		assert_int_equal(s.n, 3);
	}
}

/* With any content, the parser ends and reads nothing beyond the data. */
static void test_nonsense(void **state)
{
	uint8_t data[SIZE];
	struct seen s = { 0 };

	(void)state;
	memset(data, 0, sizeof(data));
	assert_int_equal(pokes__parse(data, SIZE, 0, SIZE, see, &s), 0);
	memset(data, 0xff, sizeof(data));
	assert_int_equal(pokes__parse(data, SIZE, 0, SIZE, see, &s), 0);
	assert_int_equal(pokes__parse(data, SIZE, 0, 4, see, &s), 0);
	/* lengths that do not fit the size of the record */
	put(data, 0, PERF_RECORD_TEXT_POKE, 0x1234, 0x0f);
	data[18] = 0xff;
	assert_int_equal(pokes__parse(data, SIZE, 0, 40, see, &s), 40);
	assert_int_equal(s.n, 0);
	srand(1);
	for (int i = 0; i < 100000; i++) {
		for (int b = 0; b < SIZE; b++)
			data[b] = rand() % 4 ? rand() % 64 : rand();
		s.n = 0;
		assert_true(pokes__parse(data, SIZE, 8, 8 + SIZE, see, &s) <= 8 + SIZE);
	}
}

static void test_none(void **state)
{
	struct seen s = { 0 };

	(void)state;
	pokes__read(NULL, see, &s);
	pokes__close(NULL);
	assert_int_equal(s.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

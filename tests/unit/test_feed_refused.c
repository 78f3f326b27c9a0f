// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Data that is not a record, incomplete records, and records for which there is no memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed_world.h"

static void refused(const union any_record *r, size_t size)
{
	assert_int_equal(feed__record(&feed, &r->h, size, &c), -EBADMSG);
}

static void test_records_that_are_cut_off(void **state)
{
	struct snapshot *s;
	union any_record r;

	(void)state;
	bear_dying(3, 1);
	s = snapshot();
	for (uint32_t record = PGR_REC_PGMAP; record <= PGR_REC_PUT; record++) {
		size_t size = rec_any(&r, record);

		for (size_t n = 0; n < size; n++) {
			/* The memory ends with the record: ASan finds each read beyond it. */
			char *part = malloc(n);

			assert_non_null(part);
			assert_int_equal(feed__record(&feed, memcpy(part, &r, n), n, &c), -EBADMSG);
			free(part);
		}
		refused(&r, size + 1);
		refused(&r, 2 * size);
	}
	nothing_changed(s);
	/* Complete records are accepted. */
	for (uint32_t record = PGR_REC_PGMAP; record <= PGR_REC_PUT; record++) {
		size_t size = rec_any(&r, record);

		assert_int_equal(feed__record(&feed, &r.h, size, &c), 0);
		assert_int_not_equal(c.kind, CHANGE_NO_PGMAP);
	}
}

static void test_kinds_that_are_not_known(void **state)
{
	const uint32_t kinds[] = { 0, PGR_REC_PUT + 1, 100, 0x7fffffff, 0x80000000, UINT32_MAX };
	struct snapshot *s;
	union any_record r;

	(void)state;
	bear_dying(3, 1);
	s = snapshot();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		memset(&r, 0, sizeof(r));
		r.h.record = kinds[i];
		r.h.id = 3;
		for (size_t size = 0; size <= sizeof(r); size++)
			refused(&r, size);
	}
	nothing_changed(s);
}

static void set_comm(struct pgr_task *t, size_t len)
{
	memset(t->comm, 'x', len);
	if (len < sizeof(t->comm))
		t->comm[len] = '\0';
}

/* The same with a name of a task in the record. */
static void refused_task(union any_record *r, size_t size, struct pgr_task *t)
{
	set_comm(t, sizeof(t->comm));
	refused(r, size);
	set_comm(t, sizeof(t->comm) - 1);
	assert_int_equal(feed__record(&feed, &r->h, size, &c), 0);
}

static void test_values_that_no_record_has(void **state)
{
	struct snapshot *s;
	size_t size;
	union any_record r;

	(void)state;
	bear_dying(3, 1);
	s = snapshot();
	size = rec_any(&r, PGR_REC_EVENT);
	r.event.event = PGR_EVENTS;
	refused(&r, size);
	r.event.event = UINT32_MAX;
	refused(&r, size);
	size = rec_any(&r, PGR_REC_SWEEP);
	r.sweep.final = 2;
	refused(&r, size);
	size = rec_any(&r, PGR_REC_SWEEP);
	r.sweep.sweep.listed = PGR_BUSY + 1;
	refused(&r, size);
	size = rec_any(&r, PGR_REC_SWEEP);
	r.sweep.sweep.nr_files = PGR_ENTRY_FILES + 1;
	refused(&r, size);
	size = rec_any(&r, PGR_REC_PGMAP);
	r.pgmap.pgmap.type = PGR_TYPES;
	refused(&r, size);
	size = rec_any(&r, PGR_REC_PGMAP);
	r.pgmap.h.id = 6;
	refused(&r, size);
	size = rec_any(&r, PGR_REC_PGMAP);
	memset(r.pgmap.pgmap.dev, 'x', PGR_DEV);
	refused(&r, size);
	nothing_changed(s);
}

static void test_values_that_just_may_be(void **state)
{
	size_t size;
	union any_record r;

	(void)state;
	bear_dying(3, 1);
	size = rec_any(&r, PGR_REC_EVENT);
	r.event.event = PGR_EVENTS - 1;
	assert_int_equal(feed__record(&feed, &r.h, size, &c), 0);
	size = rec_any(&r, PGR_REC_SWEEP);
	r.sweep.final = 1;
	r.sweep.sweep.listed = PGR_BUSY;
	r.sweep.sweep.nr_files = PGR_ENTRY_FILES;
	assert_int_equal(feed__record(&feed, &r.h, size, &c), 0);
	size = rec_any(&r, PGR_REC_PGMAP);
	r.pgmap.pgmap.type = PGR_TYPES - 1;
	r.pgmap.pgmap.nr_range = PGR_RANGES_MAX + 1; /* more than are followed */
	memset(r.pgmap.pgmap.dev, 'x', PGR_DEV - 1);
	r.pgmap.pgmap.dev[PGR_DEV - 1] = '\0';
	assert_int_equal(feed__record(&feed, &r.h, size, &c), 0);
	assert_int_equal(strlen(c.p->dev), PGR_DEV - 1);
}

static void test_texts_without_an_end(void **state)
{
	size_t size;
	union any_record r;

	(void)state;
	bear_dying(3, 1);
	size = rec_any(&r, PGR_REC_PGMAP);
	refused_task(&r, size, &r.pgmap.pgmap.creator);
	size = rec_any(&r, PGR_REC_TEARDOWN);
	refused_task(&r, size, &r.teardown.task);
	size = rec_any(&r, PGR_REC_EVENT);
	refused_task(&r, size, &r.event.task);
	refused_task(&r, size, &r.event.taker);
	for (uint32_t record = PGR_REC_LATE; record <= PGR_REC_DRAIN; record++) {
		size = rec_any(&r, record);
		refused_task(&r, size, &r.move.task);
		refused_task(&r, size, &r.move.taker);
	}
	for (uint32_t record = PGR_REC_DRAINED; record <= PGR_REC_GONE; record++) {
		size = rec_any(&r, record);
		refused_task(&r, size, &r.step.task);
	}
}

static void test_values_at_the_ends_of_their_range(void **state)
{
	struct pgmap *p = bear(3);
	struct pgr_rec_teardown b = rec_begin(3, 2000, INT64_MAX);
	struct pgr_rec_step d = rec_drained(3, UINT64_MAX);

	(void)state;
	p->k.baseline = -1;
	TAKES(b);
	TAKES(d);
	assert_true(p->td.stuck);
	assert_int_equal(p->td.stuck_value, INT64_MAX);
	assert_int_equal(p->td.drained_ns, UINT64_MAX);
	assert_int_equal(pgmap__above(INT64_MIN, 1), INT64_MIN);
	assert_int_equal(pgmap__above(INT64_MAX, -1), INT64_MAX);
	assert_int_equal(pgmap__above(5, 7), -2);
	assert_int_equal(pgmap__above(7, 5), 2);
}

/* In a complete record every other byte may have any value. Sanitizers find wrong accesses. */
static void test_any_bytes(void **state)
{
	unsigned int seed = 42;
	size_t taken = 0;
	union any_record r;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint32_t record = 1 + rand_r(&seed) % PGR_REC_PUT;
		size_t size = rec_any(&r, record);
		int err;

		/* Half of the records have only a few changed bytes, so that some are accepted. */
		for (size_t at = sizeof(r.h); at < size; at++)
			if (i & 1 || rand_r(&seed) % 8 == 0)
				r.bytes[at] = rand_r(&seed) % 3 ? 0x7f : rand_r(&seed);
		if (record == PGR_REC_PGMAP)
			r.pgmap.pgmap.id = r.h.id;
		if (!(i % 100)) {
			pgmaps__free(&pgmaps);
			bear_dying(3, 1);
		}
		for (int tries = 0; tries < 2; tries++) {
			err = feed__record(&feed, &r.h, size, &c);
			if (!err && c.kind == CHANGE_NO_STACK)
				feed__learn_stack(&feed, c.stack, false);
		}
		assert_true(!err || err == -EBADMSG);
		taken += !err;
	}
	assert_in_range(taken, 1000, 19000);
}

static void test_no_memory(void **state)
{
	struct pgr_rec_sweep s = rec_sweep(3, 2100, 0, 5);
	struct pgr_rec_pgmap r = rec_birth(4);
	struct snapshot *before;

	(void)state;
	bear_dying(3, 1);
	before = snapshot();
	for (int n = 0; n < 2; n++) {
		allocations = n;
		assert_int_equal(FEED(r), -ENOMEM);
		allocations = -1;
	}
	allocations = 0;
	assert_int_equal(FEED(s), -ENOMEM);
	allocations = -1;
	nothing_changed(before);
	TAKES(r);
	TAKES(s);
	/* There is memory for the next record. */
	allocations = 0;
	assert_int_equal(FEED(s), 0);
	allocations = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_records_that_are_cut_off),
		test(test_kinds_that_are_not_known),
		test(test_values_that_no_record_has),
		test(test_values_that_just_may_be),
		test(test_texts_without_an_end),
		test(test_values_at_the_ends_of_their_range),
		test(test_any_bytes),
		test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

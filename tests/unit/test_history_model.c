// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares histories with a naive model that keeps every operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"

/* xorshift: gives the same numbers on every machine */
static uint64_t rnd(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

struct op {
	uint64_t t;
	int what; /* series, or HISTORY_NR_SERIES + kind */
	int64_t v;
};

/* Computes each slot from all operations, and compares. */
static void model_check(const struct history *h, const struct op *ops, int nr_ops, uint64_t start)
{
	uint64_t step = history__step_ns(h), end = 0;
	static int64_t min[HISTORY_SLOTS][HISTORY_NR_SERIES], max[HISTORY_SLOTS][HISTORY_NR_SERIES];
	static int latest[HISTORY_SLOTS][HISTORY_NR_SERIES];
	static uint64_t events[HISTORY_SLOTS][HISTORY_NR_EVENTS];

	memset(latest, -1, sizeof(latest));
	memset(events, 0, sizeof(events));
	for (int i = 0; i < nr_ops; i++) {
		uint64_t off = ops[i].t > start ? ops[i].t - start : 0;
		int s = ops[i].what;

		end = off > end ? off : end;
		assert_true(off / step < HISTORY_SLOTS);
		off /= step;
		if (s >= HISTORY_NR_SERIES) {
			events[off][s - HISTORY_NR_SERIES] += (uint64_t)ops[i].v;
			continue;
		}
		if (latest[off][s] < 0 || ops[i].v < min[off][s])
			min[off][s] = ops[i].v;
		if (latest[off][s] < 0 || ops[i].v > max[off][s])
			max[off][s] = ops[i].v;
		if (latest[off][s] < 0 || ops[i].t >= ops[latest[off][s]].t)
			latest[off][s] = i;
	}
	assert_int_equal(history__nr_slots(h), end / step + 1);
	/* the step is no larger than necessary */
	assert_true(step == 1 || end / (step / 2) >= HISTORY_SLOTS);
	for (unsigned int i = 0; i < history__nr_slots(h); i++) {
		const struct history_slot *slot = history__slot(h, i);

		assert_int_equal(slot->start, i * step);
		for (int s = 0; s < HISTORY_NR_SERIES; s++) {
			const struct history_cell *c = &slot->cells[s];

			assert_int_equal(c->sampled, latest[i][s] >= 0);
			if (!c->sampled)
				continue;
			assert_int_equal(c->min, min[i][s]);
			assert_int_equal(c->max, max[i][s]);
			assert_int_equal(c->last, ops[latest[i][s]].v);
			assert_int_equal(c->last_ns, ops[latest[i][s]].t - start);
		}
		for (int k = 0; k < HISTORY_NR_EVENTS; k++)
			assert_int_equal(slot->events[k], events[i][k]);
	}
}

static void test_against_model(void **state)
{
	enum { NR_OPS = 3000, CHECK_EACH = 250 };
	static struct op ops[NR_OPS];
	uint64_t seed = 0x9e3779b97f4a7c15ull;

	(void)state;
	for (int round = 0; round < 40; round++) {
		const uint64_t start = 1000000;
		struct history *h = NULL;
		uint64_t now = start;

		assert_int_equal(history__new(start, 1, &h), 0);
		for (int i = 0; i < NR_OPS; i++) {
			struct op *op = &ops[i];
			uint64_t r = rnd(&seed);

			/* mostly small steps, some back in time, rarely a jump */
			now += r % (1u << (round % 12));
			if (!(r % 499))
				now += rnd(&seed) % (1ull << (round + 2));
			op->t = now;
			if (r % 11 == 3)
				op->t -= rnd(&seed) % (now - start + 1);
			op->what = (int)(rnd(&seed) % (HISTORY_NR_SERIES + HISTORY_NR_EVENTS));
			op->v = (int64_t)(rnd(&seed) % 2000);
			if (op->what < HISTORY_NR_SERIES) {
				op->v -= 1000;
				history__sample(h, op->t, (enum history_series)op->what, op->v);
			} else {
				history__count(h, op->t,
					       (enum history_event)(op->what - HISTORY_NR_SERIES),
					       (uint64_t)op->v);
			}
			if (!((i + 1) % CHECK_EACH))
				model_check(h, ops, i + 1, start);
		}
		for (int s = 0; s < HISTORY_NR_SERIES; s++) {
			struct op high = { .v = INT64_MIN }, low = { .v = INT64_MAX };
			uint64_t t;
			int64_t v;

			for (int i = 0; i < NR_OPS; i++) {
				const struct op *op = &ops[i];

				if (op->what != s)
					continue;
				if (op->v > high.v || (op->v == high.v && op->t < high.t))
					high = *op;
				if (op->v < low.v || (op->v == low.v && op->t < low.t))
					low = *op;
			}
			assert_int_equal(history__peak(h, (enum history_series)s, &v, &t), 0);
			assert_int_equal(v, high.v);
			assert_int_equal(t, high.t);
			assert_int_equal(history__low(h, (enum history_series)s, &v, &t), 0);
			assert_int_equal(v, low.v);
			assert_int_equal(t, low.t);
		}
		history__free(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* refs --exact on a made-up kernel: which pgmaps it follows, what it shows, and how it ends. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/feed.h"
#include "run/run_references.h"
#include "run_world.h"

static struct pgr_rec_move put;

static int set_up_references(void **state)
{
	int err = set_up(state);

	o.verb = verb_of("refs");
	o.exact = true;
	o.ready_fd = -1;
	o.duration_ns = 1000000;
	kernel.account =
		(struct pgr_exact_read_args){ .high = PGR_EXACT_NONE, .low = PGR_EXACT_NONE };
	return err;
}

#undef test
#define test(name) cmocka_unit_test_setup_teardown(name, set_up_references, tear_down)

/* A pgmap with this excess. */
static struct pgmap *with(uint32_t id, int64_t excess)
{
	struct pgmap *p;

	bear(id);
	p = p_of(id);
	p->named = p->wanted = true;
	kernel.pgmap[id - 1].value = p->k.baseline + excess;
	feed__value(p, 0, p->k.baseline + excess, 0, clock__now());
	return p;
}

/* A put that the run gets at its first look. */
static void comes(const char *comm)
{
	put = (struct pgr_rec_move){
		.h = { PGR_REC_PUT, 1, clock__now() },
		.task = { .tgid = 7, .tid = 7 },
		.n = 1,
		.value = 1,
	};
	strcpy(put.task.comm, comm);
	kernel.record[kernel.nr_records].h = &put.h;
	kernel.record[kernel.nr_records++].size = sizeof(put);
}

static void test_nothing_to_follow(void **state)
{
	(void)state;
	with(1, 0);
	assert_int_equal(references__run(&run, -1), STATUS_CLEAN);
	assert_false(p_of(1)->exact.tried);
}

static void test_some_are_left(void **state)
{
	const char *text;

	(void)state;
	with(1, 2);
	comes("holder");
	assert_int_equal(references__run(&run, -1), STATUS_INCONCLUSIVE);
	text = written();
	has(text, NAME ": put 1 by holder/7");
	has(text, NAME ": 2 references above the baseline are left\n");
	has(text, "  exact     each get and each put is seen, by breakpoints\n");
}

static void test_none_is_left(void **state)
{
	(void)state;
	o.duration_ns = 0;
	with(1, 1);
	kernel.pgmap[0].value--; /* put at once */
	assert_int_equal(references__run(&run, -1), STATUS_CLEAN);
	has(written(), NAME ": no reference above the baseline is left (excess 0)\n");
}

static void test_missed_puts(void **state)
{
	(void)state;
	o.duration_ns = 0;
	with(1, 1);
	kernel.pgmap[0].value--;
	kernel.exact_hits = 1;
	assert_int_equal(references__run(&run, -1), STATUS_INCONCLUSIVE);
	has(written(), "breakpoints missed gets or puts\n");
}

static void test_the_pgmap_goes(void **state)
{
	(void)state;
	o.duration_ns = 0;
	with(1, 1);
	kernel.pgmap[0].sample_err = -ESTALE;
	assert_int_equal(references__run(&run, -1), STATUS_CLEAN);
	has(written(), NAME ": the pgmap is gone\n");
}

/* A counter that cannot be read is no counter without references. */
static void test_not_known(void **state)
{
	(void)state;
	with(1, 1);
	kernel.pgmap[0].sample_err = -EIO;
	assert_int_equal(references__run(&run, -1), STATUS_INCONCLUSIVE);
	lacks(written(), "no reference above the baseline");
}

static void test_not_known_at_the_start(void **state)
{
	(void)state;
	with(1, 1)->has_value = false;
	assert_int_equal(references__run(&run, -1), STATUS_CANNOT);
	assert_false(p_of(1)->exact.tried);
}

static void test_no_breakpoints(void **state)
{
	(void)state;
	with(1, 1);
	kernel.exact_set_err = -ENOSPC;
	assert_int_equal(references__run(&run, -1), STATUS_CANNOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_nothing_to_follow), test(test_some_are_left),
		test(test_none_is_left),      test(test_missed_puts),
		test(test_the_pgmap_goes),    test(test_no_breakpoints),
		test(test_not_known),	      test(test_not_known_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

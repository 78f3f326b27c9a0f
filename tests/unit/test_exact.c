// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Slots and breakpoints of exact accounts, on a made-up machine of two CPUs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "fake_tracer.h"
#include "kernel/exact_codes.h"
#include "kernel/symbols.h"

static struct fake_tracer kernel;
static struct exact *x;
static char why[128];

static int set_up(void **state)
{
	(void)state;
	fake_tracer__init(&kernel);
	x = exact__new(&fake_exact_ops, &kernel, 2);
	return x ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	exact__close(x);
	assert_true(kernel.exact_closed);
	assert_int_equal(kernel.exact_set, 0);
	exact__close(NULL);
	return 0;
}

/* The clock of perf events may stand still for a moment. */
static void wait_for_clock(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 25 * NSEC_PER_MSEC }, NULL);
}

static int follow(uint32_t id)
{
	why[0] = '\0';
	return exact__follow(x, 0x100 + id, id, why, sizeof(why));
}

static void test_two_breakpoints_on_each_cpu(void **state)
{
	(void)state;
	assert_false(exact__follows(x, 3));
	assert_int_equal(follow(3), 0);
	assert_true(exact__follows(x, 3));
	assert_int_equal(kernel.exact_set, 4);
	assert_int_equal(kernel.exact_synced, 3);
	assert_int_equal(kernel.exact_id, 3);
	assert_int_equal(follow(3), 0); /* it has one */
	assert_int_equal(kernel.exact_set, 4);
	exact__release(x, 3);
	assert_false(exact__follows(x, 3));
	assert_int_equal(kernel.exact_set, 0);
	assert_int_equal(kernel.exact_id, 0);
	exact__release(x, 3);
}

static void test_a_counter_in_atomic_mode(void **state)
{
	(void)state;
	kernel.exact_atomic = true;
	assert_int_equal(follow(3), 0);
	assert_int_equal(kernel.exact_set, 2);
}

static void test_more_than_there_are_slots(void **state)
{
	(void)state;
	assert_int_equal(follow(3), 0);
	assert_int_equal(follow(4), 0);
	assert_int_equal(kernel.exact_set, 8);
	assert_int_equal(follow(5), -EBUSY);
	assert_string_equal(why, "2 other pgmaps have an exact account");
	exact__release(x, 3);
	assert_int_equal(follow(5), 0);
	assert_true(exact__follows(x, 4) && exact__follows(x, 5));
}

static void test_why_there_is_none(void **state)
{
	static const struct {
		int err;
		const char *why;
	} rows[] = {
		{ -ENOSPC, "no breakpoint of a CPU is free: gdb, perf or pgmapref have them" },
		{ -EACCES, "not allowed: breakpoints on kernel memory need CAP_SYS_ADMIN" },
		{ -EPERM, "not allowed: breakpoints on kernel memory need CAP_SYS_ADMIN" },
		{ -EOPNOTSUPP, "this machine has no hardware breakpoints that work" },
		{ -ENOENT, "this machine has no hardware breakpoints that work" },
		{ -EIO, "cannot set breakpoints: Input/output error" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		kernel.exact_set_err = rows[i].err;
		assert_int_equal(follow(3), rows[i].err);
		assert_string_equal(why, rows[i].why);
		assert_false(exact__follows(x, 3));
		assert_int_equal(kernel.exact_set, 0);
	}
	kernel.exact_set_err = 0;
	kernel.exact_begin_err = -ESTALE;
	assert_int_equal(follow(3), -ESTALE);
	assert_false(exact__follows(x, 3));
	kernel.exact_begin_err = 0;
	kernel.exact_offline = 3; /* no CPU at all */
	assert_int_equal(follow(3), -ENODEV);
}

static void test_a_cpu_that_comes_online(void **state)
{
	struct exact_account a;

	(void)state;
	kernel.exact_offline = 2;
	assert_int_equal(follow(3), 0);
	assert_int_equal(kernel.exact_set, 2);
	assert_int_equal(kernel.exact_synced, 3); /* the slot of an offline CPU counts, too */
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(kernel.exact_set, 2);
	kernel.exact_offline = 0;
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(kernel.exact_set, 4);
	assert_int_equal(kernel.exact_synced, 3);
}

/* The kernel takes the breakpoints of a CPU that goes offline off for good. */
static void test_a_cpu_that_goes_and_comes_back(void **state)
{
	struct exact_account a;

	(void)state;
	assert_int_equal(follow(3), 0);
	kernel.exact_hits = 1;
	kernel.account.runs = 4;
	assert_int_equal(exact__read(x, 3, &a), 0);
	kernel.exact_synced = 0;
	kernel.exact_off = kernel.exact_offline = 2;
	wait_for_clock();
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(kernel.exact_set, 2);
	assert_int_equal(kernel.exact_synced, 2);
	assert_int_equal(a.missed, 0); /* hits of breakpoints that are gone count */
	kernel.exact_off = kernel.exact_offline = 0;
	kernel.exact_synced = 0;
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(kernel.exact_set, 4);
	assert_int_equal(kernel.exact_synced, 2);
	kernel.exact_synced = 0;
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(kernel.exact_synced, 0);
}

/* Another program took the breakpoints of a CPU that came back: nobody sees what the CPU writes. */
static void test_a_breakpoint_that_is_stolen(void **state)
{
	struct exact_account a;

	(void)state;
	assert_int_equal(follow(3), 0);
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(a.gaps, 0);
	kernel.exact_off = 1;
	kernel.exact_set_err = -ENOSPC;
	wait_for_clock();
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(a.gaps, 1);
	kernel.exact_off = 0;
	kernel.exact_set_err = 0;
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(a.gaps, 1); /* for good */
}

static void test_what_is_read(void **state)
{
	struct exact_account a;

	(void)state;
	assert_int_equal(exact__read(x, 3, &a), -ENOENT);
	assert_int_equal(follow(3), 0);
	kernel.account = (struct pgr_exact_read_args){ .value = 7,
						       .counter = 8,
						       .runs = 10,
						       .gap = -1,
						       .gaps = 2,
						       .fresh = 3,
						       .old_puts = 4,
						       .open_puts = 5,
						       .quiet = 1 };
	kernel.exact_hits = 3; /* of each of four breakpoints */
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(a.value, 7);
	assert_int_equal(a.counter, 8);
	assert_int_equal(a.missed, 2);
	assert_int_equal(a.gap, -1);
	assert_int_equal(a.gaps, 2);
	assert_int_equal(a.fresh, 3);
	assert_int_equal(a.old_puts, 4);
	assert_int_equal(a.open_puts, 5);
	assert_true(a.quiet);
	kernel.exact_hits = 2; /* a run after the hits were read is no missed one */
	assert_int_equal(exact__read(x, 3, &a), 0);
	assert_int_equal(a.missed, 0);
	kernel.account_err = -EFAULT;
	assert_int_equal(exact__read(x, 3, &a), -EFAULT);
}

/* ---- functions that write counters for their own reasons ------------------------------------ */

static void test_codes(void **state)
{
	char path[] = "/tmp/test_exact.XXXXXX";
	struct pgr_exact_code code[PGR_EXACT_CODES];
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct symbols *s;

	(void)state;
	fprintf(f, "ffffffff81000000 T _text\n"
		   "ffffffff81000100 t __percpu_ref_switch_mode\n"
		   "ffffffff81000240 t percpu_ref_switch_to_atomic_rcu\n"
		   "ffffffff81000300 T memunmap_pages\n"
		   "ffffffff81000480 t percpu_ref_put_many.constprop.0\n"
		   "ffffffff81000500 T zone_device_page_init\n"
		   "ffffffff81000600 T _etext\n");
	assert_int_equal(fclose(f), 0);
	assert_int_equal(symbols__load(path, NULL, &s), 0);
	unlink(path);
	for (int h = 0; h < PGR_HOOKS; h++)
		kernel.plan.hook[h].nr = 0;
	kernel.plan.hook[PGR_HOOK_ALLOC].nr = 1;
	strcpy(kernel.plan.hook[PGR_HOOK_ALLOC].attempt[0].symbol, "zone_device_page_init");
	exact_codes__fill(s, &kernel.plan, code);
	assert_int_equal(code[0].start, 0xffffffff81000100);
	assert_int_equal(code[0].end, 0xffffffff81000240);
	assert_int_equal(code[0].kind, PGR_EXACT_SWITCH);
	assert_int_equal(code[1].start, 0xffffffff81000240);
	assert_int_equal(code[1].end, 0xffffffff81000300);
	assert_int_equal(code[1].kind, PGR_EXACT_FOLD);
	assert_int_equal(code[2].kind, PGR_EXACT_BULK);
	assert_int_equal(code[2].end, 0xffffffff81000480);
	assert_int_equal(code[3].start, 0xffffffff81000480);
	assert_int_equal(code[3].kind, PGR_EXACT_CALLER);
	assert_int_equal(code[4].start, 0xffffffff81000500);
	assert_int_equal(code[4].end, 0xffffffff81000600);
	assert_int_equal(code[4].kind, PGR_EXACT_PAGE);
	assert_int_equal(code[5].start, 0);
	symbols__free(s);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_two_breakpoints_on_each_cpu),
		test(test_a_counter_in_atomic_mode),
		test(test_more_than_there_are_slots),
		test(test_why_there_is_none),
		test(test_a_cpu_that_comes_online),
		test(test_a_cpu_that_goes_and_comes_back),
		test(test_a_breakpoint_that_is_stolen),
		test(test_what_is_read),
		test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

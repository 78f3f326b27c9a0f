// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Breakpoints of followed pages on a made-up machine of two CPUs, and what their changes add up to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_tracer.h"
#include "model/followed_page.h"

static struct fake_tracer kernel;
static struct followed *f;
static struct followed_page page;
static char why[128];

static int set_up(void **state)
{
	(void)state;
	fake_tracer__init(&kernel);
	page = (struct followed_page){ .refcount = 2, .since_ns = 100 };
	f = followed__new(&fake_followed_ops, &kernel, 2);
	return f ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	followed__close(f);
	assert_true(kernel.followed_closed);
	assert_int_equal(kernel.exact_set, 0);
	followed__close(NULL);
	return 0;
}

/* ---- breakpoints ---------------------------------------------------------------------------- */

static int add(uint64_t pfn)
{
	struct pgr_followed_args a = { .pfn = pfn, .pgmap = 0x100, .id = 3 };

	why[0] = '\0';
	return followed__add(f, &a, why, sizeof(why));
}

static void test_a_breakpoint_on_each_cpu(void **state)
{
	(void)state;
	assert_int_equal(add(16), 0);
	assert_int_equal(kernel.exact_set, 2);
	assert_int_equal(kernel.followed_starts, 1);
	assert_int_equal(add(17), 0);
	assert_int_equal(kernel.exact_set, 4);
	assert_int_equal(add(18), -EBUSY);
	assert_string_equal(why, "2 pages are followed");
	assert_int_equal(kernel.exact_set, 4);
}

static void test_why_a_page_cannot_be_followed(void **state)
{
	static const struct {
		int look, set;
		const char *why;
	} rows[] = {
		{ -ENODATA, 0, "the address of the struct pages is not known" },
		{ -EFAULT, 0, "its struct page cannot be read" },
		{ -ESTALE, 0, "its struct page does not belong to the pgmap" },
		{ -EPERM, 0, "cannot read its struct page: Operation not permitted" },
		{ 0, -EPERM, "not allowed: breakpoints on kernel memory need CAP_SYS_ADMIN" },
		{ 0, -ENOSPC, "no breakpoint of a CPU is free: gdb, perf or pgmapref have them" },
		{ 0, -EOPNOTSUPP, "this machine has no hardware breakpoints that work" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		kernel.followed_look_err = rows[i].look;
		kernel.exact_set_err = rows[i].set;
		assert_int_equal(add(16), rows[i].look ? rows[i].look : rows[i].set);
		assert_string_equal(why, rows[i].why);
		assert_int_equal(kernel.exact_set, 0);
		assert_int_equal(kernel.followed_starts, 0);
	}
}

static void test_what_has_no_record(void **state)
{
	(void)state;
	assert_int_equal(add(16), 0);
	kernel.exact_hits = 5; /* of each of two breakpoints */
	kernel.followed_runs = 10;
	assert_int_equal(followed__missed(f, 0), 0);
	kernel.followed_runs = 7;
	assert_int_equal(followed__missed(f, 0), 3);
	kernel.followed_lost = 2;
	assert_int_equal(followed__missed(f, 0), 5);
	kernel.followed_runs = 11; /* a run after the hits were read */
	assert_int_equal(followed__missed(f, 0), 2);
}

static void test_a_cpu_that_comes_online(void **state)
{
	(void)state;
	kernel.exact_offline = 2;
	assert_int_equal(add(16), 0);
	assert_int_equal(add(17), 0);
	assert_int_equal(kernel.exact_set, 2);
	assert_true(followed__watch_cpus(f));
	kernel.exact_offline = 0;
	assert_false(followed__watch_cpus(f));
	assert_int_equal(kernel.exact_set, 4);
	assert_true(followed__watch_cpus(f));
}

/* ---- changes -------------------------------------------------------------------------------- */

static void change(uint64_t ns, int32_t n, const char *comm, uint32_t tgid)
{
	struct pgr_rec_change c = { .h = { .ns = ns }, .n = n, .refcount = page.refcount + n };
	struct pgr_task t = { .tgid = tgid, .tid = tgid };

	snprintf(t.comm, sizeof(t.comm), "%s", comm);
	followed_page__see(&page, &c, &t);
}

static void test_names_of_changes(void **state)
{
	static const struct {
		int32_t n;
		const char *small, *large;
	} rows[] = {
		{ 1, "get", "get" },	   { -1, "put", "put" },      { 2, "get", "get" },
		{ 1024, "pin", "get" },	   { -1024, "unpin", "put" }, { 2048, "pin", "get" },
		{ 1023, "pin", "get" },	   { -1023, "put", "put" },   { 1025, "get", "get" },
		{ -2048, "unpin", "put" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		page.order = 0;
		assert_string_equal(followed_page__event(&page, rows[i].n), rows[i].small);
		page.order = 9;
		assert_string_equal(followed_page__event(&page, rows[i].n), rows[i].large);
	}
}

static void test_who_took_and_dropped(void **state)
{
	(void)state;
	change(110, 1, "app", 7);
	change(120, 1024, "app", 7);
	change(130, -1, "other", 8);
	change(140, -1024, "app", 7);
	assert_int_equal(page.changes, 4);
	assert_int_equal(page.refcount, 2);
	assert_int_equal(page.nr_tasks, 2);
	assert_int_equal(page.task[0].took, 1025);
	assert_int_equal(page.task[0].dropped, 1024);
	assert_int_equal(page.task[0].gets, 2);
	assert_int_equal(page.task[0].puts, 1);
	assert_string_equal(page.task[1].task.comm, "other");
	assert_int_equal(page.task[1].dropped, 1);
	assert_string_equal(page.put_task.comm, "app");
	for (uint32_t i = 0; i < FOLLOWED_TASKS; i++)
		change(150 + i, 1, "many", 100 + i);
	assert_int_equal(page.nr_tasks, FOLLOWED_TASKS);
	assert_int_equal(page.unlisted, 2);
}

static void test_the_last_put(void **state)
{
	(void)state;
	assert_false(followed_page__has_last_put(&page));
	change(150, -1, "app", 7);
	followed_page__set_state(&page, FOLLOWED_IDLE, 500);
	assert_true(followed_page__has_last_put(&page));
	assert_int_equal(followed_page__after(&page), 50); /* of the put, not of the reading */
	/* 7.x sets the refcount of a device-dax page again after its last put. */
	change(151, 1, "app", 7);
	assert_true(followed_page__has_last_put(&page));
	page.missed = 1; /* a put after this get was missed */
	assert_false(followed_page__has_last_put(&page));
	assert_int_equal(followed_page__after(&page), 400);
	change(160, -1, "app", 7);
	assert_true(followed_page__has_last_put(&page));
	change(170, 1, "app", 7);
	page.missed = 0;
	page.blind = true;
	assert_false(followed_page__has_last_put(&page));
}

static void test_states(void **state)
{
	(void)state;
	followed_page__set_state(&page, FOLLOWED_BUSY, 200);
	followed_page__set_state(&page, FOLLOWED_IDLE, 300);
	followed_page__set_state(&page, FOLLOWED_IDLE, 400);
	assert_int_equal(page.state_ns, 300);
	assert_int_equal(followed_page__after(&page), 200);
	followed_page__set_state(&page, FOLLOWED_GONE, 450);
	assert_int_equal(followed_page__after(&page), 350);
	page.since_ns = 460; /* two clock readings in the wrong order */
	assert_int_equal(followed_page__after(&page), 0);
	assert_string_equal(followed_state__name(FOLLOWED_BUSY), "busy");
	assert_string_equal(followed_state__name(FOLLOWED_IDLE), "idle");
	assert_string_equal(followed_state__name(FOLLOWED_GONE), "gone");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_a_breakpoint_on_each_cpu),
		test(test_why_a_page_cannot_be_followed),
		test(test_what_has_no_record),
		test(test_a_cpu_that_comes_online),
		test(test_names_of_changes),
		test(test_who_took_and_dropped),
		test(test_the_last_put),
		test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which tasks a run follows, in a made-up /proc, and a run that has seen nothing of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/process.h"
#include "root.h"
#include "run/run_tasks.h"
#include "run_world.h"

static void put_process(uint32_t pid, uint32_t parent)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	snprintf(text, sizeof(text), "%u (sh) S %u 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n",
		 pid, parent);
	put_file(path, text);
}

static int set_up_tasks(void **state)
{
	if (set_up(state) || make_root(state))
		return -1;
	/* 30 has children 40 and 20; 10 is a child of 40, and older than it. */
	put_process(1, 0);
	put_process(30, 1);
	put_process(40, 30);
	put_process(20, 30);
	put_process(10, 40);
	put_process(50, 1);
	run.k.root = root;
	o.pids[0] = 30;
	o.nr_pids = 1;
	return 0;
}

static int tear_down_tasks(void **state)
{
	return remove_root(state) || tear_down(state) ? -1 : 0;
}

#define tasks(name) cmocka_unit_test_setup_teardown(name, set_up_tasks, tear_down_tasks)

static void test_descendants(void **state)
{
	static const uint32_t of[] = { 30, 99, 10 };
	uint32_t *found;
	size_t nr;

	(void)state;
	assert_int_equal(process__descendants(root, of, 3, &found, &nr), 0);
	assert_int_equal(nr, 2); /* 10 is given */
	assert_int_equal(found[0], 20);
	assert_int_equal(found[1], 40);
	free(found);
	assert_int_equal(process__descendants(root, of + 1, 1, &found, &nr), 0);
	assert_int_equal(nr, 0);
	free(found);
	assert_int_equal(process__descendants(in_root("/none"), of, 1, &found, &nr), -ENOENT);
	assert_null(found);
}

static void test_it_follows_descendants(void **state)
{
	(void)state;
	assert_int_equal(run__follow_descendants(&run.k, &o), 0);
	assert_int_equal(kernel.nr_tgids, 0); /* not asked for */
	o.forks = true;
	assert_int_equal(run__follow_descendants(&run.k, &o), 0);
	assert_int_equal(kernel.nr_tgids, 3);
	assert_int_equal(kernel.tgids[0], 10);
	kernel.follow_err = -E2BIG;
	assert_int_equal(run__follow_descendants(&run.k, &o), -E2BIG);
}

/* 20 ends after the first reading, and 30 starts 60. */
static void meanwhile(void)
{
	kernel.then = NULL;
	assert_int_equal(unlink(in_root("/proc/20/stat")), 0);
	assert_int_equal(rmdir(in_root("/proc/20")), 0);
	put_process(60, 30);
}

/* Another one each time. */
static void start_one(void)
{
	static uint32_t pid = 1000;
	char path[64];

	put_process(++pid, 30);
	snprintf(path, sizeof(path), "/proc/%u/stat", pid - 1);
	unlink(in_root(path));
	snprintf(path, sizeof(path), "/proc/%u", pid - 1);
	rmdir(in_root(path));
}

static void test_what_changes_meanwhile(void **state)
{
	(void)state;
	o.forks = true;
	kernel.then = meanwhile;
	assert_int_equal(run__follow_descendants(&run.k, &o), 0);
	assert_int_equal(kernel.nr_tgids, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_not_equal(kernel.tgids[i], 20);
	kernel.then = start_one;
	assert_int_equal(run__follow_descendants(&run.k, &o), -EAGAIN);
}

static void test_they_are_gone(void **state)
{
	pid_t dead = fork();

	(void)state;
	if (!dead)
		_exit(0);
	assert_int_equal(waitpid(dead, NULL, 0), dead);
	o.pids[0] = getpid();
	assert_false(run__tasks_are_gone(&run.k, &o));
	o.pids[0] = dead;
	kernel.tgids[0] = getpid();
	kernel.nr_tgids = 1;
	assert_true(run__tasks_are_gone(&run.k, &o));
	o.forks = true;
	assert_false(run__tasks_are_gone(&run.k, &o));
	/* A hook may have missed its end. */
	kernel.tgids[0] = dead;
	assert_true(run__tasks_are_gone(&run.k, &o));
	o.nr_pids = 0;
	assert_false(run__tasks_are_gone(&run.k, &o));
}

static void test_nothing_seen(void **state)
{
	(void)state;
	bear(1);
	kernel.left_out[PGR_LEFT_OUT_OTHERS] = 12;
	kernel.left_out[PGR_LEFT_OUT_CHILDREN] = 6;
	run__judge_unseen(&run);
	assert_true(run.end.totals.unseen);
	assert_string_equal(run.end.worst.why,
			    "no event by 30; 12 by others, 6 of them by what it started: -f");
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
}

static void test_nothing_seen_with_children(void **state)
{
	(void)state;
	o.forks = true;
	o.pids[o.nr_pids++] = 31;
	o.tids[o.nr_tids++] = 32;
	o.comm = "fio*";
	kernel.left_out[PGR_LEFT_OUT_CHILDREN] = 6; /* before they were followed */
	run__judge_unseen(&run);
	assert_string_equal(run.end.worst.why, "no event by 30, 31, thread 32 as fio*; 0 by others");
}

static void test_something_seen(void **state)
{
	(void)state;
	run.end.gone_events = 1;
	run__judge_unseen(&run);
	assert_false(run.end.totals.unseen);
	run.end.gone_events = 0;
	/* Without a filter nothing is left out. */
	o.nr_pids = 0;
	run__judge_unseen(&run);
	assert_false(run.end.totals.unseen);
	o.comm = "fio";
	kernel.left_out[PGR_LEFT_OUT_OLD] = 3;
	run__judge_unseen(&run);
	assert_string_equal(run.end.worst.why, "no event by tasks named fio; 0 by others; "
					       "3 given back that are older than the tool");
}

/* A teardown, or a doubt, is more than that. */
static void test_a_result_stays(void **state)
{
	(void)state;
	o.quiet = true;
	run.end.totals.teardowns = 1;
	run__judge_unseen(&run);
	assert_false(run.end.totals.unseen);
	run.end.totals.teardowns = 0;
	run.end.worst.verdict = VERDICT_INCONCLUSIVE;
	run__judge_unseen(&run);
	assert_false(run.end.totals.unseen);
	run.end.worst.verdict = VERDICT_CLEAN;
	o.verb = verb_of("watch");
	run__judge_unseen(&run);
	assert_false(run.end.totals.unseen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tasks(test_descendants),
		tasks(test_it_follows_descendants),
		tasks(test_what_changes_meanwhile),
		tasks(test_they_are_gone),
		tasks(test_nothing_seen),
		tasks(test_nothing_seen_with_children),
		tasks(test_something_seen),
		tasks(test_a_result_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Threads that wait, by two looks at a made-up /proc. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/waiting.h"
#include "root.h"

#define UNBIND "[<0>] memunmap_pages+0x8a/0xb0\n[<0>] unbind_store+0xf6/0x150\n"
#define FREEZE "[<0>] blk_mq_freeze_queue_wait+0x8a/0xb0\n[<0>] unbind_store+0xf6/0x150\n"
#define ELSEWHERE "[<0>] del_gendisk+0x8a/0xb0\n[<0>] unbind_store+0xf6/0x150\n"
#define TRUNCATE "[<0>] ext4_wait_dax_page+0x40/0x50\n[<0>] ext4_break_layouts+0x80/0xb0\n"
#define PIPE "[<0>] pipe_read+0x30c/0x470\n"

static struct waiting *w;

static int make_waiting(void **state)
{
	w = calloc(1, sizeof(*w));
	return !w || make_root(state);
}

static int free_waiting(void **state)
{
	free(w);
	return remove_root(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_waiting, free_waiting)

/* stack NULL: not readable */
static void put_thread(unsigned int tgid, unsigned int tid, char state, unsigned int threads,
		       const char *stack)
{
	char path[64], stat[128];

	snprintf(stat, sizeof(stat),
		 "%u (t%u) %c 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 %u 0 9 9 9\n", tid, tid,
		 state, threads);
	if (tgid == tid) {
		snprintf(path, sizeof(path), "/proc/%u/stat", tgid);
		put_file(path, stat);
	}
	snprintf(path, sizeof(path), "/proc/%u/task/%u/stat", tgid, tid);
	put_file(path, stat);
	snprintf(path, sizeof(path), "/proc/%u/task/%u/stack", tgid, tid);
	unlink(in_root(path));
	if (stack)
		put_file(path, stack);
}

static void put(unsigned int pid, char state, const char *stack)
{
	put_thread(pid, pid, state, 1, stack);
}

static void test_who_waits(void **state)
{
	(void)state;
	put(10, 'D', UNBIND);
	put(11, 'S', PIPE);
	put(12, 'S', TRUNCATE);
	put(13, 'R', "");
	put_thread(14, 14, 'S', 2, PIPE);
	put_thread(14, 15, 'D', 2, PIPE);
	assert_int_equal(waiting__look(w, root, NULL, 0), 0);
	assert_int_equal(w->threads, 6);
	assert_int_equal(w->nr, 3);
	assert_non_null(waiting__find(w, 10));
	assert_non_null(waiting__find(w, 12));
	assert_int_equal(waiting__find(w, 15)->task.tgid, 14);
	assert_string_equal(waiting__find(w, 15)->task.comm, "t15");
	assert_null(waiting__find(w, 11));
	assert_true(waiting__is_in(waiting__find(w, 10), "unbind_store"));
	assert_false(waiting__is_in(waiting__find(w, 10), "unbind"));
	assert_false(w->no_stacks || w->cut);
}

static void test_the_second_look(void **state)
{
	(void)state;
	put(10, 'D', UNBIND);
	put(11, 'D', FREEZE);
	put(12, 'D', PIPE);
	put(13, 'D', UNBIND);
	put(14, 'D', UNBIND);
	put(15, 'S', TRUNCATE);
	assert_int_equal(waiting__look(w, root, NULL, 0), 0);
	/* on the same way, and elsewhere on it; gone on; ended; a zombie; in another state */
	put(11, 'D', ELSEWHERE);
	put(12, 'D', UNBIND);
	unlink(in_root("/proc/13/task/13/stat"));
	put(14, 'Z', NULL);
	put(15, 'D', TRUNCATE);
	waiting__look_again(w, root);
	assert_int_equal(w->nr, 2);
	assert_true(waiting__find(w, 10)->stayed);
	assert_true(waiting__find(w, 11)->stayed);
}

static void test_asked_ones_are_kept(void **state)
{
	static const uint32_t asked[] = { 10, 15, 16, 99 };

	(void)state;
	put(10, 'R', NULL);
	put(11, 'S', PIPE);
	put_thread(14, 14, 'S', 2, PIPE);
	put_thread(14, 15, 'S', 2, PIPE);
	put_thread(16, 16, 'S', 3, PIPE);
	put_thread(16, 17, 'D', 3, PIPE);
	put_thread(16, 18, 'S', 3, PIPE);
	assert_int_equal(waiting__look(w, root, asked, 4), 0);
	assert_int_equal(w->nr, 4);
	assert_true(waiting__find(w, 16)->asked && waiting__find(w, 17)->asked);
	put(10, 'S', PIPE);
	waiting__look_again(w, root);
	assert_int_equal(w->nr, 4);
	assert_int_equal(waiting__find(w, 10)->state, 'S');
	assert_false(waiting__find(w, 10)->stayed);
	assert_true(waiting__find(w, 10)->asked);
	assert_true(waiting__find(w, 15)->stayed);
}

static void test_what_cannot_be_read(void **state)
{
	(void)state;
	assert_int_equal(waiting__look(w, root, NULL, 0), -ENOENT);
	put(10, 'D', NULL);
	put(11, 'S', NULL);
	assert_int_equal(waiting__look(w, root, NULL, 0), 0);
	assert_int_equal(w->nr, 0);
	assert_true(w->no_stacks);
}

static void test_too_many(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < WAITING_TASKS; i++)
		put(10 + i, 'D', UNBIND);
	assert_int_equal(waiting__look(w, root, NULL, 0), 0);
	assert_false(w->cut);
	put(10 + WAITING_TASKS, 'D', UNBIND);
	assert_int_equal(waiting__look(w, root, NULL, 0), 0);
	assert_int_equal(w->nr, WAITING_TASKS);
	assert_true(w->cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_waits),
		TEST(test_the_second_look),
		TEST(test_asked_ones_are_kept),
		TEST(test_what_cannot_be_read),
		TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

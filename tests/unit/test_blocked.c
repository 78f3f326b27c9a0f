// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Blocked tasks: what a stack shows, and which tasks of a made-up /proc are remembered. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "kernel/blocked.h"
#include "kernel/procfs.h"
#include "root.h"

static struct blocked seen;

static int make_proc(void **state)
{
	memset(&seen, 0, sizeof(seen));
	return make_root(state) || mkdir(in_root("proc"), 0700) ? -1 : 0;
}

static int remove_proc(void **state)
{
	blocked__free(&seen);
	return remove_root(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_proc, remove_proc)

static unsigned int user_ticks = 12, system_ticks = 13;

/* Writes a thread. threads: how many threads the status of its process shows. */
static void thread(unsigned int tgid, unsigned int tid, const char *comm, char state,
		   unsigned int threads, unsigned int start, const char *stack)
{
	char path[64], stat[256];

	snprintf(stat, sizeof(stat),
		 "%u (%s) %c 1 1 1 0 -1 4194560 1 2 3 4 %u %u 7 8 20 0 %u 0 %u 9 9\n", tid, comm,
		 state, user_ticks, system_ticks, threads, start);
	if (tgid == tid) {
		snprintf(path, sizeof(path), "proc/%u/stat", tgid);
		put_file(path, stat);
	}
	snprintf(path, sizeof(path), "proc/%u/task/%u/stat", tgid, tid);
	put_file(path, stat);
	snprintf(path, sizeof(path), "proc/%u/task/%u/stack", tgid, tid);
	put_file(path, stack);
}

#define UNBIND                                                                              \
	"[<0>] release_nodes+0x40/0xb0\n[<0>] devres_release_all+0x89/0xd0\n"               \
	"[<0>] device_unbind_cleanup+0xe/0x70\n"                                            \
	"[<0>] device_release_driver_internal+0x1b8/0x200\n[<0>] unbind_store+0xf6/0x150\n" \
	"[<0>] kernfs_fop_write_iter+0x120/0x1b0\n[<0>] vfs_write+0x236/0x3f0\n"
#define QUEUE                                                                       \
	"[<0>] blk_mq_freeze_queue_wait+0x8a/0xb0\n[<0>] del_gendisk+0x1f9/0x2e0\n" \
	"[<0>] pmem_release_disk+0x2a/0x40 [nd_pmem]\n" UNBIND
#define SLEEP "[<0>] pipe_read+0x30c/0x470\n[<0>] vfs_read+0x1ff/0x2f0\n"

static void test_a_stack_is_taken_apart(void **state)
{
	struct blocked_stack s;

	(void)state;
	blocked__parse("[<0>] pmem_release_disk+0x2a/0x40 [nd_pmem]\n"
		       "[<0>] do_it.isra.0+0x1/0x2\n"
		       "[<0>] 0xffffffffc0001234\n"
		       "unbind_store+0xf6/0x150\n"
		       "[<0>] last.constprop.0.cold+0x1/0x2 [m]",
		       &s);
	assert_int_equal(s.nr, 5);
	assert_string_equal(s.frame[0].function, "pmem_release_disk");
	assert_string_equal(s.frame[0].module, "nd_pmem");
	assert_string_equal(s.frame[1].function, "do_it");
	assert_string_equal(s.frame[1].module, "");
	assert_string_equal(s.frame[2].function, "0xffffffffc0001234");
	assert_string_equal(s.frame[3].function, "unbind_store");
	assert_string_equal(s.frame[4].function, "last");
	assert_string_equal(s.frame[4].module, "m");
}

static void test_odd_stacks_do_no_harm(void **state)
{
	char text[BLOCKED_FRAMES * 200 + 1], name[101];
	struct blocked_judgement j;
	struct blocked_stack s;
	size_t n = 0;

	(void)state;
	blocked__parse("", &s);
	assert_int_equal(s.nr, 0);
	blocked__judge(&s, &j);
	assert_int_equal(j.way, BLOCKED_NO_WAY);
	assert_string_equal(j.waits, "");
	blocked__parse("\n\n[<0>]\n[<\n[\n", &s);
	blocked__judge(&s, &j);
	assert_int_equal(j.way, BLOCKED_NO_WAY);
	/* More frames than the result can hold, with names longer than it can hold. */
	memset(name, 'x', 100);
	name[100] = '\0';
	for (int i = 0; i < BLOCKED_FRAMES + 20 && n < sizeof(text) - 120; i++)
		n += sprintf(text + n, "[<0>] %s+0x1/0x2\n", name);
	blocked__parse(text, &s);
	assert_int_equal(s.nr, BLOCKED_FRAMES);
	assert_int_equal(strlen(s.frame[0].function), sizeof(s.frame[0].function) - 1);
}

static void test_the_way_and_what_waits(void **state)
{
	static const struct {
		const char *text;
		enum blocked_way way;
		const char *waits, *by;
	} cases[] = {
		{ QUEUE, BLOCKED_REMOVAL, "blk_mq_freeze_queue_wait", "unbind_store" },
		{ "[<0>] memunmap_pages+0x1/0x2\n" UNBIND, BLOCKED_THERE, "memunmap_pages",
		  "memunmap_pages" },
		/* Another function whose name begins alike. */
		{ "[<0>] memunmap_pages_not+0x1/0x2\n" UNBIND, BLOCKED_REMOVAL,
		  "memunmap_pages_not", "unbind_store" },
		{ "[<0>] dax_break_layout_final+0x1/0x2\n[<0>] ext4_evict_inode+0x1/0x2 [ext4]\n"
		  "[<0>] do_unlinkat+0x1/0x2\n",
		  BLOCKED_LAYOUT, "dax_break_layout_final", "dax_break_layout_final" },
		/* Each file system, before 6.15; since then dax_break_layout() tells. */
		{ "[<0>] ext4_wait_dax_page+0x1/0x2 [ext4]\n"
		  "[<0>] ext4_break_layouts+0x1/0x2 [ext4]\n[<0>] ext4_setattr+0x1/0x2 [ext4]\n",
		  BLOCKED_LAYOUT, "ext4_wait_dax_page", "ext4_break_layouts" },
		{ "[<0>] ext4_wait_dax_page+0x1/0x2 [ext4]\n[<0>] dax_break_layout+0x1/0x2\n"
		  "[<0>] ext4_break_layouts+0x1/0x2 [ext4]\n",
		  BLOCKED_LAYOUT, "ext4_wait_dax_page", "dax_break_layout" },
		{ SLEEP, BLOCKED_NO_WAY, "pipe_read", "" },
		/* The innermost frames show how the task waits, not what it waits for. */
		{ "[<0>] __flush_work+0x1/0x2\n[<0>] synchronize_rcu_expedited+0x1/0x2\n"
		  "[<0>] wait_for_completion+0x1/0x2\n[<0>] kill_dax+0x1/0x2\n" UNBIND,
		  BLOCKED_REMOVAL, "kill_dax", "unbind_store" },
		{ "[<0>] msleep+0x1/0x2\n", BLOCKED_NO_WAY, "msleep", "" },
		/* A kernel thread; and the unload of a module. */
		{ "[<0>] nvme_wait_freeze+0x1/0x2 [nvme_core]\n[<0>] nvme_remove+0x1/0x2 [nvme]\n"
		  "[<0>] pci_device_remove+0x1/0x2\n[<0>] device_release_driver_internal+0x1/0x2\n"
		  "[<0>] pci_stop_bus_device+0x1/0x2\n[<0>] pciehp_unconfigure_device+0x1/0x2\n"
		  "[<0>] kthread+0x1/0x2\n",
		  BLOCKED_REMOVAL, "nvme_wait_freeze", "pci_stop_bus_device" },
		{ "[<0>] x+0x1/0x2 [m]\n[<0>] driver_detach+0x1/0x2\n"
		  "[<0>] __do_sys_delete_module.constprop.0+0x1/0x2\n",
		  BLOCKED_REMOVAL, "x", "__do_sys_delete_module" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct blocked_judgement j;
		struct blocked_stack s;

		blocked__parse(cases[i].text, &s);
		blocked__judge(&s, &j);
		assert_int_equal(j.way, cases[i].way);
		assert_string_equal(j.waits, cases[i].waits);
		assert_string_equal(j.by, cases[i].by);
	}
}

static void test_those_on_a_way_are_kept(void **state)
{
	(void)state;
	thread(10, 10, "sh", 'D', 1, 100, QUEUE);
	thread(11, 11, "cat", 'D', 1, 100, SLEEP);
	thread(12, 12, "sh", 'S', 1, 100, QUEUE); /* sleeps, but can be killed */
	thread(13, 13, "hang", 'D', 1, 100, "[<0>] memunmap_pages+0x1/0x2\n" UNBIND);
	thread(14, 14, "a) D (b", 'D', 1, 77, QUEUE); /* a name may contain anything */
	thread(15, 15, "main", 'S', 2, 100, SLEEP);
	thread(15, 16, "worker", 'D', 2, 101, QUEUE);
	assert_int_equal(blocked__look(&seen, root, 1000), 0);
	assert_int_equal(seen.threads, 7);
	assert_int_equal(seen.nr, 3);
	for (size_t i = 0; i < seen.nr; i++) {
		const struct blocked_task *t = seen.task[i];

		assert_int_equal(t->since_ns, 1000);
		switch (t->task.tid) {
		case 10:
			assert_string_equal(t->task.comm, "sh");
			assert_int_equal(t->start, 100);
			break;
		case 14:
			assert_string_equal(t->task.comm, "a) D (b");
			assert_int_equal(t->start, 77);
			break;
		case 16:
			assert_int_equal(t->task.tgid, 15);
			assert_string_equal(t->task.comm, "worker");
			break;
		default:
			fail();
		}
	}
}

static void test_since_when(void **state)
{
	(void)state;
	thread(10, 10, "sh", 'D', 1, 100, QUEUE);
	blocked__look(&seen, root, 1000);
	blocked__look(&seen, root, 2000);
	assert_int_equal(seen.nr, 1);
	assert_int_equal(seen.task[0]->since_ns, 1000);
	seen.task[0]->reported = true;
	/* Another stack, though of the same unbind: a new wait begins. */
	thread(10, 10, "sh", 'D', 1, 100, "[<0>] kill_dax+0x1/0x2\n" UNBIND);
	blocked__look(&seen, root, 3000);
	assert_int_equal(seen.nr, 1);
	assert_int_equal(seen.task[0]->since_ns, 3000);
	assert_false(seen.task[0]->reported);
	/* The thread is awake for a moment: its wait is forgotten. */
	thread(10, 10, "sh", 'R', 1, 100, "");
	blocked__look(&seen, root, 4000);
	assert_int_equal(seen.nr, 0);
	thread(10, 10, "sh", 'D', 1, 100, QUEUE);
	blocked__look(&seen, root, 5000);
	assert_int_equal(seen.task[0]->since_ns, 5000);
	/* Another task has the number now. */
	thread(10, 10, "sh", 'D', 1, 200, QUEUE);
	blocked__look(&seen, root, 6000);
	assert_int_equal(seen.nr, 1);
	assert_int_equal(seen.task[0]->since_ns, 6000);
}

static void test_more_than_there_is_room_for(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= BLOCKED_TASKS + 5; i++)
		thread(i, i, "sh", 'D', 1, 100, QUEUE);
	assert_int_equal(blocked__look(&seen, root, 1000), 0);
	assert_int_equal(seen.nr, BLOCKED_TASKS);
	assert_int_equal(blocked__look(&seen, root, 2000), 0);
	assert_int_equal(seen.nr, BLOCKED_TASKS);
}

static void test_what_stacks_have_in_common(void **state)
{
	struct blocked_stack a, b;

	(void)state;
	blocked__parse("[<0>] dax_lock+0x1/0x2\n[<0>] kill_procs+0x1/0x2\n" UNBIND, &a);
	blocked__parse("[<0>] rmap+0x1/0x2\n[<0>] walk+0x1/0x2\n[<0>] kill_procs+0x7/0x9\n" UNBIND,
		       &b);
	blocked__common(&a, &b);
	assert_int_equal(a.nr, 8);
	assert_string_equal(a.frame[0].function, "kill_procs");
	assert_string_equal(a.frame[7].function, "vfs_write");
	assert_string_equal(a.frame[8].function, "");
	blocked__common(&a, &a);
	assert_int_equal(a.nr, 8);
	blocked__parse(SLEEP, &b);
	blocked__common(&a, &b);
	assert_int_equal(a.nr, 0);
}

static const char *sampled; /* the stack that a sample returns; NULL: sampling fails */
static unsigned int samples;

static int sample(void *ctx, uint32_t tid, struct blocked_sample *out)
{
	(void)ctx;
	(void)tid;
	samples++;
	if (!sampled)
		return -EAGAIN;
	memset(out, 0, sizeof(*out));
	blocked__parse(sampled, &out->stack);
	out->has_args = true;
	out->arg[0] = 7;
	return 0;
}

/* Looks after thread 10 ran in the kernel for another second. */
static void look_on(uint64_t now)
{
	system_ticks += 100;
	thread(10, 10, "sh", 'R', 1, 100, "");
	assert_int_equal(blocked__look(&seen, root, now), 0);
}

#define SPIN "[<0>] kill_procs+0x1/0x2\n[<0>] pmem_release_disk+0x2a/0x40 [nd_pmem]\n" UNBIND

static void test_one_that_runs(void **state)
{
	(void)state;
	samples = 0;
	sampled = SPIN;
	look_on(1000000000);
	look_on(2000000000);
	assert_int_equal(samples, 0); /* there is no function that samples */
	assert_int_equal(seen.nr, 0);
	seen.sample = sample;
	look_on(3000000000);
	assert_int_equal(samples, 0); /* it may have begun to run just now */
	look_on(4000000000);
	assert_int_equal(samples, 1);
	assert_int_equal(seen.nr, 1);
	assert_true(seen.task[0]->runs && seen.task[0]->has_args);
	assert_int_equal(seen.task[0]->arg[0], 7);
	assert_int_equal(seen.task[0]->since_ns, 3000000000);
	/* Another stack in the same loop: the frames that both stacks share are kept. */
	sampled = "[<0>] rmap+0x1/0x2\n[<0>] pmem_release_disk+0x2a/0x40 [nd_pmem]\n" UNBIND;
	look_on(5000000000);
	assert_int_equal(samples, 2);
	assert_int_equal(seen.nr, 1);
	assert_int_equal(seen.task[0]->since_ns, 3000000000);
	assert_string_equal(seen.task[0]->stack.frame[0].function, "pmem_release_disk");
	/* the sample failed */
	sampled = NULL;
	look_on(6000000000);
	assert_int_equal(samples, 3);
	assert_int_equal(seen.nr, 1);
	/* a reported task needs no samples */
	seen.task[0]->reported = true;
	look_on(7000000000);
	assert_int_equal(samples, 3);
	assert_int_equal(seen.nr, 1);
	seen.task[0]->reported = false;
	/* it has reached memunmap_pages(): its report is that of the teardown */
	sampled = "[<0>] memunmap_pages+0x1/0x2\n" UNBIND;
	look_on(8000000000);
	assert_int_equal(samples, 4);
	assert_int_equal(seen.nr, 0);
	/* the longer it runs, the less often it is sampled */
	for (unsigned int i = 0; i < 20; i++)
		look_on(9000000000 + i * 1000000000ULL);
	assert_in_range(samples, 6, 8);
	assert_int_equal(seen.nr, 0);
}

static void test_many_that_run(void **state)
{
	(void)state;
	samples = 0;
	sampled = SLEEP;
	seen.sample = sample;
	for (int look = 0; look < 2; look++) {
		system_ticks += 100;
		for (unsigned int i = 1; i < 30; i++)
			thread(i, i, "busy", 'R', 1, 100, "");
		assert_int_equal(blocked__look(&seen, root, (look + 1) * 1000000000ULL), 0);
	}
	assert_int_equal(samples, 2); /* no more than one sample for each look */
	assert_int_equal(seen.nr, 0);
}

static void test_no_proc(void **state)
{
	(void)state;
	thread(10, 10, "sh", 'D', 1, 100, QUEUE);
	blocked__look(&seen, root, 1000);
	assert_int_equal(blocked__look(&seen, "/nosuch", 2000), -ENOENT);
	assert_int_equal(seen.nr, 1);
}

/* Finds any thread, in any state. A function whose name only begins alike does not count. */
static void test_who_is_in_a_function(void **state)
{
	struct pgr_task tasks[2];

	(void)state;
	assert_int_equal(blocked__in_function(root, "memunmap_pages", tasks, 2), 0);
	thread(10, 10, "sh", 'S', 1, 5, SLEEP);
	thread(11, 11, "a (b) c", 'S', 2, 6, SLEEP);
	thread(11, 12, "un ) bind", 'D', 2, 7, "[<0>] memunmap_pages.part.0+0x1/0x2\n" UNBIND);
	thread(13, 13, "other", 'D', 1, 8, "[<0>] memunmap_pages_not+0x1/0x2\n");
	assert_int_equal(blocked__in_function(root, "memunmap_pages", tasks, 2), 1);
	assert_int_equal(tasks[0].tgid, 11);
	assert_int_equal(tasks[0].tid, 12);
	assert_string_equal(tasks[0].comm, "un ) bind");
	assert_int_equal(blocked__in_function(root, "pipe_read", tasks, 2), 2);
	assert_int_equal(blocked__in_function(root, "pipe_read", tasks, 1), 1);
	assert_int_equal(blocked__in_function(root, "pipe_read", tasks, 0), 0);
}

static void test_a_line_that_is_cut_off(void **state)
{
	static const char line[] = "7 (a b) S 3 1 1 0 -1 0 0 0 0 0 12 13 0 0 20 0 2 0 99 9 9\n";
	struct procfs_stat s;
	char cut[64];

	(void)state;
	assert_true(procfs__parse_stat(line, &s));
	assert_string_equal(s.comm, "a b");
	assert_int_equal(s.state, 'S');
	assert_int_equal(s.parent, 3);
	assert_int_equal(s.user, 12);
	assert_int_equal(s.system, 13);
	assert_int_equal(s.threads, 2);
	assert_int_equal(s.start, 99);
	for (size_t n = 0; n < strlen("7 (a b) S 3 1 1 0 -1 0 0 0 0 0 12 13 0 0 20 0 2 0 "); n++) {
		snprintf(cut, sizeof(cut), "%.*s", (int)n, line);
		assert_false(procfs__parse_stat(cut, &s));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_who_is_in_a_function),
		cmocka_unit_test(test_a_line_that_is_cut_off),
		cmocka_unit_test(test_a_stack_is_taken_apart),
		cmocka_unit_test(test_odd_stacks_do_no_harm),
		cmocka_unit_test(test_the_way_and_what_waits),
		TEST(test_those_on_a_way_are_kept),
		TEST(test_since_when),
		TEST(test_more_than_there_is_room_for),
		cmocka_unit_test(test_what_stacks_have_in_common),
		TEST(test_one_that_runs),
		TEST(test_many_that_run),
		TEST(test_no_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

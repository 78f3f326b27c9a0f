// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What waiting tasks wait for, and which pgmaps, in a made-up /proc and /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/bdevs.h"
#include "root.h"
#include "run/run_waiting.h"
#include "run/run_why.h"
#include "run_world.h"

#define REGION "/sys/devices/platform/ndbus0/region0"
#define TAIL "[<0>] vfs_write+0x236/0x3f0\n"
#define UNBIND "[<0>] device_release_driver_internal+0x1b8/0x200\n[<0>] unbind_store+0xf6/0x150\n"
#define THERE "[<0>] memunmap_pages+0x8a/0xb0\n" UNBIND TAIL
#define FREEZE \
	"[<0>] blk_mq_freeze_queue_wait+0x8a/0xb0\n[<0>] del_gendisk+0x1f9/0x2e0\n" UNBIND TAIL
#define USERS "[<0>] wait_for_users+0x8a/0xb0 [fault]\n" UNBIND TAIL
#define EVICT "[<0>] dax_break_layout_final+0x94/0x120\n[<0>] ext4_evict_inode+0x3e/0x70\n"
#define ATTRIBUTE "[<0>] blk_mq_freeze_queue_wait+0x8a/0xb0\n[<0>] queue_attr_store+0x9/0x10\n" TAIL
#define ENTER "[<0>] __bio_queue_enter+0x94/0x120\n[<0>] submit_bio+0x94/0x120\n"
#define MUTEX "[<0>] mutex_lock+0x94/0x120\n[<0>] resource_show+0x94/0x120\n"
#define DISK "/sys/devices/platform/ndbus0/region0/namespace0.0/block/pmem0"

static struct waiting *w;
static struct whys ys;

static void put_link(const char *name, const char *to)
{
	const char *full = in_root(name);

	unlink(full);
	assert_int_equal(symlink(to, full), 0);
}

/* The task is in this system call, with a text at 0x100, and descriptor 3 is `file`. */
static void put_call(unsigned int pid, long nr, unsigned long long first, const char *text,
		     const char *file)
{
	char path[64], line[128];

	snprintf(path, sizeof(path), "/proc/%u/task/%u/syscall", pid, pid);
	snprintf(line, sizeof(line), "%ld 0x%llx 0x100 0x%zx 0x0 0x0 0x0 0x7ffe 0x7fff\n", nr,
		 first, strlen(text));
	put_file(path, line);
	snprintf(path, sizeof(path), "/proc/%u/task/%u/mem", pid, pid);
	put_bytes(path, "", 1, 0);
	put_bytes(path, text, strlen(text) + 1, 0x100);
	snprintf(path, sizeof(path), "/proc/%u/task/%u/fd/3", pid, pid);
	put_link(path, file);
}

static void put_unbind(unsigned int pid, const char *device)
{
	put_call(pid, SYS_write, 3, device, "/sys/bus/nd/drivers/nd_pmem/unbind");
}

static void put_device(const char *name)
{
	char path[128], to[128];

	snprintf(path, sizeof(path), REGION "/%s/driver", name);
	put_link(path, "/sys/bus/nd/drivers/nd_pmem");
	snprintf(path, sizeof(path), "/sys/bus/nd/devices/%s", name);
	snprintf(to, sizeof(to), "../../../devices/platform/ndbus0/region0/%s", name);
	put_link(path, to);
}

static struct fake_pgmap *make_on(uint32_t id, const char *device)
{
	struct fake_pgmap *k = make_pgmap(id, PGR_PGMAP_ADOPTED);

	k->k.type = PGR_TYPE_FSDAX;
	snprintf(k->k.dev, sizeof(k->k.dev), "%s", device);
	return k;
}

static int set_up_why(void **state)
{
	w = calloc(1, sizeof(*w));
	if (!w || set_up(state) || make_root(state))
		return -1;
	put_file("/proc/iomem", "");
	put_file("/proc/self/mountinfo", "");
	put_device("namespace0.0");
	put_device("namespace0.1");
	put_file(DISK "/dev", "259:0\n");
	put_link("/sys/block/pmem0", "../devices/platform/ndbus0/region0/namespace0.0/block/pmem0");
	put_link("/sys/dev/block/259:0", "../../block/pmem0");
	run.k.root = root;
	run.k.bdevs = bdevs__new();
	o.verb = verb_of("why");
	make_on(1, "namespace0.0");
	make_on(2, "namespace0.1");
	return 0;
}

static int tear_down_why(void **state)
{
	whys__free(&ys);
	free(w);
	bdevs__free(run.k.bdevs);
	run.k.bdevs = NULL;
	return tear_down(state) || remove_root(state);
}

#define WHY(fn) cmocka_unit_test_setup_teardown(fn, set_up_why, tear_down_why)

/* The teardown of a pgmap has begun, as list and why see it. */
static void kill_pgmap(uint32_t id)
{
	kernel.pgmap[id - 1].ref_flags = PGR_REF_DYING;
	kernel.pgmap[id - 1].value = 2;
}

static void look(void)
{
	whys__free(&ys);
	run__adopt(&run);
	bdevs__scan(run.k.bdevs, root);
	run__find_devices(&run);
	for (struct pgmap *p = run.model.pgmaps.first; p; p = p->next)
		run__sample(run.k.tracer, p);
	assert_int_equal(waiting__look(w, root, NULL, 0), 0);
	waiting__look_again(w, root);
	run__ask_asleep(w);
	assert_int_equal(whys__find(&ys, &run, w), 0);
}

static const struct why *why_of(uint32_t pid)
{
	for (size_t i = 0; i < ys.nr; i++)
		if (ys.v[i].t->task.tid == pid)
			return &ys.v[i];
	fail_msg("no answer for %u", pid);
	return NULL;
}

/* id 0: it hangs on no known pgmap */
static const struct why *assert_why(uint32_t pid, enum why_way way, uint32_t id, bool sure)
{
	const struct why *y = why_of(pid);

	assert_string_equal(why_way__name(y->way), why_way__name(way));
	assert_int_equal(y->nr, id > 0);
	assert_int_equal(y->hangs, id || way == WHY_REFERENCES);
	assert_int_equal(y->sure, sure);
	if (id)
		assert_int_equal(y->pgmap[0]->k.id, id);
	return y;
}

static void test_an_unbind_that_waits_for_references(void **state)
{
	(void)state;
	kill_pgmap(2);
	put_task(10, THERE);
	put_unbind(10, "namespace0.1");
	look();
	assert_string_equal(assert_why(10, WHY_REFERENCES, 2, true)->device, REGION "/namespace0.1");
	assert_true(why_of(10)->unbinds);
	/* the same by a kernel thread: only one teardown has begun */
	put_file("/proc/10/task/10/syscall", "-1 0x0 0x0\n");
	look();
	assert_why(10, WHY_REFERENCES, 2, true);
	/* two have begun, and another task explains one of them */
	kill_pgmap(1);
	put_task(11, THERE);
	put_unbind(11, "namespace0.0");
	look();
	assert_why(11, WHY_REFERENCES, 1, true);
	assert_why(10, WHY_REFERENCES, 2, true);
	/* not any more */
	put_file("/proc/11/task/11/syscall", "-1 0x0 0x0\n");
	look();
	assert_int_equal(why_of(10)->nr, 2);
	assert_false(why_of(10)->sure);
	assert_true(why_of(10)->hangs);
}

static void test_a_teardown_of_an_unknown_pgmap(void **state)
{
	(void)state;
	put_task(10, THERE);
	look();
	assert_why(10, WHY_REFERENCES, 0, false);
}

static void test_removals(void **state)
{
	(void)state;
	put_task(10, FREEZE);
	put_unbind(10, "namespace0.0");
	put_task(11, USERS);
	put_unbind(11, "namespace0.1");
	look();
	assert_why(10, WHY_FREEZE, 1, true);
	assert_why(11, WHY_REMOVAL, 2, true);
	/* A kernel thread: of the device that has lost its driver. */
	put_file("/proc/10/task/10/syscall", "-1 0x0 0x0\n");
	unlink(in_root(REGION "/namespace0.0/driver"));
	look();
	assert_why(10, WHY_FREEZE, 1, false);
	/* of another device */
	put_unbind(11, "elsewhere");
	look();
	assert_why(11, WHY_REMOVAL, 1, false);
}

static void test_files(void **state)
{
	(void)state;
	put_file("/proc/10/mountinfo", "1 1 259:0 / /mnt/dax rw - ext4 /dev/pmem0 rw\n");
	put_task(10, EVICT);
	put_call(10, SYS_unlinkat, 3, "f0", "/mnt/dax");
	look();
	/* pmem0 is the disk with this number, which the first pgmap is named after */
	assert_string_equal(why_of(10)->call.name, "unlink");
	assert_string_equal(why_of(10)->call.path, "/mnt/dax/f0");
}

static void add_busy(struct fake_pgmap *k, uint64_t pfn, uint32_t going)
{
	k->sweep.flags = PGR_SWEEP_DONE;
	k->sweep.list[k->sweep.listed++] = (struct pgr_busy_page){
		.pfn = pfn, .ino = 12, .dev = 259u << 20, .refcount = 1, .inode_going_away = going
	};
	k->sweep.busy++;
}

static void test_files_by_their_pages(void **state)
{
	(void)state;
	put_task(10, EVICT);
	put_call(10, SYS_umount2, 0x100, "/mnt/dax", "/");
	add_busy(&kernel.pgmap[0], 0x100, 0);
	add_busy(&kernel.pgmap[1], 0x900, 0);
	look();
	assert_int_equal(why_of(10)->nr, 2);
	assert_false(why_of(10)->sure);
	add_busy(&kernel.pgmap[1], 0x901, 1);
	add_busy(&kernel.pgmap[1], 0x902, 1);
	look();
	assert_int_equal(assert_why(10, WHY_PAGES, 2, true)->waited_for, 2);
}

static void test_a_frozen_queue_holds_up_others(void **state)
{
	(void)state;
	put_task(10, ATTRIBUTE);
	put_call(10, SYS_write, 3, "0", REGION "/namespace0.0/block/pmem0/queue/iostats");
	put_task(11, ENTER);
	look();
	assert_why(10, WHY_FREEZE, 1, true);
	assert_int_equal(assert_why(11, WHY_QUEUE, 1, false)->behind->task.tid, 10);
	assert_false(why_of(11)->behind_sure);
	/* a second one that freezes the queue of another disk */
	put_task(12, ATTRIBUTE);
	put_call(12, SYS_write, 3, "0", REGION "/namespace0.1/block/pmem0.1/queue/iostats");
	look();
	assert_why(12, WHY_FREEZE, 2, true);
	assert_why(11, WHY_QUEUE, 0, false);
}

static void test_locks(void **state)
{
	(void)state;
	kill_pgmap(1);
	put_task(10, THERE);
	put_unbind(10, "namespace0.0");
	put_task(11, MUTEX);
	put_task(12, MUTEX);
	put_task(13, MUTEX);
	kernel.nr_asleep = 3;
	kernel.asleep[0] = (struct pgr_asleep){ .task.tid = 13, .owner = { 12, 12, "" }, .ns = 5 };
	kernel.asleep[1] = (struct pgr_asleep){ .task.tid = 12, .owner = { 10, 10, "" }, .ns = 7 };
	kernel.asleep[2] = (struct pgr_asleep){ .task.tid = 11, .owner = { 77, 77, "" }, .ns = 9 };
	look();
	if (!why_of(12)->t->slept_ns)
		skip(); /* these tests run in a PID namespace */
	assert_int_equal(assert_why(12, WHY_LOCK, 1, true)->behind->task.tid, 10);
	assert_int_equal(assert_why(13, WHY_LOCK, 1, true)->behind->task.tid, 12);
	assert_int_equal(why_of(13)->t->slept_ns, 5);
	assert_why(11, WHY_NOTHING, 0, false);
}

static void test_two_tasks_unbind_one_device(void **state)
{
	(void)state;
	put_task(10, FREEZE);
	put_unbind(10, "namespace0.0");
	put_task(11, UNBIND TAIL);
	put_unbind(11, "namespace0.0");
	put_task(12, UNBIND TAIL);
	put_unbind(12, "namespace0.1");
	look();
	assert_why(10, WHY_FREEZE, 1, true);
	assert_int_equal(assert_why(11, WHY_LOCK, 1, true)->behind->task.tid, 10);
	assert_null(assert_why(12, WHY_REMOVAL, 2, true)->behind);
}

static void test_what_has_nothing_to_do_with_pgmaps(void **state)
{
	(void)state;
	put_task(10, MUTEX);
	put_task(11, USERS);
	put_unbind(11, "elsewhere");
	look();
	assert_why(10, WHY_NOTHING, 0, false);
	assert_why(11, WHY_REMOVAL, 0, false);
}

static void test_waiters_for_list(void **state)
{
	(void)state;
	kill_pgmap(1);
	put_task(10, THERE);
	put_unbind(10, "namespace0.0");
	put_task(11, FREEZE);
	put_unbind(11, "namespace0.1");
	kernel.nr_asleep = 1;
	kernel.asleep[0] = (struct pgr_asleep){ .task.tid = 10, .ns = 92 * SECOND_NS };
	run__adopt(&run);
	for (struct pgmap *p = run.model.pgmaps.first; p; p = p->next)
		run__sample(run.k.tracer, p);
	run__see_waiters(&run);
	assert_int_equal(p_of(1)->waiter.task.tgid, 10);
	assert_true(p_of(1)->waiter.unbinds);
	/* its wait is not known to be long */
	assert_int_equal(p_of(2)->waiter.task.tgid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WHY(test_an_unbind_that_waits_for_references),
		WHY(test_a_teardown_of_an_unknown_pgmap),
		WHY(test_removals),
		WHY(test_files),
		WHY(test_files_by_their_pages),
		WHY(test_a_frozen_queue_holds_up_others),
		WHY(test_locks),
		WHY(test_two_tasks_unbind_one_device),
		WHY(test_what_has_nothing_to_do_with_pgmaps),
		WHY(test_waiters_for_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tasks that wait before they reach memunmap_pages(): for which pgmaps the run reports them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/symbols.h"
#include "out_dir.h"
#include "root.h"
#include "run/run_blocked.h"
#include "run_world.h"

#define REGION "/sys/devices/platform/ndbus0/region0"
#define NAMESPACE "namespace0.0"

#define QUEUE                                                                       \
	"[<0>] blk_mq_freeze_queue_wait+0x8a/0xb0\n[<0>] del_gendisk+0x1f9/0x2e0\n" \
	"[<0>] pmem_release_disk+0x2a/0x40 [nd_pmem]\n"                             \
	"[<0>] device_release_driver_internal+0x1b8/0x200\n"                        \
	"[<0>] unbind_store+0xf6/0x150\n[<0>] kernfs_fop_write_iter+0x120/0x1b0\n"  \
	"[<0>] vfs_write+0x236/0x3f0\n"
#define LAYOUT                                                                         \
	"[<0>] dax_break_layout+0x94/0x120\n[<0>] xfs_break_layouts+0x3e/0x70 [xfs]\n" \
	"[<0>] do_truncate+0x75/0xc0\n"
#define REMOVAL "[<0>] device_release_driver_internal+0x1b8/0x200\n[<0>] vfs_write+0x236/0x3f0\n"
#define SLEEP "[<0>] pipe_read+0x30c/0x470\n[<0>] vfs_read+0x1ff/0x2f0\n"

/* Process 10 writes this device to a driver's "unbind". */
static void put_unbind(const char *device)
{
	char call[128];

	snprintf(call, sizeof(call), "1 0x3 0x100 0x%zx 0x0 0x0 0x0 0x7ffe 0x7fff\n",
		 strlen(device));
	put_file("/proc/10/task/10/syscall", call);
	put_bytes("/proc/10/task/10/mem", "", 1, 0);
	put_bytes("/proc/10/task/10/mem", device, strlen(device) + 1, 0x100);
	assert_int_equal(
		symlink("/sys/bus/nd/drivers/nd_pmem/unbind", in_root("/proc/10/task/10/fd/3")), 0);
}

static void put_device(const char *name)
{
	char path[128], to[128];

	snprintf(path, sizeof(path), REGION "/%s/driver", name);
	assert_int_equal(symlink("/sys/bus/nd/drivers/nd_pmem", in_root(path)), 0);
	snprintf(path, sizeof(path), "/sys/bus/nd/devices/%s", name);
	snprintf(to, sizeof(to), "../../../devices/platform/ndbus0/region0/%s", name);
	assert_int_equal(symlink(to, in_root(path)), 0);
}

static void take_driver(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), REGION "/%s/driver", name);
	unlink(in_root(path));
}

/* Makes a pgmap on a device of its own. */
static struct fake_pgmap *make_on(uint32_t id, const char *device)
{
	struct fake_pgmap *k = make_pgmap(id, PGR_PGMAP_ADOPTED);

	k->k.type = PGR_TYPE_FSDAX;
	snprintf(k->k.dev, sizeof(k->k.dev), "%s", device);
	return k;
}

static int set_up_root(void **state)
{
	int err = set_up(state) || make_root(state);

	if (err)
		return err;
	put_file("/proc/iomem", "");
	put_device(NAMESPACE);
	put_device("namespace0.1");
	run.k.root = root;
	o.verb = verb_of("watch");
	o.stuck_ns = 0;
	return 0;
}

static int tear_down_root(void **state)
{
	return tear_down(state) || remove_root(state);
}

static void look(void)
{
	run.loop.next_blocked_ns = 0;
	run__look_for_blocked(&run);
}

#define ONE "  pgmap     pmem0,"
#define TWO "  pgmap     pmem0.1,"
#define PROBABLY "probably its pgmap"
#define ONE_OF_THESE "one of these pgmaps"

/* Which pgmaps the report names, and how sure it is. */
static void said(bool one, bool two, const char *unsure)
{
	const char *text = written();

	(one ? has : lacks)(text, ONE);
	(two ? has : lacks)(text, TWO);
	(unsure && !strcmp(unsure, PROBABLY) ? has : lacks)(text, PROBABLY);
	(unsure && !strcmp(unsure, ONE_OF_THESE) ? has : lacks)(text, ONE_OF_THESE);
}

static void test_the_device_that_it_unbinds(void **state)
{
	(void)state;
	make_on(1, NAMESPACE);
	make_on(2, "namespace0.1");
	run__adopt(&run);
	put_task(10, QUEUE);
	put_unbind(NAMESPACE);
	look();
	assert_int_equal(run.end.totals.blocked, 1);
	look(); /* it is reported once */
	assert_int_equal(run.end.totals.blocked, 1);
	said(true, false, NULL);
	has(read_file(out_path), "waiter10");
}

static void test_not_before_its_time(void **state)
{
	(void)state;
	o.stuck_ns = NEVER;
	make_on(1, NAMESPACE);
	run__adopt(&run);
	put_task(10, QUEUE);
	put_unbind(NAMESPACE);
	look();
	look();
	assert_int_equal(run.end.totals.blocked, 0);
	assert_int_equal(run.model.blocked.nr, 1);
	/* The run looks at most once a second. */
	o.stuck_ns = 0;
	run__look_for_blocked(&run);
	assert_int_equal(run.end.totals.blocked, 0);
	look();
	assert_int_equal(run.end.totals.blocked, 1);
}

static void test_verbs_that_follow_no_teardowns(void **state)
{
	const struct verb *none[] = { verb_of("trace"), verb_of("list"), verb_of("probes") };

	(void)state;
	make_on(1, NAMESPACE);
	run__adopt(&run);
	put_task(10, QUEUE);
	put_unbind(NAMESPACE);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		o.verb = none[i];
		look();
		assert_int_equal(run.model.blocked.look, 0);
	}
	o.verb = verb_of("check");
	look();
	assert_int_equal(run.end.totals.blocked, 1);
}

static void test_what_has_nothing_to_do_with_pgmaps(void **state)
{
	(void)state;
	make_on(1, NAMESPACE);
	run__adopt(&run);
	put_task(10, SLEEP);
	put_unbind(NAMESPACE);
	look();
	assert_int_equal(run.model.blocked.nr, 0);
	/* The task unbinds another device. */
	put_task(10, QUEUE);
	unlink(in_root("/proc/10/task/10/fd/3"));
	put_unbind("namespace0.1");
	look();
	assert_int_equal(run.model.blocked.nr, 1);
	assert_int_equal(run.end.totals.blocked, 0);
}

static void test_those_that_do_not_matter(void **state)
{
	(void)state;
	make_on(1, NAMESPACE);
	run__adopt(&run);
	put_task(10, QUEUE);
	put_unbind(NAMESPACE);
	p_of(1)->wanted = false;
	look();
	assert_int_equal(run.model.blocked.look, 0);
	p_of(1)->wanted = true;
	p_of(1)->state = PGMAP_KILLED; /* it is reported as a teardown */
	look();
	assert_int_equal(run.model.blocked.look, 0);
	p_of(1)->state = PGMAP_LIVE;
	look();
	assert_int_equal(run.end.totals.blocked, 1);
}

static void test_a_device_that_has_lost_its_driver(void **state)
{
	(void)state;
	make_on(1, NAMESPACE);
	make_on(2, "namespace0.1");
	run__adopt(&run);
	put_task(10, QUEUE); /* a kernel thread: the device is not known */
	look();
	assert_true(p_of(1)->has_driver);
	assert_int_equal(run.end.totals.blocked, 0);
	take_driver(NAMESPACE);
	look();
	assert_int_equal(run.end.totals.blocked, 1);
	said(true, false, PROBABLY);
}

static void test_devices_that_have_lost_their_drivers(void **state)
{
	(void)state;
	make_on(1, NAMESPACE);
	make_on(2, "namespace0.1");
	run__adopt(&run);
	look();
	put_task(10, QUEUE);
	take_driver(NAMESPACE);
	take_driver("namespace0.1");
	look();
	assert_int_equal(run.end.totals.blocked, 1);
	said(true, true, ONE_OF_THESE);
}

static void test_what_another_task_removes(void **state)
{
	const char *text, *second;

	(void)state;
	make_on(1, NAMESPACE);
	make_on(2, "namespace0.1");
	run__adopt(&run);
	look();
	put_task(10, QUEUE);
	put_unbind(NAMESPACE);
	put_task(11, QUEUE);
	take_driver(NAMESPACE);
	take_driver("namespace0.1");
	look();
	assert_int_equal(run.end.totals.blocked, 2);
	text = written();
	second = strstr(text, "waiter11");
	assert_non_null(second);
	has(second, TWO);
	if (strstr(text, "waiter10") < second)
		lacks(second, ONE);
}

static void test_a_driver_without_a_device(void **state)
{
	struct fake_pgmap *one = make_on(1, ""), *two = make_on(2, "");

	(void)state;
	one->k.ops = 0xffffffffc0101000;
	two->k.nr_range = one->k.nr_range = 0; /* the range gives no name */
	run__adopt(&run);
	put_task(10, SLEEP "[<0>] wait_for_it+0x1/0x2 [test_hmm]\n" REMOVAL);
	look();
	assert_int_equal(run.end.totals.blocked, 1);
	{
		const char *text = written();

		has(text, "generation 1,");
		lacks(text, "generation 2,");
		has(text, PROBABLY);
	}
}

static void test_a_file_on_its_way_out(void **state)
{
	struct fake_pgmap *one = make_on(1, NAMESPACE), *two = make_on(2, "namespace0.1");

	(void)state;
	run__adopt(&run);
	put_task(10, LAYOUT);
	look();
	assert_int_equal(run.end.totals.blocked, 0); /* no page is busy */
	one->sweep.busy = two->sweep.busy = 1;
	one->sweep.listed = two->sweep.listed = 1;
	one->sweep.list[0].ino = 13;
	two->sweep.list[0].ino = 12;
	two->sweep.list[0].inode_going_away = 1;
	look();
	assert_int_equal(run.end.totals.blocked, 1);
	said(false, true, NULL);
	has(read_file(out_path), "1 busy of 512");
	has(read_file(out_path), "there is no kernel to walk");
}

static void test_files_of_which_none_is_on_its_way_out(void **state)
{
	struct fake_pgmap *one = make_on(1, NAMESPACE), *two = make_on(2, "namespace0.1");

	(void)state;
	run__adopt(&run);
	put_task(10, LAYOUT);
	one->sweep.busy = two->sweep.busy = 1;
	one->sweep.listed = 1;
	one->sweep.list[0].ino = 13;
	/* A page that belongs to no file. */
	two->sweep.listed = 1;
	two->sweep.list[0].inode_going_away = 1;
	look();
	said(true, true, ONE_OF_THESE);
}

static void test_one_file_that_may_be_it(void **state)
{
	struct fake_pgmap *one = make_on(1, NAMESPACE), *other = make_on(2, "namespace0.1");

	(void)state;
	run__adopt(&run);
	put_task(10, LAYOUT);
	one->sweep.busy = other->sweep.busy = 1;
	p_of(2)->k.type = PGR_TYPE_GENERIC; /* has no files */
	look();
	said(true, false, PROBABLY);
}

static void test_two_files_on_their_way_out(void **state)
{
	struct fake_pgmap *k[] = { make_on(1, NAMESPACE), make_on(2, "namespace0.1") };

	(void)state;
	run__adopt(&run);
	put_task(10, LAYOUT);
	for (size_t i = 0; i < 2; i++) {
		k[i]->sweep.busy = 2;
		k[i]->sweep.listed = 2;
		k[i]->sweep.list[1].ino = 13;
		k[i]->sweep.list[1].inode_going_away = 1;
	}
	look();
	said(true, true, ONE_OF_THESE);
}

#define blocked(name) cmocka_unit_test_setup_teardown(name, set_up_root, tear_down_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		blocked(test_the_device_that_it_unbinds),
		blocked(test_not_before_its_time),
		blocked(test_verbs_that_follow_no_teardowns),
		blocked(test_what_has_nothing_to_do_with_pgmaps),
		blocked(test_those_that_do_not_matter),
		blocked(test_a_device_that_has_lost_its_driver),
		blocked(test_devices_that_have_lost_their_drivers),
		blocked(test_what_another_task_removes),
		blocked(test_a_driver_without_a_device),
		blocked(test_a_file_on_its_way_out),
		blocked(test_files_of_which_none_is_on_its_way_out),
		blocked(test_one_file_that_may_be_it),
		blocked(test_two_files_on_their_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

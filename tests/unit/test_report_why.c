// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The paragraphs of `why`, whole, as text; and what JSON has of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/walked.h"
#include "out_dir.h"
#include "report/report_why.h"

#define SECOND 1000000000ULL

static struct pgmap pmem0;
static struct waiting_task waiter, other;
static struct walked_set found;
static struct pgr_sweep pages;
static struct walked pipe_of;
static struct why why;

static void set_task(struct waiting_task *t, const char *comm, uint32_t pid, const char *stack)
{
	memset(t, 0, sizeof(*t));
	t->task = (struct pgr_task){ .tgid = pid, .tid = pid };
	snprintf(t->task.comm, sizeof(t->task.comm), "%s", comm);
	t->state = 'D';
	t->stayed = true;
	t->slept_ns = 41 * SECOND;
	blocked__parse(stack, &t->stack);
}

static int make_why(void **state)
{
	memset(&pmem0, 0, sizeof(pmem0));
	strcpy(pmem0.name, "pmem0");
	pmem0.k.type = PGR_TYPE_FSDAX;
	pmem0.has_value = true;
	pmem0.value = 2;
	pmem0.ref_flags = PGR_REF_DYING;
	memset(&found, 0, sizeof(found));
	found.done = 7;
	found.pages = found.rings = true;
	found.seen.tasks = 70;
	memset(&pages, 0, sizeof(pages));
	memset(&why, 0, sizeof(why));
	why.t = &waiter;
	why.hangs = why.sure = true;
	why.nr = 1;
	why.pgmap[0] = &pmem0;
	why.call.name = "";
	why.found = &found;
	why.pages = &pages;
	return make_dir(state);
}

#define WHY(fn) cmocka_unit_test_setup_teardown(fn, make_why, remove_dir)

static void assert_report(const char *wanted)
{
	struct report r = { .out = open_out(false) };

	report__why(&r, &why, false);
	assert_int_equal(out__close(r.out), 0);
	assert_string_equal(read_file(out_path), wanted);
}

static const char *in_json(void)
{
	struct report r = { .out = open_out(true) };

	report__why(&r, &why, false);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static void unlink_hangs(void)
{
	set_task(&waiter, "rm", 200, "dax_break_layout_final+0x1/0x2\next4_evict_inode+0x1/0x2\n");
	why.way = WHY_PAGES;
	why.call.name = "unlink";
	strcpy(why.call.path, "/mnt/dax/f0");
	why.mount = (struct mount_info){ .type = "ext4", .at = "/mnt/dax" };
	why.waited_for = 2;
}

static void held_by_a_pipe(enum walked_grade grade)
{
	struct why_holder *h = &why.holder[0];

	pipe_of = (struct walked){ .how = PGR_WALK_PIPE, .grade = grade, .pages = 2 };
	pipe_of.task = (struct pgr_task){ 197, 197, "daxpin" };
	pipe_of.nr_fds = 2;
	pipe_of.fds[0] = 4;
	pipe_of.fds[1] = 5;
	pipe_of.nr_ranges = 1;
	h->f = &pipe_of;
	h->who = (struct identity){ .state = IDENTITY_ALIVE, .has_uid = true };
	strcpy(h->who.command, "./daxpin vmsplice /mnt/dax/f0");
	strcpy(h->who.user, "root");
	strcpy(h->who.unit, "web.service");
	why.nr_holders = 1;
}

#define UNLINK                                                                                \
	"rm/200 hangs: unlink of /mnt/dax/f0 on pmem0 (ext4 on /mnt/dax), D state for 41 s\n" \
	"  waits in   dax_break_layout_final, for 2 pages in use\n"
#define PIPE                                                              \
	"daxpin/197 (./daxpin vmsplice /mnt/dax/f0), root, web.service\n" \
	"             in a pipe, fd 4, 5; 2 pages\n"

#define STOPPED                                                                                      \
	"daxpin/197 (./daxpin vmsplice /mnt/dax/f0), root, web.service, stopped: 'kill -CONT' lets " \
	"it go on\n"                                                                                 \
	"             in a pipe, fd 4, 5; 2 pages\n"

static void test_a_pinned_file(void **state)
{
	(void)state;
	unlink_hangs();
	held_by_a_pipe(GRADE_HOLDS);
	assert_report(UNLINK "  held by    " PIPE
			     "  so         rm/200 goes on when that pipe is read or closed, or "
			     "daxpin/197 ends\n\n");
	has(in_json(), "\"asleep_ns\":41000000000");
}

static void test_a_holder_that_is_not_certain(void **state)
{
	(void)state;
	unlink_hangs();
	held_by_a_pipe(GRADE_COULD);
	why.holder[0].who.stopped = true;
	set_task(&other, "daxpin", 197, "wait_for_users+0x1/0x2 [fault]\n");
	why.holder[0].waits = &other;
	assert_report(UNLINK
		      "  may have it " STOPPED
		      "             daxpin/197 waits itself: in wait_for_users, D state for 41 s\n"
		      "  so         perhaps rm/200 goes on when that pipe is read or closed, or\n"
		      "             daxpin/197 ends\n\n");
}

static void test_several_holders(void **state)
{
	(void)state;
	unlink_hangs();
	held_by_a_pipe(GRADE_HOLDS);
	why.holder[0].who = (struct identity){ .state = IDENTITY_EXITED };
	why.more_holders = 3;
	assert_report(UNLINK "  held by    daxpin/197 (exited)\n"
			     "             in a pipe, fd 4, 5; 2 pages\n"
			     "    … and 3 more\n"
			     "  so         rm/200 goes on when all of these let go, or end\n\n");
}

static void test_a_page_that_nobody_has(void **state)
{
	(void)state;
	unlink_hangs();
	why.waited_for = 1;
	found.done = 1;
	assert_report(
		"rm/200 hangs: unlink of /mnt/dax/f0 on pmem0 (ext4 on /mnt/dax), D state for "
		"41 s\n"
		"  waits in   dax_break_layout_final, for 1 page in use\n"
		"  held by    not known: a pin in flight, or one that the kernel keeps\n"
		"             (70 tasks searched, not all of them)\n"
		"  so         rm/200 goes on when these pages are let go\n"
		"  next time  run 'pgmapref watch' before: it names the task and the call that\n"
		"             took each page\n\n");
}

static void unbind_hangs(void)
{
	set_task(&waiter, "ndctl", 238, "memunmap_pages+0x1/0x2\nunbind_store+0x1/0x2\n");
	strcpy(why.device, "/sys/devices/ndbus0/region0/namespace0.0");
	why.unbinds = true;
	why.way = WHY_REFERENCES;
	waiter.slept_ns = 192 * SECOND;
}

static void test_a_leaked_reference(void **state)
{
	(void)state;
	unbind_hangs();
	assert_report(
		"ndctl/238 hangs: unbind of namespace0.0 (pmem0), D state for 3 min 12 s\n"
		"  waits in   memunmap_pages, for 2 references that are not put\n"
		"  held by    not known: taken before pgmapref ran; no task has a page of it\n"
		"             (70 tasks searched)\n"
		"  so         the kernel code that took them must put them: no process can be\n"
		"             ended to free them\n"
		"  next time  run 'pgmapref watch' before: it names the task and the call that\n"
		"             took each reference\n\n");
	pages.busy = 1;
	has(in_json(), "\"beside\":\"pages are in use, too");
	why.pages_hold = true;
	lacks(in_json(), "\"beside\"");
	has(in_json(), "\"so\":\"pages of this memory are in use: by a driver, or by a pin in "
		       "flight\"");
	/* references of the memory itself */
	pages.busy = 0;
	has(in_json(), "\"so\":\"the kernel code that took them must put them");
}

static void test_a_search_that_failed(void **state)
{
	(void)state;
	unbind_hangs();
	found.err = -EPERM;
	strcpy(found.why, "no iterators here");
	has(in_json(), "\"not_searched\":\"no iterators here\"");
	lacks(in_json(), "\"not_known\"");
}

static void test_a_device_that_is_not_known(void **state)
{
	(void)state;
	unbind_hangs();
	why.device[0] = '\0';
	why.sure = false;
	why.found = NULL;
	why.nr = 0;
	waiter.slept_ns = 0;
	assert_report(
		"ndctl/238 hangs: removal of a device, D state for 1.0 s or more\n"
		"  waits in   memunmap_pages\n"
		"  held by    not known: taken before pgmapref ran; no task has a page of it\n"
		"  so         the kernel code that took them must put them: no process can be\n"
		"             ended to free them\n"
		"  next time  run 'pgmapref watch' before: it names the task and the call that\n"
		"             took each reference\n\n");
	why.nr = 2;
	why.pgmap[1] = &pmem0;
	has(in_json(), "\"unsure\":true,\"pgmaps\":[\"pmem0\",\"pmem0\"]");
}

static void test_a_frozen_queue(void **state)
{
	(void)state;
	set_task(&waiter, "sh", 10, "blk_mq_freeze_queue_wait+0x1/0x2\nunbind_store+0x1/0x2\n");
	strcpy(why.device, "/sys/devices/ndbus0/region0/pmem0");
	why.unbinds = true;
	why.way = WHY_FREEZE;
	why.found = NULL;
	assert_report(
		"sh/10 hangs: unbind of pmem0, D state for 41 s\n"
		"  waits in   blk_mq_freeze_queue_wait, for I/O of others on the disk to end\n"
		"  held by    not known: pgmapref does not see who does I/O\n"
		"  so         sh/10 goes on when the I/O in flight has ended\n"
		"  next time  stop what uses the disk, and unmount it, before the unbind\n\n");
	/* a task behind it */
	set_task(&other, "sh", 10, "blk_mq_freeze_queue_wait+0x1/0x2\nunbind_store+0x1/0x2\n");
	set_task(&waiter, "dd", 11, "__bio_queue_enter+0x1/0x2\n");
	why.device[0] = '\0';
	why.way = WHY_QUEUE;
	why.sure = false;
	why.behind = &other;
	assert_report(
		"dd/11 hangs: a call, probably on pmem0, D state for 41 s\n"
		"  waits in   __bio_queue_enter, for the queue of the disk, which another task "
		"has frozen\n"
		"  held by    sh/10, probably\n"
		"             sh/10 waits itself: in blk_mq_freeze_queue_wait, D state for 41 s\n"
		"  so         dd/11 goes on when sh/10 does\n\n");
}

static void test_a_task_that_does_not_hang(void **state)
{
	(void)state;
	set_task(&waiter, "cat", 10, "pipe_read+0x1/0x2\n");
	waiter.state = 'S';
	why.hangs = false;
	why.nr = 0;
	why.way = WHY_NOTHING;
	why.who = (struct identity){ .state = IDENTITY_ALIVE, .has_uid = true, .uid = 7 };
	strcpy(why.who.command, "cat");
	assert_report("cat/10 (cat), uid 7 does not hang on device memory, S state for 41 s, in "
		      "pipe_read\n\n");
	has(in_json(), "\"hangs\":false");
}

/* What list and refs say of a task that waits. */
static const char *in_list(bool json)
{
	struct report r = { .out = open_out(json) };

	report__list(&r, &pmem0, NULL, false);
	report__list_hint(&r, &pmem0);
	assert_int_equal(out__close(r.out), 0);
	return read_file(out_path);
}

static void test_a_waiter_in_the_list(void **state)
{
	(void)state;
	has(in_list(false), " killed\n");
	lacks(in_list(true), "\"waiter\"");
	pmem0.waiter = (struct pgmap_waiter){ .task = { 271, 271, "bash" }, .ns = 92 * SECOND };
	pmem0.waiter.unbinds = true;
	has(in_list(false),
	    " unbinding 1 min 32 s\n"
	    "pmem0: bash/271 waits: 'pgmapref why pmem0' tells for what, and who has "
	    "it\n");
	has(in_list(true), "\"state\":\"killed\",\"waiter\":{\"task\":{\"comm\":\"bash\"");
	pmem0.ref_flags = 0;
	pmem0.waiter.unbinds = false;
	has(in_list(false), " live; bash/271 waits 1 min 32 s\n");
	pmem0.waiter.ns = 0;
	has(in_list(false), " live; bash/271 waits\n");
	has(in_list(true), "\"unbinds\":false");
}

static void test_the_last_line(void **state)
{
	static const struct {
		struct why_totals t;
		const char *says;
	} lines[] = {
		{ { .threads = 71 }, "no task hangs on device memory (71 tasks looked at)\n" },
		{ { .threads = 71, .about = "pmem0" },
		  "no task hangs on pmem0 (71 tasks looked at)\n" },
		{ { .threads = 71, .hanging = 1 },
		  "1 task hangs on device memory (71 tasks looked at)\n" },
		{ { .threads = 71, .hanging = 2, .not_all = "too many" },
		  "2 tasks hang on device memory (71 tasks looked at); not sure: too many\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct report r = { .out = open_out(false) };

		report__why_totals(&r, &lines[i].t);
		assert_int_equal(out__close(r.out), 0);
		assert_string_equal(read_file(out_path), lines[i].says);
		remove(out_path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WHY(test_a_pinned_file),
		WHY(test_a_holder_that_is_not_certain),
		WHY(test_several_holders),
		WHY(test_a_page_that_nobody_has),
		WHY(test_a_leaked_reference),
		WHY(test_a_search_that_failed),
		WHY(test_a_device_that_is_not_known),
		WHY(test_a_frozen_queue),
		WHY(test_a_task_that_does_not_hang),
		WHY(test_a_waiter_in_the_list),
		WHY(test_the_last_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

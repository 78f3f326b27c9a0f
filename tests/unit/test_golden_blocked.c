// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports about tasks that are blocked elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden_text.h"
#include "kernel/blocked.h"
#include "kernel/walked.h"
#include "models.h"
#include "report/report_blocked.h"

static struct blocked_report blocked;
static struct blocked_task blocked_task;

static void put_blocked(struct report *r)
{
	report__blocked(r, &blocked, NOW);
}

static void show(const char *title)
{
	finish_ledger();
	golden__add(title, &m.r, put_blocked);
	m.r.details = false;
	golden__add_width("without details", &m.r, put_blocked, 60);
	golden__add_width("without details", &m.r, put_blocked, 80);
	golden__add_width("without details", &m.r, put_blocked, 120);
	fresh_model();
}

static void block(const char *stack)
{
	memset(&blocked, 0, sizeof(blocked));
	memset(&blocked_task, 0, sizeof(blocked_task));
	blocked_task.task = task_of("umount", 10, 11);
	blocked_task.since_ns = 17 * SEC;
	blocked__parse(stack, &blocked_task.stack);
	blocked.task = &blocked_task;
	blocked.device = "";
	blocked.sure = true;
}

#define UNBIND                                                            \
	"[<0>] blk_mq_freeze_queue_wait+0x1/0x2\n[<0>] pmem_release_disk" \
	"+0x1/0x2 [nd_pmem]\n[<0>] unbind_store+0x1/0x2\n"

static void test_blocked(void **state)
{
	static struct pgmap other;

	(void)state;
	golden__begin("blocked");
	block(UNBIND);
	blocked.device = "/sys/devices/region0/pfn0.1";
	blocked.nr = 1;
	blocked.pgmap[0].p = &m.p;
	show("an unbind");

	block(UNBIND);
	blocked.device = "pfn0.1";
	blocked_task.runs = true;
	show("it runs, and no pgmap is known");

	block(UNBIND);
	other = m.p;
	strcpy(other.name, "pmem1");
	blocked.nr = 2;
	blocked.sure = false;
	blocked.pgmap[0].p = &m.p;
	blocked.pgmap[1].p = &other;
	show("one of two");

	block(UNBIND);
	blocked.nr = 1;
	blocked.sure = false;
	blocked.pgmap[0].p = &m.p;
	show("probably this one");

	block(UNBIND);
	blocked.sure = false;
	show("none is known");

	block("[<0>] dax_break_layout+0x1/0x2\n[<0>] xfs_break_dax_layouts+0x1/0x2 [xfs]\n");
	blocked.nr = 1;
	add_busy(0x140010, 2)->ino = 12;
	add_busy(0x140011, 2)->ino = 13;
	add_busy(0x140012, 2);
	for (int i = 0; i < 3; i++)
		m.sweep.list[i].dev = DISK;
	m.sweep.list[1].inode_going_away = 1;
	add_entry_of("fio", 9, 13, 5, 0x140011, 0);
	add_entry_of("cat", 9, 12, 5, 0x140010, 0);
	add_row_of(PGR_HOLD_PIN, "dio", 9, AT_PIN, 0x140011, 1);
	blocked.pgmap[0] = (struct blocked_pgmap){ .p = &m.p, .pages = &m.sweep, .ledger = m.l };
	show("it waits for pages of a file");

	block("[<0>] dax_break_layout+0x1/0x2\n");
	blocked.nr = 1;
	for (int i = 0; i < 49; i++)
		*add_busy(0x140010 + i, 2) = (struct pgr_busy_page){
			.pfn = 0x140010 + i, .refcount = 2, .ino = i % 9 + 1, .dev = DISK
		};
	for (int i = 0; i < 9; i++)
		add_entry_of("fio", 9 + i, i % 9 + 1, 5, 0x140010 + i, 0);
	blocked.pgmap[0] = (struct blocked_pgmap){ .p = &m.p, .pages = &m.sweep, .ledger = m.l };
	show("for more than are listed, of any file");

	block("[<0>] dax_break_layout+0x1/0x2 [x]\n");
	blocked.nr = 1;
	add_busy(0x140010, 2)->ino = 12;
	m.sweep.list[0].inode_going_away = 1;
	add_busy(0x140011, 2)->ino = 13;
	blocked.pgmap[0] = (struct blocked_pgmap){ .p = &m.p, .pages = &m.sweep };
	show("the first page is of the file that goes; no ledger");

	block("[<0>] dax_break_layout+0x1/0x2\n");
	blocked.nr = 1;
	for (int i = 0; i < 60; i++)
		add_busy(0x140010 + i, 2)->ino = i + 1;
	m.sweep.listed = 60; /* the kernel side never lists so many */
	blocked.pgmap[0] = (struct blocked_pgmap){ .p = &m.p, .pages = &m.sweep };
	show("for more than are kept; no ledger");

	block("[<0>] dax_break_layout+0x1/0x2\n");
	blocked.nr = 1;
	for (int i = 0; i < 48; i++)
		add_busy(0x140010 + i, 2);
	blocked.pgmap[0] = (struct blocked_pgmap){ .p = &m.p, .pages = &m.sweep };
	show("for as many as are listed, of no file; no ledger");

	block("[<0>] dax_break_layout+0x1/0x2\n");
	blocked.nr = 1;
	add_busy(0x140010, 2)->ino = 12;
	add_busy(0x140011, 2)->ino = 12;
	look_for_holders();
	assert_int_equal(walked__add(m.f.found,
				     &(struct pgr_walked){ .how = PGR_WALK_PIPE,
							   .task = task_of("daxpin", 197, 197),
							   .object = 1,
							   .fd = 4,
							   .pages = 2,
							   .nr_ranges = 1,
							   .range = { { 0x140010, 2 } } },
				     ""),
			 0);
	walked__finish(m.f.found);
	m.f.found->v[0].grade = GRADE_HOLDS;
	blocked.pgmap[0] =
		(struct blocked_pgmap){ .p = &m.p, .pages = &m.sweep, .found = m.f.found };
	show("for pages in a pipe");
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_blocked),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records of `why`, and what list says of a task that waits, with all of their fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "golden_text.h"
#include "kernel/walked.h"
#include "models.h"
#include "report/report_why.h"

static struct waiting_task waiter, other;
static struct walked_set found;
static struct walked thing[3];
static struct why why;

static void set_waiting(struct waiting_task *t, const char *comm, uint32_t pid, const char *stack)
{
	memset(t, 0, sizeof(*t));
	t->task = task_of(comm, pid, pid);
	t->state = 'D';
	t->stayed = true;
	t->slept_ns = 3723 * SEC;
	blocked__parse(stack, &t->stack);
}

static void set_identity(struct identity *id)
{
	memset(id, 0, sizeof(*id));
	id->state = IDENTITY_ALIVE;
	id->has_uid = id->command_cut = id->stopped = true;
	id->uid = 1000;
	strcpy(id->command, "./reader -q");
	strcpy(id->user, "ann");
	strcpy(id->unit, "reader.service");
	strcpy(id->pod, "12ab-34cd");
	strcpy(id->container, "docker 0123456789ab");
}

static void put_why(struct report *r)
{
	report__why(r, &why, true);
}

static void put_totals(struct report *r)
{
	const struct why_totals t = { .hanging = 2, .threads = 70, .not_all = "too many wait" };

	report__why_totals(r, &t);
}

static void put_list(struct report *r)
{
	report__list(r, &m.p, NULL, false);
	report__list_hint(r, &m.p);
}

static void begin(enum why_way way)
{
	memset(&why, 0, sizeof(why));
	why.t = &waiter;
	why.hangs = why.sure = true;
	why.way = way;
	why.nr = 1;
	why.pgmap[0] = &m.p;
	why.call.name = "";
	why.found = &found;
	set_identity(&why.who);
}

static void add_holder(enum pgr_walk_how how, enum walked_grade grade, const char *path)
{
	struct walked *f = &thing[why.nr_holders];
	struct why_holder *h = &why.holder[why.nr_holders++];

	*f = (struct walked){ .how = how, .grade = grade, .task = task_of("reader", 197, 198) };
	snprintf(f->path, sizeof(f->path), "%s", path);
	if (how == PGR_WALK_MAP)
		f->bytes = 4096;
	if (how == PGR_WALK_PIPE) {
		f->pages = f->nr_ranges = 1;
		f->fds[f->nr_fds++] = 4;
	}
	h->f = f;
	set_identity(&h->who);
	h->waits = &other;
}

static void test_why(void **state)
{
	(void)state;
	golden__begin("why");
	found.seen.tasks = 70;
	set_waiting(&waiter, "rm", 197,
		    "dax_break_layout_final+0x1/0x2\next4_evict_inode+0x1/0x2 [ext4]\n");
	set_waiting(&other, "reader", 197, "pipe_write+0x1/0x2\n");
	begin(WHY_PAGES);
	why.call.name = "unlink";
	strcpy(why.call.path, "/mnt/dax/f\n0");
	why.mount = (struct mount_info){ .type = "ext4", .at = "/mnt/dax" };
	why.waited_for = 3;
	add_holder(PGR_WALK_PIPE, GRADE_HOLDS, "");
	add_holder(PGR_WALK_MAP, GRADE_COULD, "/mnt/dax/f0");
	add_holder(PGR_WALK_PINNER, GRADE_COULD, "/dev/infiniband/uverbs0");
	golden__add("pages of a file, with holders of all kinds", &m.r, put_why);

	set_waiting(&waiter, "ndctl", 238, "memunmap_pages+0x1/0x2\nunbind_store+0x1/0x2\n");
	waiter.slept_ns = 0;
	begin(WHY_REFERENCES);
	why.unbinds = true;
	strcpy(why.device, "/sys/devices/region0/namespace0.0");
	m.p.has_value = true;
	m.p.ref_flags = PGR_REF_DYING;
	m.p.value = 2;
	m.sweep.busy = 1;
	why.pages = &m.sweep;
	golden__add("references that nobody has", &m.r, put_why);
	found.err = -1;
	strcpy(found.why, "this kernel refuses BPF iterators");
	why.sure = false;
	golden__add("no search", &m.r, put_why);

	set_waiting(&waiter, "dd", 11, "__bio_queue_enter+0x1/0x2\n");
	begin(WHY_QUEUE);
	why.found = NULL;
	why.sure = false;
	why.behind = &other;
	golden__add("behind a task", &m.r, put_why);

	set_waiting(&waiter, "cat", 12, "pipe_read+0x1/0x2\n");
	begin(WHY_NOTHING);
	why.hangs = false;
	golden__add("no hang", &m.r, put_why);
	golden__add("the end", &m.r, put_totals);

	m.p.waiter = (struct pgmap_waiter){ .task = task_of("ndctl", 238, 238), .ns = 92 * SEC };
	m.p.waiter.unbinds = true;
	golden__add("list", &m.r, put_list);
	golden__end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_why),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

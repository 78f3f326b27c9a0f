// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* refs --follow: lines of changes, and the answer at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "golden_text.h"
#include "models.h"
#include "report/report_followed.h"

static struct followed_page page;

static void see(uint64_t ns, int32_t n, struct pgr_task task, uint64_t stack)
{
	struct pgr_rec_change c = {
		.h = { .record = PGR_REC_CHANGE, .id = 3, .ns = ns },
		.stack = stack,
		.pfn = page.pfn,
		.n = n,
		.refcount = page.refcount + n,
	};

	followed_page__see(&page, &c, &task);
}

static void begin(void)
{
	fresh_model();
	m.r.start_ns = 3 * SEC;
	page = (struct followed_page){
		.p = &m.p,
		.pfn = 0x140010,
		.refcount = 2,
		.since_ns = 3 * SEC,
	};
}

static void put_header(struct report *r)
{
	report__event_header(r, "REFCOUNT");
}

static void put_change(struct report *r)
{
	report__change(r, &page);
}

static void put_end(struct report *r)
{
	report__followed(r, &page, NOW);
}

static void test_changes(void **state)
{
	char *header;

	(void)state;
	golden__begin("changes");
	begin();
	header = golden__render(&m.r, put_header, false);
	golden__add_text("header", header);
	free(header);
	see(4 * SEC, 1, task_of("holder1", 224, 224), AT_CHUNK);
	golden__add("a get", &m.r, put_change);
	see(5 * SEC, -1, task_of("holder1", 224, 225), AT_CHUNK);
	m.r.stacks = STACKS_FULL;
	golden__add("a put by a thread, with its stack", &m.r, put_change);
	m.r.stacks = STACKS_AUTO;
	see(6 * SEC, 1024, task_of("app", 7, 7), NO_STACK);
	golden__add("a pin without a stack", &m.r, put_change);
	see(7 * SEC, -1024, task_of("", 0, 0), AT_CHUNK);
	golden__add("an unpin in an interrupt", &m.r, put_change);
	golden__end();
}

static void test_the_end(void **state)
{
	(void)state;
	golden__begin("followed");
	begin();
	followed_page__set_state(&page, FOLLOWED_BUSY, 4 * SEC);
	golden__add("busy, and nothing happened", &m.r, put_end);
	see(4 * SEC, 1, task_of("holder1", 224, 224), AT_CHUNK);
	see(5 * SEC, -1, task_of("", 0, 0), AT_CHUNK);
	golden__add("busy", &m.r, put_end);
	page.unlisted = 4;
	page.missed = 3;
	page.blind = true;
	golden__add("busy, and not all was seen", &m.r, put_end);
	begin();
	page.order = 9;
	see(15300 * MS, -1, task_of("holder1", 224, 224), AT_CHUNK);
	followed_page__set_state(&page, FOLLOWED_IDLE, 16 * SEC);
	golden__add("idle", &m.r, put_end);
	m.r.stacks = STACKS_FULL;
	golden__add("idle, with the stack", &m.r, put_end);
	m.r.stacks = STACKS_AUTO;
	page.put_task = task_of("", 0, 0);
	golden__add("idle since an interrupt", &m.r, put_end);
	page.missed = 1;
	see(15400 * MS, 1, task_of("app", 7, 7), AT_CHUNK);
	golden__add("idle, but the last put was missed", &m.r, put_end);
	begin();
	followed_page__set_state(&page, FOLLOWED_GONE, 9 * SEC);
	golden__add("gone", &m.r, put_end);
	golden__end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_MODEL(test_changes),
		TEST_MODEL(test_the_end),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

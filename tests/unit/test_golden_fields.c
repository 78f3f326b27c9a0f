// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of trace on terminals of several widths, with chosen fields, and with other clocks. */
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

#include "golden_text.h"
#include "models.h"
#include "report/report_event.h"

static struct event_fields fields;

static struct pgr_rec_event event(enum pgr_event what, uint64_t ns, int64_t n, int64_t value)
{
	return (struct pgr_rec_event){ .h = { .id = 3, .ns = ns },
				       .event = what,
				       .n = n,
				       .value = value,
				       .task = task_of("daxfiles", 262, 262),
				       .stack = AT_FAULT };
}

/* A line of each kind. */
static void put(struct report *r)
{
	struct pgr_task task = task_of("long_command_nm", 1000262, 1000263);
	struct pgr_rec_event e = event(PGR_EV_GET, 4952617000, 1, 262146);

	r->line_ns = 0;
	report__event_header(r, "VALUE");
	e.pfn = 0x140010;
	report__event(r, &m.p, &e);
	e = event(PGR_EV_INSERT, 5006912000, 512, 262146);
	e.ino = 12;
	e.order = 9;
	e.index = 1048576;
	report__event(r, &m.p, &e);
	e.order = 0;
	e.index = 7;
	e.event = PGR_EV_DELETE;
	e.n = -1;
	e.task = task;
	e.stack = AT_CHUNK;
	report__event(r, &m.p, &e);
	e = event(PGR_EV_PUT, 65006912000, -1, 0);
	e.ref_flags = PGR_REF_UNREADABLE;
	e.stack = NO_STACK;
	report__event(r, &m.p, &e);
	e = event(PGR_EV_FREE, 65006912001, -1, 2);
	e.ref_flags = PGR_REF_DYING;
	e.pfn = 0x140200;
	e.order = 9;
	report__event(r, &m.p, &e);
	report__step(r, &m.p, PGMAP_KILLED, 65006913000, &task);
	report__step(r, &m.p, PGMAP_LIVE, 65006914000, &task);
}

static void at_width(unsigned int columns)
{
	event_fields__fit(&fields, columns);
	m.r.fields = &fields;
	golden__add_width("they fit", &m.r, put, columns);
}

static void test_widths(void **state)
{
	static const unsigned int widths[] = { 60, 80, 119, 120, 200 };

	(void)state;
	golden__begin("fields");
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++)
		at_width(widths[i]);
	event_fields__fit(&fields, 80);
	golden__add_color("80 columns", &m.r, put);
	m.r.clock = CLOCK_OF_WALL;
	at_width(60);
	golden__add_width("time of the day", &m.r, put, 80);
	golden__end();
	m.r.fields = NULL;
	m.r.clock = CLOCK_OF_START;
}

static void chosen(const char *list)
{
	char bad[32];

	assert_int_equal(event_fields__parse(list, &fields, bad, sizeof(bad)), 0);
	m.r.fields = &fields;
	golden__add(list, &m.r, put);
}

static void test_paths(void **state)
{
	(void)state;
	golden__begin("fields-paths");
	m.r.file_path = path_of;
	at_width(60);
	at_width(80);
	at_width(120);
	chosen("what,n");
	golden__end();
	m.r.file_path = NULL;
	m.r.fields = NULL;
}

static void test_chosen(void **state)
{
	(void)state;
	golden__begin("fields-chosen");
	fields.fits = false;
	chosen("site,time");
	chosen("pfn,order,value,n");
	m.plan.series.on = true;
	chosen("event,value");
	m.plan.series.on = false;
	m.r.fields = NULL;
	m.r.clock = CLOCK_OF_WALL;
	golden__add("no fields, time of the day", &m.r, put);
	m.r.clock = CLOCK_OF_BOOT;
	golden__add("no fields, time since the boot", &m.r, put);
	m.r.clock = CLOCK_OF_LINE;
	golden__add("no fields, time since the line before", &m.r, put);
	m.r.clock = CLOCK_OF_START;
	m.r.fields = &fields;
	m.r.stacks = STACKS_FULL;
	chosen("event");
	golden__end();
	m.r.stacks = STACKS_AUTO;
	m.r.fields = NULL;
}

static void test_what_is_no_field(void **state)
{
	static const char *const bad[][2] = {
		{ "", "" },
		{ "time,", "" },
		{ "time,tim", "tim" },
		{ "time,time", "time" },
		{ "timer", "timer" },
		{ "pgmap,,site", "" },
	};
	char name[32];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(event_fields__parse(bad[i][0], &fields, name, sizeof(name)),
				 -EINVAL);
		assert_string_equal(name, bad[i][1]);
		assert_int_equal(fields.nr, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_widths),
		TEST_MODEL(test_paths),
		TEST_MODEL(test_chosen),
		TEST_MODEL(test_what_is_no_field),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list, refs, lines of trace, probes, and what a run prints at its end. */
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
#include <jansson.h>

#include "golden_text.h"
#include "kernel/unfollowed.h"
#include "kernel/walked.h"
#include "model/allow_file.h"
#include "models.h"
#include "report/report_allow.h"
#include "report/report_walked.h"
#include "run/say.h"

static const struct pgr_sweep *pages;
static const struct walked_set *walked;
static struct pgr_rec_event event;
static struct tracer_loss loss;
static struct assertion assertion;
static struct run_totals totals;
static uint64_t lost;
static bool history;
static enum pgmap_state step;

static void put_list(struct report *r)
{
	report__list(r, &m.p, pages, history);
}

static void put_refs(struct report *r)
{
	report__refs(r, &m.p, pages, walked);
}

static void put_event(struct report *r)
{
	report__event(r, &m.p, &event);
}

static void put_event_header(struct report *r)
{
	report__event_header(r, "VALUE");
}

static void put_step(struct report *r)
{
	struct pgr_task task = task_of("sh", 100, 101);

	report__step(r, &m.p, step, 3500 * MS + 1234567, &task);
}

static void put_loss(struct report *r)
{
	report__loss(r, &loss);
}

static void put_assertion(struct report *r)
{
	report__assertion(r, &assertion);
}

static struct allow *allow;
static uint64_t leaks_allowed;
static bool all_patterns, shown;

static void read_patterns(const char *text)
{
	char why[128];

	allow__free(allow);
	allow = NULL;
	assert_int_equal(allow__parse("f", text, strlen(text), &allow, why, sizeof(why)), 0);
	leaks_allowed = 0;
	all_patterns = false;
}

static void put_suppression(struct report *r)
{
	report__suppressions(r, "allow.txt", allow, leaks_allowed, all_patterns);
}

static void put_suggestion(struct report *r)
{
	report__suggestion(r, &m.p, "hang:my_func pgmap=pmem0", shown);
}

static void show(const char *title, golden_fn fn)
{
	finish_ledger();
	golden__add(title, &m.r, fn);
	fresh_model();
	pages = NULL;
	history = false;
}

static void test_list(void **state)
{
	(void)state;
	golden__begin("list");
	golden__add("the header", &m.r, report__list_header);
	pages = &m.sweep;
	show("nothing above rest", put_list);

	pages = &m.sweep;
	m.p.value += 5;
	add_busy(0x140010, 2);
	m.sweep.mapped = 3;
	strcpy(m.p.k.dev, "namespace0.0");
	m.p.k.ops = 0xffffffffc0101000;
	m.p.k.owner = 0xffff888100abcdef;
	m.p.ops = "fsdax_pagemap_ops";
	m.p.module = "nd_pmem";
	show("five, and a busy page", put_list);

	pages = &m.sweep;
	m.p.k.ops = 0xffffffffc0101000;
	m.sweep.flags = PGR_SWEEP_OUT_OF_TIME;
	m.sweep.busy = 2;
	show("at least so many", put_list);

	pages = &m.sweep;
	m.sweep.flags = PGR_SWEEP_NO_VMEMMAP;
	show("no struct pages", put_list);
	pages = &m.sweep;
	m.sweep.flags = PGR_SWEEP_NO_IDLE;
	m.p.k.owner = 1;
	show("no idle refcount", put_list);
	m.p.has_value = false;
	show("no value", put_list);
	m.p.k.flags = PGR_PGMAP_NO_VALUE;
	show("no baseline", put_list);
	m.p.k.flags = PGR_PGMAP_ADOPTED | PGR_PGMAP_PAGES_PART;
	show("a part of its ranges", put_list);
	m.p.ref_flags = PGR_REF_DYING;
	m.p.value = 2;
	show("killed", put_list);
	strcpy(m.p.name, "dax0.0");
	m.p.k.type = PGR_TYPE_GENERIC;
	m.p.k.vmemmap_shift = 9;
	show("a device-dax", put_list);
	history = true;
	history__sample(m.p.history, 3 * SEC, HISTORY_VALUE, 262150);
	show("with its history", put_list);
	golden__end();
}

static void test_refs(void **state)
{
	struct walked_set *s;

	(void)state;
	golden__begin("refs");
	show("nothing, nor were its pages looked at", put_refs);

	pages = &m.sweep;
	m.p.value++;
	show("a reference", put_refs);

	pages = &m.sweep;
	m.p.value += 2;
	m.p.k.owner = 0xffff888100abcdef;
	m.p.k.ops = 0xffffffffc0101000;
	m.sweep.entries = m.sweep.entry_pages = 1;
	show("two references, and an entry", put_refs);

	pages = &m.sweep;
	m.p.k.type = PGR_TYPE_GENERIC;
	m.sweep.entries = m.sweep.entry_pages = 1;
	m.p.has_value = false;
	m.p.value++;
	show("of a type without entries, and without a value", put_refs);

	s = calloc(1, sizeof(*s));
	assert_non_null(s);
	s->err = -EPERM;
	strcpy(s->why, "this kernel refuses");
	walked = s;
	show("holders cannot be looked for", put_refs);
	walked__free(s);
	walked = NULL;
	golden__end();
}

static void test_events(void **state)
{
	(void)state;
	golden__begin("event");
	golden__add("the header", &m.r, put_event_header);
	event = (struct pgr_rec_event){ .h = { .id = 3, .ns = 3500 * MS + 1234567 },
					.event = PGR_EV_GET,
					.pfn = 0x140010,
					.n = 1,
					.value = 262146,
					.task = task_of("app", 7, 8),
					.stack = AT_FAULT };
	show("a get", put_event);

	event.event = PGR_EV_PUT;
	event.n = -1;
	event.taker = task_of("other", 9, 9);
	event.held_ns = 5 * MS;
	show("a put of what another took", put_event);

	event.taker = task_of("app", 7, 7);
	event.ref_flags = PGR_REF_UNREADABLE;
	show("a put of what it took itself, no value", put_event);

	event.taker = task_of("other", 9, 9);
	event.n = 0;
	show("nothing moved", put_event);

	event.n = 2;
	event.held_ns = 0;
	event.ref_flags = 0;
	show("no put, though with a taker", put_event);

	memset(&event, 0, sizeof(event));
	event.event = PGR_EV_INSERT;
	event.h.ns = SEC / 2;
	event.order = 9;
	event.ino = 12;
	event.dev = DISK;
	event.index = 512;
	event.stack = AT_FAULT;
	m.r.stacks = STACKS_FULL;
	show("an insert, with its stack, before the start", put_event);

	m.r.stacks = STACKS_FULL;
	event.stack = NO_STACK;
	show("a stack that is not there", put_event);

	step = PGMAP_KILLED;
	show("a step", put_step);
	step = PGMAP_LIVE;
	m.p.has_value = false;
	show("a step, no value", put_step);
	golden__end();
}

static struct pgr_effect learned; /* of folio_get; other effects follow from the hooks' names */
static bool sweeps;

static void put_probes(struct report *r)
{
	struct pgr_effect effects[PGR_HOOKS] = { [PGR_HOOK_FOLIO_GET] = learned };

	report__probes(r, &m.plan, effects, &m.alive, sweeps);
}

static void put_unfollowed(struct report *r)
{
	for (const struct unfollowed *u = unfollowed; u->function; u++)
		report__unfollowed(r, u);
}

static void attach(enum pgr_hook hook, const char *symbol, const char *prog, enum pgr_mechanism by)
{
	struct plan_hook *h = &m.plan.hook[hook];

	h->absent = false;
	h->attempt[0].how = PLAN_FENTRY;
	snprintf(h->attempt[0].symbol, sizeof(h->attempt[0].symbol), "%s", symbol);
	h->attempt[0].prog[0] = prog;
	h->attempt[0].by[0] = by;
	h->wanted = symbol;
	h->without = "some of it";
}

static void attach_some(void)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		m.plan.hook[h].absent = true;
	attach(PGR_HOOK_TEARDOWN, "memunmap_pages", "teardown_fentry", PGR_BY_FENTRY);
	attach(PGR_HOOK_GET, "get_dev_pagemap", "get_fexit", PGR_BY_FEXIT);
	attach(PGR_HOOK_ALLOC, "zone_device_page_init", "alloc_fentry", PGR_BY_FENTRY);
	attach(PGR_HOOK_FREE, "free_zone_device_folio", "free_fentry", PGR_BY_FENTRY);
	attach(PGR_HOOK_FOLIO_GET, "pgmap_get_folio", "folio_get_fentry", PGR_BY_FENTRY);
	attach(PGR_HOOK_FOLIO_PUT, "pgmap_put_folio", "folio_put_fentry", PGR_BY_FENTRY);
	m.plan.idle[PGR_TYPE_FSDAX] = 1;
	m.plan.idle[PGR_TYPE_P2PDMA] = -1;
}

static void test_probes(void **state)
{
	(void)state;
	golden__begin("probes");
	sweeps = true;
	attach_some();
	learned = (struct pgr_effect){ .calls = 2, .none = 2 };
	show("all run; an effect is not sure yet", put_probes);
	attach_some();
	learned = (struct pgr_effect){ .calls = 20, .took = 20 };
	show("it takes", put_probes);
	attach_some();
	learned = (struct pgr_effect){ .calls = 20, .none = 20 };
	show("it takes nothing", put_probes);
	learned = (struct pgr_effect){ 0 };
	sweeps = false;

	attach_some();
	m.plan.hook[PGR_HOOK_GET].next = 1;
	strcpy(m.plan.hook[PGR_HOOK_GET].missing, "not in this kernel's BTF");
	m.alive.hook[PGR_HOOK_TEARDOWN].worst = ALIVE_STOPPED;
	m.alive.hook[PGR_HOOK_TEARDOWN].now = ALIVE_STOPPED;
	m.alive.hook[PGR_HOOK_TEARDOWN].cause = CAUSE_FTRACE;
	strcpy(m.alive.hook[PGR_HOOK_TEARDOWN].doubt, "is attached but does not run");
	show("one is missing, one does not run, no pages", put_probes);
	show("what is not followed", put_unfollowed);
	golden__end();
}

static void test_losses(void **state)
{
	(void)state;
	golden__begin("loss");
	memset(&loss, 0, sizeof(loss));
	show("nothing", put_loss);
	loss.cause[PGR_LOSS_EVENT_RING] = 1;
	loss.cause[PGR_LOSS_STACK_ERR] = 2;
	show("two causes", put_loss);
	loss.missed_runs[PGR_HOOK_GET] = 3;
	loss.missed_runs[PGR_HOOK_FREE] = 4;
	loss.unjudged = 5;
	loss.aborted = 6;
	show("all there is", put_loss);
	memset(&loss, 0, sizeof(loss));
	loss.missed_runs[PGR_HOOK_GET] = 3;
	show("missed runs alone", put_loss);
	memset(&loss, 0, sizeof(loss));
	loss.unjudged = 1;
	show("a teardown alone", put_loss);
	memset(&loss, 0, sizeof(loss));
	loss.aborted = 1;
	show("an aborted create alone", put_loss);
	golden__end();
}

static void test_assertions(void **state)
{
	(void)state;
	golden__begin("assertion");
	assertion = (struct assertion){ .kind = ASSERT_MAX_REFS, .limit = 5, .seen = 1 };
	show("passed", put_assertion);
	assertion.failed = true;
	assertion.seen = 7;
	strcpy(assertion.where, "pmem0");
	show("failed", put_assertion);
	assertion.failed = false;
	assertion.unknown = true;
	strcpy(assertion.why, "lost: event_ring_full 3");
	show("inconclusive", put_assertion);
	golden__end();
}

static void test_patterns(void **state)
{
	(void)state;
	golden__begin("suppression");
	read_patterns("hang:my_func\nleak comm=x # nobody");
	show("none used", put_suppression);
	all_patterns = true;
	show("none used, all", put_suppression);
	all_patterns = false;
	assert_true(allow__match(allow, &(struct allow_subject){ .kind = "hang", .comm = "x" }));
	allow__count(allow, true);
	leaks_allowed = 1;
	show("one used", put_suppression);
	read_patterns("hang name=fw until=2027-01-31  # keeps one until firmware reload\n"
		      "busy-at-end until=2026-11-27 # fixed in 7.4\n"
		      "underflow name=twice\n"
		      "pinned-at-teardown\n");
	allow__set_today(allow, 20261128);
	for (int i = 0; i < 2; i++) {
		assert_true(allow__match(allow, &(struct allow_subject){ .kind = "hang" }));
		allow__count(allow, true);
	}
	leaks_allowed = 2;
	show("names, reasons, dates", put_suppression);
	all_patterns = true;
	show("all", put_suppression);
	read_patterns("");
	show("an empty file", put_suppression);
	allow__free(allow);
	shown = true;
	show("suggested", put_suggestion);
	shown = false;
	show("suggested, in a file", put_suggestion);
	golden__end();
}

/* Writes the summary as run/summary.c does. */
static void put_summary(struct report *r)
{
	char line[1024];

	report__summary(r, &m.f.j, &totals, lost);
	say__plain("%s", report__summary_line(&m.f.j, &totals, lost, line, sizeof(line)));
}

/* The summary line goes to standard error, its record to the output. */
static void show_summary(const char *title)
{
	char text[2048];
	int err = dup(STDERR_FILENO);
	FILE *f = tmpfile();

	assert_non_null(f);
	dup2(fileno(f), STDERR_FILENO);
	golden__add(title, &m.r, put_summary);
	dup2(err, STDERR_FILENO);
	close(err);
	rewind(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	golden__add_text("on stderr, with text and with JSON", text);
	fresh_model();
	lost = 0;
}

static void test_summary(void **state)
{
	(void)state;
	golden__begin("summary");
	memset(&totals, 0, sizeof(totals));
	lost = 0;
	show_summary("nothing");

	totals.teardowns = 1;
	totals.leaks = 1;
	leaks(LEAK_HANG | LEAK_PINNED);
	show_summary("a leak");

	totals = (struct run_totals){ .teardowns = 2,
				      .leaks = 3,
				      .inconclusive = 4,
				      .events = 5,
				      .suppressed = 6,
				      .assertions = 7,
				      .failed = 1,
				      .unknown = 8,
				      .running = 9,
				      .blocked = 10,
				      .counts_checks = true,
				      .pgmaps = 12,
				      .checks = 13,
				      .marked = 14,
				      .marked_failed = 3 };
	doubts("the counter could not be read");
	lost = 11;
	show_summary("all figures");

	totals = (struct run_totals){ .assertions = 1, .unknown = 1 };
	show_summary("an assertion that could not be judged");
	totals.failed = 1;
	show_summary("and one that failed");
	totals = (struct run_totals){ .assertions = 1, .failed = 1 };
	leaks(LEAK_UNDERFLOW);
	show_summary("an assertion that failed, and a leak");
	golden__end();
}

static void put_start(struct report *r)
{
	static char *const command[] = { (char *)"sh", (char *)"-c", (char *)"a b", NULL };

	report__start(r, &(struct report_start){ .kernel = "7.3.0-test",
						 .boot_id = "4a5b",
						 .hostname = "ci",
						 .command = command,
						 .utc_ns = 1795890151000250999ull,
						 .monotonic_ns = NOW });
}

/* The version depends on the build. */
static void test_start(void **state)
{
	json_t *v;

	(void)state;
	for (int json = 0; json < 2; json++) {
		char *text = golden__render(&m.r, put_start, json);

		if (!json) {
			assert_string_equal(text, "");
			free(text);
			continue;
		}
		v = json_loads(text, 0, NULL);
		assert_non_null(v);
		assert_int_equal(json_object_size(v), 9);
		assert_string_equal(json_string_value(json_object_get(v, "type")), "start");
		assert_int_equal(json_integer_value(json_object_get(v, "format")), 2);
		assert_string_equal(json_string_value(json_object_get(v, "utc")),
				    "2026-11-28T18:22:31.000250Z");
		assert_true(json_integer_value(json_object_get(v, "monotonic_ns")) == NOW);
		assert_string_equal(json_string_value(json_object_get(v, "boot_id")), "4a5b");
		assert_string_equal(json_string_value(json_object_get(v, "hostname")), "ci");
		assert_int_equal(json_array_size(json_object_get(v, "command")), 3);
		assert_string_equal(json_string_value(json_object_get(v, "pgmapref")),
				    PGMAPREF_VERSION);
		assert_string_equal(json_string_value(json_object_get(v, "kernel")), "7.3.0-test");
		json_decref(v);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST_MODEL(test_list),	   TEST_MODEL(test_refs),    TEST_MODEL(test_events),
		TEST_MODEL(test_probes),   TEST_MODEL(test_losses),  TEST_MODEL(test_assertions),
		TEST_MODEL(test_patterns), TEST_MODEL(test_summary), TEST_MODEL(test_start),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs on a made-up kernel: what follows where records and looks change the model. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_tracer.h"
#include "kernel/symbols.h"
#include "model/frames.h"
#include "out_dir.h"
#include "records.h"
#include "run/run.h"

#define NAME "dax77.0"
#define SECOND_NS 1000000000ULL
#define NEVER (UINT64_MAX / 2)

static struct fake_tracer kernel;
static struct options o;
static struct run run;
static uint64_t start; /* half of the time that the machine is up: none of a test is still to come */

static int load_symbols(struct symbols **out)
{
	char path[] = "/tmp/test_run.XXXXXX";
	int fd = mkstemp(path), err;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		return -1;
	fprintf(f, "ffffffff81000000 T _text\n"
		   "ffffffff81000100 T percpu_ref_put_many\n"
		   "ffffffff81000200 T vfs_write\n"
		   "ffffffff81000300 T asm_sysvec_apic_timer_interrupt\n"
		   "ffffffff81000400 T _etext\n");
	err = fclose(f) ? -1 : symbols__load(path, NULL, out);
	unlink(path);
	return err;
}

static int get_stack(void *tracer, uint64_t key, struct pgr_stack *out)
{
	return tracer__stack(tracer, key, out);
}

static const struct verb *verb(const char *name)
{
	const struct verb *v = verbs;

	while (strcmp(v->name, name))
		v++;
	return v;
}

static int set_up(void **state)
{
	if (make_dir(state))
		return -1;
	fake_tracer__init(&kernel);
	start = clock__now() / 2;
	o = (struct options){ .verb = verb("trace"),
			      .interval_ns = SECOND_NS,
			      .stuck_ns = start / 2,
			      .quiet = true };
	memset(&run, 0, sizeof(run));
	run.o = &o;
	run.k.tracer = fake_tracer__as_tracer(&kernel);
	if (load_symbols(&run.k.symbols))
		return -1;
	run.out.report.symbols = run.k.symbols;
	run.out.report.plan = &kernel.plan;
	run.out.report.alive = &kernel.alive;
	run.out.report.stack = get_stack;
	run.out.report.stack_ctx = run.k.tracer;
	run.out.report.out = open_out(false);
	return 0;
}

static int tear_down(void **state)
{
	if (run.out.report.out)
		out__close(run.out.report.out);
	pgmaps__free(&run.pgmaps);
	blocked__free(&run.blocked);
	symbols__free(run.k.symbols);
	return remove_dir(state);
}

/* What the run has written, to the end: nothing more is written. */
static const char *written(void)
{
	out__close(run.out.report.out);
	run.out.report.out = NULL;
	return read_file(out_path);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static struct fake_pgmap *make(uint32_t id, uint32_t flags)
{
	struct fake_pgmap *p = &kernel.pgmap[kernel.nr++];

	p->k = rec_pgmap(id);
	p->k.addr = ADDR + id;
	p->k.type = PGR_TYPE_GENERIC;
	p->k.flags = flags;
	p->k.born_ns = start;
	p->k.range[0] = (struct pgr_range){ 0xfff000000000 + ((uint64_t)id << 24),
					    0xfff0001fffff + ((uint64_t)id << 24) };
	snprintf(p->k.dev, sizeof(p->k.dev), "%s", NAME);
	p->value = p->k.baseline;
	p->sweep = (struct pgr_sweep){ .pages = 512, .seen = 512, .flags = PGR_SWEEP_DONE };
	return p;
}

static void bear(uint32_t id)
{
	struct fake_pgmap *p = make(id, 0);
	struct pgr_rec_pgmap r = { .h = { PGR_REC_PGMAP, id, start }, .pgmap = p->k };

	run__record(&run, &r.h, sizeof(r));
}

#define FEED(r) run__record(&run, &(r).h, sizeof(r))

static void feed_begin(uint32_t id, uint64_t ns, int64_t excess)
{
	struct pgr_rec_teardown r = rec_begin(id, start + ns, 513 + excess);

	FEED(r);
	kernel.pgmap[0].ref_flags = PGR_REF_DYING;
	kernel.pgmap[0].value = excess;
}

static void feed_drained(uint32_t id, uint64_t ns)
{
	struct pgr_rec_step r = rec_drained(id, start + ns);

	FEED(r);
}

static void feed_sweep(uint32_t id, uint64_t ns, uint32_t final, uint64_t busy)
{
	struct pgr_rec_sweep r = rec_sweep(id, start + ns, final, busy);

	FEED(r);
}

static void feed_gone(uint32_t id, uint64_t ns)
{
	struct pgr_rec_step r = rec_gone(id, start + ns);

	kernel.pgmap[0].gone = true;
	kernel.pgmap[0].sample_err = -ESTALE;
	FEED(r);
}

static struct pgmap *p_of(uint32_t id)
{
	struct pgmap *p = pgmaps__find(&run.pgmaps, id);

	assert_non_null(p);
	return p;
}

/* ---- records ------------------------------------------------------------------ */

static void test_trace_has_a_line_for_each_step(void **state)
{
	const char *text, *at;

	(void)state;
	bear(1);
	assert_string_equal(p_of(1)->name, NAME);
	feed_begin(1, 1000, 0);
	feed_sweep(1, 1500, 0, 0);
	feed_drained(1, 2000);
	feed_sweep(1, 2500, 1, 0);
	feed_gone(1, 3000);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.leaks, 0);
	assert_int_equal(run.end.totals.events, 0);
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
	assert_false(run.end.failed);
	text = written();
	at = strstr(text, "created");
	assert_non_null(at);
	has(at, "task-10");
	at = strstr(at, "killed");
	assert_non_null(at);
	has(at, "task-20");
	at = strstr(at, "drained");
	assert_non_null(at);
	has(at, "task-30");
	has(at, "gone");
}

static void test_an_adopted_one_was_not_created_now(void **state)
{
	struct fake_pgmap *p = make(1, PGR_PGMAP_ADOPTED);
	struct pgr_rec_pgmap r = { .h = { PGR_REC_PGMAP, 1, start }, .pgmap = p->k };

	(void)state;
	FEED(r);
	assert_false(p_of(1)->has_value);
	lacks(written(), "created");
}

static void test_a_lost_birth_is_asked_for(void **state)
{
	(void)state;
	make(5, 0);
	make(1, 0);
	feed_begin(1, 1000, 0);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	assert_null(pgmaps__find(&run.pgmaps, 5));
	assert_int_equal(run.end.totals.teardowns, 1);
	has(written(), "killed");
}

static void test_records_of_nobody(void **state)
{
	struct pgr_rec_event e = rec_event(9, start, 514);

	(void)state;
	make(1, 0);
	feed_begin(9, 1000, 0);
	FEED(e);
	assert_null(run.pgmaps.first);
	assert_int_equal(run.end.totals.teardowns, 0);
	assert_int_equal(run.end.totals.events, 1);
	assert_false(run.end.failed);
}

static void test_nobody_is_named_for_an_interrupt(void **state)
{
	struct pgr_rec_step d = rec_drained(1, start + 2000);
	struct pgr_rec_event e = rec_event(1, start + 500, 514);
	const char *text;

	(void)state;
	kernel.stack[0].key = IRQ;
	kernel.stack[0].stack = (struct pgr_stack){
		.nr = 3, .ip = { 0xffffffff81000110, 0xffffffff81000310, 0xffffffff81000210 }
	};
	kernel.stack[1].key = SITE;
	kernel.stack[1].stack =
		(struct pgr_stack){ .nr = 2, .ip = { 0xffffffff81000110, 0xffffffff81000210 } };
	kernel.nr_stacks = 2;
	assert_true(frames__in_interrupt(run.k.symbols, &kernel.stack[0].stack));
	assert_false(frames__in_interrupt(run.k.symbols, &kernel.stack[1].stack));
	bear(1);
	FEED(e);
	e.task = rec_task(61);
	e.stack = IRQ;
	FEED(e);
	feed_begin(1, 1000, 3);
	d.stack = IRQ;
	FEED(d);
	assert_int_equal(p_of(1)->td.last.tgid, 0);
	assert_int_equal(p_of(1)->td.last_stack, IRQ);
	assert_int_equal(run.end.totals.events, 2);
	text = written();
	has(text, "task-60");
	lacks(text, "task-61");
	lacks(text, "task-30");
}

static void test_whose_a_stack_is_is_asked_once(void **state)
{
	struct pgr_rec_move m = rec_move(PGR_REC_DRAIN, 1, start + 1500, 1);

	(void)state;
	kernel.stack[0].key = SITE;
	kernel.stack[0].stack = (struct pgr_stack){ .nr = 1, .ip = { 0xffffffff81000210 } };
	kernel.nr_stacks = 1;
	m.stack = SITE;
	bear(1);
	feed_begin(1, 1000, 3);
	for (int i = 0; i < 10; i++)
		FEED(m);
	assert_int_equal(kernel.stacks_asked, 1);
	assert_int_equal(p_of(1)->td.drain.calls, 10);
	assert_int_equal(p_of(1)->td.drain.group[0].task.tgid, 40);
}

static void test_those_that_are_not_wanted(void **state)
{
	struct pgr_rec_event e = rec_event(1, start + 500, 514);
	const char *text;

	(void)state;
	o.names[0] = "dax78.*";
	o.nr_names = 1;
	bear(1);
	assert_int_equal(kernel.pgmap[0].selected, -1);
	assert_int_equal(run.names_matched, 0);
	FEED(e);
	feed_begin(1, 1000, 0);
	feed_gone(1, 3000);
	assert_int_equal(run.end.totals.teardowns, 0);
	assert_int_equal(run.end.totals.events, 1);
	text = written();
	lacks(text, NAME);
}

static void test_those_that_are_wanted(void **state)
{
	(void)state;
	o.names[0] = "dax78.*";
	o.names[1] = NAME;
	o.nr_names = 2;
	bear(1);
	assert_int_equal(kernel.pgmap[0].selected, 1);
	assert_int_equal(run.names_matched, 2);
	assert_true(p_of(1)->wanted);
}

static void test_the_first_pin_makes_sweeps_due(void **state)
{
	struct pgr_header h = { PGR_REC_PINNED, 0, start };

	(void)state;
	bear(1);
	p_of(1)->next_sweep_ns = UINT64_MAX;
	kernel.unpins_anew = true;
	run__record(&run, &h, sizeof(h));
	assert_int_equal(kernel.unpins_updated, 0); /* pins are not traced */
	o.pins = true;
	kernel.unpins_anew = false;
	run__record(&run, &h, sizeof(h));
	assert_int_equal(kernel.unpins_updated, 1);
	assert_int_equal(p_of(1)->next_sweep_ns, UINT64_MAX);
	kernel.unpins_anew = true;
	run__record(&run, &h, sizeof(h));
	assert_int_equal(p_of(1)->next_sweep_ns, 0);
}

static void test_pinned_at_teardown(void **state)
{
	(void)state;
	o.verb = verb("watch");
	bear(1);
	feed_begin(1, 1000, 0);
	feed_sweep(1, 1500, 0, 2);
	feed_drained(1, 2000);
	feed_sweep(1, 2500, 1, 2);
	feed_gone(1, 3000);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.leaks, 1);
	assert_int_equal(run.end.worst.verdict, VERDICT_LEAK);
	assert_int_equal(run.end.worst.kinds, LEAK_PINNED);
	has(written(), "pinned-at-teardown");
}

/* ---- ticks -------------------------------------------------------------------- */

static void test_a_tick_meets_reads_and_sweeps(void **state)
{
	struct fake_pgmap *p = make(1, PGR_PGMAP_ADOPTED);

	(void)state;
	p->k.events[PGR_EV_GET] = 4;
	p->value = 515;
	run__tick(&run);
	assert_int_equal(p_of(1)->value, 515);
	assert_true(p_of(1)->has_value);
	assert_int_equal(p->samples, 1);
	assert_int_equal(p->sweeps, 1);
	assert_int_equal(history__total(p_of(1)->history, HISTORY_GET), 4);
	/* Pages are looked at once a second. */
	p->k.events[PGR_EV_GET] = 6;
	run__tick(&run);
	assert_int_equal(p->samples, 2);
	assert_int_equal(p->sweeps, 1);
	assert_int_equal(history__total(p_of(1)->history, HISTORY_GET), 6);
}

static void test_the_counters_of_another_generation_are_not_its(void **state)
{
	(void)state;
	bear(1);
	kernel.pgmap[0].k.id = 2;
	kernel.pgmap[0].k.events[PGR_EV_GET] = 4;
	run__tick(&run);
	assert_int_equal(p_of(1)->k.id, 1);
	assert_int_equal(history__total(p_of(1)->history, HISTORY_GET), 0);
	assert_true(p_of(1)->stale);
	assert_int_equal(p_of(2)->state, PGMAP_LIVE);
}

static void test_gone_without_a_record(void **state)
{
	(void)state;
	o.verb = verb("watch");
	bear(1);
	kernel.pgmap[0].sample_err = -ESTALE;
	run__tick(&run);
	assert_int_equal(p_of(1)->state, PGMAP_LIVE);
	assert_int_equal(kernel.pgmap[0].forgotten, 0);
	run__tick(&run);
	/* Nobody but a trace keeps what is gone. */
	assert_int_equal(kernel.pgmap[0].forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.inconclusive, 1);
	assert_int_equal(run.end.worst.verdict, VERDICT_INCONCLUSIVE);
}

static void test_one_that_dies_waits_for_its_record(void **state)
{
	(void)state;
	o.verb = verb("watch");
	bear(1);
	feed_begin(1, 1000, 0);
	kernel.pgmap[0].sample_err = -ESTALE;
	for (int i = 0; i < 5; i++)
		run__tick(&run);
	assert_int_equal(kernel.pgmap[0].forgotten, 0);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	/* Unless there is no hook that sends it. */
	kernel.plan.hook[PGR_HOOK_GONE].nr = 0;
	run__tick(&run);
	assert_int_equal(kernel.pgmap[0].forgotten, 0);
	run__tick(&run);
	assert_int_equal(kernel.pgmap[0].forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
}

static void test_dying_at_two_looks(void **state)
{
	(void)state;
	bear(1);
	kernel.pgmap[0].ref_flags = PGR_REF_DYING;
	kernel.pgmap[0].value = 1;
	run__tick(&run);
	assert_int_equal(p_of(1)->state, PGMAP_LIVE);
	assert_int_equal(run.end.totals.teardowns, 0);
	run__tick(&run);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(kernel.pgmap[0].sweeps, 0);
}

static void test_stuck(void **state)
{
	(void)state;
	o.verb = verb("watch");
	bear(1);
	feed_begin(1, 1000, 2);
	run__tick(&run);
	assert_true(p_of(1)->td.stuck);
	assert_int_equal(p_of(1)->td.stuck_value, 2);
	assert_false(p_of(1)->td.judged);
	assert_int_equal(run.end.worst.kinds, LEAK_HANG);
	assert_int_equal(run.end.totals.leaks, 0);
	run__tick(&run); /* reported once */
	run__finish(&run);
	assert_true(p_of(1)->td.judged);
	assert_int_equal(run.end.totals.leaks, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
	{
		const char *text = written(), *first = strstr(text, "hang");

		assert_non_null(first);
		lacks(strstr(first, "\n") ? strstr(first, "\n") : "", "teardown stuck");
	}
}

static void test_not_stuck_before_its_time(void **state)
{
	(void)state;
	o.verb = verb("watch");
	o.stuck_ns = NEVER;
	bear(1);
	feed_begin(1, 1000, 2);
	run__tick(&run);
	assert_false(p_of(1)->td.stuck);
	assert_int_equal(run.end.worst.verdict, VERDICT_CLEAN);
}

static void test_check_leaves_older_ones_alone(void **state)
{
	struct fake_pgmap *p = make(1, PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START);

	(void)state;
	o.verb = verb("check");
	p->ref_flags = PGR_REF_DYING;
	p->value = 2;
	assert_int_equal(run__adopt(&run), 0);
	assert_true(run.end.adopted_all);
	assert_int_equal(p_of(1)->state, PGMAP_KILLED);
	assert_int_equal(run.end.totals.teardowns, 1);
	run__tick(&run);
	assert_false(p_of(1)->td.stuck);
	/* Others are no less patient, but have it in their report. */
	run.feed.pgmaps = NULL;
	o.verb = verb("watch");
	run__tick(&run);
	assert_true(p_of(1)->td.stuck);
}

static void test_adopted_and_drained(void **state)
{
	struct fake_pgmap *p = make(1, PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START);

	(void)state;
	o.verb = verb("watch");
	p->ref_flags = PGR_REF_DYING;
	p->value = 2;
	assert_int_equal(run__adopt(&run), 0);
	feed_drained(1, 1000);
	assert_false(p_of(1)->td.judged);
	run__tick(&run);
	assert_int_equal(p->forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
	assert_int_equal(run.end.totals.inconclusive, 1); /* what it began with nobody knows */
}

static void test_over_before_its_hooks_were_there(void **state)
{
	struct fake_pgmap *p = make(1, PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START);

	(void)state;
	o.verb = verb("trace");
	p->ref_flags = PGR_REF_DYING;
	p->value = 2;
	assert_int_equal(run__adopt(&run), 0);
	p->ref_flags = PGR_REF_DYING | PGR_REF_EXITED;
	run__tick(&run);
	assert_int_equal(p->forgotten, 0);
	run__tick(&run);
	assert_int_equal(p->forgotten, 1);
	assert_int_equal(run.end.totals.teardowns, 1);
}

static void test_open_at_the_end(void **state)
{
	(void)state;
	o.verb = verb("watch");
	o.stuck_ns = NEVER;
	bear(1);
	feed_begin(1, 1000, 0);
	run__finish(&run);
	assert_true(p_of(1)->td.judged);
	assert_int_equal(run.end.totals.teardowns, 1);
	has(written(), "open");
}

static void test_what_comes_with_the_last_tick_is_judged(void **state)
{
	struct pgr_rec_step g = rec_gone(1, start + 3000);

	(void)state;
	o.verb = verb("watch");
	o.stuck_ns = NEVER;
	bear(1);
	feed_begin(1, 1000, 0);
	kernel.record[0].h = &g.h;
	kernel.record[0].size = sizeof(g);
	kernel.nr_records = 1;
	run__finish(&run);
	assert_int_equal(p_of(1)->state, PGMAP_GONE);
	assert_int_equal(p_of(1)->td.gone_ns, start + 3000);
	lacks(written(), "open");
}

static void test_generations_that_are_gone_are_dropped(void **state)
{
	struct pgr_rec_pgmap r = { .h = { PGR_REC_PGMAP, 0, 0 } };
	struct pgr_rec_step g;
	size_t n = 0;

	(void)state;
	for (uint32_t id = 1; id <= 50; id++) {
		r.pgmap = rec_pgmap(id);
		r.pgmap.type = PGR_TYPE_GENERIC;
		snprintf(r.pgmap.dev, sizeof(r.pgmap.dev), "%s", NAME);
		r.h.id = id;
		r.h.ns = r.pgmap.born_ns = start;
		FEED(r);
		g = rec_gone(id, start + 1000);
		FEED(g);
	}
	run__tick(&run);
	for (struct pgmap *p = run.pgmaps.first; p; p = p->next)
		n++;
	assert_int_equal(n, 32);
	assert_int_equal(run.pgmaps.first->k.id, 19);
	/* One that has just gone is kept: else it would be taken for a new one. */
	o.verb = verb("watch");
	run.pgmaps.first->td.gone_ns = clock__now();
	run__tick(&run);
	assert_int_equal(run.pgmaps.first->k.id, 19);
	assert_null(run.pgmaps.first->next);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_trace_has_a_line_for_each_step),
		test(test_an_adopted_one_was_not_created_now),
		test(test_a_lost_birth_is_asked_for),
		test(test_records_of_nobody),
		test(test_nobody_is_named_for_an_interrupt),
		test(test_whose_a_stack_is_is_asked_once),
		test(test_those_that_are_not_wanted),
		test(test_those_that_are_wanted),
		test(test_the_first_pin_makes_sweeps_due),
		test(test_pinned_at_teardown),
		test(test_a_tick_meets_reads_and_sweeps),
		test(test_the_counters_of_another_generation_are_not_its),
		test(test_gone_without_a_record),
		test(test_one_that_dies_waits_for_its_record),
		test(test_dying_at_two_looks),
		test(test_stuck),
		test(test_not_stuck_before_its_time),
		test(test_check_leaves_older_ones_alone),
		test(test_adopted_and_drained),
		test(test_over_before_its_hooks_were_there),
		test(test_open_at_the_end),
		test(test_what_comes_with_the_last_tick_is_judged),
		test(test_generations_that_are_gone_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --metrics on a made-up kernel: when the file is written, and what is in it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "run/run.h"
#include "run/run_metrics.h"
#include "run_world.h"

static char path[96];
static char *text;

static int set_up_metrics(void **state)
{
	int err = set_up(state);

	if (err)
		return err;
	o.verb = verb_of("watch");
	o.stuck_ns = 1;
	snprintf(path, sizeof(path), "%s/pgmapref.prom", out_dir);
	o.metrics = path;
	text = NULL;
	return 0;
}

static int tear_down_metrics(void **state)
{
	free(text);
	unlink(path);
	return tear_down(state);
}

static void read_it(void)
{
	size_t len;

	free(text);
	text = NULL;
	assert_int_equal(file__read(path, SIZE_MAX, &text, &len), 0);
}

static void has_line(const char *line)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (!strstr(text, wanted))
		fprintf(stderr, "no line %s in:\n%s", line, text);
	assert_non_null(strstr(text, wanted));
}

#define OF "{pgmap=\"" NAME "\",type=\"devdax\"} "

static void test_from_begin_to_end(void **state)
{
	struct stat st;
	mode_t mask;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED)->value += 3;
	kernel.pgmap[0].k.events[PGR_EV_GET] = 8;
	assert_int_equal(run__adopt(&run), 0);
	run__tick(&run);
	mask = umask(0077);
	assert_int_equal(run__write_metrics_now(&run, false), 0);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644); /* for the collector's user */
	read_it();
	has_line("pgmapref_running 1");
	has_line("pgmapref_pgmap_size_bytes" OF "2097152");
	has_line("pgmapref_pgmap_references" OF "3");
	has_line("pgmapref_pgmap_busy_pages" OF "0");
	has_line("pgmapref_pgmap_unbind_hangs" OF "0");
	/* A series begins with 0, and only then has an increase. */
	has_line("pgmapref_leaks_total{pgmap=\"" NAME "\",kind=\"hang\"} 0");
	has_line("pgmapref_events_total{pgmap=\"" NAME "\",event=\"get\"} 8");

	/* Not due yet. */
	unlink(path);
	run__write_metrics(&run);
	assert_int_not_equal(access(path, F_OK), 0);

	/* An unbind that hangs. */
	feed_begin(1, 1, 3);
	run__tick(&run);
	run.loop.next_metrics_ns = 0;
	run__write_metrics(&run);
	read_it();
	has_line("pgmapref_pgmap_unbind_hangs" OF "1");
	has_line("pgmapref_pgmap_references" OF "3");
	assert_null(strstr(text, "unbind_wait_seconds" OF "0.000"));

	/* Its end is written at once. */
	feed_drained(1, 2);
	feed_gone(1, 3);
	assert_true(run.end.metrics_due);
	run__write_metrics(&run);
	read_it();
	has_line("pgmapref_leaks_total{pgmap=\"" NAME "\",kind=\"hang\"} 1");
	has_line("pgmapref_judgements_total{pgmap=\"" NAME "\",verdict=\"leak\"} 1");
	has_line("pgmapref_judgements_total{pgmap=\"" NAME "\",verdict=\"clean\"} 0");
	assert_null(strstr(text, "pgmap_size_bytes{"));

	assert_int_equal(run__write_metrics_now(&run, true), 0);
	read_it();
	has_line("pgmapref_running 0");
}

/* Series with the same labels twice would make the whole file invalid. */
static void test_two_of_one_name(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED)->value += 1;
	make_pgmap(2, PGR_PGMAP_ADOPTED)->value += 2;
	assert_int_equal(run__adopt(&run), 0);
	run__tick(&run);
	assert_int_equal(run__write_metrics_now(&run, false), 0);
	read_it();
	has_line("pgmapref_pgmap_size_bytes" OF "4194304");
	has_line("pgmapref_pgmap_references" OF "3");
}

static void test_events_of_what_is_forgotten(void **state)
{
	struct pgmap *p;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(run__adopt(&run), 0);
	p = pgmaps__find(&run.model.pgmaps, 1);
	p->k.events[PGR_EV_INSERT] = 5;
	run__tally_gone(&run.end, p);
	kernel.pgmap[0].k.events[PGR_EV_INSERT] = 2;
	run__tick(&run);
	assert_int_equal(run__write_metrics_now(&run, false), 0);
	read_it();
	has_line("pgmapref_events_total{pgmap=\"" NAME "\",event=\"insert\"} 7");
}

/* An unbind that is older than the tool: no record tells of its begin. */
static void test_old_unbind(void **state)
{
	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED | PGR_PGMAP_DYING_AT_START)->value = 2;
	kernel.pgmap[0].ref_flags = PGR_REF_DYING;
	assert_int_equal(run__adopt(&run), 0);
	run__tick(&run);
	assert_int_equal(run__write_metrics_now(&run, false), 0);
	read_it();
	has_line("pgmapref_pgmap_references" OF "2");
	assert_non_null(strstr(text, "unbind_wait_seconds" OF));
	assert_null(strstr(text, "unbind_wait_seconds" OF "0.000"));
}

static void test_what_is_not_replaced(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(symlink("/nowhere", path), 0);
	assert_int_equal(run__write_metrics_now(&run, false), -ELOOP);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(run__write_metrics_now(&run, false), -ENOTTY);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	unlink(path);
	assert_int_equal(run__write_metrics_now(&run, false), 0);
	assert_int_equal(run__write_metrics_now(&run, false), 0);
}

/* Until it has its name, it is not shown: its counters would stay behind. */
static void test_new_one(void **state)
{
	struct pgmap *p;

	(void)state;
	make_pgmap(1, PGR_PGMAP_ADOPTED);
	assert_int_equal(run__adopt(&run), 0);
	p = pgmaps__find(&run.model.pgmaps, 1);
	p->named = false;
	p->k.born_ns = clock__now();
	assert_int_equal(run__write_metrics_now(&run, false), 0);
	read_it();
	assert_null(strstr(text, "pgmap=\""));
	p->k.born_ns -= 3 * SECOND_NS;
	assert_int_equal(run__write_metrics_now(&run, false), 0);
	read_it();
	assert_non_null(strstr(text, "pgmap=\""));
}

static void test_file_that_cannot_be_written(void **state)
{
	(void)state;
	o.metrics = "/nowhere/f.prom";
	assert_int_equal(run__write_metrics_now(&run, false), -ENOENT);
	assert_int_equal(run.end.metrics_failed, -ENOENT);
	assert_true(run.loop.next_metrics_ns > start); /* it is tried again */
	o.metrics = NULL;
	assert_int_equal(run__write_metrics_now(&run, false), 0);
}

int main(void)
{
#undef test
#define test(f) cmocka_unit_test_setup_teardown(f, set_up_metrics, tear_down_metrics)
	const struct CMUnitTest tests[] = {
		test(test_from_begin_to_end),		test(test_two_of_one_name),
		test(test_events_of_what_is_forgotten), test(test_old_unbind),
		test(test_what_is_not_replaced),	test(test_new_one),
		test(test_file_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

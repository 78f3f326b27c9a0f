// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports of holders that walks found. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "golden_text.h"
#include "kernel/walked.h"
#include "model/grade.h"
#include "models.h"
#include "report/report_parts.h"
#include "report/report_walked.h"

static struct walked_set *s;
static const struct pgr_sweep *pages;

static void put(struct report *r)
{
	out__begin(r->out, "test");
	part__walked(r, s, pages);
	out__end(r->out);
}

static void new_set(void)
{
	s = calloc(1, sizeof(*s));
	assert_non_null(s);
	s->done = 7;
	s->pages = s->rings = true;
	s->seen = (struct pgr_walk_seen){
		.tasks = 3, .files = 14, .maps = 15, .pipes = 1, .rings = 2, .umems = 4, .pinners = 5
	};
	s->ns = 9 * MS;
	pages = NULL;
}

/* Shows the set. The tests set the grades. */
static void show(const char *title)
{
	golden__add(title, &m.r, put);
	walked__free(s);
	fresh_model();
	new_set();
}

/* Adds a holder app/7 to the set, with room for ranges of pages. */
static struct walked *found(enum pgr_walk_how how, enum walked_grade grade)
{
	struct walked *w;

	s->v = realloc(s->v, (s->nr + 1) * sizeof(*s->v));
	assert_non_null(s->v);
	w = &s->v[s->nr++];
	memset(w, 0, sizeof(*w));
	w->how = how;
	w->grade = grade;
	w->task = task_of("app", 7, 7);
	w->ino = 12;
	w->dev = DISK;
	w->mode = S_IFREG | 0644;
	w->items = 1;
	w->range = calloc(4, sizeof(*w->range));
	return w;
}

static struct walked *with_fds(struct walked *w, unsigned int nr)
{
	w->nr_fds = nr;
	w->items = nr;
	for (unsigned int i = 0; i < nr; i++)
		w->fds[i] = 3 + i;
	return w;
}

static struct walked *with_pages(struct walked *w, uint64_t nr, unsigned int ranges)
{
	w->object = 0xffff888100000040;
	w->pages = nr;
	w->nr_ranges = ranges;
	for (unsigned int i = 0; i < ranges; i++)
		w->range[i] = (struct pgr_pfn_range){ 0x140010 + 16 * i, nr / ranges };
	return w;
}

static void test_objects(void **state)
{
	struct walked *w;

	(void)state;
	golden__begin("walked-objects");
	new_set();
	with_fds(with_pages(found(PGR_WALK_PIPE, GRADE_HOLDS), 3, 1), 2);
	show("a pipe");

	with_pages(found(PGR_WALK_URING, GRADE_HOLDS), 1, 1)->cut = true;
	with_pages(found(PGR_WALK_XDP, GRADE_HOLDS), 4, 2)->ranges_cut = true;
	with_pages(found(PGR_WALK_XDP, GRADE_HOLDS), 4, 0);
	with_fds(found(PGR_WALK_URING, GRADE_COULD), 1)->object = 0xffff888100000080;
	show("rings");

	with_pages(found(PGR_WALK_PIPE, GRADE_STALE), 1, 1)->idle = 1;
	with_pages(found(PGR_WALK_PIPE, GRADE_STALE), 2, 1)->idle = 2;
	with_pages(found(PGR_WALK_PIPE, GRADE_COULD), 3, 1)->idle = 2;
	with_pages(found(PGR_WALK_PIPE, GRADE_COULD), 3, 1)->contested = true;
	show("of a former life");

	with_pages(found(PGR_WALK_HOWS, GRADE_HOLDS), 1, 1);
	with_pages(found(PGR_WALK_FD, GRADE_HOLDS), 1, 1);
	show("an object of no kind");

	with_fds(found(PGR_WALK_PINNER, GRADE_COULD), 8);
	w = with_fds(found(PGR_WALK_PINNER, GRADE_COULD), 8);
	w->items = 9;
	w->kind = 2;
	strcpy(w->path, "/dev/vfio/\033vfio");
	with_fds(found(PGR_WALK_PINNER, GRADE_COULD), 7)->items = 9;
	show("files that pin");
	golden__end();
}

static struct walked *mapping(struct walked *w)
{
	w->start = 0x7000;
	w->end = 0x9000;
	w->bytes = 8192;
	return w;
}

static void test_files(void **state)
{
	struct walked *w;

	(void)state;
	golden__begin("walked-files");
	new_set();
	w = mapping(found(PGR_WALK_MAP, GRADE_COULD));
	w->certain = true;
	strcpy(w->path, "/mnt/f");
	w = mapping(found(PGR_WALK_MAP, GRADE_COULD));
	w->certain = true;
	w = mapping(found(PGR_WALK_MAP, GRADE_OPEN));
	w = mapping(found(PGR_WALK_MAP, GRADE_OPEN));
	w->items = 2;
	strcpy(w->path, "/mnt/g\n");
	show("mappings");

	w = with_fds(found(PGR_WALK_FD, GRADE_OPEN), 1);
	w->certain = true;
	strcpy(w->path, "/mnt/f");
	w = with_fds(found(PGR_WALK_FD, GRADE_OPEN), 1);
	w->certain = true;
	with_fds(found(PGR_WALK_FD, GRADE_OPEN), 1);
	strcpy(with_fds(found(PGR_WALK_FD, GRADE_OPEN), 2)->path, "/mnt/g");
	show("open files");

	w = with_fds(found(PGR_WALK_FD, GRADE_OPEN), 1);
	w->certain = true;
	w->mode = S_IFCHR | 0600;
	w->dev = CDEV;
	w = mapping(found(PGR_WALK_MAP, GRADE_COULD));
	w->certain = true;
	w->mode = S_IFBLK | 0600;
	w = with_fds(found(PGR_WALK_FD, GRADE_OPEN), 1);
	w->mode = S_IFDIR | 0700; /* shares a bit with S_IFBLK */
	w->certain = true;
	show("devices");

	for (int i = 0; i < 4; i++) {
		static const enum pgr_walk_how how[] = { PGR_WALK_FD, PGR_WALK_MAP, PGR_WALK_FD,
							 PGR_WALK_FD };

		w = found(how[i], GRADE_OPEN);
		w->certain = i != 2;
		w->ino = i == 3 ? 14 : 12;
	}
	pages = &m.sweep;
	m.sweep.nr_files = 2;
	m.sweep.file[0] = (struct pgr_entry_file){ .ino = 12, .dev = CDEV };
	m.sweep.file[1] = (struct pgr_entry_file){ .ino = 12, .dev = DISK };
	show("those who keep entries");
	golden__end();
}

static void test_counts(void **state)
{
	(void)state;
	golden__begin("walked-counts");
	s = NULL;
	golden__add("not asked", &m.r, put);
	new_set();
	s->err = -EPERM;
	strcpy(s->why, "this kernel refuses");
	show("refused");

	show("nobody");

	s->others = true;
	show("nobody beside those who were traced");

	s->done = 0;
	s->pages = s->rings = false;
	s->seen.pid_level = 1;
	s->seen.strange = (1u << PGR_STRANGES) - 1;
	s->seen.cut = 2;
	s->seen.faults = 1;
	show("nothing was looked at");

	s->done = 5;
	show("open files were not");
	s->rings = false;
	show("rings were not");
	s->seen.pid_level = 1;
	show("another PID namespace");
	s->seen.strange = PGR_STRANGE_XDP;
	show("umems of another layout");
	s->seen.faults = 1;
	show("a ring could not be read");
	s->seen.cut = 1;
	show("a ring was too long");

	pages = &m.sweep;
	add_busy(0x140010, 2);
	s->explained = 1;
	with_pages(found(PGR_WALK_PIPE, GRADE_HOLDS), 1, 1);
	show("one page, explained");

	pages = &m.sweep;
	add_busy(0x140010, 2);
	add_busy(0x140011, 2);
	m.sweep.busy = 3;
	s->unexplained = 2;
	show("two of three pages, not explained");

	pages = &m.sweep;
	add_busy(0x140010, 2);
	s->unexplained = 1;
	s->others = true;
	found(PGR_WALK_MAP, GRADE_COULD);
	found(PGR_WALK_FD, GRADE_OPEN);
	show("one that could hold it");

	for (int i = 0; i < 20; i++)
		found(PGR_WALK_FD, GRADE_OPEN);
	show("as many as are shown");

	for (int i = 0; i < 21; i++)
		found(PGR_WALK_FD, GRADE_OPEN);
	show("one more than is shown");
	golden__end();
}

static int clean_up(void **state)
{
	walked__free(s);
	s = NULL;
	return models__clean_up(state);
}

int main(void)
{
#define TEST_S(fn) cmocka_unit_test_setup_teardown(fn, models__set_up, clean_up)
	static const struct CMUnitTest tests[] = {
		TEST_S(test_objects),
		TEST_S(test_files),
		TEST_S(test_counts),
	};

	return cmocka_run_group_tests(tests, models__load_symbols, models__free_symbols);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Suppressions: what a line matches, and the lines that are generated for a leak. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/allow.h"
#include "model/allow_file.h"
#include "model/verdict.h"

/* clang-format off */
static const char *const stack[] = { "get_dev_pagemap+0x36 [nd_pmem]", "__gup_longterm+0x1f",
				     "vfio_pin_pages.constprop.0+0x1b8/0x2c0", "0xffffffffc0001234",
				     NULL, "do_syscall_64" };
/* clang-format on */
#define STACK .frames = stack, .nr_frames = 6

static struct allow *parse(const char *text)
{
	struct allow *a = NULL;
	char why[256];
	int err = allow__parse("f", text, strlen(text), &a, why, sizeof(why));

	if (err)
		fail_msg("%s: %d, %s", text, err, why);
	assert_string_equal(why, "");
	return a;
}

static bool line_matches(const char *line, const struct allow_subject *s)
{
	struct allow *a = parse(line);
	bool m = allow__match(a, s);
	struct allow_row row;

	assert_int_equal(allow__nr(a), 1);
	allow__count(a, true);
	allow__pattern(a, 0, &row);
	assert_int_equal(row.used, m);
	allow__free(a);
	return m;
}

static void test_what_a_line_matches(void **state)
{
	static const struct allow_subject s = {
		.kind = "hang", .pgmap = "pmem0", .type = "fsdax", .comm = "fio", STACK
	};
	static const struct {
		const char *line;
		bool matches;
	} examples[] = {
		{ "leak", true },
		{ "hang", true },
		{ "underflow", false },
		{ "underflow,hang", true },
		{ "hang,underflow", true },
		{ "underflow,leak", true },
		{ "pinned-at-teardown,busy-at-end,excess-at-end,get-after-kill", false },
		{ "leak pgmap=pmem0", true },
		{ "leak pgmap=pmem*", true },
		{ "leak pgmap=pmem", false },
		{ "leak pgmap=dax0.0", false },
		{ "leak type=fsdax", true },
		{ "leak type=?sdax", true },
		{ "leak type=p2pdma", false },
		{ "leak comm=fio", true },
		{ "leak comm=f", false },
		{ "leak comm=*", true },
		/* several keys: each must match */
		{ "hang pgmap=pmem0 type=fsdax comm=fio", true },
		{ "hang pgmap=pmem0 type=fsdax comm=dd", false },
		{ "hang pgmap=pmem1 type=fsdax comm=fio", false },
		{ "hang pgmap=pmem0 type=devdax comm=fio", false },
		{ "underflow pgmap=pmem0 type=fsdax comm=fio", false },
		/* frames match by function, or by the whole text */
		{ "leak:get_dev_pagemap", true },
		{ "leak:get_dev_pagemap+0x36*", true },
		{ "leak:get_dev_pagemap+0x36", false },
		{ "leak:get_dev_pagema", false },
		{ "leak:*pagemap", true },
		{ "leak:*nd_pmem]", true },
		{ "leak:do_syscall_64", true },
		{ "leak:vfio_pin_pages.constprop.0", true },
		{ "leak:vfio_pin_pages", false },
		{ "leak:vfio_pin_pages*", true },
		{ "hang:nosuch", false },
		{ "leak frame=get_dev_pagemap", true },
		{ "leak:get_dev_pagemap frame=do_syscall_64 frame=__gup*", true },
		{ "leak:get_dev_pagemap frame=do_syscall_64 frame=nosuch", false },
		{ "leak:nosuch frame=do_syscall_64", false },
		{ "leak frame=*\\x20*", true },
		{ "leak frame=0xffff*", true },
		/* blanks and comments */
		{ "  hang\t pgmap=pmem0  ", true },
		{ "hang # pgmap=pmem1", true },
		{ "hang #pgmap=pmem1", true },
		{ "hang pgmap=pmem0#", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
		if (line_matches(examples[i].line, &s) != examples[i].matches)
			fail_msg("\"%s\": expected %d", examples[i].line, examples[i].matches);
}

static void test_what_is_not_known(void **state)
{
	static const struct allow_subject nothing = { .kind = NULL };
	static const char *const frames[] = { NULL };
	struct allow_subject s = { .kind = "hang", .frames = frames, .nr_frames = 1 };

	(void)state;
	assert_true(line_matches("leak", &nothing));
	assert_false(line_matches("hang", &nothing));
	assert_true(line_matches("hang", &s));
	/* a name that is not known matches no pattern, not even * */
	assert_false(line_matches("leak pgmap=*", &s));
	assert_false(line_matches("leak type=*", &s));
	assert_false(line_matches("leak comm=*", &s));
	assert_false(line_matches("leak:*", &s));
	assert_false(line_matches("leak frame=*", &nothing));
	s.pgmap = "";
	assert_true(line_matches("leak pgmap=*", &s));
}

static void test_a_leak_of_several_kinds(void **state)
{
	static const struct allow_subject both = { .kind = "hang, underflow" };
	static const struct allow_subject bare = { .kind = "hang,underflow" };
	static const struct allow_subject odd = { .kind = "meltdown" }, none = { .kind = " ," };

	(void)state;
	assert_true(line_matches("hang,underflow", &both));
	assert_true(line_matches("underflow,busy-at-end,hang", &bare));
	assert_true(line_matches("leak", &both));
	/* a known hang must not hide an underflow */
	assert_false(line_matches("hang", &both));
	assert_false(line_matches("underflow", &both));
	assert_false(line_matches("hang", &odd));
	assert_true(line_matches("leak", &odd));
	assert_false(line_matches("hang", &none));
}

/* A line can name each kind of leak that a verdict can have, and no other kind. */
static void test_kinds_are_those_of_verdicts(void **state)
{
	unsigned int nr = 0;
	char kind[64];

	(void)state;
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct allow_subject s = { .kind = kind };

		verdict__kinds(1u << bit, kind, sizeof(kind));
		if (!*kind)
			continue;
		nr++;
		assert_true(line_matches(kind, &s));
		assert_int_equal(line_matches("hang", &s), !strcmp(kind, "hang"));
	}
	assert_true(nr >= 4);
}

static void test_uses_are_counted_of_the_first_that_matches(void **state)
{
	static const struct allow_subject a_hang = { .kind = "hang", .pgmap = "pmem0" };
	static const struct allow_subject other = { .kind = "hang", .pgmap = "pmem1" };
	static const struct allow_subject pinned = { .kind = "pinned-at-teardown" };
	static const struct {
		const char *text;
		unsigned int line;
		uint64_t used;
	} expected[] = {
		{ "underflow", 3, 0 },
		{ "hang   pgmap=pmem0", 4, 2 },
		{ "hang", 6, 1 },
		{ "hang pgmap=pmem0", 8, 0 },
	};
	struct allow *a = parse("# known leaks\n\n underflow\r\nhang   pgmap=pmem0 # a bug\n\t\n"
				"hang\n\r\nhang pgmap=pmem0");

	(void)state;
	/* A leak with three holders, one with two equal ones, one that is only partly allowed. */
	assert_true(allow__match(a, &a_hang));
	assert_true(allow__match(a, &a_hang));
	assert_true(allow__match(a, &other));
	allow__count(a, true);
	assert_true(allow__match(a, &a_hang));
	assert_true(allow__match(a, &a_hang));
	allow__count(a, true);
	assert_true(allow__match(a, &other));
	assert_false(allow__match(a, &pinned));
	allow__count(a, false);
	allow__count(a, true);
	assert_int_equal(allow__nr(a), 4);
	for (size_t i = 0; i < 4; i++) {
		struct allow_row row;

		allow__pattern(a, i, &row);
		assert_string_equal(row.text, expected[i].text);
		assert_int_equal(row.line, expected[i].line);
		assert_int_equal(row.used, expected[i].used);
		assert_null(row.name);
		assert_int_equal(row.until, 0);
	}
	allow__free(a);
	allow__free(NULL);
}

static void test_a_day_after_which_it_matches_nothing(void **state)
{
	static const struct allow_subject s = { .kind = "hang", .pgmap = "pmem0" };
	struct allow *a =
		parse("hang until=2026-11-28\nleak name=all until=2027-02-28 #  why  it is\n");
	struct allow_row row;

	(void)state;
	/* Not known which day it is: both match. */
	assert_true(allow__match(a, &s));
	allow__count(a, true);
	allow__pattern(a, 0, &row);
	assert_int_equal(row.used, 1);
	assert_int_equal(row.until, 20261128);
	assert_null(row.name);
	assert_null(row.reason);
	/* The day itself is in it. */
	allow__set_today(a, 20261128);
	assert_true(allow__match(a, &s));
	allow__count(a, true);
	allow__pattern(a, 0, &row);
	assert_int_equal(row.used, 2);
	assert_false(row.expired);
	allow__set_today(a, 20261129);
	assert_true(allow__match(a, &s));
	allow__count(a, true);
	allow__pattern(a, 0, &row);
	assert_int_equal(row.used, 2);
	assert_true(row.expired);
	allow__pattern(a, 1, &row);
	assert_int_equal(row.used, 1);
	assert_false(row.expired);
	assert_string_equal(row.name, "all");
	assert_string_equal(row.reason, "why  it is");
	assert_string_equal(row.text, "leak name=all until=2027-02-28");
	allow__set_today(a, 20270301);
	assert_false(allow__match(a, &s));
	allow__free(a);
}

static void assert_generated(const struct allow_subject *s, const char *expected)
{
	char buf[ALLOW_LINE + 1];

	assert_int_equal(allow__generate(s, buf, sizeof(buf)), 0);
	assert_string_equal(buf, expected);
	assert_true(line_matches(buf, s));
}

static void test_generated_lines(void **state)
{
	static const char *const deep[] = { "a+0x1 [m]", "b [m]", "c [n]", "d [m]", "e [m]" };
	static const char *const core[] = { "a+0x1", "b", "c [m]", "d+0x2 [n]", "e", "f [m]" };
	static const char *const plumbing[] = { "get_write+0x1 [m]", "full_proxy_write",
						"vfs_write", "x [m]" };
	static const char *const no_module[] = { "a", "b", "c" };
	static const char *const nameless[] = { "0xffffffff81000000", NULL, "", "+0x36" };

	(void)state;
	assert_generated(&(struct allow_subject){ .kind = NULL }, "leak");
	assert_generated(&(struct allow_subject){ .kind = "hang" }, "hang");
	assert_generated(&(struct allow_subject){ .kind = "hang, underflow" }, "hang,underflow");
	assert_generated(
		&(struct allow_subject){
			.kind = "hang", .pgmap = "pmem0", .type = "fsdax", .comm = "fio", STACK },
		"hang:get_dev_pagemap pgmap=pmem0 type=fsdax comm=fio");
	assert_generated(
		&(struct allow_subject){ .kind = "underflow", .frames = deep, .nr_frames = 5 },
		"underflow:a frame=b frame=c frame=d");
	/* The way from the call site to the first module, and behind it, is not in the pattern. */
	assert_generated(&(struct allow_subject){ .kind = "hang", .frames = core, .nr_frames = 6 },
			 "hang:a frame=c frame=d");
	assert_generated(
		&(struct allow_subject){ .kind = "hang", .frames = no_module, .nr_frames = 3 },
		"hang:a");
	assert_generated(
		&(struct allow_subject){ .kind = "hang", .frames = plumbing, .nr_frames = 4 },
		"hang:get_write frame=x");
	assert_generated(
		&(struct allow_subject){ .kind = "hang", .frames = nameless, .nr_frames = 4 },
		"hang");
	assert_generated(&(struct allow_subject){ .kind = "hang", .pgmap = "", .comm = "" }, "hang");
	/* characters in a name that have a meaning in a line are escaped */
	assert_generated(&(struct allow_subject){ .kind = "hang", .comm = "my prog" },
			 "hang comm=my\\x20prog");
	assert_generated(&(struct allow_subject){ .kind = "hang", .comm = "a#b=c:d,e" },
			 "hang comm=a\\x23b=c:d,e");
	assert_generated(&(struct allow_subject){ .kind = "hang", .comm = "#" }, "hang comm=\\x23");
	assert_generated(&(struct allow_subject){ .kind = "hang", .pgmap = "?" }, "hang pgmap=\\?");
	assert_generated(&(struct allow_subject){ .kind = "hang", .comm = "**\\x20" },
			 "hang comm=\\*\\*\\\\x20");
	assert_generated(&(struct allow_subject){ .kind = "hang", .comm = "\xff\n" },
			 "hang comm=\\xff\\x0a");
}

static void test_generated_lines_are_for_that_leak_only(void **state)
{
	static const struct allow_subject s = {
		.kind = "hang", .pgmap = "pmem0", .type = "fsdax", .comm = "a*", STACK
	};
	struct allow_subject other = s;
	char buf[ALLOW_LINE + 1];

	(void)state;
	assert_int_equal(allow__generate(&s, buf, sizeof(buf)), 0);
	other.comm = "ab";
	assert_false(line_matches(buf, &other));
	other = s;
	other.pgmap = "pmem1";
	assert_false(line_matches(buf, &other));
	other = s;
	other.kind = "underflow";
	assert_false(line_matches(buf, &other));
	other = s;
	other.frames = stack + 1;
	other.nr_frames--;
	assert_false(line_matches(buf, &other));
}

static void test_no_room_for_a_generated_line(void **state)
{
	static const char *const driver[] = { "get_dev_pagemap+0x36", "__gup_longterm [m]",
					      "probe [m]" };
	struct allow_subject s = {
		.kind = "hang", .pgmap = "pmem0", .frames = driver, .nr_frames = 3
	};
	static char large[3 * ALLOW_LINE], frame[512];
	const char *const frames[] = { frame, frame, frame };
	char name[256], buf[64];

	(void)state;
	assert_int_equal(allow__generate(&s, buf, 0), -ENOSPC);
	assert_int_equal(allow__generate(&s, buf, 4), -ENOSPC);
	assert_int_equal(allow__generate(&s, buf, 20), -ENOSPC);
	/* if the line is too long, it has fewer frames */
	assert_int_equal(allow__generate(&s, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "hang:get_dev_pagemap pgmap=pmem0 frame=__gup_longterm");
	assert_true(line_matches(buf, &s));
	/* writes at most len bytes */
	for (size_t len = 1; len < 300; len++) {
		char *exact = malloc(len);

		assert_non_null(exact);
		memset(large, '~', sizeof(large));
		assert_int_equal(allow__generate(&s, large, len), allow__generate(&s, exact, len));
		assert_int_equal(large[len], '~');
		assert_true(memchr(large, '\0', len));
		free(exact);
	}
	s.kind = "meltdown";
	assert_int_equal(allow__generate(&s, buf, sizeof(buf)), -EINVAL);
	/* the line is never longer than a line that can be read */
	memset(name, '\xff', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(frame, 'f', sizeof(frame) - 1);
	memcpy(frame + sizeof(frame) - 6, " [m]", 4);
	s = (struct allow_subject){ .kind = "hang",
				    .pgmap = name,
				    .type = name,
				    .comm = name,
				    .frames = frames,
				    .nr_frames = 3 };
	assert_int_equal(allow__generate(&s, large, sizeof(large)), 0);
	assert_in_range(strlen(large), 3500, ALLOW_LINE);
	assert_true(line_matches(large, &s));
}

static void test_random_subjects_match_their_lines(void **state)
{
	static const char letters[] = "ab*?\\x20 #=:,\t\n\x01\xff+";
	static const char *const kinds[] = { NULL,	    "hang",
					     "underflow",   "hang, get-after-kill",
					     "busy-at-end", "excess-at-end" };
	char text[8][12], buf[ALLOW_LINE + 1];

	(void)state;
	srand(4);
	for (int i = 0; i < 50000; i++) {
		const char *frames[5];
		struct allow_subject s = { .kind = kinds[rand() % 6],
					   .pgmap = text[0],
					   .type = text[1],
					   .comm = rand() % 3 ? text[2] : NULL,
					   .frames = frames,
					   .nr_frames = rand() % 6 };

		for (int j = 0; j < 8; j++) {
			size_t n = rand() % 11;

			for (size_t k = 0; k < n; k++)
				text[j][k] = letters[rand() % (sizeof(letters) - 1)];
			text[j][n] = '\0';
		}
		for (int j = 0; j < 5; j++)
			frames[j] = text[3 + j];
		assert_int_equal(allow__generate(&s, buf, sizeof(buf)), 0);
		assert_true(line_matches(buf, &s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_line_matches),
		cmocka_unit_test(test_what_is_not_known),
		cmocka_unit_test(test_a_leak_of_several_kinds),
		cmocka_unit_test(test_kinds_are_those_of_verdicts),
		cmocka_unit_test(test_uses_are_counted_of_the_first_that_matches),
		cmocka_unit_test(test_a_day_after_which_it_matches_nothing),
		cmocka_unit_test(test_generated_lines),
		cmocka_unit_test(test_generated_lines_are_for_that_leak_only),
		cmocka_unit_test(test_no_room_for_a_generated_line),
		cmocka_unit_test(test_random_subjects_match_their_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

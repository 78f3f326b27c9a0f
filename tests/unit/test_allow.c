// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Suppressions: what a line matches, what is refused and where, and lines made for a leak. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/allow.h"
#include "model/allow_file.h"
#include "model/verdict.h"
#include "out_dir.h"
#include "run/read_allow.h"

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
	const char *text;
	unsigned int n;
	uint64_t used;

	assert_int_equal(allow__nr(a), 1);
	allow__count(a, true);
	allow__pattern(a, 0, &text, &n, &used);
	assert_int_equal(used, m);
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
		/* all of them */
		{ "hang pgmap=pmem0 type=fsdax comm=fio", true },
		{ "hang pgmap=pmem0 type=fsdax comm=dd", false },
		{ "hang pgmap=pmem1 type=fsdax comm=fio", false },
		{ "hang pgmap=pmem0 type=devdax comm=fio", false },
		{ "underflow pgmap=pmem0 type=fsdax comm=fio", false },
		/* frames: the function, or the whole text */
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
	/* not even by what matches anything */
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

/* Each kind that a verdict can have can be suppressed by its name, and by no other. */
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
	/* A leak of three, one of two of the same, and one of which only a part is allowed. */
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
		const char *text;
		unsigned int line;
		uint64_t used;

		allow__pattern(a, i, &text, &line, &used);
		assert_string_equal(text, expected[i].text);
		assert_int_equal(line, expected[i].line);
		assert_int_equal(used, expected[i].used);
	}
	allow__free(a);
	allow__free(NULL);
}

static void test_files_without_patterns(void **state)
{
	static const char *const files[] = {
		"", "\n", "#", "# nothing", "\r\n\r\n", " \t \n#x\n", "\xef\xbb\xbf", "\r"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct allow *a = parse(files[i]);

		assert_int_equal(allow__nr(a), 0);
		assert_false(allow__match(a, &(struct allow_subject){ .kind = "hang" }));
		allow__free(a);
	}
}

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *why; /* the begin of it */
	} bad[] = {
		{ "bogus", "f:1: bogus: no kind of leak; a line begins with leak, hang, " },
		{ "hang\n\nbogus\n", "f:3: bogus: no kind" },
		{ "Hang", "f:1: Hang: no kind" },
		{ "hang,", "f:1: no kind" },
		{ ",hang", "f:1: no kind" },
		{ ":f", "f:1: no kind" },
		{ "hang,bogus:f", "f:1: bogus: no kind" },
		{ "pgmap=pmem0", "f:1: pgmap=pmem0: no k" },
		{ "hang:", "f:1: hang:: nothing to match" },
		{ "hang pgmap=", "f:1: pgmap=: nothing to match" },
		{ "hang comm= type=x", "f:1: comm=: nothing" },
		{ "hang frame=", "f:1: frame=: noth" },
		{ "hang pgmap", "f:1: pgmap: unknown; there are pgmap=, type=, comm= and frame=" },
		{ "hang pgmaps=x", "f:1: pgmaps=x: unknown" },
		{ "hang =x", "f:1: =x: unknown" },
		{ "hang PGMAP=x", "f:1: PGMAP=x: unknown" },
		{ "hang hang", "f:1: hang: unknown" },
		{ "hang comm=my prog", "f:1: prog: unknown" },
		{ "hang pgmap=a pgmap=b", "f:1: pgmap=b: given twice" },
		{ "hang comm=a type=c comm=b", "f:1: comm=b: given twice" },
		{ "hang type=a type=a", "f:1: type=a: given twice" },
		{ "hang comm=a\\", "f:1: comm=a\\: a backslash must be followed by" },
		{ "hang:\\n", "f:1: hang:\\n: a backslash must be followed by" },
		{ "hang comm=\\x00", "f:1: comm=\\x00: a backslash must be followed by" },
		{ "hang\rhang\n", "f:1: byte 5 is 0x0d: is this a text file?" },
		{ "hang\r\r\n", "f:1: byte 5 is 0x0d" },
		{ "#\x1b[0m", "f:1: byte 2 is 0x1b" },
		{ "hang\n\x7f"
		  "ELF\x02",
		  "f:2: byte 1 is 0x7f" },
		{ "hang\n\xef\xbb\xbf", "f:2: ???: no kind" },
		{ "hang \xc3\xa9=x", "f:1: ?\?=x: unknown" },
		{ "leakleakleakleakleakleakleakleakleakleakleakleakleak",
		  "f:1: leakleakleakleakleakleakleakleakleakleakleak...: no kind" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct allow *a = (struct allow *)state, *untouched = a;
		char why[256] = "";

		assert_int_equal(allow__parse("f", bad[i].text, strlen(bad[i].text), &a, why,
					      sizeof(why)),
				 -EINVAL);
		assert_ptr_equal(a, untouched);
		if (strncmp(why, bad[i].why, strlen(bad[i].why)))
			fail_msg("\"%s\": %s", bad[i].text, why);
		/* a small buffer holds its begin */
		assert_int_equal(allow__parse("f", bad[i].text, strlen(bad[i].text), &a, why, 4),
				 -EINVAL);
		assert_int_equal(strlen(why), 3);
		assert_memory_equal(why, bad[i].why, 3);
	}
}

static void test_nul_bytes(void **state)
{
	struct allow *a = NULL;
	char why[128];

	(void)state;
	assert_int_equal(allow__parse("f", "hang\0\n", 6, &a, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "f:1: byte 5 is 0x00: is this a text file?");
	/* UTF-16 */
	assert_int_equal(allow__parse("f", "h\0a\0n\0g\0\n\0", 10, &a, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "f:1: byte 2 is 0x00: is this a text file?");
	assert_null(a);
}

static void test_lines_of_the_longest_kind(void **state)
{
	char text[ALLOW_LINE + 8], why[128];
	struct allow *a = NULL;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "hang comm=", 10);
	memcpy(text + ALLOW_LINE, "\r\n", 2);
	assert_int_equal(allow__parse("f", text, ALLOW_LINE + 2, &a, why, sizeof(why)), 0);
	assert_int_equal(allow__nr(a), 1);
	allow__free(a);
	text[ALLOW_LINE] = 'x';
	assert_int_equal(allow__parse("f", text, ALLOW_LINE + 2, &a, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "f:1: longer than 4096 bytes");
	/* a comment, too */
	text[0] = '#';
	assert_int_equal(allow__parse("f", text, ALLOW_LINE + 1, &a, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "f:1: longer than 4096 bytes");
}

static void test_very_many_patterns(void **state)
{
	size_t size = (ALLOW_PATTERNS + 4) * 20, n = 0;
	char *text = malloc(size), why[128];
	struct allow_subject s = { .kind = "hang", .pgmap = "p99999" };
	struct allow *a = NULL;
	const char *line;
	unsigned int nr;
	uint64_t used;

	(void)state;
	assert_non_null(text);
	for (unsigned int i = 0; i < ALLOW_PATTERNS; i++)
		n += sprintf(text + n, "hang pgmap=p%u\n", i);
	assert_true(n < size);
	assert_int_equal(allow__parse("f", text, n, &a, why, sizeof(why)), 0);
	assert_int_equal(allow__nr(a), ALLOW_PATTERNS);
	assert_true(allow__match(a, &s));
	allow__count(a, true);
	allow__pattern(a, ALLOW_PATTERNS - 1, &line, &nr, &used);
	assert_string_equal(line, "hang pgmap=p99999");
	assert_int_equal(nr, ALLOW_PATTERNS);
	assert_int_equal(used, 1);
	allow__free(a);
	a = NULL;
	n += sprintf(text + n, "# a comment is none\n");
	assert_int_equal(allow__parse("f", text, n, &a, why, sizeof(why)), 0);
	allow__free(a);
	n += sprintf(text + n, "hang\n");
	assert_int_equal(allow__parse("f", text, n, &a, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "f:100002: more than 100000 patterns");
	free(text);
}

/* ---- files --------------------------------------------------------------------------- */

static void write_file(const char *data, size_t n)
{
	FILE *f = fopen(out_path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void test_a_file(void **state)
{
	struct allow *a = NULL;
	char why[256], expected[256];

	(void)state;
	write_file("hang\n", 5);
	assert_int_equal(read_allow__file(out_path, &a, why, sizeof(why)), 0);
	assert_int_equal(allow__nr(a), 1);
	allow__free(a);
	write_file("hang\nbogus\n", 11);
	assert_int_equal(read_allow__file(out_path, &a, why, sizeof(why)), -EINVAL);
	snprintf(expected, sizeof(expected), "%s:2: bogus: no kind of leak", out_path);
	assert_memory_equal(why, expected, strlen(expected));
	write_file("", 0);
	assert_int_equal(read_allow__file(out_path, &a, why, sizeof(why)), 0);
	assert_int_equal(allow__nr(a), 0);
	allow__free(a);
}

static void test_what_cannot_be_read(void **state)
{
	struct allow *a = (struct allow *)state, *untouched = a;
	char why[256];

	(void)state;
	assert_int_equal(read_allow__file(out_path, &a, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "");
	assert_int_equal(read_allow__file(out_dir, &a, why, sizeof(why)), -EISDIR);
	assert_int_equal(read_allow__file("", &a, why, sizeof(why)), -ENOENT);
	assert_int_equal(read_allow__file("/dev/zero", &a, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "/dev/zero:1: byte 1 is 0x00: is this a text file?");
	assert_ptr_equal(a, untouched);
}

static void test_a_file_without_end(void **state)
{
	static char chunk[1 << 16];
	struct allow *a = NULL;
	char why[256], expected[256];
	FILE *f = fopen(out_path, "w");

	(void)state;
	assert_non_null(f);
	memset(chunk, '\n', sizeof(chunk));
	for (unsigned int i = 0; i < ALLOW_BYTES / sizeof(chunk); i++)
		assert_int_equal(fwrite(chunk, 1, sizeof(chunk), f), sizeof(chunk));
	assert_int_equal(fflush(f), 0);
	assert_int_equal(read_allow__file(out_path, &a, why, sizeof(why)), 0);
	allow__free(a);
	a = NULL;
	fputc('\n', f);
	fclose(f);
	assert_int_equal(read_allow__file(out_path, &a, why, sizeof(why)), -EINVAL);
	snprintf(expected, sizeof(expected), "%s:1: more than 16 MiB: is this the right file?",
		 out_path);
	assert_string_equal(why, expected);
	assert_null(a);
}

/* ---- generated lines ----------------------------------------------------------------- */

static void assert_generated(const struct allow_subject *s, const char *expected)
{
	char buf[ALLOW_LINE + 1];

	assert_int_equal(allow__generate(s, buf, sizeof(buf)), 0);
	assert_string_equal(buf, expected);
	assert_true(line_matches(buf, s));
}

static void test_generated_lines(void **state)
{
	static const char *const deep[] = { "a+0x1", "b", "c", "d", "e" };
	static const char *const nameless[] = { "0xffffffff81000000", NULL, "", "+0x36" };

	(void)state;
	assert_generated(&(struct allow_subject){ .kind = NULL }, "leak");
	assert_generated(&(struct allow_subject){ .kind = "hang" }, "hang");
	assert_generated(&(struct allow_subject){ .kind = "hang, underflow" }, "hang,underflow");
	assert_generated(
		&(struct allow_subject){
			.kind = "hang", .pgmap = "pmem0", .type = "fsdax", .comm = "fio", STACK },
		"hang:get_dev_pagemap pgmap=pmem0 type=fsdax comm=fio "
		"frame=__gup_longterm frame=vfio_pin_pages.constprop.0 frame=do_syscall_64");
	assert_generated(
		&(struct allow_subject){ .kind = "underflow", .frames = deep, .nr_frames = 5 },
		"underflow:a frame=b frame=c frame=d");
	assert_generated(
		&(struct allow_subject){ .kind = "hang", .frames = nameless, .nr_frames = 4 },
		"hang");
	assert_generated(&(struct allow_subject){ .kind = "hang", .pgmap = "", .comm = "" }, "hang");
	/* names that would be read as something else */
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
	struct allow_subject s = { .kind = "hang", .pgmap = "pmem0", STACK };
	static char large[3 * ALLOW_LINE], frame[512];
	const char *const frames[] = { frame, frame, frame };
	char name[256], buf[64];

	(void)state;
	assert_int_equal(allow__generate(&s, buf, 0), -ENOSPC);
	assert_int_equal(allow__generate(&s, buf, 4), -ENOSPC);
	assert_int_equal(allow__generate(&s, buf, 20), -ENOSPC);
	/* what is left out are frames */
	assert_int_equal(allow__generate(&s, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "hang:get_dev_pagemap pgmap=pmem0 frame=__gup_longterm");
	assert_true(line_matches(buf, &s));
	/* nothing is written beyond what there is, whatever there is */
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
	/* and a line is never longer than what can be read */
	memset(name, '\xff', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(frame, 'f', sizeof(frame) - 1);
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
		cmocka_unit_test(test_files_without_patterns),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_lines_of_the_longest_kind),
		cmocka_unit_test(test_very_many_patterns),
		TEST(test_a_file),
		TEST(test_what_cannot_be_read),
		TEST(test_a_file_without_end),
		cmocka_unit_test(test_generated_lines),
		cmocka_unit_test(test_generated_lines_are_for_that_leak_only),
		cmocka_unit_test(test_no_room_for_a_generated_line),
		cmocka_unit_test(test_random_subjects_match_their_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

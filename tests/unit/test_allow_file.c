// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Files of suppressions: what is accepted, and the message about each mistake with its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/allow_file.h"
#include "out_dir.h"
#include "run/read_allow.h"

static void test_files_without_patterns(void **state)
{
	static const char *const files[] = {
		"", "\n", "#", "# nothing", "\r\n\r\n", " \t \n#x\n", "\xef\xbb\xbf", "\r"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct allow *a = NULL;
		char why[256];

		assert_int_equal(
			allow__parse("f", files[i], strlen(files[i]), &a, why, sizeof(why)), 0);
		assert_string_equal(why, "");
		assert_int_equal(allow__nr(a), 0);
		assert_false(allow__match(a, &(struct allow_subject){ .kind = "hang" }));
		allow__free(a);
	}
}

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *why; /* why: how the message begins */
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
		{ "hang pgmap",
		  "f:1: pgmap: unknown; there are pgmap=, type=, comm=, frame=, name= and until= " },
		{ "hang name=", "f:1: name=: no name" },
		{ "hang name=a name=b", "f:1: name=b: given twice" },
		{ "hang until=", "f:1: until=: not a date; write until=2027-01-31" },
		{ "hang until=2027-1-31", "f:1: until=2027-1-31: not a date" },
		{ "hang until=2027-13-01", "f:1: until=2027-13-01: not a date" },
		{ "hang until=2027-00-01", "f:1: until=2027-00-01: not a date" },
		{ "hang until=2027-04-31", "f:1: until=2027-04-31: not a date" },
		{ "hang until=2027-01-00", "f:1: until=2027-01-00: not a date" },
		{ "hang until=0000-01-01", "f:1: until=0000-01-01: not a date" },
		{ "hang until=2027/01/31", "f:1: until=2027/01/31: not a date" },
		{ "hang until=2027-01-31x", "f:1: until=2027-01-31x: not a date" },
		{ "hang until=+027-01-31", "f:1: until=+027-01-31: not a date" },
		{ "hang until=2027-01-31 until=2028-01-31", "f:1: until=2028-01-31: given twice" },
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
		/* a small buffer gets the begin of the message */
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
	/* a text in UTF-16 */
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
	/* a comment has the same limit */
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
	struct allow_row row;

	(void)state;
	assert_non_null(text);
	for (unsigned int i = 0; i < ALLOW_PATTERNS; i++)
		n += sprintf(text + n, "hang pgmap=p%u\n", i);
	assert_true(n < size);
	assert_int_equal(allow__parse("f", text, n, &a, why, sizeof(why)), 0);
	assert_int_equal(allow__nr(a), ALLOW_PATTERNS);
	assert_true(allow__match(a, &s));
	allow__count(a, true);
	allow__pattern(a, ALLOW_PATTERNS - 1, &row);
	assert_string_equal(row.text, "hang pgmap=p99999");
	assert_int_equal(row.line, ALLOW_PATTERNS);
	assert_int_equal(row.used, 1);
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
	char why[256] = "of before";

	(void)state;
	assert_int_equal(read_allow__file(out_path, &a, NULL, 0), -ENOENT);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_without_patterns),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_lines_of_the_longest_kind),
		cmocka_unit_test(test_very_many_patterns),
		TEST(test_a_file),
		TEST(test_what_cannot_be_read),
		TEST(test_a_file_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

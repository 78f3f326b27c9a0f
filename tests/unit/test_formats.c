// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The exact JUnit XML and TAP, and full disks. In tests/formats.t other programs read them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/junit.h"
#include "report/tap.h"

static void add(struct testcases *c, const char *name, enum case_result result, const char *message,
		const char *text, uint64_t ns)
{
	struct testcase t = { "teardown", name, result, message, text, ns, NULL };

	assert_int_equal(testcases__add(c, &t), 0);
}

static struct testcases *one_of_each(void)
{
	struct testcases *c = testcases__new("check <x>");

	add(c, "pmem0", CASE_PASSED, NULL, "not shown", 1234567);
	add(c, "dax0.0 # 1", CASE_FAILED, "leak \"hang\"\\", "\n  dax0.0: leak\n\n    a & b\n",
	    61000000000);
	add(c, "pmem1", CASE_INCONCLUSIVE, NULL, NULL, 0);
	add(c, "pmem2", CASE_SUPPRESSED, "hang # 2", "pmem2: leak", 999);
	return c;
}

static char *junit(struct testcases *c, time_t when, const char *host)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(junit__write(c, f, when, host), 0);
	fclose(f);
	return text;
}

static char *tap(struct testcases *c)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(tap__write(c, f), 0);
	fclose(f);
	return text;
}

static void test_junit(void **state)
{
	struct testcases *c = one_of_each();
	char *text = junit(c, 1669155536, "ci");

	(void)state;
	assert_string_equal(
		text,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n"
		"\t<testsuite name=\"check &lt;x&gt;\" package=\"pgmapref\" id=\"0\" tests=\"4\""
		" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"61.001235\""
		" timestamp=\"2022-11-22T22:18:56\" hostname=\"ci\">\n"
		"\t\t<properties>\n\t\t\t<property name=\"pgmapref\" value=\"" PGMAPREF_VERSION
		"\"/>\n\t\t</properties>\n"
		"\t\t<testcase classname=\"teardown\" name=\"pmem0\" time=\"0.001234\"/>\n"
		"\t\t<testcase classname=\"teardown\" name=\"dax0.0 # 1\" time=\"61.000000\">\n"
		"\t\t\t<failure message=\"leak &quot;hang&quot;\\\" type=\"leak\">\n"
		"  dax0.0: leak\n\n    a &amp; b\n</failure>\n"
		"\t\t</testcase>\n"
		"\t\t<testcase classname=\"teardown\" name=\"pmem1\" time=\"0.000000\">\n"
		"\t\t\t<error message=\"inconclusive\" type=\"inconclusive\"></error>\n"
		"\t\t</testcase>\n"
		"\t\t<testcase classname=\"teardown\" name=\"pmem2\" time=\"0.000000\">\n"
		"\t\t\t<skipped message=\"hang # 2\">pmem2: leak</skipped>\n"
		"\t\t</testcase>\n"
		"\t\t<system-out/>\n\t\t<system-err/>\n\t</testsuite>\n</testsuites>\n");
	free(text);
	testcases__free(c);
}

static void assert_junit_has(time_t when, const char *host, const char *wanted)
{
	struct testcases *c = testcases__new("");
	char *text = junit(c, when, host);

	if (!strstr(text, wanted))
		fail_msg("no %s in %s", wanted, text);
	free(text);
	testcases__free(c);
}

static void test_junit_without_names(void **state)
{
	(void)state;
	assert_junit_has(0, NULL, " name=\"pgmapref\"");
	assert_junit_has(0, NULL, " hostname=\"localhost\"");
	assert_junit_has(0, "", " hostname=\"localhost\"");
	/* the schema allows no year with five digits */
	assert_junit_has(253402300799, "h", "\"9999-12-31T23:59:59\"");
	assert_junit_has(253402300800, "h", "\"1970-01-01T00:00:00\"");
	assert_junit_has(-1, "h", "\"1970-01-01T00:00:00\"");
	assert_junit_has(0, "h", "\"1970-01-01T00:00:00\"");
}

static void test_junit_types_and_properties(void **state)
{
	struct testcase leak = { .class_name = "c",
				 .name = "n",
				 .result = CASE_FAILED,
				 .message = "2 references left by a/1",
				 .type = "excess-at-end" },
			doubt = { .class_name = "c",
				  .name = "m",
				  .result = CASE_INCONCLUSIVE,
				  .message = "lost: x 1",
				  .type = "" };
	struct testcases *c = testcases__new("s");
	char *got;

	(void)state;
	assert_int_equal(testcases__add(c, &leak), 0);
	assert_int_equal(testcases__add(c, &doubt), 0);
	assert_int_equal(testcases__add_property(c, "command", "sh -c \"a && b\""), 0);
	assert_int_equal(testcases__add_property(c, "hooks", "26 of 26"), 0);
	got = junit(c, 0, NULL);
	/* GitLab shows the text and not the message: without a text, the message is the text. */
	assert_non_null(strstr(got, "<failure message=\"2 references left by a/1\" "
				    "type=\"excess-at-end\">2 references left by a/1</failure>"));
	assert_non_null(strstr(
		got, "<error message=\"lost: x 1\" type=\"inconclusive\">lost: x 1</error>"));
	assert_non_null(strstr(got,
			       "<property name=\"command\" value=\"sh -c &quot;a &amp;&amp; "
			       "b&quot;\"/>\n\t\t\t<property name=\"hooks\" value=\"26 of 26\"/>"
			       "\n\t\t</properties>"));
	free(got);
	testcases__free(c);
}

static void test_junit_escapes(void **state)
{
	static const char text[] = "<&>\"'\t\r\n]]>\x01\x7f\xff\xc3\xa9\xef\xbf\xbe\xf0\x9f\x98\x80";
	struct testcases *c = testcases__new("s");
	char *got;

	(void)state;
	add(c, "n", CASE_FAILED, text, text, 0);
	got = junit(c, 0, NULL);
	assert_non_null(
		strstr(got, " message=\"&lt;&amp;&gt;&quot;'&#9;&#13;&#10;]]&gt;"
			    "\xef\xbf\xbd\x7f\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xf0\x9f\x98\x80\""));
	assert_non_null(strstr(got, ">&lt;&amp;&gt;\"'\t&#13;\n]]&gt;\xef\xbf\xbd\x7f\xef\xbf\xbd"
				    "\xc3\xa9\xef\xbf\xbd\xf0\x9f\x98\x80</failure>"));
	free(got);
	testcases__free(c);
}

/* The first and the last character of each range that XML 1.0 allows, and their neighbours. */
static void test_junit_characters(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "\x1f|", "\xef\xbf\xbd|" },
		{ " |", " |" },
		{ "\xed\x9f\xbf|", "\xed\x9f\xbf|" }, /* U+D7FF */
		{ "\xee\x80\x80|", "\xee\x80\x80|" }, /* U+E000 */
		{ "\xef\xbf\xbd|", "\xef\xbf\xbd|" }, /* U+FFFD */
		{ "\xef\xbf\xbe|", "\xef\xbf\xbd|" }, /* U+FFFE */
		{ "\xef\xbf\xbf|", "\xef\xbf\xbd|" }, /* U+FFFF */
		{ "\xf0\x90\x80\x80|", "\xf0\x90\x80\x80|" }, /* U+10000 */
		{ "\xf4\x8f\xbf\xbf|", "\xf4\x8f\xbf\xbf|" }, /* U+10FFFF */
	};
	char wanted[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct testcases *c = testcases__new("s");
		char *got;

		add(c, "n", CASE_FAILED, rows[i].text, NULL, 0);
		got = junit(c, 0, NULL);
		snprintf(wanted, sizeof(wanted), " message=\"%s\"", rows[i].wanted);
		if (!strstr(got, wanted))
			fail_msg("row %zu: no %s in %s", i, wanted, got);
		free(got);
		testcases__free(c);
	}
}

static void test_tap_white_space(void **state)
{
	struct testcases *c = testcases__new("s");
	char *got;

	(void)state;
	add(c, "n", CASE_FAILED, "one\ntwo\tthree\rfour", "one\ttwo\n", 0);
	got = tap(c);
	assert_non_null(strstr(got, "  message: \"one\\ntwo\\tthree\\rfour\"\n"));
	assert_non_null(strstr(got, "  text: |\n    one\ttwo\n  ...\n"));
	free(got);
	testcases__free(c);
}

static void test_tap(void **state)
{
	struct testcases *c = one_of_each();
	char *text = tap(c);

	(void)state;
	assert_string_equal(text, "TAP version 13\n"
				  "1..4\n"
				  "ok 1 - teardown: pmem0\n"
				  "not ok 2 - teardown: dax0.0 \\# 1\n"
				  "  ---\n"
				  "  message: \"leak \\\"hang\\\"\\\\\"\n"
				  "  result: failed\n"
				  "  duration_ms: 61000.000\n"
				  "  text: |\n"
				  "    dax0.0: leak\n"
				  "    \n"
				  "        a & b\n"
				  "  ...\n"
				  "not ok 3 - teardown: pmem1\n"
				  "  ---\n"
				  "  message: \"inconclusive\"\n"
				  "  result: inconclusive\n"
				  "  duration_ms: 0.000\n"
				  "  ...\n"
				  "ok 4 - teardown: pmem2 # SKIP suppressed: hang \\# 2\n"
				  "  ---\n"
				  "  message: \"hang # 2\"\n"
				  "  result: suppressed\n"
				  "  duration_ms: 0.000\n"
				  "  text: |\n"
				  "    pmem2: leak\n"
				  "  ...\n");
	free(text);
	testcases__free(c);
}

static void test_tap_of_nothing(void **state)
{
	struct testcases *c = testcases__new("s");
	char *text = tap(c);

	(void)state;
	assert_string_equal(text, "TAP version 13\n1..0 # SKIP nothing was judged\n");
	free(text);
	testcases__free(c);
}

static void test_full_disks(void **state)
{
	static char large[1 << 20];
	struct testcases *c = one_of_each();

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	for (int i = 0; i < 2; i++) {
		FILE *f = fopen("/dev/full", "w");

		assert_non_null(f);
		assert_int_equal(junit__write(c, f, 0, NULL), -ENOSPC);
		fclose(f);
		f = fopen("/dev/full", "w");
		assert_non_null(f);
		assert_int_equal(tap__write(c, f), -ENOSPC);
		fclose(f);
		/* the second time with more than a buffer of stdio */
		add(c, "large", CASE_FAILED, NULL, large, 0);
	}
	testcases__free(c);
}

static ssize_t refuse(void *ctx, const char *buf, size_t size)
{
	(void)ctx, (void)buf, (void)size;
	return 0;
}

/* An earlier errno is not the reason. */
static void test_a_write_that_fails_without_a_reason(void **state)
{
	struct testcases *c = one_of_each();

	(void)state;
	for (int i = 0; i < 2; i++) {
		FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = refuse });

		assert_non_null(f);
		errno = ENOENT;
		assert_int_equal(i ? tap__write(c, f) : junit__write(c, f, 0, NULL), -EIO);
		fclose(f);
	}
	testcases__free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_junit),
		cmocka_unit_test(test_junit_without_names),
		cmocka_unit_test(test_junit_types_and_properties),
		cmocka_unit_test(test_junit_escapes),
		cmocka_unit_test(test_tap),
		cmocka_unit_test(test_tap_of_nothing),
		cmocka_unit_test(test_full_disks),
		cmocka_unit_test(test_junit_characters),
		cmocka_unit_test(test_tap_white_space),
		cmocka_unit_test(test_a_write_that_fails_without_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

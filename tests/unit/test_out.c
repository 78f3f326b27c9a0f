// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Output: text and JSON by the same calls, and strings that are not UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/span.h"
#include "report/out.h"
#include "out_dir.h"

typedef void (*render_fn)(struct out *o);

static const char *render(render_fn fn, bool json)
{
	struct out *o = open_out(json);

	fn(o);
	assert_int_equal(out__error(o), 0);
	assert_int_equal(out__close(o), 0);
	return read_file(out_path);
}

/* Parses one line of strict JSON. The caller frees the result with json_decref(). */
static json_t *parse_line(const char *line)
{
	json_error_t why;
	json_t *v;

	assert_true(strlen(line) > 0);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	v = json_loads(line, JSON_REJECT_DUPLICATES, &why);
	if (!v)
		fail_msg("%s: %s", line, why.text);
	assert_true(json_is_object(v));
	return v;
}

static void assert_rendered(render_fn fn, const char *text, const char *json)
{
	assert_string_equal(render(fn, false), text);
	assert_string_equal(render(fn, true), json);
	json_decref(parse_line(json));
}

/* ---- fields ------------------------------------------------------------------------- */

static void every_field(struct out *o)
{
	out__begin(o, "sample");
	out__str(o, "name", "%-8s|", "pmem0");
	out__int(o, "value", " value %s", -131073);
	out__figure(o, "known", "%3s", true, 7);
	out__figure(o, "not_known", "%3s", false, 8);
	out__delta(o, "up", " %4s", 3);
	out__delta(o, "down", " %4s", -1);
	out__delta(o, "same", " %s", 0);
	out__hex(o, "addr", " %s", 0xffff888100000000ull);
	out__span(o, "took_ns", " in %s", 2010000000);
	out__bool(o, "drained", " drained", true);
	out__bool(o, "gone", " gone", false);
	out__text(o, " (%d%%)\n", 50);
	out__end(o);
}

static void test_every_field_in_text_and_json(void **state)
{
	(void)state;
	assert_rendered(
		every_field,
		"pmem0   | value -131073  7  ?   +3   -1 +0 0xffff888100000000 in 2.01 s drained"
		" (50%)\n",
		"{\"type\":\"sample\",\"name\":\"pmem0\",\"value\":-131073,\"known\":7,\"up\":3,"
		"\"down\":-1,\"same\":0,\"addr\":\"0xffff888100000000\","
		"\"took_ns\":2010000000,\"drained\":true,\"gone\":false}\n");
}

static void one_side_only(struct out *o)
{
	out__begin(o, "sides");
	out__str(o, NULL, "text %s", "t");
	out__int(o, NULL, " %s", 1);
	out__figure(o, NULL, " %s", false, 2);
	out__delta(o, NULL, " %s", 2);
	out__hex(o, NULL, " %s", 3);
	out__span(o, NULL, " %s", 4);
	out__bool(o, NULL, " yes", true);
	out__str(o, "s", NULL, "j");
	out__int(o, "i", NULL, 1);
	out__figure(o, "f", NULL, false, 2);
	out__delta(o, "d", NULL, 2);
	out__hex(o, "h", NULL, 3);
	out__span(o, "ns", NULL, 4);
	out__bool(o, "b", NULL, true);
	out__end(o);
}

static void test_no_key_is_text_only_and_no_format_json_only(void **state)
{
	(void)state;
	assert_rendered(one_side_only, "text t 1 ? +2 0x3 4 ns yes",
			"{\"type\":\"sides\",\"s\":\"j\",\"i\":1,\"d\":2,\"h\":\"0x3\",\"ns\":4,"
			"\"b\":true}\n");
}

static void extremes(struct out *o)
{
	out__begin(o, "extremes");
	out__int(o, "least", "%s ", INT64_MIN);
	out__int(o, "most", "%s ", INT64_MAX);
	out__delta(o, "least_delta", "%s ", INT64_MIN);
	out__delta(o, "most_delta", "%s ", INT64_MAX);
	out__hex(o, "ones", "%s ", UINT64_MAX);
	out__hex(o, "zero", "%s\n", 0);
	out__end(o);
}

static void test_extremes(void **state)
{
	(void)state;
	assert_rendered(extremes,
			"-9223372036854775808 9223372036854775807 -9223372036854775808 "
			"+9223372036854775807 0xffffffffffffffff 0x0\n",
			"{\"type\":\"extremes\",\"least\":-9223372036854775808,"
			"\"most\":9223372036854775807,\"least_delta\":-9223372036854775808,"
			"\"most_delta\":9223372036854775807,\"ones\":\"0xffffffffffffffff\","
			"\"zero\":\"0x0\"}\n");
}

static void text_outside(struct out *o)
{
	out__int(o, "lost", NULL, 4); /* no record is open */
	out__text(o, "HEAD\n");
	out__begin(o, "one");
	out__int(o, "n", "%s\n", 1);
	out__end(o);
	out__text(o, "between\n");
	out__int(o, "lost", NULL, 5);
	out__begin(o, "two");
	out__int(o, "n", "%s\n", 2);
	out__end(o);
}

static void test_a_record_is_a_line(void **state)
{
	(void)state;
	assert_string_equal(render(text_outside, false), "HEAD\n1\nbetween\n2\n");
	assert_string_equal(render(text_outside, true),
			    "{\"type\":\"one\",\"n\":1}\n{\"type\":\"two\",\"n\":2}\n");
}

static void empty_record(struct out *o)
{
	out__begin(o, "empty");
	out__end(o);
}

static void test_empty_record(void **state)
{
	(void)state;
	assert_rendered(empty_record, "", "{\"type\":\"empty\"}\n");
}

/* ---- strings ------------------------------------------------------------------------- */

static const char *hostile;

static void one_string(struct out *o)
{
	out__begin(o, "s");
	out__str(o, "v", "%s", hostile);
	out__end(o);
}

static void assert_string(const char *given, const char *expected)
{
	json_t *v;

	hostile = given;
	v = parse_line(render(one_string, true));
	assert_string_equal(json_string_value(json_object_get(v, "v")), expected);
	json_decref(v);
}

static void test_strings_survive_json(void **state)
{
	/* clang-format off */
	static const char *const same[] = {
		"", "plain", "a \"quoted\" \\ back\\slash", "tab\tnew\nline\r",
		"\x01\x1b[31mred\x7f", "</script>", "caf\xc3\xa9", "\xe2\x96\x81\xe2\x96\x88",
		"\xf0\x9f\x90\xa7", "%s%n%p", "{\"type\":\"fake\"}",
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		assert_string(same[i], same[i]);
}

static void test_what_is_no_utf8_stays_one_line_of_json(void **state)
{
	static const struct {
		const char *given, *expected;
	} strings[] = {
		{ "pm\xff"
		  "em",
		  "pm?em" },
		{ "\x80", "?" },
		{ "cut \xe2\x96", "cut ??" },
		{ "over\xc0\xaf"
		  "long",
		  "over??long" },
		{ "\xed\xa0\x80", "???" },
		{ "\xff\n\"\x01", "?\n\"\x01" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		assert_string(strings[i].given, strings[i].expected);
}

static void test_long_strings(void **state)
{
	static char text[5000];
	json_t *v;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_string(text, text);
	/* a string that is not UTF-8 may be cut, but the JSON is valid */
	text[10] = '\xff';
	hostile = text;
	v = parse_line(render(one_string, true));
	assert_memory_equal(json_string_value(json_object_get(v, "v")), "xxxxxxxxxx?xxxx", 15);
	assert_int_equal(json_string_length(json_object_get(v, "v")), 255);
	json_decref(v);
	assert_string_equal(render(one_string, false), text);
}

static void test_text_keeps_bytes_and_percent_signs(void **state)
{
	(void)state;
	hostile = "100%s \xff %n";
	assert_string_equal(render(one_string, false), hostile);
}

/* ---- nesting --------------------------------------------------------------------------- */

static void nested(struct out *o)
{
	out__begin(o, "nested");
	out__object(o, "pgmap");
	out__str(o, "name", "%s:", "pmem0");
	out__array(o, "ranges");
	for (int i = 0; i < 2; i++) {
		out__object(o, NULL);
		out__hex(o, "start", " %s", 0x1000 * (i + 1));
		out__pop(o);
	}
	out__pop(o);
	out__int(o, "pages", " %s", 2);
	out__pop(o);
	out__array(o, "counts");
	out__int(o, "", " %s", 1);
	out__int(o, "", " %s", 2);
	out__str(o, "", " %s", "three");
	out__pop(o);
	out__array(o, "none");
	out__pop(o);
	out__bool(o, "last", "\n", true);
	out__end(o);
}

static void test_nesting(void **state)
{
	(void)state;
	assert_rendered(nested, "pmem0: 0x1000 0x2000 2 1 2 three\n",
			"{\"type\":\"nested\",\"pgmap\":{\"name\":\"pmem0\",\"ranges\":"
			"[{\"start\":\"0x1000\"},{\"start\":\"0x2000\"}],\"pages\":2},"
			"\"counts\":[1,2,\"three\"],\"none\":[],\"last\":true}\n");
}

static void deep(struct out *o)
{
	char key[2] = "a";

	out__begin(o, "deep");
	for (int i = 0; i < 7; i++, key[0]++)
		out__object(o, key);
	out__int(o, "x", NULL, 1);
	for (int i = 0; i < 7; i++)
		out__pop(o);
	out__int(o, "y", NULL, 2);
	out__end(o);
}

static void test_seven_levels(void **state)
{
	(void)state;
	assert_rendered(deep, "",
			"{\"type\":\"deep\",\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":"
			"{\"x\":1}}}}}}},\"y\":2}\n");
}

/* A record without an end is not written, and is freed (ASan checks this). */
static void unfinished(struct out *o)
{
	out__begin(o, "whole");
	out__end(o);
	out__begin(o, "half");
	out__array(o, "list");
	out__int(o, "", NULL, 1);
}

static void begun(struct out *o)
{
	out__begin(o, "half");
}

static void test_unfinished_record_is_not_written(void **state)
{
	(void)state;
	assert_string_equal(render(unfinished, true), "{\"type\":\"whole\"}\n");
	assert_string_equal(render(begun, true), "");
}

static void test_many_records(void **state)
{
	struct out *o = open_out(true);
	char line[4096];
	int n = 0;
	FILE *f;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		out__begin(o, "many");
		out__int(o, "i", NULL, i);
		out__str(o, "pad", NULL, "................................");
		out__end(o);
	}
	assert_int_equal(out__close(o), 0);
	f = fopen(out_path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		json_t *v = parse_line(line);

		assert_int_equal(json_integer_value(json_object_get(v, "i")), n++);
		json_decref(v);
	}
	fclose(f);
	assert_int_equal(n, 3000);
}

/* ---- spans -------------------------------------------------------------------------------- */

static void test_spans(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} spans[] = {
		{ 0, "0 ns" },
		{ 1, "1 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.0 us" },
		{ 13260, "13.3 us" },
		{ 999900, "999.9 us" },
		{ 1000000, "1.0 ms" },
		{ 13200000, "13.2 ms" },
		{ 999900000, "999.9 ms" },
		{ 1000000000, "1.00 s" },
		{ 2010000000, "2.01 s" },
		{ 3600000000000ull, "3600.00 s" },
		{ UINT64_MAX, "18446744073.71 s" },
	};
	char buf[32], tiny[4];

	(void)state;
	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
		assert_ptr_equal(span__text(spans[i].ns, buf, sizeof(buf)), buf);
		assert_string_equal(buf, spans[i].text);
	}
	assert_string_equal(span__text(123456, tiny, sizeof(tiny)), "123");
}

/* ---- paragraphs ----------------------------------------------------------------------------- */

static const char *paragraph(unsigned int width, const char *lead, unsigned int rest,
			     const char *text)
{
	struct out *o = open_out(false);

	out__set_width(o, width);
	assert_int_equal(out__width(o), width);
	out__paragraph(o, lead, rest);
	out__str(o, NULL, "%s", text);
	out__paragraph_end(o);
	out__text(o, "after\n");
	assert_int_equal(out__close(o), 0);
	return read_file(out_path);
}

static void test_paragraphs(void **state)
{
	(void)state;
	assert_string_equal(paragraph(12, "WHO ", 2, "one two three\n four"),
			    "WHO one two\n  three four\nafter\n");
	/* Exactly as wide as the line. */
	assert_string_equal(paragraph(7, "", 0, "abc def ghi"), "abc def\nghi\nafter\n");
	/* A word that is longer than a line. */
	assert_string_equal(paragraph(5, "a ", 1, "123456789 b"), "a 123456789\n b\nafter\n");
	/* Only the last line of what stands before it counts. */
	assert_string_equal(paragraph(8, "\nlong line\n ", 1, "abc def"),
			    "\nlong line\n abc def\nafter\n");
	assert_string_equal(paragraph(20, "x", 0, ""), "x\nafter\n");
	/* Characters count, not bytes. */
	assert_string_equal(paragraph(7, "", 0, "äöü äöü"), "äöü äöü\nafter\n");
}

static void test_a_number_and_its_unit(void **state)
{
	(void)state;
	assert_string_equal(paragraph(12, "", 0, "waits 2.70 s now"), "waits 2.70 s\nnow\nafter\n");
	assert_string_equal(paragraph(8, "", 0, "waits 2.7 s."), "waits\n2.7 s.\nafter\n");
	assert_string_equal(paragraph(8, "", 0, "size 512 MiB at"), "size\n512 MiB\nat\nafter\n");
	/* No unit. */
	assert_string_equal(paragraph(8, "", 0, "of 4 sorts"), "of 4\nsorts\nafter\n");
}

static void test_no_paragraph_in_json(void **state)
{
	struct out *o = open_out(true);

	(void)state;
	out__begin(o, "x");
	out__paragraph(o, "lead", 0);
	out__str(o, "s", "%s", "a  b");
	out__paragraph_end(o);
	out__end(o);
	out__sync(o);
	assert_int_equal(out__close(o), 0);
	assert_string_equal(read_file(out_path), "{\"type\":\"x\",\"s\":\"a  b\"}\n");
}

/* ---- styles -------------------------------------------------------------------------- */

static void put_styled(struct out *o)
{
	out__begin(o, "styled");
	out__style(o, OUT_BAD);
	out__str(o, "verdict", "%-6s|", "leak");
	out__hex(o, "addr", " at %s;", 0x1000);
	out__text(o, " on\n");
	out__hex(o, "hidden", NULL, 0x2000);
	out__int(o, "n", "end %s %%\n", 12);
	out__style(o, OUT_PLAIN);
	out__end(o);
}

static void put_in_color(struct out *o)
{
	out__set_color(o, true);
	put_styled(o);
}

static void test_styles_are_codes_around_the_text(void **state)
{
	const char *json = "{\"type\":\"styled\",\"verdict\":\"leak\",\"addr\":\"0x1000\","
			   "\"hidden\":\"0x2000\",\"n\":12}\n";

	(void)state;
	assert_rendered(put_styled, "leak  | at 0x1000; on\nend 12 %\n", json);
	assert_rendered(
		put_in_color,
		"\033[1;31mleak  \033[0m| at \033[2m0x1000\033[0m; on\nend \033[1;31m12\033[0m %\n",
		json);
}

/* The first line has 20 columns, and a number keeps its unit. */
static void put_styled_words(struct out *o)
{
	out__set_color(o, true);
	out__set_width(o, 20);
	out__paragraph(o, "a ", 2);
	out__style(o, OUT_GOOD);
	out__str(o, NULL, "%s ", "words words 12345");
	out__style(o, OUT_NAME);
	out__str(o, NULL, "%s", "67 ms");
	out__style(o, OUT_PLAIN);
	out__str(o, NULL, "%s", " 1234567 345 78 9");
	out__paragraph_end(o);
}

static unsigned int befores;

static void count_before(void)
{
	befores++;
}

static void put_two_records(struct out *o)
{
	out__set_before(o, count_before);
	put_styled(o);
	put_styled(o);
}

static void test_a_call_before_each_record(void **state)
{
	(void)state;
	befores = 0;
	render(put_two_records, false);
	assert_int_equal(befores, 2);
	render(put_two_records, true);
	assert_int_equal(befores, 4);
}

static void test_styles_have_no_columns(void **state)
{
	(void)state;
	assert_string_equal(render(put_styled_words, false), "a \033[32mwords words 12345\033[0m\n"
							     "  \033[1m67 ms\033[0m 1234567 345\n"
							     "  78 9\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_field_in_text_and_json),
		TEST(test_no_key_is_text_only_and_no_format_json_only),
		TEST(test_extremes),
		TEST(test_a_record_is_a_line),
		TEST(test_empty_record),
		TEST(test_strings_survive_json),
		TEST(test_what_is_no_utf8_stays_one_line_of_json),
		TEST(test_long_strings),
		TEST(test_text_keeps_bytes_and_percent_signs),
		TEST(test_nesting),
		TEST(test_seven_levels),
		TEST(test_unfinished_record_is_not_written),
		TEST(test_many_records),
		cmocka_unit_test(test_spans),
		TEST(test_paragraphs),
		TEST(test_a_number_and_its_unit),
		TEST(test_no_paragraph_in_json),
		TEST(test_styles_are_codes_around_the_text),
		TEST(test_styles_have_no_columns),
		TEST(test_a_call_before_each_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

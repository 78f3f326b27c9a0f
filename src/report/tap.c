// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "report/tap.h"

static void put_char(FILE *f, uint32_t c)
{
	char buf[4];
	size_t n = utf8__encode(utf8__shown(c) ? c : UTF8_BAD, buf);

	fwrite(buf, 1, n, f);
}

/* In the line of a test '#' begins a directive; '\' escapes it. */
static void put_description(FILE *f, const char *s)
{
	while (*s) {
		uint32_t c;

		s += utf8__decode(s, &c);
		if (c == '#' || c == '\\')
			fputc('\\', f);
		put_char(f, c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
	}
}

/* In double quotes. Uses only escapes that both YAML and TAP::Parser's YAMLish know. */
static void put_quoted(FILE *f, const char *s)
{
	fputc('"', f);
	while (*s) {
		uint32_t c;

		s += utf8__decode(s, &c);
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (char)c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c == '\t')
			fputs("\\t", f);
		else if (c == '\r')
			fputs("\\r", f);
		else
			put_char(f, c);
	}
	fputc('"', f);
}

/*
 * Writes a block for people. YAML takes the indentation of the block from its first line, and
 * TAP::Parser knows no other way to set it. Therefore leading blanks of the text are dropped.
 */
static void put_block(FILE *f, const char *s)
{
	s += strspn(s, " \t\r\n");
	fputs("  text: |\n    ", f);
	while (*s) {
		uint32_t c;

		s += utf8__decode(s, &c);
		if (c == '\n' && *s)
			fputs("\n    ", f);
		else if (c == '\t')
			fputc('\t', f);
		else if (c != '\n')
			put_char(f, c);
	}
	fputc('\n', f);
}

static void put_case(FILE *f, size_t number, const struct testcase *t)
{
	const char *message = t->message ? t->message : testcase__result_name(t->result);
	bool ok = t->result == CASE_PASSED || t->result == CASE_SUPPRESSED;

	fprintf(f, "%s %zu - ", ok ? "ok" : "not ok", number);
	put_description(f, t->class_name);
	fputs(": ", f);
	put_description(f, t->name);
	if (t->result == CASE_SUPPRESSED) {
		fputs(" # SKIP suppressed: ", f);
		put_description(f, message);
	}
	fputc('\n', f);
	if (t->result == CASE_PASSED)
		return;
	fputs("  ---\n  message: ", f);
	put_quoted(f, message);
	fprintf(f, "\n  result: %s\n", testcase__result_name(t->result));
	fprintf(f, "  duration_ms: %" PRIu64 ".%03" PRIu64 "\n", t->ns / NSEC_PER_MSEC,
		t->ns % NSEC_PER_MSEC / NSEC_PER_USEC);
	if (t->text && t->text[strspn(t->text, " \t\r\n")])
		put_block(f, t->text);
	fputs("  ...\n", f);
}

int tap__write(const struct testcases *c, FILE *f)
{
	size_t nr = testcases__nr(c);

	errno = 0;
	fprintf(f, "TAP version 13\n1..%zu%s\n", nr, nr ? "" : " # SKIP nothing was judged");
	for (size_t i = 0; i < nr; i++)
		put_case(f, i + 1, testcases__at(c, i));
	if (fflush(f) || ferror(f))
		return errno ? -errno : -EIO;
	return 0;
}

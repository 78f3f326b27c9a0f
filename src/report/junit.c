// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "report/junit.h"

#ifndef PGMAPREF_VERSION
#define PGMAPREF_VERSION "unknown"
#endif

/* XML 1.0, production [2] Char: a document may have no other character, not even as &#n;. */
static bool allowed(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xd800) ||
	       (c >= 0xe000 && c < 0xfffe) || (c >= 0x10000 && c <= 0x10ffff);
}

static void put(FILE *f, const char *s, bool attribute)
{
	while (*s) {
		char buf[4];
		uint32_t c;
		size_t n;

		s += utf8__decode(s, &c);
		if (!allowed(c))
			c = UTF8_BAD;
		n = utf8__encode(c, buf);
		if (c == '&')
			fputs("&amp;", f);
		else if (c == '<')
			fputs("&lt;", f);
		else if (c == '>') /* also in text, where "]]>" is not allowed */
			fputs("&gt;", f);
		else if (attribute && c == '"')
			fputs("&quot;", f);
		/* Unescaped, parsers turn these into blanks in attributes, and "\r" into "\n". */
		else if (c == '\r' || (attribute && (c == '\t' || c == '\n')))
			fprintf(f, "&#%" PRIu32 ";", c);
		else
			fwrite(buf, 1, n, f);
	}
}

static void put_attribute(FILE *f, const char *name, const char *value)
{
	fprintf(f, " %s=\"", name);
	put(f, value, true);
	fputc('"', f);
}

/* Does not use %f: in some locales its decimal point is a comma. */
static void put_seconds(FILE *f, uint64_t ns)
{
	fprintf(f, " time=\"%" PRIu64 ".%06" PRIu64 "\"", ns / NSEC_PER_SEC,
		ns % NSEC_PER_SEC / NSEC_PER_USEC);
}

static void put_case(FILE *f, const struct testcase *t)
{
	static const struct {
		const char *element, *type;
	} outcomes[] = {
		[CASE_FAILED] = { "failure", "leak" },
		[CASE_INCONCLUSIVE] = { "error", "inconclusive" },
		[CASE_SUPPRESSED] = { "skipped", NULL },
	};
	const char *element;

	fputs("\t\t<testcase", f);
	put_attribute(f, "classname", t->class_name);
	put_attribute(f, "name", t->name);
	put_seconds(f, t->ns);
	if (t->result == CASE_PASSED) {
		fputs("/>\n", f);
		return;
	}
	element = outcomes[t->result].element;
	fprintf(f, ">\n\t\t\t<%s", element);
	put_attribute(f, "message", t->message ? t->message : testcase__result_name(t->result));
	if (outcomes[t->result].type)
		put_attribute(f, "type", t->type && *t->type ? t->type : outcomes[t->result].type);
	fputc('>', f);
	/* GitLab shows the text and not the message. */
	put(f, t->text ? t->text : t->message ? t->message : "", false);
	fprintf(f, "</%s>\n\t\t</testcase>\n", element);
}

static void put_property(FILE *f, const char *name, const char *value)
{
	fputs("\t\t\t<property", f);
	put_attribute(f, "name", name);
	put_attribute(f, "value", value);
	fputs("/>\n", f);
}

static void put_timestamp(FILE *f, time_t when)
{
	/* The schema requires a year of four digits, and no time zone. */
	static const time_t last = 253402300799; /* 9999-12-31T23:59:59 */
	struct tm tm;

	if (when < 0 || when > last || !gmtime_r(&when, &tm)) {
		when = 0;
		gmtime_r(&when, &tm);
	}
	fprintf(f, " timestamp=\"%04d-%02d-%02dT%02d:%02d:%02d\"", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int junit__write(const struct testcases *c, FILE *f, time_t when, const char *host)
{
	const char *suite = *testcases__suite(c) ? testcases__suite(c) : "pgmapref";

	errno = 0;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\t<testsuite", f);
	put_attribute(f, "name", suite);
	/* Ant's schema requires package and id for a suite within <testsuites>. */
	fputs(" package=\"pgmapref\" id=\"0\"", f);
	fprintf(f, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		testcases__nr(c), testcases__count(c, CASE_FAILED),
		testcases__count(c, CASE_INCONCLUSIVE), testcases__count(c, CASE_SUPPRESSED));
	put_seconds(f, testcases__ns(c));
	put_timestamp(f, when);
	put_attribute(f, "hostname", host && *host ? host : "localhost");
	/* Write at least one property: older schemas of Jenkins refuse an empty list. */
	fputs(">\n\t\t<properties>\n", f);
	put_property(f, "pgmapref", PGMAPREF_VERSION);
	for (size_t i = 0; i < testcases__nr_properties(c); i++)
		put_property(f, testcases__property(c, i)->name, testcases__property(c, i)->value);
	fputs("\t\t</properties>\n", f);
	for (size_t i = 0; i < testcases__nr(c); i++)
		put_case(f, testcases__at(c, i));
	fputs("\t\t<system-out/>\n\t\t<system-err/>\n\t</testsuite>\n</testsuites>\n", f);
	if (fflush(f) || ferror(f))
		return errno ? -errno : -EIO;
	return 0;
}

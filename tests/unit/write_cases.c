// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * write_cases DIR: writes test cases, some with difficult names and texts, as NAME.xml and
 * NAME.tap. tests/formats.t gives them to other programs. NAME.counts has the numbers of each:
 * passed, failed, inconclusive, suppressed.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/testcase.h"
#include "report/junit.h"
#include "report/tap.h"

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "write_cases: %s\n", what);
	exit(1);
}

static FILE *create(const char *dir, const char *name, const char *end)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s", dir, name, end);
	f = fopen(path, "w");
	need(f != NULL, path);
	return f;
}

static void add(struct testcases *c, const char *class_name, const char *name,
		enum case_result result, const char *message, const char *text)
{
	struct testcase t = { class_name, name, result, message, text, 1234567890, NULL };

	need(!testcases__add(c, &t), "testcases__add");
}

/* Also frees c. */
static void write_all(const char *dir, const char *name, struct testcases *c)
{
	FILE *f = create(dir, name, "xml");

	need(!junit__write(c, f, 1669155536, "a<b>&\"host\""), "junit__write");
	need(!fclose(f), "fclose");
	f = create(dir, name, "tap");
	need(!tap__write(c, f), "tap__write");
	need(!fclose(f), "fclose");
	f = create(dir, name, "counts");
	for (int r = CASE_PASSED; r <= CASE_SUPPRESSED; r++)
		fprintf(f, "%zu%c", testcases__count(c, r), r == CASE_SUPPRESSED ? '\n' : ' ');
	need(!fclose(f), "fclose");
	testcases__free(c);
}

/* clang-format off */
static const char *const nasty[] = {
	"", " ", "plain", "a # b", "# SKIP", "# TODO later", "a \\# SKIP b", "\\", "\\\\#", "a\\",
	"ok 1 - no", "not ok 1", "1..0", "Bail out!", "TAP version 14", "  ---", "...", "---",
	"two\nlines", "three\r\n\n\rlines", "tab\tbed", "\n", "\nfirst line empty", "   indented\nless",
	"<failure>", "</testcase>", "]]>", "<![CDATA[", "&amp;", "&#0;", "<?xml?>", "<!--", "-->",
	"'single' \"double\" `back`", "\"", "'", "a: b", "- a", "key: |", "text: \"\\x41\\n\"", "~", "{}",
	"\x01\x02\x1b[31mred\x1b[0m\x7f", "\x80\xff\xfe", "\xc3", "\xc3\xa9t\xc3\xa9",
	"\xe2\x82\xac \xf0\x9f\x98\x80", "\xef\xbf\xbe\xef\xbf\xbf", "\xed\xa0\x80", "\xc0\x80",
	"\xe2\x80\xa8line separator", "\xc2\x85next line", "\xef\xbb\xbfmark", "%s%n%d",
	"ends with blanks   ", "ends with a line\n", "\n\n\n", " \n \n  x\n\n  y\n...\n  ...\nok 7\n",
};
/* clang-format on */
#define NASTY (sizeof(nasty) / sizeof(*nasty))

static void random_bytes(char *buf, size_t most)
{
	static const char often[] = "\n\n  .#\\\"-:|ok19<&>]\x01\xc3\xa9\xe2\x82\xac";
	size_t n = rand() % most;

	for (size_t i = 0; i < n; i++) {
		buf[i] = rand() % 3 ? often[rand() % (sizeof(often) - 1)] : rand() % 255 + 1;
		if (!buf[i])
			buf[i] = 'x';
	}
	buf[n] = '\0';
}

int main(int argc, char **argv)
{
	static const char *const one[] = { "passed", "failed", "inconclusive", "suppressed" };
	static char name[64], message[200], text[4000], large[1 << 20];
	struct testcases *c;

	need(argc == 2, "write_cases DIR");
	/* In every locale the files are UTF-8 and numbers have a point. */
	setlocale(LC_ALL, "");
	write_all(argv[1], "empty", testcases__new("nothing"));
	for (int r = CASE_PASSED; r <= CASE_SUPPRESSED; r++) {
		c = testcases__new("one");
		add(c, "pgmapref.test", "pmem0", r, r ? "leak hang" : NULL,
		    r ? "pmem0: leak\n  a\n" : NULL);
		write_all(argv[1], one[r], c);
	}
	c = testcases__new("");
	for (size_t i = 0; i < NASTY; i++)
		for (int r = CASE_PASSED; r <= CASE_SUPPRESSED; r++)
			add(c, nasty[(i + 7) % NASTY], nasty[i], r,
			    r && i != NASTY - 1 ? nasty[(i + 3) % NASTY] : NULL,
			    i % 4 ? nasty[(i + r) % NASTY] : NULL);
	write_all(argv[1], "nasty", c);
	srand(20221122);
	c = testcases__new("random \x01\xff");
	for (int i = 0; i < 2000; i++) {
		random_bytes(name, sizeof(name));
		random_bytes(message, sizeof(message));
		random_bytes(text, sizeof(text));
		add(c, i % 2 ? "teardown" : name, name, rand() % 4, message, text);
	}
	write_all(argv[1], "random", c);
	c = testcases__new("large");
	for (size_t i = 0; i < sizeof(large) - 1; i++)
		large[i] = i % 80 ? 'x' : '\n';
	add(c, "pgmapref.test", "pmem0", CASE_FAILED, "large", large);
	write_all(argv[1], "large", c);
	return 0;
}

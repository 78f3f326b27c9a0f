// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "golden_file.h"
#include "golden_text.h"

#define COLUMNS 100

static char *name, *all[2];
static size_t len[2];
static FILE *file[2];
static const char *const suffix[] = { "text", "json" };

void golden__begin(const char *of)
{
	name = strdup(of);
	for (int json = 0; json < 2; json++) {
		file[json] = open_memstream(&all[json], &len[json]);
		assert_non_null(file[json]);
	}
}

char *golden__render(const struct report *with, golden_fn fn, bool json)
{
	struct report r = *with;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(out__to(f, json, &r.out), 0);
	fn(&r);
	assert_int_equal(out__close(r.out), 0);
	fclose(f);
	return text;
}

/* A value that fits into one line is written as one line. */
static void put_json(FILE *f, const char *key, const json_t *v, int indent)
{
	char *line = json_dumps(v, JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	const char *k;
	json_t *child;
	size_t i;

	assert_non_null(line);
	fprintf(f, "%*s", indent, "");
	if (key)
		fprintf(f, "\"%s\": ", key);
	if (indent + (key ? strlen(key) + 4 : 0) + strlen(line) < COLUMNS ||
	    !(json_is_object(v) || json_is_array(v))) {
		fprintf(f, "%s\n", line);
	} else {
		fprintf(f, "%c\n", *line);
		json_object_foreach((json_t *)v, k, child) put_json(f, k, child, indent + 2);
		json_array_foreach(v, i, child) put_json(f, NULL, child, indent + 2);
		fprintf(f, "%*s%c\n", indent, "", line[strlen(line) - 1]);
	}
	free(line);
}

static void put_records(FILE *f, char *text)
{
	char *save;

	for (char *s = strtok_r(text, "\n", &save); s; s = strtok_r(NULL, "\n", &save)) {
		json_t *v = json_loads(s, JSON_REJECT_DUPLICATES, NULL);
		char *again;

		if (!v)
			fail_msg("no JSON, or a key twice: %s", s);
		again = json_dumps(v, JSON_COMPACT | JSON_PRESERVE_ORDER);
		assert_string_equal(s, again);
		put_json(f, NULL, v, 0);
		free(again);
		json_decref(v);
	}
}

void golden__add(const char *title, const struct report *r, golden_fn fn)
{
	char *text = golden__render(r, fn, false), *json = golden__render(r, fn, true);

	for (int i = 0; i < 2; i++)
		fprintf(file[i], "---- %s\n", title);
	fputs(text, file[0]);
	put_records(file[1], json);
	free(text);
	free(json);
}

size_t golden__add_width(const char *title, const struct report *with, golden_fn fn,
			 unsigned int columns)
{
	struct report r = *with;
	char *text = NULL;
	size_t n, lines = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(out__to(f, false, &r.out), 0);
	out__set_width(r.out, columns);
	fn(&r);
	assert_int_equal(out__close(r.out), 0);
	fclose(f);
	fprintf(file[0], "---- %s, %u columns\n%s", title, columns, text);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++)
		if (end - line > columns)
			fail_msg("more than %u columns: %.*s", columns, (int)(end - line), line);
	free(text);
	return lines;
}

/* Without codes of styles, which are ESC, '[', numbers and 'm'. */
static char *without_codes(const char *text)
{
	char *plain = strdup(text), *at = plain;

	assert_non_null(plain);
	for (; *text; text++) {
		if (*text == '\033')
			text = strchr(text, 'm');
		else
			*at++ = *text;
		assert_non_null(text);
	}
	*at = '\0';
	return plain;
}

void golden__add_color(const char *title, const struct report *with, golden_fn fn)
{
	char *text = NULL, *plain = golden__render(with, fn, false), *stripped;
	struct report r = *with;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(out__to(f, false, &r.out), 0);
	out__set_color(r.out, true);
	fn(&r);
	assert_int_equal(out__close(r.out), 0);
	fclose(f);
	stripped = without_codes(text);
	assert_string_equal(stripped, plain);
	fprintf(file[0], "---- %s, in colour\n", title);
	for (const char *c = text; *c; c++)
		fputs(*c == '\033' ? "^[" : (char[]){ *c, '\0' }, file[0]);
	free(stripped);
	free(plain);
	free(text);
}

void golden__add_text(const char *title, const char *text)
{
	fprintf(file[0], "---- %s\n%s", title, text);
}

static void path_of(int json, char *buf, size_t size)
{
	const char *slash = strrchr(__FILE__, '/');

	snprintf(buf, size, "%.*s/golden_reports/%s.%s", (int)(slash - __FILE__), __FILE__, name,
		 suffix[json]);
}

void golden__end(void)
{
	bool same = true;
	char path[512];

	for (int json = 0; json < 2; json++) {
		fclose(file[json]);
		path_of(json, path, sizeof(path));
		same = golden_file__is(path, all[json]) && same;
		free(all[json]);
	}
	free(name);
	if (!same)
		fail_msg("not as it was: see the diff; UPDATE_GOLDEN=1 takes it as it is now");
}

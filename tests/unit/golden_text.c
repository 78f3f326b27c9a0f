// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

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

static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r"), *to;
	char *text = NULL;
	size_t n;
	int c;

	if (!f)
		return strdup("");
	to = open_memstream(&text, &n);
	while ((c = getc(f)) != EOF)
		putc(c, to);
	fclose(f);
	fclose(to);
	return text;
}

static void write_whole(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		fail_msg("cannot write %s", path);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* Does the output equal the file? If not, prints both. */
static bool is_same(int json)
{
	char path[512], got[] = "/tmp/test_golden.XXXXXX", command[1200], *wanted;
	bool same;
	int fd;

	path_of(json, path, sizeof(path));
	if (getenv("UPDATE_GOLDEN")) {
		write_whole(path, all[json]);
		return true;
	}
	wanted = read_whole(path);
	same = !strcmp(wanted, all[json]);
	free(wanted);
	if (same)
		return true;
	fd = mkstemp(got);
	assert_true(fd >= 0);
	close(fd);
	write_whole(got, all[json]);
	fflush(stdout);
	snprintf(command, sizeof(command), "diff -u '%s' '%s' >&2", path, got);
	if (system(command) < 0)
		perror("diff");
	unlink(got);
	return false;
}

void golden__end(void)
{
	bool same = true;

	for (int json = 0; json < 2; json++) {
		fclose(file[json]);
		same = is_same(json) && same;
		free(all[json]);
	}
	free(name);
	if (!same)
		fail_msg("not as it was: see the diff; UPDATE_GOLDEN=1 takes it as it is now");
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "model/testcase.h"

struct entry {
	struct testcase t; /* its strings belong to the entry */
	size_t times; /* the last number that was added to this name */
	struct entry *next; /* in the same bucket */
};

/* Small enough for the shortest run, large enough for ten thousand teardowns. */
#define BUCKETS 1024

struct testcases {
	char *suite;
	struct entry **entries;
	size_t nr, room;
	struct testcase_property *properties;
	size_t nr_properties;
	struct entry *bucket[BUCKETS]; /* newest first */
};

static void free_entry(struct entry *e)
{
	if (!e)
		return;
	free((char *)e->t.class_name);
	free((char *)e->t.name);
	free((char *)e->t.message);
	free((char *)e->t.text);
	free((char *)e->t.type);
	free(e);
}

struct testcases *testcases__new(const char *suite)
{
	struct testcases *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->suite = strdup(suite);
	if (!c->suite) {
		free(c);
		return NULL;
	}
	return c;
}

void testcases__free(struct testcases *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->nr; i++)
		free_entry(c->entries[i]);
	free(c->entries);
	for (size_t i = 0; i < c->nr_properties; i++) {
		free((char *)c->properties[i].name);
		free((char *)c->properties[i].value);
	}
	free(c->properties);
	free(c->suite);
	free(c);
}

static size_t hash(const char *class_name, const char *name)
{
	uint32_t h = 2166136261u;

	for (; *class_name; class_name++)
		h = (h ^ (unsigned char)*class_name) * 16777619u;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % BUCKETS;
}

static struct entry *find(const struct testcases *c, const char *class_name, const char *name)
{
	for (struct entry *e = c->bucket[hash(class_name, name)]; e; e = e->next)
		if (!strcmp(e->t.class_name, class_name) && !strcmp(e->t.name, name))
			return e;
	return NULL;
}

/* Returns a name that no case of this class has yet; NULL: no memory. */
static char *unique(const struct testcases *c, const char *class_name, const char *name)
{
	struct entry *first = find(c, class_name, name);
	char *s = NULL;

	if (!first)
		return strdup(name);
	do {
		free(s);
		if (asprintf(&s, "%s (%zu)", name, ++first->times) < 0)
			return NULL;
	} while (find(c, class_name, s));
	return s;
}

/*
 * Returns a name that can be printed. Two names may become equal here, therefore call this before
 * unique().
 */
static char *clean(const char *name)
{
	/* U+FFFD takes three bytes and may replace one byte. */
	char *s = malloc(3 * strlen(name) + 2), *at = s;
	bool blank = false;

	if (!s)
		return NULL;
	while (*name) {
		uint32_t c;

		name += utf8__decode(name, &c);
		if (c == ' ' || (c >= '\t' && c <= '\r')) {
			blank = at != s;
			continue;
		}
		if (blank)
			*at++ = ' ';
		blank = false;
		at += utf8__encode(utf8__shown(c) ? c : UTF8_BAD, at);
	}
	if (at == s)
		*at++ = '?';
	*at = '\0';
	return s;
}

static int copy(const char *s, const char **out)
{
	if (!s)
		return 0;
	*out = strdup(s);
	return *out ? 0 : -ENOMEM;
}

static int make_room(struct testcases *c)
{
	size_t room = c->room ? 2 * c->room : 16;
	struct entry **more;

	if (c->nr < c->room)
		return 0;
	more = reallocarray(c->entries, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->entries = more;
	c->room = room;
	return 0;
}

int testcases__add(struct testcases *c, const struct testcase *t)
{
	struct entry *e = calloc(1, sizeof(*e)), **bucket;
	char *name = clean(t->name ? t->name : "?");

	if (!e || !name)
		goto err_out;
	e->t.result = t->result;
	e->t.ns = t->ns;
	e->times = 1;
	e->t.class_name = clean(t->class_name ? t->class_name : "?");
	if (!e->t.class_name)
		goto err_out;
	e->t.name = unique(c, e->t.class_name, name);
	if (!e->t.name || copy(t->message, &e->t.message) || copy(t->text, &e->t.text) ||
	    copy(t->type, &e->t.type) || make_room(c))
		goto err_out;
	free(name);
	bucket = &c->bucket[hash(e->t.class_name, e->t.name)];
	e->next = *bucket;
	*bucket = e;
	c->entries[c->nr++] = e;
	return 0;

err_out:
	free(name);
	free_entry(e);
	return -ENOMEM;
}

int testcases__add_property(struct testcases *c, const char *name, const char *value)
{
	struct testcase_property p = { strdup(name), strdup(value) };
	struct testcase_property *more =
		reallocarray(c->properties, c->nr_properties + 1, sizeof(*more));

	if (more)
		c->properties = more;
	if (!more || !p.name || !p.value) {
		free((char *)p.name);
		free((char *)p.value);
		return -ENOMEM;
	}
	more[c->nr_properties++] = p;
	return 0;
}

size_t testcases__nr_properties(const struct testcases *c)
{
	return c->nr_properties;
}

const struct testcase_property *testcases__property(const struct testcases *c, size_t i)
{
	return &c->properties[i];
}

const char *testcases__suite(const struct testcases *c)
{
	return c->suite;
}

size_t testcases__nr(const struct testcases *c)
{
	return c->nr;
}

const struct testcase *testcases__at(const struct testcases *c, size_t i)
{
	return &c->entries[i]->t;
}

size_t testcases__count(const struct testcases *c, enum case_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nr; i++)
		n += c->entries[i]->t.result == result;
	return n;
}

uint64_t testcases__ns(const struct testcases *c)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < c->nr; i++)
		ns += c->entries[i]->t.ns;
	return ns;
}

const char *testcase__result_name(enum case_result result)
{
	static const char *const names[] = {
		[CASE_PASSED] = "passed",
		[CASE_FAILED] = "failed",
		[CASE_INCONCLUSIVE] = "inconclusive",
		[CASE_SUPPRESSED] = "suppressed",
	};

	return names[result];
}

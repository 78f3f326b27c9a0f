// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "common/span.h"
#include "report/out.h"

#define MAX_DEPTH 8

struct out {
	FILE *f;
	bool own, json, utf8;
	int err; /* the first error */
	json_t *at[MAX_DEPTH]; /* open objects and arrays; only at[0] is owned */
	int depth; /* index of the innermost one in at[]; -1: none is open */
};

int out__create(const char *path, FILE **f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *file;

	if (fd < 0)
		return -errno;
	file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	*f = file;
	return 0;
}

int out__to(FILE *f, bool json, struct out **out)
{
	struct out *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->json = json;
	o->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	o->depth = -1;
	o->f = f;
	*out = o;
	return 0;
}

int out__open(const char *path, bool json, struct out **out)
{
	int flags = path ? O_WRONLY : fcntl(STDOUT_FILENO, F_GETFL);
	FILE *f = stdout;
	int err;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	err = path ? out__create(path, &f) : 0;
	if (err)
		return err;
	err = out__to(f, json, out);
	if (!err)
		(*out)->own = path;
	else if (path)
		fclose(f);
	return err;
}

static void note_error(struct out *o)
{
	if (!o->err && ferror(o->f))
		o->err = errno ? -errno : -EIO;
}

int out__close(struct out *o)
{
	int err;

	if (!o)
		return 0;
	if (fflush(o->f))
		note_error(o);
	if (o->own && fclose(o->f) && !o->err)
		o->err = -errno;
	if (o->depth >= 0)
		json_decref(o->at[0]);
	err = o->err;
	free(o);
	return err;
}

int out__error(const struct out *o)
{
	return o->err;
}

int out__fd(const struct out *o)
{
	return o->f == stdout ? STDOUT_FILENO : -1;
}

bool out__is_json(const struct out *o)
{
	return o->json;
}

bool out__utf8(const struct out *o)
{
	return o->utf8;
}

/* Takes ownership of v. Returns false if v could not be added, and was freed. */
static bool put(struct out *o, const char *key, json_t *v)
{
	json_t *at;

	if (o->depth < 0) {
		json_decref(v);
		return false;
	}
	at = o->at[o->depth];
	if (json_is_array(at) ? !json_array_append_new(at, v) : !json_object_set_new(at, key, v))
		return true;
	o->err = o->err ? o->err : -ENOMEM;
	return false;
}

void out__flush(struct out *o)
{
	fflush(o->f);
	note_error(o);
}

void out__begin(struct out *o, const char *type)
{
	if (!o->json)
		return;
	o->depth = 0;
	o->at[0] = json_object();
	put(o, "type", json_string(type));
}

void out__end(struct out *o)
{
	if (o->json) {
		char *line = json_dumps(o->at[0], JSON_COMPACT | JSON_PRESERVE_ORDER);

		if (line)
			fprintf(o->f, "%s\n", line);
		else
			o->err = o->err ? o->err : -ENOMEM;
		free(line);
		json_decref(o->at[0]);
		o->depth = -1;
	}
	out__flush(o);
}

void out__text(struct out *o, const char *fmt, ...)
{
	va_list args;

	if (o->json)
		return;
	va_start(args, fmt);
	vfprintf(o->f, fmt, args);
	va_end(args);
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

void out__str(struct out *o, const char *key, const char *fmt, const char *v)
{
	if (o->json) {
		json_t *s;

		if (!key)
			return;
		/* A name from the kernel may not be valid UTF-8. */
		s = json_string(v);
		if (!s) {
			char clean[256];
			size_t i = 0;

			for (; i < sizeof(clean) - 1 && v[i]; i++)
				clean[i] = (unsigned char)v[i] < 0x80 ? v[i] : '?';
			clean[i] = '\0';
			s = json_string(clean);
		}
		put(o, key, s);
	} else if (fmt) {
		fprintf(o->f, fmt, v);
	}
}

void out__int(struct out *o, const char *key, const char *fmt, int64_t v)
{
	char s[32];

	if (o->json) {
		if (key)
			put(o, key, json_integer(v));
		return;
	}
	snprintf(s, sizeof(s), "%" PRId64, v);
	out__str(o, key, fmt, s);
}

void out__figure(struct out *o, const char *key, const char *fmt, bool known, int64_t v)
{
	if (known)
		out__int(o, key, fmt, v);
	else
		out__str(o, NULL, fmt, "?");
}

void out__delta(struct out *o, const char *key, const char *fmt, int64_t v)
{
	char s[32];

	if (o->json) {
		out__int(o, key, fmt, v);
		return;
	}
	snprintf(s, sizeof(s), "%+" PRId64, v);
	out__str(o, key, fmt, s);
}

void out__hex(struct out *o, const char *key, const char *fmt, uint64_t v)
{
	char s[32];

	snprintf(s, sizeof(s), "0x%" PRIx64, v);
	out__str(o, key, fmt, s);
}

void out__span(struct out *o, const char *key, const char *fmt, uint64_t ns)
{
	char s[32];

	if (o->json)
		out__int(o, key, fmt, ns);
	else
		out__str(o, key, fmt, span__text(ns, s, sizeof(s)));
}

void out__bool(struct out *o, const char *key, const char *text, bool v)
{
	if (o->json && key)
		put(o, key, json_boolean(v));
	else if (!o->json && v && text)
		fputs(text, o->f);
}

static void push(struct out *o, const char *key, json_t *v)
{
	assert(o->depth + 1 < MAX_DEPTH);
	/* If there is no memory, its fields go one level up. put() has kept the error. */
	if (put(o, key, v))
		o->at[o->depth + 1] = v;
	else
		o->at[o->depth + 1] = o->at[o->depth];
	o->depth++;
}

void out__array(struct out *o, const char *key)
{
	if (o->json)
		push(o, key, json_array());
}

void out__object(struct out *o, const char *key)
{
	if (o->json)
		push(o, key, json_object());
}

void out__pop(struct out *o)
{
	if (o->json)
		o->depth--;
}

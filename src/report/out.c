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
#include "common/utf8.h"
#include "report/out.h"

#define MAX_DEPTH 8

struct out {
	FILE *f;
	bool own, json, utf8, color;
	enum out_style style;
	void (*before)(void);
	int err; /* the first error */
	unsigned int width; /* columns */
	/* A paragraph: f writes to text, until the paragraph ends. */
	FILE *behind; /* the file behind it; NULL: no paragraph */
	char *text;
	size_t len;
	unsigned int column, rest;
	json_t *at[MAX_DEPTH]; /* open objects and arrays; only at[0] is owned */
	int depth; /* index of the innermost one in at[]; -1: none is open */
};

/* Takes ownership of fd; negative: open() failed. */
static int make_file(int fd, FILE **f)
{
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

int out__create(const char *path, FILE **f)
{
	return make_file(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), f);
}

int out__create_shared(const char *path, uid_t uid, gid_t gid, FILE **f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0 && errno == EEXIST)
		return make_file(open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC), f);
	/*
	 * Only a file that did not exist before is given away, by its descriptor: nobody can put
	 * another file in its place. If it cannot be given away (NFS), it can still be read.
	 */
	if (fd >= 0 && (uid != (uid_t)-1 || gid != (gid_t)-1) && fchown(fd, uid, gid))
		errno = 0;
	return make_file(fd, f);
}

int out__to(FILE *f, bool json, struct out **out)
{
	struct out *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->json = json;
	o->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	o->depth = -1;
	o->width = 80;
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

void out__set_color(struct out *o, bool color)
{
	o->color = color;
}

void out__style(struct out *o, enum out_style style)
{
	o->style = style;
}

void out__set_width(struct out *o, unsigned int columns)
{
	o->width = columns;
}

unsigned int out__width(const struct out *o)
{
	return o->width;
}

void out__paragraph(struct out *o, const char *lead, unsigned int rest)
{
	const char *line = strrchr(lead, '\n');
	FILE *f;

	if (o->json)
		return;
	assert(!o->behind);
	fputs(lead, o->f);
	f = open_memstream(&o->text, &o->len);
	if (!f) {
		o->err = o->err ? o->err : -ENOMEM;
		return;
	}
	o->behind = o->f;
	o->f = f;
	o->column = strlen(line ? line + 1 : lead);
	o->rest = rest;
}

/* The length of the code of a style at s; 0: there is none. */
static size_t style_at(const char *s)
{
	return s[0] == '\033' && s[1] == '[' ? strcspn(s, "m") + 1 : 0;
}

static unsigned int columns_of(const char *s, size_t len)
{
	unsigned int n = 0;
	uint32_t c;

	for (size_t i = 0, code; i < len;) {
		code = style_at(s + i);
		i += code ? code : utf8__decode(s + i, &c);
		n += !code;
	}
	return n;
}

/* A number and its unit stay in one line. Returns the length of the word with its unit. */
static size_t word_of(const char *from)
{
	static const char *const units[] = { "ns", "us",  "ms",	 "s",	"min",
					     "h",  "KiB", "MiB", "GiB", "TiB" };
	size_t len = strcspn(from, " \n"), n;
	const char *s = from;

	s += style_at(s);
	len -= s - from;
	if (*s < '0' || *s > '9' || s[len] != ' ')
		return s - from + len;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		n = strlen(units[i]);
		if (!strncmp(s + len + 1, units[i], n) && strchr(" \n.,;:)\033", s[len + 1 + n]))
			return s - from + len + 1 + strcspn(s + len + 1, " \n");
	}
	return s - from + len;
}

static void write_words(struct out *o, const char *s)
{
	unsigned int at = o->column;
	bool first = true;

	while (*(s += strspn(s, " \n"))) {
		size_t len = word_of(s);
		unsigned int columns = columns_of(s, len);

		if (!first && at + 1 + columns > o->width) {
			fprintf(o->f, "\n%*s", (int)o->rest, "");
			at = o->rest;
		} else if (!first) {
			fputc(' ', o->f);
			at++;
		}
		fprintf(o->f, "%.*s", (int)len, s);
		at += columns;
		s += len;
		first = false;
	}
	fputc('\n', o->f);
}

void out__paragraph_end(struct out *o)
{
	FILE *f = o->f;

	if (!o->behind)
		return;
	o->f = o->behind;
	o->behind = NULL;
	if (fclose(f))
		o->err = o->err ? o->err : -ENOMEM;
	else
		write_words(o, o->text);
	free(o->text);
	o->text = NULL;
}

void out__flush(struct out *o)
{
	fflush(o->f);
	note_error(o);
}

void out__sync(struct out *o)
{
	out__flush(o);
	/* A pipe or a terminal has no disk: EINVAL. */
	if (fdatasync(fileno(o->f)) && errno != EINVAL && errno != EROFS && !o->err)
		o->err = -errno;
}

void out__set_before(struct out *o, void (*fn)(void))
{
	o->before = fn;
}

void out__begin(struct out *o, const char *type)
{
	if (o->before)
		o->before();
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

/* The value has the style, what stands around it in fmt has none. */
static void write_value(struct out *o, const char *fmt, const char *v)
{
	/* "Select graphic rendition" of ECMA-48. */
	static const char *const codes[] = {
		[OUT_BAD] = "1;31",	 [OUT_DOUBT] = "33", [OUT_GOOD] = "32",
		[OUT_DANGER] = "1;7;31", [OUT_NAME] = "1",   [OUT_ADDRESS] = "2",
	};
	const char *at = strchr(fmt, '%'), *end = at ? strchr(at, 's') : NULL;
	char conversion[16];

	if (!o->color || !codes[o->style] || !end) {
		fprintf(o->f, fmt, v);
		return;
	}
	snprintf(conversion, sizeof(conversion), "%.*s", (int)(end + 1 - at), at);
	fprintf(o->f, "%.*s\033[%sm", (int)(at - fmt), fmt, codes[o->style]);
	fprintf(o->f, conversion, v);
	fputs("\033[0m", o->f);
	fprintf(o->f, end + 1, NULL); /* it may have %% */
}

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
		write_value(o, fmt, v);
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
	enum out_style style = o->style;
	char s[32];

	snprintf(s, sizeof(s), "0x%" PRIx64, v);
	o->style = OUT_ADDRESS;
	out__str(o, key, fmt, s);
	o->style = style;
}

void out__span(struct out *o, const char *key, const char *fmt, uint64_t ns)
{
	char s[32];

	if (o->json)
		out__int(o, key, fmt, ns);
	else
		out__str(o, key, fmt, span__text(ns, s, sizeof(s)));
}

void out__age(struct out *o, const char *key, const char *fmt, uint64_t ns)
{
	char s[32];

	if (o->json)
		out__int(o, key, fmt, ns);
	else
		out__str(o, key, fmt, span__age(ns, s, sizeof(s)));
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

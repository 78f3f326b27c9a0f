// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/allow_file.h"
#include "model/allow_impl.h"

/* The current place in the file. */
struct cursor {
	const char *name;
	unsigned int line;
	char *why;
	size_t len;
};

/* Writes "FILE:LINE: text: reason". `text` is from the file: any length, any bytes. */
static int refuse(const struct cursor *at, const char *text, size_t n, const char *reason)
{
	char quoted[48];
	size_t most = sizeof(quoted) - 1;

	for (size_t i = 0; i < n && i < most; i++)
		quoted[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
	quoted[n < most ? n : most] = '\0';
	if (n > most)
		memcpy(quoted + most - 3, "...", 3);
	snprintf(at->why, at->len, "%s:%u: %s%s%s", at->name, at->line, quoted, n ? ": " : "",
		 reason);
	return -EINVAL;
}

static int parse_kinds(const struct cursor *at, const char *text, size_t n, struct pattern *p)
{
	const char *end = text + n;

	while (1) {
		const char *comma = memchr(text, ',', end - text);
		size_t len = (comma ? comma : end) - text;
		int kind = allow__index_of_kind(text, len);

		if (kind >= 0)
			p->kinds |= 1u << kind;
		else if (len == strlen(ALLOW_ANY_KIND) && !memcmp(text, ALLOW_ANY_KIND, len))
			p->any_kind = true;
		else
			return refuse(at, text, len,
				      "no kind of leak; a line begins with leak, hang, "
				      "pinned-at-teardown, underflow, get-after-kill, "
				      "excess-at-end, busy-at-end or entries-at-teardown");
		if (!comma)
			return 0;
		text = comma + 1;
	}
}

static int parse_glob(const struct cursor *at, const char *text, size_t n, const char *glob,
		      struct wildcard *w)
{
	size_t len = text + n - glob;
	int err;

	if (w->letters)
		return refuse(at, text, n, "given twice; only frame= can be repeated");
	if (!len)
		return refuse(at, text, n, "nothing to match (* matches anything)");
	err = wildcard__compile(glob, len, w);
	if (err == -EINVAL)
		return refuse(at, text, n,
			      "a backslash must be followed by *, ?, \\ or xHH (not x00)");
	return err;
}

static int parse_frame(const struct cursor *at, const char *text, size_t n, const char *glob,
		       struct pattern *p)
{
	struct wildcard *more = reallocarray(p->frames, p->nr_frames + 1, sizeof(*more));
	int err;

	if (!more)
		return -ENOMEM;
	p->frames = more;
	memset(&more[p->nr_frames], 0, sizeof(*more));
	err = parse_glob(at, text, n, glob, &more[p->nr_frames]);
	if (!err)
		p->nr_frames++;
	return err;
}

static int parse_name(const struct cursor *at, const char *text, size_t n, const char *name,
		      struct pattern *p)
{
	if (p->name)
		return refuse(at, text, n, "given twice; only frame= can be repeated");
	if (name == text + n)
		return refuse(at, text, n, "no name");
	p->name = strndup(name, text + n - name);
	return p->name ? 0 : -ENOMEM;
}

/* YYYY-MM-DD. Sets *number if these are n digits. */
static bool parse_digits(const char *text, size_t n, unsigned int *number)
{
	*number = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = 10 * *number + (text[i] - '0');
	}
	return true;
}

static int parse_until(const struct cursor *at, const char *text, size_t n, const char *date,
		       struct pattern *p)
{
	static const unsigned int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned int year, month, day;

	if (p->until)
		return refuse(at, text, n, "given twice; only frame= can be repeated");
	if (text + n - date != 10 || date[4] != '-' || date[7] != '-' ||
	    !parse_digits(date, 4, &year) || !parse_digits(date + 5, 2, &month) ||
	    !parse_digits(date + 8, 2, &day) || !year || month < 1 || month > 12 || day < 1 ||
	    day > days[month - 1])
		return refuse(at, text, n, "not a date; write until=2027-01-31");
	p->until = 10000 * year + 100 * month + day;
	return 0;
}

static int parse_field(const struct cursor *at, const char *text, size_t n, struct pattern *p)
{
	const char *equals = memchr(text, '=', n);
	size_t key = equals ? (size_t)(equals - text) : 0;

	if (key == 5 && !memcmp(text, "pgmap", key))
		return parse_glob(at, text, n, equals + 1, &p->pgmap);
	if (key == 4 && !memcmp(text, "type", key))
		return parse_glob(at, text, n, equals + 1, &p->type);
	if (key == 4 && !memcmp(text, "comm", key))
		return parse_glob(at, text, n, equals + 1, &p->comm);
	if (key == 5 && !memcmp(text, "frame", key))
		return parse_frame(at, text, n, equals + 1, p);
	if (key == 4 && !memcmp(text, "name", key))
		return parse_name(at, text, n, equals + 1, p);
	if (key == 5 && !memcmp(text, "until", key))
		return parse_until(at, text, n, equals + 1, p);
	return refuse(at, text, n,
		      "unknown; there are pgmap=, type=, comm=, frame=, name= and until= "
		      "(a blank in a name is \\x20)");
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The comment behind a pattern, from its # on, is the reason for the pattern. */
static int take_reason(const char *text, const char *end, struct pattern *p)
{
	while (text < end && (*text == '#' || blank(*text)))
		text++;
	while (end > text && blank(end[-1]))
		end--;
	if (text == end)
		return 0;
	p->reason = strndup(text, end - text);
	return p->reason ? 0 : -ENOMEM;
}

/* Parses one line, without its newline. If it has only a comment, *p gets no text. */
static int parse_line(const struct cursor *at, const char *text, size_t n, struct pattern *p)
{
	const char *end = text + n, *begin = NULL, *last = NULL, *word;
	int err;

	for (; text < end; text = word) {
		const char *colon;
		size_t len;

		while (text < end && blank(*text))
			text++;
		if (text == end || *text == '#')
			break;
		for (word = text; word < end && !blank(*word);)
			word++;
		len = word - text;
		last = word;
		if (begin) {
			err = parse_field(at, text, len, p);
			if (err)
				return err;
			continue;
		}
		begin = text;
		colon = memchr(text, ':', len);
		err = parse_kinds(at, text, colon ? (size_t)(colon - text) : len, p);
		if (!err && colon)
			err = parse_frame(at, text, len, colon + 1, p);
		if (err)
			return err;
	}
	if (begin) {
		err = take_reason(text, end, p);
		if (err)
			return err;
		p->text = strndup(begin, last - begin);
		if (!p->text)
			return -ENOMEM;
		p->line = at->line;
	}
	return 0;
}

static int check_line(const struct cursor *at, const char *text, size_t n)
{
	char reason[64];

	for (size_t i = 0; i < n && i <= ALLOW_LINE; i++) {
		unsigned char c = text[i];

		if ((c >= ' ' && c != 0x7f) || c == '\t')
			continue;
		snprintf(reason, sizeof(reason), "byte %zu is 0x%02x: is this a text file?", i + 1,
			 c);
		return refuse(at, NULL, 0, reason);
	}
	if (n > ALLOW_LINE) {
		snprintf(reason, sizeof(reason), "longer than %d bytes", ALLOW_LINE);
		return refuse(at, NULL, 0, reason);
	}
	return 0;
}

static int add_line(const struct cursor *at, const char *text, size_t n, struct allow *a)
{
	struct pattern p = { .text = NULL };
	int err = check_line(at, text, n);

	if (!err)
		err = parse_line(at, text, n, &p);
	if (!err && p.text && a->nr == ALLOW_PATTERNS)
		err = refuse(at, NULL, 0, "more than 100000 patterns");
	if (err || !p.text) {
		allow__free_pattern(&p);
		return err;
	}
	if (a->nr == a->room) {
		size_t room = a->room ? 2 * a->room : 16;
		struct pattern *more = reallocarray(a->patterns, room, sizeof(*more));

		if (!more) {
			allow__free_pattern(&p);
			return -ENOMEM;
		}
		a->patterns = more;
		a->room = room;
	}
	a->patterns[a->nr++] = p;
	return 0;
}

int allow__parse(const char *name, const char *data, size_t size, struct allow **out, char *why,
		 size_t len)
{
	struct allow *a = calloc(1, sizeof(*a));
	struct cursor at = { name, 0, why, len };
	const char *end = data + (size < ALLOW_BYTES ? size : ALLOW_BYTES);
	bool cut = size > ALLOW_BYTES;
	int err = 0;

	if (len)
		why[0] = '\0';
	if (!a)
		return -ENOMEM;
	/* Some editors write a byte order mark (BOM) before UTF-8 text. */
	if (size >= 3 && !memcmp(data, "\xef\xbb\xbf", 3))
		data += 3;
	while (!err && data < end) {
		const char *newline = memchr(data, '\n', end - data);
		size_t n = (newline ? newline : end) - data;

		at.line++;
		err = add_line(&at, data, n && data[n - 1] == '\r' ? n - 1 : n, a);
		data += n + 1;
	}
	if (!err && cut) {
		at.line = 1;
		err = refuse(&at, NULL, 0, "more than 16 MiB: is this the right file?");
	}
	if (err) {
		allow__free(a);
		return err;
	}
	*out = a;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/allow.h"
#include "model/allow_impl.h"
#include "model/verdict.h"

/* Most frames in a generated pattern. */
#define FRAMES_GENERATED 4

int allow__index_of_kind(const char *name, size_t n)
{
	const char *kind;

	for (unsigned int i = 0; (kind = verdict__kind(i)); i++)
		if (strlen(kind) == n && !memcmp(kind, name, n))
			return i;
	return -1;
}

void allow__free_pattern(struct pattern *p)
{
	free(p->text);
	free(p->name);
	free(p->reason);
	wildcard__free(&p->pgmap);
	wildcard__free(&p->type);
	wildcard__free(&p->comm);
	for (size_t i = 0; i < p->nr_frames; i++)
		wildcard__free(&p->frames[i]);
	free(p->frames);
}

void allow__free(struct allow *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->nr; i++)
		allow__free_pattern(&a->patterns[i]);
	free(a->patterns);
	free(a);
}

/* Moves *list (may be NULL) to its next kind. Returns the length of this kind; 0: none is left. */
static size_t next_kind(const char **list)
{
	if (!*list)
		return 0;
	*list += strspn(*list, ", ");
	return strcspn(*list, ", ");
}

static bool kinds_allowed(const struct pattern *p, const char *kind)
{
	bool some = false;

	if (p->any_kind)
		return true;
	for (size_t n; (n = next_kind(&kind)); kind += n) {
		int i = allow__index_of_kind(kind, n);

		if (i < 0 || !(p->kinds & 1u << i))
			return false;
		some = true;
	}
	return some;
}

static bool field_matches(const struct wildcard *w, const char *name)
{
	return !w->letters || (name && wildcard__matches(w, name, strlen(name)));
}

/* Length of the function name in "func+0x36 [mod]". */
static size_t function_length(const char *frame)
{
	const char *plus = strstr(frame, "+0x");
	size_t word = strcspn(frame, " ");

	return plus && (size_t)(plus - frame) < word ? (size_t)(plus - frame) : word;
}

static bool frame_matches(const struct wildcard *w, const struct allow_subject *s)
{
	for (size_t i = 0; i < s->nr_frames; i++) {
		const char *frame = s->frames[i];

		if (frame && (wildcard__matches(w, frame, strlen(frame)) ||
			      wildcard__matches(w, frame, function_length(frame))))
			return true;
	}
	return false;
}

static bool pattern_matches(const struct pattern *p, const struct allow_subject *s)
{
	if (!kinds_allowed(p, s->kind) || !field_matches(&p->pgmap, s->pgmap) ||
	    !field_matches(&p->type, s->type) || !field_matches(&p->comm, s->comm))
		return false;
	for (size_t i = 0; i < p->nr_frames; i++)
		if (!frame_matches(&p->frames[i], s))
			return false;
	return true;
}

static bool is_expired(const struct allow *a, const struct pattern *p)
{
	return p->until && a->today > p->until;
}

void allow__set_today(struct allow *a, unsigned int today)
{
	a->today = today;
}

bool allow__match(struct allow *a, const struct allow_subject *s)
{
	for (size_t i = 0; i < a->nr; i++) {
		if (is_expired(a, &a->patterns[i]) || !pattern_matches(&a->patterns[i], s))
			continue;
		a->patterns[i].matched = true;
		return true;
	}
	return false;
}

void allow__count(struct allow *a, bool allowed)
{
	for (size_t i = 0; i < a->nr; i++) {
		a->patterns[i].used += allowed && a->patterns[i].matched;
		a->patterns[i].matched = false;
	}
}

size_t allow__nr(const struct allow *a)
{
	return a->nr;
}

void allow__pattern(const struct allow *a, size_t i, struct allow_row *row)
{
	const struct pattern *p = &a->patterns[i];

	*row = (struct allow_row){
		.text = p->text,
		.line = p->line,
		.used = p->used,
		.name = p->name,
		.reason = p->reason,
		.until = p->until,
		.expired = is_expired(a, p),
	};
}

static int append(char *buf, size_t len, const char *text, size_t n)
{
	size_t at = strlen(buf);

	if (n >= len - at)
		return -ENOSPC;
	memcpy(buf + at, text, n);
	buf[at + n] = '\0';
	return 0;
}

/* Appends `before` and the quoted pattern for n bytes of `name`. On an error, appends neither. */
static int append_quoted(char *buf, size_t len, const char *before, const char *name, size_t n)
{
	size_t begin = strlen(buf);
	int err = append(buf, len, before, strlen(before));

	if (!err)
		err = wildcard__quote(name, n, buf, len);
	if (err)
		buf[begin] = '\0';
	return err;
}

static int generate_kinds(const char *kind, char *buf, size_t len)
{
	for (size_t n; (n = next_kind(&kind)); kind += n) {
		int err = 0;

		if (allow__index_of_kind(kind, n) < 0)
			return -EINVAL;
		if (*buf)
			err = append(buf, len, ",", 1);
		if (!err)
			err = append(buf, len, kind, n);
		if (err)
			return err;
	}
	return *buf ? 0 : append(buf, len, ALLOW_ANY_KIND, strlen(ALLOW_ANY_KIND));
}

/* A frame without a function name is an address, and addresses change with the next boot. */
static bool names_function(const char *frame)
{
	return frame && function_length(frame) && strncmp(frame, "0x", 2);
}

/* "func+0x36 [mod]" is of a module. */
static bool is_of_module(const char *frame)
{
	return names_function(frame) && strchr(frame, '[');
}

int allow__generate(const struct allow_subject *s, char *buf, size_t len)
{
	const struct {
		const char *before, *name;
	} fields[] = { { " pgmap=", s->pgmap }, { " type=", s->type }, { " comm=", s->comm } };
	size_t i = 0, taken = 1;
	int err;

	if (!len)
		return -ENOSPC;
	if (len > ALLOW_LINE + 1)
		len = ALLOW_LINE + 1;
	buf[0] = '\0';
	err = generate_kinds(s->kind, buf, len);
	while (i < s->nr_frames && !names_function(s->frames[i]))
		i++;
	if (!err && i < s->nr_frames)
		err = append_quoted(buf, len, ":", s->frames[i], function_length(s->frames[i]));
	for (size_t j = 0; !err && j < sizeof(fields) / sizeof(*fields); j++)
		if (fields[j].name && *fields[j].name)
			err = append_quoted(buf, len, fields[j].before, fields[j].name,
					    strlen(fields[j].name));
	if (err)
		return err;
	/* The call site may be in the kernel itself, and what called it in a module. */
	for (i++; i < s->nr_frames && !is_of_module(s->frames[i]);)
		i++;
	for (; i < s->nr_frames && taken < FRAMES_GENERATED && is_of_module(s->frames[i]); i++) {
		/* No room: stop. A pattern with fewer frames matches this leak, too. */
		if (append_quoted(buf, len, " frame=", s->frames[i], function_length(s->frames[i])))
			break;
		taken++;
	}
	return 0;
}

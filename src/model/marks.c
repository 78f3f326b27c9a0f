// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/marks.h"

int marks__add(struct marks *m, const char *name, uint64_t ns)
{
	char *copy;

	if (m->nr == m->room) {
		size_t room = m->room ? 2 * m->room : 16;
		struct mark *more = reallocarray(m->v, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		m->v = more;
		m->room = room;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	m->v[m->nr].name = copy;
	m->v[m->nr++].ns = ns;
	return 0;
}

void marks__clear(struct marks *m)
{
	for (size_t i = 0; i < m->nr; i++)
		free(m->v[i].name);
	free(m->v);
	*m = (struct marks){ 0 };
}

const char *marks__at(const struct marks *m, uint64_t ns)
{
	size_t low = 0, high = m->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (m->v[middle].ns <= ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? m->v[low - 1].name : NULL;
}

/* What suites write into the kernel's log before a test. */
static const struct {
	const char *before, *after; /* the name; after NULL: the name goes to the end of the line */
} lines[] = {
	{ "run fstests ", " at " }, /* xfstests: common/rc */
	{ "run blktests ", " at " }, /* blktests: check */
	{ "kselftest: Running tests in ", NULL }, /* kselftest: lib.mk */
};

static bool copy(const char *name, size_t n, char *buf, size_t len)
{
	while (n && strchr(" \t\r\n", name[n - 1]))
		n--;
	snprintf(buf, len, "%.*s", (int)n, name);
	return n > 0;
}

bool marks__parse(const char *line, bool known, char *buf, size_t len)
{
	line += strspn(line, " \t");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const char *at = strstr(line, lines[i].before), *end;

		if (!at)
			continue;
		at += strlen(lines[i].before);
		end = lines[i].after ? strstr(at, lines[i].after) : NULL;
		return copy(at, end ? (size_t)(end - at) : strlen(at), buf, len);
	}
	return !known && copy(line, strlen(line), buf, len);
}

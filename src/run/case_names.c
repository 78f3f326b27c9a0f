// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/case_names.h"
#include "run/options.h"

/* Cuts before a character of UTF-8, not in it. */
static void cut(char *buf, size_t most)
{
	if (strlen(buf) <= most)
		return;
	while (most && ((unsigned char)buf[most] & 0xc0) == 0x80)
		most--;
	buf[most] = '\0';
}

/* What the suite is called behind "pgmapref". */
static void name_of(const struct options *o, char *buf, size_t len)
{
	size_t n = 0;

	buf[0] = '\0';
	if (o->junit_suite)
		n = snprintf(buf, len, "%s", o->junit_suite);
	for (char **word = o->command; !o->junit_suite && word && *word && n < len; word++)
		n += snprintf(buf + n, len - n, "%s%s", n ? " " : "", *word);
	if (!n)
		snprintf(buf, len, "%s", o->verb->name);
	cut(buf, len - 8);
}

const char *case_names__suite(const struct options *o, char *buf, size_t len)
{
	char name[CASE_NAMES_MAX - sizeof("pgmapref")];

	name_of(o, name, sizeof(name));
	snprintf(buf, len, "pgmapref %s", name);
	return buf;
}

const char *case_names__class(const struct options *o, char *buf, size_t len)
{
	char name[CASE_NAMES_MAX - sizeof("pgmapref")];
	bool gap = false;
	size_t n;

	name_of(o, name, sizeof(name));
	n = snprintf(buf, len, "pgmapref.");
	for (const char *at = name; *at && n + 2 < len; at++) {
		/* Letters beyond ASCII stay. */
		if (!isalnum((unsigned char)*at) && !((unsigned char)*at & 0x80) && *at != '-') {
			gap = true;
			continue;
		}
		if (gap && buf[n - 1] != '.')
			buf[n++] = '_';
		gap = false;
		buf[n++] = *at;
	}
	buf[n] = '\0';
	if (buf[n - 1] == '.')
		snprintf(buf + n, len - n, "run");
	return buf;
}

/* Returns false if it is no number of a user or a group. (uint32_t)-1 is none. */
static bool parse_id(const char *text, uint32_t *id)
{
	unsigned long long v;
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || v >= UINT32_MAX)
		return false;
	*id = v;
	return true;
}

void case_names__sudo(const char *sudo_uid, const char *sudo_gid, uid_t *uid, gid_t *gid)
{
	uint32_t u, g;

	if (!parse_id(sudo_uid, &u) || !parse_id(sudo_gid, &g))
		return;
	*uid = u;
	*gid = g;
}

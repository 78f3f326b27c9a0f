// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wildcard.h"

enum { ANY = 0x100, STAR };

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/*
 * The byte that the escape sequence at text stands for, and the length of the sequence in *used;
 * -EINVAL if it is not valid.
 */
static int unescape(const char *text, size_t len, size_t *used)
{
	*used = 2;
	if (len < 2)
		return -EINVAL;
	if (text[1] == '*' || text[1] == '?' || text[1] == '\\')
		return text[1];
	*used = 4;
	if (text[1] != 'x' || len < 4 || hex(text[2]) < 0 || hex(text[3]) < 0 ||
	    (text[2] == '0' && text[3] == '0'))
		return -EINVAL;
	return hex(text[2]) << 4 | hex(text[3]);
}

int wildcard__compile(const char *text, size_t len, struct wildcard *w)
{
	uint16_t *letters;
	size_t nr = 0;

	if (!len)
		return -EINVAL;
	letters = calloc(len, sizeof(*letters));
	if (!letters)
		return -ENOMEM;
	for (size_t i = 0, used = 1; i < len; i += used, used = 1) {
		int byte;

		if (text[i] == '*') {
			letters[nr++] = STAR;
		} else if (text[i] == '?') {
			letters[nr++] = ANY;
		} else if (text[i] == '\\') {
			byte = unescape(text + i, len - i, &used);
			if (byte < 0) {
				free(letters);
				return -EINVAL;
			}
			letters[nr++] = byte;
		} else {
			letters[nr++] = (unsigned char)text[i];
		}
	}
	w->letters = letters;
	w->nr = nr;
	return 0;
}

void wildcard__free(struct wildcard *w)
{
	free(w->letters);
	w->letters = NULL;
	w->nr = 0;
}

bool wildcard__matches(const struct wildcard *w, const char *name, size_t len)
{
	size_t i = 0, at = 0, star = SIZE_MAX, resume = 0;

	/*
	 * On a mismatch only the last star must take more: the letters before it have matched as
	 * early as possible.
	 */
	while (at < len) {
		if (i < w->nr && w->letters[i] == STAR) {
			star = i++;
			resume = at;
		} else if (i < w->nr &&
			   (w->letters[i] == ANY || w->letters[i] == (unsigned char)name[at])) {
			i++;
			at++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			at = ++resume;
		} else {
			return false;
		}
	}
	while (i < w->nr && w->letters[i] == STAR)
		i++;
	return i == w->nr;
}

int wildcard__quote(const char *name, size_t n, char *buf, size_t len)
{
	size_t begin = strlen(buf), at = begin;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = name[i];
		const char *fmt = strchr("*?\\", c)		    ? "\\%c" :
				  c <= ' ' || c >= 0x7f || c == '#' ? "\\x%02x" :
								      "%c";
		int wrote = snprintf(buf + at, len - at, fmt, c);

		if (wrote < 0 || (size_t)wrote >= len - at) {
			buf[begin] = '\0';
			return -ENOSPC;
		}
		at += wrote;
	}
	return 0;
}

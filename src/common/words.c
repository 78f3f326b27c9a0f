// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "common/words.h"

#define BLANKS " \t\n"

/* Copies the next word over itself, without its quotes. Returns what follows it, or NULL. */
static char *take_word(char *from)
{
	char *to = from, quote = '\0';

	for (; *from && (quote || !strchr(BLANKS, *from)); from++) {
		if (quote ? *from == quote : *from == '\'' || *from == '"')
			quote = quote ? '\0' : *from;
		else
			*to++ = *from;
	}
	if (quote)
		return NULL;
	if (*from)
		from++;
	*to = '\0';
	return from;
}

int words__split(char *text, char **words, size_t room)
{
	size_t n = 0;

	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		if (n + 1 >= room)
			return -E2BIG;
		words[n++] = text;
		text = take_word(text);
		if (!text)
			return -EINVAL;
	}
	if (!room)
		return -E2BIG;
	words[n] = NULL;
	return n;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/choices.h"

/* nr: there is no such name */
static size_t find(const char *word, size_t len, const char *const *names, size_t nr)
{
	size_t i = 0;

	while (i < nr && (strlen(names[i]) != len || strncmp(word, names[i], len)))
		i++;
	return i;
}

int choices__parse(const char *list, const char *const *names, size_t nr, unsigned int *order,
		   char *bad, size_t size)
{
	int n = 0;

	for (;;) {
		size_t len = strcspn(list, ","), at = find(list, len, names, nr);
		bool again = false;

		for (int i = 0; i < n; i++)
			again = again || order[i] == at;
		if (at == nr || again) {
			snprintf(bad, size, "%.*s", (int)len, list);
			return -EINVAL;
		}
		order[n++] = at;
		if (!list[len])
			return n;
		list += len + 1;
	}
}

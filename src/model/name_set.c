// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/name_set.h"

int name_set__add(struct name_set *j, const char *name)
{
	for (size_t i = 0; i < j->nr; i++)
		if (!strcmp(j->names[i], name))
			return 0;
	if (j->nr == j->room) {
		size_t room = j->room ? 2 * j->room : 8;
		char **more = reallocarray(j->names, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		j->names = more;
		j->room = room;
	}
	j->names[j->nr] = strdup(name);
	if (!j->names[j->nr])
		return -ENOMEM;
	j->nr++;
	return 0;
}

void name_set__clear(struct name_set *j)
{
	for (size_t i = 0; i < j->nr; i++)
		free(j->names[i]);
	free(j->names);
	*j = (struct name_set){ 0 };
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A set of names. */
#ifndef PGMAPREF_NAME_SET_H
#define PGMAPREF_NAME_SET_H

#include <stddef.h>

struct name_set {
	char **names; /* each once */
	size_t nr, room;
};

/* Adds a copy of the name unless it is there. Returns 0 or -ENOMEM. */
int name_set__add(struct name_set *j, const char *name);
void name_set__clear(struct name_set *j);

#endif /* PGMAPREF_NAME_SET_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What allow.c (matching) and allow_file.c (reading) share. */
#ifndef PGMAPREF_ALLOW_IMPL_H
#define PGMAPREF_ALLOW_IMPL_H

#include "common/wildcard.h"
#include "model/allow.h"

#define ALLOW_ANY_KIND "leak"

struct pattern {
	char *text;
	unsigned int line;
	uint64_t used;
	bool matched; /* since the last allow__count() */
	bool any_kind;
	unsigned int kinds; /* bit i: allow__index_of_kind() i */
	struct wildcard pgmap, type, comm; /* without letters: not asked for */
	struct wildcard *frames;
	size_t nr_frames;
};

struct allow {
	struct pattern *patterns;
	size_t nr, room;
};

/* Of these n bytes; -1: no such kind. */
int allow__index_of_kind(const char *name, size_t n);
void allow__free_pattern(struct pattern *p);

#endif /* PGMAPREF_ALLOW_IMPL_H */

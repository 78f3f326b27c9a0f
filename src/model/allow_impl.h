/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by allow.c (matches patterns) and allow_file.c (reads them). */
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
	char *name, *reason; /* NULL: none */
	unsigned int until; /* 20270131; 0: no limit */
	bool any_kind;
	unsigned int kinds; /* bit i: allow__index_of_kind() i */
	struct wildcard pgmap, type, comm; /* no letters: the pattern does not have this field */
	struct wildcard *frames;
	size_t nr_frames;
};

struct allow {
	struct pattern *patterns;
	size_t nr, room;
	unsigned int today; /* 0: not known */
};

/* Index of the kind that these n bytes name; -1: no kind has this name. */
int allow__index_of_kind(const char *name, size_t n);
void allow__free_pattern(struct pattern *p);

#endif /* PGMAPREF_ALLOW_IMPL_H */

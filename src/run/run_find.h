/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs the walks (tasks, files, mappings) for the holders of a pgmap. */
#ifndef PGMAPREF_RUN_FIND_H
#define PGMAPREF_RUN_FIND_H

#include "run/run_state.h"

struct walked_set;

/*
 * Finds holders of p. pages: the sweep that found busy pages, or NULL. l: traced holders, made with
 * this sweep, or NULL. The caller passes the result to walked__free(). NULL: no memory (sets
 * end->failed). Other errors are in the result.
 */
struct walked_set *run__find(struct run_kernel *k, struct run_outcome *end, const struct pgmap *p,
			     const struct pgr_sweep *pages, const struct ledger *l);
/* Remembers the character devices of pgmaps, because a device goes before its pgmap. */
void run__see_cdevs(struct pgmaps *pgmaps);

#endif /* PGMAPREF_RUN_FIND_H */

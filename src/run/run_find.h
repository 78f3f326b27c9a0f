/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Holders that are found by walking tasks, files and mappings. */
#ifndef PGMAPREF_RUN_FIND_H
#define PGMAPREF_RUN_FIND_H

#include "run/run_state.h"

struct walked_set;

/*
 * Looks for who has something of p: pages is the sweep that found busy ones, or NULL; l: what was
 * traced, made with these pages, or NULL. The caller gives the result to walked__free(); NULL: no
 * memory (in end->failed). What hindered it is in the result.
 */
struct walked_set *run__find(struct run_kernel *k, struct run_outcome *end, const struct pgmap *p,
			     const struct pgr_sweep *pages, const struct ledger *l);
/* Remembers the character devices of pgmaps: they go before their pgmap does. */
void run__see_cdevs(struct pgmaps *pgmaps);

#endif /* PGMAPREF_RUN_FIND_H */

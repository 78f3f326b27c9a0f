/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who holds what, as traced, and whether the three layers agree. */
#ifndef PGMAPREF_RUN_LEDGER_H
#define PGMAPREF_RUN_LEDGER_H

#include "run/run_state.h"

/*
 * Its holders, and who pinned those of its pages that were busy when `pages` was looked at, or has
 * pinned since (NULL: no pins); drop: they are forgotten. The caller frees it; NULL: not to be had.
 */
struct ledger *run__ledger(struct run_kernel *k, const struct options *o, const struct pgmap *p,
			   const struct pgr_sweep *pages, bool drop);
/*
 * Can the layers of this pgmap be compared? Not where a filter leaves part of them out, nor, those of
 * files' folios, before it is known that these have references.
 */
bool run__sees_layers(struct tracer *tracer, const struct options *o, const struct pgmap *p);
/* Is somebody left out by -p, -t, -n, or because only COMMAND is meant? */
bool run__filters(const struct options *o);
/* Does the ledger have all that was taken: no filter left something out, and nothing was lost? */
bool run__ledger_is_whole(struct tracer *tracer, const struct options *o);
/* Do they agree? Said once, by what w looked at. */
void run__check_layers(struct run *run, struct pgmap *p, const struct pgr_sweep *w);

#endif /* PGMAPREF_RUN_LEDGER_H */

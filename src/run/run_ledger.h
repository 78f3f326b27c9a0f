/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the ledger (holders, as traced), and checks that the three layers agree. */
#ifndef PGMAPREF_RUN_LEDGER_H
#define PGMAPREF_RUN_LEDGER_H

#include "run/run_state.h"

/*
 * The holders of p, and the tasks that pinned pages which the sweep `pages` found busy, or that
 * pinned since (NULL: no pins). drop: deletes the rows of p in the kernel. The caller frees the
 * ledger; NULL: it could not be read.
 */
struct ledger *run__ledger(struct run_kernel *k, const struct options *o, const struct pgmap *p,
			   const struct pgr_sweep *pages, bool drop);
/*
 * Can the layers of this pgmap be compared? Not if a filter leaves out a part of them. For fsdax,
 * not before the tool has learned that folios of files take references.
 */
bool run__sees_layers(struct tracer *tracer, const struct options *o, const struct pgmap *p);
/* Do pgmaps account for their folios in this kernel (struct pgr_series)? NULL: no tracer yet. */
bool run__has_series(const struct tracer *tracer);
/* Has a page of p that is in use a reference of p? */
bool run__pages_hold(const struct tracer *tracer, const struct pgmap *p);
/* Does p account for its folios: has each folio in use a reference of p? */
bool run__accounts_folios(const struct tracer *tracer, const struct pgmap *p);
/* Does a filter leave tasks out: -p, -t, -n, or a trace of COMMAND? */
bool run__filters(const struct options *o);
/* Are children followed: those of COMMAND, or by -f those of the processes of -p? */
bool run__follows_children(const struct options *o);
/* Does the ledger have all that was taken: no filter left something out, and nothing was lost? */
bool run__ledger_is_whole(struct tracer *tracer, const struct options *o);
/* Checks that the layers of p agree, with the sweep w. Reports a difference once for each pgmap. */
void run__check_layers(struct run *run, struct pgmap *p, const struct pgr_sweep *w);

#endif /* PGMAPREF_RUN_LEDGER_H */

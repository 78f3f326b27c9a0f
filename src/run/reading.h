/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by list and refs: they only read, and attach nothing. */
#ifndef PGMAPREF_READING_H
#define PGMAPREF_READING_H

#include "run/run_state.h"

/* Finds all pgmaps. Returns 0, or the exit status of a failure after a message to the user. */
int reading__open(struct run *run);
/* Samples the counter of p and sweeps its pages. The caller frees the sweep; NULL: it failed. */
struct pgr_sweep *reading__read(const struct run_kernel *k, const struct options *o,
				struct pgmap *p);
/* Says if some pgmaps may be missing, and frees everything. Returns the exit status. */
int reading__close(struct run *run, int status);

#endif /* PGMAPREF_READING_H */

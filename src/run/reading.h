/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What list and refs have in common: they read what there is, and attach nothing. */
#ifndef PGMAPREF_READING_H
#define PGMAPREF_READING_H

#include "run/run_state.h"

/* Finds all pgmaps. 0, or the exit status of a failure that the user was told of. */
int reading__open(struct run *run);
/* Reads the counter of a pgmap, and its pages: the caller frees the result; NULL: not to be had. */
struct pgr_sweep *reading__read(struct run *run, struct pgmap *p);
/* Frees all. Says before if some pgmaps may not have been found. Returns the exit status. */
int reading__close(struct run *run, int status);

#endif /* PGMAPREF_READING_H */

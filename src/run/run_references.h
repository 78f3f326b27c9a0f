/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* refs --exact: who puts the references above the baseline, until none is left. */
#ifndef PGMAPREF_RUN_REFERENCES_H
#define PGMAPREF_RUN_REFERENCES_H

#include "run/run_state.h"

/*
 * Keeps exact accounts of the pgmaps that --exact selects and that have references above the
 * baseline, and shows each put of such a reference. Ends when none is left, with -d, with a signal, or
 * with the end of the output's reader. signals: of open__signals(). Returns STATUS_CLEAN (no reference
 * is left), STATUS_INCONCLUSIVE (one is left, or may be, or puts were missed), or STATUS_CANNOT after a message.
 */
int references__run(struct run *run, int signals);

#endif /* PGMAPREF_RUN_REFERENCES_H */

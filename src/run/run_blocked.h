/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds and reports tasks that are blocked before they reach memunmap_pages(). */
#ifndef PGMAPREF_RUN_BLOCKED_H
#define PGMAPREF_RUN_BLOCKED_H

#include "run/run_state.h"

/*
 * Reports, once each, tasks that have waited as long as --stuck before they reach memunmap_pages().
 * Searches only when it is due, and only if the verb reports blocked tasks.
 */
void run__look_for_blocked(struct run *run);

#endif /* PGMAPREF_RUN_BLOCKED_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tasks that wait before they reach memunmap_pages(). */
#ifndef PGMAPREF_RUN_BLOCKED_H
#define PGMAPREF_RUN_BLOCKED_H

#include "run/run_state.h"

/*
 * Tasks that wait before they reach memunmap_pages(), for --stuck by now: each is reported once.
 * Looks when it is due; does nothing where no teardowns are followed.
 */
void run__look_for_blocked(struct run *run);

#endif /* PGMAPREF_RUN_BLOCKED_H */

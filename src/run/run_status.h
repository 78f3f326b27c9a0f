/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The line of status.h while a run waits for something to happen. */
#ifndef PGMAPREF_RUN_STATUS_H
#define PGMAPREF_RUN_STATUS_H

#include <stddef.h>

#include "run/run_state.h"

/* "watching 3 pgmaps: 0 unbinds so far, refs +4, busy 2 pages. ^C ends. 00:03:12". Returns buf. */
const char *run__status(const struct run *run, uint64_t now, char *buf, size_t len);
/* "looking at pmem0: 41 % of 402653184 pages, 2.1 s left". Returns buf. */
const char *run__sweep_status(const struct pgmap *p, const struct pgr_sweep *so_far, char *buf,
			      size_t len);
/* Shows the first one, unless COMMAND, which may write to the same terminal, runs. */
void run__show_status(const struct run *run);

#endif /* PGMAPREF_RUN_STATUS_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages about hooks on standard error: when they are attached, and when one fails later. */
#ifndef PGMAPREF_READY_H
#define PGMAPREF_READY_H

#include "run/run_state.h"

/* How many hooks are attached and run, of how many that the run wants. */
void ready__count(const struct run *run, unsigned int *have, unsigned int *want);
/* Says that hooks are attached, and which are missing. Writes "ready" to --ready-fd. */
void ready__say(const struct run *run);
/* Only --ready-fd. */
void ready__tell(const struct options *o);
/* Says once for each hook that it is missing since the start, or that it does not run. */
void ready__say_failed(const struct run_kernel *k, const struct options *o);

#endif /* PGMAPREF_READY_H */

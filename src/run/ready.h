/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is said of hooks on standard error: when all is attached, and when one fails later on. */
#ifndef PGMAPREF_READY_H
#define PGMAPREF_READY_H

#include "run/run_state.h"

/* That all is attached, and what lacks; to --ready-fd, too. */
void ready__say(const struct run *run);
/* Hooks that went missing since, and those that do not run, each once. */
void ready__say_failed(const struct run *run);

#endif /* PGMAPREF_READY_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One run: kernel -> records -> pgmaps, ledger, histories -> verdict -> report.
 * trace, watch and check are the same run with other ends.
 */
#ifndef PGMAPREF_COMMANDS_H
#define PGMAPREF_COMMANDS_H

#include "run/options.h"

/* Each runs its verb to the end and returns the exit status. */
int session__run(const struct options *o);
int session__list(const struct options *o);
int session__refs(const struct options *o);
int session__probes(const struct options *o);

#endif /* PGMAPREF_COMMANDS_H */

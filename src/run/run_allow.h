/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Applies --allow and --gen-suppressions to leaks. */
#ifndef PGMAPREF_RUN_ALLOW_H
#define PGMAPREF_RUN_ALLOW_H

#include "model/finding.h"
#include "run/run_state.h"

/*
 * Does --allow (NULL: not given) allow this leak? Each culprit must be allowed. Counts a use of the
 * patterns that matched.
 */
bool run__allowed(const struct run_kernel *k, struct allow *allow, const struct finding *f);
/* --gen-suppressions: reports the patterns that would allow the leak. */
void run__suggest(const struct run_kernel *k, struct run_outputs *out, const struct options *o,
		  const struct finding *f);
/* Reports how many leaks each pattern of --allow allowed. */
void run__say_allowed(struct run_outputs *out, const struct options *o);

#endif /* PGMAPREF_RUN_ALLOW_H */

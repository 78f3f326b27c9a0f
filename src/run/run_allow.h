/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Leaks that --allow allows. */
#ifndef PGMAPREF_RUN_ALLOW_H
#define PGMAPREF_RUN_ALLOW_H

#include "model/finding.h"
#include "run/run_state.h"

/*
 * Does --allow (NULL: not given) allow this leak? Each of its culprits is to be allowed. Counted as a
 * use of the patterns.
 */
bool run__allowed(const struct run_kernel *k, struct allow *allow, const struct finding *f);
/* Says the patterns that would allow it, for --gen-suppressions. */
void run__suggest(const struct run_kernel *k, struct run_outputs *out, const struct options *o,
		  const struct finding *f);
/* What --allow was used for. */
void run__say_allowed(struct run_outputs *out, const struct options *o);

#endif /* PGMAPREF_RUN_ALLOW_H */

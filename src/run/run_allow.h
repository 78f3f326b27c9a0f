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
/* Opens the file of --gen-suppressions, if there is one. Returns 0 or a negative errno. */
int run__open_suppressions(struct run_outputs *out, const struct options *o);
/* Closes it. Returns the first error of any write, a negative errno. */
int run__close_suppressions(struct run_outputs *out);
/* --gen-suppressions: reports the patterns that would allow the leak, or appends them to the file. */
void run__suggest(const struct run_kernel *k, struct run_outputs *out, const struct options *o,
		  const struct finding *f);
/* Reports how many leaks each pattern of --allow allowed. leaks: how many all of them did. */
void run__say_allowed(struct run_outputs *out, const struct options *o, uint64_t leaks);

#endif /* PGMAPREF_RUN_ALLOW_H */

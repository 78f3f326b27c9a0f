/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tasks that -p, -t, -n and COMMAND select: what they start, when they end, what they did. */
#ifndef PGMAPREF_RUN_TASKS_H
#define PGMAPREF_RUN_TASKS_H

#include "run/run_state.h"

/*
 * -f: follows the descendants that the processes of -p have now. Those that they start later are
 * followed by a hook, which must be attached before. Returns 0, -EAGAIN (they start and end too fast), or
 * another negative errno.
 */
int run__follow_descendants(const struct run_kernel *k, const struct options *o);
/* Have all tasks of -p and -t ended, and by -f what they started? False if there are none. */
bool run__tasks_are_gone(const struct run_kernel *k, const struct options *o);
/*
 * Says whether the filters left out all that there was: then the run has seen nothing. A trace that
 * would be clean gets that as its result.
 */
void run__judge_unseen(struct run *run);

#endif /* PGMAPREF_RUN_TASKS_H */

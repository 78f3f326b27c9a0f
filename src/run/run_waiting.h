/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which pgmaps a waiting thread waits on, and in which of the known ways. */
#ifndef PGMAPREF_RUN_WAITING_H
#define PGMAPREF_RUN_WAITING_H

#include "kernel/waiting.h"
#include "report/report_why.h"
#include "run/run_state.h"

/* Finds the devices of all pgmaps: sysfs tells which device ends with which pgmap. */
void run__find_devices(struct run *run);

/*
 * Fills why->way, call, device, mount, sure and pgmap[].p. It takes no lock that a hung task may
 * have, and reads no page. w: the tasks that wait, to tell what other tasks explain.
 */
void run__place(struct run *run, const struct waiting *w, const struct waiting_task *t,
		struct why *why);

/* Can any of these tasks hang on device memory, as far as their stacks tell? */
bool run__may_hang(const struct waiting *w);

/* Asks the kernel how long they have slept, and for the owners of their locks. */
void run__ask_asleep(struct waiting *w);

/*
 * For list and refs: looks once for tasks that wait on pgmaps, and sets pgmap.waiter of those. If
 * /proc cannot be read, no pgmap has a waiter.
 */
void run__see_waiters(struct run *run);

#endif /* PGMAPREF_RUN_WAITING_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What asleep.bpf.c shares with src/kernel/asleep.c. As in records.h: fixed width, sizes asserted. */
#ifndef PGMAPREF_COMMON_ASLEEP_H
#define PGMAPREF_COMMON_ASLEEP_H

#include "common/records.h"

#define PGR_ASLEEP 64 /* threads asked for at once */

struct pgr_asleep {
	struct pgr_task task;
	struct pgr_task owner; /* of the lock that it waits for; tgid 0: not known, or none */
	__u64 ns; /* since it last ran; 0: not known */
	__u64 switches; /* how often it has left the CPU */
};
PGR_ASSERT(sizeof(struct pgr_asleep) == 24 + 24 + 16, "pgr_asleep");

#endif /* PGMAPREF_COMMON_ASLEEP_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time as BPF programs read it. bpf_ktime_get_ns() is CLOCK_MONOTONIC without the offset of a
 * time namespace (kernel/time/namespace.c, since 5.6). This process may be in a time namespace.
 */
#ifndef PGMAPREF_CLOCK_H
#define PGMAPREF_CLOCK_H

#include <stdint.h>

#define NSEC_PER_SEC UINT64_C(1000000000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

/* In ns. Before clock__learn() was called: CLOCK_MONOTONIC of this process. */
uint64_t clock__now(void);
/* Nanoseconds to add to clock__now() to get CLOCK_REALTIME, as it is set now. */
uint64_t clock__wall(void);

/*
 * A BPF program read the time `kernel` between two calls of clock__now(), which returned `before`
 * and `after`. From now on clock__now() agrees with the time of BPF programs.
 */
void clock__learn(uint64_t before, uint64_t kernel, uint64_t after);

/* By how many ns CLOCK_MONOTONIC of this process is ahead of the time of BPF programs. */
int64_t clock__ahead(void);

/* The difference in ns between CLOCK_BOOTTIME of this process and the time of BPF programs. */
int64_t clock__to_boottime(void);

#endif /* PGMAPREF_CLOCK_H */

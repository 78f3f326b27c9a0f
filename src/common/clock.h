/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time as the kernel's programs have it: bpf_ktime_get_ns() is CLOCK_MONOTONIC without the offset
 * of a time namespace (kernel/time/namespace.c, since 5.6), in which this process may live.
 */
#ifndef PGMAPREF_CLOCK_H
#define PGMAPREF_CLOCK_H

#include <stdint.h>

#define NSEC_PER_SEC UINT64_C(1000000000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

/* In ns. Before clock__learn() the process's own. */
uint64_t clock__now(void);

/*
 * A program of the kernel's read `kernel` between two readings of clock__now(), `before` and `after`.
 * From here on clock__now() agrees with it.
 */
void clock__learn(uint64_t before, uint64_t kernel, uint64_t after);

/* By how many ns the clock was ahead that clock__now() read before it learnt. */
int64_t clock__ahead(void);

/* From CLOCK_MONOTONIC of the kernel's programs to the CLOCK_BOOTTIME that this process is shown, ns. */
int64_t clock__to_boottime(void);

#endif /* PGMAPREF_CLOCK_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Breakpoints on all CPUs, while CPUs go offline and come online. */
#ifndef PGMAPREF_KERNEL_BREAKPOINTS_H
#define PGMAPREF_KERNEL_BREAKPOINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/breakpoint.h"

/* The breakpoint of one CPU. All 0: not set yet. */
struct cpu_breakpoint {
	struct breakpoint *b; /* NULL: not set */
	uint64_t running_ns, looked_ns; /* at the last look at which it had advanced */
	uint64_t past; /* hits of those that went away with the CPU */
};

/*
 * Sets the breakpoint, if the CPU is without it. Returns 0 (it was set all the time since the last
 * look), 1 (set now: until now it was not), or a negative errno, as ops->set() does.
 */
int cpu_breakpoint__look(const struct breakpoint_ops *ops, int prog_fd,
			 const struct breakpoint_at *at, int cpu, struct cpu_breakpoint *c);
uint64_t cpu_breakpoint__hits(const struct breakpoint_ops *ops, const struct cpu_breakpoint *c);
void cpu_breakpoint__clear(const struct breakpoint_ops *ops, struct cpu_breakpoint *c);

/* The same breakpoint on every CPU. */
struct breakpoints;

/*
 * Sets the breakpoint on every CPU that is online, of nr_cpus possible ones. Returns 0 or a negative
 * errno, as ops->set() does; then none is set. The caller owns *out. ops must live as long.
 */
int breakpoints__set(const struct breakpoint_ops *ops, int prog_fd, const struct breakpoint_at *at,
		     int nr_cpus, struct breakpoints **out);
/* s may be NULL. */
void breakpoints__clear(struct breakpoints *s);

/*
 * Sets the breakpoint on CPUs that came online. Returns false if a CPU that is online was without it
 * for some time since the last look: what it ran then was not seen.
 */
bool breakpoints__look(struct breakpoints *s);

/* How often it was hit, on all CPUs together. */
uint64_t breakpoints__hits(const struct breakpoints *s);

#endif /* PGMAPREF_KERNEL_BREAKPOINTS_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exact accounts: hardware breakpoints on the counters of at most PGR_EXACT_SLOTS pgmaps see every
 * get and every put, the inline ones too. This file keeps the slots and the breakpoints of each CPU;
 * tracer_exact.c sets them.
 *
 * kernel/events/hw_breakpoint.c (6.1 to 7.3): a breakpoint on a kernel address needs CAP_SYS_ADMIN.
 */
#ifndef PGMAPREF_KERNEL_EXACT_H
#define PGMAPREF_KERNEL_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/exact.h"
#include "kernel/breakpoints.h"

struct exact;

/* What the accounts need of the kernel. Functions return 0 or a negative errno. */
struct exact_ops {
	/* Fills the slot for a pgmap. -ESTALE: the pgmap is gone. */
	int (*begin)(void *ctx, struct pgr_exact_begin_args *a);
	/* The program behind the breakpoints: a file descriptor. */
	int (*program)(void *ctx);
	const struct breakpoint_ops *breakpoints;
	/*
	 * Begins the CPU's part of the account: on that CPU, or (offline) on another one. If the part
	 * has begun before, the CPU was without breakpoints: finds what it moved in this time.
	 */
	int (*sync)(void *ctx, unsigned int slot, int cpu, bool offline);
	/* From now on breakpoints account for the pgmap (yes), or hooks. */
	void (*mark)(void *ctx, uint64_t addr, bool yes);
	int (*read)(void *ctx, struct pgr_exact_read_args *a);
	/* The offset of the CPU's per-CPU area. */
	uint64_t (*offset)(void *ctx, int cpu);
	void (*close)(void *ctx);
};

struct exact_account {
	int64_t value; /* of the account */
	int64_t counter; /* what the counter says; equal, if no reference moved during the reading */
	uint64_t missed; /* writes that the program did not see, as the kernel counts them */
	int64_t gap; /* references that moved in missed writes, as far as it is known */
	uint64_t gaps; /* how often that was found */
	int64_t fresh, old_puts, open_puts; /* as in struct pgr_exact_slot */
	/* The extremes of the value since the last reading, if any reference moved. */
	bool has_moved;
	int64_t high, low;
	bool quiet; /* no reference moved during the reading */
};

/* NULL: no memory. ops and ctx must live as long as the result. */
struct exact *exact__new(const struct exact_ops *ops, void *ctx, int nr_cpus);
/* Ends all accounts, and calls ops->close(). x may be NULL. */
void exact__close(struct exact *x);

/*
 * Begins the account of a pgmap. Returns 0 (also if it has one), -ESTALE (the pgmap is gone),
 * -EBUSY (PGR_EXACT_SLOTS other pgmaps have one), -ENOSPC (debuggers, perf or others have the
 * breakpoints of a CPU), or another negative errno; then *why (up to `len` bytes) is a sentence.
 */
int exact__follow(struct exact *x, uint64_t addr, uint32_t id, char *why, size_t len);
bool exact__follows(const struct exact *x, uint32_t id);
/* Ends the account of pgmap `id`, if it has one. */
void exact__release(struct exact *x, uint32_t id);
/*
 * Reads the account of pgmap `id`. First sets the breakpoints of CPUs that came online since the last
 * call. Returns 0, -ENOENT (it has none), -EFAULT (its counter is gone: *out is set, but for
 * counter), -ESTALE or another negative errno.
 */
int exact__read(struct exact *x, uint32_t id, struct exact_account *out);

#endif /* PGMAPREF_KERNEL_EXACT_H */

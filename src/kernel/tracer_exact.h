/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exact accounts: hardware breakpoints on the counters of at most PGR_EXACT_SLOTS pgmaps see every
 * get and every put, the inline ones too. Owns the skeleton of exact.bpf.c, which shares the maps of
 * the tracer: gets and puts come as the same records and rows as those of hooks.
 *
 * kernel/events/hw_breakpoint.c (6.1 to 7.3): a breakpoint on a kernel address needs CAP_SYS_ADMIN.
 */
#ifndef PGMAPREF_TRACER_EXACT_H
#define PGMAPREF_TRACER_EXACT_H

#include "kernel/tracer.h"

struct exact;

struct exact_account {
	int64_t value; /* of the account */
	int64_t counter; /* what the counter says; equal, if no reference moved during the reading */
	uint64_t missed; /* writes that the program did not see, as the kernel counts them */
	int64_t gap; /* references that moved in missed writes, as far as it is known */
	uint64_t gaps; /* how often that was found */
	int64_t fresh, old_puts, open_puts; /* as in struct pgr_exact_slot */
	bool quiet; /* no reference moved during the reading */
};

/*
 * Loads the programs. On failure why (up to `len` bytes) is a sentence, and the negative errno tells
 * the kind: -ENOTSUP (this kernel or machine has no breakpoints, or the puts have hooks), -EPERM, or
 * another errno. t must live as long as *out.
 */
int exact__open(struct tracer *t, struct exact **out, char *why, size_t len);
/* Ends all accounts. x may be NULL. */
void exact__close(struct exact *x);

/*
 * Begins the account of a pgmap. Returns 0 (also if it has one), -ESTALE (the pgmap is gone),
 * -EBUSY (PGR_EXACT_SLOTS other pgmaps have one), -ENOSPC (debuggers, perf or others have the
 * breakpoints of a CPU), or another negative errno; then *why says it.
 */
int exact__follow(struct exact *x, uint64_t addr, uint32_t id, char *why, size_t len);
bool exact__follows(const struct exact *x, uint32_t id);
/* Ends the account of pgmap `id`, if it has one. */
void exact__release(struct exact *x, uint32_t id);
/*
 * Reads the account of pgmap `id`. First adds breakpoints for CPUs that came online since the last
 * call. Returns 0, -ENOENT (it has none), -ESTALE (its counter is gone) or another negative errno.
 */
int exact__read(struct exact *x, uint32_t id, struct exact_account *out);

#endif /* PGMAPREF_TRACER_EXACT_H */

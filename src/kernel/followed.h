/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Followed pages: hardware breakpoints on the refcounts of at most PGR_FOLLOWED pages see who takes
 * and drops references of them. This file keeps the breakpoints; tracer_followed.c has the programs.
 */
#ifndef PGMAPREF_KERNEL_FOLLOWED_H
#define PGMAPREF_KERNEL_FOLLOWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/followed.h"
#include "kernel/breakpoints.h"

struct followed;

/* What followed pages need of the kernel. */
struct followed_ops {
	/* Looks at the page, or begins to follow it. Returns 0 or a negative errno, a->err too. */
	int (*look)(void *ctx, struct pgr_followed_args *a);
	/* The program behind the breakpoints: a file descriptor. */
	int (*program)(void *ctx);
	const struct breakpoint_ops *breakpoints;
	/* How many hits of page `slot` the program has seen, and how many changes have no record. */
	void (*count)(void *ctx, unsigned int slot, uint64_t *runs, uint64_t *lost);
	void (*close)(void *ctx);
};

/* NULL: no memory. ops and ctx must live as long as the result. */
struct followed *followed__new(const struct followed_ops *ops, void *ctx, int nr_cpus);
/* Takes off all breakpoints, and calls ops->close(). f may be NULL. */
void followed__close(struct followed *f);

/*
 * Reads the page a->pfn of the pgmap a->pgmap, and sets what is out in *a. Returns 0, or the errno of
 * struct pgr_followed_args or of bpf(2); then *why (up to `len` bytes) is a sentence.
 */
int followed__look(struct followed *f, struct pgr_followed_args *a, char *why, size_t len);
/*
 * Sets breakpoints for one page more, on each CPU, and reads it. From now on each change of its
 * refcount is a record PGR_REC_CHANGE. Returns as followed__look(); also -EBUSY (PGR_FOLLOWED pages
 * are followed), or the errno of breakpoints__set().
 */
int followed__add(struct followed *f, struct pgr_followed_args *a, char *why, size_t len);
/*
 * Sets breakpoints on CPUs that came online. Returns false if one of these CPUs was without them for
 * some time: the program did not see its changes.
 */
bool followed__watch_cpus(struct followed *f);
/* How many changes of the page that was added as number n (from 0) have no record. */
uint64_t followed__missed(const struct followed *f, unsigned int n);

#endif /* PGMAPREF_KERNEL_FOLLOWED_H */

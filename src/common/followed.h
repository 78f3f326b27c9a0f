/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What followed.bpf.c and user space share: pages whose refcounts breakpoints follow. */
#ifndef PGMAPREF_FOLLOWED_H
#define PGMAPREF_FOLLOWED_H

#include "common/records.h"

/*
 * Pages at a time; a power of two. Each takes one of the four breakpoints of each CPU
 * (arch/x86/include/asm/hw_breakpoint.h, HBP_NUM, 6.1 to 7.3): the other two stay free for an exact
 * account.
 */
#define PGR_FOLLOWED 2

/* The state of a followed page. Its index is the cookie of the page's breakpoints. */
struct pgr_followed {
	__u64 addr; /* of the refcount, in struct page of the folio's first page */
	__u64 pfn; /* of the folio's first page */
	__u64 runs; /* of the program; the kernel counts the hits */
	__u64 lost; /* changes without a record */
	__u64 last; /* the last value of the refcount, zero-extended */
	__u32 id; /* pgmap */
	__u32 active; /* 1: `last` is valid */
};
PGR_ASSERT(sizeof(struct pgr_followed) == 48, "pgr_followed");

/*
 * Looks at a page of a pgmap (start 0), or begins to follow it (start 1: its breakpoints are set).
 * err: -ENODATA (the address of the struct pages is not known), -EFAULT (not readable), -ESTALE (the
 * page does not belong to the pgmap, or not any more).
 */
struct pgr_followed_args {
	__u64 pfn; /* in: any page of the folio; out: the folio's first page */
	__u64 pgmap; /* its address */
	__u64 addr; /* out: of the refcount */
	__u32 id; /* of the pgmap */
	__u32 slot;
	__u32 start;
	__u32 order; /* out: of the folio */
	__s32 refcount; /* out */
	__s32 err;
};
PGR_ASSERT(sizeof(struct pgr_followed_args) == 48, "pgr_followed_args");

#endif /* PGMAPREF_FOLLOWED_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walks tasks, files and mappings with BPF iterators: the owner of that object's skeleton, as
 * tracer.c is of the other's. It is loaded when first used, so that a run that finds no leak does
 * not pay for it.
 */
#ifndef PGMAPREF_WALKER_H
#define PGMAPREF_WALKER_H

#include "kernel/walked.h"

/*
 * The function that tells an io_uring's file from others, and whose address a question needs: file
 * operations are data, which kallsyms has only with CONFIG_KALLSYMS_ALL.
 */
#define FINDER_RING "io_uring_release"

struct walker;

/*
 * Loads. On failure why (up to `len` bytes) is a sentence, and the negative errno says of what kind:
 * -EPERM: not allowed, or a kernel that refuses tracing programs; others as they come.
 */
int walker__open(struct walker **out, char *why, size_t len);
/* NULL is fine. */
void walker__close(struct walker *f);

/*
 * Walks, for timeout_ns at most, into *s, which is zeroed but for err. What came until the time was
 * over is in it; done says which walks came to their end. Returns 0 or a negative errno.
 */
int walker__walk(struct walker *f, const struct pgr_walk_query *q, uint64_t timeout_ns,
		 struct walked_set *s);

#endif /* PGMAPREF_WALKER_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walks tasks, files and mappings with BPF iterators. Owns the skeleton of walk.bpf.c, as tracer.c
 * owns the skeleton of pgmapref.bpf.c. The skeleton is loaded when first used: a run that finds no
 * leak does not pay for it.
 */
#ifndef PGMAPREF_WALKER_H
#define PGMAPREF_WALKER_H

#include "kernel/walked.h"

/*
 * The release function by which a file of io_uring is recognised; a query needs its address. File
 * operations would not work: they are data, and kallsyms has data only with CONFIG_KALLSYMS_ALL.
 */
#define FINDER_RING "io_uring_release"

struct walker;

/*
 * Loads the BPF programs. On failure why (up to `len` bytes) is a sentence, and the negative errno
 * tells the kind: -EPERM (not allowed, or the kernel refuses tracing programs), or another errno.
 */
int walker__open(struct walker **out, char *why, size_t len);
/* f may be NULL. */
void walker__close(struct walker *f);

/*
 * Walks for at most timeout_ns, for pages in the q->nr_range `ranges` (walk_query__ranges()), and
 * fills *s, which must be all zero except for err. After a timeout, *s has what was found until
 * then; s->done tells which walks were completed. Returns 0 or a negative errno.
 */
int walker__walk(struct walker *f, const struct pgr_walk_query *q,
		 const struct pgr_pfn_range *ranges, uint64_t timeout_ns, struct walked_set *s);

#endif /* PGMAPREF_WALKER_H */

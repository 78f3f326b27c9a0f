/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths of the files that pages belong to. */
#ifndef PGMAPREF_RUN_PATHS_H
#define PGMAPREF_RUN_PATHS_H

#include "run/run_state.h"

struct paths;

struct paths *paths__new(void); /* NULL: no memory */
void paths__free(struct paths *p);

/*
 * The path of the file with this inode, where its filesystem is mounted: "/mnt/dax/file". pfn: a page
 * of it; 0: only what is known from an earlier call. A page that is not, or not any more, of the file
 * changes nothing in what is known. Returns 0, or a negative errno: it has no path, or it is not known.
 */
int run__path(const struct run_kernel *k, uint32_t dev, uint64_t ino, uint64_t pfn, char *buf,
	      size_t len);

#endif /* PGMAPREF_RUN_PATHS_H */

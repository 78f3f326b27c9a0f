/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lists kernel functions that live patches have replaced, from sysfs
 * (Documentation/ABI/testing/sysfs-kernel-livepatch, 6.1 to 7.3).
 */
#ifndef PGMAPREF_LIVEPATCH_H
#define PGMAPREF_LIVEPATCH_H

#include <stddef.h>

typedef void (*livepatch_fn)(void *ctx, const char *function);

/*
 * Calls fn for each function that a live patch replaces, once per patch. On a kernel without live
 * patches it calls nothing and returns 0. Returns 0, or a negative errno: the list may be
 * incomplete. root: NULL, or a directory that stands for /.
 */
int livepatch__functions(const char *root, livepatch_fn fn, void *ctx);

#endif /* PGMAPREF_LIVEPATCH_H */

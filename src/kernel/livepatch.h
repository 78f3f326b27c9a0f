/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Functions of the kernel that live patches have replaced, as sysfs has them
 * (Documentation/ABI/testing/sysfs-kernel-livepatch, 6.1 to 7.3).
 */
#ifndef PGMAPREF_LIVEPATCH_H
#define PGMAPREF_LIVEPATCH_H

#include <stddef.h>

typedef void (*livepatch_fn)(void *ctx, const char *function);

/*
 * Hands over each function that a live patch replaces, of several patches as often as that. None on a
 * kernel without live patches. Returns 0, or a negative errno: there may be others. root: NULL, or a
 * directory to look in instead of /.
 */
int livepatch__functions(const char *root, livepatch_fn fn, void *ctx);

#endif /* PGMAPREF_LIVEPATCH_H */

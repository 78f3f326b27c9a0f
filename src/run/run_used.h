/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who uses a pgmap in a way that everybody may see: a filesystem on its disk. */
#ifndef PGMAPREF_RUN_USED_H
#define PGMAPREF_RUN_USED_H

#include <stddef.h>

#include "run/run_state.h"

/*
 * Writes the first mount of the disk of p, of its partitions and of what is stacked on them, for
 * example "/mnt/dax (ext4)"; "" if there is none. k->bdevs must know the disks. Returns buf.
 */
const char *run__used_by(const struct run_kernel *k, const struct pgmap *p, char *buf, size_t len);

#endif /* PGMAPREF_RUN_USED_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Every way to pin pages of the calling process, for refs.c, which has the module. */
#ifndef PGMAPREF_FAULT_PINS_H
#define PGMAPREF_FAULT_PINS_H

struct dentry;

void pins_init(struct dentry *dir);

#endif

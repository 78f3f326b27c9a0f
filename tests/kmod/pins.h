/* SPDX-License-Identifier: GPL-2.0-only */
/* Each way to pin pages of the calling process. The module itself is in refs.c. */
#ifndef PGMAPREF_FAULT_PINS_H
#define PGMAPREF_FAULT_PINS_H

struct dentry;

void pins_init(struct dentry *dir);

#endif

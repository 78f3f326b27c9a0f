/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks that keep an unbind from reaching its pgmap. The module itself is in refs.c. */
#ifndef PGMAPREF_FAULT_BLOCKED_H
#define PGMAPREF_FAULT_BLOCKED_H

struct dentry;

int blocked_init(struct dentry *dir);
/* Releases all that tasks still wait for. */
void blocked_exit(void);

#endif

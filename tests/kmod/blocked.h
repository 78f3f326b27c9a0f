/* SPDX-License-Identifier: GPL-2.0-only */
/* What keeps an unbind from getting as far as its pgmap, for refs.c, which has the module. */
#ifndef PGMAPREF_FAULT_BLOCKED_H
#define PGMAPREF_FAULT_BLOCKED_H

struct dentry;

int blocked_init(struct dentry *dir);
/* Lets everything go that still waits. */
void blocked_exit(void);

#endif

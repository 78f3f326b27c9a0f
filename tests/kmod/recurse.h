/* SPDX-License-Identifier: GPL-2.0-only */
/* References taken within the program that is to see them, for refs.c, which has the module. */
#ifndef PGMAPREF_FAULT_RECURSE_H
#define PGMAPREF_FAULT_RECURSE_H

struct dentry;

void recurse_init(struct dentry *dir);
void recurse_exit(void);

#endif

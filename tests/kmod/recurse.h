/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes references inside the program that sees gets. The module itself is in refs.c. */
#ifndef PGMAPREF_FAULT_RECURSE_H
#define PGMAPREF_FAULT_RECURSE_H

struct dentry;

void recurse_init(struct dentry *dir);
void recurse_exit(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PGMAPREF_FAULT_FOLIOS_H
#define PGMAPREF_FAULT_FOLIOS_H

struct dentry;

#ifdef PGMAP_FOLIOS
void folios_init(struct dentry *dir);
#else
static inline void folios_init(struct dentry *dir)
{
}
#endif

#endif

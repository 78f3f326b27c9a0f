/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of module pgmapref_fault: refs.c has the module, maps.c makes pgmaps. */
#ifndef PGMAPREF_FAULT_MAPS_H
#define PGMAPREF_FAULT_MAPS_H

struct dentry;
struct resource;

void maps_init(struct dentry *dir);
/* Tears all of them down: waits for what is still held of them. */
void maps_exit(void);
/* The first free place for so many pages, a multiple of 32768; NULL: there is none. */
struct resource *map_reserve(unsigned long pages);

#endif

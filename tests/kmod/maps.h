/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes pgmaps. The module itself is in refs.c. */
#ifndef PGMAPREF_FAULT_MAPS_H
#define PGMAPREF_FAULT_MAPS_H

struct dentry;
struct resource;

void maps_init(struct dentry *dir);
/* Tears down all pgmaps. Waits until nothing holds them. */
void maps_exit(void);
/* Reserves the first free range of so many pages, a multiple of 32768. NULL: there is none. */
struct resource *map_reserve(unsigned long pages);

#endif

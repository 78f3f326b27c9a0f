/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The references that do not make a page busy, for each type of pgmap. */
#ifndef PGMAPREF_IDLE_BPF_H
#define PGMAPREF_IDLE_BPF_H

/* Per type, chosen by plan.c: refcount of an idle page; -1: not known. */
const volatile s32 idle_refs[PGR_TYPES] = {};
/* Per type: does a mapping hold a reference of its own? (6.15 and later) */
const volatile u8 maps_hold[PGR_TYPES] = {};

#endif /* PGMAPREF_IDLE_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stable words for the numbers of pgmapref.h, for people and for JSON. */
#ifndef PGMAPREF_NAMES_H
#define PGMAPREF_NAMES_H

#include "pgmapref.h"

/* Never NULL; "?" for a number that has no name. */
const char *name_of_type(unsigned int type);
const char *name_of_event(unsigned int event);
const char *name_of_hook(unsigned int hook);
const char *name_of_loss(unsigned int cause);
const char *name_of_holding(unsigned int holding);

/* "fsdax" -> PGR_TYPE_FSDAX; "devdax" and "generic" are the same. -1: no such type. */
int type_of_name(const char *name);

#endif /* PGMAPREF_NAMES_H */

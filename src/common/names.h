/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words for the numbers of records.h, for people and for JSON. The words never change. */
#ifndef PGMAPREF_NAMES_H
#define PGMAPREF_NAMES_H

#include "common/records.h"

/* Never NULL; "?" for a number that has no name. */
const char *type__name(unsigned int type);
const char *event__name(unsigned int event);
const char *hook__name(unsigned int hook);
const char *loss__name(unsigned int cause);
const char *holding__name(unsigned int holding);

/* "fsdax" -> PGR_TYPE_FSDAX; "devdax" and "generic" are the same. -1: no such type. */
int type__of_name(const char *name);

#endif /* PGMAPREF_NAMES_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Replaces paths that the user typed for pgmaps by names. */
#ifndef PGMAPREF_TYPED_NAMES_H
#define PGMAPREF_TYPED_NAMES_H

#include "run/options.h"

/* In o->names and o->exact_names. The new names live until the process ends. */
void typed_names__resolve(struct options *o);

#endif /* PGMAPREF_TYPED_NAMES_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sweep in plain C: looks at one page after the other. */
#ifndef PGMAPREF_SWEEP_MODEL_H
#define PGMAPREF_SWEEP_MODEL_H

#include "sweep_world.h"

struct model {
	const struct world *w;
	struct pgr_sweep r;
	struct pgr_busy_row rows[1 << 16];
	uint32_t nr_rows;
	uint64_t entry_end;
	uint64_t reads;
};

#define RANGES 3

extern struct pgr_range model__ranges[RANGES]; /* of the pgmap */

/* Adds what a sweep finds in range k of p to *m, which begins with zeros and m->w. */
void model__range(struct model *m, const struct pgr_pgmap *p, uint32_t k);

#endif /* PGMAPREF_SWEEP_MODEL_H */

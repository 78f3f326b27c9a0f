/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Holders that the walks found, in reports. */
#ifndef PGMAPREF_REPORT_WALKED_H
#define PGMAPREF_REPORT_WALKED_H

#include "report/report.h"

struct walked_set;

/* Holders of p now. found: NULL if the walks did not run. sweep: as in report__list(). */
void report__refs(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  const struct walked_set *found);
/*
 * Holders that the walks found (NULL: the walks did not run), and how many of the busy pages (NULL:
 * not swept) they explain.
 */
void part__walked(struct report *r, const struct walked_set *s, const struct pgr_sweep *pages);

#endif /* PGMAPREF_REPORT_WALKED_H */

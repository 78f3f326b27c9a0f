/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reports of one pgmap: findings, layers, the summary of a trace. */
#ifndef PGMAPREF_REPORT_PGMAP_H
#define PGMAPREF_REPORT_PGMAP_H

#include "report/report.h"

/* The report of a teardown, or of a live pgmap at the end of a check. */
void report__finding(struct report *r, const struct finding *f, uint64_t now);
/*
 * Reports that the layers of p, which accounts for its folios, do not agree: see p->layers.off.
 * l: after ledger__reconcile().
 */
void report__layers(struct report *r, const struct pgmap *p, const struct ledger *l,
		    const struct pgr_sweep *pages, uint64_t now);
/* pages: a sweep made now, or NULL. */
void report__pgmap_summary(struct report *r, const struct pgmap *p, const struct ledger *l,
			   const struct pgr_sweep *pages, uint64_t now);

#endif /* PGMAPREF_REPORT_PGMAP_H */

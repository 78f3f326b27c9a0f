/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Holders and layers in reports. */
#ifndef PGMAPREF_REPORT_HOLDERS_H
#define PGMAPREF_REPORT_HOLDERS_H

#include "report/report.h"

/* A holder: an object of an array in JSON, lines in text. */
void part__holder(struct report *r, const struct holder *h, uint64_t now);
/* The task of a holder, whether it has ended, and how long ago the holding began. */
void part__taken(struct report *r, const struct holder *h, uint64_t now);
/* Kinds of holding that the ledger leaves out, because a hook is missing. Text: 4 blanks before. */
void part__left_out(struct report *r, const struct ledger *l);
/*
 * For a pgmap that accounts for its folios: three layers that must agree (references, entries,
 * pages). excess and pages were read at the same time. pages may be NULL.
 */
void part__layers(struct report *r, const struct pgmap *p, const struct ledger *l, int64_t excess,
		  const struct pgr_sweep *pages);
/* Holders: the tasks that took references, as traced, and how much of the excess they explain. */
void part__holders(struct report *r, const struct finding *f, int64_t excess, uint64_t now);

#endif /* PGMAPREF_REPORT_HOLDERS_H */

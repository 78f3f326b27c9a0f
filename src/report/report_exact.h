/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The exact account of a pgmap in reports. */
#ifndef PGMAPREF_REPORT_EXACT_H
#define PGMAPREF_REPORT_EXACT_H

#include "report/report.h"

/* Nothing if no exact account of p was tried. */
void part__exact(struct report *r, const struct pgmap *p);

/* The end of refs --exact: how many references are left, and what the account is worth. */
void report__references(struct report *r, const struct pgmap *p);

#endif /* PGMAPREF_REPORT_EXACT_H */

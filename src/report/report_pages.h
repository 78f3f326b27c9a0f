/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pages in reports. */
#ifndef PGMAPREF_REPORT_PAGES_H
#define PGMAPREF_REPORT_PAGES_H

#include "report/report.h"

/* A busy page: an object of an array in JSON, a line in text. */
void part__busy_page(struct report *r, const struct pgr_busy_page *b);
/* The result of a sweep: figures, and the first busy pages. */
void part__pages(struct report *r, const struct pgmap *p, const struct pgr_sweep *s,
		 const char *when);

#endif /* PGMAPREF_REPORT_PAGES_H */

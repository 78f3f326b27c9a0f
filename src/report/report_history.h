/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Histories in reports. */
#ifndef PGMAPREF_REPORT_HISTORY_H
#define PGMAPREF_REPORT_HISTORY_H

#include "report/report.h"

/* The history: sparklines, peaks and steps as text, all of it as JSON. */
void part__history(struct report *r, const struct pgmap *p);

#endif /* PGMAPREF_REPORT_HISTORY_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DAX entries in reports. */
#ifndef PGMAPREF_REPORT_ENTRIES_H
#define PGMAPREF_REPORT_ENTRIES_H

#include "report/report.h"

/*
 * DAX entries of files that a sweep found on the pages of an fsdax pgmap. l: traced holders
 * that inserted them, or NULL.
 */
void part__entries(struct report *r, const struct pgr_sweep *s, const struct ledger *l,
		   const char *when);

#endif /* PGMAPREF_REPORT_ENTRIES_H */

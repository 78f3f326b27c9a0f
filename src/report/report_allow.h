/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What --allow suppressed: a table of the patterns of its file. */
#ifndef PGMAPREF_REPORT_ALLOW_H
#define PGMAPREF_REPORT_ALLOW_H

#include "model/allow.h"
#include "report/report.h"

/*
 * Text has the patterns that were used and those that have expired, and with all those that were not
 * used; JSON has a record for each pattern. file: as the user named it. leaks: how many were
 * suppressed.
 */
void report__suppressions(struct report *r, const char *file, const struct allow *a, uint64_t leaks,
			  bool all);

#endif /* PGMAPREF_REPORT_ALLOW_H */

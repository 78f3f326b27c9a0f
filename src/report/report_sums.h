/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* trace -c: a table of who took how much, and held it for how long. */
#ifndef PGMAPREF_REPORT_SUMS_H
#define PGMAPREF_REPORT_SUMS_H

#include "model/sums.h"
#include "report/report.h"

/* The rows in the order that they have. puts_seen: each put of a reference has an event. */
void report__sums(struct report *r, const struct sums *s, bool puts_seen, uint64_t now);

#endif /* PGMAPREF_REPORT_SUMS_H */

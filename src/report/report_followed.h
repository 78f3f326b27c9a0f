/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* refs --follow: a line for each change of a followed page, and the answer at the end. */
#ifndef PGMAPREF_REPORT_FOLLOWED_H
#define PGMAPREF_REPORT_FOLLOWED_H

#include "model/followed_page.h"
#include "report/report.h"

/*
 * A line for the last change of f, with the columns of report__event_header(). Set r->start_ns before
 * the first line.
 */
void report__change(struct report *r, const struct followed_page *f);
/* How it ended for f; ns: CLOCK_MONOTONIC now. */
void report__followed(struct report *r, const struct followed_page *f, uint64_t ns);

#endif /* PGMAPREF_REPORT_FOLLOWED_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The answer first: what happened, who did it, what to do, in one screen. Text without -v is this
 * alone. JSON has the same sentences in front of all figures.
 */
#ifndef PGMAPREF_REPORT_BRIEF_H
#define PGMAPREF_REPORT_BRIEF_H

#include "model/finding.h"
#include "report/report.h"

/* now: CLOCK_MONOTONIC. */
void part__brief(struct report *r, const struct finding *f, uint64_t now);
/* How the verdict of a judgement looks. */
enum out_style part__style_of(const struct judgement *j);
/* "2026-11-26 18:22:31", local time, for a time of CLOCK_MONOTONIC. Returns buf. */
const char *part__wall(const struct report *r, uint64_t ns, char *buf, size_t len);

#endif /* PGMAPREF_REPORT_BRIEF_H */

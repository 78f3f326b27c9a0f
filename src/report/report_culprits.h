/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is behind a finding: the tasks, what they have, how, and how long. */
#ifndef PGMAPREF_REPORT_CULPRITS_H
#define PGMAPREF_REPORT_CULPRITS_H

#include "model/culprits.h"
#include "report/report.h"

/* JSON: the array "culprits", and "left" and "left_known". Text: the paragraph WHO. */
void part__culprits(struct report *r, const struct finding *f, const struct culprits *c,
		    uint64_t now);

#endif /* PGMAPREF_REPORT_CULPRITS_H */

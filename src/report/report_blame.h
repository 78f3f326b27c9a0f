/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A leak in one sentence, for lists of failures: what is left, by whom, where. */
#ifndef PGMAPREF_REPORT_BLAME_H
#define PGMAPREF_REPORT_BLAME_H

#include "report/report.h"

/*
 * "2 references left by rdma_reader/238 at get_write [mod]". Of several tasks, it names the first
 * ones. It has neither the time nor the name of the pgmap. Returns buf.
 */
const char *report__blame(struct report *r, const struct finding *f, char *buf, size_t len);

/*
 * The same with the pgmap and what happened, and of pages the pfns, for a log: "pmem0: UNBIND HANGS, 4
 * references are left (hang): 3 by rdma_reader/266 at get_write [mod], 1 by worker2/268". f is a
 * leak. Control characters are replaced. Returns buf.
 */
const char *report__line(struct report *r, const struct finding *f, char *buf, size_t len);

#endif /* PGMAPREF_REPORT_BLAME_H */

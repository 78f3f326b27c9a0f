/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of `list`: for people, with columns as wide as needed, or with all figures. */
#ifndef PGMAPREF_REPORT_LIST_H
#define PGMAPREF_REPORT_LIST_H

#include "report/report.h"

#define LIST_USED_BY 192

struct list_row {
	const struct pgmap *p;
	struct pgr_sweep *sweep; /* NULL if the pages were not swept; the caller frees it */
	char used_by[LIST_USED_BY]; /* text: who uses it, for example "/mnt/dax (ext4)"; "": not known */
};

/*
 * All rows, and what to know about them. JSON and r->details: a record with all figures each.
 * history: show the history of each, too. selected: only some of the pgmaps were asked for.
 */
void report__table(struct report *r, const struct list_row *rows, size_t nr, bool history,
		   bool selected);

#endif /* PGMAPREF_REPORT_LIST_H */

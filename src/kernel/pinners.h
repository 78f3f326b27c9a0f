/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds of files by which a process can pin memory that it need not map or have open. A process
 * with such a file open could hold any page. Only the driver of the file knows which pages.
 */
#ifndef PGMAPREF_PINNERS_H
#define PGMAPREF_PINNERS_H

#include "common/walk.h"

/*
 * A kind is recognised by the release function of the file. File operations would not work: they
 * are data, and kallsyms has data only with CONFIG_KALLSYMS_ALL. Device names would not work: udev
 * chooses them. The row number is pgr_walked.kind. A row with release NULL ends the table.
 */
struct pinner {
	const char *release;
	const char *kind; /* for people and scripts: must never change */
};

extern const struct pinner pinners[PGR_WALK_PINNERS + 1];

/* The kind of a row; "?" if there is no such row. */
const char *pinner__kind(uint32_t row);

#endif /* PGMAPREF_PINNERS_H */

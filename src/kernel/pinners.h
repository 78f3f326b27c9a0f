/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files by which a process has memory pinned that it need neither map nor have open: whoever has
 * one open could hold any page. Which pages it holds, only their drivers know.
 */
#ifndef PGMAPREF_PINNERS_H
#define PGMAPREF_PINNERS_H

#include "common/walk.h"

/*
 * By what is called when the file goes: file operations are data, which kallsyms has only with
 * CONFIG_KALLSYMS_ALL, and a device's name is whatever udev makes it. The row's number is
 * pgr_walked.kind; a release of NULL ends the table.
 */
struct pinner {
	const char *release;
	const char *kind; /* for people and scripts: it never changes */
};

extern const struct pinner pinners[PGR_WALK_PINNERS + 1];

/* The kind of a row; "?" for a number that is none. */
const char *pinner__kind(uint32_t row);

#endif /* PGMAPREF_PINNERS_H */

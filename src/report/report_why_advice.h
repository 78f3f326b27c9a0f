/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sentences of `why`: what the wait is, what ends it, what to do next time. Each was checked in
 * guests (tests/guest/t/why.t) on the kernels for which it is said.
 */
#ifndef PGMAPREF_REPORT_WHY_ADVICE_H
#define PGMAPREF_REPORT_WHY_ADVICE_H

#include "common/walk.h"
#include "report/report_why.h"

struct advice {
	char so[256]; /* what ends the wait; "": nothing is known */
	const char *beside; /* what else is true and dangerous; NULL: nothing */
	const char *next; /* next time; NULL: nothing to do */
};

void advice__find(const struct why *y, struct advice *a);
/* Behind the function that waits; NULL: nothing to add. */
const char *advice__wait(enum why_way way);
/* Why nobody is named. */
const char *advice__unknown(const struct why *y);
/* "in a pipe", "maps". */
const char *advice__thing(enum pgr_walk_how how);

#endif /* PGMAPREF_REPORT_WHY_ADVICE_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is not known where a hook is missing, or did not run. */
#ifndef PGMAPREF_UNSEEN_H
#define PGMAPREF_UNSEEN_H

#include "kernel/alive.h"
#include "kernel/plan.h"

/* A hook that does not see what it is for; {} when there is none such. Both strings are borrowed. */
struct unseen {
	const char *hook; /* its name; NULL: all is seen */
	const char *how; /* to follow it: "is missing", or as alive__doubt() says */
};

/* alive: NULL when all that is attached runs; plan: NULL when nothing is missing, either. */

/* Rows of this holding of a pgmap of this type may outlive what they stand for. */
struct unseen unseen__outlived(const struct plan *plan, const struct alive *alive,
			       enum pgr_holding holding, enum pgr_type type);
/* How many there are is not known: not all are seen to come, or to go. */
struct unseen unseen__uncounted(const struct plan *plan, const struct alive *alive,
				enum pgr_holding holding, enum pgr_type type);
/* Events of this kind are not seen, or not all. */
struct unseen unseen__event(const struct plan *plan, const struct alive *alive,
			    enum pgr_event event, enum pgr_type type);
/* Who has unpinned may still be named, until the next look at the pages. */
struct unseen unseen__unpin(const struct plan *plan, const struct alive *alive);

#endif /* PGMAPREF_UNSEEN_H */

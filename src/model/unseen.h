/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the tool does not know because a hook is missing or does not run. */
#ifndef PGMAPREF_UNSEEN_H
#define PGMAPREF_UNSEEN_H

#include "kernel/alive.h"
#include "kernel/plan.h"

/* A hook that is missing or does not run; { NULL, NULL }: no hook. The strings are borrowed. */
struct unseen {
	const char *hook; /* name of the hook; NULL: everything is seen */
	const char *how; /* text to print after the name: "is missing", or from alive__doubt() */
};

/* alive: NULL if every attached hook runs. plan: NULL if also no hook is missing. */

/* Rows of this holding may stay in the ledger after what they describe is gone. */
struct unseen unseen__outlived(const struct plan *plan, const struct alive *alive,
			       enum pgr_holding holding, enum pgr_type type);
/* The number of these holdings is not known: some are not seen being taken or given back. */
struct unseen unseen__uncounted(const struct plan *plan, const struct alive *alive,
				enum pgr_holding holding, enum pgr_type type);
/* Not every event of this kind is seen. */
struct unseen unseen__event(const struct plan *plan, const struct alive *alive,
			    enum pgr_event event, enum pgr_type type);
/* Until the next sweep, tasks that already unpinned may still be listed. */
struct unseen unseen__unpin(const struct plan *plan, const struct alive *alive);

#endif /* PGMAPREF_UNSEEN_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Judging a live pgmap that accounts for its folios: its references, the DAX entries and the folios
 * in use have to agree to the last one. A difference that two looks in a row found is none of
 * timing.
 */
#ifndef PGMAPREF_LAYERS_H
#define PGMAPREF_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

/* Which layer is off, and how far. One error may hide another: the least that explains it all. */
struct layers_off {
	uint64_t refs_too_many; /* references more than folios in use and others that were traced */
	uint64_t refs_too_few; /* references less than these: put too often */
	uint64_t without_reference; /* traced entries with pages of no folio that has a reference */
	bool perhaps_untraced; /* few may as well be of entries without a reference that were not traced */
};

/* What earlier looks at a pgmap left; zeroed to begin with. */
struct layers_state {
	bool settled; /* older is known */
	bool guessed; /* one look had older as guess */
	int64_t older; /* references that were taken before the tool started, not by folios */
	int64_t guess;
	bool short_before; /* there were fewer than folios in use when the tool started */
	struct layers_off off; /* of the last look */
};

/* One look. */
struct layers_look {
	bool adopted; /* the pgmap is older than the tool */
	int64_t excess; /* references above rest, as read */
	uint64_t used; /* folios in use, as read at the same time */
	int64_t foreign_puts; /* of struct pgr_pgmap */
	const struct layers *traced; /* read at the same time, too; NULL: not asked yet */
};

/* Nothing is to be said of this look; what earlier ones found off needs two looks again. */
void layers__skip(struct layers_state *s);

enum layers_verdict {
	LAYERS_ASK, /* the ledger has to be asked: look again with what was traced */
	LAYERS_OPEN, /* nothing yet: the next look decides */
	LAYERS_AGREE,
	LAYERS_INCOMPLETE, /* they may agree: the ledger lost what would tell */
	LAYERS_DIFFER, /* by state->off */
};

/*
 * Judges one look. Without what was traced, LAYERS_ASK or LAYERS_AGREE: most looks need no ledger.
 * Looks during which the counter moved are not to be given.
 */
enum layers_verdict layers__judge(struct layers_state *s, const struct layers_look *look);

/*
 * Can they be compared for pgmaps of this type? Of peer-to-peer memory, what is allocated cannot be
 * told by its pages, which stay idle (drivers/pci/p2pdma.c, 6.1).
 */
bool layers__have(enum pgr_type type);

/* Has the ledger lost rows? cause: by enum pgr_loss; missed_runs: by enum pgr_hook. */
bool layers__lost(const uint64_t *cause, const uint64_t *missed_runs);

#endif /* PGMAPREF_LAYERS_H */

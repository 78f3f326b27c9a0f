/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks a live pgmap that accounts for its folios: its references, DAX entries and folios in use
 * must match exactly. A difference counts only if two samples in a row show it, because one sample
 * may be taken while references move.
 */
#ifndef PGMAPREF_LAYERS_H
#define PGMAPREF_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

/*
 * Which layers do not match, and by how much. One error may hide another: these are the smallest
 * numbers that explain the samples.
 */
struct layers_off {
	uint64_t refs_too_many; /* references above folios in use plus other traced references */
	uint64_t refs_too_few; /* references below this sum: put too often */
	uint64_t without_reference; /* traced entries with pages that no referenced folio covers */
	bool perhaps_untraced; /* refs_too_few may come from untraced entries without a reference */
};

/* State of earlier samples of a pgmap. All zero at the start. */
struct layers_state {
	bool settled; /* `older` is known */
	bool guessed; /* one sample gave `guess` for `older` */
	int64_t older; /* references taken before the tool started, not by folios */
	int64_t guess;
	bool short_before; /* at tool start there were fewer references than folios in use */
	struct layers_off off; /* from the last sample */
};

/* One sample. */
struct layers_sample {
	bool adopted; /* the pgmap is older than the tool */
	int64_t excess; /* references above the value at rest, as read */
	uint64_t used; /* folios in use, from a sweep at the same time */
	int64_t foreign_puts; /* from struct pgr_pgmap */
	const struct layers *traced; /* from the ledger, at the same time; NULL: not read yet */
};

/* Discards this sample. A difference must again be seen in two samples. */
void layers__skip(struct layers_state *s);

enum layers_verdict {
	LAYERS_ASK, /* the ledger is needed: call again with sample->traced set */
	LAYERS_OPEN, /* not decided: the next sample decides */
	LAYERS_AGREE,
	LAYERS_INCOMPLETE, /* the layers may match: the ledger lost rows that would tell */
	LAYERS_DIFFER, /* state->off says how */
};

/*
 * Judges one sample. Without sample->traced it returns LAYERS_ASK or LAYERS_AGREE: most samples need
 * no ledger. Do not pass a sample during which the counter moved.
 */
enum layers_verdict layers__judge(struct layers_state *s, const struct layers_sample *sample);

/*
 * Can the layers of a pgmap of this type be compared? Not for peer-to-peer memory: its pages stay
 * idle when they are allocated (drivers/pci/p2pdma.c, 6.1).
 */
bool layers__have(enum pgr_type type);

/* Did the ledger lose rows? cause: by enum pgr_loss. missed_runs: by enum pgr_hook. */
bool layers__lost(const uint64_t *cause, const uint64_t *missed_runs);

#endif /* PGMAPREF_LAYERS_H */

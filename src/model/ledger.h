/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ledger as people want it: rows of one pgmap grouped into holders, each a
 * task, a call site and, for DAX entries, a file.
 */
#ifndef PGMAPREF_LEDGER_H
#define PGMAPREF_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"
#include "model/unseen.h"

#define HOLDER_INDEXES 16

struct holder {
	uint32_t holding; /* enum pgr_holding */
	struct pgr_task task;
	uint64_t stack; /* key; 0: not known */
	uint64_t ino; /* DAX entries: file, and the first and last offset in pages */
	uint32_t dev;
	uint64_t first_index, last_index;
	/* Where each entry or folio begins, ascending; nr_indexes 0: more than are kept. */
	uint64_t indexes[HOLDER_INDEXES];
	unsigned int nr_indexes;
	uint64_t first_pfn, last_pfn;
	int64_t n; /* references, device pages, entries, or pins */
	int64_t pages;
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC */
	bool without_reference; /* a DAX entry with pages of no folio that has a reference */
	int64_t bare_pages; /* these, of all n */
	bool without_entry; /* a folio's reference without a DAX entry */
	bool transient; /* taken where it is given back before the call returns */
	/* Pins. */
	int64_t folios; /* of which they are */
	uint32_t order; /* of these, the largest */
	bool orders; /* they have several */
	bool got; /* by get_user_pages() and such: no pin to the page */
	bool mapped; /* device pages: a process maps them, and no driver asked for them */
};

/*
 * The layers of a pgmap that accounts for its folios, as the ledger has them. They are to agree with
 * what was read to the last one: the excess is folios in use and others, and no entry is bare.
 */
struct layers {
	int64_t folios; /* references traced for folios, and for device pages that were allocated */
	int64_t others; /* references traced otherwise: get_dev_pagemap() and such */
	uint64_t entries; /* DAX entries traced */
	/* Rows were lost: the figures above are the least there are, and those below are not known. */
	bool incomplete;
	uint64_t without_reference; /* entries with pages under which no folio has a reference */
	uint64_t bare_pages; /* so many pages, each once */
	uint64_t without_entry; /* folios' references with no entry above: pinned, or not put */
};

struct ledger;

struct ledger *ledger__new(void); /* NULL: no memory */
void ledger__free(struct ledger *l);

/*
 * Is the call site of this stack one that takes a reference only for the length
 * of a call (get_user_pages() and such)? Asked once per group.
 */
typedef bool (*ledger_transient_fn)(void *ctx, uint64_t stack);

/*
 * Rows of this holding are to be left out, for it is not known which of them still stand for
 * something: a hook would have told. To be called before any is added.
 */
void ledger__leave_out(struct ledger *l, enum pgr_holding holding, struct unseen unseen);
/* How much of this holding was left out (as holder.n), and *unseen: for the lack of what. */
uint64_t ledger__left_out(const struct ledger *l, enum pgr_holding holding, struct unseen *unseen);

/* Adds a row; has the shape of a tracer_ledger_fn. A failure is remembered. */
void ledger__add(void *ledger, const struct pgr_ledger_key *key, const struct pgr_ledger_row *row);
/* To be called once all are in; groups are then sorted, largest first. -ENOMEM. */
int ledger__finish(struct ledger *l, ledger_transient_fn transient, void *ctx);

/*
 * Looks how the rows hang together, where the pgmap accounts for its folios; to be called once all
 * are in, and before ledger__finish(), which forgets what is asked here. foreign_puts: of the
 * pgmap. bare and idle rows are marked as such, and are groups of their own then; none are if rows
 * were lost, of which nobody knows what they would go with. -ENOMEM.
 */
int ledger__reconcile(struct ledger *l, int64_t foreign_puts, bool lost);
/* What it found; NULL if it was not asked. */
const struct layers *ledger__layers(const struct ledger *l);

/*
 * Of which of the busy pages that a sweep listed do the rows that are in say who pinned them, or got
 * them from their driver? To be called before ledger__finish(), which forgets where each of them is.
 */
void ledger__mark_traced(struct ledger *l, const struct pgr_sweep *pages);
/* What it found: [PGR_BUSY], by place in the list; all false if it was not asked. */
const bool *ledger__traced(const struct ledger *l);

size_t ledger__nr(const struct ledger *l);
const struct holder *ledger__holder(const struct ledger *l, size_t i);
/* References that rows account for, those in passing left out; a pin is none. */
int64_t ledger__references(const struct ledger *l);

#endif /* PGMAPREF_LEDGER_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ledger in the form that reports need: the rows of one pgmap, grouped into holders. A holder
 * is a task, a call site and, for DAX entries, a file.
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
	uint64_t stack; /* stack key; 0: not known */
	uint64_t ino; /* DAX entries: the file, and its first and last offset in pages */
	uint32_t dev;
	uint64_t first_index, last_index;
	/*
	 * Start of each entry or folio, ascending. nr_indexes is 0 if there are more than
	 * HOLDER_INDEXES.
	 */
	uint64_t indexes[HOLDER_INDEXES];
	unsigned int nr_indexes;
	uint64_t first_pfn, last_pfn;
	int64_t n; /* number of references, device pages, entries or pins */
	int64_t pages;
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC */
	bool without_reference; /* DAX entries: no referenced folio covers some of the pages */
	int64_t pages_without_reference; /* pages without a reference, added up over all n entries */
	bool without_entry; /* the reference of a folio that no DAX entry maps */
	bool transient; /* the call site drops the reference before its call returns */
	/* Pins. */
	int64_t folios; /* number of pinned folios */
	uint32_t order; /* largest order of the folios */
	bool orders; /* the folios have different orders */
	bool got; /* taken by get_user_pages() or a variant: the page does not count it as a pin */
	bool mapped; /* device pages: a process maps them, no driver allocated them */
};

/*
 * What the ledger says about the layers of a pgmap that accounts for its folios. The ledger must
 * match the counter and the sweep exactly: the excess is folios in use plus others, and each entry
 * has a reference.
 */
struct layers {
	int64_t folios; /* traced references of folios and of allocated device pages */
	int64_t others; /* all other traced references: get_dev_pagemap() and its variants */
	uint64_t entries; /* traced DAX entries */
	/* Rows were lost: the fields above are minima, the fields below are not known. */
	bool incomplete;
	uint64_t without_reference; /* entries with pages that no folio with a reference covers */
	uint64_t pages_without_reference; /* pages without a reference, each counted once */
	uint64_t without_entry; /* folio references without a DAX entry: pinned, or not put */
};

struct ledger;

struct ledger *ledger__new(void); /* NULL: no memory */
void ledger__free(struct ledger *l);

/*
 * Does the call site of this stack take a reference only for the duration of a call, as
 * get_user_pages() does? Called once per group.
 */
typedef bool (*ledger_transient_fn)(void *ctx, uint64_t stack);

/*
 * Leaves out all rows of this holding. For use when a hook is missing or did not run, and rows may
 * therefore remain after their reference, entry or pin is gone. `unseen` names the hook. Call it
 * before any row is added.
 */
void ledger__leave_out(struct ledger *l, enum pgr_holding holding, struct unseen unseen);
/* The number left out of this holding, in units of holder.n. *unseen names the missing hook. */
uint64_t ledger__left_out(const struct ledger *l, enum pgr_holding holding, struct unseen *unseen);

/*
 * Adds a row. Has the signature of tracer_ledger_fn. ledger__finish() and ledger__reconcile()
 * return the error of a failed call.
 */
void ledger__add(void *ledger, const struct pgr_ledger_key *key, const struct pgr_ledger_row *row);
/* Groups the rows, largest group first. Call it when all rows are added. Returns 0 or -ENOMEM. */
int ledger__finish(struct ledger *l, ledger_transient_fn transient, void *ctx);

/*
 * Compares entries with folios, for a pgmap that accounts for its folios. Call it when all rows are
 * added and before ledger__finish(), which merges the rows. foreign_puts: from struct pgr_pgmap.
 * Sets without_reference and without_entry of the rows. ledger__finish() then keeps these rows in
 * groups of their own. If rows were lost (lost), it marks none, because the lost rows may be the
 * missing counterparts. Returns 0 or -ENOMEM.
 */
int ledger__reconcile(struct ledger *l, int64_t foreign_puts, bool lost);
/* The result of ledger__reconcile(); NULL if it was not called or failed. */
const struct layers *ledger__layers(const struct ledger *l);

/*
 * Marks the busy pages, of those that a sweep listed, for which a row names the pinner or the task
 * that got them from the driver. Call it before ledger__finish(), which merges the rows.
 */
void ledger__mark_traced(struct ledger *l, const struct pgr_sweep *pages);
/*
 * The result of ledger__mark_traced(): PGR_BUSY flags, in the order of the sweep's list. All are
 * false if it was not called.
 */
const bool *ledger__traced(const struct ledger *l);

size_t ledger__nr(const struct ledger *l);
const struct holder *ledger__holder(const struct ledger *l, size_t i);
/* References that the rows account for, without transient ones. A pin is not a reference. */
int64_t ledger__references(const struct ledger *l);

#endif /* PGMAPREF_LEDGER_H */

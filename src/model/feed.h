/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Applies records to the pgmaps of a run, and says what the caller must do next (struct change).
 * Results depend on the arguments only: this file asks no kernel, no clock and no file. A replayed
 * recording therefore gives the same results as the run.
 */
#ifndef PGMAPREF_FEED_H
#define PGMAPREF_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pgmaps.h"

#define FEED_STACKS 256 /* stacks that the feed remembers; a power of two */

struct feed {
	struct pgmaps *pgmaps;
	uint64_t step_ns; /* initial length of a slot in a history */
	uint64_t stuck_ns; /* a teardown that waits this long is stuck */
	bool skips_older; /* a teardown that began before the run never counts as stuck */
	/* Is the stack from an interrupt? Indexed by low bits of the key. Key 0: free slot. */
	struct {
		uint64_t key;
		bool interrupt;
	} stack[FEED_STACKS];
};

enum change_kind {
	CHANGE_NONE, /* the caller need not do anything */
	/* Not applied: the caller adds what is missing, and feeds the record again. */
	CHANGE_NO_PGMAP, /* pgmap `id` is not known: call feed__add() */
	CHANGE_NO_STACK, /* `stack` is not known: call feed__learn_stack() */
	/* The record was applied. */
	CHANGE_BORN,
	CHANGE_BEGUN, /* the begin of a teardown was seen */
	CHANGE_SWEPT, /* the pages were swept in a teardown */
	CHANGE_DRAINED,
	CHANGE_GONE, /* the teardown has ended: judge it */
	CHANGE_MOVED, /* a reference of a dying pgmap was taken or put */
	CHANGE_EVENT,
	CHANGE_PINNED, /* the first pin of any pgmap: attach the unpin hooks now */
};

struct change {
	enum change_kind kind;
	bool fresh; /* p was just added: it has no name, and -g was not applied to it */
	bool killed; /* p was alive as far as known: this change counts one more teardown */
	uint32_t id; /* the pgmap of the record */
	struct pgmap *p; /* NULL: not known, or the record has no pgmap */
	uint64_t ns; /* when it happened, CLOCK_MONOTONIC */
	struct pgr_task task; /* the task that acted; tgid 0: an interrupt, or not known */
	uint64_t stack; /* CHANGE_NO_STACK: key of the stack */
	/* Pointers into the record. */
	const struct pgr_sweep *pages; /* CHANGE_SWEPT */
	const struct pgr_rec_event *event; /* CHANGE_EVENT; its task is set in interrupts, too */
	const struct pgr_rec_move *move; /* CHANGE_MOVED; the same */
};

/*
 * Applies a record of `size` bytes, aligned like its type, and sets *c. Returns 0; -EBADMSG: the
 * record is cut off, its kind is not known, or one of its numbers or strings is not valid; or
 * -ENOMEM. After an error the pgmaps are unchanged.
 */
int feed__record(struct feed *f, const struct pgr_header *h, size_t size, struct change *c);

/*
 * Adds the generation that k describes, unless it already exists. Returns 0: *c is CHANGE_BORN with
 * the time of the birth; or -ENOMEM. If the pgmap is already dying, the caller has to find the task
 * that unbinds it.
 */
int feed__add(struct feed *f, const struct pgr_pgmap *k, struct change *c);

/* Remembers whether the stack with this key is from an interrupt. Key 0 (no stack): never. */
void feed__learn_stack(struct feed *f, uint64_t key, bool interrupt);
/* Returns false if the stack was never learned, or was forgotten since. */
bool feed__knows_stack(const struct feed *f, uint64_t key, bool *interrupt);

/* ---- values that the tool read (not from records) ---- */

/* k: the counters at ns. They must be newer than those that p has. */
void feed__counters(struct pgmap *p, const struct pgr_pgmap *k, uint64_t ns);
/* A sample at ns. err: why it failed, or 0; -ESTALE: p is no longer at its address. */
void feed__value(struct pgmap *p, int err, int64_t value, uint32_t ref_flags, uint64_t ns);

/* Since the last sample, the value was between low and high, and reached both. */
void feed__extremes(struct pgmap *p, int64_t low, int64_t high, uint64_t ns);

/* Does this sample show that the teardown has ended? err and ref_flags: as for feed__value(). */
bool feed__is_over(int err, uint32_t ref_flags);

/*
 * Is p alive according to its records, while its counter is dying? At the first sample that shows
 * this, the record of the begin may still come. At the second sample no record comes: no hook saw
 * the begin, and *c counts the teardown. Returns false if records and counter do not differ.
 */
bool feed__see_dying(struct pgmap *p, uint64_t ns, struct change *c);
/*
 * Is p gone without a record? Only the sample shows that it is gone. `awaited`: a record of its end
 * will come, or the verb does not follow teardowns: returns false. At the first sample that does
 * not find p, records may still come. Returns false: p is not gone; true with CHANGE_NONE: p may be
 * gone; true with CHANGE_GONE: p is gone.
 */
bool feed__see_stale(struct pgmap *p, bool awaited, uint64_t ns, struct change *c);
/* Has the teardown of p waited as long as --stuck says? The caller then reports it. */
bool feed__is_overdue(const struct feed *f, const struct pgmap *p, uint64_t now);
/*
 * Marks the teardown of p as stuck if p waits for references. Call this directly after a sample.
 * Returns false if p does not wait, or if this is not known.
 */
bool feed__stick(struct pgmap *p, uint64_t now);
/*
 * For a pgmap that was adopted during its teardown: the tool does not see the call end, because the
 * fexit program was not attached when the call began. The drain therefore counts as the end.
 * Returns true if p is gone now: the caller judges it.
 */
bool feed__close_adopted(struct pgmap *p);
/*
 * For a teardown whose begin was not seen. `over`: a sample shows that it has ended. If two samples
 * in a row show this, no record of the end comes. Returns true if p is gone now: the caller judges
 * it.
 */
bool feed__close_over(struct pgmap *p, bool over);

#endif /* PGMAPREF_FEED_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records in, changes out: what a record does to the pgmaps of a run, and what has to follow. All of
 * it is a function of what is given: nothing here asks a kernel, a clock or a file. So a recording
 * shows what the run itself showed.
 */
#ifndef PGMAPREF_FEED_H
#define PGMAPREF_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pgmaps.h"

#define FEED_STACKS 256 /* stacks that are remembered; a power of two */

struct feed {
	struct pgmaps *pgmaps;
	uint64_t step_ns; /* of the first slots of histories */
	uint64_t stuck_ns; /* a teardown that waits for so long is stuck */
	bool skips_older; /* a teardown that is older than the run never counts as stuck */
	/* Is a stack that of an interrupt? By the key's low bits; key 0: none. */
	struct {
		uint64_t key;
		bool interrupt;
	} stack[FEED_STACKS];
};

enum change_kind {
	CHANGE_NONE, /* nothing has to follow */
	/* Nothing was done yet: the caller finds out what is missing, and feeds the record again. */
	CHANGE_NO_PGMAP, /* pgmap `id` is not known: for feed__add() */
	CHANGE_NO_STACK, /* `stack` is not known: for feed__learn_stack() */
	/* Done. */
	CHANGE_BORN,
	CHANGE_BEGUN, /* the begin of a teardown was seen */
	CHANGE_SWEPT, /* the pages of a teardown were looked at */
	CHANGE_DRAINED,
	CHANGE_GONE, /* the teardown is over, and to be judged */
	CHANGE_MOVED, /* a reference of a dying pgmap was taken or put */
	CHANGE_EVENT,
	CHANGE_PINNED, /* the first pin of all: unpins have to be seen from now on */
};

struct change {
	enum change_kind kind;
	bool fresh; /* p is new here: it has no name yet, and was not selected */
	bool killed; /* p was alive until now, as far as was known: one more teardown */
	uint32_t id; /* of the pgmap that the record is of */
	struct pgmap *p; /* NULL: not known, or of no pgmap */
	uint64_t ns; /* when it was, CLOCK_MONOTONIC */
	struct pgr_task task; /* who did it; tgid 0: nobody, or not known */
	uint64_t stack; /* CHANGE_NO_STACK: its key */
	/* These belong to the record. */
	const struct pgr_sweep *pages; /* CHANGE_SWEPT */
	const struct pgr_rec_event *event; /* CHANGE_EVENT: its task is as recorded, interrupt or not */
};

/*
 * Applies a record of `size` bytes, which is aligned as its type is. Returns 0, and sets *c; or
 * -EBADMSG (cut off, of a kind that is not known, or with a number or text that no record has) or
 * -ENOMEM, and leaves the pgmaps as they were.
 */
int feed__record(struct feed *f, const struct pgr_header *h, size_t size, struct change *c);

/*
 * Adds the generation that k describes, unless it is there. Returns 0, and *c is CHANGE_BORN, with
 * the time of its birth; or -ENOMEM. Who unbinds one that was found dying is the caller's to find.
 */
int feed__add(struct feed *f, const struct pgr_pgmap *k, struct change *c);

/* Whether the stack of this key is that of an interrupt. Key 0, no stack, is of none. */
void feed__learn_stack(struct feed *f, uint64_t key, bool interrupt);
/* False: it was not learnt, or has been forgotten since. */
bool feed__knows_stack(const struct feed *f, uint64_t key, bool *interrupt);

/* ---- what was read, and not recorded by the kernel side ---- */

/* k: the counters at ns, read later than any that p has. */
void feed__counters(struct pgmap *p, const struct pgr_pgmap *k, uint64_t ns);
/* The value at ns. err: why it could not be read; -ESTALE: p is not at its place. */
void feed__value(struct pgmap *p, int err, int64_t value, uint32_t ref_flags, uint64_t ns);

/* Was what is left to be read of a pgmap its end? err and ref_flags: as for feed__value(). */
bool feed__is_over(int err, uint32_t ref_flags);

/*
 * p is alive by its records, but its counter was read as dying. The first time a record may be under
 * way; the second time the teardown began before it was looked for. Returns false: it does not.
 */
bool feed__see_dying(struct pgmap *p, uint64_t ns, struct change *c);
/*
 * Has p gone without a record? `awaited`: a record of its end is still to come, or nobody asks. What
 * is known then is that it is gone. At the first look that does not find it the records may be under
 * way. Returns false: it has not; true with CHANGE_NONE: perhaps; true with CHANGE_GONE: it has.
 */
bool feed__see_stale(struct pgmap *p, bool awaited, uint64_t ns, struct change *c);
/* Has its teardown waited for as long as --stuck says, so that it is to be reported? */
bool feed__is_overdue(const struct feed *f, const struct pgmap *p, uint64_t now);
/*
 * p was sampled just now: if it waits, its teardown is stuck from here on. False: it does not wait,
 * or that is not known.
 */
bool feed__stick(struct pgmap *p, uint64_t now);
/*
 * One that was adopted in the middle of its teardown: the end of that call is not seen, since its
 * fexit was not there when it began. Drained is the end. True: p is gone now, and to be judged.
 */
bool feed__close_adopted(struct pgmap *p);
/*
 * One whose begin was not seen and that has ended, as reading shows: no record of it comes if two
 * looks in a row say so. True: p is gone now, and to be judged.
 */
bool feed__close_over(struct pgmap *p, bool over);

#endif /* PGMAPREF_FEED_H */

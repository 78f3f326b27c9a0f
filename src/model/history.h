/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The history of one pgmap in constant memory: how its references, DAX entries and busy pages
 * changed over time, how many events there were, and when the pgmap became live, was killed,
 * drained and went away.
 *
 * The time since the start is divided into slots of equal length. If a new time lies beyond the
 * last slot, neighbouring slots are merged in pairs and the slot length doubles, as often as
 * needed. Nothing is dropped, only resolution is lost. Minima, maxima, event counts, high-water and
 * low-water marks and the times of marks stay exact.
 *
 * All times are absolute, in ns of one monotonic clock. A time before the start counts in the first
 * slot. Times may come in any order. Not thread-safe. Only history__new() allocates memory.
 */
#ifndef PGMAPREF_HISTORY_H
#define PGMAPREF_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_SLOTS 256u

enum history_series {
	HISTORY_VALUE, /* the counter of references */
	HISTORY_REFS, /* the same above its value at rest; of a dying pgmap: all that are left */
	HISTORY_ENTRIES, /* DAX mapping entries */
	HISTORY_BUSY, /* pages above their idle refcount */
	HISTORY_NR_SERIES,
};

enum history_event {
	HISTORY_GET,
	HISTORY_PUT,
	HISTORY_ALLOC,
	HISTORY_FREE,
	HISTORY_INSERT,
	HISTORY_DELETE,
	HISTORY_NR_EVENTS,
};

enum history_mark {
	HISTORY_LIVE,
	HISTORY_KILLED,
	HISTORY_DRAINED,
	HISTORY_GONE,
	HISTORY_NR_MARKS,
};

/* One series in one slot. If sampled is false, all other fields are 0: see history__shown(). */
struct history_cell {
	int64_t min, max;
	int64_t last; /* sample with the latest time; of equal times, the one added last */
	uint64_t last_ns; /* time of `last`, in ns since the start */
	bool sampled;
};

struct history_slot {
	uint64_t start; /* ns since the start of the history */
	struct history_cell cells[HISTORY_NR_SERIES];
	uint64_t events[HISTORY_NR_EVENTS];
};

struct history;

/*
 * Creates a history that begins at start_ns, with slots of step_ns. The caller owns *out and frees
 * it with history__free(). Returns 0, -EINVAL (step_ns is 0) or -ENOMEM.
 */
int history__new(uint64_t start_ns, uint64_t step_ns, struct history **out);

/* h may be NULL. */
void history__free(struct history *h);

/* Adds a sample: at time t, `series` had value v. Returns 0 or -EINVAL (no such series). */
int history__sample(struct history *h, uint64_t t, enum history_series series, int64_t v);

/* Adds n events of this kind at time t. Returns 0 or -EINVAL (no such kind). */
int history__count(struct history *h, uint64_t t, enum history_event kind, uint64_t n);

/*
 * Sets the time of `mark` to t. Only the first call for a mark has an effect. Returns 0, -EEXIST
 * (the mark is already set and keeps its time) or -EINVAL (no such mark).
 */
int history__mark(struct history *h, uint64_t t, enum history_mark mark);

/*
 * Number of slots, up to the latest time passed to history__sample(), history__count() or
 * history__mark(). It is 0 before the first of these calls.
 */
unsigned int history__nr_slots(const struct history *h);

/*
 * Slot i, or NULL if i is not below history__nr_slots(). h owns the slot. The pointer is valid
 * until h changes.
 */
const struct history_slot *history__slot(const struct history *h, unsigned int i);

/*
 * What to show of `series` for slot i: its cell, if the slot has a sample. Otherwise min, max and
 * last are the last value before the slot, and sampled is false. Returns 0, -ENODATA (no sample in
 * this slot or before it) or -EINVAL (no such slot or series).
 */
int history__shown(const struct history *h, unsigned int i, enum history_series series,
		   struct history_cell *out);

/* Current length of a slot in ns: step_ns of history__new() times a power of two. */
uint64_t history__step_ns(const struct history *h);

/* start_ns of history__new(): the time at which slot 0 begins. */
uint64_t history__start_ns(const struct history *h);

/*
 * The high-water and low-water mark of `series`, and the earliest time at which `series` had this
 * value. v and t may be NULL. Returns 0, -ENODATA (never sampled) or -EINVAL.
 */
int history__peak(const struct history *h, enum history_series series, int64_t *v, uint64_t *t);
int history__low(const struct history *h, enum history_series series, int64_t *v, uint64_t *t);

/* The time of `mark`. Returns 0, -ENODATA (the mark is not set yet) or -EINVAL. */
int history__at(const struct history *h, enum history_mark mark, uint64_t *t);

/* Number of all events of this kind. */
uint64_t history__total(const struct history *h, enum history_event kind);

/*
 * Writes `series` into buf as one line of at most `width` columns: one column per slot, or fewer if
 * there are more slots than columns. A column shows the highest value of its slots, as
 * history__shown() returns them. A short peak therefore stays visible. Columns before the first
 * sample are blank. The glyphs are UTF-8 blocks (eight levels, three bytes each) or, with ascii,
 * "_.-=*#".
 *
 * The lowest glyph means exactly *lo, the lowest column. *hi, the highest column (the peak), has
 * the highest glyph. A value above *lo, even by 1, has a higher glyph than *lo. A flat line has the
 * lowest glyph. lo and hi may be NULL.
 *
 * Returns the number of columns, -ENODATA (never sampled), -ERANGE (len is too small; 3 * width + 1
 * bytes are always enough) or -EINVAL (width is 0, or no such series). buf is set only on success.
 */
int history__sparkline(const struct history *h, enum history_series series, unsigned int width,
		       bool ascii, char *buf, size_t len, int64_t *lo, int64_t *hi);

#endif

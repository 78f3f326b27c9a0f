/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The history of one pgmap in constant memory: how its references, DAX entries and busy pages
 * went over time, how many events there were, and when its life's turning points were.
 *
 * Time from the start is cut into slots of equal length. When it outgrows them, neighbouring
 * slots are merged in pairs and the length doubles, as often as it takes: nothing is dropped,
 * only resolution is lost. Minima, maxima, event counts, high- and low-water marks and the times
 * of marks stay exact for ever.
 *
 * All times are absolute, in ns of one monotonic clock; what is earlier than the start goes to the
 * first slot. Times need not come in order. Not thread-safe. No function but history__new()
 * allocates.
 */
#ifndef PGMAPREF_HISTORY_H
#define PGMAPREF_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_SLOTS 256u

enum history_series {
	HISTORY_VALUE, /* references on the pgmap */
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

/* One series in one slot. With @sampled false the rest is 0: see history__shown(). */
struct history_cell {
	int64_t min, max;
	int64_t last; /* the sample of the latest time; of equal times, the one that came last */
	uint64_t last_ns; /* its time, in ns since the start */
	bool sampled;
};

struct history_slot {
	uint64_t start; /* ns since the start of the history */
	struct history_cell cells[HISTORY_NR_SERIES];
	uint64_t events[HISTORY_NR_EVENTS];
};

struct history;

/*
 * A history that begins at @start_ns with slots of @step_ns. *@out is the caller's, to be given to
 * history__free(). Returns 0, -EINVAL (@step_ns is 0) or -ENOMEM.
 */
int history__new(uint64_t start_ns, uint64_t step_ns, struct history **out);

/* NULL is fine. */
void history__free(struct history *h);

/* At @t @series was seen to be @v. Returns 0 or -EINVAL (no such series). */
int history__sample(struct history *h, uint64_t t, enum history_series series, int64_t v);

/* @n more events of this @kind at @t. Returns 0 or -EINVAL (no such kind). */
int history__count(struct history *h, uint64_t t, enum history_event kind, uint64_t n);

/*
 * The turning point @mark was at @t. The first call for a mark holds.
 * Returns 0, -EEXIST (set before, left as it is) or -EINVAL (no such mark).
 */
int history__mark(struct history *h, uint64_t t, enum history_mark mark);

/* How many slots there are, up to the latest time given to any of the three; 0 before that. */
unsigned int history__nr_slots(const struct history *h);

/* Slot @i < nr_slots, or NULL. It belongs to @h and is good until the next change. */
const struct history_slot *history__slot(const struct history *h, unsigned int i);

/*
 * What to show of @series for slot @i: what was sampled in it or, if nothing was, the last value
 * before it as min, max and last, with @sampled false. Returns 0, -ENODATA (nothing was sampled in
 * it or before) or -EINVAL (no such slot or series).
 */
int history__shown(const struct history *h, unsigned int i, enum history_series series,
		   struct history_cell *out);

/* The present length of a slot in ns: step_ns times a power of two. */
uint64_t history__step_ns(const struct history *h);

uint64_t history__start_ns(const struct history *h);

/*
 * The high-water and low-water marks of @series and the earliest time that it was there. @v and
 * @t may be NULL. Returns 0, -ENODATA (never sampled) or -EINVAL.
 */
int history__peak(const struct history *h, enum history_series series, int64_t *v, uint64_t *t);
int history__low(const struct history *h, enum history_series series, int64_t *v, uint64_t *t);

/* When @mark was. Returns 0, -ENODATA (not yet) or -EINVAL. */
int history__at(const struct history *h, enum history_mark mark, uint64_t *t);

/* All events of @kind. */
uint64_t history__total(const struct history *h, enum history_event kind);

/*
 * @series as a line of at most @width columns into @buf: one column per slot, or fewer when there
 * are more slots than columns; a column shows the highest of its slots as history__shown() has
 * them, so no spike vanishes. Columns before the first sample are blank. UTF-8 blocks (eight
 * levels, three bytes each) or, with @ascii, "_.-=*#".
 * The lowest glyph means exactly *@lo, the lowest column, and the highest one is there for *@hi,
 * the highest column (which is the peak); whatever is above *@lo, by as little as 1, is drawn
 * above it. A flat line is drawn low. @lo and @hi may be NULL.
 * Returns the number of columns, -ENODATA (never sampled), -ERANGE (@len bytes are too few;
 * 3 * @width + 1 always do) or -EINVAL (no width, no such series). @buf is set only on success.
 */
int history__sparkline(const struct history *h, enum history_series series, unsigned int width,
		       bool ascii, char *buf, size_t len, int64_t *lo, int64_t *hi);

#endif

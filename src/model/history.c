// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct extreme {
	int64_t v;
	uint64_t t;
};

struct history {
	uint64_t start, step;
	unsigned int nr;
	struct history_slot slots[HISTORY_SLOTS];
	struct extreme high[HISTORY_NR_SERIES], low[HISTORY_NR_SERIES];
	bool sampled[HISTORY_NR_SERIES];
	uint64_t marks[HISTORY_NR_MARKS];
	bool marked[HISTORY_NR_MARKS];
};

int history__new(uint64_t start_ns, uint64_t step_ns, struct history **out)
{
	struct history *h;

	if (!step_ns)
		return -EINVAL;
	/*
	 * Write to all pages now, because memory use must not grow during a long run. Not with
	 * memset(): compilers turn malloc() and memset() into calloc(), and pages of calloc() are
	 * allocated only when they are first used.
	 */
	h = malloc(sizeof(*h));
	if (!h)
		return -ENOMEM;
	explicit_bzero(h, sizeof(*h));
	h->start = start_ns;
	h->step = step_ns;
	*out = h;
	return 0;
}

void history__free(struct history *h)
{
	free(h);
}

static void cell__merge(struct history_cell *into, const struct history_cell *from)
{
	if (!from->sampled)
		return;
	if (!into->sampled) {
		*into = *from;
		return;
	}
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	if (from->last_ns >= into->last_ns) {
		into->last = from->last;
		into->last_ns = from->last_ns;
	}
}

static void slot__merge(struct history_slot *into, const struct history_slot *from)
{
	for (unsigned int i = 0; i < HISTORY_NR_SERIES; i++)
		cell__merge(&into->cells[i], &from->cells[i]);
	for (unsigned int i = 0; i < HISTORY_NR_EVENTS; i++)
		into->events[i] += from->events[i];
}

/* Halves the number of slots `shift` times in one pass, because time may jump far. */
static void history__halve(struct history *h, unsigned int shift)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < h->nr; i++) {
		unsigned int to = shift < 32 ? i >> shift : 0;

		if (to == i) {
			nr = i + 1;
			continue;
		}
		if (to == nr) {
			h->slots[to] = h->slots[i];
			nr++;
		} else {
			slot__merge(&h->slots[to], &h->slots[i]);
		}
	}
	memset(&h->slots[nr], 0, (HISTORY_SLOTS - nr) * sizeof(h->slots[0]));
	h->step <<= shift;
	h->nr = nr; /* a merged slot keeps the start of its first part */
}

static uint64_t offset_of(const struct history *h, uint64_t t)
{
	return t > h->start ? t - h->start : 0;
}

static struct history_slot *history__reach(struct history *h, uint64_t t)
{
	uint64_t off = offset_of(h, t);
	unsigned int shift = 0, i;

	/* No overflow: the step is doubled only while 256 steps are less than a 64-bit offset. */
	while (off / (h->step << shift) >= HISTORY_SLOTS)
		shift++;
	if (shift)
		history__halve(h, shift);
	i = (unsigned int)(off / h->step);
	for (; h->nr <= i; h->nr++)
		h->slots[h->nr].start = h->nr * h->step;
	return &h->slots[i];
}

static void extreme__take(struct extreme *e, bool further, int64_t v, uint64_t t)
{
	if (further || (v == e->v && t < e->t)) {
		e->v = v;
		e->t = t;
	}
}

int history__sample(struct history *h, uint64_t t, enum history_series series, int64_t v)
{
	struct history_cell one = { .min = v, .max = v, .last = v, .sampled = true };
	bool first;

	if ((unsigned int)series >= HISTORY_NR_SERIES)
		return -EINVAL;
	one.last_ns = offset_of(h, t);
	cell__merge(&history__reach(h, t)->cells[series], &one);

	first = !h->sampled[series];
	extreme__take(&h->high[series], first || v > h->high[series].v, v, t);
	extreme__take(&h->low[series], first || v < h->low[series].v, v, t);
	h->sampled[series] = true;
	return 0;
}

int history__count(struct history *h, uint64_t t, enum history_event kind, uint64_t n)
{
	if ((unsigned int)kind >= HISTORY_NR_EVENTS)
		return -EINVAL;
	history__reach(h, t)->events[kind] += n;
	return 0;
}

int history__mark(struct history *h, uint64_t t, enum history_mark mark)
{
	if ((unsigned int)mark >= HISTORY_NR_MARKS)
		return -EINVAL;
	if (h->marked[mark])
		return -EEXIST;
	history__reach(h, t);
	h->marks[mark] = t;
	h->marked[mark] = true;
	return 0;
}

unsigned int history__nr_slots(const struct history *h)
{
	return h->nr;
}

const struct history_slot *history__slot(const struct history *h, unsigned int i)
{
	return i < h->nr ? &h->slots[i] : NULL;
}

int history__shown(const struct history *h, unsigned int i, enum history_series series,
		   struct history_cell *out)
{
	const struct history_cell *cell;
	unsigned int at = i;

	if (i >= h->nr || (unsigned int)series >= HISTORY_NR_SERIES)
		return -EINVAL;
	while (at && !h->slots[at].cells[series].sampled)
		at--;
	cell = &h->slots[at].cells[series];
	if (!cell->sampled)
		return -ENODATA;
	*out = *cell;
	if (at != i) {
		out->min = cell->last;
		out->max = cell->last;
		out->sampled = false;
	}
	return 0;
}

uint64_t history__step_ns(const struct history *h)
{
	return h->step;
}

uint64_t history__start_ns(const struct history *h)
{
	return h->start;
}

static int history__extreme(const struct history *h, const struct extreme *extremes,
			    enum history_series series, int64_t *v, uint64_t *t)
{
	if ((unsigned int)series >= HISTORY_NR_SERIES)
		return -EINVAL;
	if (!h->sampled[series])
		return -ENODATA;
	if (v)
		*v = extremes[series].v;
	if (t)
		*t = extremes[series].t;
	return 0;
}

int history__peak(const struct history *h, enum history_series series, int64_t *v, uint64_t *t)
{
	return history__extreme(h, h->high, series, v, t);
}

int history__low(const struct history *h, enum history_series series, int64_t *v, uint64_t *t)
{
	return history__extreme(h, h->low, series, v, t);
}

int history__at(const struct history *h, enum history_mark mark, uint64_t *t)
{
	if ((unsigned int)mark >= HISTORY_NR_MARKS)
		return -EINVAL;
	if (!h->marked[mark])
		return -ENODATA;
	*t = h->marks[mark];
	return 0;
}

uint64_t history__total(const struct history *h, enum history_event kind)
{
	uint64_t sum = 0;

	if ((unsigned int)kind >= HISTORY_NR_EVENTS)
		return 0;
	for (unsigned int i = 0; i < h->nr; i++)
		sum += h->slots[i].events[kind];
	return sum;
}

struct column {
	int64_t max;
	bool known;
};

/*
 * The column for slots first..end-1. *carried is the last value before slot `first`, and is updated
 * for the next column.
 */
static struct column column__of(const struct history *h, enum history_series series,
				unsigned int first, unsigned int end, struct column *carried)
{
	struct column col = { 0 };

	for (unsigned int i = first; i < end; i++) {
		const struct history_cell *cell = &h->slots[i].cells[series];
		struct column shown = *carried;

		if (cell->sampled) {
			shown = (struct column){ .max = cell->max, .known = true };
			*carried = (struct column){ .max = cell->last, .known = true };
		}
		if (shown.known && (!col.known || shown.max > col.max))
			col = shown;
	}
	return col;
}

/* Level 0 for lo only, the highest for hi, rounded up between: a small excess stays visible. */
static unsigned int level_of(int64_t v, int64_t lo, int64_t hi, unsigned int levels)
{
	uint64_t span = (uint64_t)hi - (uint64_t)lo;
	uint64_t above = (uint64_t)v - (uint64_t)lo;

	if (!above)
		return 0;
	/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): span is not 0 if v is above lo */
	return (unsigned int)(((unsigned __int128)above * (levels - 1) + span - 1) / span);
}

int history__sparkline(const struct history *h, enum history_series series, unsigned int width,
		       bool ascii, char *buf, size_t len, int64_t *lo, int64_t *hi)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const signs[] = { "_", ".", "-", "=", "*", "#" };
	const char *const *glyphs = ascii ? signs : blocks;
	unsigned int levels = ascii ? sizeof(signs) / sizeof(signs[0]) :
				      sizeof(blocks) / sizeof(blocks[0]);
	struct column cols[HISTORY_SLOTS], carried = { 0 };
	int64_t min = INT64_MAX, max = INT64_MIN;
	char line[HISTORY_SLOTS * 3 + 1];
	unsigned int nr;
	size_t at = 0;

	if (!width || (unsigned int)series >= HISTORY_NR_SERIES)
		return -EINVAL;
	if (!h->sampled[series])
		return -ENODATA;
	nr = width < h->nr ? width : h->nr;
	for (unsigned int i = 0; i < nr; i++) {
		cols[i] = column__of(h, series, i * h->nr / nr, (i + 1) * h->nr / nr, &carried);
		if (cols[i].known && cols[i].max < min)
			min = cols[i].max;
		if (cols[i].known && cols[i].max > max)
			max = cols[i].max;
	}
	for (unsigned int i = 0; i < nr; i++) {
		const char *glyph = " ";
		size_t n;

		if (cols[i].known)
			glyph = glyphs[level_of(cols[i].max, min, max, levels)];
		n = strlen(glyph);
		memcpy(line + at, glyph, n);
		at += n;
	}
	if (at + 1 > len)
		return -ERANGE;
	memcpy(buf, line, at);
	buf[at] = '\0';
	if (lo)
		*lo = min;
	if (hi)
		*hi = max;
	return (int)nr;
}

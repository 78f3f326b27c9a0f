// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports the history of a pgmap: sparklines, peaks and steps as text, all of it as JSON. */
#include <inttypes.h>
#include <string.h>
#include <sys/param.h>

#include "common/names.h"
#include "common/span.h"
#include "report/report_brief.h"
#include "report/report_history.h"
#include "report/report_parts.h"

#define SPARK_WIDTH 60
#define LINE_WIDTH 80

static const char *const series[] = {
	[HISTORY_VALUE] = "value",
	[HISTORY_REFS] = "references",
	[HISTORY_ENTRIES] = "entries",
	[HISTORY_BUSY] = "busy",
};

/* The numbers in the rest of the tool for what a history counts and marks. */
static const enum pgr_event event_of[] = {
	[HISTORY_GET] = PGR_EV_GET,	  [HISTORY_PUT] = PGR_EV_PUT,
	[HISTORY_ALLOC] = PGR_EV_ALLOC,	  [HISTORY_FREE] = PGR_EV_FREE,
	[HISTORY_INSERT] = PGR_EV_INSERT, [HISTORY_DELETE] = PGR_EV_DELETE,
};
static const enum pgmap_state state_of[] = {
	[HISTORY_LIVE] = PGMAP_LIVE,
	[HISTORY_KILLED] = PGMAP_KILLED,
	[HISTORY_DRAINED] = PGMAP_DRAINED,
	[HISTORY_GONE] = PGMAP_GONE,
};
_Static_assert(sizeof(series) / sizeof(*series) == HISTORY_NR_SERIES, "series of a history");
_Static_assert(sizeof(event_of) / sizeof(*event_of) == HISTORY_NR_EVENTS, "events of a history");
_Static_assert(sizeof(state_of) / sizeof(*state_of) == HISTORY_NR_MARKS, "marks of a history");

/* ---- text: sparklines over one axis of time */

/* A series as text shows it. */
struct spark {
	int s;
	int64_t lo, hi; /* of its columns */
	char hi_text[64]; /* " 4 at 9.00 s" */
	char line[SPARK_WIDTH * 3 + 1];
};

static int digits(int64_t n)
{
	char buf[32];

	return snprintf(buf, sizeof(buf), "%" PRId64, n);
}

/* Fills *x with at most `width` columns. Returns their number; 0: there is nothing to show. */
static int make_spark(const struct out *o, const struct history *h, int s, int width,
		      struct spark *x)
{
	char span[32];
	int64_t peak;
	uint64_t t;
	int n;

	x->s = s;
	if (history__peak(h, s, &peak, &t))
		return 0;
	n = history__sparkline(h, s, width, !out__utf8(o), x->line, sizeof(x->line), &x->lo, &x->hi);
	snprintf(x->hi_text, sizeof(x->hi_text), " %" PRId64 " at %s", x->hi,
		 span__text(part__since(t, history__start_ns(h)), span, sizeof(span)));
	return n > 0 ? n : 0;
}

/*
 * The counter is shown above its value at rest: that value has the number of pages in it, beside
 * which nobody sees three references. Where it is not known, the counter itself is shown.
 */
static bool is_shown(const struct pgmap *p, int s)
{
	const struct history *h = p->history;
	int64_t peak;
	uint64_t t;

	if (s == HISTORY_VALUE || s == HISTORY_REFS) {
		bool above = pgmap__has_baseline(p) && !history__peak(h, HISTORY_REFS, &peak, &t);

		return above == (s == HISTORY_REFS);
	}
	/* Entries and busy pages that were never there are not worth a line. */
	return !history__peak(h, s, &peak, &t) && peak;
}

/* Had the series one value only? */
static bool is_flat(const struct history *h, int s)
{
	int64_t low, peak;
	uint64_t t;

	return !history__low(h, s, &low, &t) && !history__peak(h, s, &peak, &t) && low == peak;
}

/* The letters of the steps under the columns in which they happened. */
static void put_steps(struct out *o, const struct history *h, int columns, int indent)
{
	static const char letters[] = {
		[HISTORY_KILLED] = 'k', [HISTORY_DRAINED] = 'd', [HISTORY_GONE] = 'g'
	};
	unsigned int nr = history__nr_slots(h);
	char line[SPARK_WIDTH + 1];
	bool any = false;
	uint64_t t;

	memset(line, ' ', columns);
	/* In one column the first step counts. */
	for (int m = HISTORY_GONE; m >= HISTORY_KILLED; m--) {
		uint64_t slot;

		if (history__at(h, m, &t))
			continue;
		slot = part__since(t, history__start_ns(h)) / history__step_ns(h);
		slot = slot < nr ? slot : nr - 1;
		/* Column i has the slots from i * nr / columns on (history__sparkline()). */
		line[((slot + 1) * columns - 1) / nr] = letters[m];
		any = true;
	}
	while (columns && line[columns - 1] == ' ')
		columns--;
	if (any)
		out__text(o, "%*s%.*s\n", indent, "", columns, line);
}

/* When the first and the last column are, and how long one is. */
static void put_axis(struct report *r, const struct history *h, int columns)
{
	uint64_t start = history__start_ns(h), step = history__step_ns(h);
	unsigned int nr = history__nr_slots(h);
	char from[32], to[32], span[32];
	const char *until = part__wall(r, start + nr * step, to, sizeof(to));
	size_t day = strlen("2026-01-01 ");

	part__wall(r, start, from, sizeof(from));
	if (!strncmp(from, to, day))
		until += day;
	out__text(r->out, "    time       %s to %s, %s a column\n", from, until,
		  span__text(step * nr / columns, span, sizeof(span)));
}

static void put_sparks(struct report *r, const struct pgmap *p, const struct unseen *uncounted)
{
	const struct history *h = p->history;
	int columns = 0, lo = 0, hi = 0, width = SPARK_WIDTH, drawn = 0;
	struct out *o = r->out;
	struct spark x;

	/* All lines have the same columns: first the room that figures need. */
	for (int s = 0; s < HISTORY_NR_SERIES; s++) {
		if (!is_shown(p, s) || !make_spark(o, h, s, SPARK_WIDTH, &x) || is_flat(h, s))
			continue;
		lo = MAX(lo, digits(x.lo));
		hi = MAX(hi, (int)strlen(x.hi_text));
	}
	width = MIN(width, LINE_WIDTH - (4 + 10 + 1 + lo + 1 + hi));
	for (int s = 0; s < HISTORY_NR_SERIES; s++) {
		if (s == HISTORY_ENTRIES && uncounted->hook) {
			if (history__total(h, HISTORY_INSERT) || history__total(h, HISTORY_DELETE))
				out__text(o, "    %-10s not known: hook %s %s\n", series[s],
					  uncounted->hook, uncounted->how);
			continue;
		}
		columns = is_shown(p, s) ? make_spark(o, h, s, width, &x) : 0;
		if (!columns)
			continue;
		if (is_flat(h, s)) {
			strcpy(x.line, "all the time");
			x.hi_text[0] = '\0';
		} else {
			drawn = columns;
		}
		out__text(o, "    %-10s %*" PRId64 " %s%s\n", series[s], is_flat(h, s) ? 0 : lo,
			  x.lo, x.line, x.hi_text);
	}
	if (!drawn)
		return;
	put_steps(o, h, drawn, 4 + 10 + 1 + lo + 1);
	put_axis(r, h, drawn);
}

/* Times of the marks: in JSON absolute, in text relative to the start. */
static void put_marks(struct out *o, const struct history *h)
{
	const char *before = "    steps     ";
	uint64_t t;

	for (int m = 0; m < HISTORY_NR_MARKS; m++) {
		const char *state = pgmap_state__name(state_of[m]);
		char key[32], span[32];

		if (history__at(h, m, &t))
			continue;
		snprintf(key, sizeof(key), "%s_ns", state);
		out__int(o, key, NULL, t);
		if (m == HISTORY_LIVE)
			continue;
		out__text(o, "%s %s after %s", before, state,
			  span__text(part__since(t, history__start_ns(h)), span, sizeof(span)));
		before = ",";
	}
	if (*before == ',')
		out__text(o, "\n");
}

/* JSON only; put_series() and put_events(), too. */
static void put_cells(struct out *o, const struct history *h, int s, int which)
{
	static const char *const keys[] = { "min", "max", "last" };

	out__array(o, keys[which]);
	for (unsigned int i = 0; i < history__nr_slots(h); i++) {
		struct history_cell c;

		if (history__shown(h, i, s, &c))
			memset(&c, 0, sizeof(c));
		out__int(o, "", NULL, (const int64_t[]){ c.min, c.max, c.last }[which]);
	}
	out__pop(o);
}

static void put_series(struct out *o, const struct history *h, int s)
{
	int64_t peak;
	uint64_t t;

	if (history__peak(h, s, &peak, &t))
		return;
	out__object(o, series[s]);
	out__int(o, "peak", NULL, peak);
	out__int(o, "peak_ns", NULL, t);
	out__array(o, "sampled");
	for (unsigned int i = 0; i < history__nr_slots(h); i++)
		out__int(o, "", NULL, history__slot(h, i)->cells[s].sampled);
	out__pop(o);
	for (int which = 0; which < 3; which++)
		put_cells(o, h, s, which);
	out__pop(o);
}

static void put_events(struct out *o, const struct history *h)
{
	out__object(o, "events");
	for (int e = 0; e < HISTORY_NR_EVENTS; e++) {
		if (!history__total(h, e))
			continue;
		out__array(o, event__name(event_of[e]));
		for (unsigned int i = 0; i < history__nr_slots(h); i++)
			out__int(o, "", NULL, history__slot(h, i)->events[e]);
		out__pop(o);
	}
	out__pop(o);
}

void part__history(struct report *r, const struct pgmap *p)
{
	const struct unseen uncounted =
		unseen__uncounted(r->plan, r->alive, PGR_HOLD_ENTRY, p->k.type);
	const struct history *h = p->history;
	struct out *o = r->out;

	put_sparks(r, p, &uncounted);
	out__object(o, "history");
	out__int(o, "start_ns", NULL, history__start_ns(h));
	out__int(o, "step_ns", NULL, history__step_ns(h));
	put_marks(o, h);
	for (int s = 0; s < HISTORY_NR_SERIES; s++)
		if (s != HISTORY_ENTRIES || !uncounted.hook)
			put_series(o, h, s);
	put_events(o, h);
	out__pop(o);
}

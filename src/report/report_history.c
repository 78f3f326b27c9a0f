// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports the history of a pgmap: sparklines, peaks and steps as text, all of it as JSON. */
#include <inttypes.h>
#include <string.h>

#include "common/names.h"
#include "common/span.h"
#include "report/report_history.h"
#include "report/report_parts.h"

#define SPARK_WIDTH 60

static const char *const series[] = { "value", "entries", "busy" };

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

/* Text only: a series as a sparkline, with its highest and lowest value. */
static void put_spark(struct out *o, const struct history *h, int s)
{
	char spark[SPARK_WIDTH * 3 + 1], span[32];
	int64_t lo, hi, peak;
	uint64_t t;

	if (history__peak(h, s, &peak, &t) ||
	    history__sparkline(h, s, SPARK_WIDTH, !out__utf8(o), spark, sizeof(spark), &lo, &hi) < 0)
		return;
	if (s != HISTORY_VALUE && !peak)
		return; /* always 0 */
	out__text(o, "    %-8s %s\n", series[s], spark);
	if (lo == hi)
		out__text(o, "    %-8s %" PRId64 " throughout\n", "", lo);
	else
		out__text(o, "    %-8s %" PRId64 " to %" PRId64 ", peak after %s\n", "", lo, hi,
			  span__text(part__since(t, history__start_ns(h)), span, sizeof(span)));
}

static void put_sparks(struct out *o, const struct history *h, const struct unseen *uncounted)
{
	for (int s = 0; s < HISTORY_NR_SERIES; s++) {
		if (s != HISTORY_ENTRIES || !uncounted->hook)
			put_spark(o, h, s);
		else if (history__total(h, HISTORY_INSERT) || history__total(h, HISTORY_DELETE))
			out__text(o, "    %-8s not known: hook %s %s\n", series[s], uncounted->hook,
				  uncounted->how);
	}
}

/* Times of the marks: in JSON absolute, in text relative to the start. */
static void put_marks(struct out *o, const struct history *h)
{
	uint64_t t;

	for (int m = 0; m < HISTORY_NR_MARKS; m++) {
		const char *state = pgmap_state__name(state_of[m]);
		char key[32], span[32];

		if (history__at(h, m, &t))
			continue;
		snprintf(key, sizeof(key), "%s_ns", state);
		out__int(o, key, NULL, t);
		if (m != HISTORY_LIVE)
			out__text(o, "%s %s after %s", m == HISTORY_KILLED ? "    steps   " : ",",
				  state, span__text(t - history__start_ns(h), span, sizeof(span)));
	}
	if (!history__at(h, HISTORY_KILLED, &t))
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

	put_sparks(o, h, &uncounted);
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

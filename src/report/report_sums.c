// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "common/span.h"
#include "report/report_parts.h"
#include "report/report_sums.h"

#define ROWS_SHOWN 40 /* of a kind, in text without --details */
#define CELL 256
#define SITE_LEAST 10

enum { PGMAP, SITE, TASK, FILE_OF, CALLS, TAKEN, GIVEN, OUT, P50, P99, LONGEST, OLDEST, COLUMNS };

static const struct {
	const char *heading;
	unsigned int by; /* shown only if the rows are for these; 0: always */
	bool right;
} columns[COLUMNS] = {
	[PGMAP] = { "PGMAP", SUM_BY_PGMAP, false },
	[SITE] = { "SITE", SUM_BY_SITE, false },
	[TASK] = { "TASK", SUM_BY_TASK | SUM_BY_COMM, false },
	[FILE_OF] = { "FILE", SUM_BY_FILE, false },
	[CALLS] = { "CALLS", 0, true },
	[TAKEN] = { "TAKEN", 0, true },
	[GIVEN] = { "GIVEN", 0, true },
	[OUT] = { "OUT", 0, true },
	[P50] = { "P50", 0, true },
	[P99] = { "P99", 0, true },
	[LONGEST] = { "MAX", 0, true },
	[OLDEST] = { "OLDEST", 0, true },
};

static const char *const titles[SUM_KINDS] = {
	[SUM_ENTRIES] = "DAX entries, in pages",
	[SUM_PAGES] = "Device pages",
	[SUM_REFS] = "References",
};

static const char *const kinds[SUM_KINDS] = {
	[SUM_ENTRIES] = "entries",
	[SUM_PAGES] = "pages",
	[SUM_REFS] = "references",
};

static const char *const units[SUM_KINDS] = {
	[SUM_ENTRIES] = "pages of DAX entries",
	[SUM_PAGES] = "device pages",
	[SUM_REFS] = "references",
};

struct view {
	struct report *r;
	const struct sums *sums;
	bool puts_seen;
	uint64_t now;
	unsigned int hidden; /* bit n: there is no room for column n */
	int width[COLUMNS];
	char fmt[COLUMNS][16];
};

/* One row as text. A cell is empty where nothing is known. */
struct cells {
	char text[COLUMNS][CELL];
};

static void fill_span(char *cell, bool known, uint64_t ns)
{
	snprintf(cell, CELL, "-");
	if (known)
		span__text(ns, cell, CELL);
}

static bool has_gone(const struct view *v, const struct sum_row *row)
{
	return row->kind != SUM_REFS || v->puts_seen;
}

static int64_t outstanding(const struct sum_row *row)
{
	return row->taken > row->given ? row->taken - row->given : 0;
}

static void fill(const struct view *v, const struct sum_row *row, struct cells *c)
{
	char name[64], path[PART_PATH];
	uint64_t ns;
	bool known;

	snprintf(c->text[PGMAP], CELL, "%s", row->pgmap ? row->pgmap : "");
	snprintf(c->text[SITE], CELL, "%s", row->site && row->site[0] ? row->site : "-");
	part__task_text(&row->task, c->text[TASK], CELL);
	if (!row->task.tgid)
		snprintf(c->text[TASK], CELL, "%s", row->task.comm);
	snprintf(c->text[FILE_OF], CELL, "-");
	if (part__path(v->r, row->dev, row->ino, 0, path))
		snprintf(c->text[FILE_OF], CELL, "%s", path);
	else if (row->ino)
		snprintf(c->text[FILE_OF], CELL, "inode %" PRIu64 " on %s", row->ino,
			 part__device_name(v->r, row->dev, false, name, sizeof(name)));
	snprintf(c->text[CALLS], CELL, "%" PRIu64, row->takings);
	snprintf(c->text[TAKEN], CELL, "%" PRIu64, row->taken);
	snprintf(c->text[GIVEN], CELL, "%" PRIu64, row->given);
	snprintf(c->text[OUT], CELL, "?");
	if (has_gone(v, row))
		snprintf(c->text[OUT], CELL, "%" PRId64, outstanding(row));
	known = sum_row__held(row, 500, &ns);
	fill_span(c->text[P50], known, known ? ns : 0);
	known = sum_row__held(row, 990, &ns);
	fill_span(c->text[P99], known, known ? ns : 0);
	fill_span(c->text[LONGEST], row->given, row->max_ns);
	fill_span(c->text[OLDEST], row->oldest_ns, v->now - row->oldest_ns);
	part__clean(c->text[SITE]);
	part__clean(c->text[TASK]);
	part__clean(c->text[FILE_OF]);
}

static bool is_shown(const struct view *v, int column)
{
	return !(v->hidden >> column & 1) &&
	       (!columns[column].by || columns[column].by & sums__by(v->sums));
}

/* What the other columns leave of the line for the sites. */
static int room_for_sites(const struct view *v)
{
	int left = out__width(v->r->out) + 1;

	for (int i = 0; i < COLUMNS; i++)
		left -= i != SITE && is_shown(v, i) ? v->width[i] + 1 : 0;
	return left - 1;
}

static void measure(struct view *v, size_t first, size_t end)
{
	/* What a narrow line goes without, in this order. */
	static const int hides[] = { CALLS, P50, P99, GIVEN, OLDEST };
	int room;

	v->hidden = 0;
	for (int i = 0; i < COLUMNS; i++)
		v->width[i] = is_shown(v, i) ? strlen(columns[i].heading) : 0;
	for (size_t n = first; n < end; n++) {
		struct cells c = { 0 };

		fill(v, sums__row(v->sums, n), &c);
		for (int i = 0; i < COLUMNS; i++)
			if (is_shown(v, i))
				v->width[i] = MAX(v->width[i], (int)strlen(c.text[i]));
	}
	room = room_for_sites(v);
	for (size_t i = 0; i < sizeof(hides) / sizeof(*hides); i++) {
		int wanted = v->width[SITE];

		/* The number of calls is worth less than the end of a name. */
		if (room >= (hides[i] == CALLS ? wanted : MIN(wanted, SITE_LEAST)))
			break;
		v->hidden |= 1u << hides[i];
		room = room_for_sites(v);
	}
	v->width[SITE] = MIN(v->width[SITE], MAX(room, SITE_LEAST));
	for (int i = 0, n = 0; i < COLUMNS; i++) {
		v->fmt[i][0] = '\0';
		if (is_shown(v, i))
			snprintf(v->fmt[i], sizeof(v->fmt[i]), "%s%%%ds", n++ ? " " : "",
				 columns[i].right ? v->width[i] : -v->width[i]);
	}
}

static const char *fmt_of(const struct view *v, int column)
{
	return v->fmt[column][0] ? v->fmt[column] : NULL;
}

static void put_headings(const struct view *v)
{
	for (int i = 0; i < COLUMNS; i++)
		out__str(v->r->out, NULL, fmt_of(v, i), columns[i].heading);
	out__text(v->r->out, "\n");
}

/* Text only: cuts the name of a site to its column. */
static void cut_site(const struct view *v, char *site)
{
	struct out *o = v->r->out;
	const char *mark = out__utf8(o) ? "…" : "...";
	int keep = v->width[SITE] - (out__utf8(o) ? 1 : 3);

	if (out__is_json(o) || (int)strlen(site) <= v->width[SITE])
		return;
	snprintf(site + keep, CELL - keep, "%s", mark);
}

/* A time that is not known is "-" in text, and no field in JSON. */
static void put_span(const struct view *v, const char *key, int column, bool known, uint64_t ns)
{
	if (known)
		out__span(v->r->out, key, fmt_of(v, column), ns);
	else
		out__str(v->r->out, NULL, fmt_of(v, column), "-");
}

/* first: of its kind */
static void put_row(const struct view *v, const struct sum_row *row, bool first)
{
	struct out *o = v->r->out;
	bool known, json = out__is_json(o);
	struct cells c = { 0 };
	uint64_t ns = 0;

	fill(v, row, &c);
	cut_site(v, c.text[SITE]);
	out__begin(o, "sum");
	out__str(o, "kind", first ? "%s:\n" : NULL, json ? kinds[row->kind] : titles[row->kind]);
	if (first)
		put_headings(v);
	out__bool(o, "others", row->rest ? "(others):\n" : NULL, row->rest);
	out__str(o, row->pgmap ? "pgmap" : NULL, fmt_of(v, PGMAP), c.text[PGMAP]);
	out__str(o, row->site && row->site[0] ? "site" : NULL, fmt_of(v, SITE), c.text[SITE]);
	if (row->task.tgid)
		part__task(o, "task", fmt_of(v, TASK), &row->task);
	else
		out__str(o, row->task.comm[0] ? "comm" : NULL, fmt_of(v, TASK), c.text[TASK]);
	out__str(o, row->ino ? "file" : NULL, fmt_of(v, FILE_OF), c.text[FILE_OF]);
	out__int(o, "calls", fmt_of(v, CALLS), row->takings);
	out__int(o, "taken", fmt_of(v, TAKEN), row->taken);
	out__int(o, "given", fmt_of(v, GIVEN), row->given);
	out__figure(o, "outstanding", fmt_of(v, OUT), has_gone(v, row), outstanding(row));
	known = sum_row__held(row, 500, &ns);
	put_span(v, "held_p50_ns", P50, known, ns);
	known = sum_row__held(row, 990, &ns);
	put_span(v, "held_p99_ns", P99, known, ns);
	put_span(v, "held_max_ns", LONGEST, row->given, row->max_ns);
	put_span(v, "oldest_age_ns", OLDEST, row->oldest_ns, v->now - row->oldest_ns);
	out__text(o, "\n");
	out__end(o);
}

static void put_unknown(const struct view *v, enum sum_kind kind)
{
	struct out *o = v->r->out;
	uint64_t n = sums__unknown(v->sums, kind);

	if (!n)
		return;
	out__begin(o, "sum_unknown");
	out__int(o, "given", "Not seen when taken: %s ", n);
	out__str(o, "kind", "%s\n", out__is_json(o) ? kinds[kind] : units[kind]);
	out__end(o);
}

static void put_kind(struct view *v, enum sum_kind kind, size_t first, size_t end)
{
	bool all = v->r->details || out__is_json(v->r->out);
	size_t shown = all ? end : MIN(end, first + ROWS_SHOWN);
	struct out *o = v->r->out;

	if (first == end && !sums__unknown(v->sums, kind))
		return;
	measure(v, first, shown);
	for (size_t i = first; i < shown; i++)
		put_row(v, sums__row(v->sums, i), i == first);
	if (!all)
		part__more(o, end - first, shown - first);
	put_unknown(v, kind);
	if (first < end && kind == SUM_REFS && !v->puts_seen)
		out__str(o, NULL, "%s\n", "Puts are not seen on this kernel: use --exact.");
}

void report__sums(struct report *r, const struct sums *s, bool puts_seen, uint64_t now)
{
	struct view v = { .r = r, .sums = s, .puts_seen = puts_seen, .now = now };
	size_t first = 0, end;

	for (int kind = 0; kind < SUM_KINDS; kind++, first = end) {
		for (end = first; end < sums__nr(s) && (int)sums__row(s, end)->kind == kind;)
			end++;
		put_kind(&v, kind, first, end);
	}
	out__flush(r->out);
}

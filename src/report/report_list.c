// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "report/report_exact.h"
#include "report/report_history.h"
#include "report/report_list.h"
#include "report/report_parts.h"

enum { NAME, TYPE, SIZE, REFS, BUSY, USED_BY, COLUMNS };

/* The cells of one row as text; the state comes behind them. */
struct cells {
	char text[COLUMNS][LIST_USED_BY];
};

static const char *const headings[COLUMNS] = { "NAME", "TYPE", "SIZE", "REFS", "BUSY", "USED BY" };

static bool is_figure(int column)
{
	return column == SIZE || column == REFS || column == BUSY;
}

/* All of its memory, also that with the struct pages themselves. */
static void size_of(const struct pgmap *p, char *buf, size_t len)
{
	uint64_t bytes = 0;
	uint32_t nr;
	const struct pgr_range *v = pgmap__ranges(p, &nr);

	for (uint32_t i = 0; i < nr; i++)
		bytes += v[i].end - v[i].start + 1;
	part__bytes(bytes, buf, len);
	if (nr < p->k.nr_range)
		snprintf(buf + strlen(buf), len - strlen(buf), "+");
}

static void busy_of(const struct pgr_sweep *s, char *buf, size_t len)
{
	if (s && s->flags & PGR_SWEEP_DONE)
		snprintf(buf, len, "%" PRIu64, (uint64_t)s->busy);
	else if (s && !(s->flags & (PGR_SWEEP_NO_VMEMMAP | PGR_SWEEP_NO_IDLE)))
		snprintf(buf, len, "%" PRIu64 "+", (uint64_t)s->busy);
	else
		snprintf(buf, len, "?");
}

static void fill(struct cells *c, const struct list_row *row)
{
	const struct pgmap *p = row->p;
	int64_t refs = pgmap__has_excess(p) ? pgmap__excess(p) : 0;

	snprintf(c->text[NAME], LIST_USED_BY, "%s", p->name);
	snprintf(c->text[TYPE], LIST_USED_BY, "%s", pgmap__type_name(p));
	size_of(p, c->text[SIZE], LIST_USED_BY);
	if (pgmap__has_excess(p))
		snprintf(c->text[REFS], LIST_USED_BY, refs ? "%+" PRId64 : "%" PRId64, refs);
	else
		snprintf(c->text[REFS], LIST_USED_BY, "?");
	busy_of(row->sweep, c->text[BUSY], LIST_USED_BY);
	snprintf(c->text[USED_BY], LIST_USED_BY, "%s", row->used_by[0] ? row->used_by : "-");
	part__clean(c->text[NAME]);
	part__clean(c->text[USED_BY]);
}

static void put_cells(struct out *o, const struct cells *c, const int width[COLUMNS])
{
	char cell[LIST_USED_BY + 8];

	for (int i = 0; i < COLUMNS; i++) {
		bool strange = i == REFS || i == BUSY ? strcmp(c->text[i], "0") : false;

		snprintf(cell, sizeof(cell), "%*s", is_figure(i) ? width[i] : -width[i], c->text[i]);
		out__style(o, strange ? OUT_DOUBT : OUT_PLAIN);
		out__str(o, NULL, "%s  ", cell);
	}
	out__style(o, OUT_PLAIN);
}

static void put_headings(struct out *o, const int width[COLUMNS])
{
	struct cells c = { 0 };

	for (int i = 0; i < COLUMNS; i++)
		snprintf(c.text[i], LIST_USED_BY, "%s", headings[i]);
	for (int i = 0; i < COLUMNS; i++) {
		char cell[LIST_USED_BY + 8];

		snprintf(cell, sizeof(cell), "%*s", is_figure(i) ? width[i] : -width[i], c.text[i]);
		out__str(o, NULL, "%s  ", cell);
	}
	out__str(o, NULL, "%s\n", "STATE");
}

static void put_people(struct report *r, const struct list_row *rows, size_t nr, bool history)
{
	int width[COLUMNS];
	struct cells c = { 0 };

	for (int i = 0; i < COLUMNS; i++)
		width[i] = strlen(headings[i]);
	for (size_t n = 0; n < nr; n++) {
		fill(&c, &rows[n]);
		for (int i = 0; i < COLUMNS; i++)
			width[i] = MAX(width[i], (int)strlen(c.text[i]));
	}
	put_headings(r->out, width);
	for (size_t n = 0; n < nr; n++) {
		fill(&c, &rows[n]);
		put_cells(r->out, &c, width);
		part__list_state(r->out, rows[n].p);
		out__text(r->out, "\n");
		if (history) {
			part__history(r, rows[n].p);
			part__exact(r, rows[n].p);
		}
	}
}

static void put_none(struct out *o, bool selected)
{
	out__str(o, NULL, "%s\n",
		 selected ?
			 "No pgmap is selected; 'pgmapref list' shows all." :
			 "No pgmaps: no driver has device memory with struct pages here.\n"
			 "(see 'ndctl list -Ni', 'daxctl list', 'lsmod | grep -E \"nd_pmem|dax\"')");
}

void report__table(struct report *r, const struct list_row *rows, size_t nr, bool history,
		   bool selected)
{
	bool all = r->details || out__is_json(r->out);
	struct out *o = r->out;

	if (!nr && !out__is_json(o))
		put_none(o, selected);
	else if (!all)
		put_people(r, rows, nr, history);
	else
		report__list_header(r);
	for (size_t i = 0; all && i < nr; i++)
		report__list(r, rows[i].p, rows[i].sweep, history);
	if (nr && !all)
		out__int(o, NULL, nr == 1 ? "%s pgmap.\n" : "%s pgmaps.\n", nr);
	for (size_t i = 0; i < nr; i++)
		report__list_hint(r, rows[i].p);
	out__flush(o);
}

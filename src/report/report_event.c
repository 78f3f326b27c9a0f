// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "common/choices.h"
#include "common/names.h"
#include "common/text.h"
#include "model/frames.h"
#include "report/report_event.h"
#include "report/report_parts.h"

#define CELL 288
#define SITE_LEAST 8
#define NARROW 80 /* columns; in less, everything is shorter */
#define WIDE 120 /* columns; with VALUE */

struct cells {
	char text[EVENT_FIELDS][CELL];
};

static const struct {
	const char *name, *heading;
	int narrow, normal, wide; /* columns; the site gets what is left */
	bool right;
	bool number; /* never cut */
} fields[EVENT_FIELDS] = {
	[FIELD_TIME] = { "time", "TIME s", 8, 11, 11, true, true },
	[FIELD_PGMAP] = { "pgmap", "PGMAP", 6, 6, 9, false, false },
	[FIELD_EVENT] = { "event", "EVENT", 7, 7, 7, false, true },
	[FIELD_WHAT] = { "what", "WHAT", 12, 18, 28, false, false },
	[FIELD_PFN] = { "pfn", "PFN", 10, 10, 10, false, true },
	[FIELD_ORDER] = { "order", "ORD", 3, 3, 3, true, true },
	[FIELD_N] = { "n", "N", 4, 4, 5, true, true },
	[FIELD_VALUE] = { "value", "VALUE", 5, 6, 8, true, true },
	[FIELD_TASK] = { "task", "TASK", 10, 16, 16, false, false },
	[FIELD_SITE] = { "site", "SITE", 0, 0, 0, false, false },
};

void event_fields__fit(struct event_fields *f, unsigned int columns)
{
	f->nr = 0;
	f->fits = true;
	for (int i = 0; i < EVENT_FIELDS; i++)
		if (i != FIELD_PFN && i != FIELD_ORDER && (i != FIELD_VALUE || columns >= WIDE))
			f->v[f->nr++] = i;
}

int event_fields__parse(const char *list, struct event_fields *f, char *bad, size_t len)
{
	const char *names[EVENT_FIELDS];
	unsigned int order[EVENT_FIELDS];
	int n;

	for (int i = 0; i < EVENT_FIELDS; i++)
		names[i] = fields[i].name;
	n = choices__parse(list, names, EVENT_FIELDS, order, bad, len);
	f->nr = 0;
	for (int i = 0; i < n; i++)
		f->v[f->nr++] = order[i];
	return n < 0 ? n : 0;
}

/* How many columns each field has in a line of this width. */
static void measure(const struct report *r, int width[EVENT_FIELDS])
{
	const struct event_fields *f = r->fields;
	int columns = out__width(r->out), left = columns;

	for (size_t i = 0; i < f->nr; i++) {
		int field = f->v[i];

		width[field] = !f->fits || columns >= WIDE ? fields[field].wide :
			       columns < NARROW		   ? fields[field].narrow :
							     fields[field].normal;
		if (field == FIELD_TIME && r->clock == CLOCK_OF_WALL)
			width[field] = columns < NARROW ? 12 : 15;
		left -= width[field] + 1;
	}
	width[FIELD_SITE] = MAX(left + 1, SITE_LEAST);
}

/* Cuts text, which is ASCII but for paths, to so many columns. */
static void cut(const struct out *o, char *s, int columns, int field)
{
	const char *id = strrchr(s, '/');
	const char *mark = out__utf8(o) ? "…" : "...";
	int len = strlen(s), keep = columns - (out__utf8(o) ? 1 : 3);
	const char *from;
	char cell[CELL] = "";

	if (len <= columns)
		return;
	if (keep <= 0) {
		s[MAX(columns, 0)] = '\0';
		return;
	}
	from = s + len - keep;
	while ((*from & 0xc0) == 0x80) /* in the midst of a character */
		from++;
	if (field == FIELD_WHAT) /* the page stays */
		text__add(cell, sizeof(cell), "%s%s", mark, from);
	else if (field == FIELD_TASK && id && (int)strlen(id) < keep) /* the number stays */
		text__add(cell, sizeof(cell), "%.*s%s%s", keep - (int)strlen(id), s, mark, id);
	else
		text__add(cell, sizeof(cell), "%.*s%s", keep, s, mark);
	strcpy(s, cell);
}

static int columns_of(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80; /* not a continuation byte of UTF-8 */
	return n;
}

static void put_cells(struct report *r, struct cells *c)
{
	int width[EVENT_FIELDS] = { 0 }, used = 0;
	struct out *o = r->out;

	measure(r, width);
	for (size_t i = 0; i < r->fields->nr; i++) {
		int field = r->fields->v[i], pad;
		bool last = i + 1 == r->fields->nr;
		char cell[CELL + 16];
		char *s = c->text[field];

		/* A number may be longer than its column: the last field gives way. */
		if (last)
			width[field] = MIN(width[field], (int)out__width(o) - used);
		if (r->fields->fits && !fields[field].number)
			cut(o, s, width[field], field);
		pad = MAX(width[field] - columns_of(s), 0);
		if (fields[field].right)
			snprintf(cell, sizeof(cell), "%*s%s", pad, "", s);
		else
			snprintf(cell, sizeof(cell), "%s%*s", s, last ? 0 : pad, "");
		used += columns_of(cell) + 1;
		out__style(o, field == FIELD_PFN  ? OUT_ADDRESS :
			      field == FIELD_TASK ? OUT_NAME :
						    OUT_PLAIN);
		out__str(o, NULL, last ? "%s" : "%s ", cell);
	}
	out__style(o, OUT_PLAIN);
	out__text(o, "\n");
}

void event_fields__header(struct report *r)
{
	struct cells c;

	for (int i = 0; i < EVENT_FIELDS; i++)
		snprintf(c.text[i], CELL, "%s", fields[i].heading);
	put_cells(r, &c);
}

/* In a narrow line without the microseconds. */
static void fill_time(struct report *r, uint64_t ns, char *buf)
{
	part__time_text(r, ns, buf, CELL);
	if (r->fields->fits && out__width(r->out) < NARROW && strlen(buf) > 3)
		buf[strlen(buf) - 3] = '\0';
}

static void fill_what(struct report *r, const struct pgr_rec_event *e, char *buf)
{
	uint64_t pages = 1ULL << e->order;
	char path[PART_PATH];

	if (!part__path(r, e->dev, e->ino, e->pfn, path))
		snprintf(path, sizeof(path), "inode %" PRIu64, (uint64_t)e->ino);
	if (e->ino && e->order)
		snprintf(buf, CELL, "%s p.%" PRIu64 "-%" PRIu64, path, (uint64_t)e->index,
			 (uint64_t)e->index + pages - 1);
	else if (e->ino)
		snprintf(buf, CELL, "%s p.%" PRIu64, path, (uint64_t)e->index);
	else if (!e->pfn)
		snprintf(buf, CELL, "-"); /* an exact account does not know the page */
	else if (e->order)
		snprintf(buf, CELL, "0x%" PRIx64 "+%" PRIu64, (uint64_t)e->pfn, pages);
	else
		snprintf(buf, CELL, "0x%" PRIx64, (uint64_t)e->pfn);
}

/* Entries have references of the pgmap only if the kernel has the series. */
static bool moves_counter(const struct report *r, uint32_t event)
{
	return (event != PGR_EV_INSERT && event != PGR_EV_DELETE) ||
	       (r->plan && r->plan->series.on);
}

static void fill_site(struct report *r, uint64_t key, char *buf)
{
	struct pgr_stack stack;

	if (key && r->stack && !r->stack(r->stack_ctx, key, &stack))
		frames__short(r->symbols, &stack, frames__site(r->symbols, &stack), buf, CELL);
}

void event_fields__event(struct report *r, const struct pgmap *p, const struct pgr_rec_event *e)
{
	struct cells c = { 0 };

	fill_time(r, e->h.ns, c.text[FIELD_TIME]);
	snprintf(c.text[FIELD_PGMAP], CELL, "%s", p->name);
	snprintf(c.text[FIELD_EVENT], CELL, "%s", event__name(e->event));
	fill_what(r, e, c.text[FIELD_WHAT]);
	snprintf(c.text[FIELD_PFN], CELL, "0x%" PRIx64, (uint64_t)e->pfn);
	snprintf(c.text[FIELD_ORDER], CELL, "%u", e->order);
	snprintf(c.text[FIELD_N], CELL, "%+" PRId64, (int64_t)e->n);
	if (moves_counter(r, e->event) && !(e->ref_flags & PGR_REF_UNREADABLE) &&
	    pgmap__has_baseline(p))
		snprintf(c.text[FIELD_VALUE], CELL, "%+" PRId64,
			 pgmap__above(e->value, e->ref_flags & PGR_REF_DYING ? 0 : p->k.baseline));
	part__task_text(&e->task, c.text[FIELD_TASK], CELL);
	fill_site(r, e->stack, c.text[FIELD_SITE]);
	put_cells(r, &c);
	if (r->stacks > STACKS_SITE)
		part__stack(r, "stack", e->stack, "            ");
}

void event_fields__step(struct report *r, const struct pgmap *p, const char *step, uint64_t ns,
			const struct pgr_task *task)
{
	struct cells c = { 0 };

	fill_time(r, ns, c.text[FIELD_TIME]);
	snprintf(c.text[FIELD_PGMAP], CELL, "%s", p->name);
	snprintf(c.text[FIELD_EVENT], CELL, "%s", step);
	if (pgmap__has_excess(p))
		snprintf(c.text[FIELD_VALUE], CELL, "%+" PRId64, pgmap__excess(p));
	part__task_text(task, c.text[FIELD_TASK], CELL);
	put_cells(r, &c);
}

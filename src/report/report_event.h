/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines of trace that fit a terminal, or that have the columns that the user chose. Text only. */
#ifndef PGMAPREF_REPORT_EVENT_H
#define PGMAPREF_REPORT_EVENT_H

#include "report/report.h"

enum event_field {
	FIELD_TIME,
	FIELD_PGMAP,
	FIELD_EVENT,
	FIELD_WHAT, /* the page of the file, or else the pfn */
	FIELD_PFN,
	FIELD_ORDER,
	FIELD_N,
	FIELD_VALUE, /* references above rest; empty where the event cannot move the counter */
	FIELD_TASK,
	FIELD_SITE,
	EVENT_FIELDS,
};

struct event_fields {
	enum event_field v[EVENT_FIELDS];
	size_t nr; /* 0: the lines of a pipe */
	bool fits; /* cut so that a line has out__width() columns */
};

/* The fields that fit a terminal of so many columns. */
void event_fields__fit(struct event_fields *f, unsigned int columns);
/*
 * "time,site": sets *f to these fields. Returns 0, or -EINVAL: *bad, up to `len` bytes, is the name
 * that is no field, or is there twice.
 */
int event_fields__parse(const char *list, struct event_fields *f, char *bad, size_t len);

/* The same as report__event_header(), report__event() and report__step(). */
void event_fields__header(struct report *r);
void event_fields__event(struct report *r, const struct pgmap *p, const struct pgr_rec_event *e);
void event_fields__step(struct report *r, const struct pgmap *p, const char *step, uint64_t ns,
			const struct pgr_task *task);

#endif /* PGMAPREF_REPORT_EVENT_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts that records of several kinds have, for report.c and report_pgmap.c. */
#ifndef PGMAPREF_REPORT_PARTS_H
#define PGMAPREF_REPORT_PARTS_H

#include "report/report.h"

#define HOLDERS_SHOWN 20 /* in text */

/*
 * Who it was: fmt with one %s for the text of part__task_text() (NULL: JSON only); in JSON an object,
 * and nothing for a task that is not known.
 */
void part__task(struct out *o, const char *key, const char *fmt, const struct pgr_task *t);
/*
 * "comm/tgid", or "comm/tgid:tid" for a thread; "-": not known. A task names itself as it likes:
 * nothing that a terminal would obey goes through. Returns buf.
 */
const char *part__task_text(const struct pgr_task *t, char *buf, size_t len);
/* From start to ns; 0 if that is before it: clocks of two readings need not agree. */
uint64_t part__since(uint64_t ns, uint64_t start);
/* In place: a path is what somebody named it, and nothing that a terminal would obey goes through. */
char *part__clean(char *path);
/* A line of text for those of nr that are not shown, if there are any. */
void part__more(struct out *o, uint64_t nr, uint64_t shown);
/* The whole stack, from the call site on: a line a frame. */
void part__stack(struct report *r, const char *key, uint64_t stack_key, const char *indent);
/* The call site alone. */
void part__site(struct report *r, uint64_t stack_key, const char *fmt);
/* An object of an array, a line in text. */
void part__busy_page(struct report *r, const struct pgr_busy_page *b);
void part__holder(struct report *r, const struct holder *h, uint64_t now);
/* Of a holder: which task, whether it has ended, and how long ago it began. */
void part__taken(struct report *r, const struct holder *h, uint64_t now);
/* JSON only: who it is. */
void part__pgmap(struct report *r, const struct pgmap *p);
/* Says of what kinds of holding it is not known which are left; text: indented by four. */
void part__left_out(struct report *r, const struct ledger *l);
/* "  value     131075, baseline 131073 (computed), excess 2" */
void part__excess(struct report *r, const struct pgmap *p, int64_t value, int64_t excess);
/* Whose memory it is: the symbol of its driver's operations, and the driver's own mark. */
void part__driver(struct report *r, const struct pgmap *p, bool text);
/* What a sweep saw: figures, and the first of the busy pages. */
void part__pages(struct report *r, const struct pgmap *p, const struct pgr_sweep *s,
		 const char *when);
/* " of 2 MiB" for pages of that order; "" for single ones. Returns buf. */
const char *part__size(unsigned int order, char *buf, size_t len);
/*
 * What files still have on the pages that a sweep of an fsdax pgmap looked at; l: who inserted it, as
 * traced, or NULL.
 */
void part__entries(struct report *r, const struct pgr_sweep *s, const struct ledger *l,
		   const char *when);
/*
 * Holders that were found (NULL: not asked), and how many of the busy pages (NULL: not looked at)
 * they explain.
 */
void part__walked(struct report *r, const struct walked_set *s, const struct pgr_sweep *pages);
/* The columns of list, without the line's end. */
void part__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep);
/* Sparklines, peaks and steps; whole in JSON. */
void part__history(struct report *r, const struct pgmap *p);

/* The filesystem's disk, or a device-dax's character device (chr). */
void part__device(struct report *r, uint32_t dev, bool chr);
/*
 * Where the pgmap accounts for its folios, three layers that have to agree. excess: as read, with
 * pages, at one time; pages may be NULL.
 */
void part__layers(struct report *r, const struct pgmap *p, const struct ledger *l, int64_t excess,
		  const struct pgr_sweep *pages);
/* Who holds it: traced takers, and how much of the excess they explain. */
void part__holders(struct report *r, const struct pgmap *p, const struct ledger *l, int64_t excess,
		   uint64_t now);

#endif /* PGMAPREF_REPORT_PARTS_H */

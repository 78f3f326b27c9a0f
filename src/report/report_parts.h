/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts of reports that several kinds of records share. */
#ifndef PGMAPREF_REPORT_PARTS_H
#define PGMAPREF_REPORT_PARTS_H

#include "report/report.h"

#define HOLDERS_SHOWN 20 /* maximum number of holders in text */

/*
 * A task. fmt: text with one %s for part__task_text() (NULL: JSON only). JSON: an object; no field
 * if the task is not known.
 */
void part__task(struct out *o, const char *key, const char *fmt, const struct pgr_task *t);
/*
 * "comm/tgid", or "comm/tgid:tid" for a thread; "-": not known. A task can choose any name:
 * characters that control a terminal are replaced. Returns buf.
 */
const char *part__task_text(const struct pgr_task *t, char *buf, size_t len);
/* ns - start; 0 if ns is before start, because two clock readings may be in the wrong order. */
uint64_t part__since(uint64_t ns, uint64_t start);
/* The time of a line of trace, as r->clock says. Call it once for each line. Returns buf. */
const char *part__time_text(struct report *r, uint64_t ns, char *buf, size_t len);
/* The same as a field; in JSON ns as it is. */
void part__time(struct report *r, uint64_t ns);
/* Replaces characters of path that control a terminal: a user can choose any name. Returns path. */
char *part__clean(char *path);
/* The kinds of leak: in JSON an array, in text "hang, underflow" behind a blank, or nothing. */
void part__kinds(struct out *o, unsigned int kinds);
/* A line of text with the number of items that are not shown, if nr > shown. */
void part__more(struct out *o, uint64_t nr, uint64_t shown);
/* The stack in one line, as r->stacks says; "": the stack is not known. Returns buf. */
const char *part__way(struct report *r, uint64_t stack_key, char *buf, size_t len);
/*
 * The stack from the call site on, one frame on each line; in text as much of it as r->stacks says.
 */
void part__stack(struct report *r, const char *key, uint64_t stack_key, const char *indent);
/* The call site alone. */
void part__site(struct report *r, uint64_t stack_key, const char *fmt);
/* The same, for the stack of a write to a page's refcount. */
void part__counting_site(struct report *r, uint64_t stack_key, const char *fmt);
/* The text for a pgmap: formats with one %s each, in this order; NULL: not in the text. */
struct pgmap_text {
	const char *name, *type, *generation;
	const char *start; /* of the first range */
	const char *pages;
	const char *at; /* the start, behind the pages */
};

/*
 * The ranges of p. label NULL: in JSON, all that are known. Else in text, if there are several: the
 * label with their number as %s, and from where to where they are; (r->ranges) a line for each.
 */
void part__ranges(struct report *r, const struct pgmap *p, const char *label);
/* The fields that identify a pgmap: in JSON all, as an object. text: NULL: JSON only. */
void part__pgmap(struct report *r, const struct pgmap *p, const struct pgmap_text *text);
/*
 * The same; the text is "  pgmap     fsdax, generation 1, 512 pages at 0x140000000", or (name)
 * begins with "  pgmap     pmem0, ". A line of part__ranges() follows.
 */
void part__pgmap_line(struct report *r, const struct pgmap *p, bool name);
/* Where the baseline stands: JSON has it in the object of the pgmap, text after the value. */
enum baseline_place { BASELINE_OF_PGMAP, BASELINE_IN_LINE, BASELINE_IN_COLUMN };
/* Writes the baseline if the format, text or JSON, has it at this place. */
void part__baseline(struct out *o, const struct pgmap *p, enum baseline_place place);
/* "  value     131075, baseline 131073 (computed), excess 2" */
void part__excess(struct report *r, const struct pgmap *p, int64_t value, int64_t excess);
/* The driver that owns the memory: the symbol of its operations, and the field pgmap->owner. */
void part__driver(struct report *r, const struct pgmap *p, bool text);
/* "512 MiB", "1.5 GiB". Returns buf. */
const char *part__bytes(uint64_t bytes, char *buf, size_t len);
/* " of 2 MiB" for pages of that order; "" for single ones. Returns buf. */
const char *part__size(unsigned int order, char *buf, size_t len);

/*
 * The name of a disk, or (chr) of a character device; "MAJOR:MINOR" if it has no name. Returns buf.
 */
const char *part__device_name(struct report *r, uint32_t dev, bool chr, char *buf, size_t len);
#define PART_PATH 256
/*
 * The path of a file, up to PART_PATH bytes, of which pfn is a page (0: not known), without
 * characters that control a terminal. NULL: not known. Returns buf.
 */
const char *part__path(struct report *r, uint32_t dev, uint64_t ino, uint64_t pfn,
		       char buf[PART_PATH]);
/* The field "path", if part__path() knows it. fmt: in text, or NULL. */
void part__put_path(struct report *r, const char *fmt, uint32_t dev, uint64_t ino, uint64_t pfn);
/* The disk of a filesystem, or (chr) the character device of a device-dax. */
void part__device(struct report *r, uint32_t dev, bool chr);

#endif /* PGMAPREF_REPORT_PARTS_H */

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports tasks that wait, or spin, before they reach a teardown: they only look like a hang. */
#include <string.h>

#include "kernel/blocked.h"
#include "report/report_blocked.h"
#include "report/report_holders.h"
#include "report/report_pages.h"
#include "report/report_parts.h"
#include "report/report_pins.h"
#include "report/report_walked.h"

#define OF_FILE_SHOWN 8

static void put_names(struct out *o, const struct blocked_report *b)
{
	if (!b->nr)
		out__text(o, "-");
	for (size_t i = 0; i < b->nr; i++)
		out__text(o, "%s%s", i ? ", " : "", b->pgmap[i].p->name);
}

/*
 * Does the task wait for this page? It waits for pages of files whose inode is going away. If no
 * such inode is known (umount up to 6.18), it may wait for a page of any file.
 */
static bool is_waited_for(const struct pgr_sweep *s, const struct pgr_busy_page *page)
{
	bool any = false;

	for (unsigned int i = 0; i < s->listed && i < PGR_BUSY; i++)
		any = any || s->list[i].inode_going_away;
	return page->ino && (page->inode_going_away || !any);
}

/* Holders, as traced, of pages and entries of the files that the task waits for. */
static void put_file_holders(struct report *r, const struct blocked_pgmap *b, uint64_t now)
{
	struct out *o = r->out;
	size_t shown = 0;

	out__array(o, "holders");
	for (size_t i = 0; b->ledger && i < ledger__nr(b->ledger); i++) {
		const struct holder *h = ledger__holder(b->ledger, i);
		bool of_file = false;

		for (unsigned int p = 0; p < b->pages->listed && p < PGR_BUSY; p++)
			of_file = of_file || (is_waited_for(b->pages, &b->pages->list[p]) &&
					      h->ino == b->pages->list[p].ino &&
					      h->dev == b->pages->list[p].dev);
		if (!of_file || (!out__is_json(o) && shown >= OF_FILE_SHOWN))
			continue;
		if (!shown++)
			out__text(o, "  holders\n");
		part__holder(r, h, now);
	}
	out__pop(o);
}

static void put_pages(struct report *r, const struct blocked_pgmap *b, uint64_t now)
{
	const struct pgr_sweep *s = b->pages;
	struct out *o = r->out;

	out__int(o, "busy", "  pages     %s busy", s->busy);
	out__int(o, NULL, " of %s swept; the task waits for\n", s->seen);
	out__array(o, "pages");
	for (unsigned int i = 0; i < s->listed && i < PGR_BUSY; i++)
		if (is_waited_for(s, &s->list[i]))
			part__busy_page(r, &s->list[i]);
	out__pop(o);
	if (s->busy > PGR_BUSY)
		out__text(o, "    … or for others: only the first %d are listed\n", PGR_BUSY);
	put_file_holders(r, b, now);
	/* Holders of all busy pages: pins and walks do not tell the file of a page. */
	part__pins(r, b->ledger, NULL, now);
	part__walked(r, b->found, s);
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void report__blocked(struct report *r, const struct blocked_report *b, uint64_t now)
{
	const struct blocked_task *t = b->task;
	struct blocked_judgement j;
	struct out *o = r->out;

	blocked__judge(&t->stack, &j);
	out__begin(o, "blocked");
	out__int(o, "time_ns", NULL, now);
	put_names(o, b);
	out__str(o, "kind", ": %s, not a leak\n", "blocked-elsewhere");
	part__task(o, "task", "  task      %s", &t->task);
	out__int(o, "since_ns", NULL, t->since_ns);
	out__str(o, "state", NULL, t->runs ? "R" : "D");
	out__span(o, "blocked_ns",
		  t->runs ? ", running for %s or more\n" : ", in D state for %s or more\n",
		  now - t->since_ns);
	out__str(o, t->runs ? "spins_in" : "waits_in",
		 t->runs ? "  spins in  %s\n" : "  waits in  %s\n", j.waits);
	out__str(o, "way", "  way       %s", j.by);
	if (b->device[0]) {
		out__str(o, NULL, " of %s", base(b->device));
		out__str(o, "device", NULL, b->device);
	}
	out__text(o, "; memunmap_pages() is not yet called\n");
	out__bool(o, "sure", NULL, b->sure);
	if (!b->sure && b->nr)
		out__text(o, b->nr == 1 ? "            probably its pgmap\n" :
					  "            one of these pgmaps\n");
	out__array(o, "pgmaps");
	for (size_t i = 0; i < b->nr; i++) {
		out__object(o, NULL);
		part__pgmap_line(r, b->pgmap[i].p, true);
		if (b->pgmap[i].pages)
			put_pages(r, &b->pgmap[i], now);
		out__pop(o);
	}
	out__pop(o);
	out__text(o, "  stack\n");
	out__array(o, "stack");
	for (unsigned int i = 0; i < t->stack.nr; i++) {
		const struct blocked_frame *f = &t->stack.frame[i];
		char frame[128];

		snprintf(frame, sizeof(frame), "%s%s%s%s", f->function, f->module[0] ? " [" : "",
			 f->module, f->module[0] ? "]" : "");
		out__str(o, "", "        %s\n", frame);
	}
	out__pop(o);
	out__end(o);
}

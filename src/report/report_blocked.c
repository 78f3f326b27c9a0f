// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports tasks that wait, or spin, before they reach a teardown: they only look like a hang. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/blocked.h"
#include "kernel/walked.h"
#include "report/report_blocked.h"
#include "report/report_brief.h"
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

/* Who has the pages that the task waits for: " for daxpin/197, which has 2 pages in a pipe". */
static void name_holder(const struct blocked_report *b, char *buf, size_t len)
{
	static const char *const objects[PGR_WALK_HOWS] = {
		[PGR_WALK_PIPE] = "a pipe",
		[PGR_WALK_URING] = "an io_uring",
		[PGR_WALK_XDP] = "an AF_XDP socket",
		[PGR_WALK_MAP] = "a mapping",
	};
	char task[64];

	buf[0] = '\0';
	for (size_t i = 0; i < b->nr; i++) {
		const struct walked_set *s = b->pgmap[i].found;
		const struct walked *w = s && !s->err && s->nr ? &s->v[0] : NULL;

		if (!w || w->grade != GRADE_HOLDS || !objects[w->how])
			continue;
		snprintf(buf, len, " for %s, which has %" PRIu64 " page%s in %s",
			 part__task_text(&w->task, task, sizeof(task)), w->pages,
			 w->pages == 1 ? "" : "s", objects[w->how]);
		return;
	}
}

/* The answer in one sentence, and where it waits. */
static void put_answer(struct report *r, const struct blocked_report *b,
		       const struct blocked_judgement *j, uint64_t now)
{
	const struct blocked_task *t = b->task;
	char words[256], holder[128], task[64], when[32], lead[48];
	struct out *o = r->out;

	name_holder(b, holder, sizeof(holder));
	snprintf(words, sizeof(words), "%s %s%s", part__task_text(&t->task, task, sizeof(task)),
		 t->runs ? "spins" : "waits", holder);
	snprintf(lead, sizeof(lead), "%s  ", part__wall(r, now, when, sizeof(when)));
	out__paragraph(o, lead, 4);
	put_names(o, b);
	out__str(o, "headline", ": %s", words);
	out__str(o, NULL, " (%s: before the teardown, no leak)", "blocked-elsewhere");
	out__paragraph_end(o);
	if (out__is_json(o) || r->details)
		return;
	out__paragraph(o, "    ", 4);
	out__span(o, NULL,
		  t->runs ? "It has run for %s or more" : "It has been in D state for %s or more",
		  now - t->since_ns);
	out__str(o, NULL, " in %s", j->waits);
	if (strcmp(j->by, j->waits))
		out__str(o, NULL, ", on its way through %s", j->by);
	out__str(o, NULL, b->device[0] ? " of %s" : NULL, base(b->device));
	out__str(o, NULL, ". %s",
		 holder[0] ? "It goes on when that process lets go of them, or ends." :
			     "memunmap_pages() is not yet called.");
	out__int(o, NULL, " 'pgmapref why %s' tells more.", t->task.tid);
	out__paragraph_end(o);
}

void report__blocked(struct report *r, const struct blocked_report *b, uint64_t now)
{
	const struct blocked_task *t = b->task;
	struct blocked_judgement j;
	struct out *o = r->out;

	blocked__judge(&t->stack, &j);
	out__begin(o, "blocked");
	out__int(o, "time_ns", NULL, now);
	put_answer(r, b, &j, now);
	if (!out__is_json(o) && !r->details) {
		out__end(o);
		return;
	}
	put_names(o, b);
	out__style(o, OUT_DOUBT);
	out__str(o, "kind", ": %s, not a leak", "blocked-elsewhere");
	out__style(o, OUT_PLAIN);
	out__text(o, "\n");
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

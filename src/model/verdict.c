// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/hooks.h"
#include "common/names.h"
#include "model/verdict.h"

static void doubt(struct judgement *j, const char *why)
{
	if (j->verdict != VERDICT_CLEAN)
		return;
	j->verdict = VERDICT_INCONCLUSIVE;
	snprintf(j->why, sizeof(j->why), "%s", why);
}

static void leak(struct judgement *j, unsigned int kind)
{
	j->verdict = VERDICT_LEAK;
	j->kinds |= kind;
	j->why[0] = '\0';
}

void verdict__teardown(const struct teardown_facts *f, struct judgement *j)
{
	int64_t excess = f->value - f->baseline;
	/* Without excess the kernel does not wait: pages busy now are busy at the end. */
	bool waited = !f->begun || !f->has_value || excess > 0;
	bool final_busy = f->final_swept && f->final_busy + f->final_mapped;
	bool begin_busy = f->swept && f->busy + f->mapped;
	bool whole = f->final_swept && f->final_whole;

	memset(j, 0, sizeof(*j));
	if (f->stuck)
		leak(j, LEAK_HANG);
	if (f->begun && f->has_value && excess < 0)
		leak(j, LEAK_UNDERFLOW);
	if (f->late_gets)
		leak(j, LEAK_GET_AFTER_KILL);
	if (final_busy || (!whole && begin_busy && !waited))
		leak(j, LEAK_PINNED);
	if ((f->final_swept && f->final_entry_pages) ||
	    (!whole && f->swept && f->entry_pages && !waited))
		leak(j, LEAK_ENTRIES);
	if (!f->begun)
		doubt(j, "its begin was not seen: the pages were not swept then");
	else if (!f->has_value)
		doubt(j, f->rest_unknown ? "the counter's value at rest is not known" :
					   "the counter could not be read");
	if (!f->drained && !f->gone)
		doubt(j, "its end was not seen");
	if (f->wait_unseen)
		doubt(j, "how long it waited was not seen");
	if (f->maybe_shared)
		doubt(j, "several files may share pages: this kernel does not tell");
	if (f->unshown_entries)
		doubt(j, "traced DAX entries are not visible in the pages");
	if (f->final_swept) {
		if (!f->final_whole)
			doubt(j, "not every page was swept before the struct pages went");
		return;
	}
	if (f->begun && !f->swept)
		doubt(j, "the pages were not swept");
	else if (f->begun && !f->sweep_whole)
		doubt(j, "not every page was swept");
	/* Pages that were idle at the begin may have become busy later. */
	if (f->begun && (f->drained || f->gone))
		doubt(j, "the pages were not swept just before the struct pages went");
}

#define L(loss) (1u << PGR_LOSS_##loss)

/*
 * What each promise of a run needs: its hooks were attached and ran at every check of the hooks,
 * missed no call, and none of its losses occurred.
 * verdict__teardown() and verdict__end() judge the rest for each pgmap: whether its pages were
 * swept (hooks sweep and final, loss sweeps_full), its end was seen (hooks drained and gone), its
 * counter could be read. A pgmap whose birth was not seen (hook create) counts as unjudged at its
 * teardown; at the end of a check, the tool finds it by reading.
 * Hooks and losses that only name a task (name, stacks, pins) matter for no verdict except one:
 * whether pins and references of the run replaced those of the start. See run_replaced.c.
 */
static const struct need {
	const char *what; /* what the tool may have missed */
	unsigned int seen_by; /* SEES_* of the hooks that are needed */
	unsigned int losses;
} needs[PROMISES] = {
	/* for hang, pinned-at-teardown, underflow */
	{ "a teardown", SEES_TEARDOWNS, L(CONTROL_RING) | L(PGMAP_FULL) | L(STASH) },
	/* for get-after-kill */
	{ "a get after the kill", SEES_LATE_GETS, L(CONTROL_RING) | L(STASH) },
	/* for lines of trace, --max-held, --expect-events */
	{ "an event", SEES_EVENTS,
	  L(CONTROL_RING) | L(EVENT_RING) | L(LEDGER_FULL) | L(LEDGER_ERR) | L(PGMAP_FULL) |
		  L(PGMAP_UNKNOWN) | L(READ) | L(STASH) | L(ENTRY_LAYOUT) | L(FOLLOW) },
	{ "a child's event", SEES_CHILDREN, L(FOLLOW) },
	/* for excess-at-end, busy-at-end */
	{ "a pgmap", 0, L(PGMAP_FULL) },
};

bool verdict__takes(int hook)
{
	return hooks[hook].sees & SEES_TAKING;
}

void verdict__loss(const struct loss_facts *f, struct judgement *j)
{
	char why[sizeof(j->why)];

	if (f->unjudged) {
		snprintf(why, sizeof(why), "%" PRIu64 " teardowns of pgmaps that were not followed",
			 f->unjudged);
		doubt(j, why);
	}
	for (int i = 0; i < PROMISES; i++) {
		const struct need *n = &needs[i];

		if (!(f->promises & 1u << i))
			continue;
		for (int h = 0; h < PGR_HOOKS; h++) {
			if (!(hooks[h].sees & n->seen_by))
				continue;
			if (f->missing[h]) {
				snprintf(why, sizeof(why), "hook %s is missing: %s may be unseen",
					 hook__name(h), n->what);
				doubt(j, why);
			}
			if (f->stopped[h]) {
				snprintf(why, sizeof(why), "hook %s %s: %s may be unseen",
					 hook__name(h), f->stopped[h], n->what);
				doubt(j, why);
			}
			if (f->missed_runs[h]) {
				snprintf(why, sizeof(why),
					 "hook %s missed %" PRIu64 " calls: %s may be unseen",
					 hook__name(h), f->missed_runs[h], n->what);
				doubt(j, why);
			}
		}
		for (int c = 0; c < PGR_LOSSES; c++) {
			if (!f->cause[c] || !(n->losses & 1u << c))
				continue;
			snprintf(why, sizeof(why), "lost: %s %" PRIu64 ": %s may be unseen",
				 loss__name(c), f->cause[c], n->what);
			doubt(j, why);
		}
	}
	if (!f->adopted_all)
		doubt(j, "pgmaps older than the tool may not all have been found");
}

bool verdict__is_whole(const struct pgr_sweep *s)
{
	return s && s->flags == PGR_SWEEP_DONE && !s->faults;
}

/* There are too many busy pages to compare each: compares only the numbers of two sweeps. */
static void judge_many(const struct pgr_sweep *now, const struct pgr_sweep *then,
		       struct end_counts *n, struct judgement *j)
{
	if (!now)
		return;
	n->busy_exact = n->busy_exact && !then->busy;
	n->busy = now->busy > then->busy ? now->busy - then->busy : now->extra > then->extra;
	if (n->busy)
		leak(j, LEAK_BUSY_AT_END);
	else
		doubt(j, "more busy pages than can be compared");
}

/* These pages look as busy as at the start, but may not be. one, several: text for 1 and more. */
static void doubt_pages(struct judgement *j, uint64_t pages, const char *one, const char *several)
{
	char why[sizeof(j->why)];

	if (!pages)
		return;
	snprintf(why, sizeof(why), "%" PRIu64 " page%s as busy as at the start, but %s", pages,
		 pages == 1 ? " is" : "s are", pages == 1 ? one : several);
	doubt(j, why);
}

static void judge_busy(const struct end_facts *f, struct end_counts *n, struct judgement *j)
{
	static const struct pgr_sweep none = { .flags = PGR_SWEEP_DONE };
	const struct pgr_sweep *then = f->made ? &none : f->before.pages;
	const struct pgr_sweep *now = f->after.pages;
	char why[sizeof(j->why)];

	n->busy_before = then ? then->busy : 0;
	n->busy_exact = verdict__is_whole(then) && verdict__is_whole(now);
	/* Nothing is busy now: it does not matter what was busy at the start. */
	if (verdict__is_whole(now) && !now->busy)
		return;
	if (!verdict__is_whole(then)) {
		doubt(j, "not every page was swept at the start");
		return;
	}
	if (f->pages) {
		n->pages = *f->pages;
		n->busy = f->pages->pages;
		if (n->busy)
			leak(j, LEAK_BUSY_AT_END);
	} else {
		judge_many(now, then, n, j);
	}
	if (!verdict__is_whole(now))
		doubt(j, "not every page was swept at the end");
	doubt_pages(j, n->pages.unsure,
		    "tasks pinned it in the run: the tool cannot tell which pins are left",
		    "tasks pinned them in the run: the tool cannot tell which pins are left");
	doubt_pages(
		j, n->pages.rose,
		"it had more references in between: the tool cannot tell which references are left",
		"they had more references in between: the tool cannot tell which references are left");
	/* Between two sweeps a new pin may have replaced an old one. */
	if (n->pages.hidden && f->pins_unseen) {
		snprintf(why, sizeof(why),
			 "the pages are as busy as at the start, but some pins may be new: %s",
			 f->pins_unseen);
		doubt(j, why);
	}
}

static void judge_references(const struct end_facts *f, struct end_counts *n, struct judgement *j)
{
	int64_t before = f->made ? 0 : f->before.excess - f->before.explained;
	int64_t after = f->after.excess - f->after.explained;
	/* How much of the excess may still be from the start. */
	int64_t floor = f->has_low && f->low < before ? f->low : before, of_start;
	char why[sizeof(j->why)];

	n->pre_existing = before > 0 ? before : 0;
	of_start = floor > 0 ? floor : 0;
	n->references = after > of_start ? after - of_start : 0;
	/* New references may have made up for the missing ones, or may be a leak: not known. */
	if (floor < 0 && after > floor)
		doubt(j, floor < before ? "the counter was below the baseline in between" :
					  "the counter was below the baseline at the start");
	if (after != floor && !(f->after.explained_all && (f->made || f->before.explained_all)))
		doubt(j, "the tool cannot tell which references are legitimate");
	else if (n->references)
		leak(j, LEAK_EXCESS_AT_END);
	else if (after < 0 && after < before)
		leak(j, LEAK_UNDERFLOW);
	if (!of_start || after <= 0)
		return;
	n->unsure = f->taken < of_start ? f->taken : of_start;
	if (f->taken > n->references) {
		snprintf(why, sizeof(why),
			 "tasks took %" PRId64
			 " reference%s in the run: the tool cannot tell whether "
			 "tasks put %s or %s of the start",
			 f->taken, f->taken == 1 ? "" : "s",
			 f->taken == 1 ? "this reference" : "these references",
			 f->taken == 1 ? "a reference" : "references");
		doubt(j, why);
	}
	if (f->taken_unseen) {
		snprintf(why, sizeof(why),
			 "the pgmap has as many references as at the start, but some references "
			 "may be new: %s",
			 f->taken_unseen);
		doubt(j, why);
	}
}

void verdict__end(const struct end_facts *f, struct end_counts *n, struct judgement *j)
{
	int64_t after = f->after.excess - f->after.explained;

	memset(j, 0, sizeof(*j));
	memset(n, 0, sizeof(*n));
	if (!f->after.has_value)
		doubt(j, f->after.moving ? "the counter did not come to rest" :
					   "the counter could not be read");
	else if (f->made || f->before.has_value)
		judge_references(f, n, j);
	else if (after)
		doubt(j, f->before.moving ? "the counter was not at rest at the start" :
					    "the counter could not be read at the start");
	judge_busy(f, n, j);
}

const char *verdict__name(enum verdict v)
{
	return v == VERDICT_CLEAN ? "clean" : v == VERDICT_LEAK ? "leak" : "inconclusive";
}

const char *verdict__kind(unsigned int i)
{
	static const char *const names[] = {
		"hang",		 "pinned-at-teardown", "underflow",	     "get-after-kill",
		"excess-at-end", "busy-at-end",	       "entries-at-teardown"
	};

	return i < sizeof(names) / sizeof(*names) ? names[i] : NULL;
}

const char *verdict__kinds(unsigned int kinds, char *buf, size_t len)
{
	const char *name;
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; (name = verdict__kind(i)); i++)
		if (kinds & 1u << i && n < len)
			n += snprintf(buf + n, len - n, "%s%s", n ? ", " : "", name);
	return buf;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "verdict.h"

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
	/* Without excess the kernel does not wait: what is busy now is busy at the end. */
	bool waited = !f->begun || !f->has_value || excess > 0;
	bool final_busy = f->final_swept && f->final_busy + f->final_mapped;
	bool begin_busy = f->swept && f->busy + f->mapped;

	memset(j, 0, sizeof(*j));
	if (f->stuck)
		leak(j, LEAK_HANG);
	if (f->begun && f->has_value && excess < 0)
		leak(j, LEAK_UNDERFLOW);
	if (f->late_gets)
		leak(j, LEAK_GET_AFTER_KILL);
	if (final_busy || (!(f->final_swept && f->final_whole) && begin_busy && !waited))
		leak(j, LEAK_PINNED);
	if (!f->begun)
		doubt(j, "its begin was not seen: the pages were not looked at then");
	else if (!f->has_value)
		doubt(j, "the counter could not be read");
	if (!f->drained && !f->gone)
		doubt(j, "its end was not seen");
	if (f->final_swept) {
		if (!f->final_whole)
			doubt(j, "not every page was looked at before they went");
		return;
	}
	if (f->begun && !f->swept)
		doubt(j, "the pages were not looked at");
	else if (f->begun && !f->sweep_whole)
		doubt(j, "not every page was looked at");
	/* What was idle at the begin need not have stayed so. */
	if (f->begun && (f->drained || f->gone))
		doubt(j, "the pages were not looked at just before they went");
}

/*
 * What the absence of a hook, or of a run of it, can hide from the run as a
 * whole. What it hides from one teardown is judged there: whether its pages were
 * looked at, whether its end was seen. A pgmap whose birth was not seen counts
 * as unjudged when it is torn down.
 */
enum {
	HIDES_TEARDOWN = 1, /* that there was one */
	HIDES_EVENT = 2, /* a line of trace */
	HIDES_LATE_GET = 4, /* a reference taken after the kill, where the kernel lets it be taken */
};

static const unsigned int hook_hides[PGR_HOOKS] = {
	[PGR_HOOK_CREATE] = HIDES_EVENT,
	[PGR_HOOK_TEARDOWN] = HIDES_TEARDOWN | HIDES_EVENT,
	[PGR_HOOK_DRAINED] = HIDES_EVENT,
	[PGR_HOOK_GONE] = HIDES_EVENT,
	[PGR_HOOK_GET] = HIDES_EVENT | HIDES_LATE_GET,
	[PGR_HOOK_ALLOC] = HIDES_EVENT,
	[PGR_HOOK_FREE] = HIDES_EVENT,
	[PGR_HOOK_INSERT] = HIDES_EVENT,
	[PGR_HOOK_DELETE] = HIDES_EVENT,
	[PGR_HOOK_FORK] = HIDES_EVENT,
	[PGR_HOOK_PUT] = HIDES_EVENT,
	[PGR_HOOK_FOLIO_GET] = HIDES_EVENT | HIDES_LATE_GET,
	[PGR_HOOK_FOLIO_MAKE] = HIDES_EVENT | HIDES_LATE_GET,
	[PGR_HOOK_FOLIO_ALLOC] = HIDES_EVENT | HIDES_LATE_GET,
	[PGR_HOOK_FOLIO_PUT] = HIDES_EVENT,
	[PGR_HOOK_P2P_ALLOC] = HIDES_EVENT,
	[PGR_HOOK_P2P_FREE] = HIDES_EVENT,
	[PGR_HOOK_P2P_MAP] = HIDES_EVENT,
	[PGR_HOOK_P2P_MAP_PAGE] = HIDES_EVENT,
	[PGR_HOOK_P2P_PAGE_FREE] = HIDES_EVENT,
};

static const struct {
	bool teardown, event;
} cause_matters[PGR_LOSSES] = {
	[PGR_LOSS_CONTROL_RING] = { true, true },
	[PGR_LOSS_EVENT_RING] = { false, true },
	[PGR_LOSS_LEDGER_FULL] = { false, true },
	[PGR_LOSS_LEDGER_ERR] = { false, true },
	[PGR_LOSS_PGMAP_FULL] = { true, true },
	[PGR_LOSS_PGMAP_UNKNOWN] = { false, true },
	[PGR_LOSS_SWEEP_FULL] = { false, false }, /* judged per teardown: was it swept? */
	[PGR_LOSS_READ] = { false, true },
	[PGR_LOSS_STASH] = { true, true },
	[PGR_LOSS_ENTRY_LAYOUT] = { false, true },
	[PGR_LOSS_FOLLOW] = { false, true },
};

void verdict__loss(const struct loss_facts *f, struct judgement *j)
{
	char why[sizeof(j->why)];

	if (f->unjudged) {
		snprintf(why, sizeof(why), "%" PRIu64 " teardowns of pgmaps that were not followed",
			 f->unjudged);
		doubt(j, why);
	}
	for (int h = 0; h < PGR_HOOKS; h++) {
		bool matters = hook_hides[h] & (HIDES_TEARDOWN | (f->events ? HIDES_EVENT : 0) |
						(f->late_gets ? HIDES_LATE_GET : 0));

		if (f->missing[h] && matters) {
			snprintf(why, sizeof(why), "hook %s is missing", name_of_hook(h));
			doubt(j, why);
		}
		if (f->missed_runs[h] && matters) {
			snprintf(why, sizeof(why), "hook %s missed %" PRIu64 " calls",
				 name_of_hook(h), f->missed_runs[h]);
			doubt(j, why);
		}
	}
	for (int c = 0; c < PGR_LOSSES; c++) {
		if (!f->cause[c] || !(cause_matters[c].teardown || (f->events && cause_matters[c].event)))
			continue;
		snprintf(why, sizeof(why), "lost: %s %" PRIu64, name_of_loss(c), f->cause[c]);
		doubt(j, why);
	}
	if (!f->adopted_all)
		doubt(j, "pgmaps older than the tool may not all have been found");
}

const char *verdict__name(enum verdict v)
{
	return v == VERDICT_CLEAN ? "clean" : v == VERDICT_LEAK ? "leak" : "inconclusive";
}

const char *verdict__kinds(unsigned int kinds, char *buf, size_t len)
{
	static const char *const names[] = { "hang", "pinned-at-teardown", "underflow",
					     "get-after-kill" };
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (kinds & 1u << i && n < len)
			n += snprintf(buf + n, len - n, "%s%s", n ? ", " : "", names[i]);
	return buf;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes verdicts. Pure functions of what was read: an event never decides a verdict. A verdict is
 * `clean` only if the tool missed nothing that could hide a leak.
 */
#ifndef PGMAPREF_VERDICT_H
#define PGMAPREF_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/busy.h"
#include "common/records.h"

enum verdict { VERDICT_CLEAN, VERDICT_INCONCLUSIVE, VERDICT_LEAK }; /* worst last */

enum {
	LEAK_HANG = 1u << 0, /* the teardown waits for references longer than --stuck */
	LEAK_PINNED = 1u << 1, /* torn down with busy pages */
	LEAK_UNDERFLOW = 1u << 2, /* fewer references than the baseline */
	LEAK_GET_AFTER_KILL = 1u << 3, /* a reference was taken on a dying pgmap */
	LEAK_EXCESS_AT_END =
		1u << 4, /* check: references at the end that were not there at the start */
	LEAK_BUSY_AT_END = 1u << 5, /* check: busy pages that were not busy at the start */
	LEAK_ENTRIES = 1u << 6, /* torn down while pages have DAX entries of files */
};

/* What is known about one teardown. */
struct teardown_facts {
	bool begun; /* the begin was seen; false for a teardown that was adopted */
	bool has_value; /* value was read at the begin, and baseline is known */
	int64_t value, baseline;
	bool rest_unknown; /* !has_value, because baseline is not known */
	bool swept, sweep_whole; /* pages were swept at the begin; all of them */
	uint64_t busy, mapped;
	uint64_t entry_pages; /* pages with DAX entries, whatever their refcount */
	bool final_swept, final_whole; /* the same just before the struct pages went */
	uint64_t final_busy, final_mapped, final_entry_pages;
	uint64_t maybe_shared; /* pages that files may share: the last sweep could not tell */
	uint64_t unshown_entries; /* traced as inserted and not deleted, but no page shows them */
	bool drained, gone;
	bool stuck; /* it waited longer than --stuck, or waits at the end of the run */
	bool wait_unseen; /* it took longer than --stuck, but the time it waited is not known */
	int64_t stuck_value; /* number of references that it waited for */
	uint64_t late_gets; /* references taken after the kill */
};

struct judgement {
	enum verdict verdict;
	unsigned int kinds; /* VERDICT_LEAK: LEAK_* */
	bool allowed; /* the leak is allowed by --allow */
	char why[256]; /* VERDICT_INCONCLUSIVE: what was missed */
};

/*
 * Judges a teardown, also one that is not over. Sets all of *j: kinds has every kind of leak, and
 * why has the first doubt. A leak outweighs doubts: then why is empty.
 */
void verdict__teardown(const struct teardown_facts *f, struct judgement *j);

/* A live pgmap, as read at one time. */
struct state_facts {
	bool has_value;
	int64_t excess; /* references above the baseline */
	/* References in excess that are no leak: of folios in use, of memory of the driver. */
	int64_t explained;
	bool explained_all; /* explained has all of them */
	bool moving; /* !has_value, because the counter kept changing */
	const struct pgr_sweep *pages; /* NULL: not swept */
};

/* The start and the end of a run, and what was read in between. */
struct end_facts {
	struct state_facts before, after; /* before: not used if made */
	bool made; /* the pgmap was made after the start */
	/* The least (excess - explained) at which two samples agreed. */
	bool has_low;
	int64_t low;
	/* Comparison of all busy pages; NULL: not possible. */
	const struct busy_change *pages;
	uint64_t lowered; /* pages busy at the start that were idle, or less busy, in between */
	/* References taken in the run for which no put is known. */
	int64_t taken;
	/* Why pins and taken references of the run may be unknown; NULL: all were seen. */
	const char *pins_unseen, *taken_unseen;
};

/* Did the sweep reach all pages, and could it read each of them? Returns false for NULL. */
bool verdict__is_whole(const struct pgr_sweep *s);

struct end_counts {
	int64_t references; /* references that were not there at the start */
	int64_t pre_existing; /* references that were there at the start */
	int64_t unsure; /* references that count as of the start, but may be of the run */
	uint64_t busy; /* pages that were idle, or less busy, at the start */
	bool busy_exact; /* false: busy is a minimum */
	uint64_t busy_before; /* pages that were busy at the start */
	struct busy_change pages; /* all 0 if they could not be compared */
};

/* Judges a live pgmap at the end of a run: compares it with the start. */
void verdict__end(const struct end_facts *f, struct end_counts *n, struct judgement *j);

/* What a run guarantees. The table `needs` in verdict.c has the conditions for each promise. */
enum {
	PROMISE_TEARDOWNS = 1u << 0, /* every teardown is judged */
	PROMISE_LATE_GETS = 1u << 1, /* every get after the kill is seen (series of 2022) */
	PROMISE_EVENTS = 1u << 2, /* every event is seen (trace, assertions that count events) */
	PROMISE_CHILDREN = 1u << 3, /* every event of children that are followed is seen, too */
	PROMISE_ENDS = 1u << 4, /* the state of every pgmap at the end is judged (check) */
	PROMISES = 5,
};

/* Everything that the tool may have missed in a run. */
struct loss_facts {
	const uint64_t *cause; /* [enum pgr_loss] */
	const uint64_t *missed_runs; /* [enum pgr_hook] */
	const bool *missing; /* [enum pgr_hook]: the hook is not attached */
	const char *const *stopped; /* [enum pgr_hook]: alive__doubt(); NULL: the hook ran */
	uint64_t unjudged; /* teardowns of pgmaps that were not followed */
	unsigned int promises; /* PROMISE_* */
	bool adopted_all; /* the tool found all pgmaps that are older than the tool */
};

/*
 * If a loss can have hidden what the run promises, makes a clean verdict inconclusive, with the
 * first cause in why. Otherwise leaves *j unchanged.
 */
void verdict__loss(const struct loss_facts *f, struct judgement *j);

/* Does this hook see references being taken? Without it, a new one may replace an old one. */
bool verdict__takes(int hook);

const char *verdict__name(enum verdict v);
/* Name of the kind of leak with bit i in LEAK_*; NULL: i is beyond the last kind. */
const char *verdict__kind(unsigned int i);

#define VERDICT_KINDS_MAX 128 /* bytes that all kinds together need */
/* Writes "hang", "hang, underflow", … into buf. Returns buf. */
const char *verdict__kinds(unsigned int kinds, char *buf, size_t len);

#endif /* PGMAPREF_VERDICT_H */

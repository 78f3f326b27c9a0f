/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Judging. Pure functions of what was read: events never decide, and a verdict
 * is `clean` only if nothing that could have hidden a leak was missed.
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
	LEAK_HANG = 1u << 0, /* the teardown waits for references, longer than it may */
	LEAK_PINNED = 1u << 1, /* torn down with busy pages */
	LEAK_UNDERFLOW = 1u << 2, /* fewer references than at rest */
	LEAK_GET_AFTER_KILL = 1u << 3, /* a reference was taken of a dying pgmap */
	LEAK_EXCESS_AT_END =
		1u << 4, /* check: references at rest that were not there at its start */
	LEAK_BUSY_AT_END = 1u << 5, /* check: the same of busy pages */
	LEAK_ENTRIES = 1u << 6, /* torn down with DAX entries of files on its pages */
};

/* What is known of one teardown. */
struct teardown_facts {
	bool begun; /* its begin was seen (not: was adopted in the middle of it) */
	bool has_value; /* value is that of its begin */
	int64_t value, baseline;
	bool rest_unknown; /* !has_value, because baseline is not known */
	bool swept, sweep_whole; /* pages looked at when it began; all of them? */
	uint64_t busy, mapped;
	uint64_t entry_pages; /* with DAX entries, whatever their refcount */
	bool final_swept, final_whole; /* and again just before struct pages went */
	uint64_t final_busy, final_mapped, final_entry_pages;
	uint64_t maybe_shared; /* pages of which the last look cannot say whether files share them */
	uint64_t unshown_entries; /* inserted and not deleted, as traced, though no page shows any */
	bool drained, gone;
	bool stuck; /* it waited longer than --stuck, or waits at the end of the run */
	bool wait_unseen; /* it took so long, but of this how long it waited is not known */
	int64_t stuck_value; /* references it waited for then */
	uint64_t late_gets; /* references taken after the kill */
};

struct judgement {
	enum verdict verdict;
	unsigned int kinds; /* LEAK_*, when a leak */
	bool allowed; /* a leak that --allow allows */
	char why[192]; /* when inconclusive: what was missed */
};

void verdict__teardown(const struct teardown_facts *f, struct judgement *j);

/* What was read of a live pgmap at one time. */
struct state_facts {
	bool has_value;
	int64_t excess; /* references above rest */
	/* Of these, those that are no leak: of folios in use, of memory that its driver has. */
	int64_t explained;
	bool explained_all; /* there are no more of those */
	bool moving; /* !has_value, because it did not come to rest */
	const struct pgr_sweep *pages; /* NULL: not looked at */
};

/* How the end of a run differs from its start, and from what was read in between. */
struct end_facts {
	struct state_facts before, after; /* before: all 0, with has_value, of one made since */
	bool made; /* since the start */
	/* The least that the counter was above rest, less what is explained, at a steady reading. */
	bool has_low;
	int64_t low;
	/* All busy pages compared; NULL: they could not be. */
	const struct busy_change *pages;
	uint64_t lowered; /* pages of the start that were idle, or less busy, in between */
	/* References taken in the run of which it is not known whether they were given back. */
	int64_t taken;
	/* Why pins and takings of the run may be unknown; NULL: all were seen. */
	const char *pins_unseen, *taken_unseen;
};

/* Were all pages looked at, and could they all be read? False for NULL, too. */
bool verdict__is_whole(const struct pgr_sweep *s);

struct end_counts {
	int64_t references; /* not there at the start */
	int64_t pre_existing; /* references that were */
	int64_t unsure; /* references of the run that may be among those that seem to be of the start */
	uint64_t busy; /* pages that were not busy, or less so, at the start; a least if !busy_exact */
	bool busy_exact;
	uint64_t busy_before; /* pages that were busy at the start */
	struct busy_change pages; /* all 0 if they could not be compared */
};

/* Judges a live pgmap at the end of a run by what it was at the start. */
void verdict__end(const struct end_facts *f, struct end_counts *n, struct judgement *j);

/* What a run says for sure, and for what it needs to have missed nothing: see verdict.c's table. */
enum {
	PROMISE_TEARDOWNS = 1u << 0, /* every teardown is judged */
	PROMISE_LATE_GETS = 1u << 1, /* every reference taken after the kill: the series of 2022 */
	PROMISE_EVENTS = 1u << 2, /* every event (trace, and assertions that count them) */
	PROMISE_CHILDREN = 1u << 3, /* those of COMMAND's children, too */
	PROMISE_ENDS = 1u << 4, /* every pgmap's state at the end (check) */
	PROMISES = 5,
};

/* Everything that may be missing from a run. */
struct loss_facts {
	const uint64_t *cause; /* by enum pgr_loss */
	const uint64_t *missed_runs; /* by enum pgr_hook */
	const bool *missing; /* by enum pgr_hook: not attached */
	const char *const *stopped; /* by enum pgr_hook: alive__doubt(); NULL of one: it ran */
	uint64_t unjudged; /* teardowns of pgmaps that were not followed */
	unsigned int promises; /* PROMISE_* */
	bool adopted_all; /* pgmaps older than the tool were all found */
};

/*
 * Can this loss have hidden a leak (or, with events, an event)? Leaves *j alone
 * if not, else makes a clean verdict inconclusive, with the first cause in why.
 */
void verdict__loss(const struct loss_facts *f, struct judgement *j);

/* Does this hook see references being taken? Without, one may have replaced another. */
bool verdict__takes(int hook);

const char *verdict__name(enum verdict v);
/* Of the kind of leak that is bit i of LEAK_*; NULL: there are no more. */
const char *verdict__kind(unsigned int i);

#define VERDICT_KINDS_MAX 128 /* bytes for all of them */
/* "hang", "hang, underflow", … into buf; returns buf. */
const char *verdict__kinds(unsigned int kinds, char *buf, size_t len);

#endif /* PGMAPREF_VERDICT_H */

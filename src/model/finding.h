/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A finding: what a teardown leaves, or what a live pgmap has at the end of a check. It has the
 * judgement of the facts, and the known holders. The run counts it, reports it and makes a test
 * case of it. Nothing here asks the kernel.
 */
#ifndef PGMAPREF_FINDING_H
#define PGMAPREF_FINDING_H

#include "model/ledger.h"
#include "model/pgmaps.h"
#include "model/verdict.h"

struct walked_set;

/* The point in the life of the pgmap at which the finding was judged. */
enum finding_phase {
	FINDING_STUCK, /* the teardown waits longer than --stuck */
	FINDING_DRAINED, /* the teardown was stuck, or began before the tool did, and has drained */
	FINDING_GONE, /* the teardown has ended */
	FINDING_OVER, /* a sample shows that the teardown has ended; no record says when */
	FINDING_OPEN, /* the teardown had not ended at the end of the run */
	FINDING_END, /* no teardown: the pgmap is live at the end of a check */
};

struct finding {
	struct pgmap *p;
	enum finding_phase phase;
	unsigned int said; /* LEAK_* of an earlier report of this teardown; 0: there was none */
	bool last; /* the judgement is final; a stuck teardown may get another finding */
	struct judgement j;
	int64_t excess; /* leaked references */
	bool pages_hold; /* pages of its type that are in use have references of it */
	uint64_t since_ns; /* FINDING_END: of a test that began then (--marks); 0: of the whole run */
	uint64_t took_ns; /* FINDING_END: how long it took to read and judge the end */
	const struct pgr_sweep *pages; /* the sweep for the report, or NULL; owned by the caller */
	/* Owned by the finding. */
	struct ledger *ledger; /* holders, as traced; NULL: could not be read */
	struct walked_set *found; /* holders, found by the walks; NULL: the walks did not run */
	/* FINDING_END: how the end differs from the start. */
	struct end_facts facts;
	struct end_counts counts;
};

/* "stuck", "drained", …: reports use these names, and they never change. NULL: FINDING_END. */
const char *finding__phase_name(enum finding_phase phase);

/* Judges a teardown by its facts: sets j and excess. */
void finding__judge_teardown(struct finding *f, const struct teardown_facts *facts);
/* Judges the end by f->facts: sets j, counts and excess. */
void finding__judge_end(struct finding *f);

/* Is there a holder to search for? An underflow has none: a reference was put too often. */
bool finding__has_holders(const struct finding *f);
/*
 * Are the references in the ledger still held? After the drain they are not, but where puts are not
 * seen the ledger keeps their rows.
 */
bool finding__is_held(const struct finding *f);
/* Can this traced holder be the leak? A report lists other holders, too. */
bool finding__can_be(const struct finding *f, const struct holder *h);
/* References that are left: what a stuck teardown waits for, or those above the baseline. */
int64_t finding__left(const struct finding *f);
/* How many of these `left` the ledger accounts for; it can be more, if some puts were not seen. */
int64_t finding__traced(const struct finding *f);
/* Must a run that shows leaks only report this finding? A clean one may have news, too. */
bool finding__tells(const struct finding *f);

/* Frees ledger and found. */
void finding__clear(struct finding *f);

/* A task that may have caused a part of a leak. */
struct culprit {
	const char *comm; /* NULL: not known */
	uint64_t stack; /* key; 0: not known */
};

typedef bool (*culprit_fn)(void *ctx, const struct culprit *c);

/*
 * Calls fn for each holder that can be the leak, and for each task and call site that took a
 * reference after the kill. If these do not account for the whole leak, calls fn once more for an
 * unknown culprit (comm NULL, stack 0). Stops and returns false when fn returns false.
 */
bool finding__each_culprit(const struct finding *f, culprit_fn fn, void *ctx);

/* Totals of a run. */
struct run_totals {
	uint64_t teardowns, leaks, inconclusive;
	uint64_t events;
	uint64_t suppressed; /* leaks that --allow allows */
	uint64_t assertions, failed, unknown; /* check */
	uint64_t marked, marked_failed; /* check --marks: tests, and those that left something */
	bool counts_checks; /* check: the two below are figures of the run */
	uint64_t pgmaps; /* pgmaps that were judged, each name once */
	uint64_t checks; /* judgements: of teardowns, of ends, of assertions */
	uint64_t running; /* check: processes that COMMAND started and that still run after it */
	uint64_t blocked; /* tasks that are blocked outside of a teardown */
	bool unseen; /* trace: the selected tasks did nothing */
};

/* Adds a final judgement. */
void totals__add(struct run_totals *t, const struct judgement *j);
/*
 * Makes *worst as bad as j, unless j is an allowed leak. Returns true if j is a leak that is not
 * allowed.
 */
bool judgement__worsen(struct judgement *worst, const struct judgement *j);

#endif /* PGMAPREF_FINDING_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A finding: what a teardown leaves, or what a pgmap has that lives at the end of a check. Facts are
 * judged, and what is known of those who hold something is put beside the judgement. Then it can be
 * counted, reported and made a test case. Nothing here asks the kernel.
 */
#ifndef PGMAPREF_FINDING_H
#define PGMAPREF_FINDING_H

#include "model/ledger.h"
#include "model/pgmaps.h"
#include "model/verdict.h"

struct walked_set;

/* At which point of a pgmap's life it was judged. */
enum finding_phase {
	FINDING_STUCK, /* its teardown waits, longer than it may */
	FINDING_DRAINED, /* its teardown was stuck, or older than the tool, and has drained */
	FINDING_GONE, /* its teardown has ended */
	FINDING_OVER, /* the same, as reading shows: no record says when */
	FINDING_OPEN, /* its teardown had not ended when the run did */
	FINDING_END, /* no teardown: it lives at the end of a check */
};

struct finding {
	struct pgmap *p;
	enum finding_phase phase;
	bool last; /* it is judged for good: of a teardown that is stuck another finding may come */
	struct judgement j;
	int64_t excess; /* references that leak */
	const struct pgr_sweep *pages; /* the sweep that the report shows, or NULL; the caller's */
	/* These belong to the finding. */
	struct ledger *ledger; /* as traced; NULL: not to be had */
	struct walked_set *found; /* as the kernel's objects say; NULL: not asked */
	/* FINDING_END: how it differs from the start. */
	struct end_facts facts;
	struct end_counts counts;
};

/* "stuck", "drained", …: as reports have it, and never changed. NULL: FINDING_END. */
const char *finding__phase_name(enum finding_phase phase);

/* Judges a teardown by its facts: sets j and excess. */
void finding__judge_teardown(struct finding *f, const struct teardown_facts *facts);
/* Judges the end by f->facts: sets j, counts and excess. */
void finding__judge_end(struct finding *f);

/* Is there somebody to be looked for? One put too many is nobody's holding. */
bool finding__has_holders(const struct finding *f);
/* Are references still held, that the ledger has? Where puts are not seen, its rows outlive them. */
bool finding__is_held(const struct finding *f);
/* Is it of interest, though clean, to those who want to see leaks only? */
bool finding__tells(const struct finding *f);

/* Frees what belongs to it. */
void finding__clear(struct finding *f);

/* One who has a part in a leak. */
struct culprit {
	const char *comm; /* NULL: not known */
	uint64_t stack; /* key; 0: not known */
};

typedef bool (*culprit_fn)(void *ctx, const struct culprit *c);

/*
 * Calls fn for each holder that can be the leak, and for each who took a reference after the kill,
 * until it says no; at last for nobody in particular (comm NULL, stack 0), unless these account for
 * all of it. Returns false if fn said no.
 */
bool finding__each_culprit(const struct finding *f, culprit_fn fn, void *ctx);

/* What a run comes to, in figures. */
struct run_totals {
	uint64_t teardowns, leaks, inconclusive;
	uint64_t events;
	uint64_t suppressed; /* leaks that --allow allows */
	uint64_t assertions, failed, unknown; /* check */
	uint64_t running; /* check: processes of COMMAND that go on after it */
	uint64_t blocked; /* tasks that are blocked elsewhere */
};

/* Adds a judgement that is for good. */
void totals__add(struct run_totals *t, const struct judgement *j);
/* Makes *worst as bad as j, but for a leak that is allowed. Returns true if j is a leak that is not. */
bool judgement__worsen(struct judgement *worst, const struct judgement *j);

#endif /* PGMAPREF_FINDING_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a run knows: records and timer ticks become generations of pgmaps, their
 * histories and teardowns, and judgements. session.c opens and ends it.
 */
#ifndef PGMAPREF_RUN_H
#define PGMAPREF_RUN_H

#include <time.h>

#include "kernel/blocked.h"
#include "common/clock.h"
#include "run/options.h"
#include "report/report.h"

struct walker;

#define RUN_INTERRUPTS 256 /* stacks of which it is remembered whose they are; a power of two */

struct run {
	const struct options *o;
	struct symbols *symbols;
	struct tracer *tracer;
	struct report report;
	struct pgmaps pgmaps;
	struct run_totals totals;
	struct judgement worst; /* of all teardowns so far */
	uint64_t next_bdevs_ns; /* when disks are to be looked for again */
	struct blocked blocked;
	uint64_t next_blocked_ns; /* when blocked tasks are to be looked for again */
	uint64_t sampled_ns; /* time that samples of running tasks took in the last look */
	uint64_t names_matched; /* bit i: the i-th -g NAME was that of a pgmap */
	struct allow *allow; /* --allow, or NULL */
	struct testcases *cases; /* --junit and --tap, or NULL */
	time_t began; /* for these */
	uint64_t began_ns; /* CLOCK_MONOTONIC, before COMMAND was made */
	FILE *junit, *tap; /* where they go; NULL: nowhere */
	struct assertion *assertions; /* check: those of the options, and those that it always has */
	size_t nr_assertions;
	uint64_t gone_events; /* of pgmaps that are gone */
	uint64_t unnamed; /* teardowns of pgmaps of which it never came to be known whether -g means them */
	uint64_t drains_unseen; /* teardowns that went without a sight of their last put */
	uint64_t settled_ns; /* check: by when the end is to be at rest */
	bool failing; /* check: something leaks, or an assertion has failed */
	int interrupted; /* check: the signal that ended it before COMMAND did */
	struct walker *walker; /* NULL: not needed so far */
	bool adopted_all;
	bool adopt_again; /* one was in the making */
	bool ending; /* what is watched is over */
	bool failed; /* out of memory, or no room for the output */
	bool cases_write_failed; /* files of test cases, which was said */
	struct {
		uint64_t stack; /* key */
		bool yes;
	} interrupt[RUN_INTERRUPTS]; /* is a stack that of an interrupt? By the key's low bits */
};

/* The pgmap that the kernel side describes, made if it is new. NULL: no memory (in s->failed). */
struct pgmap *run__add(struct run *s, const struct pgr_pgmap *k);
/* Looks for pgmaps older than the tool. A negative errno: cannot be looked for. */
int run__adopt(struct run *s);
/* A record of either ring; has the shape of a tracer_record_fn. */
void run__record(void *run, const struct pgr_header *h, size_t size);
/* Looks whether the hooks run, and says if one does not. */
void run__look_alive(struct run *s);
/* What is due every --interval: counters, pages, teardowns that do not drain. */
void run__tick(struct run *s);
/* The end of a generation of which nothing more can come, in a trace. */
void run__summarise(struct run *s, struct pgmap *p);
/* Adds a judgement to that of the run, but for a leak that is allowed. */
void run__judged(struct run *s, const struct judgement *j);
/* Judges the teardowns that are still open, as they stand. */
void run__finish(struct run *s);

/*
 * Tasks that wait before they reach memunmap_pages(), for --stuck by now: each is reported once.
 * Looks when it is due; does nothing where no teardowns are followed.
 */
void run__look_for_blocked(struct run *s);

/* Reads the counter into p and its history. */
void run__sample(struct run *s, struct pgmap *p);
/* Looks at its pages. The caller frees the result; NULL: not to be had. */
struct pgr_sweep *run__sweep(struct run *s, struct pgmap *p);
/* The same; *busy gets all busy pages, and is freed by the caller, if there is a result. */
struct pgr_sweep *run__sweep_all(struct run *s, struct pgmap *p, struct busy_set *busy);
/* Looks up the symbol of its driver's operations, unless p has it. */
void run__find_driver(struct run *s, struct pgmap *p);
/*
 * Its holders, and who pinned those of its pages that were busy when `pages` was looked at, or has
 * pinned since (NULL: no pins); drop: they are forgotten. The caller frees it; NULL: not to be had.
 */
struct ledger *run__ledger(struct run *s, const struct pgmap *p, const struct pgr_sweep *pages,
			   bool drop);

/*
 * Looks for who has something of p: pages is the sweep that found busy ones, or NULL; l: what was
 * traced, made with these pages, or NULL. The caller gives the result to walked__free(); NULL: no
 * memory. What hindered it is in the result.
 */
struct walked_set *run__find(struct run *s, const struct pgmap *p, const struct pgr_sweep *pages,
			     const struct ledger *l);
/* Remembers the character devices of pgmaps: they go before their pgmap does. */
void run__see_cdevs(struct run *s);

/*
 * Can the layers of this pgmap be compared? Not where a filter leaves part of them out, nor, those of
 * files' folios, before it is known that these have references.
 */
bool run__sees_layers(const struct run *s, const struct pgmap *p);
/* Is somebody left out by -p, -t, -n, or because only COMMAND is meant? */
bool run__filters(const struct run *s);
/* Does the ledger have all that was taken: no filter left something out, and nothing was lost? */
bool run__ledger_is_whole(struct run *s);
/* Do they agree? Said once, by what w looked at. */
void run__check_layers(struct run *s, struct pgmap *p, const struct pgr_sweep *w);

/* ---- run_allow.c ---- */

/* A leak as --allow sees it. */
struct leak {
	const struct pgmap *p;
	const struct judgement *j;
	const struct ledger *l; /* or NULL */
	const struct pgr_sweep *pages; /* or NULL */
	int64_t excess; /* references that leak */
};

/*
 * Does --allow allow it? Each of its holders, and a leak of nobody in particular where not all of it
 * is accounted for. Counted as a use of the patterns.
 */
bool run__allowed(struct run *s, const struct leak *leak);
/* Says the patterns that would allow it, for --gen-suppressions. */
void run__suggest(struct run *s, const struct leak *leak);
/* What --allow was used for. */
void run__say_allowed(struct run *s);

/* ---- run_cases.c ---- */

/* For --junit and --tap, whose files are made now. 0, or a negative errno with *what: which. */
int run__open_cases(struct run *s, const char **what);
/* What a report looks like in text, for a case of it; the caller frees it. NULL: no cases wanted. */
typedef void (*run_report_fn)(struct report *r, void *ctx);
char *run__render(struct run *s, run_report_fn fn, void *ctx);
/* Adds a case for a judgement; text: its report, or NULL. */
void run__case(struct run *s, const char *class_name, const char *name, const struct judgement *j,
	       const char *text, uint64_t ns);
/* The same for an assertion. */
void run__case_assertion(struct run *s, const struct assertion *a);
/* Writes them where --junit, --tap and -o say. 0, or a negative errno with *what: where to. */
int run__write_cases(struct run *s, const char **what);
void run__close_cases(struct run *s);

/* ---- check: run_check.c ---- */

/* Takes down what there is before COMMAND is started. -ENOMEM. */
int run__start_state(struct run *s);
/* ---- run_replaced.c: what is left of the start, and what the run put in its place ---- */

/* What was read of p at one time: excess and pages as in state_facts, and every busy page. */
struct look {
	struct state_facts state;
	struct pgr_sweep *sweep; /* state.pages; NULL: not to be had */
	struct busy_set busy;
};

/* Notes the start. Pins are forgotten: of what was there at the start nobody asks for more. */
void run__note_start(struct run *s, struct pgmap *p, struct look *l);
/* Sees to it that what may replace something of the start is seen. True: to be looked at again. */
bool run__guard_start(struct run *s, struct pgmap *p, const struct look *l);
/*
 * Looks for what is not there any more of what the start had; p was sampled just now. To be called on
 * the timer: w is the sweep that went with it, or NULL.
 */
void run__see_less(struct run *s, struct pgmap *p, const struct pgr_sweep *w);
/* The same by a look, for a judgement that follows. */
void run__see_look(struct pgmap *p, const struct look *l);
/*
 * What events say of the run beside what was read: fills in f from `pages` on. change: where
 * f->pages leads to.
 */
void run__see_events(struct run *s, struct pgmap *p, const struct look *l, struct end_facts *f,
		     struct busy_change *change);

/* Tells the assertions what was read of a live pgmap; w: NULL when its pages were not looked at. */
void run__see_state(struct run *s, struct pgmap *p, const struct pgr_sweep *w);
/* The same of a look at pages, of a teardown too. */
void run__see_busy(struct run *s, const struct pgmap *p, const struct pgr_sweep *w);
/* The same of an event, and of a teardown that was judged for good. */
void run__see_event(struct run *s, const struct pgmap *p, const struct pgr_rec_event *e);
void run__see_teardown(struct run *s, const struct pgmap *p);
/* The same of references that are still held. */
void run__see_held(struct run *s, const struct pgmap *p, const struct ledger *l);
/* Is no teardown open, and no pgmap with more than it had at the start? */
bool run__at_rest(struct run *s);
/* Judges and reports the end of every pgmap that lives. */
void run__end_state(struct run *s);
/* What a run of this verb and these assertions promises, PROMISE_*. */
unsigned int run__promises(const struct run *s);
/* Must every event have a record, for this verb and these assertions? */
bool run__wants_events(const struct options *o);
/* Ends the assertions by what may have been missed, and reports them. */
void run__end_assertions(struct run *s, struct loss_facts *f);

#endif /* PGMAPREF_RUN_H */

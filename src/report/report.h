/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What users see: every record of every verb, text and JSON alike. */
#ifndef PGMAPREF_REPORT_H
#define PGMAPREF_REPORT_H

#include <sys/types.h>

#include "kernel/plan.h"
#include "kernel/tracer.h"
#include "model/assertion.h"
#include "model/finding.h"
#include "model/ledger.h"
#include "model/pgmaps.h"
#include "model/verdict.h"
#include "report/out.h"

struct bdevs;
struct walked_set;
struct blocked_task;
struct symbols;

/* What a report needs besides its subject. */
struct report {
	struct out *out;
	struct symbols *symbols;
	const struct plan *plan; /* what of the figures is not known, see unseen.h; or NULL */
	const struct alive *alive; /* the same */
	/* Fetches a stack by its key; 0 or a negative errno. */
	int (*stack)(void *ctx, uint64_t key, struct pgr_stack *out);
	void *stack_ctx;
	/* Has the process ended that was there at this time? NULL: not to be asked. */
	bool (*ended)(pid_t tgid, uint64_t since_ns);
	struct bdevs *bdevs; /* names of disks that may be gone; NULL: none remembered */
	bool stacks; /* whole stacks in lines of trace */
	uint64_t start_ns; /* CLOCK_MONOTONIC; lines of trace count from here */
};

/* JSON only: the first record, with the version of the format. */
void report__start(struct report *r);

void report__list_header(struct report *r);
/* sweep: NULL when pages were not looked at. history: also show it. */
void report__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  bool history);

/* Who has something of it now; found: NULL when not asked. sweep: as in report__list(). */
void report__refs(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  const struct walked_set *found);

void report__event_header(struct report *r);
void report__event(struct report *r, const struct pgmap *p, const struct pgr_rec_event *e);
/* A line for a pgmap's birth, "created", or for the state that a step of its teardown leads to. */
void report__step(struct report *r, const struct pgmap *p, enum pgmap_state state, uint64_t ns,
		  const struct pgr_task *task);

/* What a teardown leaves, or a pgmap that lives at the end of a check. */
void report__finding(struct report *r, const struct finding *f, uint64_t now);

/*
 * The layers of a pgmap that accounts for its folios do not agree, by p->layers.off. l: reconciled.
 */
void report__layers(struct report *r, const struct pgmap *p, const struct ledger *l,
		    const struct pgr_sweep *pages, uint64_t now);

void report__assertion(struct report *r, const struct assertion *a);
/* A pgmap that a blocked task has to do with. */
struct blocked_pgmap {
	const struct pgmap *p;
	/* Where it waits for pages: of now; else NULL. They are the caller's. */
	struct pgr_sweep *pages;
	struct ledger *ledger;
	struct walked_set *found;
};

#define BLOCKED_PGMAPS 8

/* One of the task's ways to a pgmap's end that is not there yet: no leak. */
struct blocked_report {
	const struct blocked_task *task;
	const char *device; /* what it unbinds or removes, a path as of unbinding.h; "": not known */
	bool sure; /* that the pgmap is it, or all of them; else one of them is */
	size_t nr;
	struct blocked_pgmap pgmap[BLOCKED_PGMAPS];
};

void report__blocked(struct report *r, const struct blocked_report *b, uint64_t now);

/* pages: a sweep of now, or NULL. */
void report__pgmap_summary(struct report *r, const struct pgmap *p, const struct ledger *l,
			   const struct pgr_sweep *pages, uint64_t now);
void report__loss(struct report *r, const struct tracer_loss *loss);
/*
 * effects: by enum pgr_hook, what was learned; alive: whether those that are attached run; sweep:
 * struct pages were found.
 */
void report__probes(struct report *r, const struct plan *plan, const struct pgr_effect *effects,
		    const struct alive *alive, bool sweep);

/* A pattern for --allow that would allow the leak reported before. */
void report__suggestion(struct report *r, const struct pgmap *p, const char *pattern);
/* A pattern of --allow's file, and how many leaks it allowed. */
void report__suppression(struct report *r, const char *file, unsigned int line, const char *text,
			 uint64_t used);

/* The last line on stderr, without its newline, into buf; returns buf. */
const char *report__summary_line(const struct judgement *j, const struct run_totals *t,
				 uint64_t lost, char *buf, size_t len);
/* Its JSON record, behind all that was written before. */
void report__summary(struct report *r, const struct judgement *j, const struct run_totals *t,
		     uint64_t lost);

#endif /* PGMAPREF_REPORT_H */

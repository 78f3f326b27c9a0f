/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a run knows, and what it reads of a pgmap. */
#ifndef PGMAPREF_RUN_STATE_H
#define PGMAPREF_RUN_STATE_H

#include <stdio.h>
#include <time.h>

#include "common/clock.h"
#include "kernel/blocked.h"
#include "model/feed.h"
#include "report/report.h"
#include "run/options.h"

struct walker;

/* Ways to ask the running kernel. */
struct run_kernel {
	const char *root; /* put before paths of /proc and /sys, for tests; NULL: the system's own */
	struct symbols *symbols;
	struct tracer *tracer;
	struct walker *walker; /* NULL: not needed so far */
	struct bdevs *bdevs; /* disks, gone ones too; NULL: not wanted */
};

/* Where results go. */
struct run_outputs {
	struct report report;
	struct allow *allow; /* --allow, or NULL */
	struct testcases *cases; /* --junit and --tap, or NULL */
	time_t began; /* for these */
	FILE *junit, *tap; /* where they go; NULL: nowhere */
};

/* What the run comes to. */
struct run_outcome {
	struct run_totals totals;
	struct judgement worst; /* of all teardowns so far */
	uint64_t gone_events; /* of pgmaps that are gone */
	uint64_t unnamed; /* teardowns of pgmaps of which it was never known whether -g means them */
	uint64_t drains_unseen; /* teardowns whose last put was not seen */
	int interrupted; /* check: the signal that ended it before COMMAND did */
	bool failing; /* check: something leaks, or an assertion has failed */
	bool adopted_all; /* all pgmaps that are older than the tool were found */
	bool failed; /* out of memory */
	bool cases_write_failed; /* files of test cases could not be written, which was reported */
};

struct run {
	const struct options *o;
	struct run_kernel k;
	struct run_outputs out;
	struct run_outcome end;
	/* The model */
	struct pgmaps pgmaps;
	struct feed feed; /* by run__feed() */
	struct blocked blocked;
	struct assertion *assertions; /* check: those of the options, and those that it always has */
	size_t nr_assertions;
	uint64_t names_matched; /* bit i: the i-th -g NAME was that of a pgmap */
	/* The loop. Times: CLOCK_MONOTONIC */
	uint64_t began_ns; /* before COMMAND was made */
	uint64_t next_bdevs_ns; /* when disks are to be looked for again */
	uint64_t next_blocked_ns; /* when blocked tasks are to be looked for again */
	uint64_t sampled_ns; /* time that samples of running tasks took in the last look */
	uint64_t settled_ns; /* check: by when the end is to be at rest */
	bool adopt_again; /* a pgmap was in the making */
	bool ending; /* what is watched is over */
};

/* Names p, by its device or else by its driver, and decides whether -g and --type mean it. */
void run__name(struct run *run, struct pgmap *p);
/* What feeds the model, by the options of the run. */
struct feed *run__feed(struct run *run);
/* Counts the teardown that a change began, if it did, and the pgmap is wanted by now. */
void run__count_teardown(struct run_outcome *end, const struct change *c);
/* What has to follow when a pgmap was fed, if it is new here: its names, its driver, who unbinds it. */
void run__welcome(struct run *run, const struct change *c);
/* The pgmap that the kernel side describes, made if it is new. NULL: no memory (in run->end.failed). */
struct pgmap *run__add(struct run *run, const struct pgr_pgmap *k);
/* Looks for pgmaps older than the tool. A negative errno: cannot be looked for. */
int run__adopt(struct run *run);
/* Reads the counter into p and its history. */
void run__sample(struct tracer *tracer, struct pgmap *p);
/* Looks at its pages. The caller frees the result; NULL: not to be had. */
struct pgr_sweep *run__sweep(struct tracer *tracer, struct pgmap *p);
/* The same; *busy gets all busy pages, and is freed by the caller, if there is a result. */
struct pgr_sweep *run__sweep_all(struct tracer *tracer, struct pgmap *p, struct busy_set *busy);
/* Looks up the symbol of its driver's operations, unless p has it. */
void run__find_driver(struct symbols *symbols, struct pgmap *p);

#endif /* PGMAPREF_RUN_STATE_H */

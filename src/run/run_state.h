/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of a run, and the functions that read a pgmap. */
#ifndef PGMAPREF_RUN_STATE_H
#define PGMAPREF_RUN_STATE_H

#include <stdio.h>
#include <time.h>

#include "common/clock.h"
#include "kernel/blocked.h"
#include "model/feed.h"
#include "model/marks.h"
#include "model/name_set.h"
#include "model/tally.h"
#include "report/report.h"
#include "run/case_names.h"
#include "run/options.h"

struct exact;
struct mark_source;
struct paths;
struct sums;
struct walker;

/* Access to the running kernel. */
struct run_kernel {
	const char *root; /* prefix for paths of /proc and /sys, in tests; NULL: none */
	struct symbols *symbols;
	struct lines *lines; /* of source; NULL: not wanted */
	struct tracer *tracer;
	struct walker *walker; /* opened at the first walk; NULL: not open */
	struct exact *exact; /* opened for the first exact account; NULL: not open */
	struct paths *paths; /* of files */
	struct bdevs *bdevs; /* names of disks, also of disks that are gone; NULL: no names */
};

/* Where results go. */
struct run_outputs {
	struct report report;
	struct allow *allow; /* --allow, or NULL */
	struct testcases *cases; /* --junit and --tap, or NULL */
	time_t began; /* begin of the run, for test cases */
	FILE *junit, *tap; /* files of test cases; NULL: not wanted */
	FILE *suppressions; /* --gen-suppressions=FILE; NULL: no file */
	int suppressions_failed; /* the first error of a write; 0: none */
	struct name_set generated; /* patterns that were written to it */
	const char *class_name; /* of all test cases */
	char class_buf[CASE_NAMES_MAX];
	int kmsg; /* options.kmsg: descriptor of the kernel's log */
	bool kmsg_failed;
};

/* The result of the run. */
struct run_outcome {
	struct run_totals totals;
	struct judgement worst; /* the worst of all findings, and of the losses */
	struct name_set judged; /* names of pgmaps of which a finding is final */
	uint64_t gone_events; /* events of pgmaps that are gone */
	uint64_t unnamed; /* teardowns that ended before the tool knew whether -g selects p */
	uint64_t drains_unseen; /* teardowns whose last put was not seen */
	int interrupted; /* check: the signal that ended the run before COMMAND ended */
	bool exact_missed; /* an exact account missed gets or puts, which no hook saw either */
	bool failing; /* check: something leaks, or an assertion has failed */
	bool adopted_all; /* all pgmaps that are older than the tool were found */
	bool failed; /* out of memory */
	struct tally tally; /* what was judged, by name */
	bool metrics_due; /* --metrics: something was judged since the last write */
	int metrics_failed; /* the error of the last write, which was said; 0: none */
	bool cases_write_failed; /* test cases could not be written; the user was told */
};

/* What the run knows of pgmaps and tasks. */
struct run_model {
	struct pgmaps pgmaps;
	struct feed feed; /* use run__feed() */
	struct blocked blocked;
	struct marks marks; /* check --marks */
	struct sums *sums; /* trace -c; NULL: not wanted */
	struct assertion *assertions; /* check: from options, and ASSERT_AGREE */
	size_t nr_assertions;
	uint64_t names_matched; /* bit i: the i-th -g NAME matched a pgmap */
};

/* What the run does when. Times: CLOCK_MONOTONIC */
struct run_loop {
	struct mark_source *marks; /* --marks; NULL: not given */
	uint64_t began_ns; /* before COMMAND was forked */
	uint64_t next_bdevs_ns; /* when to search for disks again */
	uint64_t next_metrics_ns; /* --metrics: when to write again; 0: never written */
	uint64_t next_blocked_ns; /* when to search for blocked tasks again */
	uint64_t sampled_ns; /* time for samples of running tasks in the last search */
	uint64_t settled_ns; /* check: end of --settle */
	bool adopt_again; /* memremap_pages() was making a pgmap during the last adoption */
	bool ending; /* the loop has ended */
};

struct run {
	const struct options *o;
	struct run_kernel k;
	struct run_outputs out;
	struct run_outcome end;
	struct run_model model;
	struct run_loop loop;
};

/* Names p by its device or by its driver, and decides whether -g and --type select it. */
void run__name(struct run *run, struct pgmap *p);
/* The feed of the run; its first call sets it up from the options. */
struct feed *run__feed(struct run *run);
/* Counts a teardown if the change began one, and the pgmap is wanted. */
void run__count_teardown(struct run_outcome *end, const struct change *c);
/* Completes a pgmap that feed added (c->fresh): its names, its driver, the task that unbinds it. */
void run__welcome(struct run *run, const struct change *c);
/* Finds or adds the pgmap that k describes. NULL: no memory (sets run->end.failed). */
struct pgmap *run__add(struct run *run, const struct pgr_pgmap *k);
/* Finds pgmaps that are older than the tool. Returns 0 or a negative errno. */
int run__adopt(struct run *run);
/* Samples the counter, into p and its history. */
void run__sample(struct tracer *tracer, struct pgmap *p);
/*
 * Sweeps the pages of p, as long as a hook may. The caller frees the result; NULL: the sweep failed.
 */
struct pgr_sweep *run__sweep(struct tracer *tracer, struct pgmap *p);
/*
 * The same where nothing waits for it: it may take long. Writes all busy pages to *busy (NULL: not
 * wanted); if the result is not NULL, the caller frees it.
 */
struct pgr_sweep *run__sweep_whole(struct tracer *tracer, struct pgmap *p, struct busy_set *busy);
/* Finds the symbol of the driver's operations and its module, unless p has them. */
void run__find_driver(struct symbols *symbols, struct pgmap *p);

#endif /* PGMAPREF_RUN_STATE_H */

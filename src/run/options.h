/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef PGMAPREF_OPTIONS_H
#define PGMAPREF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/followed.h"
#include "common/records.h"
#include "kernel/plan.h"
#include "kernel/tracer.h"
#include "model/assertion.h"
#include "report/report_event.h"
#include "run/verbs.h"

/* Exit status, as in the man page. */
enum status {
	STATUS_CLEAN = 0,
	STATUS_LEAK = 1,
	STATUS_USAGE = 2,
	STATUS_INCONCLUSIVE = 3,
	STATUS_CANNOT = 4,
};

/* --color */
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

#define OPTIONS_NAMES 32
#define OPTIONS_ASSERTIONS 32
#define OPTIONS_FILES 16

struct options {
	const struct verb *verb;
	uint32_t pids[PGR_FILTER_IDS], tids[PGR_FILTER_IDS];
	size_t nr_pids, nr_tids;
	bool forks; /* descendants of pids are followed, too */
	const char *comm;
	const char *names[OPTIONS_NAMES]; /* names of pgmaps: -g and NAME arguments */
	const char *typed[OPTIONS_NAMES]; /* as the user typed them; NULL: as in names */
	size_t nr_names;
	uint32_t types; /* bit n: enum pgr_type n; 0: all */
	uint64_t duration_ns; /* 0: no limit; never 0 with `history` */
	uint64_t stuck_ns;
	uint64_t interval_ns;
	uint64_t every_ns; /* list: show the table again after this time; 0: once */
	enum report_stacks stacks;
	bool lines; /* of source, in full stacks */
	const char *line_files[OPTIONS_FILES]; /* vmlinux and modules with DWARF */
	size_t nr_line_files;
	bool history, json, quiet;
	bool pins; /* trace pins of pages */
	bool exact; /* keep exact accounts of the pgmaps that exact_names, or else names, select */
	bool no_exact;
	bool exact_if_can; /* not asked for: of the pgmaps that names select, where it can be had */
	const char *exact_names[OPTIONS_NAMES];
	size_t nr_exact_names;
	bool follow; /* refs: follow the pages of follow_pfns, or else busy pages */
	uint64_t follow_pfns[PGR_FOLLOWED];
	size_t nr_follow_pfns;
	bool details; /* text */
	bool kmsg;
	unsigned int verbose;
	const char *output;
	enum color_when color;
	struct event_fields fields; /* trace; nr 0: those that fit */
	enum report_clock clock; /* trace */
	bool sums; /* trace: sums in place of a line for each event */
	unsigned int sum_by; /* enum sum_by; 0: default */
	int ready_fd; /* -1: none */
	struct assertion assertions[OPTIONS_ASSERTIONS];
	size_t nr_assertions;
	uint64_t settle_ns;
	bool fail_fast;
	const char *marks; /* check: where marks come from; or NULL */
	bool allow_none; /* check: a run without any pgmap may be clean */
	uint32_t ledger_rows; /* 0: default */
	struct tracer_limits limits;
	uint32_t pin_rows; /* 0: default */
	uint64_t sweep_budget_ns; /* 0: default */
	const char *disabled[PGR_HOOKS + 1];
	size_t nr_disabled;
	enum plan_mechanism mechanism;
	const char *allow, *junit, *metrics; /* paths of files, or NULL */
	const char *junit_suite; /* a name; NULL: COMMAND's words */
	bool gen_suppressions, tap;
	const char *gen_file; /* of --gen-suppressions; NULL: print */
	char **command; /* NULL-terminated, or NULL */
};

/*
 * Fills *o from the command line. table: the verbs; a row without a name ends it. On a mistake,
 * prints what is wrong and what to do, and exits with STATUS_USAGE. Exits with 0 after --help and
 * --version.
 */
void options__parse(int argc, char **argv, const struct verb *table, struct options *o);

#endif /* PGMAPREF_OPTIONS_H */

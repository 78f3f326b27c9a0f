/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel for tests of runs. It implements tracer.h and walker.h with made-up data in place of BPF
 * programs. What a test does not set is 0: no pgmap, no loss, no stack, every hook attached.
 */
#ifndef PGMAPREF_TEST_FAKE_TRACER_H
#define PGMAPREF_TEST_FAKE_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/asleep.h"
#include "kernel/tracer.h"
#include "kernel/tracer_exact.h"
#include "kernel/tracer_followed.h"

#define FAKE_PGMAPS 4
#define FAKE_ROWS 8
#define FAKE_RECORDS 16

struct fake_pgmap {
	struct pgr_pgmap k;
	bool gone; /* not in map pgmaps */
	int sample_err;
	int64_t value;
	uint32_t ref_flags;
	int sweep_err;
	struct pgr_sweep sweep;
	struct pgr_busy_row row[FAKE_ROWS]; /* all its busy pages */
	size_t nr_rows;
	const struct pgr_range *ranges; /* NULL: they are not known */
	/* What the run did to the pgmap. */
	bool moves; /* each sample sets the value to `then` */
	const char *when; /* with moves: only after this file exists; NULL: at once */
	int64_t then;
	unsigned int samples, sweeps, forgotten, pins_forgotten;
	int selected; /* -1: no; 1: yes */
};

struct fake_tracer {
	struct fake_pgmap pgmap[FAKE_PGMAPS];
	size_t nr;
	struct {
		uint64_t key;
		struct pgr_stack stack;
	} stack[FAKE_ROWS];
	size_t nr_stacks;
	unsigned int stacks_asked;
	struct {
		struct pgr_ledger_key key;
		struct pgr_ledger_row row;
	} row[FAKE_ROWS];
	size_t nr_rows;
	/* Records that the next tracer__consume() delivers. */
	struct {
		const struct pgr_header *h;
		size_t size;
	} record[FAKE_RECORDS];
	size_t nr_records;
	int ledger_err;
	struct tracer_loss loss;
	int loss_err;
	enum pgr_takes takes;
	/* The result of tracer__sweep_listed(): so many rows are still busy. */
	size_t still;
	bool patient; /* the last sweep could take long */
	unsigned int listed_sweeps;
	unsigned int still_for; /* after so many listed sweeps no row is busy; 0: no limit */
	/* Sleeping threads, if they are asked for. */
	struct pgr_asleep asleep[FAKE_ROWS];
	size_t nr_asleep;
	bool adopted_all, pending;
	int adopt_err;
	unsigned int unpins_updated;
	/* Exact accounts. */
	int exact_err, exact_begin_err, exact_set_err, account_err;
	uint32_t exact_id; /* the pgmap that began one last, and has one; 0: none */
	bool exact_atomic; /* the counter has no slots of CPUs any more */
	unsigned int exact_offline; /* bit n: CPU n is offline */
	unsigned int exact_off; /* bit n: the breakpoints of CPU n are not set any more */
	unsigned int exact_set,
		exact_synced; /* number of breakpoints; bit n: CPU n began its part */
	uint64_t exact_hits; /* of each breakpoint */
	bool exact_closed;
	struct pgr_exact_read_args account;
	/* Followed pages. */
	int followed_err, followed_look_err;
	unsigned int followed_looks, followed_starts;
	uint64_t followed_head; /* the folio's first page is so many pages before the page */
	uint64_t followed_runs, followed_lost; /* of each page */
	bool followed_closed;
	/* Filters. */
	uint32_t tgids[FAKE_ROWS]; /* processes that are followed besides those of the options */
	size_t nr_tgids;
	int follow_err;
	void (*then)(void); /* called by tracer__follow(): what happens meanwhile */
	const char *path; /* of each file, with its inode behind it */
	int path_err; /* 0: it has one */
	unsigned int paths_asked;
	uint64_t left_out[PGR_LEFT_OUTS];
	bool unpins_anew; /* the result of tracer__update_unpin_hooks() */
	const struct plan_hook *failed; /* the result of the first tracer__next_failed() */
	struct plan plan;
	struct alive alive;
};

/* The machine of the breakpoints (fake_breakpoints.c): that of the last fake_tracer__init(). */
extern struct fake_tracer *fake_machine;

/* Attaches every hook, without a program of a kernel. */
void fake_tracer__init(struct fake_tracer *f);
extern const struct exact_ops fake_exact_ops; /* ctx: struct fake_tracer */
extern const struct followed_ops fake_followed_ops; /* the same */
/* Breakpoints of the last one that was initialised. */
extern const struct breakpoint_ops fake_breakpoint_ops;
#define FAKE_PROGRAM 77 /* the only program that they take */
struct tracer *fake_tracer__as_tracer(struct fake_tracer *f);
/* Makes f the result of each tracer__open() from now on. NULL: tracer__open() fails. */
void fake_tracer__offer(struct fake_tracer *f);

#endif /* PGMAPREF_TEST_FAKE_TRACER_H */

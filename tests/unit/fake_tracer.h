/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel for tests of runs: what tracer.h and walker.h promise, by made-up data in place of BPF
 * programs. What nobody set is 0: no pgmap, no loss, no stack, every hook attached.
 */
#ifndef PGMAPREF_TEST_FAKE_TRACER_H
#define PGMAPREF_TEST_FAKE_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/tracer.h"

#define FAKE_PGMAPS 4
#define FAKE_ROWS 8
#define FAKE_RECORDS 16

struct fake_pgmap {
	struct pgr_pgmap k;
	bool gone; /* map pgmaps has none */
	int sample_err;
	int64_t value;
	uint32_t ref_flags;
	int sweep_err;
	struct pgr_sweep sweep;
	struct pgr_busy_row row[FAKE_ROWS]; /* its busy pages, all of them */
	size_t nr_rows;
	/* What was done to it. */
	bool moves; /* each sample leaves it at `then` */
	const char *when; /* with moves: not before this file is there; NULL: at once */
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
	/* For tracer__consume(): what came since. */
	struct {
		const struct pgr_header *h;
		size_t size;
	} record[FAKE_RECORDS];
	size_t nr_records;
	int ledger_err;
	struct tracer_loss loss;
	int loss_err;
	enum pgr_takes takes;
	/* Of tracer__sweep_listed(): so many rows are still busy. */
	size_t still;
	unsigned int listed_sweeps;
	bool adopted_all, pending;
	int adopt_err;
	unsigned int unpins_updated;
	bool unpins_anew; /* what tracer__update_unpin_hooks() says */
	const struct plan_hook *failed; /* what tracer__next_failed() hands out, once */
	struct plan plan;
	struct alive alive;
};

/* Every hook attached, by a program of no kernel. */
void fake_tracer__init(struct fake_tracer *f);
struct tracer *fake_tracer__as_tracer(struct fake_tracer *f);
/* tracer__open() hands out f from now on. NULL: it fails. */
void fake_tracer__offer(struct fake_tracer *f);

#endif /* PGMAPREF_TEST_FAKE_TRACER_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a run knows: records and timer ticks become generations of pgmaps, their
 * histories and teardowns, and judgements. session.c opens and ends it.
 */
#ifndef PGMAPREF_RUN_H
#define PGMAPREF_RUN_H

#include "blocked.h"
#include "options.h"
#include "report.h"

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
	uint64_t met; /* bit i: the i-th -g NAME was that of a pgmap */
	bool adopted_all;
	bool failed; /* out of memory, or no room for the output */
};

/* CLOCK_MONOTONIC in ns. */
uint64_t run__now(void);

/* The pgmap that the kernel side describes, made if it is new. NULL: no memory (in s->failed). */
struct pgmap *run__add(struct run *s, const struct pgr_pgmap *k);
/* A record of either ring; has the shape of a tracer_record_fn. */
void run__record(void *run, const struct pgr_header *h, size_t size);
/* What is due every --interval: counters, pages, teardowns that do not drain. */
void run__tick(struct run *s);
/* The end of a generation of which nothing more can come, in a trace. */
void run__summarise(struct run *s, struct pgmap *p);
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
/* Looks up the symbol of its driver's operations, unless p has it. */
void run__find_driver(struct run *s, struct pgmap *p);
/* Its holders; drop: they are forgotten. The caller frees it; NULL: not to be had. */
struct ledger *run__ledger(struct run *s, const struct pgmap *p, bool drop);

/*
 * Can the layers of this pgmap be compared? Not where a filter leaves part of them out, nor, those of
 * files' folios, before it is known that these have references.
 */
bool run__sees_layers(const struct run *s, const struct pgmap *p);
/* Do they agree? Said once, by what w looked at. */
void run__check_layers(struct run *s, struct pgmap *p, const struct pgr_sweep *w);

#endif /* PGMAPREF_RUN_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sums of events: who took how much, gave how much back, and held it for how long. A row is for a
 * kind of what is held, and for what the user sums by. Pure: the caller names call sites.
 *
 * A taking and its giving back are one row, that of the taker, also if another task gives back.
 * Memory is bounded by SUMS_ROWS: takers beyond them share a row.
 */
#ifndef PGMAPREF_SUMS_H
#define PGMAPREF_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"
#include "model/ledger.h"

#define SUMS_ROWS 4096
#define SUMS_SITE 64

/* What a row is for; several: a row for each combination. */
enum sum_by {
	SUM_BY_PGMAP = 1 << 0,
	SUM_BY_SITE = 1 << 1,
	SUM_BY_TASK = 1 << 2, /* a process */
	SUM_BY_COMM = 1 << 3, /* processes with one command name */
	SUM_BY_FILE = 1 << 4,
};
#define SUM_BY_DEFAULT (SUM_BY_PGMAP | SUM_BY_SITE | SUM_BY_COMM)

/* Events of different kinds cannot be added. */
enum sum_kind {
	SUM_ENTRIES, /* DAX entries, in pages */
	SUM_PAGES, /* device pages that drivers allocate */
	SUM_REFS, /* references of the pgmap */
	SUM_KINDS,
};

/* Times held, in buckets of which eight have the width of a power of two. */
#define SUM_BUCKETS 496

struct sum_row {
	uint32_t kind; /* enum sum_kind */
	bool rest; /* the takers beyond SUMS_ROWS */
	/* NULL, or 0: not summed by. */
	const char *pgmap, *site;
	struct pgr_task task; /* by command name: only comm */
	uint64_t ino;
	uint32_t dev;
	/* In pages or references. */
	uint64_t taken, given;
	uint64_t takings; /* calls */
	uint64_t max_ns; /* the longest time that anything was held that was given back */
	uint64_t oldest_ns; /* CLOCK_MONOTONIC: since when the oldest is held that was not; 0: not known */
	uint64_t held[SUM_BUCKETS];
};

/* "site,task,file": a set of enum sum_by. Returns 0, or -EINVAL: *bad gets the word that is none. */
int sum_by__parse(const char *list, unsigned int *by, char *bad, size_t len);

struct sums;
/* Writes the name of the call site of a stack into buf, "" if it is not known. */
typedef void (*sums_site_fn)(void *ctx, uint64_t stack, char *buf, size_t len);

/* by: enum sum_by, or 0: SUM_BY_DEFAULT. NULL: no memory. site is called once for each stack. */
struct sums *sums__new(unsigned int by, sums_site_fn site, void *ctx);
void sums__free(struct sums *s);
unsigned int sums__by(const struct sums *s);

/* Adds an event of the pgmap. Returns 0 or -ENOMEM. */
int sums__add(struct sums *s, const char *pgmap, const struct pgr_rec_event *e);
/* What h holds is not given back: notes since when. Call it at the end, for each holder. */
void sums__see_holder(struct sums *s, const char *pgmap, const struct holder *h);
/* Sorts the rows of each kind: what is outstanding first, then by what was taken. */
void sums__sort(struct sums *s);
size_t sums__nr(const struct sums *s);
const struct sum_row *sums__row(const struct sums *s, size_t i);
/* What was given back that was not seen when it was taken: before the start, or lost. */
uint64_t sums__unknown(const struct sums *s, enum sum_kind kind);

/*
 * The time that permille of what was given back was not held longer than, to within a sixteenth.
 * Returns false if nothing was given back, or if no time is known.
 */
bool sum_row__held(const struct sum_row *row, unsigned int permille, uint64_t *ns);

#endif /* PGMAPREF_SUMS_H */

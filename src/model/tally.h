/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What happened to pgmaps, added up by name over all their generations: the counters of a time
 * series, which never fall.
 */
#ifndef PGMAPREF_TALLY_H
#define PGMAPREF_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "common/records.h"
#include "kernel/devices.h"
#include "model/verdict.h"

/* A verdict, or a leak that --allow allowed. */
enum tally_result { TALLY_CLEAN, TALLY_INCONCLUSIVE, TALLY_LEAK, TALLY_ALLOWED, TALLY_RESULTS };

#define TALLY_ROWS 4096 /* further names are added up in one more row, "others" */
#define TALLY_KINDS 7 /* of leaks, verdict__kind() */

struct tally_row {
	char name[DEVICES_NAME_MAX];
	uint64_t results[TALLY_RESULTS]; /* findings that are final */
	uint64_t kinds[TALLY_KINDS]; /* of leaks that are not allowed; a leak may have several */
	uint64_t events[PGR_EVENTS]; /* of generations that are forgotten */
	uint64_t live[PGR_EVENTS]; /* of those that the run has now: tally__refresh() */
};

struct tally {
	struct tally_row *rows; /* in the order in which names came */
	size_t nr, size;
};

/* The row of a name; it is made if there is none. NULL: no memory. Valid until the next call. */
struct tally_row *tally__row(struct tally *t, const char *name);
void tally__free(struct tally *t);

/* Counts a final finding. */
void tally__judge(struct tally_row *row, const struct judgement *j);
/* Adds the events of a generation that the run forgets. */
void tally__retire(struct tally_row *row, const __u64 events[PGR_EVENTS]);
/* Sets live of all rows to 0, before tally__live() is called for each generation that there is. */
void tally__refresh(struct tally *t);
void tally__live(struct tally_row *row, const __u64 events[PGR_EVENTS]);

#endif /* PGMAPREF_TALLY_H */

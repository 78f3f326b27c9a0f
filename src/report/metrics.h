/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes figures of a run in the text format that Prometheus and the textfile collector of its
 * node_exporter read (version 0.0.4). Names, units and labels are as Prometheus' conventions want
 * them: promtool check metrics has nothing to say.
 */
#ifndef PGMAPREF_METRICS_H
#define PGMAPREF_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/tally.h"

/* A pgmap that is there now; several of one name and type are one, added up. */
struct metrics_pgmap {
	const char *name, *type;
	uint64_t bytes;
	bool has_references, has_busy; /* are these known? */
	int64_t references; /* above the baseline; of a dying pgmap: that are left */
	int64_t busy; /* pages, in the last sweep */
	double unbinding; /* seconds since its references were killed; 0: they were not */
	bool hangs; /* a report said that the unbind hangs */
};

struct metrics {
	const char *version, *kernel;
	bool running; /* false: the last file of the run */
	double start; /* of the run: seconds since 1970 */
	double now; /* when these figures were read: seconds since 1970 */
	const struct metrics_pgmap *pgmaps;
	size_t nr;
	const struct tally *tally;
	const uint64_t *lost; /* [PGR_LOSSES]; NULL: not known */
};

/* Returns 0 or the negative errno of a write that failed. Flushes f and leaves it open. */
int metrics__write(const struct metrics *m, FILE *f);

#endif /* PGMAPREF_METRICS_H */

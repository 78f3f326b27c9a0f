/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* References that were taken or put one by one, with who did it. */
#ifndef PGMAPREF_REPORT_MOVES_H
#define PGMAPREF_REPORT_MOVES_H

#include "report/report.h"

/*
 * The groups of m, as array `key` in JSON and as lines in text. calls: the number of all moves. Moves
 * without a record are only counted. since: times are shown from here.
 */
void part__moves(struct report *r, const char *key, const struct late_moves *m, uint64_t calls,
		 uint64_t since);
/*
 * A line for a reference that was put, or taken, while the teardown of p waits. task: who did it;
 * tgid 0: an interrupt.
 */
void report__move(struct report *r, const struct pgmap *p, const struct pgr_rec_move *m,
		  const struct pgr_task *task);

#endif /* PGMAPREF_REPORT_MOVES_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --marks: each test of a suite is a test case, and what it leaves is its failure. */
#ifndef PGMAPREF_RUN_MARKS_H
#define PGMAPREF_RUN_MARKS_H

#include "run/run_state.h"

/* Reads the marks that have come. At each, judges the test before it. */
void run__read_marks(struct run *run);
/* Judges the last test, at the end of the run. */
void run__end_marks(struct run *run);

#endif /* PGMAPREF_RUN_MARKS_H */

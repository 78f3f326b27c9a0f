/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Test cases as TAP version 13, which prove(1) reads: a line a case, and where one
 * did not pass a YAML block with its result, message and report.
 */
#ifndef PGMAPREF_TAP_H
#define PGMAPREF_TAP_H

#include <stdio.h>

#include "model/testcase.h"

/*
 * A suppressed case is "ok … # SKIP suppressed: MESSAGE"; failed and inconclusive
 * ones are "not ok". Output is UTF-8 whatever the locale; what neither TAP nor YAML
 * can hold becomes U+FFFD. Flushes f, leaves it open; returns 0 or the negative
 * errno of a failed write.
 */
int tap__write(const struct testcases *c, FILE *f);

#endif /* PGMAPREF_TAP_H */

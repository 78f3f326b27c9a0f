/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes test cases as TAP version 13, for prove(1): one line for each case. A case that did not
 * pass has a YAML block with its result, message and report.
 */
#ifndef PGMAPREF_TAP_H
#define PGMAPREF_TAP_H

#include <stdio.h>

#include "model/testcase.h"

/*
 * A suppressed case is "ok … # SKIP suppressed: MESSAGE"; failed and inconclusive cases are
 * "not ok". The output is UTF-8 in every locale. A character that TAP or YAML does not allow
 * becomes U+FFFD. Flushes f and leaves it open. Returns 0 or the negative errno of a failed write.
 */
int tap__write(const struct testcases *c, FILE *f);

#endif /* PGMAPREF_TAP_H */

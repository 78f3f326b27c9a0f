/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes test cases as JUnit XML, the format that CI servers read. JUnit XML has no single
 * standard. The output is valid for both schemas in use: the one of Jenkins' xUnit plugin
 * (junit-10.xsd) and the one of Ant's JUnitReport. It also has the attributes that GitLab and
 * readers for GitHub use. tests/junit.xsd has these rules.
 */
#ifndef PGMAPREF_JUNIT_H
#define PGMAPREF_JUNIT_H

#include <stdio.h>
#include <time.h>

#include "model/testcase.h"

/*
 * when: the begin of the run, written in UTC. host: NULL or "" becomes "localhost", because Ant's
 * schema requires a name. A failed case is a <failure>, an inconclusive case an <error>, a
 * suppressed case is <skipped>. The output is UTF-8 in every locale. A character that XML 1.0 does
 * not allow becomes U+FFFD. Flushes f and leaves it open. Returns 0 or the negative errno of a
 * failed write.
 */
int junit__write(const struct testcases *c, FILE *f, time_t when, const char *host);

#endif /* PGMAPREF_JUNIT_H */

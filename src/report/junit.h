/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Test cases as JUnit XML, the format that CI servers read. There is no one
 * standard; what is written is valid for the two schemas in use at once, that of
 * Jenkins' xUnit plugin (junit-10.xsd) and that of Ant's JUnitReport, and has what
 * GitLab and the readers for GitHub look for. tests/junit.xsd has these rules.
 */
#ifndef PGMAPREF_JUNIT_H
#define PGMAPREF_JUNIT_H

#include <stdio.h>
#include <time.h>

#include "model/testcase.h"

/*
 * when: the begin of the run, written in UTC. host: NULL or "" is "localhost", as
 * Ant's schema wants. A failed case is a <failure>, an inconclusive one an <error>,
 * a suppressed one is <skipped>. Output is UTF-8 whatever the locale; what XML 1.0
 * cannot hold becomes U+FFFD. Flushes f, leaves it open; returns 0 or the negative
 * errno of a failed write.
 */
int junit__write(const struct testcases *c, FILE *f, time_t when, const char *host);

#endif /* PGMAPREF_JUNIT_H */

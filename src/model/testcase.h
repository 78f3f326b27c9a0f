/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The test cases of one run: one for each assertion and each teardown. What
 * format_junit and format_tap write.
 */
#ifndef PGMAPREF_TESTCASE_H
#define PGMAPREF_TESTCASE_H

#include <stddef.h>
#include <stdint.h>

enum case_result { CASE_PASSED, CASE_FAILED, CASE_INCONCLUSIVE, CASE_SUPPRESSED };

struct testcase {
	const char *class_name, *name;
	enum case_result result;
	const char *message; /* a line; NULL when passed */
	const char *text; /* the whole report, or NULL */
	uint64_t ns; /* how long it took */
};

struct testcases;

/* NULL when there is no memory. */
struct testcases *testcases__new(const char *suite);
void testcases__free(struct testcases *c); /* NULL is fine */
/*
 * Copies *t; class and name (NULL: "?") as one line of UTF-8 with single blanks, since
 * that is what schemas make of them. Returns 0 or -ENOMEM. Readers of JUnit keep
 * one case of each class and name (GitLab the first, Jenkins shows one history), which
 * would hide the second leak of a pgmap that comes and goes: a name that was there
 * before is stored with " (2)", " (3)", … at its end.
 */
int testcases__add(struct testcases *c, const struct testcase *t);
const char *testcases__suite(const struct testcases *c);
size_t testcases__nr(const struct testcases *c);
/* Valid until testcases__free(); i < testcases__nr(). */
const struct testcase *testcases__at(const struct testcases *c, size_t i);
size_t testcases__count(const struct testcases *c, enum case_result result);
/* Of all cases together. */
uint64_t testcases__ns(const struct testcases *c);
/* "passed", "failed", "inconclusive", "suppressed". */
const char *testcase__result_name(enum case_result result);

#endif /* PGMAPREF_TESTCASE_H */

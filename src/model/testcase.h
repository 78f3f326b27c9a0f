/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The test cases of a run: one for each assertion and each teardown. report/junit.c and
 * report/tap.c write them.
 */
#ifndef PGMAPREF_TESTCASE_H
#define PGMAPREF_TESTCASE_H

#include <stddef.h>
#include <stdint.h>

enum case_result { CASE_PASSED, CASE_FAILED, CASE_INCONCLUSIVE, CASE_SUPPRESSED };

struct testcase {
	const char *class_name, *name;
	enum case_result result;
	const char *message; /* one line; NULL when passed */
	const char *text; /* the whole report, or NULL */
	uint64_t ns; /* how long it took */
	const char *type; /* what failed, in a word; NULL: "leak" */
};

/* A fact about the run. */
struct testcase_property {
	const char *name, *value;
};

struct testcases;

/* Returns NULL if there is no memory. */
struct testcases *testcases__new(const char *suite);
void testcases__free(struct testcases *c); /* NULL is fine */
/*
 * Copies *t. Class and name (NULL: "?") become one line of UTF-8 with single blanks, because
 * XML schemas normalise them in this way. If the class already has a case of this name, " (2)",
 * " (3)", … is added to the name: readers of JUnit keep one case for each class and name (GitLab
 * keeps the first, Jenkins shows one history), and would hide the second leak of a pgmap that is
 * made again. Returns 0 or -ENOMEM.
 */
int testcases__add(struct testcases *c, const struct testcase *t);
/* Copies name and value. Returns 0 or -ENOMEM. */
int testcases__add_property(struct testcases *c, const char *name, const char *value);
size_t testcases__nr_properties(const struct testcases *c);
const struct testcase_property *testcases__property(const struct testcases *c, size_t i);
const char *testcases__suite(const struct testcases *c);
size_t testcases__nr(const struct testcases *c);
/* Valid until testcases__free(); i < testcases__nr(). */
const struct testcase *testcases__at(const struct testcases *c, size_t i);
size_t testcases__count(const struct testcases *c, enum case_result result);
/* The sum over all cases. */
uint64_t testcases__ns(const struct testcases *c);
/* "passed", "failed", "inconclusive", "suppressed". */
const char *testcase__result_name(enum case_result result);

#endif /* PGMAPREF_TESTCASE_H */

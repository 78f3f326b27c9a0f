/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The test cases of one run: one for each assertion and each teardown. What
 * format_junit and format_tap write.
 */
#ifndef PGMAPREF_CASES_H
#define PGMAPREF_CASES_H

#include <stddef.h>
#include <stdint.h>

enum case_result { CASE_PASSED, CASE_FAILED, CASE_INCONCLUSIVE, CASE_SUPPRESSED };

struct test_case {
	const char *class_name, *name;
	enum case_result result;
	const char *message; /* a line; NULL when passed */
	const char *text; /* the whole report, or NULL */
	uint64_t ns; /* how long it took */
};

struct cases;

/* NULL when there is no memory. */
struct cases *cases__new(const char *suite);
void cases__free(struct cases *c); /* NULL is fine */
/*
 * Copies *t; class and name (NULL: "?") as one line of UTF-8 with single blanks, since
 * that is what schemas make of them. Returns 0 or -ENOMEM. Readers of JUnit keep
 * one case of each class and name (GitLab the first, Jenkins shows one history), which
 * would hide the second leak of a pgmap that comes and goes: a name that was there
 * before is stored with " (2)", " (3)", … at its end.
 */
int cases__add(struct cases *c, const struct test_case *t);
const char *cases__suite(const struct cases *c);
size_t cases__nr(const struct cases *c);
/* Valid until cases__free(); i < cases__nr(). */
const struct test_case *cases__at(const struct cases *c, size_t i);
size_t cases__count(const struct cases *c, enum case_result result);
/* Of all cases together. */
uint64_t cases__ns(const struct cases *c);
/* "passed", "failed", "inconclusive", "suppressed". */
const char *cases__name_of(enum case_result result);

#endif /* PGMAPREF_CASES_H */

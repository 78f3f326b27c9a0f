/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assertions of `check`, in addition to "nothing leaks". Plain data: the caller tells an assertion
 * each figure that it read, and the assertion decides whether it failed.
 */
#ifndef PGMAPREF_ASSERTION_H
#define PGMAPREF_ASSERTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum assertion_kind {
	ASSERT_MAX_REFS, /* references of a pgmap above its baseline */
	ASSERT_MAX_BUSY, /* busy pages of a pgmap */
	ASSERT_MAX_HELD, /* how long a reference is held, in ns */
	ASSERT_MAX_DRAIN, /* time from the kill to the last put, in ns */
	ASSERT_TEARDOWN, /* minimum number of teardowns of `pgmap` */
	ASSERT_EVENTS, /* minimum number of events, of all pgmaps together */
	ASSERT_AGREE, /* references, entries and pages agree; counts how often they did not */
};

struct assertion {
	enum assertion_kind kind;
	uint64_t limit; /* in the unit of the kind */
	const char *pgmap; /* ASSERT_TEARDOWN: a name or glob as for -g */
	/* The result. */
	uint64_t seen; /* the largest figure; ASSERT_TEARDOWN, ASSERT_EVENTS: the number seen */
	bool failed;
	bool unknown; /* the tool may have missed what it asserts: see why */
	char where[64]; /* where it failed first: the pgmap or the task */
	char why[128];
};

/* Is `limit` a minimum that must be reached? If not, it is a maximum. */
bool assertion__is_least(const struct assertion *a);
/*
 * Tells the assertion a figure of its kind, read at `where`. A maximum fails at the first figure
 * above its limit. Returns true if the assertion fails with this figure.
 */
bool assertion__see(struct assertion *a, uint64_t figure, const char *where);
/* Adds n to the number seen (ASSERT_TEARDOWN, ASSERT_EVENTS). */
void assertion__count(struct assertion *a, uint64_t n);
/*
 * Ends the assertion: a minimum that was not reached fails now. missed: why the tool may have
 * missed figures; NULL: it missed none. If it may have missed some, a maximum that was not
 * exceeded is unknown, and a minimum that was not reached is unknown.
 */
void assertion__finish(struct assertion *a, const char *missed);
/* "--max-refs 5": the assertion as the user wrote it. Returns buf. */
const char *assertion__name(const struct assertion *a, char *buf, size_t len);
/* "pmem0 had 12 references above rest". If it passed: its figure. Returns buf. */
const char *assertion__message(const struct assertion *a, char *buf, size_t len);

#endif /* PGMAPREF_ASSERTION_H */

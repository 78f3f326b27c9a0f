/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a check asserts beside that nothing leaks. Plain data: told what was read, says what failed. */
#ifndef PGMAPREF_ASSERTION_H
#define PGMAPREF_ASSERTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum assertion_kind {
	ASSERT_MAX_REFS, /* references of a pgmap above rest */
	ASSERT_MAX_BUSY, /* busy pages of a pgmap */
	ASSERT_MAX_HELD, /* ns that a reference is held */
	ASSERT_MAX_DRAIN, /* ns from the kill to the last put */
	ASSERT_TEARDOWN, /* times that `pgmap` is torn down, at least */
	ASSERT_EVENTS, /* of all pgmaps, at least */
	ASSERT_AGREE, /* references, entries and pages agree: times that they did not */
};

struct assertion {
	enum assertion_kind kind;
	uint64_t limit; /* in the units above */
	const char *pgmap; /* ASSERT_TEARDOWN: a name or glob as for -g */
	/* What came of it. */
	uint64_t seen; /* the most there was; ASSERT_TEARDOWN, ASSERT_EVENTS: how many there were */
	bool failed;
	bool unknown; /* what it asserts may have been missed: see why */
	char where[64]; /* the first time that it failed: which pgmap, or who */
	char why[128];
};

/* Must it be reached, and not stay below? */
bool assertion__is_least(const struct assertion *a);
/*
 * Tells it of one more figure of its kind, of `where`; a maximum fails at the first that is above
 * its limit. Returns true if it fails by this.
 */
bool assertion__see(struct assertion *a, uint64_t figure, const char *where);
/* Counts one more (ASSERT_TEARDOWN), or n (ASSERT_EVENTS). */
void assertion__count(struct assertion *a, uint64_t n);
/*
 * At the end: those that had to be reached fail now. missed: what may have been missed of the
 * figures, or NULL. Then a maximum that was not exceeded is unknown, and so is one that should have
 * been reached and was not.
 */
void assertion__finish(struct assertion *a, const char *missed);
/* "--max-refs 5", as it was given; returns buf. */
const char *assertion__name(const struct assertion *a, char *buf, size_t len);
/* "pmem0 had 12 references above rest"; returns buf. Passed ones say what there was, too. */
const char *assertion__message(const struct assertion *a, char *buf, size_t len);

#endif /* PGMAPREF_ASSERTION_H */

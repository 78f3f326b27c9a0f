/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A model that gets records, and checks of the model after each record. */
#ifndef PGMAPREF_TEST_FEED_WORLD_H
#define PGMAPREF_TEST_FEED_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/feed.h"
#include "records.h"

#define SLOT_NS 100
#define STUCK_NS 10000

extern struct pgmaps pgmaps;
extern struct feed feed;
extern struct change c; /* result of the last record */
/* Linked with --wrap. The number of allocations that still succeed; negative: all succeed. */
extern int allocations;

int set_up(void **state);
int tear_down(void **state);
#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#define FEED(r) feed__record(&feed, &(r).h, sizeof(r), &c)
#define TAKES(r) assert_int_equal(FEED(r), 0)

struct pgmap *bear(uint32_t id);
/* This pgmap's teardown begins 1000 ns after its birth, with `excess` references above rest. */
struct pgmap *bear_dying(uint32_t id, int64_t excess);
size_t nr_pgmaps(void);

/* ---- what is expected ---- */

/* When a history reached its marks; 0: not yet. */
struct marks {
	uint64_t live, killed, drained, gone;
};

void expect_change(const struct change *want, const char *file, int line);
/* Compares all of a teardown except pointers, late moves and drain moves. */
void expect_teardown(const struct teardown *td, const struct teardown *want, const char *file,
		     int line);
void expect_marks(const struct pgmap *p, struct marks want, const char *file, int line);
/* Was the last sample of this series taken at ns, and was its value v? */
void expect_last(const struct pgmap *p, enum history_series series, uint64_t ns, int64_t v,
		 const char *file, int line);
void expect_none(const struct pgmap *p, enum history_series series);
void expect_totals(const struct pgmap *p, const uint64_t *want, const char *file, int line);

#define assert_task(t, want) assert_memory_equal(t, want, sizeof(struct pgr_task))
#define CHANGED(...) expect_change(&(struct change){ __VA_ARGS__ }, __FILE__, __LINE__)
#define TEARDOWN(p, ...) \
	expect_teardown(&(p)->td, &(struct teardown){ __VA_ARGS__ }, __FILE__, __LINE__)
/* The teardown of a pgmap of bear_dying(). */
#define BEGUN(excess)                                                                          \
	.begun = true, .begin_ns = BORN_NS + 1000, .value = 513 + (excess), .has_value = true, \
	.entries = 7, .task = rec_task(20), .stack = SITE
#define MARKS(p, ...) expect_marks(p, (struct marks){ __VA_ARGS__ }, __FILE__, __LINE__)
#define LAST(p, series, ns, v) expect_last(p, HISTORY_##series, ns, v, __FILE__, __LINE__)
#define TOTALS(p, ...) expect_totals(p, (const uint64_t[]){ __VA_ARGS__ }, __FILE__, __LINE__)

struct snapshot;

/* Copies all that the model knows. nothing_changed() compares the model with the copy. */
struct snapshot *snapshot(void);
/* Compares, and frees the copy. */
void nothing_changed(struct snapshot *before);

#endif /* PGMAPREF_TEST_FEED_WORLD_H */

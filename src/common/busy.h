/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All busy pages of a pgmap, to compare one sweep with another. (The list in a sweep's result has
 * only a few of them, for people to read.)
 */
#ifndef PGMAPREF_BUSY_H
#define PGMAPREF_BUSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

#define BUSY_MOST (4u << 20) /* pages kept of one sweep: 96 MiB of memory */

struct busy_page {
	uint64_t pfn; /* of the folio's first page */
	uint32_t order;
	uint32_t pins; /* by pin_user_pages() and similar functions, as the page counts them */
	/*
	 * References that are not pins. A large folio counts its pins separately and at another
	 * moment: for a large folio, all references, pins too.
	 */
	uint32_t rest;
	/*
	 * Only in a floor, see busy__lower(). 1: a sweep found more references that are not pins
	 * than the floor has. Some came and some went, and it is not known which.
	 */
	uint32_t rose;
};

/* All 0: an empty set. */
struct busy_set {
	struct busy_page *v; /* in ascending order of pfn */
	size_t nr, room;
	bool cut; /* there were more pages than BUSY_MOST */
};

/*
 * Adds rows. If their pfns are not above all pfns of the set, call busy__sort() before the set is
 * used. Returns 0 or -ENOMEM.
 */
int busy__add(struct busy_set *s, const struct pgr_busy_row *rows, size_t nr);
void busy__sort(struct busy_set *s);
/*
 * Frees the pages of *to and makes it a copy of *from. Returns 0, or -ENOMEM: *to is then empty and
 * cut.
 */
int busy__copy(struct busy_set *to, const struct busy_set *from);
void busy__free(struct busy_set *s);

/*
 * The floor is what may still be there from the start. Removes from `floor` all references that a
 * later, complete sweep (`now`) did not find. `now` may contain only the pages of the floor.
 */
void busy__lower(struct busy_set *floor, const struct busy_set *now);
/* The same for one page, which had `extra` references above idle at some time. */
void busy__lower_page(struct busy_set *floor, uint64_t pfn, int64_t extra);
/* Number of pages of `start` that lost references in `floor`. */
size_t busy__lowered(const struct busy_set *start, const struct busy_set *floor);

/* Traced pins of this run, of one folio, by one task and call site. */
struct busy_pin {
	uint64_t pfn;
	int64_t n; /* pins that are left, as far as traced unpins and sweeps tell */
	bool got; /* PGR_PIN_GET: nobody sees when these are given back */
	/*
	 * An unpin by another process was counted here; it may have removed a pin of another row.
	 */
	bool foreign;
	uint32_t elders; /* older pins of the folio whose unpins were seen */
};

/* Differences between a sweep and the floor. */
struct busy_change {
	uint64_t pages; /* pages with new references */
	uint64_t references; /* new references; a pin counts as one */
	uint64_t pins; /* new references that are pins (pin_user_pages() and similar functions) */
	uint64_t known; /* pages of `pages` that were already busy at the start */
	uint64_t large; /* pages of `pages` that are large folios */
	/*
	 * References of `references` that only traced pins show: the pages have as many as at the
	 * start.
	 */
	uint64_t traced;
	uint64_t hidden; /* pages that still have references that count as those of the start */
	/*
	 * Pages of `hidden` with traced pins of this run: it is not known whether these pins are
	 * gone.
	 */
	uint64_t unsure;
	/*
	 * Other pages of `hidden`, which had more references in between: nobody saw which came and
	 * which went.
	 */
	uint64_t rose;
};

/*
 * start: the sweep at the start. pins: pins of this run in any order; the function sorts them.
 * unpins_seen: the unpin hooks saw every unpin since before the first pin of this run. If a page
 * has as many pins as at the start, a pin of this run is new only if unpins of older pins were
 * seen: otherwise the unpin of the new pin may have been missed.
 */
void busy__compare(const struct busy_set *start, const struct busy_set *floor,
		   const struct busy_set *now, struct busy_pin *pins, size_t nr_pins,
		   bool unpins_seen, struct busy_change *out);

#endif /* PGMAPREF_BUSY_H */

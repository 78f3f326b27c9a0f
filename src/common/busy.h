/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The busy pages of a pgmap, all of them, for comparing one look with another. A sweep lists a few
 * for people to read.
 */
#ifndef PGMAPREF_BUSY_H
#define PGMAPREF_BUSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

#define BUSY_MOST (4u << 20) /* pages kept of one look: 96 MiB of memory */

struct busy_page {
	uint64_t pfn; /* of the folio's first page */
	uint32_t order;
	uint32_t pins; /* by pin_user_pages() and such, as the page counts them */
	/* References besides. A large folio counts its pins apart, and not at once: there, all of them. */
	uint32_t rest;
	/* Of what can still be of the start: it had more besides pins at a look, less than that now. */
	uint32_t rose;
};

/* All 0: none. */
struct busy_set {
	struct busy_page *v; /* ascending by pfn */
	size_t nr, room;
	bool cut; /* there are more than are kept */
};

/* Adds rows that come behind those there are, by pfn. -ENOMEM. */
int busy__add(struct busy_set *s, const struct pgr_busy_row *rows, size_t nr);
/* Makes *to a copy, and frees what it was. -ENOMEM: *to is empty, and cut. */
int busy__copy(struct busy_set *to, const struct busy_set *from);
void busy__free(struct busy_set *s);

/*
 * What can still be of the start: takes off `floor` what was not there in a whole look that came
 * later. `now` may be of the pages of floor alone.
 */
void busy__lower(struct busy_set *floor, const struct busy_set *now);
/* The same by one page, of which so many references above idle were there at some time. */
void busy__lower_page(struct busy_set *floor, uint64_t pfn, int64_t extra);
/* Pages of `start` of which `floor` does not have all any more. */
size_t busy__lowered(const struct busy_set *start, const struct busy_set *floor);

/* Pins of the run that were traced, by one task and call site, of one folio. */
struct busy_pin {
	uint64_t pfn;
	int64_t n; /* that are still there: as far as unpins were seen, and reading did not refute it */
	bool got; /* PGR_PIN_GET: that they are given back is not seen */
	bool foreign; /* somebody else's unpin was taken for one of these, and may have been another's */
	uint32_t elders; /* older pins of the folio that were seen to be unpinned */
};

/* How one look differs from what can still be of the start. */
struct busy_change {
	uint64_t pages; /* with references that are new */
	uint64_t references; /* that are; a pin counts as one */
	uint64_t pins; /* of these, pin_user_pages() and such */
	uint64_t known; /* pages of `pages` that were busy at the start */
	uint64_t large; /* that are large folios */
	uint64_t traced; /* references of `references` that only pins show: reading shows as many as before */
	uint64_t hidden; /* pages with something that counts as of the start */
	uint64_t unsure; /* of these, with pins of the run of which it is not known whether they went */
	uint64_t rose; /* of these, others that had more in between: what came and what went nobody saw */
};

/*
 * start: the look at the start. pins: of the run, in any order, sorted here. unpins_seen: every
 * unpin was, since before the first of them. A pin of the run is new though the page has as many as
 * at the start only if older ones were seen to go: else the unpin may be what was missed.
 */
void busy__compare(const struct busy_set *start, const struct busy_set *floor,
		   const struct busy_set *now, struct busy_pin *pins, size_t nr_pins,
		   bool unpins_seen, struct busy_change *out);

#endif /* PGMAPREF_BUSY_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random struct pages, in the layout of the running kernel, for the tests of the sweep. */
#ifndef PGMAPREF_SWEEP_WORLD_H
#define PGMAPREF_SWEEP_WORLD_H

#include "pages.h"

#define HOLE_FRAME 4 /* with holes, each fourth page frame of struct pages cannot be read */
#define FRAME 64 /* struct pages */
#define PART 16 /* struct pages that one read finds readable or not */
#define FILES 24 /* more than a sweep keeps */

/* The kernels of a generation have these in common. */
struct setting {
	const char *name;
	int loads; /* guarded loads */
	enum pgr_share share;
	int series;
	uint32_t failing; /* each read of this number fails */
	int ahead; /* with help, as in a hook */
};

/* In a struct page, or a folio. */
struct offsets {
	size_t page, refcount, mapcount, mapping, index, compound, order, pincount, large_mapcount;
	uint64_t head;
};

/* The struct pages of a round, as the sweep sees them. */
struct world {
	struct units_bpf *u;
	uint8_t *memory; /* struct pages from PFN on */
	uint64_t pages; /* in memory; they repeat if `holes` */
	bool holes;
	uint32_t type;
	int32_t idle;
};

extern struct offsets world__at; /* set by world__look_up_layout() */
extern uint64_t world__file[FILES]; /* addresses of mappings; set by world__make_files() */
extern const struct setting *world__now; /* the setting of the test that runs */
extern uint64_t world__seed; /* of the random numbers; not 0 */

void world__look_up_layout(void);
void world__make_files(struct units_bpf *u);

uint64_t world__any(uint64_t below);
bool world__one_in(uint64_t n);

/* The struct pages repeat after so many. */
uint64_t world__repeat_of(const struct world *w);
/* NULL: cannot be read. */
uint8_t *world__page(const struct world *w, uint64_t pfn);
/* Makes all struct pages. */
void world__fill(const struct world *w);

uint64_t world__word(const uint8_t *p, size_t off);
int32_t world__number(const uint8_t *p, size_t off);
void world__put64(uint8_t *p, size_t off, uint64_t v);
void world__put32(uint8_t *p, size_t off, int32_t v);

#endif /* PGMAPREF_SWEEP_WORLD_H */

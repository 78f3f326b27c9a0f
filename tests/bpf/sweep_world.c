// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "sweep_world.h"

struct offsets world__at;
uint64_t world__file[FILES];
const struct setting *world__now;
uint64_t world__seed;

/* ---- random numbers ---------------------------------------------------------- */

uint64_t world__any(uint64_t below)
{
	/* xorshift64* */
	world__seed ^= world__seed >> 12;
	world__seed ^= world__seed << 25;
	world__seed ^= world__seed >> 27;
	return (world__seed * 0x2545f4914f6cdd1dULL >> 33) % below;
}

bool world__one_in(uint64_t n)
{
	return world__any(n) == 0;
}

/* ---- struct pages --------------------------------------------------------------- */

uint64_t world__repeat_of(const struct world *w)
{
	return w->holes ? HOLE_FRAME * FRAME : PAGES;
}

/* NULL: cannot be read. */
uint8_t *world__page(const struct world *w, uint64_t pfn)
{
	uint64_t n = pfn % world__repeat_of(w);

	return n < w->pages ? w->memory + n * world__at.page : NULL;
}

uint64_t world__word(const uint8_t *p, size_t off)
{
	uint64_t v;

	memcpy(&v, p + off, sizeof(v));
	return v;
}

int32_t world__number(const uint8_t *p, size_t off)
{
	int32_t v;

	memcpy(&v, p + off, sizeof(v));
	return v;
}

void world__put64(uint8_t *p, size_t off, uint64_t v)
{
	memcpy(p + off, &v, sizeof(v));
}

void world__put32(uint8_t *p, size_t off, int32_t v)
{
	memcpy(p + off, &v, sizeof(v));
}

static void blank(const struct world *w, uint8_t *p)
{
	memset(p, 0, world__at.page);
	/* The pgmap, or nothing: a word of 0 must not pass for memory that cannot be read. */
	world__put64(p, world__at.compound, world__one_in(50) ? 0 : 0xffff888012345000ULL);
	world__put32(p, world__at.mapcount, -1);
	world__put32(p, world__at.refcount, w->idle);
}

static void make_tail(uint8_t *p, uint64_t head, uint32_t order)
{
	uint64_t mask = ~((world__at.page << order) - 1);

	world__put64(p, world__at.compound,
		     (world__one_in(2) ? 0xffffea0000000000ULL + head * world__at.page : mask) | 1);
	world__put32(p, world__at.refcount, world__one_in(20) ? (int32_t)world__any(100) : 0);
	world__put64(p, world__at.mapping, 0xdead000000000400ULL); /* TAIL_MAPPING */
}

static void make_folio(const struct world *w, uint64_t n, uint32_t order)
{
	uint8_t *head = w->memory + n * world__at.page;

	world__put64(head, 0, world__at.head | (world__one_in(2) ? 0xabc0000000000000ULL : 0));
	for (uint64_t t = 1; t < 1ULL << order; t++)
		make_tail(head + t * world__at.page, n, order);
	head[world__at.order] = order;
	world__put32(head, world__at.large_mapcount, world__one_in(2) ? -1 : (int32_t)world__any(4));
	world__put32(head, world__at.pincount, world__any(4));
	world__put32(head, world__at.refcount, w->idle + (int32_t)world__any(5));
	if (world__one_in(2)) {
		world__put64(head, world__at.mapping, world__file[world__any(FILES)]);
		world__put64(head, world__at.index, world__any(1 << 20));
	}
}

static void spoil(const struct world *w, uint8_t *p)
{
	switch (world__any(9)) {
	case 0:
		world__put32(p, world__at.refcount, w->idle + 1 + (int32_t)world__any(3000));
		break;
	case 1:
		world__put32(p, world__at.refcount, (int32_t)world__any(4) - 2);
		break;
	case 2:
		world__put32(p, world__at.mapcount, (int32_t)world__any(6) - 3);
		world__put32(p, world__at.refcount, w->idle + (int32_t)world__any(6));
		break;
	case 3:
		world__put64(p, world__at.mapping, world__file[world__any(FILES)] | world__any(4));
		break;
	case 4:
		world__put64(p, world__at.index, world__any(5));
		break;
	case 5:
		world__put64(p, world__at.mapping, 1); /* shared, up to 6.14 */
		world__put64(p, world__at.index, world__any(4));
		break;
	case 6:
		world__put64(p, world__at.compound, world__any(4));
		break;
	case 7:
		world__put64(p, world__at.index, ~0ULL - world__any(20));
		break;
	default:
		world__put32(p, world__at.refcount, INT32_MIN);
	}
}

/* Consecutive pages of a file, from a page that may begin a 2 MiB entry. */
static void make_run(const struct world *w, uint64_t n, uint64_t pages)
{
	uint64_t mapping = world__file[world__any(FILES)],
		 index = world__one_in(2) ? n : world__any(1 << 12);

	if (world__one_in(20))
		index = ~0ULL - world__any(pages);
	for (uint64_t i = 0; i < pages; i++) {
		world__put64(w->memory + (n + i) * world__at.page, world__at.mapping, mapping);
		world__put64(w->memory + (n + i) * world__at.page, world__at.index, index + i);
		if (world__one_in(200))
			world__put64(w->memory + (n + i) * world__at.page, world__at.compound, 3);
		/* An idle folio of two pages in the file, the second not marked as its tail. */
		if (!((n + i) & 1) && i + 1 < pages && world__one_in(200)) {
			world__put64(w->memory + (n + i) * world__at.page, 0, world__at.head);
			world__put32(w->memory + (n + i) * world__at.page, world__at.large_mapcount,
				     -1);
			w->memory[(n + i) * world__at.page + world__at.order] = 1;
		}
	}
}

void world__fill(const struct world *w)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < w->pages; i++)
		blank(w, w->memory + i * world__at.page);
	if (world__now->ahead) {
		/* Help is for pages that are idle, or tails. */
		for (uint64_t i = PART * world__any(50); i > 0; i--)
			make_tail(w->memory + (100 * PART - i) * world__at.page, 0, 9);
		if (world__one_in(2))
			spoil(w, w->memory + world__any(w->pages) * world__at.page);
		return;
	}
	while (n < w->pages) {
		uint64_t length = 1 + world__any(world__one_in(3) ? 300 : 40);
		uint32_t order = 1 + world__any(9);

		if (length > w->pages - n)
			length = w->pages - n;
		switch (world__any(4)) {
		case 0:
			break; /* idle */
		case 1:
			n += -n & ((1ULL << order) - 1);
			length = 1ULL << order;
			if (n + length <= w->pages)
				make_folio(w, n, order);
			break;
		case 2:
			make_run(w, n, length);
			break;
		default:
			for (uint64_t i = 0; i < length; i++)
				if (world__one_in(4))
					spoil(w, w->memory + (n + i) * world__at.page);
		}
		n += length;
	}
	/* A few odd pages in what is even. */
	for (uint64_t i = world__any(6); i > 0; i--)
		spoil(w, w->memory + world__any(w->pages) * world__at.page);
}

/* ---- the layout, and files ------------------------------------------------------ */

void world__look_up_layout(void)
{
	world__at = (struct offsets){
		.page = bed__size("page"),
		.refcount = bed__offset("page", "_refcount"),
		.mapcount = bed__offset("page", "_mapcount"),
		.mapping = bed__offset("page", "mapping"),
		.index = bed__offset("page",
				     bed__has("page", "__folio_index") ? "__folio_index" : "index"),
		.compound = bed__offset("page", bed__has("page", "compound_info") ?
							"compound_info" :
							"compound_head"),
		.order = bed__has("folio", "_folio_order") ? bed__offset("folio", "_folio_order") :
							     bed__offset("folio", "_flags_1"),
		.pincount = bed__offset("folio", "_pincount"),
		.large_mapcount = bed__has("folio", "_large_mapcount") ?
					  bed__offset("folio", "_large_mapcount") :
					  bed__offset("page", "_mapcount"),
		.head = 1ULL << bed__enum("PG_head", 6),
	};
}

void world__make_files(struct units_bpf *u)
{
	/* The only entry in the xarray of file 0: 2 MiB, whatever the index. */
	u->data->dax_shift = 4;
	world__file[0] = bed__address(u, ELSEWHERE);
	bed__put64(u, ELSEWHERE + bed__offset("address_space", "i_pages.xa_head"),
		   0x200ULL << 5 | 1 << 2 | 1);
	for (int i = 1; i < FILES; i++)
		world__file[i] = 0xffff900000000000ULL + i * 4096; /* never read */
}

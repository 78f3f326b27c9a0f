// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The sweep against a model of it in plain C, which looks at one page after the other: on random
 * struct pages, with guarded loads and with copies, every figure must be the same. SEED=N repeats
 * the run that failed.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sweep_model.h"

#define ROUNDS 150 /* of each setting */
#define CHUNK 1024 /* struct pages that a helper looks at */
#define KEY_ON_DEMAND 1
#define KEY_HOOK 4 /* even: as in a hook */

/* ---- comparing ------------------------------------------------------------------ */

static void same(const char *what, uint64_t is, uint64_t wanted, uint64_t seed)
{
	if (is != wanted)
		fail_msg("%s, SEED=%llu: %s is %llx, must be %llx", world__now->name,
			 (unsigned long long)seed, what, (unsigned long long)is,
			 (unsigned long long)wanted);
}

static void compare(const struct pgr_sweep *is, const struct model *m, uint64_t seed)
{
	const struct pgr_sweep *w = &m->r;

#define SAME(field) same(#field, is->field, w->field, seed)
	SAME(seen);
	SAME(faults);
	SAME(busy);
	SAME(mapped);
	SAME(used);
	SAME(extra);
	SAME(pins);
	SAME(others);
	SAME(entries);
	SAME(entry_pages);
	SAME(shared_pages);
	SAME(other_pages);
	SAME(maybe_shared);
	SAME(listed);
	SAME(nr_files);
	for (uint32_t i = 0; i < w->listed; i++) {
		SAME(list[i].pfn);
		SAME(list[i].refcount);
		SAME(list[i].mapcount);
		SAME(list[i].mapping);
		SAME(list[i].index);
		SAME(list[i].order);
		SAME(list[i].pins);
	}
	for (uint32_t i = 0; i < w->nr_files; i++) {
		SAME(file[i].mapping);
		SAME(file[i].entries);
		SAME(file[i].pages);
		SAME(file[i].first_index);
		SAME(file[i].last_index);
		SAME(file[i].first_pfn);
		SAME(file[i].last_pfn);
	}
	same("DONE", !!(is->flags & PGR_SWEEP_DONE), 1, seed);
}

/* Runs the sweep, in parts if its rows fill the map, and compares the rows with the model's. */
static struct pgr_rec_sweep *sweep(struct units_bpf *u, const struct model *m, bool rows,
				   uint64_t seed)
{
	size_t size = bpf_map__value_size(u->maps.sweeps);
	struct pgr_rec_sweep *value = malloc(size);
	uint64_t key = world__now->ahead ? KEY_HOOK : KEY_ON_DEMAND;
	uint32_t n = 0;

	assert_non_null(value);
	u->bss->nr_reads = 0;
	u->bss->arg[2] = key;
	for (bool more = false;; more = true) {
		u->bss->arg[0] = rows;
		u->bss->arg[1] = more;
		bed__run(u->progs.run_sweep);
		assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(u->maps.sweeps), &key, value), 0);
		for (uint32_t i = 0; i < u->bss->result; i++, n++) {
			struct pgr_busy_row row;

			assert_int_equal(
				bpf_map_lookup_elem(bpf_map__fd(u->maps.busy_rows), &i, &row), 0);
			same("row", n < m->nr_rows && !memcmp(&row, &m->rows[n], sizeof(row)), 1,
			     seed);
		}
		if (!(value->sweep.flags & PGR_SWEEP_PAUSED))
			break;
	}
	if (rows)
		same("rows", n, m->nr_rows, seed);
	return value;
}

/* ---- rounds --------------------------------------------------------------------- */

#define DEV_PAGEMAP (ELSEWHERE + 12288) /* offset in `memory`: the kernel's struct */

/* The programs read the ranges behind the first one from the kernel's struct. */
static void keep_ranges(struct units_bpf *u, struct pgr_pgmap *p)
{
	size_t at = DEV_PAGEMAP + bed__offset("dev_pagemap", "ranges");

	p->addr = bed__address(u, DEV_PAGEMAP);
	p->first = model__ranges[0];
	p->span = (struct pgr_range){ model__ranges[0].start, model__ranges[p->nr_range - 1].end };
	for (uint32_t k = 0; k < p->nr_range; k++) {
		bed__put64(u, at + 16 * k, model__ranges[k].start);
		bed__put64(u, at + 16 * k + 8, model__ranges[k].end);
	}
}

static void make_ranges(struct world *w, struct pgr_pgmap *p)
{
	uint64_t pfn = PFN,
		 most = world__now->ahead || (w->holes && world__one_in(4)) ? 1 << 15 : PAGES;

	p->nr_range = world__now->ahead ? 1 : 1 + world__any(RANGES);
	if (!world__now->ahead && !w->holes && w->type == PGR_TYPE_GENERIC && world__one_in(2))
		p->vmemmap_shift = 1 + world__any(5);
	for (uint32_t k = 0; k < p->nr_range; k++) {
		uint64_t pages, left = PFN + most - pfn;

		pages = k + 1 == p->nr_range ? left : world__any(left / 2);
		if (world__one_in(2))
			pages -= pages > 70 ? world__any(70) : 0;
		pages &= -(1ULL << p->vmemmap_shift);
		if (!pages)
			pages = 1ULL << p->vmemmap_shift;
		model__ranges[k] = (struct pgr_range){ pfn << 12, ((pfn + pages) << 12) - 1 };
		if (k == 0 && !p->vmemmap_shift && world__one_in(2))
			p->altmap_pages = world__any(pages);
		p->pages += (pages - (k ? 0 : p->altmap_pages)) >> p->vmemmap_shift;
		pfn += pages;
		pfn += -pfn & ((1ULL << p->vmemmap_shift) - 1);
		if (pfn + 64 > PFN + most) {
			p->nr_range = k + 1;
			break;
		}
		pfn += world__one_in(2) ? world__any(20) << p->vmemmap_shift : 0;
	}
}

static uint64_t helped; /* chunks */

/*
 * The offer of range 0, as ahead_offer() makes it, and helpers, until there is no chunk left. The
 * sweep then finds its own offer, as if the helpers had been faster.
 */
static void help(struct units_bpf *u, const struct pgr_pgmap *p)
{
	static uint32_t offers;
	uint64_t first = (p->first.start >> 12) + p->altmap_pages;
	uint64_t limit = (p->first.end >> 12) + 1, base = first & -FRAME;
	struct pgr_ahead_args a = { .more = 1 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &a, .ctx_size_in = sizeof(a));

	u->bss->ahead.key = KEY_HOOK;
	u->bss->ahead.first = first;
	u->bss->ahead.limit = limit;
	u->bss->ahead.base = base;
	u->bss->ahead.batches = (limit - base + FRAME - 1) / FRAME;
	u->bss->ahead.idle_word = (uint64_t)(uint32_t)u->rodata->idle_refs[p->type] << 32 |
				  0xffffffff;
	u->bss->ahead.type = p->type;
	u->bss->ahead.front = 0;
	u->bss->ahead.next = (limit - base) / CHUNK;
	u->bss->ahead.taken = 1;
	u->bss->ahead.seq = u->bss->ahead_seq = ++offers;
	while (a.more) {
		assert_int_equal(
			bpf_prog_test_run_opts(bpf_program__fd(u->progs.sweep_ahead), &opts), 0);
	}
	for (uint64_t i = 0; i < (limit - base) / CHUNK; i++)
		helped += u->bss->ahead_done[i] == offers;
}

static void one_round(struct units_bpf *u, uint64_t seed)
{
	static const uint32_t types[] = { PGR_TYPE_FSDAX, PGR_TYPE_FSDAX, PGR_TYPE_GENERIC,
					  PGR_TYPE_PRIVATE };
	static struct model m;
	static uint8_t before_hole[(HOLE_FRAME - 1) * FRAME * PAGE_BYTES_MOST];
	struct pgr_pgmap *p = (struct pgr_pgmap *)&u->bss->the_pgmap;
	struct world w = { .u = u };
	struct pgr_rec_sweep *got;
	uint32_t zero = 0;

	world__seed = seed * 0x9e3779b97f4a7c15ULL | 1;
	for (int i = 0; i < 8; i++)
		world__any(2);
	w.type = types[world__any(4)];
	w.idle = u->rodata->idle_refs[w.type];
	w.holes = !world__now->failing && !world__now->ahead && world__one_in(2);
	w.memory = w.holes ? before_hole : u->bss->memory;
	w.pages = w.holes ? (HOLE_FRAME - 1) * FRAME : PAGES;
	world__fill(&w);
	if (w.holes) {
		assert_int_equal(bpf_map_update_elem(bpf_map__fd(u->maps.before_hole), &zero,
						     before_hole, BPF_ANY),
				 0);
		bed__run(u->progs.where_before_hole);
		u->bss->vmemmap_base = u->bss->result_2;
	} else {
		u->bss->vmemmap_base = bed__address(u, 0);
	}
	u->bss->pages_repeats = world__repeat_of(&w);
	*p = (struct pgr_pgmap){ .id = 1, .type = w.type };
	make_ranges(&w, p);
	keep_ranges(u, p);
	memset(&m, 0, sizeof(m));
	m.w = &w;
	for (uint32_t k = 0; k < p->nr_range; k++)
		model__range(&m, p, k);
	if (world__now->ahead)
		help(u, p);
	got = sweep(u, &m, !world__now->ahead && world__one_in(2), seed);
	compare(&got->sweep, &m, seed);
	free(got);
}

static void rounds(const struct setting *s)
{
	const char *seed = getenv("SEED");
	struct units_bpf *u = bed__open();
	void *bed = NULL;

	world__now = s;
	if (u && s->loads && !bed__has_function("bpf_rdonly_cast")) {
		print_message("# %s: this kernel has no guarded loads\n", s->name);
		units_bpf__destroy(u);
		return;
	}
	if (u) {
		u->rodata->has_rdonly_cast = s->loads;
		u->rodata->share_how = s->share;
		u->rodata->series.on = s->series;
		u->rodata->failing_reads = s->failing;
		u->rodata->pages_repeat = 1;
		u->rodata->want_ahead = s->ahead;
		u->rodata->ahead_calls = 1;
		u->rodata->idle_refs[PGR_TYPE_FSDAX] = s->share == PGR_SHARE_MARKED;
		u->rodata->idle_refs[PGR_TYPE_GENERIC] = 1;
		u->rodata->idle_refs[PGR_TYPE_PRIVATE] = 0;
		u->rodata->maps_hold[PGR_TYPE_FSDAX] = s->share != PGR_SHARE_MARKED;
		u->rodata->maps_hold[PGR_TYPE_GENERIC] = s->share != PGR_SHARE_MARKED;
	}
	assert_int_equal(bed__load(&bed, u), 0);
	u = bed__of(&bed);
	world__look_up_layout();
	assert_true(world__at.page <= PAGE_BYTES_MOST);
	world__make_files(u);
	if (seed)
		one_round(u, strtoull(seed, NULL, 0));
	else
		for (uint64_t i = 1; i <= ROUNDS; i++)
			one_round(u, i);
	bed__close(&bed);
}

static void both_ways(struct setting s)
{
	s.loads = 0;
	rounds(&s);
	s.loads = 1;
	rounds(&s);
}

static void test_6_12(void **state)
{
	(void)state;
	both_ways((struct setting){ .name = "shared pages are marked", .share = PGR_SHARE_MARKED });
}

static void test_6_18(void **state)
{
	(void)state;
	both_ways((struct setting){ .name = "an old index may be left", .share = PGR_SHARE_UNSURE });
}

static void test_7_1(void **state)
{
	(void)state;
	both_ways((struct setting){ .name = "shared pages have no mapping",
				    .share = PGR_SHARE_NULL });
}

static void test_series(void **state)
{
	(void)state;
	both_ways((struct setting){ .name = "the series", .series = 1 });
}

static void test_failing_reads(void **state)
{
	(void)state;
	both_ways((struct setting){ .name = "reads fail", .share = PGR_SHARE_NULL, .failing = 3 });
}

static void test_help(void **state)
{
	(void)state;
	helped = 0;
	both_ways((struct setting){ .name = "with help", .share = PGR_SHARE_NULL, .ahead = 1 });
	assert_true(helped > ROUNDS);
}

/* A sweep looks at no page of a chunk that is marked for its offer, and at each of the others. */
static void test_marked_chunks(void **unused)
{
	static const struct setting s = { .name = "marked chunks", .ahead = 1 };
	struct units_bpf *u = bed__open();
	struct pgr_rec_sweep *value;
	struct pgr_pgmap *p;
	void *state = NULL;
	uint64_t key = KEY_HOOK;

	(void)unused;
	world__now = &s;
	if (u) {
		u->rodata->want_ahead = 1;
		u->rodata->ahead_calls = 1;
		u->rodata->pages_repeat = 1;
	}
	assert_int_equal(bed__load(&state, u), 0);
	u = bed__of(&state);
	world__look_up_layout();
	p = (struct pgr_pgmap *)&u->bss->the_pgmap;
	*p = (struct pgr_pgmap){ .id = 1,
				 .type = PGR_TYPE_GENERIC,
				 .nr_range = 1,
				 .pages = 4 * PAGES,
				 .first = { PFN << 12, ((PFN + 4 * PAGES) << 12) - 1 } };
	p->span = p->first;
	u->bss->vmemmap_base = bed__address(u, 0);
	u->bss->pages_repeats = PAGES;
	for (uint64_t i = 0; i < PAGES; i++) {
		world__put32(u->bss->memory + i * world__at.page, world__at.mapcount, -1);
		world__put64(u->bss->memory + i * world__at.page, world__at.compound, 8);
	}
	help(u, p);
	/* One busy page in each odd chunk; the marks of the last four chunks are taken away. */
	world__put32(u->bss->memory + (PAGES - 1) * world__at.page, world__at.refcount, 1);
	for (int i = 4; i < 8; i++)
		u->bss->ahead_done[i] = 0;
	u->bss->arg[2] = key;
	bed__run(u->progs.run_sweep);
	value = malloc(bpf_map__value_size(u->maps.sweeps));
	assert_non_null(value);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(u->maps.sweeps), &key, value), 0);
	assert_int_equal(value->sweep.flags, PGR_SWEEP_DONE);
	assert_int_equal(value->sweep.seen, 4 * PAGES);
	assert_int_equal(value->sweep.busy, 2);
	assert_int_equal(value->sweep.list[0].pfn, PFN + 6 * CHUNK - 1);
	assert_int_equal(value->sweep.list[1].pfn, PFN + 8 * CHUNK - 1);
	/* The offer is withdrawn, and the next one is another. */
	assert_int_equal(u->bss->ahead.seq, 0);
	bed__run(u->progs.run_sweep);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(u->maps.sweeps), &key, value), 0);
	assert_int_equal(value->sweep.busy, 4);
	free(value);
	bed__close(&state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_6_12),	      cmocka_unit_test(test_6_18),
		cmocka_unit_test(test_7_1),	      cmocka_unit_test(test_series),
		cmocka_unit_test(test_failing_reads), cmocka_unit_test(test_help),
		cmocka_unit_test(test_marked_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The speed of the sweep, beside that of a plain read of one word of each struct page, on struct
 * pages made in ordinary memory. See usage().
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "common/on_demand.h"

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#include "sweep_memory.h"
#include "sweep_bench.skel.h"

#define PFN (1ULL << 33) /* of the first struct page; aligned for every order */
#define PAGES_MOST (1ULL << 32) /* 16 TiB */
#define MAPPING 0xffff888012345000ULL /* never read */
#define PMD 512
#define PUD (512 * 512)

static const char usage[] =
	"Usage: build/bench/sweep [ROUNDS]\n"
	"Prints, for each kind of pages, the time for a struct page of a plain read of one word\n"
	"and of a sweep: by guarded loads, where the kernel has bpf_rdonly_cast(), and by copies, as\n"
	"on 6.1. The best of ROUNDS (7). A row that the sweep counts wrong is an error.\n";

struct bench {
	struct sweep_bench_bpf *s;
	u8 *memory;
	struct bench_layout at;
};

struct row {
	const char *name;
	u32 type;
	u32 shift; /* vmemmap_shift */
	void (*fill)(struct bench *b); /* NULL: all pages idle */
	u64 busy, entry_pages; /* per 512 pages, in parts that have struct pages */
	bool hole; /* no memory at all */
};

static int warn(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static _Noreturn void die(const char *what, int err)
{
	fprintf(stderr, "sweep: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static void run(struct bpf_program *p)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(p), &opts);

	if (err || opts.retval)
		die("a program failed", err ? err : EINVAL);
}

/* In ns. */
static u64 timed(struct bpf_program *p)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	run(p);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (b.tv_sec - a.tv_sec) * 1000000000ULL + b.tv_nsec - a.tv_nsec;
}

static bool has_rdonly_cast(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return has;
}

/* sizeof(struct page) of this kernel. */
static u64 btf_page_size(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	s64 size = btf__resolve_size(btf, btf__find_by_name_kind(btf, "page", BTF_KIND_STRUCT));

	btf__free(btf);
	if (size <= 0 || size & (size - 1))
		die("this kernel's struct page has a size that this does not know", EINVAL);
	return size;
}

/* ---- struct pages -------------------------------------------------------------- */

static u64 nr_pages(const struct bench *b)
{
	return BENCH_BYTES / b->at.page;
}

static u8 *page(struct bench *b, u64 n)
{
	return b->memory + n * b->at.page;
}

static void put32(u8 *at, u32 value)
{
	memcpy(at, &value, sizeof(value));
}

static void put64(u8 *at, u64 value)
{
	memcpy(at, &value, sizeof(value));
}

/* All pages idle, without mappings and without files. */
static void fill_idle(struct bench *b, s32 idle)
{
	memset(b->memory, 0, BENCH_BYTES);
	for (u64 n = 0; n < nr_pages(b); n++) {
		put64(page(b, n) + b->at.compound, MAPPING); /* the pgmap */
		put32(page(b, n) + b->at.mapcount, -1);
		put32(page(b, n) + b->at.refcount, idle);
	}
}

static void fill_busy(struct bench *b)
{
	for (u64 n = 77; n < nr_pages(b); n += PMD)
		put32(page(b, n) + b->at.refcount, 2);
}

static void fill_entries(struct bench *b)
{
	for (u64 n = 0; n < nr_pages(b); n++) {
		put64(page(b, n) + b->at.mapping, MAPPING);
		put64(page(b, n) + b->at.index, n + 1);
	}
}

static void fold(struct bench *b, u32 order)
{
	u64 pages = 1ULL << order;

	for (u64 n = 0; n < nr_pages(b); n++) {
		u8 *p = page(b, n);

		put32(p + b->at.refcount, n % pages ? 0 : 1);
		if (n % pages) {
			put64(p + b->at.compound, (b->at.memory + (n - n % pages) * b->at.page) | 1);
			put64(p + b->at.mapping, 0xdead000000000400ULL); /* TAIL_MAPPING */
			continue;
		}
		put64(p, b->at.head);
		put64(p + b->at.mapping, MAPPING);
		put64(p + b->at.index, n);
		put32(p + b->at.large_mapcount, 0);
		p[b->at.order] = order;
	}
}

static void fill_folios(struct bench *b)
{
	fold(b, 9);
}

static const struct row rows[] = {
	{ "fsdax, idle", PGR_TYPE_FSDAX, 0, NULL, 0, 0, false },
	{ "fsdax, 1 of 512 busy", PGR_TYPE_FSDAX, 0, fill_busy, 1, 0, false },
	{ "fsdax, in a file, 4 KiB", PGR_TYPE_FSDAX, 0, fill_entries, 0, 512, false },
	{ "fsdax, in a file, 2 MiB", PGR_TYPE_FSDAX, 0, fill_folios, 0, 512, false },
	{ "devdax 4 KiB, idle", PGR_TYPE_GENERIC, 0, NULL, 0, 0, false },
	{ "devdax 4 KiB, 1 of 512 busy", PGR_TYPE_GENERIC, 0, fill_busy, 1, 0, false },
	{ "devdax 2 MiB, idle", PGR_TYPE_GENERIC, 9, NULL, 0, 0, false },
	{ "devdax 1 GiB, idle", PGR_TYPE_GENERIC, 18, NULL, 0, 0, false },
	{ "fsdax, holes", PGR_TYPE_FSDAX, 0, NULL, 0, 0, true },
};

/* ---- measuring ------------------------------------------------------------------- */

static void open_bench(struct bench *b, bool loads, bool help)
{
	int err;

	b->s = sweep_bench_bpf__open();
	if (!b->s)
		die("cannot open the object", errno);
	for (int t = 0; t < PGR_TYPES; t++)
		b->s->rodata->idle_refs[t] = t == PGR_TYPE_GENERIC;
	b->s->rodata->maps_hold[PGR_TYPE_FSDAX] = 1;
	b->s->rodata->share_how = PGR_SHARE_NULL;
	b->s->rodata->has_rdonly_cast = loads;
	b->s->rodata->want_ahead = help;
	b->s->rodata->sweep_budget_ns = ~0ULL >> 1;
	b->s->rodata->pages_repeat = 1;
	b->s->bss->pages_repeats = BENCH_BYTES / btf_page_size();
	err = sweep_bench_bpf__load(b->s);
	if (err)
		die("cannot load the programs", err);
	run(b->s->progs.look);
	b->at = b->s->bss->layout;
	b->memory = mmap(NULL, BENCH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			 bpf_map__fd(b->s->maps.memory), 0);
	if (b->memory == MAP_FAILED)
		die("cannot map the struct pages", errno);
}

static void close_bench(struct bench *b)
{
	munmap(b->memory, BENCH_BYTES);
	sweep_bench_bpf__destroy(b->s);
}

static void set_pgmap(struct bench *b, const struct row *r)
{
	u64 pages = nr_pages(b);

	if (r->shift)
		pages = PAGES_MOST;
	/* The page array repeats in `memory` (pages_repeat), or lies where there is none. */
	b->s->bss->vmemmap_base = b->at.memory + (r->hole ? 1ULL << 42 : 0);
	b->s->bss->stride = 1ULL << r->shift;
	b->s->bss->the_pgmap = (struct pgr_pgmap){
		.addr = MAPPING,
		.id = 1,
		.type = r->type,
		.vmemmap_shift = r->shift,
		.pages = pages >> r->shift,
		.nr_range = 1,
		.first = { PFN << 12, ((PFN + pages) << 12) - 1 },
	};
}

/* Exits if the sweep did not count what the row has. */
static void check(struct bench *b, const struct row *r)
{
	struct bpf_map *map = b->s->maps.sweeps;
	u64 key = BENCH_KEY, pages = b->s->bss->the_pgmap.pages;
	size_t size = bpf_map__value_size(map);
	struct pgr_rec_sweep *rec = malloc(size);
	const struct pgr_sweep *w = &rec->sweep;

	if (!rec || bpf_map__lookup_elem(map, &key, sizeof(key), rec, size, 0))
		die("cannot read the result", ENOENT);
	if (!(w->flags & PGR_SWEEP_DONE) || w->seen != (r->hole ? 0 : pages) ||
	    w->faults != (r->hole ? pages : 0) || w->busy != r->busy * pages / PMD ||
	    w->entry_pages != r->entry_pages * pages / PMD) {
		fprintf(stderr,
			"sweep: %s: flags %x, %llu seen of %llu, %llu unreadable, %llu busy, %llu in files\n",
			r->name, w->flags, w->seen, (unsigned long long)pages, w->faults, w->busy,
			w->entry_pages);
		exit(1);
	}
	free(rec);
}

/* A sweep that pauses after each 65,536 pages counts the same. Returns the number of its parts. */
static unsigned int check_parts(struct bench *b, const struct row *r)
{
	unsigned int parts = 0;

	b->s->bss->in_parts = 1;
	do {
		b->s->bss->resumed = parts++ > 0;
		run(b->s->progs.run_sweep);
	} while (b->s->bss->paused);
	b->s->bss->in_parts = b->s->bss->resumed = 0;
	check(b, r);
	return parts;
}

static void show(struct bench *b, const struct row *r, int rounds)
{
	u64 pages, read = ~0ULL, swept = ~0ULL;

	if (!r->hole) {
		fill_idle(b, r->type == PGR_TYPE_GENERIC);
		if (r->fill)
			r->fill(b);
	}
	set_pgmap(b, r);
	pages = b->s->bss->the_pgmap.pages;
	/* In turn, so that what else the machine does slows down both. */
	for (int i = 0; i < rounds; i++) {
		u64 ns = r->hole ? 0 : timed(b->s->progs.plain);

		read = ns < read ? ns : read;
		ns = timed(b->s->progs.run_sweep);
		swept = ns < swept ? ns : swept;
		check(b, r);
	}
	if (check_parts(b, r) < pages / (2 << 16)) {
		fprintf(stderr, "sweep: %s: it does not pause\n", r->name);
		exit(1);
	}
	printf("%-30s", r->name);
	if (r->hole)
		printf(" %10s %10.2f %9s", "-", (double)swept / pages, "-");
	else
		printf(" %10.2f %10.2f %8.1fx", (double)read / pages, (double)swept / pages,
		       (double)swept / read);
	printf(" %12.2f\n", (double)swept / pages * (1 << 28 >> r->shift) / 1e9);
	fflush(stdout);
}

/* ---- 16 TiB --------------------------------------------------------------------- */

struct helper {
	struct bench *b;
	u32 number;
	pthread_t thread;
};

static volatile bool ended;

static void *help(void *arg)
{
	struct helper *h = arg;
	struct pgr_ahead_args a = { .helper = h->number };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &a, .ctx_size_in = sizeof(a));

	while (!ended)
		if (bpf_prog_test_run_opts(bpf_program__fd(h->b->s->progs.sweep_ahead), &opts))
			die("a helper failed", errno);
	return NULL;
}

/* In ns. */
static u64 sweep_with(struct bench *b, int helpers)
{
	struct helper h[PGR_HELPERS];
	u64 ns;

	ended = false;
	for (int i = 0; i < helpers; i++) {
		h[i] = (struct helper){ .b = b, .number = i };
		if (pthread_create(&h[i].thread, NULL, help, &h[i]))
			die("cannot start a thread", EAGAIN);
	}
	ns = timed(b->s->progs.run_sweep);
	ended = true;
	for (int i = 0; i < helpers; i++)
		pthread_join(h[i].thread, NULL);
	return ns;
}

/* A page array of 16 TiB, made of the same 16 GiB again and again, in one sweep. */
static void show_largest(bool loads)
{
	static const struct row r = { "16 TiB", PGR_TYPE_FSDAX, 0, NULL, 0, 0, false };
	int helpers = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	struct bench b;

	if (helpers > PGR_HELPERS)
		helpers = PGR_HELPERS;
	open_bench(&b, loads, true);
	fill_idle(&b, 0);
	set_pgmap(&b, &r);
	b.s->bss->the_pgmap.pages = PAGES_MOST;
	b.s->bss->the_pgmap.first.end = ((PFN + PAGES_MOST) << 12) - 1;
	printf("fsdax, idle, 16 TiB in one sweep: %.1f s", sweep_with(&b, 0) / 1e9);
	check(&b, &r);
	fflush(stdout);
	if (helpers > 0) {
		printf("; with the help of %d more CPUs: %.1f s", helpers,
		       sweep_with(&b, helpers) / 1e9);
		check(&b, &r);
	}
	printf("\n");
	close_bench(&b);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 7;
	struct bench b;

	if (argc > 2 || rounds < 1) {
		fputs(usage, stderr);
		return 2;
	}
	libbpf_set_print(warn);
	for (int loads = has_rdonly_cast(); loads >= 0; loads--) {
		open_bench(&b, loads, false);
		printf("%-30s %10s %10s %9s %12s\n",
		       loads ? "by guarded loads, ns a page" : "by copies, ns a page", "plain read",
		       "sweep", "", "sweep, s/TiB");
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
			show(&b, &rows[i], rounds);
		close_bench(&b);
	}
	show_largest(has_rdonly_cast());
	return 0;
}

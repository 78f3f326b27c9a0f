// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "devices.h"
#include "glob.h"
#include "symbols.h"
#include "tracer.h"
#include "xarray.h"

/* The skeleton names the BPF side's globals by the kernel's types. */
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
#include "pgmapref.skel.h"

struct tracer {
	struct pgmapref_bpf *skel;
	struct ring_buffer *control;
	struct ring_buffer *events;
	struct plan plan;
	struct symbols *symbols; /* borrowed */
	struct bpf_link *link[PGR_HOOKS][PLAN_PROGS];
	tracer_record_fn fn; /* only while consuming */
	void *ctx;
};

/* libbpf's messages go through one global; so does what the last load said. */
static struct {
	int verbose;
	char failed_prog[64];
	char last[256];
} log_state;

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char line[512];
	const char *p;
	va_list copy;

	va_copy(copy, args);
	vsnprintf(line, sizeof(line), fmt, copy);
	va_end(copy);
	if (level == LIBBPF_WARN) {
		size_t n = strcspn(line, "\n");

		if (n >= sizeof(log_state.last))
			n = sizeof(log_state.last) - 1;
		memcpy(log_state.last, line, n);
		log_state.last[n] = '\0';
		p = strstr(line, "prog '");
		if (p && strstr(line, "failed to load"))
			sscanf(p, "prog '%63[^']'", log_state.failed_prog);
	}
	if (log_state.verbose >= (level == LIBBPF_DEBUG ? 3 : level == LIBBPF_INFO ? 2 : 1))
		return vfprintf(stderr, fmt, args);
	return 0;
}

static __attribute__((format(printf, 3, 4))) void say(char *why, size_t len, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, len, fmt, args);
	va_end(args);
}

/* ---- opening ----------------------------------------------------------- */

static void configure(struct pgmapref_bpf *s, const struct tracer_config *c,
		      const struct plan *plan)
{
	s->rodata->nr_cpus = libbpf_num_possible_cpus();
	s->rodata->want_events = c->events;
	s->rodata->alloc_per_page = plan->alloc_per_page;
	s->rodata->filter_tgids = c->nr_tgids > 0;
	s->rodata->filter_tids = c->nr_tids > 0;
	s->rodata->filter_types = c->types ? c->types : ~0u;
	if (c->sweep_budget_ns)
		s->rodata->sweep_budget_ns = c->sweep_budget_ns;
	for (int t = 0; t < PGR_TYPES; t++) {
		s->rodata->idle_refs[t] = plan->idle[t];
		s->rodata->maps_hold[t] = plan->maps_hold[t];
	}
	if (c->comm) {
		struct glob g;

		glob__compile(c->comm, &g); /* checked by tracer__open() */
		s->rodata->filter_comm = 1;
		memcpy((void *)s->rodata->glob_match, g.match, sizeof(g.match));
		s->rodata->glob_star = g.star;
		s->rodata->glob_accept = g.accept;
	}
	if (c->ledger_rows)
		bpf_map__set_max_entries(s->maps.ledger, c->ledger_rows);
	if (!c->attach) {
		/* Nothing will fill these. */
		bpf_map__set_max_entries(s->maps.events, getpagesize());
		bpf_map__set_max_entries(s->maps.ledger, 1);
		bpf_map__set_max_entries(s->maps.stacks, 1);
		bpf_map__set_max_entries(s->maps.stashes, 1);
	} else if (!c->events) {
		bpf_map__set_max_entries(s->maps.events, getpagesize());
	}
}

static bool is_on_demand(const struct bpf_program *p)
{
	return bpf_program__type(p) == BPF_PROG_TYPE_SYSCALL;
}

static struct bpf_program *find_prog(struct pgmapref_bpf *s, const char *name)
{
	return bpf_object__find_program_by_name(s->obj, name);
}

/* Chooses what to load: on-demand programs, and those of the plan. */
static int choose_programs(struct pgmapref_bpf *s, const struct tracer_config *c,
			   struct plan *plan)
{
	struct bpf_program *p;
	int err;

	bpf_object__for_each_program(p, s->obj)
		bpf_program__set_autoload(p, is_on_demand(p));
	if (!c->attach)
		return 0;
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&plan->hook[h]);

		if (!a || (h == PGR_HOOK_FORK && !c->follow))
			continue;
		for (int i = 0; i < PLAN_PROGS && a->prog[i]; i++) {
			p = find_prog(s, a->prog[i]);
			if (!p)
				return -ENOENT;
			bpf_program__set_autoload(p, true);
			if (a->how != PLAN_FENTRY)
				continue;
			err = bpf_program__set_attach_target(p, 0, a->symbol);
			if (err)
				return err;
		}
	}
	return 0;
}

/* The hook that a program serves in the present plan; -1: none. */
static int hook_of_prog(const struct plan *plan, const char *prog)
{
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&plan->hook[h]);

		for (int i = 0; a && i < PLAN_PROGS && a->prog[i]; i++)
			if (!strcmp(a->prog[i], prog))
				return h;
	}
	return -1;
}

static struct bpf_link *attach_prog(struct bpf_program *p, const struct plan_attempt *a)
{
	bool ret = strstr(bpf_program__name(p), "_kretprobe");

	if (a->how == PLAN_KPROBE)
		return bpf_program__attach_kprobe(p, ret, a->symbol);
	return bpf_program__attach(p);
}

static void detach_hook(struct tracer *t, int h)
{
	for (int i = 0; i < PLAN_PROGS; i++) {
		bpf_link__destroy(t->link[h][i]);
		t->link[h][i] = NULL;
	}
}

/*
 * Attaches every hook of the plan. One that cannot is moved on to its next
 * attempt, and 1 is returned: its programs have to be loaded first.
 */
static int attach(struct tracer *t, const struct tracer_config *c)
{
	bool again = false;

	for (int h = 0; h < PGR_HOOKS; h++) {
		struct plan_hook *hook = &t->plan.hook[h];
		const struct plan_attempt *a = plan_hook__attempt(hook);

		if (!a || (h == PGR_HOOK_FORK && !c->follow))
			continue;
		for (int i = PLAN_PROGS - 1; i >= 0; i--) {
			struct bpf_link *link;
			char why[PLAN_SYMBOL + 64];

			if (!a->prog[i])
				continue;
			link = attach_prog(find_prog(t->skel, a->prog[i]), a);
			if (link) {
				t->link[h][i] = link;
				continue;
			}
			snprintf(why, sizeof(why), "%s refused it: %s", a->symbol,
				 strerror(errno));
			detach_hook(t, h);
			plan_hook__fail(hook, why);
			again = again || plan_hook__attempt(hook);
			break;
		}
	}
	return again;
}

/* The frame number of a page of this process; 0 if the kernel does not say. */
static uint64_t frame_of(const void *addr)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 frame, 63 present. */
	if (pread(fd, &entry, sizeof(entry), (uintptr_t)addr / getpagesize() * sizeof(entry)) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? entry & ((1ULL << 55) - 1) : 0;
}

static int run(struct bpf_program *prog, void *args, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = size);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
}

static int calibrate(struct tracer *t, char *why, size_t len)
{
	struct pgr_calibrate_args a = { .nr_cpus = t->skel->rodata->nr_cpus };
	void *page = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED,
			  bpf_map__fd(t->skel->maps.control), 0);
	int err;

	if (page != MAP_FAILED) {
		/* Touched, so that there is a frame to ask for. */
		(void)*(volatile char *)page;
		a.pfn = frame_of(page);
		munmap(page, getpagesize());
	}
	err = run(t->skel->progs.calibrate, &a, sizeof(a));
	if (!err)
		err = a.err;
	if (err) {
		say(why, len, "cannot find the per-CPU areas of this kernel: %s", strerror(-err));
		return err;
	}
	/*
	 * Only where struct pages are one array (SPARSEMEM_VMEMMAP, as on x86-64)
	 * does this give its start. Without the frame there is no sweep.
	 */
	if (a.pfn)
		t->skel->bss->vmemmap_base = a.page - a.pfn * a.page_size;
	return 0;
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct tracer *t = ctx;

	t->fn(t->ctx, data, size);
	return 0;
}

static int fill_filter(struct bpf_map *map, const uint32_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t one = 1;
		int err = bpf_map__update_elem(map, &ids[i], sizeof(ids[i]), &one, sizeof(one),
					       BPF_ANY);

		if (err)
			return err;
	}
	return 0;
}

/* One try with the plan as it stands; 1: some hook moved on to another attempt. */
static int try_open(struct tracer *t, const struct tracer_config *c, char *why, size_t len)
{
	int err, h;

	t->skel = pgmapref_bpf__open();
	if (!t->skel) {
		say(why, len, "cannot open the BPF object: %s", strerror(errno));
		return -errno;
	}
	configure(t->skel, c, &t->plan);
	err = choose_programs(t->skel, c, &t->plan);
	if (err) {
		say(why, len, "cannot prepare the BPF programs: %s", strerror(-err));
		return err;
	}
	log_state.failed_prog[0] = '\0';
	err = pgmapref_bpf__load(t->skel);
	if (err) {
		h = hook_of_prog(&t->plan, log_state.failed_prog);
		if (h >= 0 && err != -EPERM) {
			char reason[64];

			snprintf(reason, sizeof(reason), "the verifier refused it: %s",
				 strerror(-err));
			plan_hook__fail(&t->plan.hook[h], reason);
			return 1;
		}
		if (err == -EPERM && h >= 0)
			say(why, len,
			    "this kernel refuses tracing programs (%s: Operation not permitted), "
			    "though it loads others; run on a kernel that allows them, or use "
			    "'list'",
			    log_state.failed_prog);
		else if (err == -EPERM)
			say(why, len, "not allowed to load BPF programs: run as root, or with "
				      "CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN");
		else
			say(why, len, "cannot load the BPF programs: %s (%s)", strerror(-err),
			    log_state.last);
		return err;
	}
	err = fill_filter(t->skel->maps.tgids, c->tgids, c->nr_tgids);
	if (!err)
		err = fill_filter(t->skel->maps.tids, c->tids, c->nr_tids);
	if (err) {
		say(why, len, "cannot set the filters of -p and -t: %s", strerror(-err));
		return err;
	}
	err = calibrate(t, why, len);
	if (err)
		return err;
	return c->attach ? attach(t, c) : 0;
}

static void unload(struct tracer *t)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		detach_hook(t, h);
	pgmapref_bpf__destroy(t->skel);
	t->skel = NULL;
}

int tracer__open(const struct tracer_config *config, struct symbols *symbols,
		 struct tracer **out, char *why, size_t len)
{
	struct btf *btf = NULL;
	const char *unknown;
	struct tracer *t;
	struct glob glob;
	int err;

	log_state.verbose = config->verbose;
	libbpf_set_print(print_libbpf);
	if (config->comm && glob__compile(config->comm, &glob)) {
		say(why, len, "-n %s: a command name has at most %d characters", config->comm,
		    PGR_COMM - 1);
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		say(why, len, "out of memory");
		return -ENOMEM;
	}
	t->symbols = symbols;
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		err = -errno;
		say(why, len, "no BTF of the running kernel (%s): it must be built with "
			      "CONFIG_DEBUG_INFO_BTF=y", strerror(-err));
		err = -ENOTSUP;
		goto err_out;
	}
	err = plan__make(btf, symbols, &config->plan, &t->plan, &unknown);
	if (err) {
		say(why, len, "--disable-hook %s: no such hook; 'probes' lists them", unknown);
		err = -EINVAL;
		goto err_out;
	}
	if (t->plan.unusable[0]) {
		say(why, len, "%s", t->plan.unusable);
		err = -ENOTSUP;
		goto err_out;
	}
	/* Each round that returns 1 has used up one attempt of some hook. */
	while ((err = try_open(t, config, why, len)) == 1)
		unload(t);
	if (err)
		goto err_out;
	t->control = ring_buffer__new(bpf_map__fd(t->skel->maps.control), on_record, t, NULL);
	t->events = ring_buffer__new(bpf_map__fd(t->skel->maps.events), on_record, t, NULL);
	if (!t->control || !t->events) {
		err = -errno;
		say(why, len, "cannot map the ring buffers: %s", strerror(-err));
		goto err_out;
	}
	btf__free(btf);
	*out = t;
	return 0;

err_out:
	btf__free(btf);
	tracer__close(t);
	return err;
}

void tracer__close(struct tracer *t)
{
	if (!t)
		return;
	ring_buffer__free(t->control);
	ring_buffer__free(t->events);
	unload(t);
	free(t);
}

const struct plan *tracer__plan(const struct tracer *t)
{
	return &t->plan;
}

bool tracer__has_vmemmap(const struct tracer *t)
{
	return t->skel->bss->vmemmap_base;
}

/* ---- records ------------------------------------------------------------- */

int tracer__fd(const struct tracer *t, bool control)
{
	return ring_buffer__epoll_fd(control ? t->control : t->events);
}

int tracer__consume(struct tracer *t, tracer_record_fn fn, void *ctx)
{
	int err;

	t->fn = fn;
	t->ctx = ctx;
	err = ring_buffer__consume(t->control);
	if (err >= 0)
		err = ring_buffer__consume(t->events);
	return err < 0 ? err : 0;
}

/* ---- pgmaps ---------------------------------------------------------------- */

static int read_node(void *ctx, uint64_t node, uint64_t xarray, uint64_t *slots, unsigned int *nr)
{
	struct tracer *t = ctx;
	struct pgr_node_args a = { .node = node, .addr = xarray };
	int err = run(t->skel->progs.read_node, &a, sizeof(a));

	if (err || a.err)
		return err ? err : a.err;
	memcpy(slots, a.slots, a.nr * sizeof(*slots));
	*nr = a.nr;
	return 0;
}

struct adopting {
	struct tracer *t;
	uint64_t release;
	size_t nr;
	bool in_the_making; /* one was met that is not whole yet */
	int err;
};

static void adopt_one(void *ctx, uint64_t addr)
{
	struct adopting *w = ctx;
	struct pgr_adopt_args a = { .addr = addr, .release = w->release };
	int err = run(w->t->skel->progs.adopt, &a, sizeof(a));

	if (err)
		w->err = err;
	else if (!a.err)
		w->nr++;
	else if (a.err == -EAGAIN)
		w->in_the_making = true;
	else if (a.err != -EINVAL)
		w->err = a.err;
}

/* A pfn that may belong to a pgmap: asks its struct page. */
static void adopt_pfn(struct adopting *w, uint64_t pfn, uint64_t *last)
{
	struct pgr_lookup_args a = { .pfn = pfn };

	if (run(w->t->skel->progs.lookup_pfn, &a, sizeof(a)) || a.err || a.addr == *last)
		return;
	*last = a.addr;
	adopt_one(w, a.addr);
}

/*
 * Without the symbol of the kernel's own list: each range of /proc/iomem that is
 * not ordinary memory may be a device's. Its ends and middle are asked, since the
 * first pages of a range may have no struct page (altmap).
 */
static int adopt_by_ranges(struct adopting *w)
{
	struct devices_range *ranges;
	uint64_t last = 0, size = getpagesize();
	size_t n;
	int err = devices__iomem(NULL, &ranges, &n);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		uint64_t first = ranges[i].start / size, end = ranges[i].end / size;

		if (!strcmp(ranges[i].name, "System RAM") || end <= first)
			continue;
		adopt_pfn(w, end, &last);
		adopt_pfn(w, first, &last);
		adopt_pfn(w, first + (end - first) / 2, &last);
	}
	free(ranges);
	return 0;
}

int tracer__adopt(struct tracer *t, size_t *nr, bool *complete)
{
	struct adopting w = {
		.t = t,
		.release = symbols__addr(t->symbols, "dev_pagemap_percpu_release"),
	};
	uint64_t list = symbols__addr(t->symbols, "pgmap_array"), addr = 0;
	struct pgr_pgmap p;
	int err;

	*complete = list != 0;
	err = list ? xarray__walk(list, read_node, t, adopt_one, &w) : adopt_by_ranges(&w);
	if (!err)
		err = w.err;
	if (err)
		return err;
	if (w.in_the_making)
		*complete = false;
	/* One that spans several places in the list was adopted once but met often. */
	*nr = 0;
	while (!tracer__next_pgmap(t, &addr, &p))
		++*nr;
	t->skel->bss->ready = 1;
	return 0;
}

int tracer__next_pgmap(struct tracer *t, uint64_t *addr, struct pgr_pgmap *out)
{
	int fd = bpf_map__fd(t->skel->maps.pgmaps);
	uint64_t next;

	for (;;) {
		if (bpf_map_get_next_key(fd, *addr ? addr : NULL, &next))
			return -ENOENT;
		*addr = next;
		/* Gone in between: the next one, then. */
		if (!bpf_map_lookup_elem(fd, &next, out))
			return 0;
	}
}

int tracer__get_pgmap(struct tracer *t, uint64_t addr, struct pgr_pgmap *out)
{
	return bpf_map_lookup_elem(bpf_map__fd(t->skel->maps.pgmaps), &addr, out) ? -errno : 0;
}

void tracer__forget(struct tracer *t, uint64_t addr, uint32_t id)
{
	struct pgr_pgmap p;

	if (!tracer__get_pgmap(t, addr, &p) && p.id == id)
		bpf_map_delete_elem(bpf_map__fd(t->skel->maps.pgmaps), &addr);
}

int tracer__select(struct tracer *t, uint64_t addr, bool yes)
{
	struct pgr_select_args a = { .addr = addr,
				     .selected = yes ? PGR_SELECT_YES : PGR_SELECT_NO };
	int err = run(t->skel->progs.select_pgmap, &a, sizeof(a));

	return err ? err : a.err;
}

int tracer__sample(struct tracer *t, uint64_t addr, uint32_t id, int64_t *value,
		   uint32_t *ref_flags, uint64_t *ns)
{
	struct pgr_sample_args a = { .addr = addr, .id = id };
	int err = run(t->skel->progs.sample, &a, sizeof(a));

	if (err || a.err)
		return err ? err : a.err;
	*value = a.value;
	*ref_flags = a.ref_flags;
	*ns = a.ns;
	return 0;
}

int tracer__sweep(struct tracer *t, uint64_t addr, uint32_t id, struct pgr_sweep *out)
{
	struct pgr_sweep_args a = { .addr = addr, .id = id };
	struct bpf_map *map = t->skel->maps.sweeps;
	uint64_t key = addr | 1;
	size_t size = bpf_map__value_size(map);
	char *value;
	int err = run(t->skel->progs.sweep, &a, sizeof(a));

	if (err || a.err)
		return err ? err : a.err;
	value = malloc(size);
	if (!value)
		return -ENOMEM;
	err = bpf_map__lookup_elem(map, &key, sizeof(key), value, size, 0);
	if (!err)
		memcpy(out, value + offsetof(struct pgr_rec_sweep, sweep), sizeof(*out));
	bpf_map__delete_elem(map, &key, sizeof(key), 0);
	free(value);
	return err;
}

/* ---- ledger, stacks, loss ---------------------------------------------------- */

/*
 * Every entry of a hash map once. Not with bpf_map_get_next_key(), which starts
 * over when the key it is given is gone, so that it may meet entries again and
 * never end; a batch goes by buckets. fn gets key and value.
 */
static int walk_map(struct bpf_map *map, void (*fn)(void *ctx, const void *key, const void *value),
		    void *ctx)
{
	size_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	uint32_t room = 1024, n, at;
	char *keys = NULL, *values = NULL;
	bool begun = false;
	int err = 0;

	while (err != -ENOENT) {
		char *k = realloc(keys, room * key_size), *v;

		keys = k ? k : keys;
		v = realloc(values, room * value_size);
		values = v ? v : values;
		if (!k || !v) {
			err = -ENOMEM;
			break;
		}
		n = room;
		err = bpf_map_lookup_batch(bpf_map__fd(map), begun ? &at : NULL, &at, keys, values,
					   &n, NULL);
		if (err == -ENOSPC) {
			/* A bucket with more entries than there is room for. */
			room *= 2;
			continue;
		}
		if (err && err != -ENOENT)
			break;
		begun = true;
		for (uint32_t i = 0; i < n; i++)
			fn(ctx, keys + i * key_size, values + i * value_size);
	}
	free(keys);
	free(values);
	return err == -ENOENT ? 0 : err;
}

struct ledger_walk {
	uint32_t id;
	int drop; /* file descriptor of the map, -1: do not */
	tracer_ledger_fn fn;
	void *ctx;
};

static void ledger_row(void *ctx, const void *key, const void *value)
{
	const struct pgr_ledger_key *k = key;
	struct ledger_walk *w = ctx;

	if (k->id != w->id)
		return;
	w->fn(w->ctx, k, value);
	if (w->drop >= 0)
		bpf_map_delete_elem(w->drop, k);
}

int tracer__ledger(struct tracer *t, uint32_t id, bool drop, tracer_ledger_fn fn, void *ctx)
{
	struct bpf_map *map = t->skel->maps.ledger;
	struct ledger_walk w = { id, drop ? bpf_map__fd(map) : -1, fn, ctx };
	int err = walk_map(map, ledger_row, &w);

	/* There is room again, which only the BPF side's own deletes would tell it. */
	if (drop)
		t->skel->bss->ledger_full = 0;
	return err;
}

int tracer__stack(struct tracer *t, uint64_t key, struct pgr_stack *out)
{
	return bpf_map_lookup_elem(bpf_map__fd(t->skel->maps.stacks), &key, out) ? -errno : 0;
}

/* A kprobe's stash that no kretprobe took for so long was missed, and not under way. */
#define STASH_OVERDUE_NS 1000000000ULL

struct stash_walk {
	uint64_t now, overdue;
};

static void stash_row(void *ctx, const void *key, const void *value)
{
	struct stash_walk *w = ctx;
	uint64_t ns;

	(void)key;
	memcpy(&ns, value, sizeof(ns)); /* the first member of struct stash */
	w->overdue += w->now > ns && w->now - ns > STASH_OVERDUE_NS;
}

static void sum_value(void *ctx, const void *key, const void *value)
{
	uint64_t *sum = ctx, n;

	(void)key;
	memcpy(&n, value, sizeof(n));
	*sum += n;
}

int tracer__loss(struct tracer *t, struct tracer_loss *out)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	uint64_t *n = calloc(cpus, sizeof(*n));
	struct stash_walk stash = { 0 };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	stash.now = now.tv_sec * 1000000000ULL + now.tv_nsec;

	memset(out, 0, sizeof(*out));
	if (!n)
		return -ENOMEM;
	for (uint32_t cause = 0; cause < PGR_LOSSES && !err; cause++) {
		if (bpf_map_lookup_elem(bpf_map__fd(t->skel->maps.losses), &cause, n))
			err = -errno;
		for (int c = 0; c < cpus && !err; c++)
			out->cause[cause] += n[c];
	}
	free(n);
	for (int h = 0; h < PGR_HOOKS && !err; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&t->plan.hook[h]);

		for (int i = 0; i < PLAN_PROGS && a && a->prog[i] && t->link[h][i]; i++) {
			struct bpf_prog_info info = {};
			__u32 len = sizeof(info);

			err = bpf_obj_get_info_by_fd(
				bpf_program__fd(find_prog(t->skel, a->prog[i])), &info, &len);
			if (err)
				break;
			out->missed_runs[h] += info.recursion_misses;
		}
	}
	if (!err)
		err = walk_map(t->skel->maps.stashes, stash_row, &stash);
	if (!err)
		err = walk_map(t->skel->maps.unjudged, sum_value, &out->unjudged);
	out->cause[PGR_LOSS_STASH] += stash.overdue;
	out->aborted = t->skel->bss->aborted_creates;
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads data from the BPF side and the kernel: pgmaps, counters, the ledger, paths, losses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "kernel/devices.h"
#include "kernel/ranges.h"
#include "kernel/tracer_impl.h"
#include "kernel/tracer_read.h"
#include "kernel/tracer_run.h"
#include "kernel/xarray.h"

/* ---- pgmaps ---------------------------------------------------------------- */

static int read_node(void *ctx, uint64_t node, uint64_t xarray, uint64_t *slots, unsigned int *nr)
{
	struct tracer *t = ctx;
	struct pgr_node_args a = { .node = node, .addr = xarray };
	int err = tracer__run(t->skel->progs.read_node, &a, sizeof(a));

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
	bool in_the_making; /* found a pgmap that is still being created */
	int err;
};

static void adopt_one(void *ctx, uint64_t addr)
{
	struct adopting *w = ctx;
	struct pgr_adopt_args a = { .addr = addr, .release = w->release };
	int err = tracer__run(w->t->skel->progs.adopt, &a, sizeof(a));

	if (err)
		w->err = err;
	else if (!a.err)
		w->nr++;
	else if (a.err == -EAGAIN)
		w->in_the_making = true;
	else if (a.err != -EINVAL)
		w->err = a.err;
}

/* Adopts the pgmap of a pfn, if the struct page of the pfn belongs to one. */
static void adopt_pfn(struct adopting *w, uint64_t pfn, uint64_t *last)
{
	struct pgr_lookup_args a = { .pfn = pfn };

	if (tracer__run(w->t->skel->progs.lookup_pfn, &a, sizeof(a)) || a.err || a.addr == *last)
		return;
	*last = a.addr;
	adopt_one(w, a.addr);
}

/*
 * Finds pgmaps without the kernel's own list, whose symbol is missing. Each range of /proc/iomem
 * that is not ordinary memory may belong to a device. Tries the pfns at both ends and in the
 * middle, because the first pages of a range may have no struct page (altmap).
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

int tracer__adopt(struct tracer *t, size_t *nr, bool *complete, bool *pending)
{
	struct adopting w = {
		.t = t,
		.release = symbols__addr(t->symbols, "dev_pagemap_percpu_release"),
	};
	uint64_t list = symbols__addr(t->symbols, PGMAP_LIST), addr = 0;
	struct pgr_pgmap p;
	int err;

	*complete = list != 0;
	*pending = false;
	err = list ? xarray__walk(list, read_node, t, adopt_one, &w) : adopt_by_ranges(&w);
	if (!err)
		err = w.err;
	if (err)
		return err;
	*pending = w.in_the_making;
	if (w.in_the_making)
		*complete = false;
	/* Count in the map: a pgmap with several entries in the list was found several times. */
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
		/* It is gone by now: try the next one. */
		if (!tracer__get_pgmap(t, next, out))
			return 0;
	}
}

int tracer__get_pgmap(struct tracer *t, uint64_t addr, struct pgr_pgmap *out)
{
	struct pgr_peek_pgmap_args a = { .addr = addr };
	int err = tracer__run(t->skel->progs.peek_pgmap, &a, sizeof(a));

	if (err || a.err)
		return err ? err : a.err;
	*out = a.p;
	return 0;
}

void tracer__forget(struct tracer *t, uint64_t addr, uint32_t id)
{
	struct pgr_pgmap p;

	if (!tracer__get_pgmap(t, addr, &p) && p.id == id)
		bpf_map_delete_elem(bpf_map__fd(t->skel->maps.pgmaps), &addr);
}

static int take_chunk(void *ctx, const struct pgr_range_key *key, struct pgr_range_chunk *out)
{
	struct tracer *t = ctx;
	int fd = bpf_map__fd(t->skel->maps.ranges);

	return bpf_map_lookup_and_delete_elem(fd, key, out) ? -errno : 0;
}

int tracer__ranges(struct tracer *t, const struct pgr_pgmap *k, struct pgr_range **out)
{
	return ranges__read(k, take_chunk, t, out);
}

int tracer__select(struct tracer *t, uint64_t addr, bool yes)
{
	struct pgr_select_args a = { .addr = addr,
				     .selected = yes ? PGR_SELECT_YES : PGR_SELECT_NO };
	int err = tracer__run(t->skel->progs.select_pgmap, &a, sizeof(a));

	return err ? err : a.err;
}

int tracer__sample(struct tracer *t, uint64_t addr, uint32_t id, int64_t *value,
		   uint32_t *ref_flags, uint64_t *ns)
{
	struct pgr_sample_args a = { .addr = addr, .id = id };
	int err = tracer__run(t->skel->progs.sample, &a, sizeof(a));

	if (err || a.err)
		return err ? err : a.err;
	*value = a.value;
	*ref_flags = a.ref_flags;
	*ns = a.ns;
	return 0;
}

/* ---- ledger, stacks, loss ---------------------------------------------------- */

/*
 * Calls fn with key and value once for every entry of a hash map. Not with bpf_map_get_next_key():
 * it starts over if the given key is gone, may therefore return entries again, and may never end. A
 * batch goes by buckets.
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
			/* A bucket has more entries than there is room for. */
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
	int drop; /* file descriptor of the map; -1: do not delete */
	bool folios; /* include rows of folios */
	tracer_ledger_fn fn;
	void *ctx;
};

static void ledger_row(void *ctx, const void *key, const void *value)
{
	const struct pgr_ledger_key *k = key;
	struct ledger_walk *w = ctx;

	if (k->id != w->id)
		return;
	if (k->holding != PGR_HOLD_FOLIO || w->folios)
		w->fn(w->ctx, k, value);
	if (w->drop >= 0)
		bpf_map_delete_elem(w->drop, k);
}

int tracer__ledger(struct tracer *t, uint32_t id, bool drop, tracer_ledger_fn fn, void *ctx)
{
	struct bpf_map *map = t->skel->maps.ledger;
	struct ledger_walk w = { id, drop ? bpf_map__fd(map) : -1,
				 tracer__folios_take(t) != PGR_TAKES_NOTHING, fn, ctx };
	int err = walk_map(map, ledger_row, &w);

	/* The map has room again. The BPF side notices only deletes of its own. */
	if (drop)
		t->skel->bss->ledger_full = 0;
	return err;
}

struct pins_walk {
	uint32_t id;
	uint64_t since_ns;
	int drop; /* file descriptor of the map; -1: do not delete */
	tracer_ledger_fn fn;
	void *ctx;
};

static void pins_row(void *ctx, const void *key, const void *value)
{
	const struct pgr_pin_key *k = key;
	const struct pgr_pin *pin = value;
	struct pgr_ledger_key row_key = {
		.id = k->id, .holding = PGR_HOLD_PIN, .subject = k->pfn, .tid = k->slot
	};
	struct pgr_ledger_row row = { .ns = pin->ns,
				      .last_ns = pin->last_ns,
				      .stack = pin->stack,
				      .pfn = k->pfn,
				      .n = pin->n,
				      .task = pin->task,
				      .order = pin->order,
				      .followed = pin->followed,
				      .unconfirmed = pin->how };
	struct pins_walk *w = ctx;

	if (k->id != w->id)
		return;
	if (pin->followed && pin->n > 0 &&
	    (pin->seen_ns >= w->since_ns || pin->last_ns >= w->since_ns))
		w->fn(w->ctx, &row_key, &row);
	if (w->drop >= 0)
		bpf_map_delete_elem(w->drop, k);
}

int tracer__pins(struct tracer *t, uint32_t id, uint64_t since_ns, bool drop, tracer_ledger_fn fn,
		 void *ctx)
{
	struct bpf_map *map = t->skel->maps.pins;
	struct pins_walk w = { id, since_ns, drop ? bpf_map__fd(map) : -1, fn, ctx };
	int err;

	if (!t->skel->bss->pins_any)
		return 0;
	err = walk_map(map, pins_row, &w);
	if (drop)
		t->skel->bss->pins_full = 0;
	return err;
}

struct pin_rows_walk {
	uint32_t id;
	tracer_pin_fn fn;
	void *ctx;
};

static void pin_rows_row(void *ctx, const void *key, const void *value)
{
	const struct pgr_pin_key *k = key;
	struct pin_rows_walk *w = ctx;

	if (k->id == w->id)
		w->fn(w->ctx, k, value);
}

int tracer__pin_rows(struct tracer *t, uint32_t id, tracer_pin_fn fn, void *ctx)
{
	struct pin_rows_walk w = { id, fn, ctx };

	return t->skel->bss->pins_any ? walk_map(t->skel->maps.pins, pin_rows_row, &w) : 0;
}

static void no_row(void *ctx, const struct pgr_ledger_key *key, const struct pgr_ledger_row *row)
{
	(void)ctx;
	(void)key;
	(void)row;
}

int tracer__drop_pins(struct tracer *t, uint32_t id)
{
	return tracer__pins(t, id, 0, true, no_row, NULL);
}

int tracer__forget_pins(struct tracer *t, uint32_t id, uint64_t start_ns)
{
	struct pgr_forget_args a = { .id = id, .start_ns = start_ns };
	int err;

	if (!t->skel->bss->pins_any)
		return 0;
	err = tracer__run(t->skel->progs.forget_pins, &a, sizeof(a));
	return err ? err : a.err;
}

void tracer__effect(const struct tracer *t, enum pgr_hook hook, struct pgr_effect *out)
{
	*out = t->skel->bss->effects[hook];
}

enum pgr_takes tracer__folios_take(const struct tracer *t)
{
	enum pgr_takes all = PGR_TAKES_UNKNOWN;
	bool open = false;

	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct pgr_effect *e = &t->skel->bss->effects[h];
		enum pgr_takes takes = pgr_effect__takes(e);

		if (takes == PGR_TAKES_NOTHING)
			return takes;
		open = open || (takes == PGR_TAKES_UNKNOWN && e->calls);
		if (takes == PGR_TAKES)
			all = takes;
	}
	return open ? PGR_TAKES_UNKNOWN : all;
}

int tracer__stack(struct tracer *t, uint64_t key, struct pgr_stack *out)
{
	struct pgr_peek_stack_args a = { .key = key };
	int err = tracer__run(t->skel->progs.peek_stack, &a, sizeof(a));

	if (err || a.err)
		return err ? err : a.err;
	*out = a.stack;
	return 0;
}

/* If no kretprobe took the stash of a kprobe within this time, the return was missed. */
#define STASH_OVERDUE_NS NSEC_PER_SEC

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

/*
 * struct bpf_link_info of a kprobe, include/uapi/linux/bpf.h since 6.6, `missed` since 6.7: calls
 * that the kernel skipped, because a kprobe hit inside a kprobe, or a kretprobe had no room for its
 * return. Older kernels leave `missed` unchanged.
 */
struct kprobe_link_info {
	uint32_t type, id, prog_id, pad;
	uint32_t perf_type, pad2;
	uint64_t func_name;
	uint32_t name_len, offset;
	uint64_t addr, missed, cookie;
};

#define LINK_OF_KPROBE 3 /* BPF_PERF_EVENT_KPROBE */
#define LINK_OF_KRETPROBE 4

/* Returns 0 with *counted = false if the kernel does not count missed calls. */
static uint64_t missed_of(const struct bpf_link *link, bool *counted)
{
	struct kprobe_link_info info = { 0 };
	__u32 len = sizeof(info);

	*counted = !bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &len) &&
		   len >= offsetof(struct kprobe_link_info, cookie) &&
		   (info.perf_type == LINK_OF_KPROBE || info.perf_type == LINK_OF_KRETPROBE);
	return *counted ? info.missed : 0;
}

bool tracer__counts_misses(const struct tracer *t)
{
	bool counted = true;

	for (int h = 0; h < PGR_HOOKS && counted; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&t->plan.hook[h]);

		for (int i = 0; a && a->how == PLAN_KPROBE && i < PLAN_PROGS && counted; i++)
			if (t->link[h][i])
				missed_of(t->link[h][i], &counted);
	}
	return counted;
}

/* Adds up the first nr elements of a per-CPU array of counters. */
static int sum_counters(struct bpf_map *map, uint64_t *sum, uint32_t nr)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	uint64_t *n = calloc(cpus, sizeof(*n));

	if (!n)
		return -ENOMEM;
	for (uint32_t i = 0; i < nr && !err; i++) {
		sum[i] = 0;
		if (bpf_map_lookup_elem(bpf_map__fd(map), &i, n))
			err = -errno;
		for (int c = 0; c < cpus && !err; c++)
			sum[i] += n[c];
	}
	free(n);
	return err;
}

int tracer__loss(struct tracer *t, struct tracer_loss *out)
{
	bool counted;
	struct stash_walk stash = { 0 };
	int err;

	stash.now = clock__now();
	memset(out, 0, sizeof(*out));
	err = sum_counters(t->skel->maps.losses, out->cause, PGR_LOSSES);
	for (int h = 0; h < PGR_HOOKS && !err; h++) {
		const struct plan_attempt *a = plan_hook__attempt(&t->plan.hook[h]);

		if (t->breakpoints[h]) {
			/* Before the runs: a run in between is no missed one. */
			uint64_t hits = breakpoints__hits(t->breakpoints[h]);
			uint64_t runs = ((volatile uint64_t *)t->skel->bss->breakpoint_runs)[h];

			out->missed_runs[h] += hits > runs ? hits - runs : 0;
		}
		for (int i = 0; i < PLAN_PROGS && a && a->prog[i] && t->link[h][i]; i++) {
			struct bpf_prog_info info = {};
			__u32 len = sizeof(info);

			err = bpf_obj_get_info_by_fd(
				bpf_program__fd(
					bpf_object__find_program_by_name(t->skel->obj, a->prog[i])),
				&info, &len);
			if (err)
				break;
			out->missed_runs[h] += info.recursion_misses;
			if (a->how == PLAN_KPROBE)
				out->missed_runs[h] += missed_of(t->link[h][i], &counted);
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

/* ---- paths, filters ---------------------------------------------------------- */

int tracer__path(struct tracer *t, uint64_t pfn, uint32_t dev, uint64_t ino, char *buf, size_t len)
{
	struct pgr_path_args a = { .pfn = pfn, .ino = ino, .dev = dev };
	const struct pgr_path *p = &t->skel->bss->path_result;
	int err = tracer__run(t->skel->progs.file_path, &a, sizeof(a));
	size_t at = 0;

	if (err || a.err)
		return err ? err : a.err;
	if (!p->whole || !p->nr)
		return -ENAMETOOLONG;
	for (uint32_t i = p->nr; i-- > 0;) {
		at += snprintf(buf + at, len - at, "/%.*s", PGR_PATH_NAME - 1, p->name[i]);
		if (at >= len)
			return -ENAMETOOLONG;
	}
	return 0;
}

int tracer__follow(struct tracer *t, const uint32_t *tgids, size_t nr)
{
	int fd = bpf_map__fd(t->skel->maps.tgids);
	uint8_t one = 1;

	for (size_t i = 0; i < nr; i++)
		if (bpf_map_update_elem(fd, &tgids[i], &one, BPF_ANY))
			return -errno;
	return 0;
}

void tracer__unfollow(struct tracer *t, uint32_t tgid)
{
	/* An error: it is not followed. */
	bpf_map_delete_elem(bpf_map__fd(t->skel->maps.tgids), &tgid);
}

int tracer__next_followed(struct tracer *t, uint32_t *tgid)
{
	return bpf_map_get_next_key(bpf_map__fd(t->skel->maps.tgids), *tgid ? tgid : NULL, tgid) ?
		       -errno :
		       0;
}

int tracer__left_out(struct tracer *t, uint64_t n[PGR_LEFT_OUTS])
{
	return sum_counters(t->skel->maps.left_out, n, PGR_LEFT_OUTS);
}

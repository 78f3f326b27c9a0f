/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The followed pgmaps: describes new ones, reads their baseline, names them, and tells user space.
 */
#ifndef PGMAPREF_PGMAPS_BPF_H
#define PGMAPREF_PGMAPS_BPF_H

#include "bpf/bounds.bpf.h"
#include "bpf/page.bpf.h"
#include "bpf/percpu_ref.bpf.h"
#include "bpf/series.bpf.h"
#include "bpf/task.bpf.h"

/* The records of pgmaps and teardowns. A separate ring: many get records cannot fill it. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct pgr_pgmap);
} pgmaps SEC(".maps");

/* Names of the devices passed to devm_memremap_pages(), kept until memremap_pages() returns. */
struct pgr_dev_name {
	char name[PGR_DEV];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u64);
	__type(value, struct pgr_dev_name);
} dev_names SEC(".maps");

/*
 * Number of teardowns of pgmaps that were not followed, by address. If memremap_pages() fails, it
 * may run a teardown itself; on_create() subtracts that teardown. (Some failures come before any
 * teardown.) What remains are teardowns without a verdict.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u64);
} unjudged SEC(".maps");

u64 aborted_creates;
u32 last_id;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PGR_RANGES_MAX / PGR_RANGE_CHUNK);
	__type(key, struct pgr_range_key);
	__type(value, struct pgr_range_chunk);
} ranges SEC(".maps");

/* Buffers for values that are too large for the stack: one per hook and CPU, as in stack.bpf.h. */
struct pgmap_scratch {
	struct pgr_rec_pgmap rec;
	struct pgr_range_chunk chunk;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_HOOKS);
	__type(key, u32);
	__type(value, struct pgmap_scratch);
} pgmap_scratch SEC(".maps");

static __always_inline u32 pgmap_type(struct dev_pagemap *pgmap)
{
	u32 t = BPF_CORE_READ(pgmap, type);

	if (t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_PRIVATE))
		return PGR_TYPE_PRIVATE;
	if (bpf_core_enum_value_exists(enum memory_type, MEMORY_DEVICE_COHERENT) &&
	    t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_COHERENT))
		return PGR_TYPE_COHERENT;
	if (t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_FS_DAX))
		return PGR_TYPE_FSDAX;
	if (t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_GENERIC))
		return PGR_TYPE_GENERIC;
	if (bpf_core_enum_value_exists(enum memory_type, MEMORY_DEVICE_PCI_P2PDMA) &&
	    t == bpf_core_enum_value(enum memory_type, MEMORY_DEVICE_PCI_P2PDMA))
		return PGR_TYPE_P2PDMA;
	return PGR_TYPE_UNKNOWN;
}

#define PGMAP_ALTMAP_VALID 1u /* include/linux/memremap.h, 6.1 to 7.3 */

static __always_inline int range_read(u64 pgmap, u32 i, struct pgr_range *range)
{
	u64 at = pgmap + bpf_core_field_offset(struct dev_pagemap, ranges) +
		 (u64)i * bpf_core_type_size(struct range);

	return bpf_probe_read_kernel(range, sizeof(*range), (void *)at);
}

struct range_ctx {
	u64 pgmap;
	u32 hook; /* key of map pgmap_scratch */
	u32 id;
};

/*
 * Adds range i to the pgmap in the buffer: its pages, and where it is. If there are several, puts
 * the range into map ranges, too.
 */
static long range_add(u32 i, struct range_ctx *c)
{
	struct pgmap_scratch *s = bpf_map_lookup_elem(&pgmap_scratch, &c->hook);
	struct pgr_range_key key = { .id = c->id, .chunk = i / PGR_RANGE_CHUNK };
	struct pgr_range range;
	struct pgr_pgmap *p;
	u64 n;

	if (!s)
		return 1; /* never: pgmap_blank() found it */
	p = &s->rec.pgmap;
	if (range_read(c->pgmap, i, &range)) {
		p->flags |= PGR_PGMAP_TRUNCATED | PGR_PGMAP_PAGES_PART;
		return 1;
	}
	/* pfn_len() of mm/memremap.c, 6.1 to 7.3: an altmap is in the first range only */
	n = (range.end + 1 - range.start) >> PAGE_SHIFT;
	if (i == 0) {
		n -= p->altmap_pages;
		p->first = p->span = range;
	}
	p->pages += n >> (p->vmemmap_shift & 63);
	if (range.start < p->span.start)
		p->span.start = range.start;
	if (range.end > p->span.end)
		p->span.end = range.end;
	if (p->nr_range == 1)
		return 0;
	s->chunk.range[i % PGR_RANGE_CHUNK] = range;
	if ((i + 1) % PGR_RANGE_CHUNK && i + 1 < p->nr_range)
		return 0;
	/* Without room the chunk is missing; ranges__read() sees this, and nothing else needs it. */
	bpf_map_update_elem(&ranges, &key, &s->chunk, BPF_ANY);
	return 0;
}

static long range_forget(u32 i, struct range_ctx *c)
{
	struct pgr_range_key key = { .id = c->id, .chunk = i };

	bpf_map_delete_elem(&ranges, &key);
	return 0;
}

/*
 * Copies what the kernel knows of a pgmap into the buffer of this hook, which pgmap_blank()
 * returned, and gives it an id. Complete only after memremap_pages().
 */
static __always_inline void pgmap_describe(u32 hook, struct dev_pagemap *pgmap, struct pgr_pgmap *p)
{
	struct range_ctx c = { .pgmap = (u64)pgmap, .hook = hook };
	u32 nr;

	p->addr = (u64)pgmap;
	p->type = pgmap_type(pgmap);
	p->ops = (u64)BPF_CORE_READ(pgmap, ops);
	p->owner = (u64)BPF_CORE_READ(pgmap, owner);
	p->vmemmap_shift = BPF_CORE_READ(pgmap, vmemmap_shift);
	p->altmap_pages = 0;
	if (BPF_CORE_READ(pgmap, flags) & PGMAP_ALTMAP_VALID)
		p->altmap_pages =
			BPF_CORE_READ(pgmap, altmap.reserve) + BPF_CORE_READ(pgmap, altmap.free);
	p->pages = 0;
	p->nr_range = nr = BPF_CORE_READ(pgmap, nr_range);
	if (!nr)
		return;
	p->id = c.id = __sync_fetch_and_add(&last_id, 1) + 1;
	if (nr > PGR_RANGES_MAX) {
		p->flags |= PGR_PGMAP_TRUNCATED | PGR_PGMAP_PAGES_PART;
		nr = PGR_RANGES_MAX;
	}
	bpf_loop(nr, range_add, &c, 0);
}

/* The counter of an idle pgmap. Used if the creation of the pgmap was not seen. */
static __always_inline s64 pgmap_computed_baseline(const struct pgr_pgmap *p)
{
	return series_refs_pages(p->type) ? 1 + p->pages : 1;
}

/*
 * Is p still the pgmap at this address? If a hook did not run, p may be gone unseen, and another
 * pgmap may be at its address. A new pgmap with the same first range is taken for p: its baseline
 * is the same.
 */
static __always_inline bool pgmap_is_there(const struct pgr_pgmap *p, struct dev_pagemap *pgmap)
{
	u64 own = (u64)pgmap + bpf_core_field_offset(struct dev_pagemap, ref);
	struct percpu_ref_data *data = BPF_CORE_READ(pgmap, ref.data);
	struct pgr_range first;

	/* data is NULL: percpu_ref_exit() was just called. */
	if (data && (u64)BPF_CORE_READ(data, ref) != own)
		return false;
	if (!p->first.end)
		return true; /* it could not be read before either */
	return !range_read((u64)pgmap, 0, &first) && first.start == p->first.start &&
	       first.end == p->first.end;
}

static __always_inline struct pgr_rec_pgmap *pgmap_blank(u32 hook)
{
	struct pgmap_scratch *s = bpf_map_lookup_elem(&pgmap_scratch, &hook);

	if (!s)
		return NULL;
	__builtin_memset(&s->rec, 0, sizeof(s->rec));
	return &s->rec;
}

static __always_inline int pgmap_publish(struct pgr_rec_pgmap *r, u64 addr, u64 map_flags)
{
	int err; /* an int, not a long: see add_unless_full() */

	r->h.record = PGR_REC_PGMAP;
	r->h.ns = r->pgmap.born_ns = bpf_ktime_get_ns();
	r->h.id = r->pgmap.id;
	err = bpf_map_update_elem(&pgmaps, &addr, &r->pgmap, map_flags);
	if (err) {
		struct range_ctx c = { .id = r->pgmap.id };

		if (r->pgmap.nr_range > 1)
			bpf_loop(PGR_RANGES_MAX / PGR_RANGE_CHUNK, range_forget, &c, 0);
		if (err != -EEXIST)
			lose(PGR_LOSS_PGMAP_FULL);
		return err;
	}
	bounds_add(&r->pgmap);
	/* If the record is lost, user space still finds the pgmap: it also walks map pgmaps. */
	if (bpf_ringbuf_output(&control, r, sizeof(*r), 0))
		lose(PGR_LOSS_CONTROL_RING);
	return 0;
}

static __always_inline int on_create(u64 addr, u64 ret)
{
	struct dev_pagemap *pgmap = (void *)addr;
	struct pgr_dev_name *name;
	struct pgr_rec_pgmap *r;
	u32 flags;
	u64 *n;

	if (is_err_ptr(ret)) {
		__sync_fetch_and_add(&aborted_creates, 1);
		n = bpf_map_lookup_elem(&unjudged, &addr);
		if (n && *n)
			__sync_fetch_and_add(n, -1);
		bpf_map_delete_elem(&dev_names, &addr);
		return 0;
	}
	r = pgmap_blank(PGR_HOOK_CREATE);
	if (!r) {
		lose(PGR_LOSS_PGMAP_FULL);
		return 0;
	}
	pgmap_describe(PGR_HOOK_CREATE, pgmap, &r->pgmap);
	r->pgmap.baseline = ref_value(pgmap, &flags);
	/* Read until two samples agree: other CPUs may be getting and putting references. */
	for (int i = 0; i < 3; i++) {
		s64 again = ref_value(pgmap, &flags);

		if (again == r->pgmap.baseline)
			break;
		r->pgmap.baseline = again;
	}
	if (flags & PGR_REF_UNREADABLE)
		r->pgmap.flags |= PGR_PGMAP_NO_VALUE;
	task_now(&r->pgmap.creator);
	name = bpf_map_lookup_elem(&dev_names, &addr);
	if (name) {
		__builtin_memcpy(r->pgmap.dev, name->name, PGR_DEV);
		bpf_map_delete_elem(&dev_names, &addr);
	}
	pgmap_publish(r, addr, BPF_ANY);
	return 0;
}

static __always_inline int on_name(u64 dev_addr, u64 pgmap)
{
	struct device *dev = (void *)dev_addr;
	struct pgr_dev_name n = {};
	const char *s = BPF_CORE_READ(dev, kobj.name);

	if (!s)
		s = BPF_CORE_READ(dev, init_name);
	if (bpf_probe_read_kernel_str(n.name, sizeof(n.name), s) < 0)
		lose(PGR_LOSS_READ);
	if (bpf_map_update_elem(&dev_names, &pgmap, &n, BPF_ANY))
		lose(PGR_LOSS_READ);
	return 0;
}

#endif /* PGMAPREF_PGMAPS_BPF_H */

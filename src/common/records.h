/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs and user space share: keys and values of maps, records of the two rings,
 * arguments of the SEC("syscall") programs. Fixed width, no bitfields, explicit padding, sizes
 * asserted on both sides. Numbers of an enum are never reused.
 */
#ifndef PGMAPREF_RECORDS_H
#define PGMAPREF_RECORDS_H

#ifdef __VMLINUX_H__
#define PGR_ASSERT _Static_assert
#else
#include <linux/types.h>
#include <assert.h>
#define PGR_ASSERT static_assert
#endif

/*
 * Ranges of a pgmap that are followed. Most have 1 or 2; memory of CXL that is added in pieces has
 * one for each piece (extent).
 */
#define PGR_RANGES_MAX 65536
#define PGR_RANGE_CHUNK 64 /* ranges in an element of map ranges; a power of two */
#define PGR_STACK_DEPTH 32
#define PGR_COMM 16
#define PGR_DEV 32
#define PGR_HELPERS 15 /* threads that help a sweep in a hook */
#define PGR_BUSY 48 /* busy pages that a sweep lists; all are counted */
#define PGR_ENTRY_FILES 16 /* files with DAX entries that a sweep lists; a power of two */
#define PGR_BUSY_ROWS 16384 /* busy pages that a sweep on demand returns before it pauses */
#define PGR_CPUS 8192 /* the kernel's largest NR_CPUS on x86-64 */
#define PGR_FILTER_IDS 64 /* limit of ids for -p, and for -t */
#define PGR_DRAIN_KEPT 1024 /* puts of a teardown that get a record; all are counted */
#define PGR_EFFECT_CALLS 64 /* calls that are compared to learn what a function does */

#define PAGE_SHIFT 12 /* x86-64 */
/* include/linux/mm.h, 6.1 to 7.3: a pin of a small folio adds this number to its refcount. */
#define GUP_PIN_BIAS 1024

/* Our own numbers: those of enum memory_type differ between kernels. */
enum pgr_type {
	PGR_TYPE_UNKNOWN = 0,
	PGR_TYPE_PRIVATE = 1,
	PGR_TYPE_COHERENT = 2,
	PGR_TYPE_FSDAX = 3,
	PGR_TYPE_GENERIC = 4, /* device-dax, and drivers that want plain pages */
	PGR_TYPE_P2PDMA = 5,
	PGR_TYPES = 6,
};

/* One number per hook. Several programs may serve one hook. */
enum pgr_hook {
#define HOOK(number, NAME, ...) PGR_HOOK_##NAME = number,
#include "common/hook_defs.h"
	PGR_HOOKS /* one more than the last */
};

/* Ways to attach a program. A system may switch off each of them separately. */
enum pgr_mechanism {
	PGR_BY_FENTRY = 0,
	PGR_BY_FEXIT = 1,
	PGR_BY_KPROBE = 2,
	PGR_BY_KRETPROBE = 3,
	PGR_BY_RAW_TP = 4,
	PGR_BY_BREAKPOINT = 5, /* a hardware breakpoint on each CPU */
	PGR_MECHANISMS = 6,
};

#define PGR_SITE_BYTES 16 /* bytes that are read at the start of a function */

/* Events of the references and entries layers. */
enum pgr_event {
	PGR_EV_GET = 0, /* get_dev_pagemap() took a reference, or a folio's first use did */
	PGR_EV_PUT = 1, /* a put by get_dev_pagemap(), a visible put, or a folio's last use */
	PGR_EV_ALLOC = 2,
	PGR_EV_FREE = 3,
	PGR_EV_INSERT = 4,
	PGR_EV_DELETE = 5,
	PGR_EVENTS = 6,
};

/*
 * Why an event or a record is missing. One counter for each cause. verdict.c knows what a cause can
 * hide, and which verdict it weakens.
 */
enum pgr_loss {
	PGR_LOSS_CONTROL_RING = 0, /* no room for a record of a teardown */
	PGR_LOSS_EVENT_RING = 1, /* no room for a line of trace */
	PGR_LOSS_LEDGER_FULL = 2, /* no room for another taker */
	PGR_LOSS_LEDGER_ERR = 3, /* the ledger failed for another reason */
	PGR_LOSS_STACK_FULL = 4, /* no room for another stack */
	PGR_LOSS_STACK_ERR = 5, /* a stack could not be taken or stored */
	PGR_LOSS_PGMAP_FULL = 6, /* no room for another pgmap */
	PGR_LOSS_PGMAP_UNKNOWN = 7, /* an event of a pgmap that is not followed */
	PGR_LOSS_SWEEP_FULL = 8, /* no room for another sweep at the same time */
	PGR_LOSS_READ = 9, /* kernel memory could not be read in a hook */
	PGR_LOSS_STASH = 10, /* an exit without its entry, or no room for a stash */
	PGR_LOSS_ENTRY_LAYOUT = 11, /* a DAX entry has an unknown layout */
	PGR_LOSS_FOLLOW = 12, /* a child of COMMAND, or of a process of -p, could not be followed */
	/* These causes only lose the name of a task that pinned. */
	PGR_LOSS_PIN_FULL = 13, /* no room for another pinned page */
	PGR_LOSS_PIN_SLOTS = 14, /* a page has more than PGR_PIN_SLOTS pinners */
	PGR_LOSS_PIN_MORE = 15, /* pages of a call after the first PGR_PIN_CALL */
	PGR_LOSS_PIN_STASH = 16, /* an exit without its entry, or no room for a stash */
	PGR_LOSS_PIN_READ = 17, /* a pinned page could not be read, or a row not be added */
	PGR_LOSSES = 18,
};

/* Events that the filters left out: an index of map left_out. */
enum pgr_left_out {
	PGR_LEFT_OUT_OTHERS = 0,
	PGR_LEFT_OUT_CHILDREN = 1, /* of them by descendants of processes in map tgids */
	PGR_LEFT_OUT_OLD = 2, /* by selected tasks: given back, of a taker that is not known */
	PGR_LEFT_OUTS = 3,
};

enum {
	PGR_PGMAP_ADOPTED = 1u << 0, /* older than the tool; the baseline is computed */
	PGR_PGMAP_TRUNCATED = 1u << 1, /* not all ranges are followed: each sweep misses pages */
	PGR_PGMAP_DYING_AT_START = 1u << 2, /* the pgmap was adopted during its teardown */
	PGR_PGMAP_NO_VALUE = 1u << 3, /* its counter could not be read at birth */
	/* `pages` covers only a part of the ranges, and a computed baseline too. */
	PGR_PGMAP_PAGES_PART = 1u << 4,
};

/* What -g decided. User space decides, because it knows the names. */
enum {
	PGR_SELECT_PENDING = 0, /* not decided yet: events are recorded */
	PGR_SELECT_YES = 1,
	PGR_SELECT_NO = 2,
};

struct pgr_task {
	__u32 tgid;
	__u32 tid;
	char comm[PGR_COMM];
};
PGR_ASSERT(sizeof(struct pgr_task) == 24, "pgr_task");

struct pgr_range {
	__u64 start; /* physical address */
	__u64 end; /* last address, inclusive, as in the kernel */
};

/*
 * Map ranges has all ranges of the pgmaps that have more than one, until user space has read them.
 * Range i of pgmap `id` is range[i % PGR_RANGE_CHUNK] of chunk i / PGR_RANGE_CHUNK.
 */
struct pgr_range_key {
	__u32 id;
	__u32 chunk;
};

struct pgr_range_chunk {
	struct pgr_range range[PGR_RANGE_CHUNK];
};
PGR_ASSERT(sizeof(struct pgr_range_chunk) == 16 * PGR_RANGE_CHUNK, "pgr_range_chunk");

/* Value of map pgmaps, keyed by the address of the struct dev_pagemap. */
struct pgr_pgmap {
	__u64 addr;
	__u32 id; /* unique in a run: distinguishes pgmaps that had the same address */
	__u32 type; /* enum pgr_type */
	__u64 born_ns; /* CLOCK_MONOTONIC; if older than the tool: time of adoption */
	__u64 ops; /* struct dev_pagemap_ops *; its symbol names the driver */
	__u64 owner;
	/*
	 * Struct pages that the kernel counts: the sum of pfn_len() of all ranges.
	 */
	__u64 pages;
	__s64 baseline; /* value of pgmap->ref when the pgmap is idle */
	__u32 flags; /* PGR_PGMAP_* */
	__u32 vmemmap_shift; /* log2 of pages per struct page that counts */
	__u32 nr_range; /* number of ranges in the kernel; PGR_RANGES_MAX are followed */
	__u32 selected; /* PGR_SELECT_* */
	__u64 altmap_pages; /* pages at the start of range 0 without struct page (altmap) */
	struct pgr_range first; /* range 0 */
	struct pgr_range span; /* from the lowest to the highest address of all ranges */
	struct pgr_task creator; /* tgid 0 when adopted */
	char dev[PGR_DEV]; /* device-core name given to devm_memremap_pages(), or "" */
	/* The hooks update the following fields. */
	__u64 events[PGR_EVENTS]; /* calls */
	__s64 entries; /* DAX entries inserted minus deleted, since adoption */
	__s64 entry_pages; /* the same, in pages */
	__s64 foreign_puts; /* references put by tasks that had no row in the ledger */
	__u64 former_deletes; /* deletes of entries of an earlier pgmap on these page frames */
	/* After the kill. */
	__u64 drains; /* puts */
	__s64 drain_refs; /* references put by these puts */
	__s64 drain_known; /* references of drain_refs whose taker is known */
	__u64 killed_ns; /* teardown began; 0 while alive */
	__u32 sweep_claimed;
	__u32 final_claimed;
	__u32 exact; /* 1: breakpoints see each get and each put, common/exact.h */
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_pgmap) ==
		   8 * 8 + 4 * 4 + 8 + 16 * 2 + 24 + PGR_DEV + 8 * PGR_EVENTS + 8 * 8 + 8,
	   "pgr_pgmap");

/* Map ledger: who holds references, pages, entries and folios. */
enum pgr_holding {
	PGR_HOLD_GET = 1, /* subject = stack key, tid = taker: one balance per taker and site */
	PGR_HOLD_PAGE = 2, /* subject = pfn of an allocated device page, tid = 0 */
	PGR_HOLD_ENTRY = 3, /* subject = pfn of a DAX entry, tid = 0 */
	PGR_HOLD_FOLIO = 4, /* subject = pfn of a folio in use, tid = 0: one reference per folio */
	PGR_HOLD_PIN = 5, /* subject = pfn of a folio, tid = slot; from map pins, not map ledger */
};

struct pgr_ledger_key {
	__u32 id;
	__u32 holding; /* enum pgr_holding */
	__u64 subject;
	__u32 tid;
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_ledger_key) == 24, "pgr_ledger_key");

struct pgr_ledger_row {
	__u64 ns; /* time of the first taking */
	__u64 last_ns;
	__u64 stack; /* key of map stacks; 0 when there is none */
	__u64 pfn; /* of the last taking */
	__u64 prev; /* gets: subject of the row that the next puts of this task are taken from */
	__s64 n; /* references, or DAX entries that share the page */
	struct pgr_task task;
	__u64 ino; /* DAX entries: inode, its filesystem's device, offset in pages */
	__u64 index;
	__u32 dev; /* kernel's dev_t: major << 20 | minor */
	__u32 order;
	__u32 followed; /* folios: 0 if the task filter leaves the taker out */
	/*
	 * Folios: 1 if it was not known at the taking whether the folio has a reference. Pins: enum
	 * pgr_pin_how. Device pages: 1 if a process maps the page, 0 if a driver allocated it.
	 */
	__u32 unconfirmed;
};
PGR_ASSERT(sizeof(struct pgr_ledger_row) == 6 * 8 + 24 + 16 + 16, "pgr_ledger_row");

/*
 * Map pins: who pinned which page. Not in the ledger: a pin is not a reference of a pgmap, and many
 * pins must not push references out.
 */
#define PGR_PIN_SLOTS 4 /* pinners of one page; a pinner is a process at one call site */
#define PGR_PIN_CALL 65536 /* pages of one call that are checked */
#define PGR_PIN_LEAST_UNKNOWN 0x7fffffffffffffffLL /* the references of others were not read */

enum pgr_pin_how {
	PGR_PIN_PIN = 0, /* pin_user_pages() and similar functions: unpins are traced */
	PGR_PIN_GET = 1, /* get_user_pages() and similar: put_page() is not traced */
};

struct pgr_pin_key {
	__u32 id; /* pgmap */
	__u32 slot;
	__u64 pfn; /* of the folio's first page, where the kernel counts references */
};
PGR_ASSERT(sizeof(struct pgr_pin_key) == 16, "pgr_pin_key");

struct pgr_pin {
	__u64 ns; /* time of the first pin */
	__u64 last_ns;
	__u64 stack; /* key of map stacks; 0 when there is none */
	__u64 seen_ns; /* start time of the last sweep that found the folio busy */
	/* Pins, one per page and call; at most the references that the last sweep found. */
	__s64 n;
	/*
	 * check: the smallest number of references that others had to the folio at one of these
	 * pins
	 */
	__s64 least;
	struct pgr_task task;
	__u32 how; /* enum pgr_pin_how */
	__u32 order; /* of the folio */
	__u32 followed; /* 0 if the task filter leaves this task out */
	__u32 of_call; /* pins of the last call */
	/* check: pins that another process unpinned; these may have been pins of another row */
	__u32 foreign;
	/* check: older pins of the folio that their own process unpinned */
	__u32 elders;
};
PGR_ASSERT(sizeof(struct pgr_pin) == 6 * 8 + 24 + 24, "pgr_pin");

/*
 * How pgmaps account for their folios themselves, in kernels with the series of 2022 ("Fix the
 * DAX-gup mistake" and the thread on "fsdax: Manage pgmap references at entry insertion and
 * deletion"). There are several versions of the series. On kernels without it all fields are 0,
 * except range_refs.
 */
struct pgr_series {
	__u8 on; /* a folio in use has a reference of its pgmap, if its functions take one */
	/* Every put of a reference of get_dev_pagemap() is a call, and is hooked. */
	__u8 puts_visible;
	/*
	 * The free of a page of any type puts a reference of get_dev_pagemap(): end of version 3.
	 */
	__u8 free_puts_all;
	/* Without the series: from birth, a pgmap has a reference for each of its pages. */
	__u8 range_refs;
	__u8 drops_seen; /* a hook sees folios become idle; if not, no rows are kept for folios */
	__u8 pad[3];
};
PGR_ASSERT(sizeof(struct pgr_series) == 8, "pgr_series");

/*
 * What calls of a function did to the counter, read at the entry and exit of each call. Only calls
 * for idle folios count, and only the first PGR_EFFECT_CALLS of them.
 */
struct pgr_effect {
	__u64 calls;
	__u64 took;
	__u64 none;
};

enum pgr_takes {
	PGR_TAKES_UNKNOWN = 0, /* too few calls to decide */
	PGR_TAKES = 1, /* takes a reference for each folio that was idle */
	PGR_TAKES_NOTHING = 2,
};

/*
 * Other tasks may change the counter between the two samples. One call therefore proves nothing,
 * but they do not change it during every call.
 */
static inline __u32 pgr_effect__takes(const struct pgr_effect *e)
{
	if (e->took && e->took * 4 >= e->calls)
		return PGR_TAKES;
	return e->calls < 8 ? PGR_TAKES_UNKNOWN : PGR_TAKES_NOTHING;
}

struct pgr_stack {
	__u32 nr;
	__u32 pad;
	__u64 ip[PGR_STACK_DEPTH];
};

/* A page above its idle refcount. */
struct pgr_busy_page {
	__u64 pfn;
	__u64 mapping; /* struct address_space *, with its low bits unchanged */
	__u64 index;
	__u64 ino; /* of mapping's host; 0 if there is none */
	__u32 dev; /* of the filesystem, or of the character device of a device-dax */
	__s32 refcount;
	__s32 mapcount;
	__u32 order;
	__u32 chr; /* 1: dev is a character device */
	/* 1: the file has no name any more; since 6.19: its inode is being evicted */
	__u32 inode_going_away;
	__u32 pins; /* pins, as the page counts them */
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_busy_page) == 64, "pgr_busy_page");

/* How the kernel marks a DAX page that several files share. */
enum pgr_share {
	PGR_SHARE_MARKED = 0, /* up to 6.14: page->mapping is 1, page->index (share) counts */
	PGR_SHARE_NULL = 1, /* since 7.1: folio->mapping is NULL, folio->share (index) counts */
	PGR_SHARE_UNSURE = 2, /* 6.15 to 7.0: as SHARE_NULL, but an old index may be left */
};

/* A file with DAX entries on pages of an fsdax pgmap, read from these pages. */
struct pgr_entry_file {
	__u64 mapping; /* struct address_space * */
	__u64 ino;
	__u64 entries;
	__u64 pages;
	__u64 first_index, last_index; /* in pages; some pages between them may have no entry */
	__u64 first_pfn, last_pfn;
	__u32 dev; /* of the filesystem */
	__u32 unlinked; /* 1: the file has no name any more */
};
PGR_ASSERT(sizeof(struct pgr_entry_file) == 72, "pgr_entry_file");

enum {
	PGR_SWEEP_DONE = 1u << 0, /* every page of every range was swept */
	PGR_SWEEP_NO_VMEMMAP = 1u << 1, /* the address of the struct pages is not known */
	PGR_SWEEP_OUT_OF_TIME = 1u << 2,
	PGR_SWEEP_TRUNCATED = 1u << 3, /* not all ranges are known, or one could not be read */
	PGR_SWEEP_NO_IDLE = 1u << 4, /* the type's idle refcount is not known */
	/* Map busy_rows is full, or it is time to say how far it is: then resume the sweep. */
	PGR_SWEEP_PAUSED = 1u << 5,
};

/* A busy page for comparisons: an element of map busy_rows, ascending within each range. */
struct pgr_busy_row {
	__u64 pfn;
	__s32 extra; /* references above idle, without those of mappings */
	__u32 pins; /* pins, as the page counts them */
	__u32 order;
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_busy_row) == 24, "pgr_busy_row");

struct pgr_sweep {
	__u64 pages; /* struct pages to sweep */
	__u64 seen;
	__u64 faults; /* struct pages that could not be read */
	__u64 busy; /* pages above idle, without references of mappings */
	__u64 mapped; /* pages with mappings */
	__u64 used; /* folios in use; only if the pgmap has a reference for each of them */
	__u64 extra; /* references above idle of all busy pages, without those of mappings */
	/*
	 * Pins of the busy pages, as the pages count them. A pin of a small folio is 1024 in
	 * `extra`.
	 */
	__u64 pins;
	__u64 others; /* references of the busy pages that are not pins */
	__u64 ns; /* duration */
	__u64 start_ns; /* CLOCK_MONOTONIC; the sweep sets seen_ns of pins to this time */
	/* fsdax: DAX entries of files for these pages, whatever the refcounts are. */
	__u64 entries; /* a page that n files share counts n times */
	__u64 entry_pages;
	__u64 shared_pages; /* of entry_pages: shared by files, which cannot be named */
	__u64 other_pages; /* of entry_pages: of files that found no room in file[] */
	/*
	 * Not in entry_pages: either shared, or once mapped by one file; the kernel does not tell.
	 */
	__u64 maybe_shared;
	__u32 flags; /* PGR_SWEEP_* */
	__u32 listed; /* valid entries of list[] */
	__u32 nr_files; /* of file[] */
	__u32 pad;
	struct pgr_busy_page list[PGR_BUSY]; /* those with the lowest pfns */
	struct pgr_entry_file file[PGR_ENTRY_FILES]; /* those with the lowest pfns */
};
PGR_ASSERT(sizeof(struct pgr_sweep) == 144 + 64 * PGR_BUSY + 72 * PGR_ENTRY_FILES, "pgr_sweep");

/* Records of both rings begin with this. */
enum pgr_record {
	PGR_REC_PGMAP = 1,
	PGR_REC_TEARDOWN = 2,
	PGR_REC_SWEEP = 3,
	PGR_REC_DRAINED = 4,
	PGR_REC_GONE = 5,
	PGR_REC_EVENT = 6,
	PGR_REC_LATE = 7,
	PGR_REC_DRAIN = 8,
	PGR_REC_PINNED = 9, /* the first pin: unpin hooks are needed from now on */
	/* Exact account: a put of a live pgmap by a task that holds no newer reference. */
	PGR_REC_PUT = 10,
	PGR_REC_CHANGE = 11, /* the refcount of a followed page changed */
};

struct pgr_header {
	__u32 record; /* enum pgr_record */
	__u32 id; /* pgmap */
	__u64 ns; /* CLOCK_MONOTONIC */
};

struct pgr_rec_pgmap {
	struct pgr_header h;
	struct pgr_pgmap pgmap;
};

/* The state of a percpu_ref when it was read. */
enum {
	PGR_REF_DYING = 1u << 0, /* percpu_ref_kill() was called */
	PGR_REF_ATOMIC = 1u << 1,
	PGR_REF_EXITED = 1u << 2, /* percpu_ref_exit() was called */
	PGR_REF_UNREADABLE = 1u << 3, /* the value could not be read */
};

struct pgr_rec_teardown {
	struct pgr_header h;
	__s64 value; /* before the kill */
	__u32 ref_flags;
	__u32 pad;
	__s64 entries;
	struct pgr_task task;
	__u64 stack;
};

struct pgr_rec_sweep {
	struct pgr_header h;
	__u32 final; /* 0: begin of the teardown; 1: just before struct pages are removed */
	__u32 pad;
	struct pgr_sweep sweep;
};

struct pgr_rec_step { /* PGR_REC_DRAINED, PGR_REC_GONE */
	struct pgr_header h;
	struct pgr_task task;
	__u64 stack;
	/* The counters at this time: after GONE they cannot be read any more. */
	__u64 events[PGR_EVENTS];
	__s64 entries, entry_pages;
	__s64 foreign_puts;
	__u64 former_deletes;
	__u64 drains;
	__s64 drain_refs, drain_known;
};

/* A reference of a dying pgmap that was taken (LATE) or put (DRAIN). */
struct pgr_rec_move {
	struct pgr_header h;
	struct pgr_task task;
	struct pgr_task taker; /* DRAIN: the taker; tgid 0: not known */
	__u64 stack;
	__u64 pfn; /* 0: not known */
	__s64 n; /* references, positive */
	__s64 value; /* of the counter after the move */
	__u64 held_ns; /* DRAIN: how long it was held; 0: not known */
	__u32 order;
	__u32 ref_flags; /* of value */
};

struct pgr_rec_change {
	struct pgr_header h;
	struct pgr_task task; /* that ran; in an interrupt, not the one that did it */
	__u64 stack;
	__u64 pfn; /* of the folio's first page, where the kernel counts references */
	__s32 n; /* how much the refcount changed; never 0 */
	__s32 refcount; /* after the change */
};
PGR_ASSERT(sizeof(struct pgr_rec_change) == 16 + 24 + 24, "pgr_rec_change");

struct pgr_rec_event {
	struct pgr_header h;
	__u32 event; /* enum pgr_event */
	__u32 ref_flags; /* of value */
	__s64 n; /* references (get, put, alloc, free) or pages (insert, delete), signed */
	__s64 value; /* pgmap->ref after the event */
	__s64 entries; /* DAX entries of the pgmap after the event, of all tasks */
	__u64 pfn;
	__u64 ino;
	__u64 index;
	__u64 stack;
	__u64 held_ns; /* a drop: how long it was held; 0 if older than the tool */
	__u64 taken_at; /* a drop: stack of the taker; 0 if older than the tool */
	__u32 dev;
	__u32 order;
	struct pgr_task task; /* who took or dropped */
	struct pgr_task taker; /* a drop: the taker; tgid 0 if older than the tool */
};

#endif /* PGMAPREF_RECORDS_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs and the C front end share: keys and values of maps,
 * records of the two rings, arguments of the SEC("syscall") programs. Fixed
 * width, no bitfields, padding explicit, sizes asserted on both sides. Numbers
 * of an enum are never reused.
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

#define PGR_RANGES 8 /* ranges kept of a pgmap; the kernel's drivers use 1 or 2 */
#define PGR_STACK_DEPTH 32
#define PGR_COMM 16
#define PGR_DEV 32
#define PGR_BUSY 48 /* busy pages that a sweep lists; all are counted */
#define PGR_ENTRY_FILES 16 /* files with DAX entries that a sweep lists; a power of two */
#define PGR_BUSY_ROWS 16384 /* busy pages that a sweep on demand hands over before it pauses */
#define PGR_CPUS 8192 /* the kernel's largest NR_CPUS on x86-64 */
#define PGR_FILTER_IDS 64 /* -p and -t, each */
#define PGR_DRAIN_KEPT 1024 /* puts of a teardown that have records; all are counted */
#define PGR_EFFECT_CALLS 64 /* calls that are looked at to learn what a function does */

#define PAGE_SHIFT 12 /* x86-64 */
/* include/linux/mm.h, 6.1 to 7.3: a pin of a small folio counts as so many references. */
#define GUP_PIN_BIAS 1024

/* Our own numbers: enum memory_type's differ between kernels. */
enum pgr_type {
	PGR_TYPE_UNKNOWN = 0,
	PGR_TYPE_PRIVATE = 1,
	PGR_TYPE_COHERENT = 2,
	PGR_TYPE_FSDAX = 3,
	PGR_TYPE_GENERIC = 4, /* device-dax, and drivers that want plain pages */
	PGR_TYPE_P2PDMA = 5,
	PGR_TYPES = 6,
};

/* One number a hook, not a program: several programs may serve one hook. */
enum pgr_hook {
#define HOOK(number, NAME, ...) PGR_HOOK_##NAME = number,
#include "common/hook_defs.h"
	PGR_HOOKS /* one more than the last */
};

/* How programs are attached: each way can be switched off by itself. */
enum pgr_mechanism {
	PGR_BY_FENTRY = 0,
	PGR_BY_FEXIT = 1,
	PGR_BY_KPROBE = 2,
	PGR_BY_KRETPROBE = 3,
	PGR_BY_RAW_TP = 4,
	PGR_MECHANISMS = 5,
};

#define PGR_SITE_BYTES 16 /* looked at where a function begins */

/* Events of the references and entries layers. */
enum pgr_event {
	PGR_EV_GET = 0, /* get_dev_pagemap() took a reference, or a folio's first use did */
	PGR_EV_PUT = 1, /* get_dev_pagemap(pfn, pgmap), a put that is visible, a folio's last use */
	PGR_EV_ALLOC = 2,
	PGR_EV_FREE = 3,
	PGR_EV_INSERT = 4,
	PGR_EV_DELETE = 5,
	PGR_EVENTS = 6,
};

/*
 * Why something is missing from the account. One counter each; what a cause
 * can hide, and so which verdict it weakens, is verdict.c's to know.
 */
enum pgr_loss {
	PGR_LOSS_CONTROL_RING = 0, /* a teardown's record found no room */
	PGR_LOSS_EVENT_RING = 1, /* a trace line found no room */
	PGR_LOSS_LEDGER_FULL = 2, /* a taker could not be kept */
	PGR_LOSS_LEDGER_ERR = 3, /* the ledger refused for another reason */
	PGR_LOSS_STACK_FULL = 4, /* no room for another distinct stack */
	PGR_LOSS_STACK_ERR = 5, /* the kernel gave no stack */
	PGR_LOSS_PGMAP_FULL = 6, /* more pgmaps at once than can be followed */
	PGR_LOSS_PGMAP_UNKNOWN = 7, /* an event of a pgmap that is not followed */
	PGR_LOSS_SWEEP_FULL = 8, /* more sweeps at once than there is room for */
	PGR_LOSS_READ = 9, /* kernel memory could not be read in a hook */
	PGR_LOSS_STASH = 10, /* an exit without its entry, or no room for what it left */
	PGR_LOSS_ENTRY_LAYOUT = 11, /* a DAX entry is not laid out as known */
	PGR_LOSS_FOLLOW = 12, /* a child of COMMAND could not be followed */
	/* These cost the name of one who pinned, and nothing else. */
	PGR_LOSS_PIN_FULL = 13, /* no room for another pinned page */
	PGR_LOSS_PIN_SLOTS = 14, /* a page with more than PGR_PIN_SLOTS pinners */
	PGR_LOSS_PIN_MORE = 15, /* pages of one call behind the first PGR_PIN_CALL */
	PGR_LOSS_PIN_STASH = 16, /* an exit without its entry, or no room for what it left */
	PGR_LOSS_PIN_READ = 17, /* what was pinned could not be read, or not be kept */
	PGR_LOSSES = 18,
};

enum {
	PGR_PGMAP_ADOPTED = 1u << 0, /* older than the tool; baseline computed */
	PGR_PGMAP_TRUNCATED =
		1u << 1, /* ranges are missing in range[]: not every page can be looked at */
	PGR_PGMAP_DYING_AT_START = 1u << 2, /* adopted in the middle of its teardown */
	PGR_PGMAP_NO_VALUE = 1u << 3, /* its counter could not be read at birth */
	PGR_PGMAP_PAGES_PART =
		1u << 4, /* pages is of a part of its ranges, a computed baseline too */
};

/* What -g decided; user space decides, since it knows names. */
enum {
	PGR_SELECT_PENDING = 0, /* not decided yet: recorded */
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
	__u64 end; /* inclusive, as in the kernel */
};

/* Value of map pgmaps, keyed by the address of the struct dev_pagemap. */
struct pgr_pgmap {
	__u64 addr;
	__u32 id; /* unique in a run: tells generations at one address apart */
	__u32 type; /* enum pgr_type */
	__u64 born_ns; /* CLOCK_MONOTONIC; when adopted for those older than the tool */
	__u64 ops; /* struct dev_pagemap_ops *, names a driver */
	__u64 owner;
	__u64 pages; /* struct pages that the kernel counts: pfn_len() of each range, kept or not, summed */
	__s64 baseline; /* value of pgmap->ref at rest */
	__u32 flags; /* PGR_PGMAP_* */
	__u32 vmemmap_shift; /* log2 of pages per struct page that counts */
	__u32 nr_range; /* as the kernel has it; PGR_RANGES are kept */
	__u32 selected; /* PGR_SELECT_* */
	__u64 altmap_pages; /* pages at the start of range 0 without struct page (altmap) */
	struct pgr_range range[PGR_RANGES];
	struct pgr_task creator; /* tgid 0 when adopted */
	char dev[PGR_DEV]; /* device-core name given to devm_memremap_pages(), or "" */
	/* Kept up by the hooks from here on. */
	__u64 events[PGR_EVENTS]; /* calls */
	__s64 entries; /* DAX entries inserted less deleted since adoption */
	__s64 entry_pages; /* the same in pages */
	__s64 foreign_puts; /* references put by tasks that had none in the ledger */
	__u64 former_deletes; /* deletes of entries of a former life of these page frames */
	/* After the kill. */
	__u64 drains; /* puts */
	__s64 drain_refs; /* references that they put */
	__s64 drain_known; /* of these, whose taker is known */
	__u64 killed_ns; /* teardown began; 0 while alive */
	__u32 sweep_claimed;
	__u32 final_claimed;
};
PGR_ASSERT(sizeof(struct pgr_pgmap) == 8 * 8 + 4 * 4 + 8 + 16 * PGR_RANGES + 24 + PGR_DEV +
					       8 * PGR_EVENTS + 8 * 8 + 8 - 8,
	   "pgr_pgmap");

/* Map ledger: who holds what. */
enum pgr_holding {
	PGR_HOLD_GET = 1, /* what = stack key, tid = taker: a balance per taker and site */
	PGR_HOLD_PAGE = 2, /* what = pfn of an allocated device page, tid = 0 */
	PGR_HOLD_ENTRY = 3, /* what = pfn of a DAX entry, tid = 0 */
	PGR_HOLD_FOLIO = 4, /* what = pfn of a folio in use, tid = 0: one reference each */
	PGR_HOLD_PIN = 5, /* what = pfn of a folio, tid = slot; from map pins, not ledger */
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
	__u64 ns; /* of the first taking */
	__u64 last_ns;
	__u64 stack; /* key of map stacks; 0 when there is none */
	__u64 pfn; /* of the last taking */
	__u64 prev; /* gets: what of the row that this task's puts are taken from after this one */
	__s64 n; /* references, or entries that share the page */
	struct pgr_task task;
	__u64 ino; /* DAX entries: inode, its filesystem's device, offset in pages */
	__u64 index;
	__u32 dev; /* kernel's dev_t: major << 20 | minor */
	__u32 order;
	__u32 followed; /* folios: 0 when the filters leave its taker out */
	/*
	 * Folios: taken while it was not known that a reference came with it; pins: enum pgr_pin_how;
	 * device pages: 1 for one that a process maps, and did not get from a driver.
	 */
	__u32 unconfirmed;
};
PGR_ASSERT(sizeof(struct pgr_ledger_row) == 6 * 8 + 24 + 16 + 16, "pgr_ledger_row");

/*
 * Map pins: who pinned which page. Apart from the ledger, for a pin is no reference of a pgmap and
 * no number of them may push references out.
 */
#define PGR_PIN_SLOTS 4 /* pinners of one page: a process at one call site each */
#define PGR_PIN_CALL 65536 /* pages of one call that are looked at */
#define PGR_PIN_LEAST_UNKNOWN 0x7fffffffffffffffLL /* what others had was not read */

enum pgr_pin_how {
	PGR_PIN_PIN = 0, /* pin_user_pages() and such: unpinned by calls that are seen */
	PGR_PIN_GET = 1, /* get_user_pages() and such: given back by put_page(), unseen */
};

struct pgr_pin_key {
	__u32 id; /* pgmap */
	__u32 slot;
	__u64 pfn; /* of the folio's first page: that is where references are counted */
};
PGR_ASSERT(sizeof(struct pgr_pin_key) == 16, "pgr_pin_key");

struct pgr_pin {
	__u64 ns; /* of the first pin */
	__u64 last_ns;
	__u64 stack; /* key of map stacks; 0 when there is none */
	__u64 seen_ns; /* begin of the last sweep that met the folio busy */
	__s64 n; /* pins, one for each page and call; no more than the last sweep met references */
	__s64 least; /* check: the fewest references that others had of the folio at one of them */
	struct pgr_task task;
	__u32 how; /* enum pgr_pin_how */
	__u32 order; /* of the folio */
	__u32 followed; /* 0 when the filters leave this task out */
	__u32 of_call; /* pins of the last call that pinned */
	__u32 foreign; /* check: pins that others unpinned, which may have been others' pins */
	__u32 elders; /* check: pins of the folio that were older, and were unpinned by their own */
};
PGR_ASSERT(sizeof(struct pgr_pin) == 6 * 8 + 24 + 24, "pgr_pin");

/*
 * How pgmaps account for their folios themselves, in kernels with the series of 2022 ("Fix the
 * DAX-gup mistake" and the thread on "fsdax: Manage pgmap references at entry insertion and
 * deletion"), of which there are several versions. All 0 but range_refs without it.
 */
struct pgr_series {
	__u8 on; /* a folio in use has a reference of its pgmap, if its functions take one */
	__u8 puts_visible; /* every put of get_dev_pagemap()'s references is a call, and hooked */
	__u8 free_puts_all; /* a page of any type that is freed puts such a reference: end of v3 */
	__u8 range_refs; /* a pgmap has a reference for each of its pages from birth: not then */
	__u8 drops_seen; /* folios are seen to go: else their rows would only grow in number */
	__u8 pad[3];
};
PGR_ASSERT(sizeof(struct pgr_series) == 8, "pgr_series");

/*
 * What calls of a function did to the counter, as read at their entries and
 * exits: calls for folios that were idle, the first PGR_EFFECT_CALLS of them.
 */
struct pgr_effect {
	__u64 calls;
	__u64 took;
	__u64 none;
};

enum pgr_takes {
	PGR_TAKES_UNKNOWN = 0, /* too few calls to say */
	PGR_TAKES = 1, /* a reference for each folio that was idle */
	PGR_TAKES_NOTHING = 2,
};

/*
 * Others may move the counter between the two readings, so that no single call
 * proves anything; but they do not do so every time.
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
	__u64 mapping; /* struct address_space *, low bits as found */
	__u64 index;
	__u64 ino; /* of mapping's host; 0 if there is none */
	__u32 dev; /* of the filesystem, or of the character device of a device-dax */
	__s32 refcount;
	__s32 mapcount;
	__u32 order;
	__u32 chr; /* 1: dev is a character device */
	__u32 inode_going_away; /* 1: its file has no name any more, or, since 6.19, is being evicted */
	__u32 pins; /* pin_user_pages() and such, as the page counts them */
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_busy_page) == 64, "pgr_busy_page");

/* How a DAX page that several files share says so, by kernel. */
enum pgr_share {
	PGR_SHARE_MARKED = 0, /* up to 6.14: page->mapping is 1, page->index (share) counts them */
	PGR_SHARE_NULL = 1, /* since 7.1: folio->mapping is NULL, folio->share (index) counts them */
	PGR_SHARE_UNSURE = 2, /* 6.15 to 7.0: so, too, but an index may have been left there */
};

/* A file with DAX entries on pages of an fsdax pgmap, as these pages have it. */
struct pgr_entry_file {
	__u64 mapping; /* struct address_space * */
	__u64 ino;
	__u64 entries;
	__u64 pages;
	__u64 first_index, last_index; /* in pages; what lies between need not all be there */
	__u64 first_pfn, last_pfn;
	__u32 dev; /* of the filesystem */
	__u32 unlinked; /* 1: it has no name any more */
};
PGR_ASSERT(sizeof(struct pgr_entry_file) == 72, "pgr_entry_file");

enum {
	PGR_SWEEP_DONE = 1u << 0, /* every page of every range was looked at */
	PGR_SWEEP_NO_VMEMMAP = 1u << 1, /* where struct pages are is not known */
	PGR_SWEEP_OUT_OF_TIME = 1u << 2,
	PGR_SWEEP_TRUNCATED = 1u << 3, /* not all ranges are known */
	PGR_SWEEP_NO_IDLE = 1u << 4, /* the type's idle refcount is not known */
	PGR_SWEEP_PAUSED = 1u << 5, /* map busy_rows is full: to be emptied, and gone on with */
};

/* The same page for those who compare: an element of map busy_rows, in the order of pfns. */
struct pgr_busy_row {
	__u64 pfn;
	__s32 extra; /* references above idle, mappings not counted */
	__u32 pins; /* pin_user_pages() and such, as the page counts them */
	__u32 order;
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_busy_row) == 24, "pgr_busy_row");

struct pgr_sweep {
	__u64 pages; /* struct pages to look at */
	__u64 seen;
	__u64 faults; /* of those to look at, could not be read */
	__u64 busy; /* pages above idle, mappings not counted */
	__u64 mapped; /* pages with mappings */
	__u64 used; /* folios in use, where the pgmap has a reference for each */
	__u64 extra; /* references above idle, mappings not counted, of all busy pages */
	__u64 pins; /* of these pages, as they count pins; each of a small one is 1024 of extra */
	__u64 others; /* references of these that are no pins */
	__u64 ns; /* how long it took */
	__u64 start_ns; /* CLOCK_MONOTONIC; pins that it met are marked with it */
	/* fsdax: what files still have there by DAX entries, whatever the refcounts. */
	__u64 entries; /* of pages that files share: as often as they are shared */
	__u64 entry_pages;
	__u64 shared_pages; /* of these: shared by files, so that none can be named */
	__u64 other_pages; /* of these: of files that file[] has no room for */
	__u64 maybe_shared; /* beside these: shared, or once of one file; the kernel leaves it open */
	__u32 flags; /* PGR_SWEEP_* */
	__u32 listed; /* valid entries of list[] */
	__u32 nr_files; /* of file[] */
	__u32 pad;
	struct pgr_busy_page list[PGR_BUSY]; /* the first ones, by pfn */
	struct pgr_entry_file file[PGR_ENTRY_FILES]; /* the first ones, by pfn */
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
	PGR_REC_PINNED = 9, /* the first pin of all: unpins have to be seen from now on */
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

/* What a percpu_ref said. */
enum {
	PGR_REF_DYING = 1u << 0, /* percpu_ref_kill() was called */
	PGR_REF_ATOMIC = 1u << 1,
	PGR_REF_EXITED = 1u << 2, /* percpu_ref_exit() was called */
	PGR_REF_UNREADABLE = 1u << 3, /* value means nothing */
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
	__u32 final; /* 0: when the teardown began; 1: just before struct pages go */
	__u32 pad;
	struct pgr_sweep sweep;
};

struct pgr_rec_step { /* PGR_REC_DRAINED, PGR_REC_GONE */
	struct pgr_header h;
	struct pgr_task task;
	__u64 stack;
	/* The counters as they stood: after GONE nobody can ask any more. */
	__u64 events[PGR_EVENTS];
	__s64 entries, entry_pages;
	__s64 foreign_puts;
	__u64 former_deletes;
	__u64 drains;
	__s64 drain_refs, drain_known;
};

/* A reference of a pgmap that was dying: taken (LATE) or given back (DRAIN). */
struct pgr_rec_move {
	struct pgr_header h;
	struct pgr_task task;
	struct pgr_task taker; /* DRAIN: who had taken it; tgid 0: not known */
	__u64 stack;
	__u64 pfn; /* 0: not known */
	__s64 n; /* references, positive */
	__s64 value; /* after it */
	__u64 held_ns; /* DRAIN: for how long; 0: not known */
	__u32 order;
	__u32 ref_flags; /* of value */
};

struct pgr_rec_event {
	struct pgr_header h;
	__u32 event; /* enum pgr_event */
	__u32 ref_flags; /* of value */
	__s64 n; /* references (get, put, alloc, free) or pages (insert, delete), signed */
	__s64 value; /* pgmap->ref after it */
	__s64 entries; /* DAX entries of the pgmap after it, of all tasks */
	__u64 pfn;
	__u64 ino;
	__u64 index;
	__u64 stack;
	__u64 held_ns; /* a drop: since when it was held; 0 if older than the tool */
	__u32 dev;
	__u32 order;
	struct pgr_task task; /* who did it */
	struct pgr_task taker; /* a drop: who had taken it; tgid 0 if older than the tool */
};

/*
 * Arguments of the SEC("syscall") programs, in and out. err is 0 or a negative
 * errno; the rest is then not set.
 */
struct pgr_adopt_args { /* is this a pgmap, and which? */
	__u64 addr;
	__u64 release; /* address of dev_pagemap_percpu_release(), 0 if not known */
	__s32 err;
	__u32 id;
};

struct pgr_lookup_args { /* pfn -> struct page -> pgmap */
	__u64 pfn;
	__u64 addr;
	__s32 err;
	__u32 pad;
};

struct pgr_node_args { /* one node of an xarray */
	__u64 node; /* address of an xa_node; 0: addr is that of the xarray */
	__u64 addr;
	__u32 nr; /* slots in use; 1 for the xarray's head */
	__s32 err;
	__u64 slots[64];
};

struct pgr_sample_args {
	__u64 addr;
	__u32 id; /* must still be this one: -ESTALE if not */
	__s32 err;
	__s64 value;
	__u32 ref_flags;
	__u32 pad;
	__u64 ns;
};

struct pgr_sweep_args { /* result in map sweeps under key addr | 1 */
	__u64 addr;
	__u32 id;
	__s32 err;
	__u32 rows; /* in: fill map busy_rows, too; out: so many are in it */
	__u32 resume; /* go on with a sweep that paused */
};
PGR_ASSERT(sizeof(struct pgr_sweep_args) == 24, "pgr_sweep_args");

struct pgr_look_args { /* at the pages of the first `nr` rows of busy_rows; those busy replace them */
	__u64 addr;
	__u32 id;
	__s32 err; /* -EIO: not all of them could be read */
	__u32 nr; /* in and out */
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_look_args) == 24, "pgr_look_args");

struct pgr_forget_args { /* pins that a whole sweep, begun then, did not meet, nor come since */
	__u64 start_ns;
	__u32 id;
	__s32 err;
};

struct pgr_select_args { /* what -g decided of a pgmap */
	__u64 addr;
	__u32 selected; /* PGR_SELECT_* */
	__s32 err;
};

struct pgr_calibrate_args {
	__u64 pfn; /* in: frame of the first data page of ring control */
	__u32 nr_cpus; /* in: possible CPUs */
	__s32 err;
	__u64 page; /* out: address of that frame's struct page */
	__u32 page_size; /* out: sizeof(struct page) */
	__u32 pad;
	__u64 ns; /* out: the time by bpf_ktime_get_ns() */
};

#endif /* PGMAPREF_RECORDS_H */

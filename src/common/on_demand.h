/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space asks the SEC("syscall") programs of bpf/on_demand.bpf.h, and what they answer. Rules
 * as in records.h: fixed width, explicit padding, sizes asserted.
 */
#ifndef PGMAPREF_ON_DEMAND_H
#define PGMAPREF_ON_DEMAND_H

#include "common/records.h"

/*
 * Arguments of the SEC("syscall") programs, in and out. err is 0 or a negative errno; on error no
 * other output is set.
 */
struct pgr_adopt_args { /* is there a pgmap at addr, and what is its id? */
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
	__u64 node; /* address of an xa_node; 0: read the head of the xarray at addr */
	__u64 addr;
	__u32 nr; /* slots in use; 1 for the xarray's head */
	__s32 err;
	__u64 slots[64];
};

struct pgr_peek_pgmap_args { /* the value of map pgmaps at addr */
	__u64 addr;
	__s32 err; /* -ENOENT */
	__u32 pad;
	struct pgr_pgmap p;
};
PGR_ASSERT(sizeof(struct pgr_peek_pgmap_args) == 16 + sizeof(struct pgr_pgmap),
	   "pgr_peek_pgmap_args");

struct pgr_peek_stack_args { /* the value of map stacks at key */
	__u64 key;
	__s32 err; /* -ENOENT */
	__u32 pad;
	struct pgr_stack stack;
};
PGR_ASSERT(sizeof(struct pgr_peek_stack_args) == 16 + sizeof(struct pgr_stack),
	   "pgr_peek_stack_args");

struct pgr_sample_args {
	__u64 addr;
	__u32 id; /* -ESTALE if the pgmap at addr has another id now */
	__s32 err;
	__s64 value;
	__u32 ref_flags;
	__u32 pad;
	__u64 ns;
};

struct pgr_sweep_args { /* the result is in the variable sweep_result */
	__u64 addr;
	__u32 id;
	__s32 err;
	__u32 rows; /* in: 1: also fill map busy_rows; out: number of rows in it */
	__u32 resume; /* 1: continue a paused sweep */
	__u64 pause_ns; /* pause after this time; 0: only if busy_rows is full */
	__u64 budget_ns; /* the longest time of all parts together; 0: sweep_budget_ns */
};
PGR_ASSERT(sizeof(struct pgr_sweep_args) == 40, "pgr_sweep_args");

/* Asks for the path of a file of which `pfn` is a page; the result is in the variable path_result. */
struct pgr_path_args {
	__u64 pfn;
	__u64 ino; /* of the file */
	__u32 dev;
	/*
	 * -ESTALE: the page is not, or not any more, of that file; -ENOENT: the file is removed, or the
	 * kernel has dropped its name from the cache.
	 */
	__s32 err;
};
PGR_ASSERT(sizeof(struct pgr_path_args) == 24, "pgr_path_args");

#define PGR_PATH_NAMES 16
#define PGR_PATH_NAME 256 /* NAME_MAX and a NUL */

struct pgr_path {
	__u32 nr; /* names, from the file upwards */
	__u32 whole; /* 1: the last one is in the root of the filesystem */
	char name[PGR_PATH_NAMES][PGR_PATH_NAME];
};

/*
 * What the sweep of one hook offers to helpers, see ahead.bpf.h. Another sweep at the same time
 * gets no help.
 */
struct pgr_ahead {
	__u32 seq; /* number of the offer, never 0; 0: there is none */
	__u32 taken; /* 1: a sweep owns this */
	__u64 key, first, limit, base, batches, idle_word; /* as in struct sweep_state */
	__u32 type;
	__u32 front; /* chunk that the sweep has reached */
	__s64 next; /* chunks below this one are free */
};
PGR_ASSERT(sizeof(struct pgr_ahead) == 72, "pgr_ahead");

struct pgr_ahead_args { /* look at a chunk of a sweep in a hook, see ahead.bpf.h */
	__u32 helper; /* number of the caller, below PGR_HELPERS */
	__u32 more; /* out: 1: a chunk was looked at, there may be more */
};
PGR_ASSERT(sizeof(struct pgr_ahead_args) == 8, "pgr_ahead_args");

/* Sweeps only the pages of the first `nr` rows of busy_rows. Rows of busy pages replace them. */
struct pgr_sweep_listed_args {
	__u64 addr;
	__u32 id;
	__s32 err; /* -EIO: not all pages could be read */
	__u32 nr; /* in and out: number of rows */
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_sweep_listed_args) == 24, "pgr_sweep_listed_args");

/*
 * Deletes the pins that were not found by a complete sweep that began at start_ns, if no pin was
 * added since.
 */
struct pgr_forget_args {
	__u64 start_ns;
	__u32 id;
	__s32 err;
};

struct pgr_select_args { /* what -g decided for a pgmap */
	__u64 addr;
	__u32 selected; /* PGR_SELECT_* */
	__s32 err;
};

struct pgr_calibrate_args {
	__u64 pfn; /* in: pfn of the first data page of ring control */
	__u32 nr_cpus; /* in: possible CPUs */
	__s32 err;
	__u64 page; /* out: address of that frame's struct page */
	__u32 page_size; /* out: sizeof(struct page) */
	__u32 pad;
	__u64 ns; /* out: the time of bpf_ktime_get_ns() */
};

#endif /* PGMAPREF_ON_DEMAND_H */

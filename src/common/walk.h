/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF iterators that look for holders (walk.bpf.c) share with walker.c: the question, the
 * records, the counters. As in records.h: fixed width, padding explicit, sizes asserted.
 */
#ifndef PGMAPREF_WALK_H
#define PGMAPREF_WALK_H

#include "common/records.h"

#define PGR_WALK_DEVS 32
#define PGR_WALK_INODES 64
#define PGR_WALK_RUNS 64
#define PGR_WALK_PINNERS 32
#define PGR_WALK_NAME 32 /* of a PCI device, with the 0 at its end */
#define PGR_NO_FD \
	0xffffffffu /* not by a descriptor: a mapping, or a ring registered with io_uring */

enum pgr_walk_how {
	PGR_WALK_MAP = 1,
	PGR_WALK_FD = 2,
	PGR_WALK_URING = 3, /* a fixed buffer */
	PGR_WALK_PIPE = 4,
	PGR_WALK_PINNER = 5, /* a file of a kind by which memory is pinned: whose, it does not say */
	PGR_WALK_XDP = 6, /* the umem of an AF_XDP socket */
	PGR_WALK_HOWS = 7,
};

/* Frames one after the other. */
struct pgr_pfn_range {
	__u64 pfn;
	__u64 nr;
};

struct pgr_file_id {
	__u64 ino;
	__u32 dev; /* kernel's dev_t: major << 20 | minor */
	__u32 pad;
};

/* Of one pgmap. Nothing here points into memory that may go. */
struct pgr_walk_query {
	struct pgr_pfn_range range[PGR_RANGES];
	__u64 vmemmap_base; /* start of the struct page array; 0: pages are not looked for */
	__u64 uring_release; /* io_uring_release(), which tells its files; 0: not looked at */
	__u64 pinner[PGR_WALK_PINNERS]; /* the same of files by which memory is pinned; 0: none */
	struct pgr_file_id inode[PGR_WALK_INODES]; /* files with busy pages */
	__u32 dev[PGR_WALK_DEVS]; /* block devices on this memory */
	__u32 nr_range, nr_inode, nr_dev;
	__u32 chr; /* the character device of a device-dax; 0: none */
	__s32 idle; /* refcount of an idle page; -1: counts of pages are not to be looked at */
	__u32 maps_hold; /* 1: a mapping has a reference of its own */
	char p2pmem[PGR_WALK_NAME]; /* the PCI device whose memory it is; "": of none */
};
PGR_ASSERT(sizeof(struct pgr_walk_query) == 16 * PGR_RANGES + 16 + 8 * PGR_WALK_PINNERS +
						    16 * PGR_WALK_INODES + 4 * PGR_WALK_DEVS + 24 +
						    PGR_WALK_NAME,
	   "pgr_walk_query");

enum {
	PGR_WALKED_STRONG = 1u << 0, /* the device itself, or a file that has busy pages */
	PGR_WALKED_CUT = 1u << 1, /* a pipe or ring with more slots than are looked at */
	PGR_WALKED_RUNS = 1u << 2, /* more runs of pages than are kept; all pages are counted */
	PGR_WALKED_P2PMEM = 1u << 3, /* the file by which processes map peer-to-peer memory */
};

/* What is not laid out as known, so that it was not looked at. */
enum {
	PGR_STRANGE_PIPE = 1u << 0,
	PGR_STRANGE_RING = 1u << 1,
	PGR_STRANGE_TASK_RING = 1u << 2, /* rings that a task has without a descriptor */
	PGR_STRANGE_XDP = 1u << 3,
	PGR_STRANGE_P2PMEM = 1u << 4,
	PGR_STRANGES = 5,
};

struct pgr_walked {
	__u32 how; /* enum pgr_walk_how */
	__u32 fd; /* or PGR_NO_FD */
	struct pgr_task task;
	__u64 object; /* address of the pipe or the ring, to tell it from another; else 0 */
	__u64 start, end; /* of a mapping, end exclusive */
	__u64 offset; /* of a mapping in its file, in pages */
	__u64 ino;
	__u32 dev; /* of the filesystem, or the device that a special file stands for */
	__u32 mode; /* i_mode */
	__u64 pages; /* of the pgmap, that a pipe or ring holds; each as often as it is there */
	__u64 idle; /* of these, that nobody refers to now: not this pipe or ring either */
	__u32 flags; /* PGR_WALKED_* */
	__u32 kind; /* PGR_WALK_PINNER: which of query.pinner[] */
	__u32 pad;
	__u32 nr_runs;
	struct pgr_pfn_range run[PGR_WALK_RUNS]; /* nr_runs are written */
};
PGR_ASSERT(sizeof(struct pgr_walked) == 8 + 24 + 40 + 8 + 16 + 16 + 16 * PGR_WALK_RUNS,
	   "pgr_walked");

struct pgr_walk_seen {
	__u64 tasks, files, maps;
	__u64 pipes, rings, umems, pinners; /* of the files, by what they are */
	__u64 faults; /* pipes, rings and their slots that could not be read */
	__u64 cut; /* those with more slots than are looked at */
	__u32 strange; /* PGR_STRANGE_* */
	__u32 pid_level; /* depth of the walker's PID namespace, outside of which it sees no task */
};
PGR_ASSERT(sizeof(struct pgr_walk_seen) == 9 * 8 + 8, "pgr_walk_seen");

#endif /* PGMAPREF_WALK_H */

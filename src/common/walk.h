/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF iterators that find holders (walk.bpf.c) share with walker.c: the query, the
 * records, the counters. As in records.h: fixed width, explicit padding, sizes asserted.
 */
#ifndef PGMAPREF_WALK_H
#define PGMAPREF_WALK_H

#include "common/records.h"

#define PGR_WALK_DEVS 32
#define PGR_WALK_INODES 64
#define PGR_WALK_RANGES 64
#define PGR_WALK_PINNERS 32
#define PGR_WALK_NAME 32 /* of the name of a PCI device, with the final 0 */
#define PGR_NO_FD 0xffffffffu /* no descriptor: a mapping, or a ring registered with io_uring */

enum pgr_walk_how {
	PGR_WALK_MAP = 1,
	PGR_WALK_FD = 2,
	PGR_WALK_URING = 3, /* a fixed buffer */
	PGR_WALK_PIPE = 4,
	PGR_WALK_PINNER = 5, /* a file of a kind that pins memory; it does not tell which memory */
	PGR_WALK_XDP = 6, /* the umem of an AF_XDP socket */
	PGR_WALK_HOWS = 7,
};

/* Contiguous page frames. */
struct pgr_pfn_range {
	__u64 pfn;
	__u64 nr;
};

struct pgr_file_id {
	__u64 ino;
	__u32 dev; /* kernel's dev_t: major << 20 | minor */
	__u32 pad;
};

/*
 * The query for one pgmap. Contains no pointer into memory that may be freed. The ranges of the
 * pgmap are in query_range[] of walk.bpf.h.
 */
struct pgr_walk_query {
	__u64 vmemmap_base; /* start of the struct page array; 0: do not search for pages */
	__u64 uring_release; /* address of io_uring_release(), to recognise rings; 0: skip rings */
	__u64 pinner[PGR_WALK_PINNERS]; /* release functions of files that pin memory; 0: unused */
	struct pgr_file_id inode[PGR_WALK_INODES]; /* files with busy pages */
	__u32 dev[PGR_WALK_DEVS]; /* block devices that use this memory */
	__u32 nr_range; /* valid elements of query_range[] */
	__u32 nr_inode, nr_dev;
	__u32 chr; /* the character device of a device-dax; 0: none */
	__s32 idle; /* refcount of an idle page; -1: do not read the counts of pages */
	__u32 maps_hold; /* 1: a mapping has a reference of its own */
	char p2pmem[PGR_WALK_NAME]; /* name of the PCI device that owns the memory; "": none */
};
PGR_ASSERT(sizeof(struct pgr_walk_query) == 16 + 8 * PGR_WALK_PINNERS + 16 * PGR_WALK_INODES +
						    4 * PGR_WALK_DEVS + 24 + PGR_WALK_NAME,
	   "pgr_walk_query");

enum {
	PGR_WALKED_STRONG = 1u << 0, /* the file is the device, or has busy pages */
	PGR_WALKED_CUT = 1u << 1, /* a pipe or ring has more slots than are read */
	PGR_WALKED_RANGES = 1u << 2, /* more page ranges than are kept; all pages are counted */
	PGR_WALKED_P2PMEM = 1u << 3, /* the file that processes use to map peer-to-peer memory */
};

/* What was skipped because its layout is not known. */
enum {
	PGR_STRANGE_PIPE = 1u << 0,
	PGR_STRANGE_RING = 1u << 1,
	PGR_STRANGE_TASK_RING = 1u << 2, /* rings of a task that have no descriptor */
	PGR_STRANGE_XDP = 1u << 3,
	PGR_STRANGE_P2PMEM = 1u << 4,
	PGR_STRANGES = 5,
};

struct pgr_walked {
	__u32 how; /* enum pgr_walk_how */
	__u32 fd; /* or PGR_NO_FD */
	struct pgr_task task;
	__u64 object; /* address of the pipe or ring, to distinguish it from others; else 0 */
	__u64 start, end; /* of a mapping, end exclusive */
	__u64 offset; /* offset of a mapping in its file, in pages */
	__u64 ino;
	__u32 dev; /* of the filesystem; of a special file: the device */
	__u32 mode; /* i_mode */
	/* Pages of the pgmap in a pipe or ring. A page that is there n times counts n times. */
	__u64 pages;
	/* Pages of `pages` that nobody refers to now; this pipe or ring does not either. */
	__u64 idle;
	__u32 flags; /* PGR_WALKED_* */
	__u32 kind; /* PGR_WALK_PINNER: index in query.pinner[] */
	__u32 pad;
	__u32 nr_ranges;
	struct pgr_pfn_range range[PGR_WALK_RANGES]; /* the first nr_ranges are written */
};
PGR_ASSERT(sizeof(struct pgr_walked) == 8 + 24 + 40 + 8 + 16 + 16 + 16 * PGR_WALK_RANGES,
	   "pgr_walked");

struct pgr_walk_seen {
	__u64 tasks, files, maps;
	__u64 pipes, rings, umems, pinners; /* files, by kind */
	__u64 faults; /* pipes, rings and their slots that could not be read */
	__u64 cut; /* pipes and rings with more slots than are read */
	__u32 strange; /* PGR_STRANGE_* */
	__u32 pid_level; /* depth of the walker's PID namespace; it sees no task outside */
};
PGR_ASSERT(sizeof(struct pgr_walk_seen) == 9 * 8 + 8, "pgr_walk_seen");

#endif /* PGMAPREF_WALK_H */

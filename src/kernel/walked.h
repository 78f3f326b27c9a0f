/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holders that were found by walking tasks, files and mappings: records become one entry for each
 * process and thing that it has.
 */
#ifndef PGMAPREF_WALKED_H
#define PGMAPREF_WALKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/walk.h"

#define WALKED_FDS 8
#define WALKED_PATH 192

/* Worst first: how sure it is that it holds something. */
enum walked_grade {
	GRADE_STALE, /* has pages of a former life of the device: they are in use by nobody */
	GRADE_OPEN, /* has the device open, or a file on it: that holds nothing */
	GRADE_COULD, /* could have pages pinned: maps them, or has open what pins */
	GRADE_HOLDS, /* proved */
};

struct walked {
	enum pgr_walk_how how;
	enum walked_grade grade; /* set by grade__set(), as are contested and place */
	bool contested; /* its pages have fewer references than are claimed: perhaps stale */
	size_t place; /* in the order of walked__finish() */
	struct pgr_task task; /* tid: of the thread by which it was met */
	bool certain; /* the device itself, a file with busy pages, or the pages themselves */
	bool cut; /* a pipe or ring too large to be looked at whole */
	bool runs_cut; /* pages are counted, but not all are in run[] */
	bool p2pmem; /* the file by which processes map peer-to-peer memory */
	uint32_t kind; /* PGR_WALK_PINNER: row of pinners.c */
	uint64_t object; /* pipe, ring: its address */
	uint64_t ino; /* of the file; where several are meant, of the first one met */
	uint32_t dev; /* the kernel's dev_t, of the filesystem or of the special file */
	uint32_t mode;
	uint64_t items; /* mappings or descriptors, by how */
	uint32_t fds[WALKED_FDS]; /* the first ones, ascending */
	unsigned int nr_fds;
	uint64_t start, end; /* mappings: from the first to the last, addresses in the process */
	uint64_t bytes; /* mapped, all together */
	uint64_t pages; /* pipe, ring: of the pgmap, each as often as it is there */
	uint64_t idle; /* of these: they are in use by nobody */
	struct pgr_pfn_range *run; /* belongs to the set */
	unsigned int nr_runs;
	char path[WALKED_PATH]; /* of the file, as /proc has it; "": not known */
};

/* The three walks, as bits of walked_set.done. */
enum { WALKED_TASKS, WALKED_FILES, WALKED_MAPS, WALKS };

struct walked_set {
	struct walked *v; /* certain ones first, see walked__finish() */
	size_t nr, room;
	unsigned int done; /* bit n: walk n came to its end */
	int err; /* 0, or why there was no walk: a negative errno */
	char why[160]; /* the same for people */
	bool pages; /* pipes and rings were searched for pages */
	bool rings; /* and rings could be told */
	struct pgr_walk_seen seen;
	uint64_t ns; /* how long it all took */
	/* By grade__set(), of the busy pages that the sweep listed. */
	unsigned int explained; /* in pipes, rings and such */
	unsigned int unexplained; /* neither that nor pinned by somebody who was traced */
	bool open_question; /* there is something held, as far as is known, of which nobody is known */
	bool others; /* for the caller: holders are known besides, by tracing */
};

/*
 * Adds what one record says; path may be "". What is the same is one entry: a pipe, a ring, a strong
 * file, and all that is not strong, each of one process. -ENOMEM.
 */
int walked__add(struct walked_set *s, const struct pgr_walked *r, const char *path);
/*
 * To be called once all are in: what records of different walks said becomes one, and the order is:
 * those with pages, most first; mappings, then descriptors, of what is strong; the others likewise.
 */
void walked__finish(struct walked_set *s);
/* NULL is fine. */
void walked__free(struct walked_set *s);

/* Is everything looked at that there is to look at? */
bool walked__complete(const struct walked_set *s);

/* Adds file `ino` of `dev` to the question, if it is not in it and there is room. */
void walk_query__inode(struct pgr_walk_query *q, uint64_t ino, uint32_t dev);
/*
 * The ranges of a pgmap, and the files, or the character device, of the busy pages that the sweep
 * listed, and the files that have DAX entries (NULL: none).
 */
void walk_query__set(struct pgr_walk_query *q, const struct pgr_pgmap *p,
		     const struct pgr_sweep *sweep);

#endif /* PGMAPREF_WALKED_H */

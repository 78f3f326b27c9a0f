/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holders that were found by walking tasks, files and mappings: records become one entry for each
 * process and thing that it has.
 */
#ifndef PGMAPREF_FOUND_H
#define PGMAPREF_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "find.h"

#define FOUND_FDS 8
#define FOUND_PATH 192

struct found {
	enum pgr_find_how how;
	struct pgr_task task; /* tid: of the thread by which it was met */
	bool strong; /* the device itself, a file with busy pages, or the pages themselves */
	bool cut; /* a pipe or ring too large to be looked at whole */
	bool runs_cut; /* pages are counted, but not all are in run[] */
	uint64_t object; /* pipe, ring: its address */
	uint64_t ino; /* of the file; where several are meant, of the first one met */
	uint32_t dev; /* the kernel's dev_t, of the filesystem or of the special file */
	uint32_t mode;
	uint64_t items; /* mappings or descriptors, by how */
	uint32_t fds[FOUND_FDS]; /* the first ones, ascending */
	unsigned int nr_fds;
	uint64_t start, end; /* mappings: from the first to the last, addresses in the process */
	uint64_t bytes; /* mapped, all together */
	uint64_t pages; /* pipe, ring: of the pgmap, each as often as it is there */
	struct pgr_run *run; /* belongs to the set */
	unsigned int nr_runs;
	char path[FOUND_PATH]; /* of the file, as /proc has it; "": not known */
};

/* The three walks, as bits of found_set.done. */
enum { FOUND_WALK_TASKS, FOUND_WALK_FILES, FOUND_WALK_MAPS, FOUND_WALKS };

struct found_set {
	struct found *v; /* certain ones first, see found__finish() */
	size_t nr, room;
	unsigned int done; /* bit n: walk n came to its end */
	int err; /* 0, or why there was no walk: a negative errno */
	char why[160]; /* the same for people */
	bool pages; /* pipes and rings were searched for pages */
	bool rings; /* and rings could be told */
	struct pgr_find_seen seen;
	uint64_t ns; /* how long it all took */
};

/*
 * Adds what one record says; path may be "". What is the same is one entry: a pipe, a ring, a strong
 * file, and all that is not strong, each of one process. -ENOMEM.
 */
int found__add(struct found_set *s, const struct pgr_found *r, const char *path);
/*
 * To be called once all are in: what records of different walks said becomes one, and the order is:
 * those with pages, most first; mappings, then descriptors, of what is strong; the others likewise.
 */
void found__finish(struct found_set *s);
/* NULL is fine. */
void found__free(struct found_set *s);

/* Of the busy pages that the sweep listed: how many are in a pipe or a ring that was found? */
unsigned int found__explained(const struct found_set *s, const struct pgr_sweep *sweep);
/* Is everything looked at that there is to look at? */
bool found__complete(const struct found_set *s);

/* Adds file `ino` of `dev` to the question, if it is not in it and there is room. */
void find_query__inode(struct pgr_find_query *q, uint64_t ino, uint32_t dev);
/*
 * The ranges of a pgmap, and the files, or the character device, of the busy pages that the sweep
 * listed, and the files that have DAX entries (NULL: none).
 */
void find_query__set(struct pgr_find_query *q, const struct pgr_pgmap *p,
		     const struct pgr_sweep *sweep);

#endif /* PGMAPREF_FOUND_H */

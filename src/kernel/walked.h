/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Collects the holders that the walks of tasks, files and mappings found: one entry for each
 * process and each thing that the process has.
 */
#ifndef PGMAPREF_WALKED_H
#define PGMAPREF_WALKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/walk.h"

#define WALKED_FDS 8
#define WALKED_PATH 192

/* How certain it is that the process holds pages, weakest first. */
enum walked_grade {
	GRADE_STALE, /* has pages of a former life of the device, which nobody uses */
	GRADE_OPEN, /* has the device or a file on it open: holds nothing */
	GRADE_COULD, /* could have pages pinned: maps them, or has a file open that can pin */
	GRADE_HOLDS, /* proved */
};

struct walked {
	enum pgr_walk_how how;
	enum walked_grade grade; /* grade, contested and place are set by grade__set() */
	bool contested; /* its pages have fewer references than all holders claim: perhaps stale */
	size_t place; /* index in the order of walked__finish() */
	struct pgr_task task; /* tid: the thread by which it was found */
	bool certain; /* the device itself, a file with busy pages, or the pages themselves */
	bool cut; /* a pipe or ring too large to be searched completely */
	bool ranges_cut; /* all pages are counted, but range[] does not have all of them */
	bool p2pmem; /* the file by which processes map peer-to-peer memory */
	uint32_t kind; /* PGR_WALK_PINNER: row of pinners.c */
	uint64_t object; /* pipe, ring: its address */
	uint64_t ino; /* of the file; if there are several files, of the first one found */
	uint32_t dev; /* the kernel's dev_t, of the filesystem or of the special file */
	uint32_t mode;
	uint64_t items; /* number of mappings or descriptors, depending on `how` */
	uint32_t fds[WALKED_FDS]; /* the lowest ones, ascending */
	unsigned int nr_fds;
	uint64_t start, end; /* mappings: from the first to the last, addresses in the process */
	uint64_t bytes; /* mapped bytes, total */
	uint64_t pages; /* pipe, ring: pages of the pgmap, each as often as it occurs */
	uint64_t idle; /* number of `pages` that nobody uses */
	struct pgr_pfn_range *range; /* owned by the set */
	unsigned int nr_ranges;
	char path[WALKED_PATH]; /* path of the file from /proc; "": not known */
};

/* The three walks: bit numbers of walked_set.done. */
enum { WALKED_TASKS, WALKED_FILES, WALKED_MAPS, WALKS };

struct walked_set {
	struct walked *v; /* in the order of walked__finish() */
	size_t nr, room;
	unsigned int done; /* bit n: walk n was completed */
	int err; /* 0, or a negative errno: why there was no walk */
	char why[160]; /* the same as a text for the user */
	bool pages; /* pipes and rings were searched for pages */
	bool rings; /* and files of io_uring could be recognised */
	struct pgr_walk_seen seen;
	uint64_t ns; /* duration of all walks */
	/* Set by grade__set(): busy pages from the list of the sweep. */
	unsigned int explained; /* found in pipes, rings and similar objects */
	unsigned int unexplained; /* not found there, and not pinned by a traced task */
	bool open_question; /* something seems to be held, and no holder is known */
	bool others; /* for the caller: tracing knows more holders */
};

/*
 * Adds one record; path may be "". Records of the same thing become one entry. In one process each
 * pipe, each ring and each certain file is one thing; everything that is not certain is one thing
 * per `how` and `kind`. Returns 0 or -ENOMEM.
 */
int walked__add(struct walked_set *s, const struct pgr_walked *r, const char *path);
/*
 * Call it when all records are added. Merges entries of different walks that are the same thing,
 * and sorts them: first entries with pages, most pages first; then certain mappings and certain
 * descriptors; then the others in the same order.
 */
void walked__finish(struct walked_set *s);
/* s may be NULL. */
void walked__free(struct walked_set *s);

/* Did the walks see everything that there is to see? */
bool walked__complete(const struct walked_set *s);

/* Adds file `ino` of device `dev` to the query, unless it is there already or there is no room. */
void walk_query__inode(struct pgr_walk_query *q, uint64_t ino, uint32_t dev);
/*
 * The page frames of the nr ranges of a pgmap (any order, at most PGR_RANGES_MAX are taken):
 * ascending, neighbours joined. Sets q->nr_range to their number. The caller frees them. NULL: no
 * memory.
 */
struct pgr_pfn_range *walk_query__ranges(struct pgr_walk_query *q, const struct pgr_range *ranges,
					 uint32_t nr);
/*
 * Adds to the query, from the sweep of a pgmap, the files or the character device of the listed
 * busy pages and the files with DAX entries. sweep may be NULL.
 */
void walk_query__set(struct pgr_walk_query *q, const struct pgr_sweep *sweep);

#endif /* PGMAPREF_WALKED_H */

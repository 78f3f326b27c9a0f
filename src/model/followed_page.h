/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A page whose refcount is followed: what changed it, who took and dropped how much, how it ends. */
#ifndef PGMAPREF_FOLLOWED_PAGE_H
#define PGMAPREF_FOLLOWED_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/records.h"

struct pgmap;

#define FOLLOWED_TASKS 64 /* tasks of a page that are listed; all changes are counted */

struct followed_task {
	struct pgr_task task; /* tgid 0: interrupts */
	uint64_t gets, puts; /* changes up and down */
	uint64_t took, dropped; /* by how much in all */
};

enum followed_state {
	FOLLOWED_BUSY,
	FOLLOWED_IDLE, /* as idle pages of its type */
	FOLLOWED_GONE, /* the pgmap is gone, and its struct pages too */
};

struct followed_page {
	const struct pgmap *p;
	uint64_t pfn; /* of the folio's first page */
	uint32_t order; /* of the folio */
	int32_t refcount; /* after the last change that was seen; at first: at the start */
	uint64_t since_ns; /* CLOCK_MONOTONIC */
	enum followed_state state;
	uint64_t state_ns; /* when the state was read first */
	uint64_t changes;
	uint64_t missed; /* changes without a record */
	bool blind; /* a CPU was without its breakpoint for some time */
	/* The last change. n is 0: there was none. */
	struct pgr_rec_change last;
	struct pgr_task last_task; /* who did it; tgid 0: an interrupt */
	/* The last put, as these two. */
	struct pgr_rec_change put;
	struct pgr_task put_task;
	struct followed_task task[FOLLOWED_TASKS];
	size_t nr_tasks;
	uint64_t unlisted; /* changes by tasks that found no room */
};

/*
 * "get", "put", "pin" or "unpin": a pin of a single page changes its refcount by GUP_PIN_BIAS. In
 * the fast path of pin_user_pages() the page is taken first, and the rest is added then (mm/gup.c,
 * try_grab_folio() in 6.1, try_grab_folio_fast() since 6.11): this rest is the pin.
 */
const char *followed_page__event(const struct followed_page *f, int32_t n);
/* Accounts for a change. task: who did it; tgid 0: an interrupt. */
void followed_page__see(struct followed_page *f, const struct pgr_rec_change *c,
			const struct pgr_task *task);
/* Sets what was read at this time. */
void followed_page__set_state(struct followed_page *f, enum followed_state state, uint64_t ns);
/*
 * Is f->put the put that made the page idle? Not if no put was seen, or if changes were missed and
 * the last one that was seen is no put.
 */
bool followed_page__has_last_put(const struct followed_page *f);
/* How long the page was followed: until the last put, or until its state was read. */
uint64_t followed_page__after(const struct followed_page *f);
/* "busy", "idle" or "gone". These names never change. */
const char *followed_state__name(enum followed_state state);

#endif /* PGMAPREF_FOLLOWED_PAGE_H */

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What each layer must know of a hook: the rows of hook_defs.h as a table. */
#ifndef PGMAPREF_HOOKS_H
#define PGMAPREF_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/records.h"

/* What the tool may miss if a hook does not see all its calls. */
enum {
	SEES_TEARDOWNS = 1u << 0, /* a teardown, which then gets no verdict */
	SEES_LATE_GETS = 1u << 1, /* a reference taken after the kill */
	SEES_EVENTS = 1u << 2, /* a line of trace, or an event that is counted */
	SEES_CHILDREN = 1u << 3, /* children of COMMAND, and with them their events */
	/* A reference being taken: a reference of this run may have replaced one of the start. */
	SEES_TAKING = 1u << 4,
	/*
	 * What the tool compares if a pgmap accounts for its folios (the series of 2022): its
	 * entries, its folios, and its other references.
	 */
	SEES_FOLIO_ACCOUNT = 1u << 5,
	SEES_PINS = 1u << 6, /* who pinned: no verdict depends on it, sweeps see the pages */
	SEES_UNPINS = 1u << 7, /* an unpin: of no use before the first pin */
};

struct hook {
	const char *name; /* never changes; `probes` and --disable-hook use it */
	const char *function; /* the hooked function on most kernels */
	const char *without; /* what is not seen without the hook: "... will not be seen" */
	/*
	 * Bits 1 << hook. If a kernel has none of the functions of these hooks, it needs no
	 * function for this hook. 0: every kernel must have one.
	 */
	uint64_t shown_by;
	unsigned int sees; /* SEES_* */
	unsigned int events; /* bits 1 << enum pgr_event: the events that it makes */
	enum pgr_holding adds_to, takes_from; /* rows of the ledger; 0: none */
	bool p2pdma_only, not_p2pdma; /* the hook sees only, or never, pgmaps of type p2pdma */
	bool is_site; /* the hooked function is the call site of a stack, and not its caller */
	/* What a call does to the counter, on most kernels; NULL: nothing. See plan__effect(). */
	const char *effect;
	/* The same where the function is FUNCTION_many(); NULL: no such function. */
	const char *effect_of_many;
	/* The same where zone_device_page_init() takes a reference per page; NULL: no difference. */
	const char *effect_per_page;
	bool effect_is_learned; /* learned from the first calls, the name does not tell it */
};

extern const struct hook hooks[PGR_HOOKS];

/* Bits 1 << hook of the hooks that have any of these SEES_* flags. */
uint64_t hooks__seeing(unsigned int sees);

static inline bool pgr_hook__is_pin(unsigned int hook)
{
	return hook < PGR_HOOKS && hooks[hook].sees & (SEES_PINS | SEES_UNPINS);
}

/* A hook that only follows the children of COMMAND sees nothing of a pgmap. */
static inline bool pgr_hook__follows_children(unsigned int hook)
{
	return hook < PGR_HOOKS && hooks[hook].sees == SEES_CHILDREN;
}

static inline bool pgr_hook__is_unpin(unsigned int hook)
{
	return hook < PGR_HOOKS && hooks[hook].sees & SEES_UNPINS;
}

#endif /* PGMAPREF_HOOKS_H */

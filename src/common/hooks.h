/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What each layer has to know of a hook: hook_defs.h as a table. */
#ifndef PGMAPREF_HOOKS_H
#define PGMAPREF_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/records.h"

/* What may be missed while a hook does not see its calls, all of them. */
enum {
	SEES_TEARDOWNS = 1u << 0, /* a teardown: none is judged then */
	SEES_LATE_GETS = 1u << 1, /* a reference taken after the kill */
	SEES_EVENTS = 1u << 2, /* a line of trace, or an event that is counted */
	SEES_CHILDREN = 1u << 3, /* children of COMMAND, and with them their events */
	/* References being taken: one of the run may have replaced one of its start. */
	SEES_TAKING = 1u << 4,
	/*
	 * What a pgmap that accounts for its folios (the series of 2022) has to be compared with: its
	 * entries, its folios, and the references beside them.
	 */
	SEES_FOLIO_ACCOUNT = 1u << 5,
	SEES_PINS = 1u << 6, /* who pinned: no verdict depends on it, for pages are looked at */
	SEES_UNPINS = 1u << 7, /* pins being taken away again: no use before there is one */
};

struct hook {
	const char *name; /* stable, as in `probes` and --disable-hook */
	const char *function; /* that it is at, on most kernels */
	const char *without; /* "... will not be seen" without it */
	/*
	 * Bits 1 << hook: where a kernel has the functions of none of these hooks, it lacks nothing
	 * without this one. 0: every kernel has to have it.
	 */
	uint64_t shown_by;
	unsigned int sees; /* SEES_* */
	unsigned int events; /* bits 1 << enum pgr_event: those it makes */
	enum pgr_holding adds_to, takes_from; /* rows of the ledger; 0: none */
	bool p2pdma_only, not_p2pdma; /* of which pgmaps, as far as this restricts it */
	bool is_site; /* its function is where a stack is said to begin, and not that one's caller */
	const char *effect; /* of a call on the counter, on most kernels; NULL: none. See plan__effect() */
	bool effect_is_learned; /* from the first calls: the function's name does not say it */
};

extern const struct hook hooks[PGR_HOOKS];

/* Bits 1 << hook of those that see any of SEES_*. */
uint64_t hooks__seeing(unsigned int sees);

static inline bool pgr_hook__is_pin(unsigned int hook)
{
	return hook < PGR_HOOKS && hooks[hook].sees & (SEES_PINS | SEES_UNPINS);
}

static inline bool pgr_hook__is_unpin(unsigned int hook)
{
	return hook < PGR_HOOKS && hooks[hook].sees & SEES_UNPINS;
}

#endif /* PGMAPREF_HOOKS_H */

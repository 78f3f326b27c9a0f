// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "common/names.h"

static const char *const types[PGR_TYPES] = {
	[PGR_TYPE_UNKNOWN] = "unknown",	  [PGR_TYPE_PRIVATE] = "private",
	[PGR_TYPE_COHERENT] = "coherent", [PGR_TYPE_FSDAX] = "fsdax",
	[PGR_TYPE_GENERIC] = "generic",	  [PGR_TYPE_P2PDMA] = "p2pdma",
};

static const char *const events[PGR_EVENTS] = {
	[PGR_EV_GET] = "get",	[PGR_EV_PUT] = "put",	    [PGR_EV_ALLOC] = "alloc",
	[PGR_EV_FREE] = "free", [PGR_EV_INSERT] = "insert", [PGR_EV_DELETE] = "delete",
};

/* clang-format off */
static const char *const hooks[PGR_HOOKS] = {
	[PGR_HOOK_CREATE] = "create", [PGR_HOOK_NAME] = "name",
	[PGR_HOOK_TEARDOWN] = "teardown", [PGR_HOOK_SWEEP] = "sweep",
	[PGR_HOOK_FINAL] = "final", [PGR_HOOK_DRAINED] = "drained",
	[PGR_HOOK_GONE] = "gone", [PGR_HOOK_GET] = "get", [PGR_HOOK_ALLOC] = "alloc",
	[PGR_HOOK_FREE] = "free", [PGR_HOOK_INSERT] = "insert",
	[PGR_HOOK_DELETE] = "delete", [PGR_HOOK_FORK] = "fork",
	[PGR_HOOK_PUT] = "put", [PGR_HOOK_FOLIO_GET] = "folio_get",
	[PGR_HOOK_FOLIO_MAKE] = "folio_make", [PGR_HOOK_FOLIO_PUT] = "folio_put",
	[PGR_HOOK_FOLIO_ALLOC] = "folio_alloc",
	[PGR_HOOK_P2P_ALLOC] = "p2p_alloc", [PGR_HOOK_P2P_FREE] = "p2p_free",
	[PGR_HOOK_P2P_MAP] = "p2p_map", [PGR_HOOK_P2P_MAP_PAGE] = "p2p_map_page",
	[PGR_HOOK_P2P_PAGE_FREE] = "p2p_page_free",
	[PGR_HOOK_PIN_FAST] = "pin_fast", [PGR_HOOK_PIN] = "pin",
	[PGR_HOOK_PIN_REMOTE] = "pin_remote", [PGR_HOOK_PIN_UNLOCKED] = "pin_unlocked",
	[PGR_HOOK_GUP_FAST] = "gup_fast", [PGR_HOOK_GUP] = "gup",
	[PGR_HOOK_GUP_REMOTE] = "gup_remote", [PGR_HOOK_GUP_UNLOCKED] = "gup_unlocked",
	[PGR_HOOK_PIN_FAST_ONLY] = "pin_fast_only", [PGR_HOOK_GUP_FAST_ONLY] = "gup_fast_only",
	[PGR_HOOK_UNPIN_PAGE] = "unpin_page", [PGR_HOOK_UNPIN_PAGES] = "unpin_pages",
	[PGR_HOOK_UNPIN_DIRTY] = "unpin_dirty", [PGR_HOOK_UNPIN_RANGE] = "unpin_range",
	[PGR_HOOK_UNPIN_FOLIO] = "unpin_folio",
};
/* clang-format on */

/* clang-format off */
static const char *const losses[PGR_LOSSES] = {
	[PGR_LOSS_CONTROL_RING] = "control_ring_full", [PGR_LOSS_EVENT_RING] = "event_ring_full",
	[PGR_LOSS_LEDGER_FULL] = "ledger_full", [PGR_LOSS_LEDGER_ERR] = "ledger_failed",
	[PGR_LOSS_STACK_FULL] = "stacks_full", [PGR_LOSS_STACK_ERR] = "stack_failed",
	[PGR_LOSS_PGMAP_FULL] = "pgmaps_full", [PGR_LOSS_PGMAP_UNKNOWN] = "pgmap_unknown",
	[PGR_LOSS_SWEEP_FULL] = "sweeps_full", [PGR_LOSS_READ] = "read_failed",
	[PGR_LOSS_STASH] = "stash_failed", [PGR_LOSS_ENTRY_LAYOUT] = "entry_layout_unknown",
	[PGR_LOSS_FOLLOW] = "children_not_followed",
	[PGR_LOSS_PIN_FULL] = "pins_full", [PGR_LOSS_PIN_SLOTS] = "pinners_too_many",
	[PGR_LOSS_PIN_MORE] = "pin_call_too_long", [PGR_LOSS_PIN_STASH] = "pin_stash_failed",
	[PGR_LOSS_PIN_READ] = "pin_failed",
};
/* clang-format on */

static const char *const holdings[] = {
	[PGR_HOLD_GET] = "reference",	[PGR_HOLD_PAGE] = "device page",
	[PGR_HOLD_ENTRY] = "dax entry", [PGR_HOLD_FOLIO] = "folio",
	[PGR_HOLD_PIN] = "pin",
};

#define NAME(table, i) ((i) < sizeof(table) / sizeof(*(table)) && (table)[i] ? (table)[i] : "?")

const char *type__name(unsigned int type)
{
	return NAME(types, type);
}

const char *event__name(unsigned int event)
{
	return NAME(events, event);
}

const char *hook__name(unsigned int hook)
{
	return NAME(hooks, hook);
}

const char *loss__name(unsigned int cause)
{
	return NAME(losses, cause);
}

const char *holding__name(unsigned int holding)
{
	return NAME(holdings, holding);
}

int type__of_name(const char *name)
{
	if (!strcmp(name, "devdax"))
		return PGR_TYPE_GENERIC;
	for (int t = 1; t < PGR_TYPES; t++)
		if (!strcmp(name, types[t]))
			return t;
	return -1;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "common/hooks.h"
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
	return hook < PGR_HOOKS ? hooks[hook].name : "?";
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

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is not known where one hook of a pair is missing. */
#include <stddef.h>

#include "plan.h"

#define H(hook) (1ULL << PGR_HOOK_##hook)

/*
 * What is taken by some hooks is given back by another: without that one, rows of the ledger outlive
 * what they stand for, and counts only grow. That a hook which takes is missing leaves rows out, and
 * makes counts too small. Up to 7.3 device pages of every type but P2PDMA are handed out and come
 * back through mm/memremap.c.
 */
static const struct pair {
	enum pgr_holding holding;
	bool p2pdma; /* of pages: of this type, or of the others */
	uint64_t takes;
	enum pgr_hook gives;
} pairs[] = {
	{ PGR_HOLD_ENTRY, false, H(INSERT), PGR_HOOK_DELETE },
	{ PGR_HOLD_PAGE, false, H(ALLOC), PGR_HOOK_FREE },
	{ PGR_HOLD_PAGE, true, H(P2P_ALLOC), PGR_HOOK_P2P_FREE },
	{ PGR_HOLD_PAGE, true, H(P2P_MAP_PAGE), PGR_HOOK_P2P_PAGE_FREE },
	{ PGR_HOLD_FOLIO, false, H(FOLIO_GET) | H(FOLIO_MAKE) | H(FOLIO_ALLOC),
	  PGR_HOOK_FOLIO_PUT },
};

static bool is_missing(const struct plan *plan, enum pgr_hook hook)
{
	const struct plan_hook *h = &plan->hook[hook];

	return !h->absent && !plan_hook__attempt(h);
}

static const struct plan_hook *first_missing(const struct plan *plan, uint64_t hooks)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		if (hooks >> h & 1 && is_missing(plan, h))
			return &plan->hook[h];
	return NULL;
}

static bool fits(const struct pair *p, enum pgr_holding holding, enum pgr_type type)
{
	return p->holding == holding &&
	       (holding != PGR_HOLD_PAGE || p->p2pdma == (type == PGR_TYPE_P2PDMA));
}

const struct plan_hook *plan__outlived(const struct plan *plan, enum pgr_holding holding,
				       enum pgr_type type)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (fits(&pairs[i], holding, type) && is_missing(plan, pairs[i].gives))
			return &plan->hook[pairs[i].gives];
	return NULL;
}

const struct plan_hook *plan__uncounted(const struct plan *plan, enum pgr_holding holding,
					enum pgr_type type)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct pair *p = &pairs[i];
		const struct plan_hook *h;

		if (!fits(p, holding, type))
			continue;
		h = first_missing(plan, p->takes | 1ULL << p->gives);
		if (h)
			return h;
	}
	return NULL;
}

const struct plan_hook *plan__event_unseen(const struct plan *plan, enum pgr_event event,
					   enum pgr_type type)
{
	static const uint64_t hooks[PGR_EVENTS] = {
		[PGR_EV_GET] = H(GET) | H(FOLIO_GET) | H(FOLIO_MAKE) | H(FOLIO_ALLOC),
		[PGR_EV_PUT] = H(GET) | H(PUT) | H(FOLIO_PUT),
		[PGR_EV_ALLOC] = H(ALLOC),
		[PGR_EV_FREE] = H(FREE),
		[PGR_EV_INSERT] = H(INSERT),
		[PGR_EV_DELETE] = H(DELETE),
	};
	bool p2pdma = type == PGR_TYPE_P2PDMA;

	if (p2pdma && event == PGR_EV_ALLOC)
		return first_missing(plan, H(P2P_ALLOC) | H(P2P_MAP) | H(P2P_MAP_PAGE));
	if (p2pdma && event == PGR_EV_FREE)
		return first_missing(plan, H(P2P_FREE) | H(P2P_PAGE_FREE));
	return first_missing(plan, hooks[event]);
}

const struct plan_hook *plan__unpin_unseen(const struct plan *plan)
{
	for (int h = 0; h < PGR_HOOKS; h++)
		if (pgr_hook__is_unpin(h) && is_missing(plan, h))
			return &plan->hook[h];
	return NULL;
}

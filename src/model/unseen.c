// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>

#include "model/unseen.h"

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
	{ PGR_HOLD_FOLIO, false, H(FOLIO_GET) | H(FOLIO_MAKE) | H(FOLIO_ALLOC), PGR_HOOK_FOLIO_PUT },
};

/* Of these hooks, the first that does not see what it is for. */
static struct unseen first_of(const struct plan *plan, const struct alive *alive, uint64_t hooks)
{
	for (int h = 0; plan && h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &plan->hook[h];
		const char *doubt;

		if (!(hooks >> h & 1) || hook->absent)
			continue;
		if (!plan_hook__attempt(hook))
			return (struct unseen){ hook->name, "is missing" };
		doubt = alive ? alive__doubt(alive, h) : NULL;
		if (doubt)
			return (struct unseen){ hook->name, doubt };
	}
	return (struct unseen){ NULL, NULL };
}

static struct unseen first_of_pairs(const struct plan *plan, const struct alive *alive,
				    enum pgr_holding holding, enum pgr_type type, bool takes)
{
	uint64_t hooks = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct pair *p = &pairs[i];

		if (p->holding == holding &&
		    (holding != PGR_HOLD_PAGE || p->p2pdma == (type == PGR_TYPE_P2PDMA)))
			hooks |= 1ULL << p->gives | (takes ? p->takes : 0);
	}
	return first_of(plan, alive, hooks);
}

struct unseen unseen__outlived(const struct plan *plan, const struct alive *alive,
			       enum pgr_holding holding, enum pgr_type type)
{
	return first_of_pairs(plan, alive, holding, type, false);
}

struct unseen unseen__uncounted(const struct plan *plan, const struct alive *alive,
				enum pgr_holding holding, enum pgr_type type)
{
	return first_of_pairs(plan, alive, holding, type, true);
}

struct unseen unseen__event(const struct plan *plan, const struct alive *alive,
			    enum pgr_event event, enum pgr_type type)
{
	static const uint64_t hooks[PGR_EVENTS] = {
		[PGR_EV_GET] = H(GET) | H(FOLIO_GET) | H(FOLIO_MAKE) | H(FOLIO_ALLOC),
		[PGR_EV_PUT] = H(GET) | H(PUT) | H(FOLIO_PUT),
		[PGR_EV_ALLOC] = H(ALLOC),
		[PGR_EV_FREE] = H(FREE),
		[PGR_EV_INSERT] = H(INSERT),
		[PGR_EV_DELETE] = H(DELETE),
	};

	if (type == PGR_TYPE_P2PDMA && event == PGR_EV_ALLOC)
		return first_of(plan, alive, H(P2P_ALLOC) | H(P2P_MAP) | H(P2P_MAP_PAGE));
	if (type == PGR_TYPE_P2PDMA && event == PGR_EV_FREE)
		return first_of(plan, alive, H(P2P_FREE) | H(P2P_PAGE_FREE));
	return first_of(plan, alive, hooks[event]);
}

struct unseen unseen__unpin(const struct plan *plan, const struct alive *alive)
{
	uint64_t hooks = 0;

	for (int h = 0; h < PGR_HOOKS; h++)
		hooks |= (uint64_t)pgr_hook__is_unpin(h) << h;
	return first_of(plan, alive, hooks);
}

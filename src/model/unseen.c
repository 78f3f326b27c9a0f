// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>

#include "common/hooks.h"
#include "model/unseen.h"

/*
 * What is taken by some hooks is given back by another: without that one, rows of the ledger outlive
 * what they stand for, and counts only grow. That a hook which takes is missing leaves rows out, and
 * makes counts too small. Up to 7.3 device pages of every type but P2PDMA are handed out and come
 * back through mm/memremap.c. Which hook is which: common/hook_defs.h.
 */
static bool is_of_type(const struct hook *h, enum pgr_type type)
{
	return type == PGR_TYPE_P2PDMA ? !h->not_p2pdma : !h->p2pdma_only;
}

/* Of these hooks, the first that does not see what it is for. */
static struct unseen first_of(const struct plan *plan, const struct alive *alive, uint64_t set)
{
	for (int h = 0; plan && h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &plan->hook[h];
		const char *doubt;

		if (!(set >> h & 1) || hook->absent)
			continue;
		if (!plan_hook__attempt(hook))
			return (struct unseen){ hook->name, "is missing" };
		doubt = alive ? alive__doubt(alive, h) : NULL;
		if (doubt)
			return (struct unseen){ hook->name, doubt };
	}
	return (struct unseen){ NULL, NULL };
}

/* Of the hooks that take from rows of this kind, and with `adding` of those that add them, too. */
static struct unseen first_of_rows(const struct plan *plan, const struct alive *alive,
				   enum pgr_holding holding, enum pgr_type type, bool adding)
{
	uint64_t set = 0;

	for (int i = 0; i < PGR_HOOKS; i++) {
		const struct hook *h = &hooks[i];

		/* Of entries and folios the type says nothing. */
		if (holding == PGR_HOLD_PAGE && !is_of_type(h, type))
			continue;
		if (h->takes_from == holding || (adding && h->adds_to == holding))
			set |= 1ULL << i;
	}
	return first_of(plan, alive, set);
}

struct unseen unseen__outlived(const struct plan *plan, const struct alive *alive,
			       enum pgr_holding holding, enum pgr_type type)
{
	return first_of_rows(plan, alive, holding, type, false);
}

struct unseen unseen__uncounted(const struct plan *plan, const struct alive *alive,
				enum pgr_holding holding, enum pgr_type type)
{
	return first_of_rows(plan, alive, holding, type, true);
}

struct unseen unseen__event(const struct plan *plan, const struct alive *alive,
			    enum pgr_event event, enum pgr_type type)
{
	uint64_t set = 0;

	for (int i = 0; i < PGR_HOOKS; i++)
		if (hooks[i].events >> event & 1 && is_of_type(&hooks[i], type))
			set |= 1ULL << i;
	return first_of(plan, alive, set);
}

struct unseen unseen__unpin(const struct plan *plan, const struct alive *alive)
{
	return first_of(plan, alive, hooks__seeing(SEES_UNPINS));
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>

#include "common/hooks.h"
#include "model/unseen.h"

/*
 * Some hooks see references being taken, others see them being put. If a hook for puts is missing,
 * rows stay in the ledger after the reference is gone, and counts only grow. If a hook for taking
 * is missing, rows are missing and counts are too small. Up to 7.3, mm/memremap.c hands out and
 * takes back device pages of every type except P2PDMA. common/hook_defs.h says what each hook sees.
 */
static bool is_of_type(const struct hook *h, enum pgr_type type)
{
	return type == PGR_TYPE_P2PDMA ? !h->not_p2pdma : !h->p2pdma_only;
}

/* The first hook of this set (bit i: hook i) that is missing or does not run. */
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

/* The same for hooks that subtract from rows of this kind; `adding`: and hooks that add to them. */
static struct unseen first_of_rows(const struct plan *plan, const struct alive *alive,
				   enum pgr_holding holding, enum pgr_type type, bool adding)
{
	uint64_t set = 0;

	for (int i = 0; i < PGR_HOOKS; i++) {
		const struct hook *h = &hooks[i];

		/* Only for device pages does the hook depend on the type. */
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

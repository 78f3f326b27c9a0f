// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>

#include "names.h"
#include "report_parts.h"
#include "report_pins.h"

static void put_pinner(struct report *r, const struct holder *h, uint64_t now)
{
	struct out *o = r->out;

	out__object(o, NULL);
	out__str(o, "source", "    holder (%s)", "traced");
	out__str(o, "holding", NULL, name_of_holding(h->holding));
	out__int(o, "pages", h->pages == 1 ? ": %s page" : ": %s pages", h->pages);
	if (h->n != h->pages)
		out__text(o, " (%" PRId64 " pins)", h->n);
	out__int(o, "n", NULL, h->n);
	part__taken(o, h, now);
	out__hex(o, "first_pfn", ", pfn %s", h->first_pfn);
	if (h->last_pfn != h->first_pfn)
		out__text(o, " to 0x%" PRIx64, h->last_pfn);
	out__hex(o, "last_pfn", NULL, h->last_pfn);
	out__text(o, "\n");
	part__stack(r, "stack", h->stack, "        ");
	out__up(o);
}

size_t pins__nr(const struct ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; l && i < ledger__nr(l); i++)
		n += ledger__holder(l, i)->holding == PGR_HOLD_PIN;
	return n;
}

void part__pins(struct report *r, const struct ledger *l, uint64_t now)
{
	size_t nr = pins__nr(l), shown = 0;
	struct out *o = r->out;

	if (nr) {
		const struct unseen unseen = unseen__unpin(r->plan, r->alive);

		out__text(o, "  pinned");
		if (unseen.hook) {
			out__str(o, "unpins_not_known", "    some may have let go: hook %s",
				 unseen.hook);
			out__text(o, " %s", unseen.how);
		}
		out__text(o, "\n");
	}
	out__array(o, "page_holders");
	for (size_t i = 0; nr && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if (h->holding != PGR_HOLD_PIN)
			continue;
		if (out__is_json(o) || shown < HOLDERS_SHOWN)
			put_pinner(r, h, now);
		shown++;
	}
	out__up(o);
	part__more(o, shown, HOLDERS_SHOWN);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <sys/param.h>

#include "common/names.h"
#include "report/report_holders.h"
#include "report/report_parts.h"
#include "report/report_pins.h"

/* Pages, or pins of large folios: it is not known which pages of a large folio were pinned. */
static void put_amount(struct out *o, const struct holder *h)
{
	char size[32];

	if (h->order) {
		out__text(o, ": %" PRId64 " pin%s on %" PRId64 " folio%s%s", h->n,
			  h->n == 1 ? "" : "s", h->folios, h->folios == 1 ? "" : "s",
			  h->orders ? "" : part__size(h->order, size, sizeof(size)));
		out__int(o, "pages", NULL, h->pages);
		out__int(o, "folios", NULL, h->folios);
	} else {
		out__int(o, "pages", h->pages == 1 ? ": %s page" : ": %s pages", h->pages);
	}
	out__int(o, "n", !h->order && h->n != h->pages ? " (%s pins)" : NULL, h->n);
}

static void put_pinner(struct report *r, const struct holder *h, uint64_t now)
{
	struct out *o = r->out;

	out__object(o, NULL);
	out__str(o, "source", "    holder (%s)", "traced");
	out__str(o, "holding", NULL, holding__name(h->holding));
	put_amount(o, h);
	part__taken(r, h, now);
	out__hex(o, "first_pfn", ", pfn %s", h->first_pfn);
	out__hex(o, "last_pfn", h->last_pfn != h->first_pfn ? " to %s" : NULL, h->last_pfn);
	out__text(o, "\n");
	part__stack(r, "stack", h->stack, "        ");
	out__pop(o);
}

size_t pins__nr(const struct ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; l && i < ledger__nr(l); i++)
		n += ledger__holder(l, i)->holding == PGR_HOLD_PIN;
	return n;
}

/*
 * The number of all, and how many of them were traced. `traced` can be larger than `all`: some of
 * them are gone.
 */
static void put_account(struct out *o, const char *key, const char *key_traced, uint64_t all,
			uint64_t traced, const char *one, const char *several)
{
	traced = MIN(traced, all);
	out__int(o, key, !all ? NULL : all == 1 ? one : several, all);
	out__int(o, key_traced, all ? ", %s traced" : NULL, traced);
	out__int(o, NULL, all ? ", %s not" : NULL, all - traced);
}

/* Compares pins, and other references of busy pages (get_user_pages()), with the traced ones. */
static void put_accounts(struct out *o, const struct ledger *l, const struct pgr_sweep *pages)
{
	uint64_t pins = 0, gets = 0;

	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if (h->holding == PGR_HOLD_PIN && h->n > 0)
			*(h->got ? &gets : &pins) += h->n;
	}
	out__object(o, "pin_account");
	out__text(o, "    ");
	put_account(o, "pins", "pins_traced", pages->pins, pins, "%s pin", "%s pins");
	if (pages->pins)
		put_account(o, "others", "others_traced", pages->others, gets,
			    "; %s other reference", "; %s other references");
	else
		put_account(o, "others", "others_traced", pages->others, gets, "%s reference",
			    "%s references");
	out__pop(o);
}

void part__pins(struct report *r, const struct ledger *l, const struct pgr_sweep *pages,
		uint64_t now)
{
	size_t nr = pins__nr(l), shown = 0;
	struct out *o = r->out;
	bool busy = pages && pages->busy;

	if (nr || busy)
		out__text(o, "  pinned");
	if (busy)
		put_accounts(o, l, pages);
	if (nr) {
		const struct unseen unseen = unseen__unpin(r->plan, r->alive);

		if (unseen.hook) {
			out__str(o, "unpins_not_known",
				 busy ? "; some may already be unpinned: hook %s" :
					"    some may already be unpinned: hook %s",
				 unseen.hook);
			out__text(o, " %s", unseen.how);
		}
	}
	if (nr || busy)
		out__text(o, "\n");
	out__array(o, "page_holders");
	for (size_t i = 0; nr && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if (h->holding != PGR_HOLD_PIN)
			continue;
		if (out__is_json(o) || shown < HOLDERS_SHOWN)
			put_pinner(r, h, now);
		shown++;
	}
	out__pop(o);
	part__more(o, shown, HOLDERS_SHOWN);
}

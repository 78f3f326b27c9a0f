// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports holders of references of a pgmap, and whether its layers agree. */
#include <inttypes.h>
#include <sys/param.h>

#include "common/names.h"
#include "report/report_holders.h"
#include "report/report_parts.h"

/* Prints each index if they are few and scattered, otherwise the first and the last. */
static void put_indexes(struct out *o, const struct holder *h)
{
	bool scattered = h->last_index - h->first_index + 1 != (uint64_t)h->pages && h->nr_indexes;

	out__int(o, "first_index", " index %s", h->first_index);
	out__int(o, "last_index", !scattered && h->last_index != h->first_index ? " to %s" : NULL,
		 h->last_index);
	out__array(o, "indexes");
	for (unsigned int i = 0; i < h->nr_indexes; i++)
		out__int(o, "", scattered && i ? ", %s" : NULL, h->indexes[i]);
	out__pop(o);
}

void part__taken(struct report *r, const struct holder *h, uint64_t now)
{
	struct out *o = r->out;

	out__style(o, OUT_NAME);
	part__task(o, "task", " by %s", &h->task);
	out__style(o, OUT_PLAIN);
	if (r->ended)
		out__bool(o, "ended", " (ended)",
			  h->task.tgid && r->ended(r->names_ctx, h->task.tgid, h->first_ns));
	/* People want to know how long ago this was; scripts compare times. */
	out__span(o, NULL, ", %s ago", part__since(now, h->first_ns));
	out__int(o, "first_ns", NULL, h->first_ns);
	out__int(o, "last_ns", NULL, h->last_ns);
}

/* The text for n holdings. Table: [enum pgr_holding], for one and for several. */
static const char *amount_of(unsigned int holding, int64_t n)
{
	static const char *const formats[][2] = {
		[PGR_HOLD_GET] = { "    %s reference", "    %s references" },
		[PGR_HOLD_PAGE] = { "    %s device page", "    %s device pages" },
		[PGR_HOLD_ENTRY] = { "    %s DAX entry", "    %s DAX entries" },
		[PGR_HOLD_FOLIO] = { "    %s folio's reference", "    %s folios' references" },
	};

	if (holding >= sizeof(formats) / sizeof(*formats) || !formats[holding][0])
		return "    %s ";
	return formats[holding][n != 1];
}

void part__holder(struct report *r, const struct holder *h, uint64_t now)
{
	struct out *o = r->out;

	out__object(o, NULL);
	out__str(o, "holding", NULL, holding__name(h->holding));
	out__int(o, "n", amount_of(h->holding, h->n), h->n);
	out__int(o, "pages", h->pages != h->n ? " (%s pages)" : NULL, h->pages);
	part__taken(r, h, now);
	out__hex(o, "first_pfn", NULL, h->first_pfn);
	out__hex(o, "last_pfn", NULL, h->last_pfn);
	if (h->ino) {
		out__int(o, "inode", ", inode %s", h->ino);
		part__put_path(r, NULL, h->dev, h->ino, h->first_pfn);
		part__device(r, h->dev, false);
		put_indexes(o, h);
	}
	out__bool(o, "bare", h->pages_without_reference == h->pages ? ", without a reference" : NULL,
		  h->without_reference);
	out__int(o, "bare_pages",
		 h->without_reference && h->pages_without_reference != h->pages ?
			 ", %s pages without a reference" :
			 NULL,
		 h->pages_without_reference);
	out__bool(o, "idle", ", without an entry", h->without_entry);
	out__bool(o, "passing", ", normally dropped before the call returns", h->transient);
	out__text(o, "\n");
	part__stack(r, "stack", h->stack, "        ");
	out__pop(o);
}

void part__left_out(struct report *r, const struct ledger *l)
{
	struct out *o = r->out;

	out__array(o, "not_known");
	for (int holding = PGR_HOLD_GET; l && holding < PGR_HOLD_PIN; holding++) {
		struct unseen unseen;
		uint64_t n = ledger__left_out(l, holding, &unseen);

		if (!n)
			continue;
		out__object(o, NULL);
		out__str(o, "holding", NULL, holding__name(holding));
		out__int(o, "taken", amount_of(holding, n), n);
		out__text(o,
			  " taken since the start: the tool cannot tell which are left and who holds "
			  "them, because ");
		out__str(o, "hook", "hook %s", unseen.hook);
		out__text(o, " %s\n", unseen.how);
		out__pop(o);
	}
	out__pop(o);
}

void part__layers(struct report *r, const struct pgmap *p, const struct ledger *l, int64_t excess,
		  const struct pgr_sweep *pages)
{
	const struct layers *y = l ? ledger__layers(l) : NULL;
	struct out *o = r->out;

	if (!y || !layers__have(p->k.type))
		return;
	out__object(o, "layers");
	out__int(o, "excess", "  layers    excess %s", excess);
	if (pages && pages->flags & PGR_SWEEP_DONE)
		out__int(o, "folios_in_use", ", folios in use %s", pages->used);
	out__int(o, "folio_references", "; traced: %s of folios", y->folios);
	out__int(o, "other_references", ", %s others", y->others);
	out__int(o, "entries", ", %s entries", y->entries);
	out__bool(o, "incomplete", "; incomplete: rows of the ledger were lost", y->incomplete);
	out__text(o, "\n");
	/* If rows were lost, it is not known which entry belongs to which reference. */
	if (!y->incomplete) {
		out__int(o, "entries_without_reference",
			 !y->without_reference	   ? NULL :
			 y->without_reference == 1 ? "            %s entry without a reference\n" :
						     "            %s entries without a reference\n",
			 y->without_reference);
		out__int(o, "references_without_entry",
			 !y->without_entry ?
				 NULL :
			 y->without_entry == 1 ?
				 "            %s folio's reference without an entry: pinned, or "
				 "not put\n" :
				 "            %s folios' references without an entry: pinned, "
				 "or not put\n",
			 y->without_entry);
	}
	out__pop(o);
}

void part__holders(struct report *r, const struct finding *f, int64_t excess, uint64_t now)
{
	const struct layers *y = f->ledger ? ledger__layers(f->ledger) : NULL;
	int64_t known = finding__traced(f);
	const struct ledger *l = f->ledger;
	const struct pgmap *p = f->p;
	struct out *o = r->out;
	int64_t attributed, unknown;
	size_t shown = 0;

	attributed = excess > known ? known : MAX(excess, 0);
	unknown = excess > known ? excess - known : 0;

	out__int(o, "attributed", excess > 0 ? "  holders   %s" : NULL, attributed);
	out__int(o, NULL, excess > 0 ? " of %s references traced\n" : NULL, excess);
	out__int(o, "unattributed", NULL, unknown);
	out__array(o, "holders");
	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		if (h->holding == PGR_HOLD_PIN)
			continue; /* no reference of the pgmap: part__pins() */
		/* Show transient references only if they may explain a stuck teardown. */
		if (h->transient && (!unknown || !p->td.stuck))
			continue;
		if (!shown && excess <= 0)
			out__text(o, "  holders\n");
		if (out__is_json(o) || shown < HOLDERS_SHOWN)
			part__holder(r, h, now);
		shown++;
	}
	out__pop(o);
	part__more(o, shown, HOLDERS_SHOWN);
	part__left_out(r, l);
	if (!y && excess > 0 && known > excess)
		out__text(o,
			  "    (%" PRId64 " of %" PRId64
			  " traced references are still held; some puts were not seen)\n",
			  excess, known);
	if (unknown)
		out__text(o, "    %" PRId64 " not accounted for: not seen when taken%s\n", unknown,
			  p->k.flags & PGR_PGMAP_ADOPTED ? ", or taken before the tool started" :
							   "");
}

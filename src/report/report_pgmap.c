// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports about one pgmap: its teardown, its end in a check, its layers, its summary in a trace. */
#include <inttypes.h>

#include "common/names.h"
#include "report/report_brief.h"
#include "report/report_entries.h"
#include "report/report_history.h"
#include "report/report_exact.h"
#include "report/report_holders.h"
#include "report/report_moves.h"
#include "report/report_pages.h"
#include "report/report_parts.h"
#include "report/report_pgmap.h"
#include "report/report_pins.h"
#include "report/report_walked.h"

/* The head of a report: the time, the verdict and the pgmap. */
static void put_judged(struct report *r, const struct finding *f, uint64_t now)
{
	const char *phase = finding__phase_name(f->phase);
	const struct judgement *j = &f->j;
	const struct pgmap *p = f->p;
	struct out *o = r->out;
	char id[32];

	out__int(o, "time_ns", NULL, now);
	snprintf(id, sizeof(id), "%s-%u", f->phase == FINDING_END ? "end" : "teardown", p->k.id);
	out__str(o, "id", NULL, id);
	out__bool(o, "final", NULL, f->last);
	out__str(o, NULL, "%s: ", p->name);
	out__style(o, part__style_of(j));
	out__str(o, "verdict", "%s", verdict__name(j->verdict));
	part__kinds(o, j->kinds);
	out__style(o, OUT_PLAIN);
	out__bool(o, "suppressed", " (suppressed)", j->allowed);
	if (phase)
		out__str(o, "phase", f->phase == FINDING_OPEN ? ", %s" : NULL, phase);
	if (j->why[0])
		out__str(o, "why", ": %s", j->why);
	out__text(o, "\n");
	part__pgmap_line(r, p, false);
	part__driver(r, p, true);
	if (out__is_json(o))
		part__brief(r, f, now);
}

/*
 * The pages, if references above idle are pins. Pages of device memory of a driver (private,
 * coherent) get a reference from each use: NULL.
 */
static const struct pgr_sweep *pinnable(const struct pgmap *p, const struct pgr_sweep *pages)
{
	return p->k.type == PGR_TYPE_PRIVATE || p->k.type == PGR_TYPE_COHERENT ? NULL : pages;
}

static void report_teardown(struct report *r, const struct finding *f, uint64_t now)
{
	const struct pgr_sweep *pages = f->pages;
	const struct judgement *j = &f->j;
	const struct ledger *l = f->ledger;
	const struct pgmap *p = f->p;
	const struct teardown *td = &p->td;
	int64_t excess = td->begun && pgmap__has_baseline(p) ? td->value - p->k.baseline :
							       td->stuck_value;
	uint64_t end = td->gone_ns    ? td->gone_ns :
		       td->drained_ns ? td->drained_ns :
		       td->stuck      ? td->stuck_ns :
					now;
	struct out *o = r->out;

	out__begin(o, "teardown");
	put_judged(r, f, now);
	if (td->begun && td->has_value) {
		part__excess(r, p, td->value, excess);
		out__text(o, "\n");
	} else {
		out__text(o, "  value     not known: %s\n",
			  td->begun ? "the counter could not be read" : "its begin was not seen");
	}
	if (td->stuck) {
		out__int(o, "waits_for", "  waits for %s references", td->stuck_value);
		out__span(o, NULL, " after %s\n", td->stuck_ns - td->begin_ns);
	}
	part__task(o, "task", "  unbind    by %s", &td->task);
	/* If the begin or the end was not seen, the duration is not known. */
	if (td->begin_unseen || td->over) {
		out__text(o, ", %s seen%s\n",
			  !td->over ? "its begin was not" :
			  td->begun ? "its end was not" :
				      "neither its begin nor its end was",
			  td->drained_ns && !td->gone_ns ? ", drained" : "");
	} else {
		out__span(o, "duration_ns", td->begun ? ", %s" : ", more than %s",
			  end - td->begin_ns);
		out__text(o, "%s\n", td->gone_ns ? "" : td->drained_ns ? ", drained" : " so far");
	}
	if (td->stuck || j->verdict == VERDICT_LEAK)
		part__stack(r, "stack", td->stack, "        ");
	out__bool(o, "drained", NULL, td->drained_ns || td->gone_ns);
	out__bool(o, "gone", NULL, td->gone_ns);
	if (td->drained_ns && td->stuck) {
		part__task(
			o, "last_dropped_by",
			td->last.tgid || !td->last_stack ?
				"  drained   last reference dropped by %s\n" :
				"  drained   last reference dropped by no task: in an interrupt, or "
				"by a callback of RCU\n",
			&td->last);
		part__stack(r, "last_drop_stack", td->last_stack, "        ");
	}
	if (td->late.calls) {
		out__text(o, "  taken after the kill: %" PRId64 "\n", td->late.n);
		part__moves(r, "taken_after_kill", &td->late, td->late.calls, td->begin_ns);
	}
	if (p->k.drains && (td->stuck || j->verdict == VERDICT_LEAK)) {
		out__text(o, "  put after the kill: %" PRId64 "\n", (int64_t)p->k.drain_refs);
		part__moves(r, "drain", &td->drain, p->k.drains, td->begin_ns);
	}
	out__int(o, "put_after_kill", NULL, p->k.drain_refs);
	if (pages) {
		const char *when = pages == td->final ? "before they went" :
				   pages == td->sweep ? "at its begin" :
							"while it waits";

		part__pages(r, p, pages, when);
		if (p->k.type == PGR_TYPE_FSDAX)
			part__entries(r, pages, l, when);
		if (j->kinds & LEAK_ENTRIES)
			out__text(
				o,
				"            they hold no reference of the pgmap: when these files are "
				"closed,\n            cut or unmounted, the kernel follows them to pages that "
				"are gone\n");
	}
	part__pins(r, l, pinnable(p, pages), now);
	/* After the drain the layers have nothing to compare. */
	if ((j->verdict != VERDICT_CLEAN || excess) && !td->drained_ns)
		part__layers(r, p, l, finding__left(f), pages);
	if (j->verdict != VERDICT_CLEAN || excess)
		part__holders(r, f, finding__left(f), now);
	part__exact(r, p);
	part__walked(r, f->found, pages);
	out__text(o, "  history\n");
	part__history(r, p);
	out__end(o);
}

static void put_amount(struct out *o, const char *key, const char *one, const char *several,
		       uint64_t n)
{
	if (n || out__is_json(o))
		out__int(o, key, n == 1 ? one : several, n);
}

/* Which layer is off. Entries without a reference are in the text of part__layers(). */
static void put_off(struct out *o, const struct layers_off *off)
{
	out__object(o, "off");
	put_amount(o, "references_too_many",
		   "  off       %s reference more than folios in use and others\n",
		   "  off       %s references more than folios in use and others\n",
		   off->refs_too_many);
	put_amount(o, "references_too_few",
		   off->perhaps_untraced ? "  off       %s reference too few: " :
					   "  off       %s put too many\n",
		   off->perhaps_untraced ? "  off       %s references too few: " :
					   "  off       %s puts too many\n",
		   off->refs_too_few);
	out__bool(o, "untraced_entries",
		  "put too often, or never taken for entries that were not traced\n",
		  off->perhaps_untraced);
	out__int(o, "entries_without_reference", NULL, off->without_reference);
	out__pop(o);
}

/*
 * Certain errors come first, then possible errors. Other references are shown only if there are too
 * many references.
 */
enum { RANK_BARE, RANK_IDLE, RANK_OTHER, RANKS };

static int rank_of(const struct holder *h)
{
	if (h->holding == PGR_HOLD_ENTRY)
		return h->without_reference ? RANK_BARE : RANKS;
	if (h->holding == PGR_HOLD_FOLIO)
		return h->without_entry ? RANK_IDLE : RANKS;
	return h->holding == PGR_HOLD_PIN ? RANKS : RANK_OTHER;
}

void report__layers(struct report *r, const struct pgmap *p, const struct ledger *l,
		    const struct pgr_sweep *pages, uint64_t now)
{
	int ranks = p->layers.off.refs_too_many ? RANKS : RANK_OTHER;
	struct out *o = r->out;
	size_t shown = 0;

	out__begin(o, "layers_differ");
	out__int(o, "time_ns", NULL, now);
	part__pgmap(r, p,
		    &(struct pgmap_text){
			    .name = "%s: references, entries and pages do not agree\n",
		    });
	put_off(o, &p->layers.off);
	part__layers(r, p, l, pgmap__excess(p), pages);
	out__array(o, "holders");
	for (int rank = 0; rank < ranks; rank++) {
		for (size_t i = 0; i < ledger__nr(l); i++) {
			const struct holder *h = ledger__holder(l, i);

			if (rank_of(h) != rank)
				continue;
			if (out__is_json(o) || shown < HOLDERS_SHOWN)
				part__holder(r, h, now);
			shown++;
		}
	}
	out__pop(o);
	part__more(o, shown, HOLDERS_SHOWN);
	out__end(o);
}

/* New references on busy pages since the start. Some of these pages were busy at the start, too. */
static void put_more(struct out *o, const struct pgmap *p, const struct busy_change *c)
{
	const char *unit = c->large && !p->k.vmemmap_shift ? "folio" : "page";
	/* If each page has one new reference, put_counts() has already printed everything. */
	bool more = c->pages && (c->pins || c->known || c->traced || c->references != c->pages);
	char size[32];

	out__int(o, "page_references_left",
		 !more		    ? NULL :
		 c->references == 1 ? "            %s reference more" :
				      "            %s references more",
		 c->references);
	if (more)
		out__text(o, " on %" PRIu64 " %s%s%s", c->pages, unit, c->pages == 1 ? "" : "s",
			  part__size(p->k.vmemmap_shift, size, sizeof(size)));
	out__int(o, "pins_left",
		 !more			  ? NULL :
		 c->pins == c->references ? ", all of them pins" :
		 c->pins		  ? ", %s of them pins" :
					    NULL,
		 c->pins);
	out__int(o, "busy_left_known", more && c->known ? "; %s of these" : NULL, c->known);
	if (more && c->known)
		out__text(o, " %ss %s busy at the start", unit, c->known == 1 ? "was" : "were");
	if (more)
		out__text(o, "\n");
	out__int(o, "left_by_pins_traced",
		 more && c->traced ?
			 "            (%s of them pinned in the run and still there, on" :
			 NULL,
		 c->traced);
	if (more && c->traced)
		out__text(o, " %ss as busy as at the start)\n", unit);
	out__int(o, "busy_unsure", NULL, c->unsure + c->rose);
}

static void put_counts(struct out *o, const char *what, const char *key_refs, int64_t refs,
		       const char *key_busy, uint64_t busy, const char *less, const char *more)
{
	out__text(o, "  %-9s ", what);
	out__int(o, key_refs, refs == 1 ? "%s reference" : "%s references", refs);
	out__int(o, key_busy, busy == 1 ? ", %s busy page" : ", %s busy pages", busy);
	out__text(o, " %s\n", !refs && busy == 1 ? less : more);
}

static void report_end(struct report *r, const struct finding *f, uint64_t now)
{
	const struct state_facts *after = &f->facts.after;
	const struct end_counts *n = &f->counts;
	const struct pgr_sweep *pages = f->pages;
	const struct judgement *j = &f->j;
	const struct ledger *l = f->ledger;
	const struct pgmap *p = f->p;
	struct out *o = r->out;

	out__begin(o, "end");
	put_judged(r, f, now);
	out__bool(o, "made_since_start", NULL, f->facts.made);
	if (after->has_value) {
		part__excess(r, p, p->value, after->excess);
		if (after->explained || out__is_json(o))
			out__int(o, "explained", " (%s are of folios in use, or of the driver)",
				 after->explained);
		out__text(o, "\n");
	} else {
		out__text(o, pgmap__has_baseline(p) ?
				     "  value     did not come to rest, or could not be read\n" :
				     "  value     at rest is not known\n");
	}
	out__bool(o, "busy_exact", NULL, n->busy_exact);
	put_counts(o, n->busy_exact || !n->busy ? "left" : "at least", "references_left",
		   n->references, "busy_left", n->busy, "that was not there at the start",
		   n->pages.known ? "that were not there, or not as busy, at the start" :
				    "that were not there at the start");
	put_more(o, p, &n->pages);
	if (n->pre_existing || n->busy_before || out__is_json(o))
		put_counts(o, "before", "references_pre_existing", n->pre_existing,
			   "busy_pre_existing", n->busy_before,
			   "was there at the start (pre-existing)",
			   "were there at the start (pre-existing)");
	out__int(o, "references_unsure", NULL, n->unsure);
	if (f->facts.has_low && n->pre_existing && f->facts.low < n->pre_existing) {
		int64_t went = n->pre_existing - (f->facts.low > 0 ? f->facts.low : 0);

		out__int(o, "references_went",
			 "            %s of these references went away in between\n", went);
	}
	if (f->facts.lowered) {
		out__int(
			o, "busy_went",
			f->facts.lowered == 1 ?
				"            %s of these pages was seen idle, or less busy, since\n" :
				"            %s of these pages were seen idle, or less busy, since\n",
			f->facts.lowered);
	}
	if (pages)
		part__pages(r, p, pages, "at the end");
	if (pages && p->k.type == PGR_TYPE_FSDAX)
		part__entries(r, pages, l, "at the end");
	part__pins(r, l, pinnable(p, pages), now);
	if (j->verdict != VERDICT_CLEAN || after->excess) {
		part__layers(r, p, l, after->excess, pages);
		part__holders(r, f, after->excess, now);
	}
	part__exact(r, p);
	part__walked(r, f->found, pages);
	if (j->verdict != VERDICT_CLEAN) {
		out__text(o, "  history\n");
		part__history(r, p);
	}
	out__end(o);
}

void report__finding(struct report *r, const struct finding *f, uint64_t now)
{
	if (!out__is_json(r->out)) {
		part__brief(r, f, now);
		out__flush(r->out);
		if (!r->details)
			return;
	}
	if (f->phase == FINDING_END)
		report_end(r, f, now);
	else
		report_teardown(r, f, now);
}

void report__pgmap_summary(struct report *r, const struct pgmap *p, const struct ledger *l,
			   const struct pgr_sweep *pages, uint64_t now)
{
	const struct unseen uncounted =
		unseen__uncounted(r->plan, r->alive, PGR_HOLD_ENTRY, p->k.type);
	uint64_t total = 0;
	struct out *o = r->out;

	for (int e = 0; e < PGR_EVENTS; e++)
		total += p->k.events[e];
	if (!total && p->state == PGMAP_LIVE && !pins__nr(l))
		return;
	out__begin(o, "pgmap_summary");
	part__pgmap(r, p,
		    &(struct pgmap_text){
			    .name = "\n%s",
			    .type = " (%s",
			    .generation = ", generation %s): ",
		    });
	out__str(o, "state", "%s", pgmap__state_name(p));
	if (pgmap__has_excess(p) && p->state == PGMAP_LIVE) {
		int64_t excess = pgmap__excess(p), known = l ? ledger__references(l) : 0;

		known = known > excess ? excess > 0 ? excess : 0 : known;
		out__int(o, "value", ", value %s", p->value);
		out__int(o, "excess", ", excess %s", excess);
		out__int(o, "attributed", " (%s traced", known);
		out__int(o, "unattributed", ", %s not)", excess - known);
	}
	out__text(o, "\n ");
	out__object(o, "events");
	for (int e = 0; e < PGR_EVENTS; e++) {
		/* No number for an event that is not seen, or not always seen. */
		if (unseen__event(r->plan, r->alive, e, p->k.type).hook) {
			if (total)
				out__text(o, " %s ?", event__name(e));
			continue;
		}
		if (p->k.events[e])
			out__text(o, " %s", event__name(e));
		if (p->k.events[e] || out__is_json(o))
			out__int(o, event__name(e), " %s", p->k.events[e]);
	}
	out__pop(o);
	if (!total)
		out__text(o, " no events");
	if (uncounted.hook) {
		out__str(o, "entries_not_known", "; entries not known: hook %s", uncounted.hook);
		out__text(o, " %s\n", uncounted.how);
	} else {
		out__int(o, "entries", "; entries %s", p->k.entries);
		out__int(o, "entry_pages", " (%s pages) since the start, of all tasks\n",
			 p->k.entry_pages);
	}
	out__int(o, "former_deletes",
		 p->k.former_deletes ?
			 "  deletes of %s entries of an older generation of this memory are not counted\n" :
			 NULL,
		 p->k.former_deletes);
	if (pgmap__has_excess(p) && p->state == PGMAP_LIVE)
		part__layers(r, p, l, pgmap__excess(p), pages);
	part__pins(r, l, pinnable(p, pages), now);
	if (l && ledger__nr(l) > pins__nr(l)) {
		size_t shown = 0;

		out__array(o, "outstanding");
		for (size_t i = 0; i < ledger__nr(l); i++) {
			if (ledger__holder(l, i)->transient ||
			    ledger__holder(l, i)->holding == PGR_HOLD_PIN)
				continue;
			if (!shown)
				out__text(o, "  outstanding\n");
			if (out__is_json(o) || shown < HOLDERS_SHOWN)
				part__holder(r, ledger__holder(l, i), now);
			shown++;
		}
		out__pop(o);
		part__more(o, shown, HOLDERS_SHOWN);
	}
	part__left_out(r, l);
	part__exact(r, p);
	part__history(r, p);
	out__end(o);
}

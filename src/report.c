// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "devices.h"
#include "frames.h"
#include "names.h"
#include "report.h"
#include "symbols.h"

#define SPARK_WIDTH 60
#define GUP_PIN_BIAS 1024 /* include/linux/mm.h: a pin of a small folio counts as so many */
#define HOLDERS_SHOWN 20
#define PAGES_SHOWN 8

/* ---- parts -------------------------------------------------------------- */

static void put_task(struct out *o, const char *key, const struct pgr_task *t)
{
	if (!t->tgid)
		return;
	out__object(o, key);
	out__str(o, "comm", NULL, t->comm);
	out__int(o, "tgid", NULL, t->tgid);
	out__int(o, "tid", NULL, t->tid);
	out__up(o);
}

/*
 * "comm/tgid", or "comm/tgid:tid" for a thread. A task names itself as it likes:
 * nothing that a terminal would obey goes through.
 */
static const char *task_text(const struct pgr_task *t, char *buf, size_t len)
{
	if (!t->tgid)
		snprintf(buf, len, "-");
	else if (t->tgid == t->tid)
		snprintf(buf, len, "%s/%u", t->comm, t->tgid);
	else
		snprintf(buf, len, "%s/%u:%u", t->comm, t->tgid, t->tid);
	for (char *c = buf; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	return buf;
}

static bool get_stack(struct report *r, uint64_t key, struct pgr_stack *stack)
{
	return key && r->stack && !r->stack(r->stack_ctx, key, stack);
}

/* The whole stack, from the call site on: a line a frame. */
static void put_stack(struct report *r, const char *key, uint64_t stack_key, const char *indent)
{
	struct pgr_stack stack;
	char buf[256];

	if (!get_stack(r, stack_key, &stack))
		return;
	out__array(r->out, key);
	for (unsigned int i = frames__site(r->symbols, &stack); i < stack.nr; i++) {
		out__text(r->out, "%s", indent);
		out__str(r->out, "", "%s", frames__format(r->symbols, &stack, i, buf, sizeof(buf)));
		out__text(r->out, "\n");
	}
	out__up(r->out);
}

static void put_site(struct report *r, uint64_t stack_key, const char *fmt)
{
	struct pgr_stack stack;
	char buf[256];

	if (get_stack(r, stack_key, &stack))
		out__str(r->out, "site", fmt,
			 frames__short(r->symbols, &stack, frames__site(r->symbols, &stack), buf,
				       sizeof(buf)));
}

static void put_pgmap(struct report *r, const struct pgmap *p)
{
	struct out *o = r->out;

	out__object(o, "pgmap");
	out__str(o, "name", NULL, p->name);
	out__int(o, "generation", NULL, p->k.id);
	out__hex(o, "address", NULL, p->k.addr);
	out__str(o, "type", NULL, pgmap__type_name(p));
	if (p->k.dev[0])
		out__str(o, "device", NULL, p->k.dev);
	out__array(o, "ranges");
	for (unsigned int i = 0; i < p->k.nr_range && i < PGR_RANGES; i++) {
		out__object(o, NULL);
		out__hex(o, "start", NULL, p->k.range[i].start);
		out__hex(o, "end", NULL, p->k.range[i].end);
		out__up(o);
	}
	out__up(o);
	out__int(o, "pages", NULL, p->k.pages);
	out__int(o, "vmemmap_shift", NULL, p->k.vmemmap_shift);
	out__int(o, "baseline", NULL, p->k.baseline);
	out__str(o, "baseline_from", NULL, p->k.flags & PGR_PGMAP_ADOPTED ? "computed" : "sampled");
	out__up(o);
}

static void put_history(struct report *r, const struct pgmap *p)
{
	static const char *const series[] = { "value", "entries", "busy" };
	static const char *const marks[] = { "live", "killed", "drained", "gone" };
	const struct history *h = p->history;
	struct out *o = r->out;
	uint64_t t;

	for (int s = 0; s < HISTORY_NR_SERIES; s++) {
		char spark[SPARK_WIDTH * 4 + 1], span[32];
		int64_t lo, hi, peak;

		if (history__peak(h, s, &peak, &t) ||
		    history__sparkline(h, s, SPARK_WIDTH, !out__utf8(o), spark, sizeof(spark), &lo,
				       &hi) < 0)
			continue;
		if (s != HISTORY_VALUE && !peak)
			continue; /* flat at nothing */
		out__text(o, "    %-8s %s\n", series[s], spark);
		if (lo == hi) {
			out__text(o, "    %-8s %" PRId64 " throughout\n", "", lo);
			continue;
		}
		out__text(o, "    %-8s %" PRId64 " to %" PRId64 ", peak after %s\n", "", lo, hi,
			  out_span(t > history__start_ns(h) ? t - history__start_ns(h) : 0, span,
				   sizeof(span)));
	}
	out__object(o, "history");
	out__int(o, "start_ns", NULL, history__start_ns(h));
	out__int(o, "step_ns", NULL, history__step_ns(h));
	for (int m = 0; m < HISTORY_NR_MARKS; m++) {
		char key[32], span[32];

		snprintf(key, sizeof(key), "%s_ns", marks[m]);
		if (history__at(h, m, &t))
			continue;
		out__int(o, key, NULL, t);
		if (m != HISTORY_LIVE)
			out__text(o, "%s %s after %s", m == HISTORY_KILLED ? "    steps   " : ",",
				  marks[m], out_span(t - history__start_ns(h), span, sizeof(span)));
	}
	if (!history__at(h, HISTORY_KILLED, &t))
		out__text(o, "\n");
	for (int s = 0; s < HISTORY_NR_SERIES; s++) {
		int64_t peak;

		if (history__peak(h, s, &peak, &t))
			continue;
		out__object(o, series[s]);
		out__int(o, "peak", NULL, peak);
		out__int(o, "peak_ns", NULL, t);
		out__array(o, "sampled");
		for (unsigned int i = 0; i < history__nr_slots(h); i++)
			out__int(o, "", NULL, history__slot(h, i)->cells[s].sampled);
		out__up(o);
		for (int which = 0; which < 3; which++) {
			static const char *const keys[] = { "min", "max", "last" };

			out__array(o, keys[which]);
			for (unsigned int i = 0; i < history__nr_slots(h); i++) {
				struct history_cell c;

				if (history__shown(h, i, s, &c))
					memset(&c, 0, sizeof(c));
				out__int(o, "", NULL, which == 0 ? c.min : which == 1 ? c.max : c.last);
			}
			out__up(o);
		}
		out__up(o);
	}
	out__object(o, "events");
	for (int e = 0; e < HISTORY_NR_EVENTS; e++) {
		if (!history__total(h, e))
			continue;
		out__array(o, name_of_event(e));
		for (unsigned int i = 0; i < history__nr_slots(h); i++)
			out__int(o, "", NULL, history__slot(h, i)->events[e]);
		out__up(o);
	}
	out__up(o);
	out__up(o);
}

/* To be raised when a field's meaning changes; new fields do not raise it. */
#define JSON_FORMAT 1

void report__start(struct report *r)
{
	struct utsname u;

	if (!out__is_json(r->out))
		return;
	out__begin(r->out, "start");
	out__int(r->out, "format", NULL, JSON_FORMAT);
	out__str(r->out, "pgmapref", NULL, PGMAPREF_VERSION);
	if (!uname(&u))
		out__str(r->out, "kernel", NULL, u.release);
	out__end(r->out);
}

/* ---- list ----------------------------------------------------------------- */

void report__list_header(struct report *r)
{
	out__text(r->out, "%-10s %-8s %-12s %8s %9s %9s %6s %5s %s\n", "NAME", "TYPE", "START",
		  "PAGES", "VALUE", "BASELINE", "EXCESS", "BUSY", "STATE");
}

void report__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  bool history)
{
	const char *ops = symbols__at(r->symbols, p->k.ops);
	struct out *o = r->out;

	out__begin(o, "pgmap");
	put_pgmap(r, p);
	out__str(o, NULL, "%-10s ", p->name);
	out__str(o, NULL, "%-8s ", pgmap__type_name(p));
	out__hex(o, NULL, "%-12s ", p->k.range[0].start);
	out__int(o, NULL, "%8s ", p->k.pages);
	if (p->has_value) {
		out__int(o, "value", "%9s ", p->value);
		out__int(o, NULL, "%9s ", p->k.baseline);
		out__int(o, "excess", "%6s ", pgmap__excess(p));
	} else {
		out__text(o, "%9s %9" PRId64 " %6s ", "?", (int64_t)p->k.baseline, "?");
	}
	if (sweep && sweep->flags & PGR_SWEEP_DONE) {
		out__int(o, "busy", "%5s ", sweep->busy);
		out__int(o, "mapped", NULL, sweep->mapped);
	} else if (sweep && !(sweep->flags & (PGR_SWEEP_NO_VMEMMAP | PGR_SWEEP_NO_IDLE))) {
		/* At least so many. */
		out__int(o, "busy_at_least", "%4s+ ", sweep->busy);
	} else {
		out__text(o, "%5s ", "?");
	}
	out__str(o, "state", "%s", p->ref_flags & PGR_REF_DYING ? "killed" : "live");
	if (ops)
		out__str(o, "ops", NULL, ops);
	if (p->k.owner)
		out__hex(o, "owner", NULL, p->k.owner);
	out__text(o, "\n");
	if (history)
		put_history(r, p);
	out__end(o);
}

/* ---- trace ---------------------------------------------------------------- */

void report__event_header(struct report *r)
{
	out__text(r->out, "%-11s %-9s %-7s %-10s %3s %6s %9s %-16s %s\n", "TIME(s)", "PGMAP",
		  "EVENT", "PFN", "ORD", "+/-", "VALUE", "COMM/PID", "SITE");
}

static void put_time(struct report *r, uint64_t ns)
{
	uint64_t since = ns > r->start_ns ? ns - r->start_ns : 0;

	out__text(r->out, "%4" PRIu64 ".%06" PRIu64 " ", since / 1000000000,
		  since % 1000000000 / 1000);
	out__int(r->out, "time_ns", NULL, ns);
}

void report__event(struct report *r, const struct pgmap *p, const struct pgr_rec_event *e)
{
	struct out *o = r->out;
	char buf[64];

	out__begin(o, "event");
	put_time(r, e->h.ns);
	out__str(o, "pgmap", "%-9s ", p->name);
	out__int(o, "generation", NULL, p->k.id);
	out__str(o, "event", "%-7s ", name_of_event(e->event));
	out__hex(o, "pfn", "%-10s ", e->pfn);
	out__int(o, "order", "%3s ", e->order);
	out__delta(o, "n", "%6s ", e->n);
	if (e->ref_flags & PGR_REF_UNREADABLE)
		out__text(o, "%9s ", "?");
	else
		out__int(o, "value", "%9s ", e->value);
	out__str(o, NULL, "%-16s ", task_text(&e->task, buf, sizeof(buf)));
	put_task(o, "task", &e->task);
	put_task(o, "taker", &e->taker);
	if (e->held_ns)
		out__int(o, "held_ns", NULL, e->held_ns);
	if (e->ino) {
		out__int(o, "inode", NULL, e->ino);
		devices__bdev_name(NULL, e->dev >> 20, e->dev & 0xfffff, buf, sizeof(buf));
		out__str(o, "filesystem", NULL, buf);
		out__int(o, "index", NULL, e->index);
	}
	put_site(r, e->stack, "%s");
	if (e->n < 0 && e->taker.tgid && e->taker.tgid != e->task.tgid)
		out__text(o, " (taken by %s)", task_text(&e->taker, buf, sizeof(buf)));
	out__text(o, "\n");
	if (r->stacks)
		put_stack(r, "stack", e->stack, "            ");
	out__end(o);
}

void report__step(struct report *r, const struct pgmap *p, const char *step, uint64_t ns,
		  const struct pgr_task *task)
{
	struct out *o = r->out;
	char buf[64];

	out__begin(o, "step");
	put_time(r, ns);
	out__str(o, NULL, "%-9s ", p->name);
	put_pgmap(r, p);
	out__str(o, "step", "%-7s ", step);
	out__text(o, "%-10s %3s %6s ", "", "", "");
	if (p->has_value)
		out__int(o, "value", "%9s ", p->value);
	else
		out__text(o, "%9s ", "");
	out__str(o, NULL, "%s\n", task_text(task, buf, sizeof(buf)));
	put_task(o, "task", task);
	out__end(o);
}

/* ---- teardown ------------------------------------------------------------- */

static void put_device(struct out *o, uint32_t dev, bool chr)
{
	char buf[64];

	if (chr)
		devices__cdev_name(NULL, dev >> 20, dev & 0xfffff, buf, sizeof(buf));
	else
		devices__bdev_name(NULL, dev >> 20, dev & 0xfffff, buf, sizeof(buf));
	out__str(o, chr ? "device" : "filesystem", chr ? " of %s" : " on %s", buf);
}

static void put_busy_page(struct report *r, const struct pgr_busy_page *b)
{
	struct out *o = r->out;
	/* A large folio counts pins elsewhere: there, 1024 references are just that. */
	int32_t extra = b->refcount - b->mapcount;
	int32_t pins = b->order ? 0 : extra / GUP_PIN_BIAS;

	out__object(o, NULL);
	out__hex(o, "pfn", "    pfn %s", b->pfn);
	if (b->order)
		out__int(o, "order", " order %s", b->order);
	out__int(o, "refcount", " refcount %s", b->refcount);
	if (pins)
		out__int(o, "pins", " (%s pinned)", pins);
	if (b->mapcount)
		out__int(o, "mapcount", " mapped %s", b->mapcount);
	if (b->ino || b->chr) {
		/* A device-dax's inode has no number. */
		if (b->ino)
			out__int(o, "inode", " inode %s", b->ino);
		put_device(o, b->dev, b->chr);
		out__int(o, "index", " index %s", b->index);
	} else if (b->mapping) {
		out__hex(o, "mapping", " mapping %s", b->mapping);
	}
	out__text(o, "\n");
	out__up(o);
}

static void put_pages(struct report *r, const struct pgr_sweep *s, const char *when)
{
	struct out *o = r->out;

	out__object(o, "pages");
	out__str(o, "when", NULL, when);
	out__int(o, "looked_at", NULL, s->seen);
	out__int(o, "of", NULL, s->pages);
	out__int(o, "busy", NULL, s->busy);
	out__int(o, "mapped", NULL, s->mapped);
	out__int(o, "extra_references", NULL, s->extra);
	out__int(o, "unreadable", NULL, s->faults);
	out__int(o, "took_ns", NULL, s->ns);
	out__text(o, "  pages     %" PRIu64 " busy of %" PRIu64 " looked at, %s", (uint64_t)s->busy,
		  (uint64_t)s->seen, when);
	if (s->mapped)
		out__text(o, ", %" PRIu64 " mapped", (uint64_t)s->mapped);
	if (s->flags & PGR_SWEEP_NO_VMEMMAP)
		out__text(o, " (where struct pages are is not known)");
	else if (s->flags & PGR_SWEEP_NO_IDLE)
		out__text(o, " (the idle refcount of this type is not known)");
	else if (s->flags & PGR_SWEEP_OUT_OF_TIME)
		out__text(o, " (out of time)");
	else if (!(s->flags & PGR_SWEEP_DONE) || s->faults)
		out__text(o, " (%" PRIu64 " could not be read)", (uint64_t)s->faults);
	out__text(o, "\n");
	out__array(o, "list");
	for (unsigned int i = 0; i < s->listed && i < PGR_BUSY; i++) {
		if (out__is_json(o) || i < PAGES_SHOWN)
			put_busy_page(r, &s->list[i]);
	}
	out__up(o);
	if (s->busy > PAGES_SHOWN)
		out__text(o, "    … and %" PRIu64 " more\n", (uint64_t)s->busy - PAGES_SHOWN);
	out__up(o);
}

static void put_holder(struct report *r, const struct holder *h, uint64_t now)
{
	static const char *const units[] = { "", "reference", "device page", "DAX entry" };
	static const char *const plural[] = { "", "references", "device pages", "DAX entries" };
	unsigned int kind = h->holding < 4 ? h->holding : 0;
	struct out *o = r->out;
	char buf[64], age[32];

	out__object(o, NULL);
	out__str(o, "holding", NULL, name_of_holding(h->holding));
	out__int(o, "n", "    %s", h->n);
	out__text(o, " %s", h->n == 1 ? units[kind] : plural[kind]);
	if (h->pages != h->n)
		out__text(o, " (%" PRId64 " pages)", h->pages);
	out__int(o, "pages", NULL, h->pages);
	out__str(o, NULL, " by %s", task_text(&h->task, buf, sizeof(buf)));
	put_task(o, "task", &h->task);
	out__text(o, ", %s ago", out_span(now > h->first_ns ? now - h->first_ns : 0, age,
					  sizeof(age)));
	out__int(o, "first_ns", NULL, h->first_ns);
	out__int(o, "last_ns", NULL, h->last_ns);
	out__hex(o, "first_pfn", NULL, h->first_pfn);
	out__hex(o, "last_pfn", NULL, h->last_pfn);
	if (h->ino) {
		out__int(o, "inode", ", inode %s", h->ino);
		put_device(o, h->dev, false);
		out__int(o, "first_index", NULL, h->first_index);
		out__int(o, "last_index", NULL, h->last_index);
	}
	out__bool(o, "passing", ", where it is normally given back by the end of the call", h->passing);
	out__text(o, "\n");
	put_stack(r, "stack", h->stack, "        ");
	out__up(o);
}

/* Who holds it: traced takers, and how much of the excess they explain. */
static void put_holders(struct report *r, const struct pgmap *p, const struct ledger *l,
			int64_t excess, uint64_t now)
{
	int64_t known = l ? ledger__references(l) : 0;
	int64_t unknown = excess > known ? excess - known : 0;
	struct out *o = r->out;
	size_t shown = 0;

	out__int(o, "attributed", NULL, excess > known ? known : excess > 0 ? excess : 0);
	out__int(o, "unattributed", NULL, unknown);
	out__array(o, "holders");
	if (excess > 0)
		out__text(o, "  holders   %" PRId64 " of %" PRId64 " references traced\n",
			  excess > known ? known : excess > 0 ? excess : 0, excess > 0 ? excess : 0);
	for (size_t i = 0; l && i < ledger__nr(l); i++) {
		const struct holder *h = ledger__holder(l, i);

		/* Those that gave back are of interest only where something is unexplained. */
		if (h->passing && (!unknown || !p->td.stuck))
			continue;
		if (out__is_json(o) || shown < HOLDERS_SHOWN)
			put_holder(r, h, now);
		shown++;
	}
	out__up(o);
	if (shown > HOLDERS_SHOWN)
		out__text(o, "    … and %zu more\n", shown - HOLDERS_SHOWN);
	if (excess > 0 && known > excess)
		out__text(o, "    (puts are not visible on this kernel: %" PRId64
			  " of those %" PRId64 " are still out)\n", excess, known);
	if (unknown)
		out__text(o, "    %" PRId64 " not accounted for: taken unseen%s\n", unknown,
			  p->k.flags & PGR_PGMAP_ADOPTED ? ", or before the tool started" : "");
}

void report__teardown(struct report *r, const struct pgmap *p, const char *phase,
		      const struct judgement *j, const struct ledger *l,
		      const struct pgr_sweep *pages, uint64_t now)
{
	const struct teardown *td = &p->td;
	int64_t excess = td->begun ? td->value - p->k.baseline : td->stuck_value;
	uint64_t end = td->gone_ns ? td->gone_ns : td->drained_ns ? td->drained_ns : now;
	struct out *o = r->out;
	char kinds[64], buf[64], span[32];

	verdict__kinds(j->kinds, kinds, sizeof(kinds));
	out__begin(o, "teardown");
	out__int(o, "time_ns", NULL, now);
	out__str(o, "phase", NULL, phase);
	out__str(o, "verdict", NULL, verdict__name(j->verdict));
	out__str(o, "kinds", NULL, kinds);
	if (j->why[0])
		out__str(o, "why", NULL, j->why);
	put_pgmap(r, p);
	out__text(o, "%s: %s%s%s", p->name, verdict__name(j->verdict), *kinds ? " " : "", kinds);
	if (j->why[0])
		out__text(o, ": %s", j->why);
	out__text(o, "\n  pgmap     %s, generation %u, %" PRIu64 " pages at 0x%" PRIx64 "\n",
		  pgmap__type_name(p), p->k.id, (uint64_t)p->k.pages,
		  (uint64_t)p->k.range[0].start);
	if (td->begun && td->has_value) {
		out__int(o, "value", "  value     %s", td->value);
		out__int(o, NULL, ", baseline %s", p->k.baseline);
		out__text(o, "%s", p->k.flags & PGR_PGMAP_ADOPTED ? " (computed)" : "");
		out__int(o, "excess", ", excess %s\n", excess);
	} else {
		out__text(o, "  value     not known: %s\n",
			  td->begun ? "the counter could not be read" : "its begin was not seen");
	}
	if (td->stuck) {
		out__int(o, "waits_for", "  waits for %s references", td->stuck_value);
		out__text(o, " after %s\n", out_span(td->stuck_ns - td->begin_ns, span,
						     sizeof(span)));
	}
	out__str(o, NULL, "  unbind    by %s", task_text(&td->task, buf, sizeof(buf)));
	put_task(o, "task", &td->task);
	out__str(o, NULL, td->begun ? ", %s" : ", more than %s",
		 out_span(end - td->begin_ns, span, sizeof(span)));
	out__int(o, "duration_ns", NULL, end - td->begin_ns);
	out__text(o, "%s\n", td->gone_ns ? "" : td->drained_ns ? ", drained" : " so far");
	if (td->stuck || j->verdict == VERDICT_LEAK)
		put_stack(r, "stack", td->stack, "        ");
	out__bool(o, "drained", NULL, td->drained_ns || td->gone_ns);
	out__bool(o, "gone", NULL, td->gone_ns);
	if (td->drained_ns && td->stuck) {
		out__str(o, NULL, "  drained   last reference dropped by %s",
			 task_text(&td->last, buf, sizeof(buf)));
		put_task(o, "last_dropped_by", &td->last);
		out__text(o, "\n");
		put_stack(r, "last_drop_stack", td->last_stack, "        ");
	}
	if (pages)
		put_pages(r, pages, pages == td->final ? "before they went" :
				    pages == td->sweep ? "at its begin" : "while it waits");
	if (j->verdict != VERDICT_CLEAN || excess)
		put_holders(r, p, l, td->stuck && !td->drained_ns ? td->stuck_value : excess, now);
	out__text(o, "  history\n");
	put_history(r, p);
	out__end(o);
}

/* ---- the end ---------------------------------------------------------------- */

void report__pgmap_summary(struct report *r, const struct pgmap *p, const struct ledger *l,
			   uint64_t now)
{
	uint64_t total = 0;
	struct out *o = r->out;

	for (int e = 0; e < PGR_EVENTS; e++)
		total += p->k.events[e];
	if (!total && p->state == PGMAP_LIVE)
		return;
	out__begin(o, "pgmap_summary");
	put_pgmap(r, p);
	out__text(o, "\n%s (%s, generation %u): %s", p->name, pgmap__type_name(p), p->k.id,
		  pgmap__state_name(p));
	out__str(o, "state", NULL, pgmap__state_name(p));
	if (p->has_value && p->state == PGMAP_LIVE) {
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
		if (p->k.events[e])
			out__text(o, " %s", name_of_event(e));
		if (p->k.events[e] || out__is_json(o))
			out__int(o, name_of_event(e), " %s", p->k.events[e]);
	}
	out__up(o);
	if (!total)
		out__text(o, " no events");
	out__int(o, "entries", "; entries %s", p->k.entries);
	out__int(o, "entry_pages", " (%s pages) since the start, of all tasks\n", p->k.entry_pages);
	if (l && ledger__nr(l)) {
		size_t shown = 0;

		out__text(o, "  outstanding\n");
		out__array(o, "outstanding");
		for (size_t i = 0; i < ledger__nr(l); i++) {
			if (ledger__holder(l, i)->passing)
				continue;
			if (out__is_json(o) || shown++ < HOLDERS_SHOWN)
				put_holder(r, ledger__holder(l, i), now);
		}
		out__up(o);
	}
	put_history(r, p);
	out__end(o);
}

void report__loss(struct report *r, const struct tracer_loss *loss)
{
	struct out *o = r->out;
	bool any = false;

	out__begin(o, "loss");
	out__object(o, "causes");
	for (int c = 0; c < PGR_LOSSES; c++) {
		out__int(o, name_of_loss(c), NULL, loss->cause[c]);
		if (loss->cause[c])
			out__text(o, "%s %s %" PRIu64, any ? "," : "lost:", name_of_loss(c),
				  loss->cause[c]);
		any = any || loss->cause[c];
	}
	out__up(o);
	out__object(o, "missed_runs");
	for (int h = 0; h < PGR_HOOKS; h++) {
		out__int(o, name_of_hook(h), NULL, loss->missed_runs[h]);
		if (loss->missed_runs[h])
			out__text(o, "%s %s missed_runs %" PRIu64, any ? "," : "lost:",
				  name_of_hook(h), loss->missed_runs[h]);
		any = any || loss->missed_runs[h];
	}
	out__up(o);
	out__int(o, "teardowns_unjudged", NULL, loss->unjudged);
	out__int(o, "creates_aborted", NULL, loss->aborted);
	if (loss->unjudged)
		out__text(o, "%s teardowns_unjudged %" PRIu64, any ? "," : "lost:",
			  loss->unjudged);
	if (any || loss->unjudged)
		out__text(o, "\n");
	if (loss->aborted)
		out__text(o, "aborted-create: %" PRIu64 " (memremap_pages() failed; not a leak)\n",
			  loss->aborted);
	out__end(o);
}

void report__probes(struct report *r, const struct plan *plan, bool sweep)
{
	struct out *o = r->out;

	out__text(o, "%-9s %-9s %-30s %s\n", "HOOK", "HOW", "SYMBOL", "STATE");
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &plan->hook[h];
		const struct plan_attempt *a = plan_hook__attempt(hook);

		out__begin(o, "probe");
		out__str(o, "hook", "%-9s ", hook->name);
		out__str(o, "mechanism", "%-9s ", a ? plan_how__name(a) : "-");
		out__str(o, "symbol", "%-30s ", a ? a->symbol : hook->wanted);
		out__str(o, "state", "%s\n", a ? "attached" : "missing");
		if (!a) {
			out__str(o, "why", "          %s\n", hook->missing);
			out__str(o, "not_seen", "          not seen: %s\n", hook->without);
		}
		out__end(o);
	}
	out__begin(o, "pages");
	out__bool(o, "sweep", NULL, sweep);
	out__text(o, "\nidle page refcounts:");
	for (int t = 1; t < PGR_TYPES; t++) {
		out__int(o, name_of_type(t), NULL, plan->idle[t]);
		if (plan->idle[t] < 0)
			out__text(o, " %s not known", name_of_type(t));
		else
			out__text(o, " %s %d", name_of_type(t), plan->idle[t]);
	}
	out__text(o, "\nstruct pages: %s\n",
		  sweep ? "found" : "not found: pages cannot be looked at");
	out__end(o);
}

void report__summary(struct report *r, const struct judgement *j, const struct run_totals *t,
		     uint64_t lost)
{
	struct out *o = r->out;
	char kinds[64];

	verdict__kinds(j->kinds, kinds, sizeof(kinds));
	out__begin(o, "summary");
	out__str(o, "verdict", NULL, verdict__name(j->verdict));
	out__str(o, "kinds", NULL, kinds);
	if (j->why[0])
		out__str(o, "why", NULL, j->why);
	out__int(o, "teardowns", NULL, t->teardowns);
	out__int(o, "leaks", NULL, t->leaks);
	out__int(o, "inconclusive", NULL, t->inconclusive);
	out__int(o, "lost", NULL, lost);
	out__end(o);
	fflush(stdout);
	fprintf(stderr,
		"SUMMARY: pgmapref: %s%s%s%s%s%s: %" PRIu64 " teardown%s, %" PRIu64 " leak%s, %" PRIu64
		" inconclusive, %" PRIu64 " lost\n",
		verdict__name(j->verdict), *kinds ? " " : "", kinds, j->why[0] ? " (" : "",
		j->why, j->why[0] ? ")" : "", t->teardowns, t->teardowns == 1 ? "" : "s", t->leaks,
		t->leaks == 1 ? "" : "s", t->inconclusive, lost);
}

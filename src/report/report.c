// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/clock.h"
#include "common/names.h"
#include "kernel/unfollowed.h"
#include "report/report.h"
#include "report/report_event.h"
#include "report/report_exact.h"
#include "report/report_history.h"
#include "report/report_parts.h"

/* Increment this when the meaning of a field changes, not when a field is added. */
#define JSON_FORMAT 2

/* "2026-11-28T18:22:31.000000Z" (RFC 3339) */
static const char *utc(uint64_t wall_ns, char *buf, size_t len)
{
	time_t s = wall_ns / NSEC_PER_SEC;
	struct tm tm;
	size_t n;

	if (!gmtime_r(&s, &tm))
		return NULL;
	n = strftime(buf, len, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, len - n, ".%06" PRIu64 "Z", wall_ns % NSEC_PER_SEC / NSEC_PER_USEC);
	return buf;
}

void report__start(struct report *r, const struct report_start *s)
{
	struct out *o = r->out;
	char when[48];

	if (!out__is_json(o))
		return;
	out__begin(o, "start");
	out__int(o, "format", NULL, JSON_FORMAT);
	out__str(o, "pgmapref", NULL, PGMAPREF_VERSION);
	if (s->kernel)
		out__str(o, "kernel", NULL, s->kernel);
	if (utc(s->utc_ns, when, sizeof(when)))
		out__str(o, "utc", NULL, when);
	out__int(o, "monotonic_ns", NULL, s->monotonic_ns);
	if (s->boot_id)
		out__str(o, "boot_id", NULL, s->boot_id);
	if (s->hostname)
		out__str(o, "hostname", NULL, s->hostname);
	if (s->command) {
		out__array(o, "command");
		for (char *const *word = s->command; *word; word++)
			out__str(o, "", NULL, *word);
		out__pop(o);
	}
	out__end(o);
}

/* ---- list ----------------------------------------------------------------- */

void report__list_header(struct report *r)
{
	out__text(r->out, "%-10s %-8s %-12s %8s %9s %9s %6s %5s %s\n", "NAME", "TYPE", "START",
		  "PAGES", "VALUE", "BASELINE", "EXCESS", "BUSY", "STATE");
}

/* "unbinding 92 s", or "; rm/200 waits 41 s" behind the state. */
static void put_waiter(struct out *o, const struct pgmap_waiter *w)
{
	if (!w->task.tgid)
		return;
	out__object(o, "waiter");
	part__task(o, "task", w->unbinds ? NULL : "; %s waits", &w->task);
	out__bool(o, "unbinds", "unbinding", w->unbinds);
	if (w->ns)
		out__age(o, "asleep_ns", " %s", w->ns);
	out__int(o, "others", NULL, w->others);
	out__pop(o);
}

void part__list_state(struct out *o, const struct pgmap *p)
{
	out__str(o, "state", p->waiter.unbinds ? NULL : "%s",
		 pgmap_state__name(p->ref_flags & PGR_REF_DYING ? PGMAP_KILLED : PGMAP_LIVE));
	put_waiter(o, &p->waiter);
}

void part__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep)
{
	bool done = sweep && sweep->flags & PGR_SWEEP_DONE;
	struct out *o = r->out;

	part__pgmap(r, p,
		    &(struct pgmap_text){
			    .name = "%-10s ",
			    .type = "%-8s ",
			    .start = "%-12s ",
			    .pages = p->k.flags & PGR_PGMAP_PAGES_PART ? "%7s+ " : "%8s ",
		    });
	out__figure(o, "value", "%9s ", p->has_value, p->value);
	part__baseline(o, p, BASELINE_IN_COLUMN);
	out__figure(o, "excess", "%6s ", pgmap__has_excess(p), pgmap__excess(p));
	/* If not all pages were swept, the number is a minimum. */
	if (sweep && !done && !(sweep->flags & (PGR_SWEEP_NO_VMEMMAP | PGR_SWEEP_NO_IDLE)))
		out__int(o, "busy_at_least", "%4s+ ", sweep->busy);
	else
		out__figure(o, "busy", "%5s ", done, sweep ? sweep->busy : 0);
	if (done)
		out__int(o, "mapped", NULL, sweep->mapped);
	part__list_state(o, p);
}

void report__list(struct report *r, const struct pgmap *p, const struct pgr_sweep *sweep,
		  bool history)
{
	struct out *o = r->out;

	out__begin(o, "pgmap");
	part__list(r, p, sweep);
	part__driver(r, p, false);
	out__text(o, "\n");
	part__ranges(r, p, "           ranges: %s");
	if (history) {
		part__history(r, p);
		part__exact(r, p);
	}
	out__end(o);
}

void report__list_hint(struct report *r, const struct pgmap *p)
{
	char task[64];

	if (p->waiter.task.tgid)
		out__text(r->out, "%s: %s waits: 'pgmapref why %s' tells for what, and who has it\n",
			  p->name, part__task_text(&p->waiter.task, task, sizeof(task)), p->name);
}

/* ---- trace ---------------------------------------------------------------- */

void report__event_header(struct report *r, const char *value)
{
	if (r->fields && !out__is_json(r->out))
		event_fields__header(r);
	else
		out__text(r->out, "%-11s %-9s %-7s %-10s %3s %6s %9s %-16s %s\n", "TIME(s)",
			  "PGMAP", "EVENT", "PFN", "ORD", "+/-", value, "COMM/PID", "SITE");
	/* The first event may come much later. */
	out__flush(r->out);
}

void report__event(struct report *r, const struct pgmap *p, const struct pgr_rec_event *e)
{
	struct out *o = r->out;
	char buf[64];

	out__begin(o, "event");
	if (r->fields && !out__is_json(o)) {
		event_fields__event(r, p, e);
		out__end(o);
		return;
	}
	part__time(r, e->h.ns);
	out__str(o, "pgmap", "%-9s ", p->name);
	out__int(o, "generation", NULL, p->k.id);
	out__str(o, "event", "%-7s ", event__name(e->event));
	out__hex(o, "pfn", "%-10s ", e->pfn);
	out__int(o, "order", "%3s ", e->order);
	out__delta(o, "n", "%6s ", e->n);
	out__figure(o, "value", "%9s ", !(e->ref_flags & PGR_REF_UNREADABLE), e->value);
	part__task(o, "task", "%-16s ", &e->task);
	part__task(o, "taker", NULL, &e->taker);
	if (e->held_ns)
		out__int(o, "held_ns", NULL, e->held_ns);
	if (e->ino) {
		out__int(o, "inode", NULL, e->ino);
		part__put_path(r, NULL, e->dev, e->ino, e->pfn);
		out__str(o, "filesystem", NULL,
			 part__device_name(r, e->dev, false, buf, sizeof(buf)));
		out__int(o, "index", NULL, e->index);
	}
	part__site(r, e->stack, "%s");
	if (e->n < 0 && e->taker.tgid && e->taker.tgid != e->task.tgid)
		out__text(o, " (taken by %s)", part__task_text(&e->taker, buf, sizeof(buf)));
	out__text(o, "\n");
	if (r->stacks > STACKS_SITE)
		part__stack(r, "stack", e->stack, "            ");
	out__end(o);
}

static const char *step_name(enum pgmap_state state)
{
	return state == PGMAP_LIVE ? "created" : pgmap_state__name(state);
}

void report__step(struct report *r, const struct pgmap *p, enum pgmap_state state, uint64_t ns,
		  const struct pgr_task *task)
{
	struct out *o = r->out;

	out__begin(o, "step");
	if (r->fields && !out__is_json(o)) {
		event_fields__step(r, p, step_name(state), ns, task);
		out__end(o);
		return;
	}
	part__time(r, ns);
	part__pgmap(r, p, &(struct pgmap_text){ .name = "%-9s " });
	out__str(o, "step", "%-7s ", step_name(state));
	out__text(o, "%-10s %3s %6s ", "", "", "");
	if (p->has_value)
		out__int(o, "value", "%9s ", p->value);
	else
		out__text(o, "%9s ", "");
	part__task(o, "task", "%s\n", task);
	out__end(o);
}

/* ---- the end of a run ------------------------------------------------------- */

/* A number of losses: always in JSON; in text an item of a list, and only if n is not 0. */
static void put_lost(struct out *o, bool *any, const char *key, const char *what, uint64_t n)
{
	out__int(o, key, NULL, n);
	if (!n)
		return;
	out__text(o, "%s %s%s %" PRIu64, *any ? "," : "lost:", key, what, n);
	*any = true;
}

void report__loss(struct report *r, const struct tracer_loss *loss)
{
	struct out *o = r->out;
	bool any = false;

	out__begin(o, "loss");
	out__object(o, "causes");
	for (int c = 0; c < PGR_LOSSES; c++)
		put_lost(o, &any, loss__name(c), "", loss->cause[c]);
	out__pop(o);
	out__object(o, "missed_runs");
	for (int h = 0; h < PGR_HOOKS; h++)
		put_lost(o, &any, hook__name(h), " missed_runs", loss->missed_runs[h]);
	out__pop(o);
	put_lost(o, &any, "teardowns_unjudged", "", loss->unjudged);
	if (any)
		out__text(o, "\n");
	out__int(o, "creates_aborted",
		 loss->aborted ? "aborted-create: %s (memremap_pages() failed; not a leak)\n" : NULL,
		 loss->aborted);
	out__end(o);
}

/* What the hooked function does to the counter: known in advance, or learned from its calls. */
static void put_effect(struct report *r, const char *known, const struct pgr_effect *e)
{
	static const char *const takes[] = {
		[PGR_TAKES_UNKNOWN] = "unsure",
		[PGR_TAKES] = "+1 if idle",
		[PGR_TAKES_NOTHING] = "none",
	};
	struct out *o = r->out;

	if (known) {
		out__str(o, "effect", " %s\n", known);
		return;
	}
	out__str(o, "effect", e->calls ? " %s" : " not called yet\n", takes[pgr_effect__takes(e)]);
	out__int(o, "learned_from", e->calls ? " (learned: %s)\n" : NULL, e->calls);
}

void report__probes(struct report *r, const struct plan *plan, const struct pgr_effect *effects,
		    const struct alive *alive, bool sweep)
{
	struct out *o = r->out;

	out__text(o, "%-13s %-10s %-26s %-8s %s\n", "HOOK", "HOW", "SYMBOL", "STATE", "EFFECT");
	for (int h = 0; h < PGR_HOOKS; h++) {
		const struct plan_hook *hook = &plan->hook[h];
		const struct plan_attempt *a = plan_hook__attempt(hook);
		bool doubt = a && alive__doubt(alive, h);

		if (hook->absent)
			continue;
		out__begin(o, "probe");
		out__str(o, "hook", "%-13s ", hook->name);
		out__str(o, "mechanism", "%-10s ", a ? plan_how__name(a) : "-");
		out__str(o, "symbol", "%-26s ", a ? a->symbol : hook->wanted);
		out__str(o, "state", a && !doubt ? "%-8s" : "%s\n",
			 a ? alive__state(alive, h) : "missing");
		if (a && !doubt) {
			put_effect(r, plan__effect(plan, h), &effects[h]);
		} else {
			out__str(o, "why", "              %s\n",
				 a ? alive__why(alive, h) : hook->missing);
			out__str(o, "not_seen", "              not seen: %s\n", hook->without);
		}
		out__end(o);
	}
	out__begin(o, "pages");
	out__bool(o, "sweep", NULL, sweep);
	out__text(o, "\nidle page refcounts:");
	for (int t = 1; t < PGR_TYPES; t++) {
		out__text(o, " %s", type__name(t));
		out__int(o, type__name(t), plan->idle[t] < 0 ? " not known" : " %s", plan->idle[t]);
	}
	out__text(o, "\nstruct pages: %s\n", sweep ? "found" : "not found: pages cannot be swept");
	out__end(o);
}

void report__unfollowed(struct report *r, const struct unfollowed *row)
{
	struct out *o = r->out;

	out__begin(o, "not_followed");
	out__str(o, "function", "not followed: %s()\n", row->function);
	out__str(o, "memory", "              %s:\n", row->memory);
	out__str(o, "why", "              %s\n", row->why);
	out__end(o);
}

void report__suggestion(struct report *r, const struct pgmap *p, const char *pattern, bool shown)
{
	struct out *o = r->out;

	out__begin(o, "suggestion");
	part__pgmap(r, p, NULL);
	out__str(o, "pattern", shown ? "  allow     %s\n" : NULL, pattern);
	out__end(o);
}

void report__assertion(struct report *r, const struct assertion *a)
{
	const char *result = a->failed ? "failed" : a->unknown ? "inconclusive" : "passed";
	struct out *o = r->out;
	char buf[192];

	out__begin(o, "assertion");
	out__str(o, "result", "assertion %s: ", result);
	out__str(o, "name", "%s", assertion__name(a, buf, sizeof(buf)));
	out__int(o, "limit", NULL, a->limit);
	out__int(o, "seen", NULL, a->seen);
	out__str(o, "message", ": %s", assertion__message(a, buf, sizeof(buf)));
	if (a->unknown)
		out__str(o, "why", "; %s", a->why);
	out__text(o, "\n");
	out__end(o);
}

/* The result in one word: a leak first, then failed assertions, then doubts, as the exit status. */
static const char *result_of(const struct judgement *j, const struct run_totals *t)
{
	if (j->verdict != VERDICT_LEAK && (t->failed || t->marked_failed))
		return "failed";
	if (j->verdict == VERDICT_CLEAN && t->unknown)
		return verdict__name(VERDICT_INCONCLUSIVE);
	if (j->verdict == VERDICT_CLEAN && t->unseen)
		return "nothing-seen";
	return verdict__name(j->verdict);
}

/* One line of text, or the fields of a record. The order of some differs. */
static void put_summary(struct out *o, const struct judgement *j, const struct run_totals *t,
			uint64_t lost)
{
	bool unknown = j->verdict == VERDICT_CLEAN && !t->failed && t->unknown;

	out__str(o, "result", "SUMMARY: pgmapref: %s", result_of(j, t));
	out__str(o, "verdict", NULL, verdict__name(j->verdict));
	part__kinds(o, j->kinds);
	if (j->why[0])
		out__str(o, "why", unknown ? NULL : " (%s)", j->why);
	out__bool(o, NULL, " (an assertion could not be judged)", unknown);
	out__bool(o, NULL, ":", true);
	if (t->counts_checks)
		out__int(o, "pgmaps", t->pgmaps == 1 ? " %s pgmap," : " %s pgmaps,", t->pgmaps);
	out__int(o, "teardowns", t->teardowns == 1 ? " %s teardown" : " %s teardowns", t->teardowns);
	if (t->counts_checks)
		out__int(o, "checks", t->checks == 1 ? ", %s check" : ", %s checks", t->checks);
	out__int(o, "leaks", t->leaks == 1 ? ", %s leak" : ", %s leaks", t->leaks);
	out__int(o, "inconclusive", ", %s inconclusive", t->inconclusive);
	out__int(o, "suppressed", NULL, t->suppressed);
	out__int(o, "lost", ", %s lost", lost);
	out__int(o, NULL, t->suppressed ? ", %s suppressed" : NULL, t->suppressed);
	out__int(o, NULL, t->blocked ? ", %s blocked elsewhere" : NULL, t->blocked);
	out__int(o, NULL, t->assertions ? ", %s of" : NULL, t->failed);
	out__int(o, "assertions",
		 t->assertions == 1 ? " %s assertion failed" :
		 t->assertions	    ? " %s assertions failed" :
				      NULL,
		 t->assertions);
	out__int(o, "assertions_failed", NULL, t->failed);
	out__int(o, "assertions_inconclusive", t->unknown ? ", %s could not be judged" : NULL,
		 t->unknown);
	if (t->marked) {
		out__int(o, "tests_failed", ", %s of", t->marked_failed);
		out__int(o, "tests",
			 t->marked == 1 ? " %s test left something" : " %s tests left something",
			 t->marked);
	}
	out__int(o, "still_running", NULL, t->running);
	out__int(o, "blocked_elsewhere", NULL, t->blocked);
}

const char *report__summary_line(const struct judgement *j, const struct run_totals *t,
				 uint64_t lost, char *buf, size_t len)
{
	char *line = NULL;
	struct out *o;
	size_t n;
	FILE *f = open_memstream(&line, &n);

	/* Without memory the line is short, but it is there. */
	snprintf(buf, len, "SUMMARY: pgmapref: %s", result_of(j, t));
	if (!f)
		return buf;
	if (!out__to(f, false, &o)) {
		put_summary(o, j, t, lost);
		if (!out__close(o))
			snprintf(buf, len, "%s", line);
	}
	fclose(f);
	free(line);
	return buf;
}

void report__summary(struct report *r, const struct judgement *j, const struct run_totals *t,
		     uint64_t lost)
{
	if (!out__is_json(r->out))
		return;
	out__begin(r->out, "summary");
	put_summary(r->out, j, t, lost);
	out__end(r->out);
}

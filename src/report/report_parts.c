// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "common/devnum.h"
#include "common/names.h"
#include "common/span.h"
#include "kernel/bdevs.h"
#include "kernel/devices.h"
#include "model/frames.h"
#include "report/report_parts.h"

#define SPARK_WIDTH 60

void part__task(struct out *o, const char *key, const char *fmt, const struct pgr_task *t)
{
	char buf[64];

	out__str(o, NULL, fmt, part__task_text(t, buf, sizeof(buf)));
	if (!t->tgid)
		return;
	out__object(o, key);
	out__str(o, "comm", NULL, t->comm);
	out__int(o, "tgid", NULL, t->tgid);
	out__int(o, "tid", NULL, t->tid);
	out__pop(o);
}

const char *part__task_text(const struct pgr_task *t, char *buf, size_t len)
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

char *part__clean(char *path)
{
	for (char *c = path; *c; c++)
		if (!isprint((unsigned char)*c) && (unsigned char)*c < 0x80)
			*c = '?';
	return path;
}

void part__more(struct out *o, uint64_t nr, uint64_t shown)
{
	if (nr > shown)
		out__text(o, "    … and %" PRIu64 " more\n", nr - shown);
}

static bool get_stack(struct report *r, uint64_t key, struct pgr_stack *stack)
{
	return key && r->stack && !r->stack(r->stack_ctx, key, stack);
}

void part__stack(struct report *r, const char *key, uint64_t stack_key, const char *indent)
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
	out__pop(r->out);
}

void part__site(struct report *r, uint64_t stack_key, const char *fmt)
{
	struct pgr_stack stack;
	char buf[256];

	if (get_stack(r, stack_key, &stack))
		out__str(r->out, "site", fmt,
			 frames__short(r->symbols, &stack, frames__site(r->symbols, &stack), buf,
				       sizeof(buf)));
}

void part__pgmap(struct report *r, const struct pgmap *p)
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
		out__pop(o);
	}
	out__pop(o);
	out__int(o, p->k.flags & PGR_PGMAP_PAGES_PART ? "pages_at_least" : "pages", NULL,
		 p->k.pages);
	out__int(o, "nr_ranges", NULL, p->k.nr_range);
	out__int(o, "vmemmap_shift", NULL, p->k.vmemmap_shift);
	if (pgmap__has_baseline(p)) {
		out__int(o, "baseline", NULL, p->k.baseline);
		out__str(o, "baseline_from", NULL,
			 p->k.flags & PGR_PGMAP_ADOPTED ? "computed" : "sampled");
	}
	out__pop(o);
}

void part__excess(struct report *r, const struct pgmap *p, int64_t value, int64_t excess)
{
	struct out *o = r->out;

	out__int(o, "value", "  value     %s", value);
	if (!pgmap__has_baseline(p)) {
		out__text(o, ", baseline not known: %s",
			  p->k.flags & PGR_PGMAP_ADOPTED ? "not all of its ranges could be read" :
							   "the counter could not be read at birth");
		return;
	}
	out__int(o, NULL, ", baseline %s", p->k.baseline);
	out__text(o, "%s", p->k.flags & PGR_PGMAP_ADOPTED ? " (computed)" : "");
	out__int(o, "excess", ", excess %s", excess);
}

void part__driver(struct report *r, const struct pgmap *p, bool text)
{
	struct out *o = r->out;

	if (!p->k.ops && !p->k.owner)
		return;
	if (text)
		out__text(o, "  driver    ");
	if (p->ops)
		out__str(o, "ops", text ? "%s" : NULL, p->ops);
	else if (p->k.ops && text)
		out__text(o, "0x%" PRIx64, (uint64_t)p->k.ops);
	if (p->module)
		out__str(o, "module", text ? " [%s]" : NULL, p->module);
	if (p->k.owner)
		out__hex(o, "owner",
			 !text	  ? NULL :
			 p->k.ops ? ", owner %s" :
				    "owner %s",
			 p->k.owner);
	if (text)
		out__text(o, "\n");
}

/* What a history counts and marks, as the rest of the tool calls it. */
static const enum pgr_event event_of[] = {
	[HISTORY_GET] = PGR_EV_GET,	  [HISTORY_PUT] = PGR_EV_PUT,
	[HISTORY_ALLOC] = PGR_EV_ALLOC,	  [HISTORY_FREE] = PGR_EV_FREE,
	[HISTORY_INSERT] = PGR_EV_INSERT, [HISTORY_DELETE] = PGR_EV_DELETE,
};
static const enum pgmap_state state_of[] = {
	[HISTORY_LIVE] = PGMAP_LIVE,
	[HISTORY_KILLED] = PGMAP_KILLED,
	[HISTORY_DRAINED] = PGMAP_DRAINED,
	[HISTORY_GONE] = PGMAP_GONE,
};
_Static_assert(sizeof(event_of) / sizeof(*event_of) == HISTORY_NR_EVENTS, "events of a history");
_Static_assert(sizeof(state_of) / sizeof(*state_of) == HISTORY_NR_MARKS, "marks of a history");

void part__history(struct report *r, const struct pgmap *p)
{
	static const char *const series[] = { "value", "entries", "busy" };
	const struct unseen uncounted =
		unseen__uncounted(r->plan, r->alive, PGR_HOLD_ENTRY, p->k.type);
	const struct history *h = p->history;
	struct out *o = r->out;
	uint64_t t;

	for (int s = 0; s < HISTORY_NR_SERIES; s++) {
		char spark[SPARK_WIDTH * 4 + 1], span[32];
		int64_t lo, hi, peak;

		if (s == HISTORY_ENTRIES && uncounted.hook) {
			if (history__total(h, HISTORY_INSERT) || history__total(h, HISTORY_DELETE))
				out__text(o, "    %-8s not known: hook %s %s\n", series[s],
					  uncounted.hook, uncounted.how);
			continue;
		}
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
			  span__text(t > history__start_ns(h) ? t - history__start_ns(h) : 0, span,
				     sizeof(span)));
	}
	out__object(o, "history");
	out__int(o, "start_ns", NULL, history__start_ns(h));
	out__int(o, "step_ns", NULL, history__step_ns(h));
	for (int m = 0; m < HISTORY_NR_MARKS; m++) {
		char key[32], span[32];

		snprintf(key, sizeof(key), "%s_ns", pgmap_state__name(state_of[m]));
		if (history__at(h, m, &t))
			continue;
		out__int(o, key, NULL, t);
		if (m != HISTORY_LIVE)
			out__text(o, "%s %s after %s", m == HISTORY_KILLED ? "    steps   " : ",",
				  pgmap_state__name(state_of[m]),
				  span__text(t - history__start_ns(h), span, sizeof(span)));
	}
	if (!history__at(h, HISTORY_KILLED, &t))
		out__text(o, "\n");
	for (int s = 0; s < HISTORY_NR_SERIES; s++) {
		int64_t peak;

		if ((s == HISTORY_ENTRIES && uncounted.hook) || history__peak(h, s, &peak, &t))
			continue;
		out__object(o, series[s]);
		out__int(o, "peak", NULL, peak);
		out__int(o, "peak_ns", NULL, t);
		out__array(o, "sampled");
		for (unsigned int i = 0; i < history__nr_slots(h); i++)
			out__int(o, "", NULL, history__slot(h, i)->cells[s].sampled);
		out__pop(o);
		for (int which = 0; which < 3; which++) {
			static const char *const keys[] = { "min", "max", "last" };

			out__array(o, keys[which]);
			for (unsigned int i = 0; i < history__nr_slots(h); i++) {
				struct history_cell c;

				if (history__shown(h, i, s, &c))
					memset(&c, 0, sizeof(c));
				out__int(o, "", NULL,
					 which == 0 ? c.min :
					 which == 1 ? c.max :
						      c.last);
			}
			out__pop(o);
		}
		out__pop(o);
	}
	out__object(o, "events");
	for (int e = 0; e < HISTORY_NR_EVENTS; e++) {
		if (!history__total(h, e))
			continue;
		out__array(o, event__name(event_of[e]));
		for (unsigned int i = 0; i < history__nr_slots(h); i++)
			out__int(o, "", NULL, history__slot(h, i)->events[e]);
		out__pop(o);
	}
	out__pop(o);
	out__pop(o);
}

void part__device(struct report *r, uint32_t dev, bool chr)
{
	char buf[64];

	if (chr)
		devices__cdev_name(NULL, devnum__major(dev), devnum__minor(dev), buf, sizeof(buf));
	else
		bdevs__name(r->bdevs, NULL, devnum__major(dev), devnum__minor(dev), buf,
			    sizeof(buf));
	out__str(r->out, chr ? "device" : "filesystem", chr ? " of %s" : " on %s", buf);
}

const char *part__size(unsigned int order, char *buf, size_t len)
{
	uint64_t kib = 4ULL << order;

	buf[0] = '\0';
	if (order)
		snprintf(buf, len, " of %" PRIu64 " %s",
			 kib >> (kib >= 1 << 20 ? 20 :
				 kib >= 1 << 10 ? 10 :
						  0),
			 kib >= 1 << 20 ? "GiB" :
			 kib >= 1 << 10 ? "MiB" :
					  "KiB");
	return buf;
}
